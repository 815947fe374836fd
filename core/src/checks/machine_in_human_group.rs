//! Machines that are let in by a group of people.

use super::{Check, PolicyContext, Run};
use crate::facts::{EntityConstraint, EntityOrSlot};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::analysis::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::{PrincipalKind, Schema};

static RULE: Rule = Rule {
    code: "machine-in-human-group",
    severity: Severity::High,
    summary: "a permit for a group of people also lets in services or agents",
    why: "a machine in the group gets what was meant for people, at a machine's speed and without a person's judgement",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI10", "NHI5", "ASI03"],
    page: include_str!("machine_in_human_group.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let EntityConstraint::In(EntityOrSlot::Entity(group)) = &p.principal.value else {
        return;
    };
    let Some(reach) = Reach::of_permit(cx).filter(|reach| is_human_group(reach.schema, &group.value.ty))
    else {
        return;
    };
    // A machine that is named itself is no group.
    let Some(machine) = reach
        .principal_of(PrincipalKind::is_machine)
        .filter(|ty| *ty != group.value.ty)
    else {
        return;
    };
    let mut finding = Finding::new(
        &RULE,
        p.principal.span,
        format!("`{}` is a group of people, but can hold `{machine}` as well", p.at(group.span)),
        "name the type of people with `is`, and grant machines what they need by policies of their own",
    );
    let mut people = reach
        .principals
        .iter()
        .filter(|ty| reach.schema.principal_kind(ty) == Some(PrincipalKind::Human));
    if let (Some(human), None) = (people.next(), people.next()) {
        let variable = p.principal.span.start + "principal".len() as u32;
        finding = finding.fix(Fix::suggestion(
            format!("admit `{human}` only"),
            vec![TextEdit::insert(variable, format!(" is {human}"))],
        ));
    }
    out.push(finding);
}

/// Whether a type of groups is classed as people's, or holds people and is not classed.
fn is_human_group(schema: &Schema, group: &str) -> bool {
    match schema.principal_kind(group) {
        Some(kind) => kind == PrincipalKind::Human,
        None => schema.entity_types.keys().any(|ty| {
            schema.principal_kind(ty) == Some(PrincipalKind::Human) && schema.can_be_in(ty, group)
        }),
    }
}
