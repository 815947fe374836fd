//! The requests that a scope admits.

use std::collections::BTreeSet;

use crate::encode::{self, Nodes};
use crate::facts::{ActionConstraint, Entity, EntityConstraint, EntityOrSlot, Policy};
use crate::schema::Schema;

/// Every kind of request of a schema, listed once for many policies.
#[derive(Debug)]
pub(in crate::suite::mutate) struct Requests<'a> {
    schema: &'a Schema,
    kinds: Vec<Kind<'a>>,
}

#[derive(Debug)]
struct Kind<'a> {
    principal: &'a str,
    action: &'a Entity,
    resource: &'a str,
}

impl<'a> Requests<'a> {
    /// Those of `schema`.
    pub(in crate::suite::mutate) fn new(schema: &'a Schema) -> Self {
        let mut kinds = Vec::new();
        for (entity, action) in &schema.actions {
            for principal in &action.principals {
                for resource in &action.resources {
                    kinds.push(Kind {
                        principal,
                        action: entity,
                        resource,
                    });
                }
            }
        }
        Self { schema, kinds }
    }

    /// The schema.
    pub(in crate::suite::mutate) const fn schema(&self) -> &'a Schema {
        self.schema
    }
}

/// A digest of the requests that the scope admits; `None` where it admits none.
pub(super) fn digest(policy: &Policy, requests: Option<&Requests<'_>>) -> Option<[u8; 32]> {
    let (principal, resource) = (&policy.principal.value, &policy.resource.value);
    let Some(requests) = requests else {
        return Some(encode::digest("scope", |nodes| {
            constraint(nodes, principal, None);
            actions(nodes, &policy.action.value);
            constraint(nodes, resource, None);
        }));
    };
    let schema = requests.schema;
    let mut principals = BTreeSet::new();
    let mut resources = BTreeSet::new();
    let mut kinds = Vec::new();
    for (number, kind) in requests.kinds.iter().enumerate() {
        if schema.admits_type(principal, kind.principal)
            && schema.admits_type(resource, kind.resource)
            && admits_action(schema, &policy.action.value, kind.action)
        {
            kinds.push(number as u64);
            principals.insert(kind.principal);
            resources.insert(kind.resource);
        }
    }
    if principals.is_empty() {
        return None;
    }
    // The types and the action are in the list. What is left is which entity it is or is in.
    Some(encode::digest("admitted", |nodes| {
        kinds.iter().for_each(|kind| nodes.number("kind", *kind));
        for (value, types) in [(principal, &principals), (resource, &resources)] {
            constraint(nodes, value, Some((schema, types)));
        }
    }))
}

/// Whether an entity of type `ty` can be in another entity of type `of` than itself.
pub(super) fn can_be_below(schema: &Schema, ty: &str, of: &str) -> bool {
    if ty == of {
        schema
            .entity_types
            .get(ty)
            .is_some_and(|t| t.ancestors.contains(of))
    } else {
        schema.can_be_in(ty, of)
    }
}

fn constraint(
    nodes: &mut Nodes<'_>,
    value: &EntityConstraint,
    typed: Option<(&Schema, &BTreeSet<&str>)>,
) {
    let relation = match value {
        EntityConstraint::Eq(_) => "==",
        EntityConstraint::In(EntityOrSlot::Entity(e))
        | EntityConstraint::IsIn(_, EntityOrSlot::Entity(e))
            if typed.is_some_and(|(schema, types)| {
                !types.iter().any(|ty| can_be_below(schema, ty, &e.value.ty))
            }) =>
        {
            "=="
        }
        EntityConstraint::In(_) | EntityConstraint::IsIn(..) => "in",
        EntityConstraint::Any | EntityConstraint::Is(_) => "any",
    };
    nodes.node("constraint", relation, |nodes| {
        match value.entity_or_slot() {
            Some(EntityOrSlot::Entity(of)) => entity(nodes, &of.value),
            Some(EntityOrSlot::Slot(_)) => nodes.text("slot", ""),
            None => {}
        }
        if let (None, Some(ty)) = (typed, value.is_type()) {
            nodes.text("is", &ty.value);
        }
    });
}

fn actions(nodes: &mut Nodes<'_>, value: &ActionConstraint) {
    let entities: BTreeSet<&Entity> = value.entities().iter().map(|e| &e.value).collect();
    let relation = match value {
        ActionConstraint::Any => "any",
        ActionConstraint::Eq(_) => "==",
        ActionConstraint::In(_) | ActionConstraint::InList(_) => "in",
    };
    nodes.node("actions", relation, |nodes| {
        entities.iter().for_each(|of| entity(nodes, of));
    });
}

fn entity(nodes: &mut Nodes<'_>, of: &Entity) {
    nodes.node("entity", &of.id, |nodes| nodes.text("type", &of.ty));
}

fn admits_action(schema: &Schema, value: &ActionConstraint, action: &Entity) -> bool {
    match value {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(e) => e.value == *action,
        ActionConstraint::In(_) | ActionConstraint::InList(_) => {
            let ancestors = schema.actions.get(action).map(|a| &a.ancestors);
            value
                .entities()
                .iter()
                .any(|e| e.value == *action || ancestors.is_some_and(|all| all.contains(&e.value)))
        }
    }
}
