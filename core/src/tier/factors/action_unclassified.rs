//! An action that nobody classed is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::classify;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.unclassified",
    fires: "an action without `@access` is newly allowed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["ISO 27001:2022 A.5.12", "NIST AI RMF MAP 3.5"],
    page: include_str!("action_unclassified.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.action.access.is_some() {
            continue;
        }
        let action = &widened.of.environment.action;
        let hint = classify::suggestion(action).map_or_else(String::new, |access| {
            format!("; its name says `@access(\"{}\")`", access.as_str())
        });
        out.class(
            number,
            widened,
            format!("nobody says what `{action}` does, and it is newly allowed{hint}"),
        )
        .fact(format!("`{action}` has no `@access` in base and head"), "the schema")
        .facts(&widened.action.facts);
    }
}
