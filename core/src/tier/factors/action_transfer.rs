//! A transfer is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.transfer",
    fires: "an action whose `@effect` is a transfer is newly allowed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["NIST SP 800-53r5 AC-5", "SOC 2 CC6.3"],
    page: include_str!("action_transfer.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.transfers() {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}` transfers what it is about, and is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
