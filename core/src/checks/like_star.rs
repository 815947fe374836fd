//! `like "*"`: a pattern that every text matches.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::remove_true;
use crate::facts::{ExprKind, PatternElement};
use crate::finding::{Finding, Fix, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "like-star",
    severity: Severity::Medium,
    summary: "a pattern matches every text",
    why: "`like \"*\"` looks like a test and lets everything pass",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("like_star.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    cx.policy.walk(|_, expr| {
        let ExprKind::Like(_, pattern) = &expr.kind else {
            return;
        };
        let wild = |element: &PatternElement| *element == PatternElement::Wildcard;
        if pattern.value.is_empty() || !pattern.value.iter().all(wild) {
            return;
        }
        out.push(
            Finding::new(
                &RULE,
                expr.span,
                format!("`{}` matches every text", cx.policy.at(expr.span)),
                "write the pattern that was meant, or remove the test; presence is tested with `has`",
            )
            .fix(Fix::safe(
                "remove the test",
                vec![remove_true(cx.policy, expr)],
            )),
        );
    });
}
