//! Something classed that nothing uses is taken out of the schema.

use super::{Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::retired;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.retired",
    fires: "an action, type or context field that nothing uses is gone, and its class asks for no more than one approval",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::ActionsApp,
    refs: &["NIST SP 800-53r5 CM-3", "ISO 27001:2022 A.5.12"],
    page: include_str!("governance_retired.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    let retired = view.words.lowered().into_iter().filter(|of| retired::is_retired(view, of));
    for lowered in retired {
        let found = out.change(
            Certainty::Exact,
            format!("{}; no policy, guardrail or test uses it", lowered.sentence),
        );
        found.fact(lowered.fact, lowered.source);
        found.namespaces.extend(lowered.namespace);
    }
}
