//! A permit reaches all resources of a type.

use super::{Factor, Out, Owner, Floor};
use crate::change::probe::{Known, Reach};
use crate::tier::view::certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "breadth.resource-all",
    fires: "neither scope nor condition binds the resource: proved, or not shown otherwise",
    floor: Tier::Auto,
    floor_words: "one tier up",
    section: Owner::Builtin,
    refs: &["NHI5", "NIST SP 800-53r5 AC-6"],
    page: include_str!("breadth_resource_all.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let Reach::All(known) = widened.class.resource else {
            continue;
        };
        if widened.class.policy.is_none() {
            continue;
        }
        let resource = &widened.of.environment.resource;
        let fact = match known {
            Known::Proved => "its conditions on the resource leave none out",
            Known::Over => "neither its scope nor a condition binds the resource",
            Known::Unknown => "it was not decided whether its conditions leave any out",
        };
        let source = match known {
            Known::Over => "the policy",
            Known::Proved | Known::Unknown => "proof",
        };
        out.class(number, widened, format!("every `{resource}` is within reach"))
            .fact(fact, source)
            .floor(Floor::OneUp)
            .certainty = certainty(known);
    }
}
