//! Access to confidential or personal data is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Sensitivity;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "resource.confidential",
    fires: "a resource that is confidential or has personal data",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::ResourcesApp,
    refs: &["ISO 27001:2022 A.5.12", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("resource_confidential.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.resource;
        if class.sensitivity == Some(Sensitivity::Confidential) || class.is_personal {
            let resource = &widened.of.environment.resource;
            let sentence = format!("`{resource}` is confidential, and access to it is new");
            let found = out.class(number, widened, sentence);
            found.facts(&class.facts);
        }
    }
}
