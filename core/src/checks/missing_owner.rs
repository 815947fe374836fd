//! A policy without `@owner`.

use super::{Check, PolicyContext, Run};
use crate::analysis::metadata;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "missing-owner",
    severity: Severity::High,
    summary: "a policy has no `@owner`",
    why: "nobody answers for what it grants, and nobody is asked when it is to be changed or reviewed",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 GV.RR-02", "NHI1"],
    page: include_str!("missing_owner.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let help = "name the team or person who answers for it: `@owner(\"…\")`";
    out.extend(metadata::missing(cx.policy, "owner", &RULE, help));
}
