//! A policy made ready once, to be evaluated often.

use std::sync::{Arc, OnceLock};

use cedar_policy_core::ast::{
    ActionConstraint, EntityReference, EntityUID, Expr, PrincipalOrResourceConstraint, SlotEnv,
    SlotId,
};

use super::boundary::{Boundary, boundaries};
use super::symbols::{Symbol, Symbols};
use super::tree::Tree;
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::Policy;

/// A policy, or a template with the values of a link, ready to be evaluated.
#[derive(Debug)]
pub struct Compiled {
    policy: Arc<Policy>,
    /// Scope and clauses as the one expression that Cedar evaluates.
    pub(super) condition: Expr,
    /// The scope alone, and the clauses alone.
    pub(super) scope_condition: Expr,
    pub(super) clauses: Option<Arc<Expr>>,
    pub(super) slots: SlotEnv,
    scope: Scope,
    tree: OnceLock<Tree>,
    boundaries: OnceLock<Vec<Boundary>>,
}

/// What a scope asks for, in symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Of the principal.
    pub principal: Constraint,
    /// Of the action.
    pub action: ActionSymbols,
    /// Of the resource.
    pub resource: Constraint,
}

/// What a scope asks of the principal or the resource. Ordered by how much it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// Nothing.
    Any,
    /// To be of this type.
    Is(Symbol),
    /// To be in this entity.
    In(Symbol),
    /// To be of this type, the first, and in this entity, the second.
    IsIn(Symbol, Symbol),
    /// To be this entity.
    Eq(Symbol),
}

/// What a scope asks of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionSymbols {
    /// Nothing.
    Any,
    /// To be this one.
    Eq(Symbol),
    /// To be in one of these.
    In(Vec<Symbol>),
}

impl Compiled {
    /// A policy; `None` for a template without the values of its slots.
    pub fn new(parsed: &Parsed, link: Option<&Link>, symbols: &mut Symbols) -> Option<Self> {
        let template = &parsed.template;
        let slots = link.map(Link::values).unwrap_or_default();
        if !template.slots().all(|slot| slots.contains_key(&slot.id)) {
            return None;
        }
        let mut constraint = |constraint: &PrincipalOrResourceConstraint, slot: SlotId| {
            let mut entity = |reference: &EntityReference| -> Option<Symbol> {
                let uid: &EntityUID = match reference {
                    EntityReference::EUID(uid) => uid,
                    EntityReference::Slot(_) => slots.get(&slot)?,
                };
                Some(symbols.entity(uid))
            };
            Some(match constraint {
                PrincipalOrResourceConstraint::Any => Constraint::Any,
                PrincipalOrResourceConstraint::Eq(target) => Constraint::Eq(entity(target)?),
                PrincipalOrResourceConstraint::In(target) => Constraint::In(entity(target)?),
                PrincipalOrResourceConstraint::Is(ty) => Constraint::Is(symbols.ty(ty)),
                PrincipalOrResourceConstraint::IsIn(ty, target) => {
                    let target = entity(target)?;
                    Constraint::IsIn(symbols.ty(ty), target)
                }
            })
        };
        let scope = Scope {
            principal: constraint(
                template.principal_constraint().as_inner(),
                SlotId::principal(),
            )?,
            resource: constraint(
                template.resource_constraint().as_inner(),
                SlotId::resource(),
            )?,
            action: match template.action_constraint() {
                ActionConstraint::Any => ActionSymbols::Any,
                ActionConstraint::Eq(uid) => ActionSymbols::Eq(symbols.entity(uid)),
                ActionConstraint::In(uids) => {
                    ActionSymbols::In(uids.iter().map(|uid| symbols.entity(uid)).collect())
                }
            },
        };
        Some(Self {
            policy: Arc::clone(&parsed.policy),
            condition: template.condition(),
            scope_condition: Expr::and(
                template.principal_constraint().as_expr(),
                Expr::and(
                    template.action_constraint().as_expr(),
                    template.resource_constraint().as_expr(),
                ),
            ),
            clauses: template.non_scope_constraints_arc().cloned(),
            slots,
            scope,
            tree: OnceLock::new(),
            boundaries: OnceLock::new(),
        })
    }

    /// What it says.
    pub const fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// What its scope asks for.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Its clauses down to their atomic conditions.
    pub fn tree(&self) -> &Tree {
        self.tree
            .get_or_init(|| Tree::new(&self.policy, self.clauses.as_deref()))
    }

    /// Its comparisons with literal limits.
    pub fn boundaries(&self) -> &[Boundary] {
        self.boundaries
            .get_or_init(|| boundaries(&self.policy, self.tree()))
    }
}

impl Constraint {
    /// Whether it asks for nothing.
    pub const fn is_any(self) -> bool {
        matches!(self, Self::Any)
    }
}
