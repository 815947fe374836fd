//! Forbids that let pass what nobody has labelled.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::analysis::optional_guard::open_guards;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "forbid-guarded-by-has",
    severity: Severity::High,
    summary: "a forbid does not deny where an optional attribute is missing",
    why: "whatever nobody has labelled is treated as harmless, so the forbid fails open",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "ISO 27001:2022 A.5.12"],
    page: include_str!("forbid_guarded_by_has.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    if !cx.policy.is_permit() {
        let message = |test: &str| format!("where `{test}` is false, this forbid does not deny");
        let help = "say in `unless` what is let through, so that a missing value is denied, or make the attribute required";
        open_guards(cx, &RULE, message, help, out);
    }
}
