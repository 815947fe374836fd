//! What is different between two schemas.

use std::collections::{BTreeMap, BTreeSet};

use crate::cedar::Validator;
use crate::facts::Entity;
use crate::schema::{Attribute, EntityType, Environment, Schema, Type};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaChange {
    /// What is different: `App::User`, `App::User.email`, `App::Action::"view"`, `App::Action::"view" context.mfa`.
    pub subject: String,
    /// How.
    pub edit: SchemaEdit,
    /// What base says, in Cedar's syntax; `None` where it says nothing of it.
    pub before: Option<String>,
    /// What head says.
    pub after: Option<String>,
}

/// How a schema differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemaEdit {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// The type is another.
    Type,
    /// It was always there and may be missing now.
    Optional,
    /// It could be missing and is always there now.
    Required,
    /// What it can be in.
    Members,
    /// To which principals and resources an action applies.
    AppliesTo,
    /// The ids of an enumerated type.
    Enumeration,
    /// The annotations.
    Annotations,
}

impl SchemaEdit {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Type => "type",
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Members => "members",
            Self::AppliesTo => "applies_to",
            Self::Enumeration => "enumeration",
            Self::Annotations => "annotations",
        }
    }
}

/// Every difference, sorted. One schema alone is different in everything that it declares.
pub(super) fn changes(
    base: Option<(&Schema, &Validator)>,
    head: Option<(&Schema, &Validator)>,
) -> Vec<SchemaChange> {
    let empty = Schema::default();
    let base = base.map_or(&empty, |(schema, _)| schema);
    let head = head.map_or(&empty, |(schema, _)| schema);
    let mut out = Out(Vec::new());
    both(
        &base.entity_types,
        &head.entity_types,
        |name, before, after| {
            out.entity_type(name, before, after);
        },
    );
    both(&base.actions, &head.actions, |entity, before, after| {
        let name = entity.to_string();
        match (before, after) {
            (Some(before), Some(after)) => {
                out.differs(
                    &name,
                    SchemaEdit::AppliesTo,
                    applies_to(&before.principals, &before.resources),
                    applies_to(&after.principals, &after.resources),
                );
                out.differs(
                    &name,
                    SchemaEdit::Members,
                    entities(&before.member_of),
                    entities(&after.member_of),
                );
                out.annotations(&name, &before.annotations, &after.annotations);
                let context = format!("{name} context.");
                out.attributes(&context, &before.context, &after.context);
            }
            (before, after) => out.one_sided(
                &name,
                before.map(|of| applies_to(&of.principals, &of.resources)),
                after.map(|of| applies_to(&of.principals, &of.resources)),
            ),
        }
    });
    out.0.sort();
    out.0
}

/// Whether requests of one kind are made of the same under both schemas, as far as principal, action, resource,
/// context, entities of the named types and whatever all these lead to go. Annotations make no difference.
pub(super) fn same_for(
    base: &Schema,
    head: &Schema,
    environment: &Environment,
    named: &BTreeSet<String>,
) -> bool {
    let (Some(before), Some(after)) = (
        base.actions.get(&environment.action),
        head.actions.get(&environment.action),
    ) else {
        return false;
    };
    if before.ancestors != after.ancestors || !same_fields(&before.context, &after.context) {
        return false;
    }
    let mut open: Vec<String> = vec![environment.principal.clone(), environment.resource.clone()];
    let is_type =
        |ty: &&String| base.entity_types.contains_key(*ty) || head.entity_types.contains_key(*ty);
    open.extend(named.iter().filter(is_type).cloned());
    for attribute in after.context.values() {
        leads_to(&attribute.ty, &mut open);
    }
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let (before, after) = (base.entity_types.get(&name), head.entity_types.get(&name));
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let same = before.ancestors == after.ancestors
            && before.member_of == after.member_of
            && before.enumeration == after.enumeration
            && same_fields(&before.attributes, &after.attributes)
            && match (&before.tags, &after.tags) {
                (Some(before), Some(after)) => same_type(before, after),
                (before, after) => before.is_none() && after.is_none(),
            };
        if !same {
            return false;
        }
        for attribute in after.attributes.values() {
            leads_to(&attribute.ty, &mut open);
        }
        if let Some(tags) = &after.tags {
            leads_to(tags, &mut open);
        }
        open.extend(after.ancestors.iter().cloned());
    }
    true
}

/// The entity types that a type names.
fn leads_to(ty: &Type, out: &mut Vec<String>) {
    match ty {
        Type::Entity(name) => out.push(name.clone()),
        Type::Set(of) => leads_to(of, out),
        Type::Record(fields) => fields.values().for_each(|field| leads_to(&field.ty, out)),
        Type::Bool | Type::Long | Type::String | Type::Extension(_) => {}
    }
}

fn same_fields(before: &BTreeMap<String, Attribute>, after: &BTreeMap<String, Attribute>) -> bool {
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|((a, x), (b, y))| a == b && x.required == y.required && same_type(&x.ty, &y.ty))
}

/// Whether two types are the same but for annotations and where they are declared.
fn same_type(before: &Type, after: &Type) -> bool {
    match (before, after) {
        (Type::Set(before), Type::Set(after)) => same_type(before, after),
        (Type::Record(before), Type::Record(after)) => same_fields(before, after),
        (Type::Record(_), _) | (_, Type::Record(_)) => false,
        (before, after) => before == after,
    }
}

/// A type in Cedar's syntax.
fn written(ty: &Type) -> String {
    match ty {
        Type::Bool => "Bool".to_owned(),
        Type::Long => "Long".to_owned(),
        Type::String => "String".to_owned(),
        Type::Set(of) => format!("Set<{}>", written(of)),
        Type::Entity(name) | Type::Extension(name) => name.clone(),
        Type::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("{name}{}", after_name(field)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn after_name(attribute: &Attribute) -> String {
    let mark = if attribute.required { "" } else { "?" };
    format!("{mark}: {}", written(&attribute.ty))
}

fn applies_to(principals: &BTreeSet<String>, resources: &BTreeSet<String>) -> String {
    format!(
        "principal {}, resource {}",
        list(principals),
        list(resources)
    )
}

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("[{}]", names.join(", "))
}

fn entities(entities: &BTreeSet<Entity>) -> String {
    let names: Vec<String> = entities.iter().map(ToString::to_string).collect();
    format!("[{}]", names.join(", "))
}

struct Out(Vec<SchemaChange>);

impl Out {
    fn entity_type(&mut self, name: &str, before: Option<&EntityType>, after: Option<&EntityType>) {
        let (Some(before), Some(after)) = (before, after) else {
            let what = |of: &EntityType| format!("entity in {}", list(&of.member_of));
            self.one_sided(name, before.map(what), after.map(what));
            return;
        };
        self.differs(
            name,
            SchemaEdit::Members,
            list(&before.member_of),
            list(&after.member_of),
        );
        let ids = |of: &EntityType| {
            let quoted = |id: &String| format!("\"{}\"", id.escape_debug());
            let ids = of.enumeration.as_ref();
            ids.map(|ids| ids.iter().map(quoted).collect::<Vec<_>>().join(", "))
        };
        if ids(before) != ids(after) {
            self.0.push(SchemaChange {
                subject: name.to_owned(),
                edit: SchemaEdit::Enumeration,
                before: ids(before),
                after: ids(after),
            });
        }
        let tags = format!("{name} tags");
        match (&before.tags, &after.tags) {
            (Some(before), Some(after)) => {
                self.differs(&tags, SchemaEdit::Type, written(before), written(after));
            }
            (before, after) => {
                self.one_sided(
                    &tags,
                    before.as_ref().map(written),
                    after.as_ref().map(written),
                );
            }
        }
        self.annotations(name, &before.annotations, &after.annotations);
        self.attributes(&format!("{name}."), &before.attributes, &after.attributes);
    }

    fn attributes(
        &mut self,
        prefix: &str,
        before: &BTreeMap<String, Attribute>,
        after: &BTreeMap<String, Attribute>,
    ) {
        both(before, after, |name, before, after| {
            let subject = format!("{prefix}{name}");
            let whole = |of: &Attribute| format!("{name}{}", after_name(of));
            let (Some(before), Some(after)) = (before, after) else {
                self.one_sided(&subject, before.map(whole), after.map(whole));
                return;
            };
            if !same_type(&before.ty, &after.ty) {
                self.differs(
                    &subject,
                    SchemaEdit::Type,
                    written(&before.ty),
                    written(&after.ty),
                );
            }
            if before.required != after.required {
                let edit = match after.required {
                    true => SchemaEdit::Required,
                    false => SchemaEdit::Optional,
                };
                self.differs(&subject, edit, whole(before), whole(after));
            }
            self.annotations(&subject, &before.annotations, &after.annotations);
        });
    }

    fn annotations(
        &mut self,
        subject: &str,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) {
        let written = |all: &BTreeMap<String, String>| {
            let one =
                |(key, value): (&String, &String)| format!("@{key}(\"{}\")", value.escape_debug());
            all.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        self.differs(
            subject,
            SchemaEdit::Annotations,
            written(before),
            written(after),
        );
    }

    fn one_sided(&mut self, subject: &str, before: Option<String>, after: Option<String>) {
        let edit = match (&before, &after) {
            (None, None) => return,
            (None, _) => SchemaEdit::Added,
            (_, _) => SchemaEdit::Removed,
        };
        self.0.push(SchemaChange {
            subject: subject.to_owned(),
            edit,
            before,
            after,
        });
    }

    fn differs(&mut self, subject: &str, edit: SchemaEdit, before: String, after: String) {
        if before != after {
            self.0.push(SchemaChange {
                subject: subject.to_owned(),
                edit,
                before: Some(before),
                after: Some(after),
            });
        }
    }
}

fn both<'m, K: Ord, V>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
    mut visit: impl FnMut(&'m K, Option<&'m V>, Option<&'m V>),
) {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    for key in keys {
        visit(key, before.get(key), after.get(key));
    }
}
