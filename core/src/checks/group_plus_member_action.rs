//! Lists that name an action and its group.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::remove_element;
use crate::facts::ActionConstraint;
use crate::finding::{Finding, Fix, Place, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "group-plus-member-action",
    severity: Severity::Low,
    summary: "a list names an action that it contains already",
    why: "noise hides which actions a policy is about",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("group_plus_member_action.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let ActionConstraint::InList(list) = &cx.policy.action.value else {
        return;
    };
    for (index, action) in list.value.iter().enumerate() {
        let ancestors = cx
            .schema
            .and_then(|(schema, _)| schema.actions.get(&action.value))
            .map(|action| &action.ancestors);
        let group = list.value.iter().enumerate().find(|(other, group)| {
            (*other < index && group.value == action.value)
                || (group.value != action.value
                    && ancestors.is_some_and(|a| a.contains(&group.value)))
        });
        let Some((_, group)) = group else { continue };
        let text = cx.policy.at(action.span);
        let found = Finding::new(
            &RULE,
            action.span,
            if group.value == action.value {
                format!("`{text}` is in the list twice")
            } else {
                format!("`{text}` is in `{}` already", cx.policy.at(group.span))
            },
            "remove it from the list; if less was meant, remove the group instead",
        )
        .label(Place::Here(group.span), "covers it");
        out.push(match remove_element(cx.policy, &list.value, index) {
            Some(edit) => found.fix(Fix::safe("remove it from the list", vec![edit])),
            None => found,
        });
    }
}
