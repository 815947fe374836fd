//! A class rests on head's word alone.

use super::{Approver, Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.new-class",
    fires: "something that base does not have is newly allowed, and its class is not the highest",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::ActionsApp,
    refs: &["NIST SP 800-53r5 CM-5", "ISO 27001:2022 A.5.12"],
    page: include_str!("governance_new_class.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    for (number, widened) in view.classes.iter().enumerate() {
        for given in view.words.first_given(widened) {
            let found = out.class(number, widened, given);
            found.fact("base does not have it, so nobody approved its class", "the schema of base");
            found.certainty = Certainty::Exact;
            found.approver = Some(Approver::ApplicationOwner);
        }
    }
}
