//! Which requests a policy is about, and what type an expression has in them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Attribute, Environment, Schema, Type};
use crate::facts::{
    ActionConstraint, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, Var,
};

/// The actions, principal types and resource types that a policy's scope admits under a schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeScope {
    /// Requestable actions that the scope admits and that apply to some admitted principal and resource.
    pub actions: BTreeSet<Entity>,
    /// Principal types that can occur together with one of those actions.
    pub principals: BTreeSet<String>,
    /// Resource types that can occur together with one of those actions.
    pub resources: BTreeSet<String>,
}

impl Schema {
    /// The requests that a policy's scope admits. Conditions are not looked at.
    pub fn type_scope(&self, policy: &Policy) -> TypeScope {
        let mut scope = TypeScope::default();
        for (entity, action) in &self.actions {
            if !self.admits_action(&policy.action.value, entity, action) {
                continue;
            }
            let admitted =
                |types: &BTreeSet<String>, constraint: &EntityConstraint| -> BTreeSet<String> {
                    types
                        .iter()
                        .filter(|ty| self.admits_type(constraint, ty))
                        .cloned()
                        .collect()
                };
            let principals = admitted(&action.principals, &policy.principal.value);
            let resources = admitted(&action.resources, &policy.resource.value);
            if !principals.is_empty() && !resources.is_empty() {
                scope.actions.insert(entity.clone());
                scope.principals.extend(principals);
                scope.resources.extend(resources);
            }
        }
        scope
    }

    /// Whether entities of type `ty` can satisfy the constraint.
    pub fn admits_type(&self, constraint: &EntityConstraint, ty: &str) -> bool {
        let below = |target: &EntityOrSlot| match target {
            EntityOrSlot::Slot(_) => true,
            EntityOrSlot::Entity(e) => self.can_be_in(ty, &e.value.ty),
        };
        match constraint {
            EntityConstraint::Any => true,
            EntityConstraint::Eq(EntityOrSlot::Slot(_)) => true,
            EntityConstraint::Eq(EntityOrSlot::Entity(e)) => e.value.ty == ty,
            EntityConstraint::In(target) => below(target),
            EntityConstraint::Is(t) => t.value == ty,
            EntityConstraint::IsIn(t, target) => t.value == ty && below(target),
        }
    }

    /// Whether requests of a kind can satisfy the scope of a template, as far as the values of a link's slots say so:
    /// that of `?principal` and that of `?resource`.
    pub(crate) fn admits_link(
        &self,
        template: &Policy,
        (principal, resource): &(Option<Entity>, Option<Entity>),
        kind: &Environment,
    ) -> bool {
        let fits = |constraint: &EntityConstraint, value: &Option<Entity>, ty: &str| match (
            constraint, value,
        ) {
            (EntityConstraint::Eq(EntityOrSlot::Slot(_)), Some(value)) => value.ty == ty,
            (
                EntityConstraint::In(EntityOrSlot::Slot(_))
                | EntityConstraint::IsIn(_, EntityOrSlot::Slot(_)),
                Some(value),
            ) => self.can_be_in(ty, &value.ty),
            _ => true,
        };
        fits(&template.principal.value, principal, &kind.principal)
            && fits(&template.resource.value, resource, &kind.resource)
    }

    /// Whether an entity of type `ty` can be `in` an entity of type `ancestor` (`in` is reflexive).
    pub fn can_be_in(&self, ty: &str, ancestor: &str) -> bool {
        ty == ancestor
            || self
                .entity_types
                .get(ty)
                .is_some_and(|t| t.ancestors.contains(ancestor))
    }

    fn admits_action(
        &self,
        constraint: &ActionConstraint,
        entity: &Entity,
        action: &Action,
    ) -> bool {
        if !action.is_requestable() {
            return false;
        }
        match constraint {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(e) => e.value == *entity,
            ActionConstraint::In(_) | ActionConstraint::InList(_) => constraint
                .entities()
                .iter()
                .any(|e| e.value == *entity || action.ancestors.contains(&e.value)),
        }
    }

    /// The attribute that a path such as `resource.owner.name` ends in, in every way that `scope` allows;
    /// empty where it is no such path or has no attribute.
    pub fn attributes<'s>(&'s self, expr: &Expr, scope: &TypeScope) -> Vec<&'s Attribute> {
        match &expr.kind {
            ExprKind::Attr(base, name) => self
                .fields(base, scope)
                .into_iter()
                .filter_map(|fields| fields.get(&name.value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The types that an expression can have: exact for paths, literals and constructors; empty where
    /// it is not known.
    pub fn types(&self, expr: &Expr, scope: &TypeScope) -> Vec<Type> {
        match &expr.kind {
            ExprKind::Var(Var::Principal) => {
                scope.principals.iter().cloned().map(Type::Entity).collect()
            }
            ExprKind::Var(Var::Resource) => {
                scope.resources.iter().cloned().map(Type::Entity).collect()
            }
            ExprKind::Entity(e) => vec![Type::Entity(e.ty.clone())],
            ExprKind::Attr(..) => self
                .attributes(expr, scope)
                .into_iter()
                .map(|attribute| attribute.ty.clone())
                .collect(),
            ExprKind::Method(receiver, name, _) if name.value == "getTag" => self
                .types(receiver, scope)
                .into_iter()
                .filter_map(|ty| match ty {
                    Type::Entity(name) => self.entity_types.get(&name)?.tags.clone(),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The fields that `base` has, in every way that `scope` allows: those of its entity type, of its
    /// record type or of the context.
    pub fn fields<'s>(
        &'s self,
        base: &Expr,
        scope: &TypeScope,
    ) -> Vec<&'s BTreeMap<String, Attribute>> {
        match &base.kind {
            ExprKind::Var(Var::Context) => scope
                .actions
                .iter()
                .filter_map(|action| Some(&self.actions.get(action)?.context))
                .collect(),
            _ => {
                if let ExprKind::Attr(..) = base.kind {
                    self.attributes(base, scope)
                        .into_iter()
                        .filter_map(|attribute| match &attribute.ty {
                            Type::Record(fields) => Some(fields),
                            Type::Entity(name) => Some(&self.entity_types.get(name)?.attributes),
                            _ => None,
                        })
                        .collect()
                } else {
                    self.types(base, scope)
                        .into_iter()
                        .filter_map(|ty| match ty {
                            Type::Entity(name) => Some(&self.entity_types.get(&name)?.attributes),
                            _ => None,
                        })
                        .collect()
                }
            }
        }
    }

    /// The fields that a value of this type has: those of a record or of an entity type.
    pub(crate) fn fields_of<'s>(&'s self, ty: &'s Type) -> Option<&'s BTreeMap<String, Attribute>> {
        match ty {
            Type::Record(fields) => Some(fields),
            Type::Entity(name) => Some(&self.entity_types.get(name)?.attributes),
            _ => None,
        }
    }
}
