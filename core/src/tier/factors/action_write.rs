//! Something that changes things is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Access;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.write",
    fires: "an action that writes is newly allowed",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::ActionsApp,
    refs: &["NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-3"],
    page: include_str!("action_write.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.access == Some(Access::Write) {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}`, which changes things, is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
