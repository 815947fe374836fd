//! It was not decided what the change allows.

use super::{Factor, Out, Owner};
use crate::change::{Relation, Verdict};
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
