//! `permit (principal, action, resource);`: the whole system for everybody.

use super::{Check, PolicyContext, Run};
use crate::analysis::grants::permits_everything;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "permit-everything",
    severity: Severity::Error,
    summary: "a permit without any constraint allows every request",
    why: "every principal may do everything to everything unless some forbid happens to match",
    profile: Profile::Basic,
    suppressible: Some(Profile::Governed),
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("permit_everything.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if permits_everything(p, cx.schema.map(|(schema, _)| schema)) {
        let what = if p.clauses.is_empty() {
            "has no constraint and"
        } else {
            "has a condition that tests nothing and"
        };
        out.push(Finding::new(
            &RULE,
            p.effect.span.cover(p.scope),
            format!("this permit {what} allows every request"),
            "name the principals, the actions and the resources that it is meant for",
        ));
    }
}
