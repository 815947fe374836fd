//! Something that lists things is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Access;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.list",
    fires: "an action that lists is newly allowed",
    floor: Tier::Auto,
    floor_words: "Auto",
    section: Owner::ActionsApp,
    refs: &["NIST CSF 2.0 PR.AA-05"],
    page: include_str!("action_list.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.access == Some(Access::List) {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}`, which lists, is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
