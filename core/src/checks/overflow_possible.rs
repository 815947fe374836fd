//! Arithmetic in a permit that can leave the range of `Long`.

use super::{Check, PolicyContext, Run};
use crate::facts::ExprKind;
use crate::finding::{Finding, Severity};
use crate::analysis::logic::{for_each_guarded, may_overflow, without_arithmetic};
use crate::analysis::overflow::Overflows;
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "overflow-possible",
    severity: Severity::Medium,
    summary: "arithmetic can overflow",
    why: "a permit whose condition overflows is skipped, so the request is denied although it should be allowed",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("overflow_possible.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    // In a forbid the same is worse: `forbid-may-error`.
    if !cx.policy.is_permit() {
        return;
    }
    let mut overflows = Overflows::of(cx);
    if overflows.are_excluded() {
        return;
    }
    let mut rearranged = None;
    let mut inside: Option<Span> = None;
    for_each_guarded(cx.policy, |expr, known| {
        let ExprKind::Binary(op, left, _) = &expr.kind else {
            return;
        };
        if !op.is_arithmetic() {
            rearranged = without_arithmetic(cx.policy, expr).map(|fix| (left.span, fix));
            return;
        }
        if inside.is_some_and(|outer| outer.contains(expr.span)) || !may_overflow(expr, known) {
            return;
        }
        inside = Some(expr.span);
        let found = Finding::new(
            &RULE,
            expr.span,
            format!("`{}` can overflow", cx.policy.at(expr.span)),
            "bound the operands in the conditions before, as `context.amount <= 1000000`, or compare without arithmetic",
        );
        overflows.add(match rearranged.take() {
            Some((span, fix)) if span == expr.span => found.fix(fix),
            _ => found,
        });
    });
    out.extend(overflows.findings(|at| {
        Finding::new(
            &RULE,
            at,
            format!("`{}` can overflow", cx.policy.at(at)),
            "bound the operands in the conditions before, or compare without arithmetic",
        )
    }));
}
