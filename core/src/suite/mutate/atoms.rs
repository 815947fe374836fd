//! Edits of single tests: comparisons, membership and sets.

use super::Finder;
use super::scope::constraints;
use crate::facts::{
    ActionConstraint, BinaryOp, EntityConstraint, EntityOrSlot, Expr, ExprKind, Var,
};
use crate::schema::Type;
use crate::source::Span;

pub(super) fn comparison_shifted(finder: &mut Finder<'_>) {
    each_binary(finder, |op| {
        Some(match op {
            BinaryOp::Less => "<=",
            BinaryOp::LessEq => "<",
            BinaryOp::Greater => ">=",
            BinaryOp::GreaterEq => ">",
            _ => return None,
        })
    });
    each_method(finder, |name| {
        Some(match name {
            "lessThan" => "lessThanOrEqual",
            "lessThanOrEqual" => "lessThan",
            "greaterThan" => "greaterThanOrEqual",
            "greaterThanOrEqual" => "greaterThan",
            _ => return None,
        })
    });
}

pub(super) fn comparison_turned(finder: &mut Finder<'_>) {
    each_binary(finder, |op| {
        Some(match op {
            BinaryOp::Less => ">",
            BinaryOp::LessEq => ">=",
            BinaryOp::Greater => "<",
            BinaryOp::GreaterEq => "<=",
            BinaryOp::Eq => "!=",
            BinaryOp::NotEq => "==",
            _ => return None,
        })
    });
    each_method(finder, |name| {
        Some(match name {
            "lessThan" => "greaterThan",
            "lessThanOrEqual" => "greaterThanOrEqual",
            "greaterThan" => "lessThan",
            "greaterThanOrEqual" => "lessThanOrEqual",
            _ => return None,
        })
    });
}

pub(super) fn set_test_swapped(finder: &mut Finder<'_>) {
    each_method(finder, |name| {
        Some(match name {
            "containsAll" => "containsAny",
            "containsAny" => "containsAll",
            _ => return None,
        })
    });
}

pub(super) fn membership_narrowed(finder: &mut Finder<'_>) {
    scopes(finder, |constraint| match constraint {
        EntityConstraint::In(EntityOrSlot::Entity(entity)) => Some(("==", entity.span)),
        _ => None,
    });
    if let ActionConstraint::In(group) = &finder.policy.action.value {
        let text = format!("action == {}", finder.policy.at(group.span));
        finder.replace(finder.policy.action.span, &text);
    }
    finder.policy.walk(|_, expr| {
        if let ExprKind::Binary(BinaryOp::In, left, right) = &expr.kind
            && !matches!(right.kind, ExprKind::Set(_))
            && let Some(at) = finder.between(left.outer, right.outer)
            && !is_set(finder, right)
            && can_be_same(finder, left, right)
        {
            finder.replace_within(expr.span, at, "==");
        }
    });
}

pub(super) fn membership_widened(finder: &mut Finder<'_>) {
    scopes(finder, |constraint| match constraint {
        EntityConstraint::Eq(EntityOrSlot::Entity(entity)) => Some(("in", entity.span)),
        _ => None,
    });
    if let ActionConstraint::Eq(action) = &finder.policy.action.value {
        let text = format!("action in {}", finder.policy.at(action.span));
        finder.replace(finder.policy.action.span, &text);
    }
    finder.policy.walk(|_, expr| {
        if let ExprKind::Binary(BinaryOp::Eq, left, right) = &expr.kind
            && (is_entity(finder, left) || is_entity(finder, right))
            && let Some(at) = finder.between(left.outer, right.outer)
        {
            finder.replace_within(expr.span, at, "in");
        }
    });
}

/// Gives the constraints of the principal and the resource another operator before the same entity.
fn scopes(
    finder: &mut Finder<'_>,
    new: impl Fn(&EntityConstraint) -> Option<(&'static str, Span)>,
) {
    for (var, constraint) in constraints(finder) {
        if let Some((op, entity)) = new(&constraint.value) {
            let text = format!("{var} {op} {}", finder.policy.at(entity));
            finder.replace(constraint.span, &text);
        }
    }
}

fn each_binary(finder: &mut Finder<'_>, new: impl Fn(BinaryOp) -> Option<&'static str>) {
    finder.policy.walk(|_, expr| {
        if let ExprKind::Binary(op, left, right) = &expr.kind
            && let Some(new) = new(*op)
            && let Some(at) = finder.between(left.outer, right.outer)
        {
            finder.replace_within(expr.span, at, new);
        }
    });
}

fn each_method(finder: &mut Finder<'_>, new: impl Fn(&str) -> Option<&'static str>) {
    finder.policy.walk(|_, expr| {
        if let ExprKind::Method(_, name, _) = &expr.kind
            && let Some(new) = new(&name.value)
        {
            finder.replace_within(expr.span, name.span, new);
        }
    });
}

/// Whether it is an entity for sure.
fn is_entity(finder: &Finder<'_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Entity(_) => true,
        ExprKind::Var(var) => *var != Var::Context,
        _ => types(finder, expr).any(|ty| matches!(ty, Type::Entity(_))),
    }
}

/// Whether it is a set for sure.
fn is_set(finder: &Finder<'_>, expr: &Expr) -> bool {
    types(finder, expr).any(|ty| matches!(ty, Type::Set(_)))
}

/// Whether, as far as the types tell, both can be the same entity. Else `==` is never true, and the edit the
/// same as a condition that is false.
fn can_be_same(finder: &Finder<'_>, left: &Expr, right: &Expr) -> bool {
    let left: Vec<Type> = types(finder, left).collect();
    let right: Vec<Type> = types(finder, right).collect();
    left.is_empty() || right.is_empty() || left.iter().any(|ty| right.contains(ty))
}

fn types(finder: &Finder<'_>, expr: &Expr) -> impl Iterator<Item = Type> {
    finder
        .schema
        .map(|(schema, scope)| schema.types(expr, scope))
        .into_iter()
        .flatten()
}
