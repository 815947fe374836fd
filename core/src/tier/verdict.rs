//! From what factors found to a verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::controls::{Asked, Controls, TestControl};
use super::factors::{self, Approver, Factor, Floor, Found, Out, Owner};
use super::view::{Beside, View};
use super::{Fact, Reason, Tier, Verdict};
use crate::config::governance::{Section, namespace};

/// How many facts and places of one reason are kept: those of many kinds of request are much alike.
const MOST_OF_A_REASON: usize = 12;

/// What every factor finds, as reasons in no order.
pub(crate) fn reasons(view: &View<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    for factor in factors::ALL {
        let mut out = Out {
            factor,
            found: &mut found,
        };
        (factor.run)(view, &mut out);
    }
    let bases = bases(view, &found);
    let mut merged: BTreeMap<(String, Option<String>, Tier, String, String), Reason> =
        BTreeMap::new();
    for (factor, found) in found {
        let reason = reason(view, factor, found, &bases);
        let key = (
            reason.id.clone(),
            reason.subject.policy.clone(),
            reason.floor,
            reason.section.clone(),
            reason.sentence.clone(),
        );
        match merged.get_mut(&key) {
            Some(first) => merge(first, reason),
            None => {
                merged.insert(key, reason);
            }
        }
    }
    merged.into_values().collect()
}

/// Of each class of requests, the tier that it has without what raises it.
fn bases(view: &View<'_>, found: &[(&'static Factor, Found)]) -> Vec<Tier> {
    let mut bases = vec![Tier::Auto; view.classes.len()];
    for (factor, found) in found {
        // That nobody tests it makes the request itself no riskier.
        if factor.id == "test.missing" {
            continue;
        }
        let own = match found.floor {
            Floor::Own => factor.floor,
            Floor::At(tier) => tier.max(factor.floor),
            Floor::OneUp => continue,
        };
        let (own, _) = raised(view, factor, &namespaces(view, found), own);
        if let Some(base) = found.class.and_then(|class| bases.get_mut(class)) {
            *base = own.max(*base);
        }
    }
    bases
}

/// The floor with what the configuration says, and the section that says so.
fn raised(
    view: &View<'_>,
    factor: &Factor,
    namespaces: &BTreeSet<String>,
    own: Tier,
) -> (Tier, Option<String>) {
    let mut best = (own, None);
    for governance in view.governances() {
        let mut look = |name: String, section: &Section| {
            if let Some(floor) = section
                .floors
                .get(factor.id)
                .filter(|floor| **floor > best.0)
            {
                best = (*floor, Some(name));
            }
        };
        look("iam".to_owned(), &governance.iam);
        // What is about no application in particular may be about each.
        for (app, section) in &governance.apps {
            if namespaces.is_empty() || namespaces.contains(app) {
                look(format!("apps.{app}"), section);
            }
        }
    }
    best
}

/// The namespaces of the applications that a finding is about; none where it is about the change as a whole.
fn namespaces(view: &View<'_>, found: &Found) -> BTreeSet<String> {
    if let Some(widened) = found.class.and_then(|class| view.classes.get(class)) {
        return widened.namespaces();
    }
    match &found.subject.policy {
        Some(policy) if found.namespaces.is_empty() => view.namespaces_of(policy),
        _ => found.namespaces.clone(),
    }
}

fn reason(view: &View<'_>, factor: &'static Factor, found: Found, bases: &[Tier]) -> Reason {
    let own = match found.floor {
        Floor::Own => factor.floor,
        Floor::At(tier) => tier.max(factor.floor),
        Floor::OneUp => {
            let base = found.class.and_then(|class| bases.get(class));
            let base = base.copied().unwrap_or(Tier::Auto);
            match base {
                Tier::Auto => Tier::Constrained,
                Tier::Constrained => Tier::Human,
                high => high,
            }
        }
    };
    let namespaces = namespaces(view, &found);
    let (floor, raised_by) = raised(view, factor, &namespaces, own);
    let widened = found.class.and_then(|class| view.classes.get(class));
    let of = widened.map(|widened| &widened.of.environment);
    let app_of = |name: Option<String>| {
        let name = name.as_deref().map_or("_", namespace);
        format!("apps.{name}")
    };
    let action = of.map(|of| of.action.to_string());
    let section = raised_by.unwrap_or_else(|| match factor.section {
        Owner::Builtin => "builtin".to_owned(),
        Owner::Iam => "iam".to_owned(),
        Owner::ActionsApp => app_of(action),
        Owner::ResourcesApp => app_of(of.map(|of| of.resource.clone())),
    });
    let asked = Asked {
        governance: &view.base.settings.governance,
        directory: view.beside.directory.as_ref(),
        namespaces: &namespaces,
        step_up: widened.is_some_and(|widened| !widened.action.approvals.is_empty()),
    };
    let mut requires = asked.of(floor).join(&found.requires);
    requires = match found.approver {
        Some(Approver::Iam) => requires.join(&asked.of_iam()),
        Some(Approver::ApplicationOwner) => requires.join(&asked.of_owner()),
        None => requires,
    };
    let witness = widened
        .and_then(|widened| widened.of.newly_allowed.as_ref())
        .map(|example| example.witness.clone())
        .or(found.witness);
    Reason {
        id: factor.id.to_owned(),
        floor,
        deciding: false,
        certainty: found.certainty,
        subject: found.subject,
        because: found.because,
        spans: found.spans,
        witness,
        requires,
        section,
        refs: factor.refs.iter().map(ToString::to_string).collect(),
        sentence: found.sentence,
    }
}

/// The same reason for another kind of request.
fn merge(first: &mut Reason, other: Reason) {
    first.certainty = first.certainty.max(other.certainty);
    for fact in other.because {
        if first.because.len() < MOST_OF_A_REASON && !first.because.contains(&fact) {
            first.because.push(fact);
        }
    }
    for span in other.spans {
        if first.spans.len() < MOST_OF_A_REASON && !first.spans.contains(&span) {
            first.spans.push(span);
        }
    }
    if first.witness.is_none() {
        first.witness = other.witness;
    }
    let controls = std::mem::take(&mut first.requires);
    first.requires = controls.join(&other.requires);
}

/// The verdict that reasons come to. No reason at all says nothing, so it is undetermined.
pub(crate) fn verdict(mut reasons: Vec<Reason>) -> Verdict {
    let tier = reasons.iter().map(|reason| reason.floor).max();
    let tier = tier.unwrap_or(Tier::Undetermined);
    for reason in &mut reasons {
        reason.deciding = reason.floor == tier;
    }
    let key = |reason: &Reason| {
        (
            std::cmp::Reverse(reason.floor),
            reason.id.clone(),
            reason.subject.clone(),
            reason.section.clone(),
            reason.sentence.clone(),
            reason.because.clone(),
        )
    };
    reasons.sort_by_cached_key(key);
    reasons.dedup_by(|a, b| key(a) == key(b));
    let controls = reasons.iter().fold(Controls::default(), |all, reason| {
        all.join(&reason.requires)
    });
    let controls = controls.settled();
    Verdict {
        tier,
        reasons,
        controls,
    }
}

/// What the policy tests show of what the controls ask for; the gate finds out by itself whether all pass.
pub(crate) fn shown(beside: &Beside<'_>, verdict: &Verdict) -> BTreeSet<TestControl> {
    let mut shown = BTreeSet::new();
    let is_tested =
        |reason: &Reason| reason.id == "test.missing" && reason.subject.request.is_some();
    if !verdict.reasons.iter().any(is_tested) {
        shown.insert(TestControl::PositiveAndNegative);
    }
    if let Some(surviving) = &beside.surviving {
        if surviving.iter().all(|survivor| !survivor.is_boundary) {
            shown.insert(TestControl::Boundary);
        }
        if surviving.is_empty() {
            shown.insert(TestControl::DenyMutantsKilled);
        }
    }
    shown
}

/// A fact, for tests of what follows without it.
impl Fact {
    /// In words.
    pub fn sentence(&self) -> String {
        format!("{} ({})", self.fact, self.source)
    }
}
