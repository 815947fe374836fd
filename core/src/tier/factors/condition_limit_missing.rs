//! A limited action is allowed without its limit.

use super::{Factor, Out, Owner};
use crate::change::probe::Known;
use crate::tier::view::certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "condition.limit-missing",
    fires: "an action with `@limit`, and no proof that the permit keeps to it",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["NIST SP 800-53r5 AC-3", "ASI02"],
    page: include_str!("condition_limit_missing.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let action = &widened.of.environment.action;
        for (limit, known) in &widened.class.unlimited {
            let fact = match known {
                Known::Unknown => "it was not decided whether the permit keeps to it",
                Known::Proved | Known::Over => "the permit also applies beyond it",
            };
            out.class(
                number,
                widened,
                format!("`{action}` is newly allowed beyond its limit `{limit}`"),
            )
            .fact(fact, "proof")
            .facts(&widened.action.facts)
            .certainty = certainty(*known);
        }
        if widened.class.policy.is_none() && !widened.action.limits.is_empty() {
            out.class(
                number,
                widened,
                format!("nothing shows that `{action}` keeps to its limit in what is newly allowed"),
            )
            .facts(&widened.action.facts);
        }
    }
}
