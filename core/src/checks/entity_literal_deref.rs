//! Attributes of an entity that the policy names itself.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::analysis::logic::{for_each_guarded, reads_a_literal, unguarded_literal};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "entity-literal-deref",
    severity: Severity::Medium,
    summary: "a condition reads an attribute of an entity literal",
    why: "a request whose entities leave it out makes the policy fail, and the permit is skipped",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("entity_literal_deref.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    // In a forbid the same is worse: `forbid-may-error`.
    if !cx.policy.is_permit() || !reads_a_literal(cx.policy) {
        return;
    }
    for_each_guarded(cx.policy, |expr, known| {
        if let Some(entity) = unguarded_literal(expr, known) {
            out.push(Finding::new(
                &RULE,
                expr.span,
                format!(
                    "`{}` fails where `{entity}` is not among the entities",
                    cx.policy.at(expr.span)
                ),
                "pass the value in the context, or test with `has` before",
            ));
        }
    });
}
