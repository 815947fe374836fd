//! Accepted fragments to the schema that the checks see: names resolved, annotations and positions kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::ast::{InternalName, Name};
use cedar_policy_core::est::Annotations;
use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::{
    ActionType, EntityType as JsonEntityType, EntityTypeKind, Fragment, RecordType,
    Type as JsonType, TypeVariant,
};

use super::Part;
use super::outline::{Decl, Field, Kind};
use super::repair::{namespace_name, qualified};
use crate::facts::Entity;
use crate::schema::classify::higher;
use crate::schema::{Action, Attribute, Declared, EntityType, Schema, Type};

/// The schema of fragments that Cedar accepts together.
pub(super) fn schema(parts: &[Part<'_>]) -> Schema {
    let Some(merged) = merged(parts) else {
        return Schema::default();
    };
    let Ok(resolved) = merged.to_internal_name_fragment_with_resolved_types() else {
        return Schema::default();
    };
    let model = Model::new(parts, &resolved);
    let mut schema = Schema::default();
    for (namespace, definition) in &resolved.0 {
        for (name, entity) in &definition.entity_types {
            let name = qualified(namespace.as_ref(), name.as_ref());
            let entity = model.entity_type(&name, entity);
            schema.entity_types.insert(name, entity);
        }
        for (id, action) in &definition.actions {
            let entity = Entity {
                ty: qualified(namespace.as_ref(), "Action"),
                id: id.to_string(),
            };
            let action = model.action(namespace.as_ref(), id, action);
            schema.actions.insert(entity, action);
        }
    }
    close(&mut schema);
    schema
}

/// All fragments in one. Cedar has made sure that nothing is defined twice; a type that one file only
/// declares as external is taken from the file that defines it.
fn merged(parts: &[Part<'_>]) -> Option<Fragment<RawName>> {
    let mut fragments = parts.iter().filter_map(|p| p.fragment.clone());
    let mut merged = fragments.next()?;
    for fragment in fragments {
        for (namespace, definition) in fragment.0 {
            match merged.0.get_mut(&namespace) {
                None => {
                    merged.0.insert(namespace, definition);
                }
                Some(into) => {
                    into.common_types.extend(definition.common_types);
                    for (name, entity) in definition.entity_types {
                        if !entity.external || !into.entity_types.contains_key(&name) {
                            into.entity_types.insert(name, entity);
                        }
                    }
                    for (id, action) in definition.actions {
                        if !action.external || !into.actions.contains_key(&id) {
                            into.actions.insert(id, action);
                        }
                    }
                    into.annotations.0.extend(definition.annotations.0);
                }
            }
        }
    }
    Some(merged)
}

type Common<'a> = (&'a JsonType<InternalName>, &'a Annotations);

struct Model<'a> {
    common: BTreeMap<String, Common<'a>>,
    /// Declarations by kind and full name, with the path of the file.
    declared: BTreeMap<(Kind, String), (Arc<str>, &'a Decl)>,
}

/// The outline's fields of what is being converted, and their file.
type Outlined<'o> = Option<(&'o Arc<str>, &'o [Field])>;

impl<'a> Model<'a> {
    fn new(parts: &'a [Part<'_>], resolved: &'a Fragment<InternalName>) -> Self {
        let mut common = BTreeMap::new();
        for (namespace, definition) in &resolved.0 {
            for (name, ty) in &definition.common_types {
                let name = qualified(namespace.as_ref(), &name.to_string());
                common.insert(name, (&ty.ty, &ty.annotations));
            }
        }
        let mut declared = BTreeMap::new();
        for part in parts {
            for decl in &part.outline.decls {
                let path = Arc::clone(&part.file.path);
                // Where a type is declared external elsewhere, the declaration with fields is the definition.
                let new: (Arc<str>, &Decl) = (path, decl);
                let key = (decl.kind, decl.full_name());
                match declared.get_mut(&key) {
                    Some(old) => {
                        let old: &mut (Arc<str>, &Decl) = old;
                        if old.1.fields.is_empty() && !decl.fields.is_empty() {
                            *old = new;
                        }
                    }
                    None => {
                        declared.insert(key, new);
                    }
                }
            }
        }
        Self { common, declared }
    }

    fn outlined(&self, kind: Kind, name: &str) -> Option<&(Arc<str>, &'a Decl)> {
        self.declared.get(&(kind, name.to_owned()))
    }

    fn entity_type(&self, name: &str, json: &JsonEntityType<InternalName>) -> EntityType {
        let outlined = self.outlined(Kind::Entity, name);
        let mut entity = EntityType {
            annotations: annotations(&json.annotations),
            declared: outlined.map(|(file, decl)| declared(file, decl.span)),
            ..EntityType::default()
        };
        match &json.kind {
            EntityTypeKind::Enum { choices } => {
                entity.enumeration =
                    Some(choices.iter().map(|id| id.as_ref().to_owned()).collect());
            }
            EntityTypeKind::Standard(standard) => {
                entity.member_of = standard
                    .member_of_types
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let fields = outlined.map(|(file, decl)| (file, decl.fields.as_slice()));
                entity.attributes = self.record(&standard.shape.0, fields);
                entity.tags = standard.tags.as_ref().map(|ty| self.ty(ty, None));
                if let Some(tags) = &standard.tags {
                    self.join_common(tags, &mut entity.tag_annotations);
                }
                // What the type of the shape says of itself holds for the entity type.
                self.join_common(&standard.shape.0, &mut entity.annotations);
            }
        }
        entity
    }

    fn action(
        &self,
        namespace: Option<&Name>,
        id: &str,
        json: &ActionType<InternalName>,
    ) -> Action {
        let name = super::repair::action_uid(namespace, id);
        let outlined = self.outlined(Kind::Action, &name);
        let mut action = Action {
            annotations: annotations(&json.annotations),
            declared: outlined.map(|(file, decl)| declared(file, decl.span)),
            ..Action::default()
        };
        if let Some(applies_to) = &json.applies_to {
            let names = |types: &[InternalName]| types.iter().map(ToString::to_string).collect();
            action.principals = names(&applies_to.principal_types);
            action.resources = names(&applies_to.resource_types);
            let fields = outlined.map(|(file, decl)| (file, decl.fields.as_slice()));
            action.context = self.record(&applies_to.context.0, fields);
        }
        for parent in json.member_of.iter().flatten() {
            let ty = match &parent.ty {
                Some(ty) => ty.to_string(),
                None => format!("{}Action", prefix(&namespace_name(namespace))),
            };
            action.member_of.insert(Entity {
                ty,
                id: parent.id.to_string(),
            });
        }
        action
    }

    /// The fields of a type that is a record, if need be through common types.
    fn record(
        &self,
        ty: &JsonType<InternalName>,
        outlined: Outlined<'_>,
    ) -> BTreeMap<String, Attribute> {
        match self.ty(ty, outlined) {
            Type::Record(fields) => fields,
            _ => BTreeMap::new(),
        }
    }

    fn ty(&self, ty: &JsonType<InternalName>, outlined: Outlined<'_>) -> Type {
        let variant = match ty {
            JsonType::CommonTypeRef { type_name, .. } => {
                return self.common(&type_name.to_string());
            }
            JsonType::Type { ty, .. } => ty,
        };
        match variant {
            TypeVariant::String => Type::String,
            TypeVariant::Long => Type::Long,
            TypeVariant::Boolean => Type::Bool,
            TypeVariant::Set { element } => Type::Set(Box::new(self.ty(element, outlined))),
            TypeVariant::Record(record) => Type::Record(self.fields(record, outlined)),
            TypeVariant::Entity { name } => Type::Entity(name.to_string()),
            TypeVariant::EntityOrCommon { type_name } => {
                let name = type_name.to_string();
                if self.common.contains_key(&name) || builtin(&name).is_some() {
                    self.common(&name)
                } else {
                    Type::Entity(name)
                }
            }
            TypeVariant::Extension { name } => Type::Extension(name.to_string()),
        }
    }

    fn common(&self, name: &str) -> Type {
        match self.common.get(name) {
            Some((ty, _)) => {
                let outlined = self
                    .outlined(Kind::Common, name)
                    .map(|(file, decl)| (file, decl.fields.as_slice()));
                self.ty(ty, outlined)
            }
            None => builtin(name).unwrap_or_else(|| Type::Entity(name.to_owned())),
        }
    }

    fn fields(
        &self,
        record: &RecordType<InternalName>,
        outlined: Outlined<'_>,
    ) -> BTreeMap<String, Attribute> {
        record
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let field = outlined.and_then(|(file, fields)| {
                    Some((file, fields.iter().find(|f| f.name == name.as_str())?))
                });
                let mut all = annotations(&attribute.annotations);
                // What a common type says of itself holds for an attribute of that type too.
                self.join_common(&attribute.ty, &mut all);
                let converted = Attribute {
                    ty: self.ty(
                        &attribute.ty,
                        field.map(|(file, f)| (file, f.fields.as_slice())),
                    ),
                    required: attribute.required,
                    annotations: all,
                    declared: field.map(|(file, f)| declared(file, f.span)),
                };
                (name.to_string(), converted)
            })
            .collect()
    }

    /// Adds what the common types behind a type, or behind what a set holds, are annotated with.
    fn join_common(&self, ty: &JsonType<InternalName>, into: &mut BTreeMap<String, String>) {
        let name = match ty {
            JsonType::CommonTypeRef { type_name, .. } => type_name.to_string(),
            JsonType::Type { ty, .. } => match ty {
                TypeVariant::Set { element } => return self.join_common(element, into),
                TypeVariant::EntityOrCommon { type_name } => type_name.to_string(),
                _ => return,
            },
        };
        // Cedar refuses types that are defined by each other.
        let Some((of, own)) = self.common.get(&name) else {
            return;
        };
        for (key, value) in annotations(own) {
            match into.get_mut(&key) {
                Some(said) => *said = higher(&key, said, &value).to_owned(),
                None => {
                    into.insert(key, value);
                }
            }
        }
        self.join_common(of, into);
    }
}

/// Cedar's own types under the names that they have where a schema does not redefine them.
fn builtin(name: &str) -> Option<Type> {
    let name = name.strip_prefix("__cedar::").unwrap_or(name);
    match name {
        "Bool" => Some(Type::Bool),
        "Long" => Some(Type::Long),
        "String" => Some(Type::String),
        "ipaddr" | "decimal" | "datetime" | "duration" => Some(Type::Extension(name.to_owned())),
        _ => None,
    }
}

fn annotations(json: &Annotations) -> BTreeMap<String, String> {
    json.0
        .iter()
        .map(|(key, value)| {
            let value = value.as_ref().map(|v| v.val.to_string());
            (key.to_string(), value.unwrap_or_default())
        })
        .collect()
}

fn declared(file: &Arc<str>, span: crate::source::Span) -> Declared {
    Declared {
        file: Arc::clone(file),
        span,
    }
}

fn prefix(namespace: &str) -> String {
    if namespace.is_empty() {
        String::new()
    } else {
        format!("{namespace}::")
    }
}

/// Fills in all ancestors from the direct ones.
fn close(schema: &mut Schema) {
    let types: BTreeMap<String, BTreeSet<String>> = schema
        .entity_types
        .iter()
        .map(|(name, ty)| (name.clone(), ty.member_of.clone()))
        .collect();
    for ty in schema.entity_types.values_mut() {
        ty.ancestors = ancestors(&types, &ty.member_of);
    }
    let actions: BTreeMap<Entity, BTreeSet<Entity>> = schema
        .actions
        .iter()
        .map(|(entity, action)| (entity.clone(), action.member_of.clone()))
        .collect();
    for action in schema.actions.values_mut() {
        action.ancestors = ancestors(&actions, &action.member_of);
    }
}

fn ancestors<T: Ord + Clone>(
    parents: &BTreeMap<T, BTreeSet<T>>,
    direct: &BTreeSet<T>,
) -> BTreeSet<T> {
    let mut all = BTreeSet::new();
    let mut open: Vec<&T> = direct.iter().collect();
    while let Some(node) = open.pop() {
        if all.insert(node.clone()) {
            open.extend(parents.get(node).into_iter().flatten());
        }
    }
    all
}
