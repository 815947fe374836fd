//! More is allowed in production.

use super::{Factor, Out, Owner, Floor};
use crate::change::probe::Known;
use crate::change::production::Production;
use crate::tier::view::{certainty, look};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "environment.production",
    fires: "widening reaches production, or crosses from a less protected environment",
    floor: Tier::Auto,
    floor_words: "one tier up; Human across environments",
    section: Owner::Iam,
    refs: &["NHI8", "NHI6"],
    page: include_str!("environment_production.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let production = Production::new([view.base.settings, view.head.settings]);
    for (number, widened) in view.classes.iter().enumerate() {
        let named = widened
            .policy
            .and_then(|policy| policy.policy().resource.value.entity().map(|of| of.value.id.clone()));
        let annotated = widened.resource.environments.iter().find(|of| production.is_word(of));
        let resource = &widened.of.environment.resource;
        if let Some(of) = annotated {
            out.class(number, widened, format!("`{resource}` is of `{of}`, and more is allowed there"))
                .fact(format!("`{resource}` is of `{of}`"), "`@environment` in the schema")
                .floor(Floor::OneUp);
        } else if let Some(id) = named.filter(|id| production.is_name(id)) {
            out.class(number, widened, format!("more is allowed in `{id}`"))
                .fact(format!("the scope names `{id}`"), "the policy")
                .floor(Floor::OneUp)
                .certainty = Certainty::Heuristic;
        } else if let Some((what, known)) = widened.class.production.first() {
            let fact = match known {
                Known::Proved => "a newly allowed request meets that",
                Known::Over => "an allowed request meets that",
                Known::Unknown => "it was not decided whether a newly allowed request meets that",
            };
            out.class(number, widened, format!("this change allows more in production, where {what}"))
                .fact(fact, "proof")
                .floor(Floor::OneUp)
                .certainty = certainty(*known);
        }
        let crosses = widened
            .policy
            .and_then(|policy| look(view, policy.policy(), "cross-environment"));
        if let Some(message) = crosses {
            out.class(number, widened, message)
                .fact("what is easy to take over then opens what is protected", "the check `cross-environment`")
                .floor(Floor::At(Tier::Human))
                .certainty = Certainty::Heuristic;
        }
    }
}
