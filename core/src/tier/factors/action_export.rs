//! An export is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.export",
    fires: "an action whose `@effect` is an export is newly allowed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["ISO 27001:2022 A.5.12", "ISO 27001:2022 A.8.3"],
    page: include_str!("action_export.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.takes_out() {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}` takes data out, and is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
