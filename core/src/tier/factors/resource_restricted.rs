//! Access to restricted data is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Sensitivity;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "resource.restricted",
    fires: "a resource that is restricted",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ResourcesApp,
    refs: &["ISO 27001:2022 A.5.12", "ISO 27001:2022 A.8.3"],
    page: include_str!("resource_restricted.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.resource;
        if class.sensitivity == Some(Sensitivity::Restricted) {
            let resource = &widened.of.environment.resource;
            let sentence = format!("`{resource}` is restricted, and access to it is new");
            let found = out.class(number, widened, sentence);
            found.facts(&class.facts);
        }
    }
}
