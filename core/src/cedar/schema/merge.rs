//! Fragments to one schema: reports what Cedar finds wrong, takes it out, and asks again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::json_schema::{
    ActionType, AttributesOrContext, EntityType, EntityTypeKind, Type, TypeVariant,
};
use cedar_policy_core::validator::{
    RawName, SchemaError, ValidatorSchema, ValidatorSchemaFragment,
};
use miette::Diagnostic;

use super::Part;
use super::outline::{Decl, Kind, Ref, RefKind};
use super::repair::{self, Fragments};
use super::syntax::{first_token, lower_first};
use crate::codes::cedar_schema as codes;
use crate::finding::{Finding, Place};
use crate::rules::Rule;
use crate::source::Span;

/// Cedar stops at the first kind of error; more rounds than this would make a broken schema expensive.
const MAX_ROUNDS: usize = 64;

/// The merged schema, and what is wrong with it.
pub(super) struct Merged {
    pub(super) validator: Option<ValidatorSchema>,
    pub(super) findings: Vec<(Arc<str>, Finding)>,
}

pub(super) fn merge(parts: &[Part<'_>]) -> Merged {
    let mut fragments: Fragments = parts.iter().filter_map(|p| p.fragment.clone()).collect();
    let mut report = Report::new(parts);
    let mut validator = None;
    report.too_large();
    if report.failed {
        return Merged {
            validator,
            findings: report.findings,
        };
    }
    for _ in 0..MAX_ROUNDS {
        let error = match try_merge(&fragments) {
            Ok(schema) => {
                validator = Some(schema);
                break;
            }
            Err(error) => error,
        };
        let again = report.error(&error, &mut fragments);
        if report.findings.is_empty() && !parts.iter().any(|p| p.broken) {
            // Never refuse a schema without saying why.
            let message = lower_first(&error.to_string());
            report.add_all(&codes::INTERNAL, &[], error.as_ref(), &message);
        }
        if !again {
            break;
        }
    }
    Merged {
        validator: validator.filter(|_| !report.failed),
        findings: report.findings,
    }
}

fn try_merge(fragments: &Fragments) -> Result<ValidatorSchema, Box<SchemaError>> {
    let fragments = fragments
        .iter()
        .cloned()
        .map(ValidatorSchemaFragment::from_schema_fragment)
        .collect::<Result<Vec<_>, _>>()
        .map_err(Box::new)?;
    ValidatorSchema::from_schema_fragments(fragments, Extensions::all_available()).map_err(Box::new)
}

struct Report<'p, 'a> {
    parts: &'p [Part<'a>],
    /// Declared types by full name, also those that a broken file declares.
    types: BTreeSet<String>,
    actions: BTreeSet<String>,
    /// Whether something may be declared in a file that could not be read at all.
    opaque: bool,
    findings: Vec<(Arc<str>, Finding)>,
    failed: bool,
}

/// A place in a file.
type At = (usize, Span);

impl<'p, 'a> Report<'p, 'a> {
    fn new(parts: &'p [Part<'a>]) -> Self {
        let names = |kinds: &[Kind]| {
            parts
                .iter()
                .flat_map(|p| &p.outline.decls)
                .filter(|d| kinds.contains(&d.kind))
                .map(Decl::full_name)
                .collect()
        };
        Self {
            parts,
            types: names(&[Kind::Entity, Kind::Common]),
            actions: names(&[Kind::Action]),
            opaque: parts.iter().any(|p| p.broken && p.outline.decls.is_empty()),
            findings: Vec::new(),
            failed: false,
        }
    }

    /// Reports an error and takes its cause out of the fragments; whether it is worth asking again.
    fn error(&mut self, error: &SchemaError, fragments: &mut Fragments) -> bool {
        self.failed = true;
        let message = lower_first(&error.to_string());
        match error {
            SchemaError::TypeNotDefined(_) => self.undefined_types(&message, fragments),
            SchemaError::ActionNotDefined(_) => self.undefined_actions(&message, fragments),
            SchemaError::UndeclaredEntityTypes(_) => {
                for at in self.refs(RefKind::Type, |_, r| message_names(&message, &r.text)) {
                    let name = self.text(at);
                    self.add(
                        &codes::UNDECLARED_ENTITY_TYPE,
                        at,
                        format!("`{name}` is used as an entity type but not declared as one"),
                    );
                }
                false
            }
            SchemaError::DuplicateEntityType(_)
            | SchemaError::DuplicateAction(_)
            | SchemaError::DuplicateCommonType(_) => {
                self.duplicates(Kind::Entity, &codes::DUPLICATE_ENTITY_TYPE, "entity type");
                self.duplicates(Kind::Action, &codes::DUPLICATE_ACTION, "action");
                self.duplicates(Kind::Common, &codes::DUPLICATE_COMMON_TYPE, "common type");
                repair::remove_duplicates(fragments)
            }
            SchemaError::TypeShadowing(_) | SchemaError::ActionShadowing(_) => {
                self.shadowing();
                false
            }
            SchemaError::CycleInActionHierarchy(_) => self.action_cycles(fragments),
            SchemaError::CycleInCommonTypeReferences(_) => self.common_type_cycles(fragments),
            SchemaError::ContextOrShapeNotRecord(_) => self.not_a_record(&message, fragments),
            SchemaError::UnsupportedFeature(_) => self.unsupported(fragments),
            SchemaError::UnknownExtensionType(_) => self.unknown_extension(fragments),
            SchemaError::ActionEntityTypeDeclared(_) => {
                for at in self.decls(Kind::Entity, |d| d.name == "Action") {
                    self.add(
                        &codes::ACTION_ENTITY_TYPE,
                        at,
                        "`Action` cannot be declared as an entity type".to_owned(),
                    );
                }
                for definition in fragments.iter_mut().flat_map(|f| f.0.values_mut()) {
                    definition
                        .entity_types
                        .retain(|name, _| name.to_string() != "Action");
                }
                true
            }
            SchemaError::ExternalWithEnumAncestor(_) => {
                let of = |d: &Decl| {
                    message.contains(&format!("external entity type `{}`", d.full_name()))
                };
                for at in self.decls(Kind::Entity, of) {
                    self.add(&codes::EXTERNAL_WITH_ENUM_ANCESTOR, at, message.clone());
                }
                repair::entities(
                    fragments,
                    |name| message.contains(&format!("external entity type `{name}`")),
                    |entity| {
                        if let EntityTypeKind::Standard(standard) = &mut entity.kind {
                            standard.member_of_types.clear();
                        }
                    },
                )
            }
            SchemaError::InvalidActionType(_) => {
                let of = |_: &Decl, r: &Ref| message.contains(&format!("{}::", r.text));
                let found = self.refs(RefKind::Type, of);
                self.add_all(&codes::INVALID_ACTION_TYPE, &found, error, &message);
                repair::actions(
                    fragments,
                    |_| true,
                    |action| {
                        if let Some(parents) = &mut action.member_of {
                            parents.retain(|p| {
                                p.ty.as_ref().is_none_or(|ty| {
                                    let ty = ty.to_string();
                                    ty == "Action" || ty.ends_with("::Action")
                                })
                            });
                        }
                    },
                );
                true
            }
            SchemaError::ReservedName(_) => {
                let decls = self.decls(Kind::Entity, |d| message_names(&message, &d.name));
                let refs = self.refs(RefKind::Type, |_, r| message_names(&message, &r.text));
                let found = if decls.is_empty() { refs } else { decls };
                self.add_all(&codes::RESERVED_NAME, &found, error, &message);
                false
            }
            SchemaError::EnumEntityInHierarchy(_) => {
                let found = self.decls(Kind::Entity, |d| message_names(&message, &d.name));
                self.add_all(&codes::ENUM_IN_HIERARCHY, &found, error, &message);
                false
            }
            other => {
                let rule: &'static Rule = match other {
                    SchemaError::ActionTransitiveClosure(_) => &codes::ACTION_HIERARCHY,
                    SchemaError::EntityTypeTransitiveClosure(_) => &codes::ENTITY_HIERARCHY,
                    SchemaError::UndeclaredActionDescendants(_) => {
                        &codes::UNDECLARED_ACTION_DESCENDANT
                    }
                    _ => &codes::INTERNAL,
                };
                self.add_all(rule, &[], error, &message);
                false
            }
        }
    }

    fn undefined_types(&mut self, message: &str, fragments: &mut Fragments) -> bool {
        let names: BTreeSet<&str> = message
            .split_once(": ")
            .map_or("", |(_, names)| names)
            .split(", ")
            .collect();
        let mut progress = false;
        for name in names {
            let of_name = |_: &Decl, r: &Ref| r.text == name;
            let undeclared = |d: &Decl, r: &Ref| r.text == name && !self.is_type(d, name);
            let mut found = self.refs(RefKind::Type, undeclared);
            // A file whose errors are reported may well declare it.
            let mut known = self.opaque;
            if found.is_empty() {
                // Declared, but as the other kind: a common type where an entity type is needed, say.
                found = self.refs(RefKind::Type, of_name);
                known |= self.parts.iter().any(|p| p.broken);
            }
            for at in &found {
                let namespace = self.namespace_at(*at);
                if !known {
                    let help = self.did_you_mean(name, &namespace);
                    self.add_with(
                        &codes::TYPE_NOT_DEFINED,
                        *at,
                        format!("the type `{name}` is not defined"),
                        help,
                    );
                }
                let (space, base) = match name.rsplit_once("::") {
                    Some((space, base)) => (space, base),
                    None => (namespace.as_str(), name),
                };
                progress |= repair::declare(fragments, space, base);
            }
        }
        progress
    }

    /// Whether a declaration's namespace, or none, declares the type.
    fn is_type(&self, user: &Decl, name: &str) -> bool {
        self.types.contains(name) || self.types.contains(&format!("{}::{name}", user.namespace))
    }

    fn undefined_actions(&mut self, message: &str, fragments: &mut Fragments) -> bool {
        let names = |r: &Ref| message.contains(&format!("::\"{}\"", r.text.escape_debug()));
        let declared = |d: &Decl, r: &Ref| {
            let uid = format!("Action::\"{}\"", r.text.escape_debug());
            self.actions.contains(&uid) || self.actions.contains(&format!("{}::{uid}", d.namespace))
        };
        let mut found = self.refs(RefKind::Action, |d, r| names(r) && !declared(d, r));
        let mut known = self.opaque;
        if found.is_empty() {
            found = self.refs(RefKind::Action, |_, r| names(r));
            known |= self.parts.iter().any(|p| p.broken);
        }
        for at in found {
            if known {
                break;
            }
            let id = self.text(at);
            let namespace = self.namespace_at(at);
            let known: Vec<String> = self
                .parts
                .iter()
                .flat_map(|p| &p.outline.decls)
                .filter(|d| d.kind == Kind::Action && d.namespace == namespace)
                .map(|d| d.name.clone())
                .collect();
            let help = nearest(id.trim_matches('"'), known.iter().map(String::as_str)).map_or_else(
                || "declare the group as an action, or correct the name".to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            self.add_with(
                &codes::ACTION_NOT_DEFINED,
                at,
                format!(
                    "the action group `{}` is not declared",
                    id.trim_matches('"')
                ),
                help,
            );
        }
        let gone = |action: &mut ActionType<RawName>| {
            if let Some(parents) = &mut action.member_of {
                parents.retain(|p| !message.contains(&p.to_string()));
            }
        };
        repair::actions(fragments, |_| true, gone)
    }

    /// Cedar copies a common type to every place that names it. A few lines can so amount to a type of
    /// any size, which must be refused before Cedar builds it.
    fn too_large(&mut self) {
        for name in super::expansion::too_large(self.parts) {
            self.failed = true;
            for at in self.decls(Kind::Common, |d| d.full_name() == name) {
                self.add(
                    &codes::TYPE_TOO_LARGE,
                    at,
                    format!("the common type `{name}` is too large when written out"),
                );
            }
        }
    }

    /// Reports every declaration that an earlier file has too.
    fn duplicates(&mut self, kind: Kind, rule: &'static Rule, what: &str) {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            for decl in part.outline.decls.iter().filter(|d| d.kind == kind) {
                let name = decl.full_name();
                let other = *first.entry(name.clone()).or_insert(index);
                if other != index {
                    found.push(((index, decl.span), name, other));
                }
            }
        }
        for (at, name, other) in found {
            let path = self
                .parts
                .get(other)
                .map_or("", |part| part.file.path.as_ref());
            self.add(
                rule,
                at,
                format!("the {what} `{name}` is also declared in `{path}`"),
            );
        }
    }

    fn shadowing(&mut self) {
        let of = |kind: &Kind| if *kind == Kind::Action { 1 } else { 0 };
        let outer: BTreeSet<(u8, &str)> = self
            .all_decls()
            .filter(|(_, d)| d.namespace.is_empty() && d.kind != Kind::Namespace)
            .map(|(_, d)| (of(&d.kind), d.name.as_str()))
            .collect();
        let found: Vec<(At, u8, String, String)> = self
            .all_decls()
            .filter(|(_, d)| !d.namespace.is_empty())
            .filter(|(_, d)| outer.contains(&(of(&d.kind), d.name.as_str())))
            .map(|(at, d)| (at, of(&d.kind), d.full_name(), d.name.clone()))
            .collect();
        for (at, kind, full, name) in found {
            let rule: &'static Rule = if kind == 1 {
                &codes::ACTION_SHADOWING
            } else {
                &codes::TYPE_SHADOWING
            };
            self.add(
                rule,
                at,
                format!("`{full}` shadows `{name}`, which is declared outside of all namespaces"),
            );
        }
    }

    fn action_cycles(&mut self, fragments: &mut Fragments) -> bool {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (namespace, definition) in fragments.iter().flat_map(|f| &f.0) {
            for (id, action) in &definition.actions {
                let parents = graph
                    .entry(repair::action_uid(namespace.as_ref(), id))
                    .or_default();
                for parent in action.member_of.iter().flatten() {
                    let written = parent.to_string();
                    // A name without a namespace means this namespace's if there is one.
                    let inner = repair::qualified(namespace.as_ref(), &written);
                    parents.insert(if self.actions.contains(&inner) {
                        inner
                    } else {
                        written
                    });
                }
            }
        }
        let cycles = repair::cycles(&graph);
        self.cycles(&cycles, Kind::Action, &codes::ACTION_CYCLE, "in each other");
        let all: BTreeSet<String> = cycles.into_iter().flatten().collect();
        repair::actions(fragments, |uid| all.contains(uid), |a| a.member_of = None)
    }

    fn common_type_cycles(&mut self, fragments: &mut Fragments) -> bool {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in self.parts {
            for reference in part.outline.refs.iter().filter(|r| r.kind == RefKind::Type) {
                let Some(decl) = part.outline.decls.get(reference.decl) else {
                    continue;
                };
                if decl.kind != Kind::Common {
                    continue;
                }
                let inner = format!("{}::{}", decl.namespace, reference.text);
                graph
                    .entry(decl.full_name())
                    .or_default()
                    .insert(if self.types.contains(&inner) {
                        inner
                    } else {
                        reference.text.clone()
                    });
            }
        }
        let cycles = repair::cycles(&graph);
        self.cycles(
            &cycles,
            Kind::Common,
            &codes::COMMON_TYPE_CYCLE,
            "defined by each other",
        );
        let all: BTreeSet<String> = cycles.into_iter().flatten().collect();
        repair::empty_common_types(fragments, &all)
    }

    /// One finding a cycle, at the declaration that comes first.
    fn cycles(&mut self, cycles: &[BTreeSet<String>], kind: Kind, rule: &'static Rule, how: &str) {
        for cycle in cycles {
            let mut members = self.decls(kind, |d| cycle.contains(&d.full_name()));
            members.sort();
            let Some(first) = members.first().copied() else {
                continue;
            };
            let names: Vec<String> = cycle.iter().map(|name| format!("`{name}`")).collect();
            let message = match names.as_slice() {
                [one] => format!("{one} is {}", how.replace("each other", "itself")),
                _ => format!("{} are {how}", names.join(" and ")),
            };
            let mut finding = Finding::new(rule, first.1, message, advice(rule));
            for (_, span) in members.iter().skip(1).filter(|at| at.0 == first.0) {
                finding = finding.label(Place::Here(*span), "also in the cycle");
            }
            self.push(first.0, finding);
        }
    }

    fn not_a_record(&mut self, message: &str, fragments: &mut Fragments) -> bool {
        let of_action = |uid: &str| message.contains(&format!("action {uid} "));
        let of_entity = |name: &str| message.contains(&format!("entity type {name} "));
        let mut found = self.decls(Kind::Action, |d| of_action(&d.full_name()));
        if found.is_empty() {
            found = self.decls(Kind::Entity, |d| of_entity(&d.full_name()));
        }
        for at in found {
            let name = self.text(at);
            let what = if message.starts_with("context") {
                "context of the action"
            } else {
                "shape of the entity type"
            };
            self.add(
                &codes::NOT_A_RECORD,
                at,
                format!("the {what} `{}` is no record", name.trim_matches('"')),
            );
        }
        let action = |action: &mut ActionType<RawName>| {
            if let Some(applies_to) = &mut action.applies_to {
                applies_to.context = AttributesOrContext::default();
            }
        };
        let entity = |entity: &mut EntityType<RawName>| {
            if let EntityTypeKind::Standard(standard) = &mut entity.kind {
                standard.shape = AttributesOrContext::default();
            }
        };
        repair::actions(fragments, of_action, action)
            || repair::entities(fragments, of_entity, entity)
    }

    fn unsupported(&mut self, fragments: &mut Fragments) -> bool {
        for at in self.refs(RefKind::Feature, |_, _| true) {
            let key = self.text(at);
            let message = if key == "attributes" {
                "actions cannot have attributes".to_owned()
            } else {
                "records cannot be open to further attributes".to_owned()
            };
            self.add(&codes::UNSUPPORTED_FEATURE, at, message);
        }
        repair::actions(fragments, |_| true, |action| action.attributes = None);
        repair::types(fragments, &mut |ty| {
            if let Type::Type {
                ty: TypeVariant::Record(record),
                ..
            } = ty
            {
                record.additional_attributes = false;
            }
        });
        true
    }

    fn unknown_extension(&mut self, fragments: &mut Fragments) -> bool {
        let known: BTreeSet<String> = Extensions::all_available()
            .ext_types()
            .map(ToString::to_string)
            .collect();
        let mut found = self.refs(RefKind::Extension, |_, r| !known.contains(&r.text));
        found.sort();
        for at in found {
            let name = self.text(at);
            let help = nearest(&name, known.iter().map(String::as_str)).map_or_else(
                || advice(&codes::UNKNOWN_EXTENSION_TYPE).to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            self.add_with(
                &codes::UNKNOWN_EXTENSION_TYPE,
                at,
                format!("Cedar has no extension type `{name}`"),
                help,
            );
        }
        repair::types(fragments, &mut |ty| {
            if let Type::Type {
                ty: TypeVariant::Extension { .. },
                ..
            } = ty
            {
                *ty = repair::empty_record();
            }
        });
        true
    }

    fn did_you_mean(&self, name: &str, namespace: &str) -> String {
        let visible = |full: &'p str| {
            full.strip_prefix(namespace)
                .and_then(|rest| rest.strip_prefix("::"))
                .unwrap_or(full)
        };
        let declared: Vec<&str> = self
            .parts
            .iter()
            .flat_map(|p| &p.outline.decls)
            .filter(|d| matches!(d.kind, Kind::Entity | Kind::Common))
            .map(|d| d.name.as_str())
            .filter(|d| *d != name)
            .collect();
        let base = name.rsplit("::").next().unwrap_or(name);
        // The same name in another namespace is the likelier mistake than a slip of the pen.
        if let Some(elsewhere) = self
            .types
            .iter()
            .find(|t| t.rsplit("::").next() == Some(base) && t.as_str() != name)
            && !elsewhere.starts_with(&format!("{namespace}::"))
        {
            return format!("did you mean `{elsewhere}`");
        }
        const BUILTIN: [&str; 8] = [
            "Bool", "Long", "String", "Set", "ipaddr", "decimal", "datetime", "duration",
        ];
        nearest(base, declared.into_iter().chain(BUILTIN)).map_or_else(
            || advice(&codes::TYPE_NOT_DEFINED).to_owned(),
            |near| format!("did you mean `{}`", visible(near)),
        )
    }

    fn all_decls(&self) -> impl Iterator<Item = (At, &'p Decl)> {
        self.parts.iter().enumerate().flat_map(|(index, part)| {
            part.outline
                .decls
                .iter()
                .map(move |decl| ((index, decl.span), decl))
        })
    }

    fn decls(&self, kind: Kind, matches: impl Fn(&Decl) -> bool) -> Vec<At> {
        self.all_decls()
            .filter(|(_, d)| d.kind == kind && matches(d))
            .map(|(at, _)| at)
            .collect()
    }

    fn refs(&self, kind: RefKind, matches: impl Fn(&Decl, &Ref) -> bool) -> Vec<At> {
        let mut found = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            for reference in part.outline.refs.iter().filter(|r| r.kind == kind) {
                if let Some(decl) = part.outline.decls.get(reference.decl)
                    && matches(decl, reference)
                {
                    found.push((index, reference.span));
                }
            }
        }
        found
    }

    fn namespace_at(&self, at: At) -> String {
        self.parts
            .get(at.0)
            .and_then(|part| {
                let reference = part.outline.refs.iter().find(|r| r.span == at.1)?;
                Some(part.outline.decls.get(reference.decl)?.namespace.clone())
            })
            .unwrap_or_default()
    }

    fn text(&self, at: At) -> String {
        self.parts
            .get(at.0)
            .map_or("", |part| at.1.text(part.file.text))
            .to_owned()
    }

    fn add(&mut self, rule: &'static Rule, at: At, message: String) {
        self.add_with(rule, at, message, advice(rule).to_owned());
    }

    fn add_with(&mut self, rule: &'static Rule, at: At, message: String, help: String) {
        self.push(at.0, Finding::new(rule, at.1, message, help));
    }

    /// Reports at each place, or where none was found at Cedar's own label, or at the start of the first file.
    fn add_all(
        &mut self,
        rule: &'static Rule,
        found: &[At],
        error: &dyn Diagnostic,
        message: &str,
    ) {
        let labelled = || {
            let label = error.labels()?.next()?;
            let span = Span::from_usize(label.offset(), label.offset() + label.len());
            let source = error.source_code()?;
            let text = source.read_span(label.inner(), 0, 0).ok()?;
            let index = self.parts.iter().position(|part| {
                part.file.text.as_bytes().get(span.range()) == Some(text.data())
            })?;
            Some((index, span))
        };
        let fallback = || {
            let text = self.parts.first().map_or("", |part| part.file.text);
            (0, first_token(text))
        };
        let places = if found.is_empty() {
            vec![labelled().unwrap_or_else(fallback)]
        } else {
            found.to_vec()
        };
        for at in places {
            self.add(rule, at, message.to_owned());
        }
    }

    fn push(&mut self, part: usize, finding: Finding) {
        if let Some(part) = self.parts.get(part) {
            let item = (Arc::clone(&part.file.path), finding);
            if !self.findings.contains(&item) {
                self.findings.push(item);
            }
        }
    }
}

/// Whether a message names something, as a whole word.
fn message_names(message: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    message.match_indices(name).any(|(at, _)| {
        let before = message.get(..at).and_then(|s| s.chars().next_back());
        let after = message
            .get(at + name.len()..)
            .and_then(|s| s.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The name most like this one, if it is alike at all.
pub(in crate::cedar) fn nearest<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    known
        .into_iter()
        .map(|other| (strsim::damerau_levenshtein(name, other), other))
        .filter(|(distance, other)| *distance <= 2 && *distance < other.len())
        .min()
        .map(|(_, other)| other)
}

fn advice(rule: &Rule) -> &'static str {
    rule.page
        .split_once("What to do: ")
        .map_or("", |(_, advice)| advice.trim_end_matches(['.', '\n']))
}
