//! A policy that is not laid out as Cedar's formatter does.

use super::{Check, PolicyContext, Run};
use crate::cedar::format::format;
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "unformatted",
    severity: Severity::Low,
    summary: "a policy is not laid out as Cedar's formatter lays it out",
    why: "differences in layout hide the differences in meaning that a reviewer looks for",
    profile: Profile::Regulated,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 CM-3"],
    page: include_str!("unformatted.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let text = p.at(p.span);
    let Some(formatted) = format(text).filter(|formatted| formatted != text) else {
        return;
    };
    out.push(
        Finding::new(
            &RULE,
            p.effect.span,
            "the layout is not that of Cedar's formatter",
            "format the policy",
        )
        .fix(Fix::safe(
            "format the policy",
            vec![TextEdit::replace(p.span, formatted)],
        )),
    );
}
