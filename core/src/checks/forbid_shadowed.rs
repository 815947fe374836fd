//! Forbids that another forbid implies.

use super::{Check, Run, SetContext};
use crate::analysis::related::shadowed;
use crate::facts::Effect;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "forbid-shadowed",
    severity: Severity::Low,
    summary: "another forbid denies all that this one denies",
    why: "what it was meant to deny beyond the other is not denied, or it is noise that hides which forbid counts",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("forbid_shadowed.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    shadowed(cx, Effect::Forbid, &RULE, out);
}
