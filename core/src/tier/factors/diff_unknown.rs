//! It was not decided what the change allows.

use std::collections::{BTreeMap, BTreeSet};

use super::{Factor, Out, Owner};
use crate::change::{Relation, Verdict, Written};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.unknown",
    fires: "undecided, unreadable or out of budget",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4", "NIST AI RMF MEASURE 2.8"],
    page: include_str!("diff_unknown.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let change = view.change;
    for rail in &change.guardrails {
        if let Some(Verdict::Unknown(why)) = &rail.verdict {
            let name = &rail.name;
            out.policy(name, Certainty::Unknown, format!("it was not decided whether head keeps within the guardrail `{name}`"))
                .fact(why.why.clone(), "proof");
        }
    }
    for path in &view.beside.left_out {
        let path = crate::config::words::shown(path);
        out.change(Certainty::Unknown, format!("{path} was not read, and others may read it"))
            .fact("it is a link, or lies in a folder that is left out", "the folder of head");
    }
    for path in &view.beside.missed {
        let path = crate::config::words::shown(path);
        out.change(Certainty::Unknown, format!("{path} was not read, and others may read it"))
            .fact("its name or its folder keeps it from being read", "the folder of head");
    }
    for id in ambiguous(view) {
        out.change(
            Certainty::Unknown,
            format!("several policies with different meanings have the id `{id}`, and a host that keeps policies by their ids keeps one of them"),
        )
        .fact("`@id` names one policy", "the policies of head");
    }
    if change.relation != Relation::Unknown {
        return;
    }
    let found = out.change(Certainty::Unknown, "it was not decided what the change allows");
    let undecided = change.environments.iter().filter(|of| of.relation == Relation::Unknown);
    for of in undecided {
        found.about(&of.environment.action.to_string()).about(&of.environment.resource);
    }
    for why in change.why.iter().take(5) {
        found.fact(why.clone(), "the comparison");
    }
    if change.why.is_empty() {
        found.fact("at least one kind of request is undecided", "the comparison");
    }
}

/// The ids that name several policies in head that differ, and did not name the same ones in base.
fn ambiguous<'v>(view: &View<'v>) -> Vec<&'v str> {
    let (base, head) = (forms(&view.base.written), forms(&view.head.written));
    head.into_iter()
        .filter(|(id, forms)| forms.len() > 1 && base.get(id) != Some(forms))
        .map(|(id, _)| id)
        .collect()
}

fn forms<'s>(written: &[Written<'s>]) -> BTreeMap<&'s str, BTreeSet<[u8; 32]>> {
    let mut forms: BTreeMap<&str, BTreeSet<[u8; 32]>> = BTreeMap::new();
    for policy in written {
        if let Some(id) = policy.policy().id() {
            forms.entry(id).or_default().insert(policy.form());
        }
    }
    forms
}
