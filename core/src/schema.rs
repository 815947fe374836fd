//! The schema as the checks see it: types, attributes, actions and hierarchy with every name resolved,
//! and the annotations by which application teams and IAM classify them.

pub(crate) mod classify;
pub(crate) mod raise;
mod resolve;

pub use classify::{Access, PrincipalKind, Sensitivity, Trust};
pub use resolve::TypeScope;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::Entity;
use crate::source::Span;

/// A merged schema. All names are fully qualified (`App::User`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// Entity types by name.
    pub entity_types: BTreeMap<String, EntityType>,
    /// Actions by their entity (`App::Action::"view"`), groups included.
    pub actions: BTreeMap<Entity, Action>,
}

/// A kind of request: the types of its principal and resource, and its action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Environment {
    /// The principal's type.
    pub principal: String,
    /// The action.
    pub action: Entity,
    /// The resource's type.
    pub resource: String,
    /// How findings name it: `User, Action::"view", Photo`.
    pub label: Arc<str>,
}

impl Schema {
    /// Every kind of request that the schema admits, sorted by principal, action and resource.
    pub fn environments(&self) -> Vec<Environment> {
        let mut all = Vec::new();
        for (entity, action) in &self.actions {
            for principal in &action.principals {
                for resource in &action.resources {
                    all.push(Environment {
                        principal: principal.clone(),
                        action: entity.clone(),
                        resource: resource.clone(),
                        label: format!("{principal}, {entity}, {resource}").into(),
                    });
                }
            }
        }
        all.sort();
        all
    }
}

/// An entity type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntityType {
    /// Types that an entity of this type can be directly in.
    pub member_of: BTreeSet<String>,
    /// All types that an entity of this type can be in, directly or not, itself excluded unless it can
    /// be in another of its own type.
    pub ancestors: BTreeSet<String>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// The type of its tags, where it may have tags.
    pub tags: Option<Type>,
    /// What the type of its tags is annotated with.
    pub(crate) tag_annotations: BTreeMap<String, String>,
    /// The ids of an enumerated type.
    pub enumeration: Option<Vec<String>>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Where it is declared, if known.
    pub declared: Option<Declared>,
}

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Path of the schema file.
    pub file: Arc<str>,
    /// Span of the name in that file.
    pub span: Span,
}

/// An attribute of an entity type or a field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// Whether it is always present (`name: T` and not `name?: T`).
    pub required: bool,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Where it is declared, if known.
    pub declared: Option<Declared>,
}

/// A type with every common type resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    String,
    /// `Set<T>`
    Set(Box<Type>),
    /// `{name: T}`
    Record(BTreeMap<String, Attribute>),
    /// An entity of this type.
    Entity(String),
    /// `ipaddr`, `decimal`, `datetime`, `duration`
    Extension(String),
}

/// An action or an action group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Action {
    /// Types that may be its principal. Empty for a pure group.
    pub principals: BTreeSet<String>,
    /// Types that may be its resource. Empty for a pure group.
    pub resources: BTreeSet<String>,
    /// Fields of its context.
    pub context: BTreeMap<String, Attribute>,
    /// Groups that it is directly in.
    pub member_of: BTreeSet<Entity>,
    /// All groups that it is in, directly or not.
    pub ancestors: BTreeSet<Entity>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Where it is declared, if known.
    pub declared: Option<Declared>,
}

impl Action {
    /// Whether a request can name it: it applies to some principal and some resource.
    pub fn is_requestable(&self) -> bool {
        !self.principals.is_empty() && !self.resources.is_empty()
    }
}
