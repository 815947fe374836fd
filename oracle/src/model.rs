//! Schemas as the generator makes them, and their text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// A type. Names of entity types are full names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    Bool,
    Long,
    String,
    Decimal,
    Ip,
    Datetime,
    Duration,
    Entity(String),
    Set(Box<Type>),
    Record(Fields),
}

/// Attributes of an entity or fields of a record, by name.
pub type Fields = BTreeMap<String, Field>;

/// An attribute or field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    pub ty: Type,
    pub required: bool,
}

/// A schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The namespace of all that it declares.
    pub namespace: Option<String>,
    pub entities: Vec<EntityType>,
    /// Actions and groups of actions; a group applies to nothing.
    pub actions: Vec<Action>,
}

/// An entity type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityType {
    pub name: String,
    /// Types that it can be directly in.
    pub member_of: BTreeSet<String>,
    pub attributes: Fields,
    pub tags: Option<Type>,
    /// The ids of an enumerated type; none for others.
    pub ids: Vec<String>,
}

/// An action, or a group of actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Action {
    pub id: String,
    /// Ids of the groups that it is directly in.
    pub groups: BTreeSet<String>,
    pub principals: BTreeSet<String>,
    pub resources: BTreeSet<String>,
    pub context: Fields,
}

/// An entity by type and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid {
    pub ty: String,
    pub id: String,
}

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Environment {
    pub principal: String,
    pub action: Uid,
    pub resource: String,
}

impl Schema {
    /// Every kind of request that it admits, sorted.
    pub fn environments(&self) -> Vec<Environment> {
        let mut all = Vec::new();
        for action in &self.actions {
            for principal in &action.principals {
                for resource in &action.resources {
                    all.push(Environment {
                        principal: principal.clone(),
                        action: self.action_uid(&action.id),
                        resource: resource.clone(),
                    });
                }
            }
        }
        all.sort();
        all
    }

    pub fn entity(&self, name: &str) -> Option<&EntityType> {
        self.entities.iter().find(|entity| entity.name == name)
    }

    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == id)
    }

    /// The type of actions.
    pub fn action_type(&self) -> String {
        self.full("Action")
    }

    pub fn action_uid(&self, id: &str) -> Uid {
        Uid {
            ty: self.action_type(),
            id: id.to_owned(),
        }
    }

    /// A name with the namespace.
    pub fn full(&self, name: &str) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}::{name}"),
            None => name.to_owned(),
        }
    }

    /// All types that an entity of this type can be in, directly or not.
    pub fn ancestors(&self, name: &str) -> BTreeSet<String> {
        closure(name, |name| {
            self.entity(name)
                .map(|entity| entity.member_of.clone())
                .unwrap_or_default()
        })
    }

    /// All groups that an action is in, directly or not.
    pub fn groups(&self, id: &str) -> BTreeSet<String> {
        closure(id, |id| {
            self.action(id)
                .map(|action| action.groups.clone())
                .unwrap_or_default()
        })
    }

    /// Whether an entity of the first type can be in one of the second, or be one.
    pub fn can_be_in(&self, descendant: &str, ancestor: &str) -> bool {
        descendant == ancestor || self.ancestors(descendant).contains(ancestor)
    }
}

fn closure(start: &str, next: impl Fn(&str) -> BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = next(start).into_iter().collect();
    while let Some(name) = open.pop() {
        if found.insert(name.clone()) {
            open.extend(next(&name));
        }
    }
    found
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = if self.namespace.is_some() { "  " } else { "" };
        if let Some(namespace) = &self.namespace {
            writeln!(f, "namespace {namespace} {{")?;
        }
        for entity in &self.entities {
            writeln!(f, "{indent}{entity}")?;
        }
        for action in &self.actions {
            writeln!(f, "{indent}{action}")?;
        }
        if self.namespace.is_some() {
            writeln!(f, "}}")?;
        }
        Ok(())
    }
}

impl fmt::Display for EntityType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.rsplit("::").next().unwrap_or(&self.name);
        write!(f, "entity {name}")?;
        if !self.ids.is_empty() {
            let ids: Vec<String> = self.ids.iter().map(|id| quoted(id)).collect();
            return write!(f, " enum [{}];", ids.join(", "));
        }
        if !self.member_of.is_empty() {
            write!(f, " in [{}]", joined(&self.member_of))?;
        }
        if !self.attributes.is_empty() {
            write!(f, " {}", Type::Record(self.attributes.clone()))?;
        }
        if let Some(tags) = &self.tags {
            write!(f, " tags {tags}")?;
        }
        f.write_char(';')
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action {}", quoted(&self.id))?;
        if !self.groups.is_empty() {
            let groups: Vec<String> = self.groups.iter().map(|id| quoted(id)).collect();
            write!(f, " in [{}]", groups.join(", "))?;
        }
        if !self.principals.is_empty() {
            write!(
                f,
                " appliesTo {{ principal: [{}], resource: [{}], context: {} }}",
                joined(&self.principals),
                joined(&self.resources),
                Type::Record(self.context.clone())
            )?;
        }
        f.write_char(';')
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("Bool"),
            Self::Long => f.write_str("Long"),
            Self::String => f.write_str("String"),
            Self::Decimal => f.write_str("decimal"),
            Self::Ip => f.write_str("ipaddr"),
            Self::Datetime => f.write_str("datetime"),
            Self::Duration => f.write_str("duration"),
            Self::Entity(name) => f.write_str(name),
            Self::Set(element) => write!(f, "Set<{element}>"),
            Self::Record(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, field)| {
                        let mark = if field.required { "" } else { "?" };
                        format!("{}{mark}: {}", quoted(name), field.ty)
                    })
                    .collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.ty, quoted(&self.id))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.principal, self.action, self.resource)
    }
}

/// A string literal of Cedar.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// What stands between the quotes of a string literal.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn joined(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.join(", ")
}
