//! More is allowed in production.

use super::{Factor, Out, Owner, Floor};
use crate::tier::view::look;
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
    let is_production = |word: &str| {
        let word = word.to_ascii_lowercase();
        matches!(word.as_str(), "prod" | "production")
            || view
                .governances()
                .into_iter()
                .any(|of| of.iam.production.contains(&word))
    };
    for (number, widened) in view.classes.iter().enumerate() {
        let named = widened
            .policy
            .and_then(|policy| policy.policy().resource.value.entity().map(|of| of.value.id.clone()));
        let annotated = widened.resource.environments.iter().find(|of| is_production(of));
        let resource = &widened.of.environment.resource;
        if let Some(of) = annotated {
            out.class(number, widened, format!("`{resource}` is of `{of}`, and more is allowed there"))
                .fact(format!("`{resource}` is of `{of}`"), "`@environment` in the schema")
                .floor(Floor::OneUp);
        } else if let Some(id) = named.filter(|id| id.split(['-', '_', '/', '.']).any(is_production)) {
            out.class(number, widened, format!("more is allowed in `{id}`"))
                .fact(format!("the scope names `{id}`"), "the policy")
                .floor(Floor::OneUp)
                .certainty = Certainty::Heuristic;
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
