//! `!!a`: two negations that cancel each other out.

use super::{Check, PolicyContext, Run};
use crate::facts::{ExprKind, UnaryOp};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "double-negation",
    severity: Severity::Low,
    summary: "two negations cancel each other out",
    why: "every negation more makes it easier to misread who is let in",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("double_negation.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let mut inside: Option<Span> = None;
    cx.policy.walk(|_, expr| {
        let ExprKind::Unary(UnaryOp::Not, operand) = &expr.kind else {
            return;
        };
        let ExprKind::Unary(UnaryOp::Not, inner) = &operand.kind else {
            return;
        };
        if inside.is_some_and(|outer| outer.contains(expr.span)) {
            return;
        }
        inside = Some(expr.span);
        out.push(
            Finding::new(
                &RULE,
                expr.span,
                format!("`{}` negates twice", cx.policy.at(expr.span)),
                "remove both negations",
            )
            .fix(Fix::safe(
                "remove both negations",
                vec![TextEdit::replace(
                    expr.span,
                    cx.policy.at(inner.outer).to_owned(),
                )],
            )),
        );
    });
}
