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

/// A policy or a link of the set.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    /// By which number a finding names it.
    pub(crate) number: usize,
    /// What it says, of a link its template.
    pub(crate) policy: &'a Policy,
    /// Where a finding points: the policy from its effect to the end of its scope, or the link.
    pub(crate) at: Span,
    link: Option<&'a str>,
}

impl Told<'_> {
    /// How a message names it.
    pub(crate) fn name(&self) -> String {
        match self.link {
            Some(id) => format!("the link `{id}`"),
            None => name(self.policy),
        }
    }

    /// The place for a label.
    pub(crate) const fn place(&self) -> Place {
        Place::Statement(self.number, self.at)
    }
}

/// The first policy or link that says each of these.
pub(crate) fn told<'c, 'a>(
    cx: &SetContext<'c>,
    forms: impl IntoIterator<Item = &'a Form>,
) -> BTreeMap<Form, Told<'c>> {
    let mut wanted: BTreeSet<&Form> = forms.into_iter().collect();
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return found;
    }
    let policies = (cx.policies.iter().enumerate()).map(|(number, member)| {
        let told = Told {
            number,
            policy: member.policy,
            at: head(member.policy),
            link: None,
        };
        (member.policy.canonical, told)
    });
    let links = cx.links.iter().map(|of| {
        let told = Told {
            number: cx.number(of),
            policy: of.policy,
            at: of.link.span,
            link: Some(&of.link.link_id),
        };
        (of.form, told)
    });
    for (form, told) in policies.chain(links) {
        if wanted.remove(&form) {
            found.insert(form, told);
        }
    }
    found
}

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
    let first = told(cx, forms);
    for (form, by) in found {
        let Some(of) = first
            .get(form)
            .filter(|of| of.policy.effect.value == effect)
        else {
            continue;
        };
        let other = by
            .iter()
            .filter_map(|other| Some((first.get(other)?, cx.relations.is_shadowed_by(other, form))))
            .filter(|(other, mutual)| !mutual || other.number < of.number)
            .filter(|(other, _)| !permits_everything(other.policy, cx.schema))
            .min_by_key(|(other, _)| other.number);
        let Some((other, mutual)) = other else {
            continue;
        };
        let (name, verb) = (other.name(), effect.as_str());
        let message = match mutual {
            true => format!("this {verb} applies to the same requests as {name}"),
            false => format!("{name} applies to every request that this {verb} applies to"),
        };
        let finding = Finding::new(
            rule,
            of.at,
            message,
            "remove it, or write the difference that was meant",
        );
        out.push((
            of.number,
            finding.label(other.place(), "applies wherever it does"),
        ));
    }
}
