//! A schema change makes old policies grant more.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.schema-widened",
    fires: "a policy that says what it said grants more under the new schema",
    floor: Tier::Auto,
    floor_words: "as widened",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-3", "NIST SP 800-53r5 CM-4"],
    page: include_str!("diff_schema_widened.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.class.by_schema {
            out.class(
                number,
                widened,
                "the new schema makes a policy grant more than it did, though it says the same",
            )
            .fact("the schema of this kind of request is another", "the comparison of schemas");
        }
    }
}
