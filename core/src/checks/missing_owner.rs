//! A policy without `@owner`.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "missing-owner",
    severity: Severity::High,
    summary: "a policy has no `@owner`",
    why: "nobody answers for what it grants, and nobody is asked when it is to be changed or reviewed",
    profile: Profile::Governed,
    suppressible: true,
    refs: &["NIST CSF 2.0 GV.RR-02", "NHI1"],
    page: include_str!("missing_owner.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if crate::analysis::metadata::said(p, "owner").is_some() {
        return;
    }
    let (span, message) = match p.annotation("owner") {
        Some(annotation) => (
            annotation.span,
            format!("`{}` names no owner", p.at(annotation.span)),
        ),
        None => (
            p.effect.span,
            format!("this {} has no owner", p.effect.value.as_str()),
        ),
    };
    out.push(Finding::new(
        &RULE,
        span,
        message,
        "name the team or person who answers for it: `@owner(\"…\")`",
    ));
}
