//! A class was lowered.

use super::{Approver, Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;
use crate::tier::retired;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.downgrade",
    fires: "a class or a floor is lower in head than in base, gone, or given for the first time to what base has",
    floor: Tier::Human,
    floor_words: "Human, one of IAM and one of the application",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 CM-5", "ISO 27001:2022 A.5.12", "NIST CSF 2.0 ID.RA-07"],
    page: include_str!("governance_downgrade.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    let lowered = view.words.lowered().into_iter();
    for lowered in lowered.filter(|of| !retired::is_retired(view, of)) {
        let found = out.change(Certainty::Exact, lowered.sentence);
        found.fact(lowered.fact, lowered.source);
        found.namespaces.extend(lowered.namespace);
        found.approver = Some(Approver::Iam);
    }
    let [before, after] = view.governances();
    let after: std::collections::BTreeMap<_, _> = after.sections().collect();
    for (name, section) in before.sections() {
        for (factor, floor) in &section.floors {
            let now = after.get(&name).and_then(|section| section.floors.get(factor));
            if now.is_none_or(|now| now < floor) {
                let found = out.change(
                    Certainty::Exact,
                    format!("the floor of `{factor}` under `{name}` is lower than `{}`", floor.as_str()),
                );
                found.fact(format!("base says {}", floor.as_str()), format!("`{name}.floors.{factor}`"));
                found.namespaces.extend(name.strip_prefix("apps.").map(str::to_owned));
                found.approver = Some(Approver::Iam);
            }
        }
    }
}
