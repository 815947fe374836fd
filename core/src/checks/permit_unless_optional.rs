//! Permits whose restriction is void where an attribute is missing.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::analysis::optional_guard::open_guards;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "permit-unless-optional",
    severity: Severity::High,
    summary: "a permit restricts nothing where an optional attribute is missing",
    why: "whatever nobody has flagged is allowed, so the restriction fails open",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "ISO 27001:2022 A.5.12"],
    page: include_str!("permit_unless_optional.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    if cx.policy.is_permit() {
        let message = |test: &str| format!("where `{test}` is false, this permit allows");
        let help = "say in `when` which value is allowed, so that a missing one is not, or make the attribute required";
        open_guards(cx, &RULE, message, help, out);
    }
}
