//! People and machines in one permit.

use super::{Check, PolicyContext, Run};
use crate::facts::EntityConstraint;
use crate::finding::{Finding, Severity};
use crate::analysis::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::PrincipalKind;

static RULE: Rule = Rule {
    code: "mixed-principals",
    severity: Severity::Medium,
    summary: "one permit is for people and for machines",
    why: "conditions that bind people, such as a second factor, mean nothing for a machine, and the other way round",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI10", "NHI5"],
    page: include_str!("mixed_principals.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    // Groups have a check of their own.
    if p.is_template() || matches!(p.principal.value, EntityConstraint::In(_)) {
        return;
    }
    let Some(reach) = Reach::of_permit(cx) else {
        return;
    };
    let (Some(person), Some(machine)) = (
        reach.principal_of(|kind| kind == PrincipalKind::Human),
        reach.principal_of(PrincipalKind::is_machine),
    ) else {
        return;
    };
    if !reach.is_public_reading() {
        out.push(Finding::new(
            &RULE,
            p.principal.span,
            format!("this permit is for people (`{person}`) and for machines (`{machine}`)"),
            format!("write one permit for `principal is {person}` and one for `principal is {machine}`"),
        ));
    }
}
