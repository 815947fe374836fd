//! What a policy's conditions demand of every request that it applies to.
//!
//! A test that stands in one branch of an `||` demands nothing: the policy also applies through the other
//! branch. These functions follow `&&`, `||`, `!` and `if` down to the tests that they join, and never
//! claim a demand that some way through the conditions does not make.

use crate::analysis::logic::{settled, settled_test};
use crate::facts::{
    BinaryOp, Clause, ClauseKind, Entity, Expr, ExprKind, Policy, UnaryOp, Var, conjuncts,
    disjuncts,
};

/// Whether on every way in which the policy can apply some test satisfies `test`. It is given a test and
/// the outcome that the policy then needs from it.
pub(crate) fn always(policy: &Policy, mut test: impl FnMut(&Expr, bool) -> bool) -> bool {
    policy
        .clauses
        .iter()
        .any(|clause| holds(&clause.body, applies_if(clause), &mut test))
}

/// Whether on every way in which the conditions can keep the policy from applying some test satisfies
/// `test`. A policy without conditions always applies, so there is no such way.
pub(crate) fn always_to_escape(policy: &Policy, mut test: impl FnMut(&Expr, bool) -> bool) -> bool {
    policy
        .clauses
        .iter()
        .all(|clause| holds(&clause.body, !applies_if(clause), &mut test))
}

/// The tests that must have a certain outcome, with that outcome, wherever the policy applies. An `||`
/// that must hold is one of them.
pub(crate) fn demands(policy: &Policy) -> Vec<(&Expr, bool)> {
    let mut out = Vec::new();
    for clause in &policy.clauses {
        demanded(&clause.body, applies_if(clause), &mut out);
    }
    out
}

/// Whether the expression reads a variable of the request.
pub(crate) fn mentions(expr: &Expr, var: Var) -> bool {
    expr.any(&mut |e| matches!(e.kind, ExprKind::Var(v) if v == var))
}

/// The entities that an expression names: an entity literal, or a set of nothing else.
pub(crate) fn entities(expr: &Expr) -> Option<Vec<&Entity>> {
    match &expr.kind {
        ExprKind::Entity(entity) => Some(vec![entity]),
        ExprKind::Set(items) => items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::Entity(entity) => Some(entity),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

const fn applies_if(clause: &Clause) -> bool {
    matches!(clause.kind, ClauseKind::When)
}

/// A way that needs `true` to be false, or `false` to be true, cannot be gone and counts as satisfied. A test
/// whose value does not depend on the request is no test; one that is compared with a truth value, as in
/// `context.mfa == false`, is given with the outcome that this asks for.
fn holds(expr: &Expr, outcome: bool, test: &mut impl FnMut(&Expr, bool) -> bool) -> bool {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => holds(inner, !outcome, test),
        ExprKind::And(items) if outcome => items.iter().any(|item| holds(item, true, test)),
        ExprKind::And(items) => items.iter().all(|item| holds(item, false, test)),
        ExprKind::Or(items) if outcome => items.iter().all(|item| holds(item, true, test)),
        ExprKind::Or(items) => items.iter().any(|item| holds(item, false, test)),
        ExprKind::If(condition, yes, no) => {
            (holds(condition, true, test) || holds(yes, outcome, test))
                && (holds(condition, false, test) || holds(no, outcome, test))
        }
        _ => match (settled_test(expr), compared_with_truth(expr)) {
            (Some(value), _) => value != outcome,
            (None, Some((inner, value))) => holds(inner, value == outcome, test),
            (None, None) => test(expr, outcome),
        },
    }
}

/// `test == true`: what is compared, and the outcome of it for which the comparison holds.
pub(crate) fn compared_with_truth(expr: &Expr) -> Option<(&Expr, bool)> {
    let ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) = &expr.kind else {
        return None;
    };
    let (inner, value) = match (settled(left), settled(right)) {
        (None, Some(value)) => (left, value),
        (Some(value), None) => (right, value),
        _ => return None,
    };
    Some((inner, value == (*op == BinaryOp::Eq)))
}

fn demanded<'a>(expr: &'a Expr, outcome: bool, out: &mut Vec<(&'a Expr, bool)>) {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => demanded(inner, !outcome, out),
        ExprKind::And(_) if outcome => {
            for item in conjuncts(expr) {
                demanded(item, true, out);
            }
        }
        ExprKind::Or(_) if !outcome => {
            for item in disjuncts(expr) {
                demanded(item, false, out);
            }
        }
        _ => out.push((expr, outcome)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cedar::parse::parse;

    fn policy(conditions: &str) -> std::sync::Arc<Policy> {
        let text = format!("permit (principal, action, resource) {conditions};");
        parse(&text.into()).unwrap().policy
    }

    #[test]
    fn a_demand_holds_on_every_way() {
        for (conditions, expected) in [
            ("", false),
            ("when { context.mfa }", true),
            ("when { !context.mfa }", false),
            ("unless { context.mfa }", false),
            ("unless { !context.mfa }", true),
            ("when { context.a && context.mfa }", true),
            ("when { context.a || context.mfa }", false),
            (
                "when { context.mfa && context.a || context.mfa && context.b }",
                true,
            ),
            ("when { context.a } when { context.mfa }", true),
            ("unless { context.a || !context.mfa }", true),
            ("unless { context.a && !context.mfa }", false),
            ("when { if context.a then context.mfa else false }", true),
            ("when { if context.mfa then context.a else true }", false),
            ("when { if context.mfa then context.a else false }", true),
            ("when { context.mfa == true }", true),
            ("when { context.mfa != (1 < 2) }", false),
            ("unless { false == context.mfa }", true),
            ("when { context.mfa || 2 < 1 }", true),
            ("when { context.mfa || principal == principal }", false),
            ("when { false }", true),
            ("when { true }", false),
        ] {
            let found = always(&policy(conditions), |expr, outcome| {
                outcome && matches!(&expr.kind, ExprKind::Attr(_, name) if name.value == "mfa")
            });
            assert_eq!(found, expected, "{conditions}");
        }
    }

    #[test]
    fn an_escape_needs_every_clause_to_be_guarded() {
        for (conditions, expected) in [
            ("", true),
            ("unless { context.mfa }", true),
            ("when { !context.mfa }", true),
            ("when { context.a && !context.mfa }", false),
            ("when { context.a || !context.mfa }", true),
            ("when { context.a } unless { context.mfa }", false),
        ] {
            let found = always_to_escape(&policy(conditions), |expr, outcome| {
                outcome && matches!(&expr.kind, ExprKind::Attr(_, name) if name.value == "mfa")
            });
            assert_eq!(found, expected, "{conditions}");
        }
    }

    #[test]
    fn demands_are_flat() {
        let policy = policy(
            "when { context.a && (context.b && !context.c) } unless { context.d || context.e }",
        );
        let found: Vec<(&str, bool)> = demands(&policy)
            .into_iter()
            .map(|(expr, outcome)| (policy.at(expr.span), outcome))
            .collect();
        assert_eq!(
            found,
            [
                ("context.a", true),
                ("context.b", true),
                ("context.c", false),
                ("context.d", false),
                ("context.e", false)
            ]
        );
    }
}
