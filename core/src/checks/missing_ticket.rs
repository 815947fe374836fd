//! A policy without `@ticket`.

use super::{Check, PolicyContext, Run};
use crate::analysis::metadata;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "missing-ticket",
    severity: Severity::Medium,
    summary: "a policy has no `@ticket`",
    why: "the request that led to it cannot be found, so a review cannot tell whether it is still wanted",
    profile: Profile::Regulated,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 CM-3", "SOC 2 CC8.1"],
    page: include_str!("missing_ticket.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let help = "name the request or change that it goes back to: `@ticket(\"…\")`";
    out.extend(metadata::missing(cx.policy, "ticket", &RULE, help));
}
