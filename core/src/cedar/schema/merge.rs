//! Fragments to one schema: reports what Cedar finds wrong, takes it out, and asks again.

mod clashes;
mod names;
mod places;

pub(in crate::cedar) use names::nearest;

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::json_schema::{
    ActionType, AttributesOrContext, EntityType, EntityTypeKind, Type, TypeVariant,
};
use cedar_policy_core::validator::{
    RawName, SchemaError, ValidatorSchema, ValidatorSchemaFragment,
};

use super::Part;
use super::outline::{Decl, Kind, Ref, RefKind};
use super::repair::{self, Fragments};
use super::syntax::lower_first;
use crate::codes::cedar_schema as codes;
use crate::finding::Finding;
use crate::rules::Rule;

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
    report.too_large(&fragments);
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
                    // Cedar names one of the enumerated types, not always the same.
                    let name = self.text(at);
                    self.add(
                        &codes::EXTERNAL_WITH_ENUM_ANCESTOR,
                        at,
                        format!(
                            "the external entity type `{name}` is in an enumerated entity type"
                        ),
                    );
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

    /// Cedar copies a common type to every place that names it. A few lines can so amount to a type of
    /// any size, which must be refused before Cedar builds it.
    fn too_large(&mut self, fragments: &Fragments) {
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
        if let (false, Some(name)) = (self.failed, super::expansion::too_much(self.parts)) {
            self.failed = true;
            for at in self
                .decls(Kind::Entity, |d| d.full_name() == name)
                .into_iter()
                .chain(self.decls(Kind::Action, |d| d.full_name() == name))
            {
                self.add(
                    &codes::TYPE_TOO_LARGE,
                    at,
                    format!(
                        "with `{name}` the schema is too large when common types are written out"
                    ),
                );
            }
        }
        for (kind, name, message) in super::hierarchy::too_large(fragments) {
            self.failed = true;
            for at in self.decls(kind, |d| d.full_name() == name) {
                self.add(&codes::HIERARCHY_TOO_LARGE, at, message.clone());
            }
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
