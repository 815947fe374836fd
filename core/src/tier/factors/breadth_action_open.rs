//! A permit names no action.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "breadth.action-open",
    fires: "a permit binds no action",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("breadth_action_open.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.class.is_action_open {
            out.class(
                number,
                widened,
                "the permit names no action, so it also grants every action to come",
            )
            .fact("neither its scope nor a condition binds the action", "the policy");
        }
    }
}
