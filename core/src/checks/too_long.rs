//! A policy that is too long to be reviewed.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "too-long",
    severity: Severity::Low,
    summary: "a policy has more lines than the limit",
    why: "what does not fit on a screen is approved without being read",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("too_long.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let most = cx.config.options.max_policy_lines as usize;
    let lines = p
        .at(p.span)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count();
    if lines > most {
        out.push(Finding::new(
            &RULE,
            p.effect.span,
            format!("this {} has {lines} lines, more than {most}", p.effect.value.as_str()),
            "split it into several policies, or move lists of entities into groups",
        ));
    }
}
