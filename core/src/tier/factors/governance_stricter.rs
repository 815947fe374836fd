//! What changes are decided by became stricter, and nothing of it looser.

use super::{Factor, Floor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.stricter",
    fires: "a setting or rule became stricter, or a guardrail that holds was added or strengthened",
    floor: Tier::Auto,
    floor_words: "Constrained; Auto for a guardrail",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 CM-3", "NIST CSF 2.0 GV.PO-01"],
    page: include_str!("governance_stricter.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    for of in view.change.settings.iter().filter(|of| !of.looser) {
        let found = out.change(
            Certainty::Exact,
            format!("`{}` is stricter than before", of.setting),
        );
        found.fact(format!("`{}`: {}", of.setting, of.what), crate::config::FILE_NAME);
        found.namespaces.extend(of.app.clone());
        found.floor(Floor::At(Tier::Constrained));
    }
    for of in view.beside.governed.iter().filter(|of| !of.looser) {
        let found = out.change(Certainty::Exact, format!("{} is stricter than before", of.what));
        found.fact(of.fact.clone(), of.what.clone());
        found.floor(Floor::At(Tier::Constrained));
    }
    for rail in view.change.guardrails.iter().filter(|rail| rail.is_only_stricter()) {
        let found = out.change(
            Certainty::Proved,
            format!("the guardrail `{}` guards more than before, and the bundle keeps within it", rail.name),
        );
        found.fact("no request breaks it", "proof");
        found.spans.extend(rail.head.clone());
    }
}
