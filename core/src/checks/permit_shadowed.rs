//! Permits that another permit implies.

use super::{Check, Run, SetContext};
use crate::analysis::related::shadowed;
use crate::facts::Effect;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "permit-shadowed",
    severity: Severity::Low,
    summary: "another permit allows all that this one allows",
    why: "whoever removes or narrows this permit believes that the access is gone, and it is not",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("permit_shadowed.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    shadowed(cx, Effect::Permit, &RULE, out);
}
