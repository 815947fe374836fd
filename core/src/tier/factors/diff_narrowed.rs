//! The change only takes access away.

use super::{Factor, Out, Owner, Floor};
use crate::change::{Kind, Relation};
use crate::facts::Effect;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.narrowed",
    fires: "proved to allow less and nothing new",
    floor: Tier::Auto,
    floor_words: "Auto; Constrained where break-glass, policy tests or guardrails of availability change",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("diff_narrowed.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let only_less = view.change.relation == Relation::Narrower
        && view.probed.weakened.is_empty()
        && view.classes.is_empty();
    if !only_less {
        return;
    }
    let breakglass = view
        .touched()
        .find(|touched| touched.has("breakglass"))
        .map(|touched| touched.of.name.to_string());
    let availability = view.change.guardrails.iter().find(|rail| {
        rail.effect == Effect::Permit && !matches!(rail.kind, Kind::Unchanged | Kind::Text | Kind::Renamed)
    });
    let found = out.change(Certainty::Proved, "the change takes access away, and adds none");
    found.fact("head allows less than base and nothing new", "proof");
    for of in view.change.environments.iter().filter(|of| of.newly_denied.is_some()) {
        found.about(&of.environment.action.to_string()).about(&of.environment.resource);
    }
    if let Some(name) = breakglass {
        found
            .fact(format!("`{name}` is for emergencies"), "`@breakglass` of the policy")
            .floor(Floor::At(Tier::Constrained));
        found.sentence = format!("the change takes access away, and touches `{name}`, which is for emergencies");
    } else if let Some(rail) = availability {
        found
            .fact(format!("the guardrail `{}` of what must stay allowed is another", rail.name), "invariants")
            .floor(Floor::At(Tier::Constrained));
    } else if view.beside.tests_changed {
        found
            .fact("what must stay allowed may be asked for no longer", "the policy tests are others")
            .floor(Floor::At(Tier::Constrained));
    }
}
