//! Forbids without a schema that read what may be missing.

use super::{Check, PolicyContext, Run};
use crate::analysis::presence::unguarded;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "forbid-unguarded-attribute",
    severity: Severity::Medium,
    summary: "a forbid reads an attribute that may be missing, and there is no schema",
    why: "Cedar skips a forbid that fails, so leaving out the attribute gets a request past it",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("forbid_unguarded_attribute.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    if cx.schema.is_some() || cx.policy.is_permit() {
        return;
    }
    let mut seen = Vec::new();
    unguarded(cx.policy, &mut |expr, place| {
        if seen.contains(&place) {
            return;
        }
        let text = cx.policy.at(expr.span);
        out.push(Finding::new(
            &RULE,
            expr.span,
            format!("this forbid fails and denies nothing where it reads `{text}` and that is missing"),
            "add a schema that requires the attribute, or say in `unless`, behind `has`, what the forbid lets through",
        ));
        seen.push(place);
    });
}
