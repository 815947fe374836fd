//! What a condition says without a prover: which tests it makes of which expression, which two tests can
//! never hold together, and what is known at a place because of the tests before it.

mod constant;
mod interval;
mod key;
mod known;
mod rearrange;
mod test;

pub(crate) use constant::{settled, settled_test, truth};
pub(crate) use interval::may_overflow;
pub(crate) use key::key;
pub(crate) use known::{Known, for_each_guarded, reads_a_literal, unguarded_literal};
pub(crate) use rearrange::without_arithmetic;
pub(crate) use test::{datetime, limit_test};

use crate::facts::{Clause, ClauseKind, Expr, ExprKind, Polarity, Policy, UnaryOp};
use crate::source::Span;

/// Two tests that can never hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clash {
    /// The later test.
    pub(crate) at: Span,
    /// The earlier one.
    pub(crate) with: Span,
    /// Whether the earlier one stands in the scope.
    pub(crate) scope: bool,
    /// Whether both test the type of an entity.
    pub(crate) types: bool,
}

/// The first clash among all that must hold for the policy to apply: its scope, its `when` clauses and
/// the opposite of its `unless` clauses.
pub(crate) fn policy_clash(policy: &Policy) -> Option<Clash> {
    let mut known = Known::of_scope(policy);
    policy
        .clauses
        .iter()
        .find_map(|clause| known.assume(&clause.body, clause.kind == ClauseKind::When))
}

/// The first clash among what must hold for `expr` to be `value`.
pub(crate) fn clash(expr: &Expr, value: bool) -> Option<Clash> {
    Known::default().assume(expr, value)
}

/// Whether a policy can never apply, as far as its own text tells.
pub(crate) fn never_applies(policy: &Policy) -> bool {
    policy.clauses.iter().any(never_holds) || policy_clash(policy).is_some()
}

/// Whether a clause keeps its policy from ever applying, because its condition is constant.
pub(crate) fn never_holds(clause: &Clause) -> bool {
    truth(&clause.body) == Some(clause.kind == ClauseKind::Unless)
}

/// Whether the expression is an operator of truth values, so that its operands are conditions too.
pub(crate) const fn is_connective(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Unary(UnaryOp::Not, _) | ExprKind::If(..)
    )
}

/// Visits every condition that is no `&&`, `||`, `!` or `if` itself, and says whether its being true makes
/// the policy apply (`Positive`) or keeps it from applying. The condition of an `if` does both and is left out.
pub(crate) fn for_each_atom<'a>(policy: &'a Policy, mut visit: impl FnMut(&'a Expr, Polarity)) {
    for clause in &policy.clauses {
        atoms(&clause.body, Polarity::of(clause), &mut visit);
    }
}

fn atoms<'a>(expr: &'a Expr, polarity: Polarity, visit: &mut impl FnMut(&'a Expr, Polarity)) {
    match &expr.kind {
        ExprKind::And(items) | ExprKind::Or(items) => {
            for item in items {
                atoms(item, polarity, visit);
            }
        }
        ExprKind::Unary(UnaryOp::Not, inner) => {
            let opposite = match polarity {
                Polarity::Positive => Polarity::Negative,
                Polarity::Negative => Polarity::Positive,
            };
            atoms(inner, opposite, visit);
        }
        ExprKind::If(_, yes, no) => {
            atoms(yes, polarity, visit);
            atoms(no, polarity, visit);
        }
        _ => visit(expr, polarity),
    }
}
