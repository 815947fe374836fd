//! Conditions that can never hold together.

use super::{Check, PolicyContext, Run};
use crate::facts::{ClauseKind, Expr, ExprKind};
use crate::finding::{Finding, Place, Severity};
use crate::analysis::logic::{Clash, clash, is_connective, never_holds, truth};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "contradiction",
    severity: Severity::Medium,
    summary: "a condition can never hold",
    why: "a permit that can never apply hides that access is missing, a forbid that can never apply protects nothing",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("contradiction.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    for clause in &policy.clauses {
        if never_holds(clause) && !(cx.schema.is_some() && is_seen_by_cedar(&clause.body)) {
            out.push(Finding::new(
                &RULE,
                clause.body.span,
                format!(
                    "`{} {{ {} }}` keeps the policy from ever applying",
                    clause.kind.as_str(),
                    policy.at(clause.body.outer)
                ),
                "remove the policy, or write the condition that was meant",
            ));
            return;
        }
    }
    if let Some(found) = cx.clash()
        && !found.scope
        && !found.types
    {
        report(cx, found, out);
        return;
    }
    let before = out.len();
    for clause in &policy.clauses {
        let whole = clause.kind == ClauseKind::When;
        nested(cx, &clause.body, whole, out);
    }
    let never = cx.alone.and_then(|alone| alone.never.as_ref());
    if let Some(never) = never
        && never.scope.is_empty()
        && out.len() == before
    {
        out.extend(proved(cx, &never.conditions));
    }
}

/// What a proof found: these conditions exclude each other, and no fewer of them do.
fn proved(cx: &PolicyContext<'_>, conditions: &[Span]) -> Option<Finding> {
    let (last, others) = conditions.split_last()?;
    let text = cx.policy.at(*last);
    let (message, help) = match others {
        [] => (
            format!("`{text}` can never decide as this condition asks"),
            "remove the policy, or write the condition that was meant",
        ),
        [one] => (
            format!(
                "`{}` and `{text}` can never both decide as this condition asks",
                cx.policy.at(*one)
            ),
            "correct one of the two; alternatives are joined with `||`",
        ),
        more => (
            format!("`{text}` and {} other parts can never hold together", more.len()),
            "correct one of them; alternatives are joined with `||`",
        ),
    };
    let mut finding = Finding::new(&RULE, *last, message, help);
    for other in others {
        finding = finding.label(Place::Here(*other), "contradicts this");
    }
    Some(finding)
}

/// Looks at conjunctions that are only part of a condition; `whole` are the operands that the policy as a
/// whole asks for.
fn nested(cx: &PolicyContext<'_>, expr: &Expr, whole: bool, out: &mut Vec<Finding>) {
    let is_and = matches!(expr.kind, ExprKind::And(_));
    if is_and && !whole {
        if let Some(found) = clash(expr, true) {
            report(cx, found, out);
            return;
        }
        if truth(expr) == Some(false) {
            out.push(Finding::new(
                &RULE,
                expr.span,
                format!("`{}` can never be true", cx.policy.at(expr.span)),
                "remove the operand that is always false, or the whole alternative",
            ));
            return;
        }
    }
    if is_connective(expr) {
        for child in expr.children() {
            nested(cx, child, whole && is_and, out);
        }
    }
}

fn report(cx: &PolicyContext<'_>, found: Clash, out: &mut Vec<Finding>) {
    let (at, with) = (cx.policy.at(found.at), cx.policy.at(found.with));
    out.push(
        Finding::new(
            &RULE,
            found.at,
            format!("`{at}` and `{with}` can never both decide as this condition asks"),
            "correct one of the two; alternatives are joined with `||`",
        )
        .label(Place::Here(found.with), "contradicts this"),
    );
}

/// Cedar's own warning covers policies whose condition is `false` by its type: constants and equality of
/// literals, but no order.
fn is_seen_by_cedar(expr: &Expr) -> bool {
    !expr.any(&mut |e| matches!(e.kind, ExprKind::Binary(op, ..) if op.is_order()))
}
