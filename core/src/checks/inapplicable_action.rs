//! Lists of actions of which some never apply.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::remove_element;
use crate::facts::ActionConstraint;
use crate::finding::{Finding, Fix, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "inapplicable-action",
    severity: Severity::Medium,
    summary: "an action in the list never applies",
    why: "the policy says that it covers the action, and it does not",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("inapplicable_action.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let (Some((schema, scope)), ActionConstraint::InList(list)) =
        (cx.schema, &cx.policy.action.value)
    else {
        return;
    };
    // Where none applies Cedar says so.
    if scope.actions.is_empty() {
        return;
    }
    for (index, action) in list.value.iter().enumerate() {
        let applies = scope.actions.iter().any(|admitted| {
            *admitted == action.value
                || schema
                    .actions
                    .get(admitted)
                    .is_some_and(|a| a.ancestors.contains(&action.value))
        });
        if applies || !schema.actions.contains_key(&action.value) {
            continue;
        }
        let found = Finding::new(
            &RULE,
            action.span,
            format!(
                "`{}` never applies to the principals and resources of this scope",
                cx.policy.at(action.span)
            ),
            "remove it from the list, or widen the scope to what it applies to",
        );
        out.push(match remove_element(cx.policy, &list.value, index) {
            Some(edit) => found.fix(Fix::suggestion("remove it from the list", vec![edit])),
            None => found,
        });
    }
}
