//! Forbids that are skipped when their condition fails to evaluate.

use super::{Check, PolicyContext, Run};
use crate::facts::{Expr, ExprKind};
use crate::finding::{Finding, Severity};
use crate::analysis::logic::{Known, for_each_guarded, may_overflow, unguarded_literal, without_arithmetic};
use crate::analysis::overflow::Overflows;
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "forbid-may-error",
    severity: Severity::High,
    summary: "a forbid whose condition can fail is skipped then",
    why: "a forbid that fails to evaluate denies nothing, so whoever can bring the failure about gets past it",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("forbid_may_error.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    if cx.policy.is_permit() {
        return;
    }
    let mut rearranged = None;
    let mut overflows = Overflows::of(cx);
    let mut inside: Option<Span> = None;
    for_each_guarded(cx.policy, |expr, known| {
        if let ExprKind::Binary(op, left, _) = &expr.kind
            && !op.is_arithmetic()
        {
            rearranged = without_arithmetic(cx.policy, expr).map(|fix| (left.span, fix));
            return;
        }
        if inside.is_some_and(|outer| outer.contains(expr.span)) {
            return;
        }
        let text = cx.policy.at(expr.span);
        let Some(failure) = failure(expr, known, cx.schema.is_some()) else {
            return;
        };
        let (message, help) = match &failure {
            Failure::Overflow if overflows.are_excluded() => return,
            Failure::Overflow => (
                format!("this forbid is skipped when `{text}` overflows"),
                "compare without arithmetic, or bound the operands in the conditions before",
            ),
            Failure::Absent(entity) => (
                format!("this forbid is skipped where `{entity}` is not among the entities"),
                "pass the value in the context, or test with `has` before and deny where it is missing",
            ),
            Failure::Constructor => (
                format!("this forbid is skipped when `{text}` cannot be read"),
                "let the caller pass a value of that type instead of a text",
            ),
        };
        inside = Some(expr.span);
        let found = Finding::new(&RULE, expr.span, message, help);
        let found = match rearranged.take() {
            Some((span, fix)) if span == expr.span => found.fix(fix),
            _ => found,
        };
        if matches!(failure, Failure::Overflow) {
            overflows.add(found);
        } else {
            out.push(found);
        }
    });
    out.extend(overflows.findings(|at| {
        let text = cx.policy.at(at);
        Finding::new(
            &RULE,
            at,
            format!("this forbid is skipped when `{text}` overflows"),
            "compare without arithmetic, or bound the operands in the conditions before",
        )
    }));
}

enum Failure {
    Overflow,
    Absent(String),
    Constructor,
}

/// How the evaluation of this very expression can fail although Cedar's validator accepts it.
fn failure(expr: &Expr, known: &Known, validated: bool) -> Option<Failure> {
    match &expr.kind {
        ExprKind::Binary(op, ..) if op.is_arithmetic() => {
            may_overflow(expr, known).then_some(Failure::Overflow)
        }
        ExprKind::Call(_, args) if !validated => args
            .iter()
            .any(|arg| !matches!(arg.kind, ExprKind::Literal(_)))
            .then_some(Failure::Constructor),
        _ => unguarded_literal(expr, known).map(|entity| Failure::Absent(entity.to_string())),
    }
}
