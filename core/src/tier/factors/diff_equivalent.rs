//! The change allows the same.

use super::{Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.equivalent",
    fires: "proved to allow and forbid the same",
    floor: Tier::Auto,
    floor_words: "Auto",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4"],
    page: include_str!("diff_equivalent.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if view.change.is_equivalent() && view.probed.weakened.is_empty() && view.classes.is_empty() {
        out.change(Certainty::Proved, "the change allows what was allowed, and nothing else")
            .fact("base and head decide every request alike", "proof");
    }
}
