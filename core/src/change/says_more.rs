//! Whether a policy applies to all that another applies to, whatever types there are: read from the text alone.
//!
//! A proof is about today's kinds of request. A guardrail over the two actions that there are is proved to guard as much
//! as one over all actions, and guards none of those that come later.

use crate::facts::{
    ActionConstraint, ClauseKind, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy,
    canonical_expr, conjuncts, disjuncts,
};

/// Whether `after` asks for no more than `before` does.
pub(super) fn says_as_much(before: &Policy, after: &Policy) -> bool {
    let demands = demands(before);
    before.effect.value == after.effect.value
        && scope(&before.principal.value, &after.principal.value)
        && scope(&before.resource.value, &after.resource.value)
        && action(&before.action.value, &after.action.value)
        && self::demands(after).iter().all(|of| {
            let mut before = demands.iter();
            before.any(|demand| follows(demand, of))
        })
}

/// A condition, and whether it has to hold.
type Demand<'a> = (bool, &'a Expr);

fn demands(policy: &Policy) -> Vec<Demand<'_>> {
    let mut out = Vec::new();
    for clause in &policy.clauses {
        match clause.kind {
            ClauseKind::When => {
                out.extend(conjuncts(&clause.body).into_iter().map(|of| (true, of)))
            }
            ClauseKind::Unless => {
                out.extend(disjuncts(&clause.body).into_iter().map(|of| (false, of)));
            }
        }
    }
    out
}

/// Whether one demand is met wherever the other is.
fn follows((holds, one): &Demand<'_>, (holds_too, other): &Demand<'_>) -> bool {
    if holds != holds_too {
        return false;
    }
    if canonical_expr(one) == canonical_expr(other) {
        return true;
    }
    // `a` and so `a || b`; not `a` and so not `a && b`.
    match (holds, &other.kind) {
        (true, ExprKind::Or(items)) | (false, ExprKind::And(items)) => items
            .iter()
            .any(|item| follows(&(*holds, one), &(*holds, item))),
        _ => false,
    }
}

fn scope(before: &EntityConstraint, after: &EntityConstraint) -> bool {
    match (before, after) {
        (_, EntityConstraint::Any) => true,
        (EntityConstraint::IsIn(one, _), EntityConstraint::Is(other)) => one.value == other.value,
        _ => {
            let parts = |of: &EntityConstraint| {
                let entity = match of.entity_or_slot() {
                    Some(EntityOrSlot::Entity(entity)) => Some(entity.value.clone()),
                    Some(EntityOrSlot::Slot(_)) | None => None,
                };
                let ty = of.is_type().map(|ty| ty.value.clone());
                (std::mem::discriminant(of), ty, entity)
            };
            parts(before) == parts(after)
        }
    }
}

fn action(before: &ActionConstraint, after: &ActionConstraint) -> bool {
    let names = |of: &ActionConstraint| -> Vec<_> {
        of.entities()
            .iter()
            .map(|entity| entity.value.clone())
            .collect()
    };
    match (before, after) {
        (_, ActionConstraint::Any) => true,
        (ActionConstraint::Any, _) => false,
        // What is in a group is more than what the group is.
        (ActionConstraint::In(_) | ActionConstraint::InList(_), ActionConstraint::Eq(_)) => false,
        _ => {
            let after = names(after);
            names(before).iter().all(|entity| after.contains(entity))
        }
    }
}
