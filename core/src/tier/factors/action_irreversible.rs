//! Something that cannot be undone is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.irreversible",
    fires: "an action that cannot be undone is newly allowed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["NIST SP 800-53r5 AC-6", "NIST AI RMF MANAGE 2.4"],
    page: include_str!("action_irreversible.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.is_irreversible {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}` cannot be undone, and is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
