//! Access to data that nobody classed is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "resource.unclassified",
    fires: "a resource without `@sensitivity`",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ResourcesApp,
    refs: &["ISO 27001:2022 A.5.12"],
    page: include_str!("resource_unclassified.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.resource;
        if class.sensitivity.is_none() {
            let resource = &widened.of.environment.resource;
            let sentence = format!("nobody says how sensitive `{resource}` is, and access to it is new");
            let found = out.class(number, widened, sentence);
            found.facts(&class.facts).fact(format!("`{resource}` has no `@sensitivity` in base and head"), "the schema");
        }
    }
}
