//! Access to regulated data is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::{Tier, Trace};

pub(super) static FACTOR: Factor = Factor {
    id: "resource.regulated",
    fires: "a resource under a law",
    floor: Tier::Human,
    floor_words: "Human, and retention is acknowledged and in the record",
    section: Owner::ResourcesApp,
    refs: &["PCI DSS 4.0.1 7.2.2", "SOC 2 CC6.1", "NIST CSF 2.0 GV.PO-01"],
    page: include_str!("resource_regulated.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.resource;
        if class.regulated.is_empty() {
            continue;
        }
        let resource = &widened.of.environment.resource;
        let laws: Vec<&str> = class.regulated.iter().map(String::as_str).collect();
        let laws = laws.join(", ");
        let found = out.class(
            number,
            widened,
            format!("`{resource}` is regulated ({laws}), and access to it is new"),
        );
        found.facts(&class.facts);
        found.requires.acknowledge.insert("retention".to_owned());
        found.requires.trace.insert(Trace::RetainUntil);
    }
}
