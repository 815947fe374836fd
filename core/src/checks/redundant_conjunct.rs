//! Operands that add nothing to their condition.

use super::{Check, PolicyContext, Run};
use std::collections::BTreeMap;

use crate::analysis::edit::{remove_operand, remove_true};
use crate::facts::{ClauseKind, Expr, ExprKind, Literal, Var, conjuncts};
use crate::finding::{Finding, Fix, Place, Severity, TextEdit};
use crate::analysis::logic::{Known, key};
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "redundant-conjunct",
    severity: Severity::Low,
    summary: "an operand adds nothing to its condition",
    why: "noise hides what a condition really asks for",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("redundant_conjunct.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let mut scope = None;
    for clause in &policy.clauses {
        if clause.kind == ClauseKind::When {
            for item in conjuncts(&clause.body) {
                // The scope speaks of nothing else.
                if !item.any(&mut is_about_an_end) {
                    continue;
                }
                let scope = scope.get_or_insert_with(|| Known::of_scope(policy));
                if scope.holds(item) {
                    let found = Finding::new(
                        &RULE,
                        item.span,
                        format!("the scope says `{}` already", policy.at(item.span)),
                        "remove it from the condition",
                    );
                    out.push(found.fix(Fix::safe(
                        "remove what the scope says",
                        vec![remove_true(policy, item)],
                    )));
                }
            }
        }
        clause.body.walk(&mut |expr| match &expr.kind {
            ExprKind::And(items) => operands(cx, items, true, out),
            ExprKind::Or(items) => operands(cx, items, false, out),
            _ => {}
        });
    }
}

/// Whether an operand of the expression is the principal or the resource itself.
fn is_about_an_end(expr: &Expr) -> bool {
    let is_end = |of: &Expr| matches!(of.kind, ExprKind::Var(Var::Principal | Var::Resource));
    match &expr.kind {
        ExprKind::Is(of, ..) => is_end(of),
        ExprKind::Binary(_, left, right) => is_end(left) || is_end(right),
        _ => false,
    }
}

/// How many operands are compared with each other.
const FEW: usize = 16;

/// Operands of one `&&` (`neutral` is true) or `||`: repeated ones and neutral literals.
fn operands(cx: &PolicyContext<'_>, items: &[Expr], neutral: bool, out: &mut Vec<Finding>) {
    // To compare a few with each other is faster than to write them all down.
    let mut by_key = (items.len() > FEW).then(BTreeMap::new);
    let mut seen = |number: usize, item: &Expr| match &mut by_key {
        Some(by_key) => by_key.insert(key(item), item.span),
        None => {
            let before = items.iter().take(number).rev();
            (before.map(|other| (other, other.span)))
                .find_map(|(other, span)| other.same(item).then_some(span))
        }
    };
    for (number, item) in items.iter().enumerate() {
        if matches!(item.kind, ExprKind::Literal(Literal::Bool(value)) if value == neutral) {
            let found = Finding::new(
                &RULE,
                item.span,
                format!(
                    "`{neutral}` changes nothing beside `{}`",
                    if neutral { "&&" } else { "||" }
                ),
                "remove it",
            );
            out.push(match remove_operand(cx.policy, item) {
                Some(edit) => found.fix(Fix::safe("remove it", vec![edit])),
                None => found,
            });
        } else if matches!(item.kind, ExprKind::Literal(_)) {
            // Decides the whole condition: `always-true` or `contradiction`.
        } else if let Some(first) = seen(number, item)
            && let Some(edit) = remove_operand(cx.policy, item)
        {
            out.push(repeated(cx, item, first, edit));
        }
    }
}

fn repeated(cx: &PolicyContext<'_>, item: &Expr, first: Span, edit: TextEdit) -> Finding {
    Finding::new(
        &RULE,
        item.span,
        format!("`{}` is said twice", cx.policy.at(item.span)),
        "remove one of the two; if they were meant to differ, correct one",
    )
    .label(Place::Here(first), "said here already")
    .fix(Fix::safe("remove the second", vec![edit]))
}
