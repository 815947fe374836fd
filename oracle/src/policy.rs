//! Policies as the generator makes them, and their text.

use std::collections::BTreeSet;
use std::fmt;

use crate::expr::{Expr, Op};
use crate::model::{Environment, Schema, Uid};

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Policy {
    /// `permit`, and not `forbid`
    pub permits: bool,
    pub principal: Scope,
    pub action: ActionScope,
    pub resource: Scope,
    pub clauses: Vec<Clause>,
}

/// A constraint on principal or resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Any,
    Is(String),
    Equal(Uid),
    In(Uid),
    IsIn(String, Uid),
}

/// A constraint on the action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionScope {
    Any,
    Equal(Uid),
    In(Uid),
    InSet(Vec<Uid>),
}

/// `when` or `unless`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clause {
    /// `when`, and not `unless`
    pub when: bool,
    pub condition: Expr,
}

impl Policy {
    /// The kinds of request that its scope admits, as far as types and actions tell.
    pub fn environments(&self, schema: &Schema) -> Vec<Environment> {
        let mut all = schema.environments();
        all.retain(|environment| {
            self.principal.admits(&environment.principal, schema)
                && self.action.admits(&environment.action, schema)
                && self.resource.admits(&environment.resource, schema)
        });
        all
    }

    /// Its text with slots for the entities of its scope.
    pub fn template(&self) -> String {
        let mut text = self.to_string();
        for (variable, scope) in [("principal", &self.principal), ("resource", &self.resource)] {
            if let Some(uid) = scope.uid() {
                // The scope comes first, and nothing before it looks like this.
                let written = format!("{variable}{scope}");
                let slot = written.replace(&uid.to_string(), &format!("?{variable}"));
                text = text.replacen(&written, &slot, 1);
            }
        }
        text
    }

    /// The conditions of its clauses.
    pub fn conditions(&self) -> impl Iterator<Item = &Expr> {
        self.clauses.iter().map(|clause| &clause.condition)
    }
}

impl Scope {
    /// The entity that it names.
    pub fn uid(&self) -> Option<&Uid> {
        match self {
            Self::Equal(uid) | Self::In(uid) | Self::IsIn(_, uid) => Some(uid),
            Self::Any | Self::Is(_) => None,
        }
    }

    fn admits(&self, ty: &str, schema: &Schema) -> bool {
        match self {
            Self::Any => true,
            Self::Is(name) => name == ty,
            Self::Equal(uid) => uid.ty == ty,
            Self::In(uid) => schema.can_be_in(ty, &uid.ty),
            Self::IsIn(name, uid) => name == ty && schema.can_be_in(ty, &uid.ty),
        }
    }
}

impl ActionScope {
    fn admits(&self, action: &Uid, schema: &Schema) -> bool {
        let within = |group: &Uid| group == action || schema.groups(&action.id).contains(&group.id);
        match self {
            Self::Any => true,
            Self::Equal(uid) => uid == action,
            Self::In(uid) => within(uid),
            Self::InSet(all) => all.iter().any(within),
        }
    }
}

/// The entities that policies name.
pub fn literals(policies: &[Policy]) -> BTreeSet<Uid> {
    let mut all = BTreeSet::new();
    for policy in policies {
        for scope in [&policy.principal, &policy.resource] {
            if let Scope::Equal(uid) | Scope::In(uid) | Scope::IsIn(_, uid) = scope {
                all.insert(uid.clone());
            }
        }
        for condition in policy.conditions() {
            for node in condition.nodes() {
                if let Op::Entity(uid) = &node.op {
                    all.insert(uid.clone());
                }
            }
        }
    }
    all
}

/// The text of policies.
pub fn text(policies: &[Policy]) -> String {
    policies
        .iter()
        .map(|policy| format!("{policy}\n"))
        .collect()
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = if self.permits { "permit" } else { "forbid" };
        write!(
            f,
            "{effect} (principal{}, action{}, resource{})",
            self.principal, self.action, self.resource
        )?;
        for clause in &self.clauses {
            let word = if clause.when { "when" } else { "unless" };
            write!(f, "\n  {word} {{ {} }}", clause.condition)?;
        }
        f.write_str(";")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Is(ty) => write!(f, " is {ty}"),
            Self::Equal(uid) => write!(f, " == {uid}"),
            Self::In(uid) => write!(f, " in {uid}"),
            Self::IsIn(ty, uid) => write!(f, " is {ty} in {uid}"),
        }
    }
}

impl fmt::Display for ActionScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Equal(uid) => write!(f, " == {uid}"),
            Self::In(uid) => write!(f, " in {uid}"),
            Self::InSet(all) => {
                let all: Vec<String> = all.iter().map(Uid::to_string).collect();
                write!(f, " in [{}]", all.join(", "))
            }
        }
    }
}
