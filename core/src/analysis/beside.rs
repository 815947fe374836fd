//! Which policies of a set stand beside each other: which forbid is there for all that a permit admits, and which
//! permit may share a request with a forbid.

use std::collections::BTreeSet;

use crate::checks::Member;
use crate::facts::{ActionConstraint, Entity, EntityConstraint, Expr, ExprKind, Var};

/// Whether every request that the scope of `inner` admits is admitted by the scope of `outer`.
pub(crate) fn is_within(inner: &Member<'_>, outer: &Member<'_>) -> bool {
    let actions = match (&inner.policy.action.value, &outer.policy.action.value) {
        (_, ActionConstraint::Any) => true,
        _ if has_types(inner) => inner.scope.actions.is_subset(&outer.scope.actions),
        // Which actions are in a group is not known.
        (ActionConstraint::Any, _) | (_, ActionConstraint::In(_)) => {
            inner.policy.action.value == outer.policy.action.value
        }
        (named, among) => {
            let among: BTreeSet<&Entity> = among.entities().iter().map(|e| &e.value).collect();
            named.entities().iter().all(|e| among.contains(&e.value))
        }
    };
    actions && is_entity_within(inner, outer)
}

/// The same of an action of `inner` alone.
pub(crate) fn is_within_for(action: &Entity, inner: &Member<'_>, outer: &Member<'_>) -> bool {
    outer.scope.actions.contains(action) && is_entity_within(inner, outer)
}

fn is_entity_within(inner: &Member<'_>, outer: &Member<'_>) -> bool {
    let (a, b) = (inner.policy, outer.policy);
    admits(
        &b.principal.value,
        &a.principal.value,
        &inner.scope.principals,
    ) && admits(&b.resource.value, &a.resource.value, &inner.scope.resources)
}

/// Whether a request may be admitted by the scopes of both.
pub(crate) fn may_meet(one: &Member<'_>, other: &Member<'_>) -> bool {
    let (a, b) = (one.policy, other.policy);
    let scopes = match has_types(one) && has_types(other) {
        true => {
            !one.scope.actions.is_disjoint(&other.scope.actions)
                && !one.scope.principals.is_disjoint(&other.scope.principals)
                && !one.scope.resources.is_disjoint(&other.scope.resources)
        }
        false => may_share_an_action(&a.action.value, &b.action.value),
    };
    scopes
        && may_share(&a.principal.value, &b.principal.value)
        && may_share(&a.resource.value, &b.resource.value)
}

/// Whether a schema says which requests its scope admits.
pub(crate) fn has_types(member: &Member<'_>) -> bool {
    !member.scope.actions.is_empty()
}

/// What `principal is T` comes to, where the scope of the policy says that it is so; `None` for other tests.
pub(crate) fn of_scope(test: &Expr, member: &Member<'_>) -> Option<bool> {
    let ExprKind::Is(base, ty, None) = &test.kind else {
        return None;
    };
    let (constraint, types): (&EntityConstraint, _) = match &base.kind {
        ExprKind::Var(Var::Principal) => (&member.policy.principal.value, &member.scope.principals),
        ExprKind::Var(Var::Resource) => (&member.policy.resource.value, &member.scope.resources),
        _ => return None,
    };
    let named = constraint.is_type().is_some_and(|of| of.value == ty.value);
    let only = !types.is_empty() && types.iter().all(|of| *of == ty.value);
    (named || only).then_some(true)
}

fn admits(outer: &EntityConstraint, inner: &EntityConstraint, types: &BTreeSet<String>) -> bool {
    let of_type = |ty: &str| match types.is_empty() {
        false => types.iter().all(|of| of == ty),
        true => inner.is_type().is_some_and(|of| of.value == ty),
    };
    let same =
        || matches!((outer.entity(), inner.entity()), (Some(a), Some(b)) if a.value == b.value);
    match outer {
        EntityConstraint::Any => true,
        EntityConstraint::Is(ty) => of_type(&ty.value),
        EntityConstraint::IsIn(ty, _) => of_type(&ty.value) && same(),
        EntityConstraint::In(_) => same(),
        EntityConstraint::Eq(_) => matches!(inner, EntityConstraint::Eq(_)) && same(),
    }
}

fn may_share_an_action(a: &ActionConstraint, b: &ActionConstraint) -> bool {
    let open =
        |of: &ActionConstraint| matches!(of, ActionConstraint::Any | ActionConstraint::In(_));
    open(a) || open(b) || {
        let named: BTreeSet<&Entity> = a.entities().iter().map(|e| &e.value).collect();
        b.entities().iter().any(|e| named.contains(&e.value))
    }
}

fn may_share(a: &EntityConstraint, b: &EntityConstraint) -> bool {
    let apart = |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if a != b);
    let ty = |of: &EntityConstraint| of.is_type().map(|ty| ty.value.clone());
    let is_apart = match (a, b) {
        (EntityConstraint::Eq(_), EntityConstraint::Eq(_)) => {
            matches!((a.entity(), b.entity()), (Some(a), Some(b)) if a.value != b.value)
        }
        _ => apart(ty(a).as_deref(), ty(b).as_deref()),
    };
    !is_apart
}
