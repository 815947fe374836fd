//! `r.x == r.x`: a comparison whose outcome is known before the request is.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, ExprKind};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "self-comparison",
    severity: Severity::Medium,
    summary: "an expression is compared with itself",
    why: "the outcome is the same for every request, so the comparison restricts nothing or blocks everything",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("self_comparison.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    cx.policy.walk(|_, expr| {
        let ExprKind::Binary(op, left, right) = &expr.kind else {
            return;
        };
        if op.is_arithmetic() || !left.same(right) || is_constant(left) {
            return;
        }
        let outcome = match op {
            BinaryOp::Eq | BinaryOp::LessEq | BinaryOp::GreaterEq | BinaryOp::In => "true",
            _ => "false",
        };
        out.push(
            Finding::new(
                &RULE,
                expr.span,
                format!(
                    "`{}` compares an expression with itself and is always {outcome}",
                    cx.policy.at(expr.span)
                ),
                "compare with the value that was meant, or remove the comparison",
            )
            .fix(Fix::suggestion(
                format!("replace with `{outcome}`"),
                vec![TextEdit::replace(expr.outer, outcome)],
            )),
        );
    });
}

/// Literals are left to the checks of constant conditions.
fn is_constant(expr: &crate::facts::Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_))
}
