//! A permit rests on what the caller says.

use super::{Factor, Out, Owner, Floor};
use crate::schema::Trust;
use crate::tier::view::certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "condition.untrusted",
    fires: "a permit rests on a context field that nobody vouches for",
    floor: Tier::Auto,
    floor_words: "one tier up",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 AC-3", "ASI03", "ASI06"],
    page: include_str!("condition_untrusted.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let action = &widened.of.environment.action;
        for (field, known) in &widened.class.rests_on {
            let said = match view.words.trust(action, field) {
                None => "nobody says who vouches for it",
                Some(Trust::Caller) => "the caller vouches for it",
                Some(Trust::Derived | Trust::Attested) => continue,
            };
            let field = field.join(".");
            out.class(
                number,
                widened,
                format!("the permit rests on `context.{field}`, which the caller can choose"),
            )
            .fact(said, format!("`@trust` of `context.{field}` and `iam.context`"))
            .fact("without its conditions on that field the permit applies to more", "proof")
            .floor(Floor::OneUp)
            .certainty = certainty(*known);
        }
    }
}
