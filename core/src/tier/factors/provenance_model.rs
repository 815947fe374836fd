//! A model drafted it.

use super::{Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "provenance.model",
    fires: "`@drafted_by` names no human, or the drafter of the change record is a model or an agent",
    floor: Tier::Constrained,
    floor_words: "Constrained, and the approver is human",
    section: Owner::Builtin,
    refs: &["NIST AI RMF GOVERN 3.2", "NIST AI RMF MAP 3.5", "ASI09"],
    page: include_str!("provenance_model.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if let Some(model) = view.model_of_record() {
        out.change(Certainty::Exact, format!("the model or agent `{model}` drafted the change"))
            .fact(format!("the drafter is `{model}`"), "the change record");
        return;
    }
    for touched in view.touched() {
        let Some(source) = view.model(touched.head) else { continue };
        let name = &touched.of.name;
        let found = out.policy(name, Certainty::Exact, format!("a model drafted `{name}`"));
        found.fact("a model drafted it", source);
        found.spans.extend(touched.of.head.clone());
    }
}
