//! Policies that others make superfluous, as proofs found them, told from the places where they stand.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::grants::permits_everything;
use crate::checks::SetContext;
use crate::facts::{Effect, Policy};
use crate::finding::{Finding, Place};
use crate::rules::Rule;
use crate::source::Span;

/// What a policy says.
pub(crate) type Form = [u8; 32];

/// The first policy that says each of these.
pub(crate) fn first_of<'a>(
    cx: &SetContext<'_>,
    forms: impl IntoIterator<Item = &'a Form>,
) -> BTreeMap<Form, usize> {
    let mut wanted: BTreeSet<&Form> = forms.into_iter().collect();
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return found;
    }
    for (index, member) in cx.policies.iter().enumerate() {
        if wanted.remove(&member.policy.canonical) {
            found.insert(member.policy.canonical, index);
        }
    }
    found
}

/// The policy from its effect to the end of its scope.
pub(crate) fn head(policy: &Policy) -> Span {
    policy.effect.span.cover(policy.scope)
}

/// How a message names another policy.
pub(crate) fn name(policy: &Policy) -> String {
    policy.id().map_or_else(
        || format!("another {}", policy.effect.value.as_str()),
        |id| format!("`{id}`"),
    )
}

/// Policies of an effect that another one implies wherever they can apply. Of two that imply each other the later one
/// is found. One that permits everything is found for itself, and not once more for each policy beside it.
pub(crate) fn shadowed(
    cx: &SetContext<'_>,
    effect: Effect,
    rule: &'static Rule,
    out: &mut Vec<(usize, Finding)>,
) {
    let found: Vec<(&Form, &[Form])> = cx.relations.shadowed().collect();
    let forms = found.iter().flat_map(|(of, by)| by.iter().chain([*of]));
    let first = first_of(cx, forms);
    for (form, by) in found {
        let Some(index) = first.get(form).copied() else {
            continue;
        };
        let Some(policy) = cx.policies.get(index).map(|member| member.policy) else {
            continue;
        };
        if policy.effect.value != effect {
            continue;
        }
        let other = by
            .iter()
            .filter_map(|other| {
                Some((*first.get(other)?, cx.relations.is_shadowed_by(other, form)))
            })
            .filter(|(other, mutual)| !mutual || *other < index)
            .filter_map(|(other, mutual)| Some((other, mutual, cx.policies.get(other)?.policy)))
            .filter(|(_, _, other)| !permits_everything(other, cx.schema))
            .min_by_key(|(other, ..)| *other);
        let Some((other, mutual, shadow)) = other else {
            continue;
        };
        let (name, verb) = (name(shadow), effect.as_str());
        let message = match mutual {
            true => format!("this {verb} applies to the same requests as {name}"),
            false => format!("{name} applies to every request that this {verb} applies to"),
        };
        let finding = Finding::new(
            rule,
            head(policy),
            message,
            "remove it, or write the difference that was meant",
        );
        out.push((
            index,
            finding.label(
                Place::Statement(other, head(shadow)),
                "applies wherever it does",
            ),
        ));
    }
}
