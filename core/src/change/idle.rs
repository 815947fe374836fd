//! Guardrails that are about no request of head, so that nothing is guarded.

use super::compare::Work;
use super::ground::{About, Ask, admits_action};
use crate::facts::{ActionConstraint, EntityConstraint, EntityOrSlot, Policy};
use crate::prove::Answer;
use crate::schema::Schema;
use crate::workspace::proofs::can_apply;

/// Why a guardrail is about no request, where that is so. What is not decided counts as being about one.
pub(super) fn why(work: &mut Work<'_>, guardrail: &About) -> Option<String> {
    let policy = &guardrail.bound.parsed.policy;
    let (schema, _) = work.head.schema.usable()?;
    let mut asked = Vec::new();
    let environments = work.environments;
    for (number, (environment, _)) in environments.iter().enumerate() {
        let Some((ground, own, _, _)) = work.shared(number) else {
            continue;
        };
        if !ground.admits(&guardrail.bound, own) {
            continue;
        }
        if can_apply(policy, environment, schema) {
            return None;
        }
        asked.push(number);
    }
    for number in &asked {
        let (ground, _, _, asking) = work.shared(*number)?;
        match ground.ask([Ask::AppliesBeyond(guardrail, &[])], asking) {
            Ok([Answer::No]) => {}
            _ => return None,
        }
    }
    Some(match asked.is_empty() {
        true => in_scope(policy, schema),
        false => "no request that the schema admits meets its conditions".to_owned(),
    })
}

/// What in the scope it is.
fn in_scope(policy: &Policy, schema: &Schema) -> String {
    let actions: Vec<_> = (schema.actions.iter())
        .filter(|(action, _)| admits_action(schema, &policy.action.value, action))
        .collect();
    let written = policy.at(policy.action.span);
    if actions.is_empty() {
        return format!("the schema declares no action for `{written}`");
    }
    let no_action = match policy.action.value {
        ActionConstraint::Any => "no action of the schema".to_owned(),
        _ => format!("no action that `{written}` admits"),
    };
    for (name, constraint, is_principal) in [
        ("principal", &policy.principal.value, true),
        ("resource", &policy.resource.value, false),
    ] {
        let admitted = |(_, of): &(_, &crate::schema::Action)| {
            let types = if is_principal {
                &of.principals
            } else {
                &of.resources
            };
            types.iter().any(|ty| schema.admits_type(constraint, ty))
        };
        if !actions.iter().any(admitted) {
            let what = asked_for(constraint);
            return format!("{no_action} takes {what} as its {name}");
        }
    }
    format!("{no_action} takes such a principal and such a resource together")
}

fn asked_for(constraint: &EntityConstraint) -> String {
    let entity = match constraint.entity_or_slot() {
        Some(EntityOrSlot::Entity(entity)) => Some(&entity.value),
        _ => None,
    };
    match (constraint.is_type(), entity, constraint) {
        (Some(ty), ..) => format!("`{}`", ty.value),
        (None, Some(entity), EntityConstraint::Eq(_)) => format!("`{}`", entity.ty),
        (None, Some(entity), _) => format!("what can be in `{entity}`"),
        _ => "anything".to_owned(),
    }
}
