//! `action in []`: a policy about no action.

use super::{Check, PolicyContext, Run};
use crate::facts::ActionConstraint;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "empty-action-list",
    severity: Severity::Error,
    summary: "a policy is about no action",
    why: "`action in []` matches no request, so the policy never applies",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("empty_action_list.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    if let ActionConstraint::InList(list) = &cx.policy.action.value
        && list.value.is_empty()
    {
        out.push(Finding::new(
            &RULE,
            cx.policy.action.span,
            format!("`{}` matches no action", cx.policy.at(cx.policy.action.span)),
            "name the actions that are meant, or remove the policy",
        ));
    }
}
