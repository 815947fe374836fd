//! Something that shows things is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Access;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.read",
    fires: "an action that reads is newly allowed; the resource decides",
    floor: Tier::Auto,
    floor_words: "Auto",
    section: Owner::ActionsApp,
    refs: &["NIST CSF 2.0 PR.AA-05"],
    page: include_str!("action_read.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.access == Some(Access::Read) {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}`, which reads, is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
