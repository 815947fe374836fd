//! Nothing tests what is newly allowed.

use super::{Factor, Out, Owner};
use crate::tier::{Certainty, TestControl};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "test.missing",
    fires: "a widened class without a case that is allowed and one that is denied, an edit that denies less and goes unnoticed, a case of base that is gone or another, or a case that fails",
    floor: Tier::Constrained,
    floor_words: "Constrained; what is not tested is not published",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-3(2)", "NIST SP 800-53r5 SA-11", "SOC 2 CC8.1"],
    page: include_str!("test_missing.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let seen = view.beside.tested.get(widened.label()).copied().unwrap_or_default();
        let missing = match (seen.allowed, seen.denied) {
            (true, true) => continue,
            (false, false) => "no case of the policy tests is of this kind",
            (true, false) => "no case of this kind that passes is denied",
            (false, true) => "no case of this kind that passes is allowed",
        };
        let found = out.class(number, widened, "what is newly allowed is not tested on both sides");
        found.fact(missing, "the policy tests of head");
        found.certainty = Certainty::Exact;
        found.requires.tests.insert(TestControl::PositiveAndNegative);
    }
    if view.beside.is_failing {
        out.change(Certainty::Exact, "the policy tests of head fail, so they show nothing")
            .fact("a case fails or cannot be run", "the policy tests of head");
    }
    for gone in &view.beside.cases_gone {
        out.change(Certainty::Exact, gone.clone())
            .fact("what base tests is tested no longer", "the policy tests of base and head");
    }
    for survivor in view.beside.surviving.iter().flatten() {
        let found = out.policy(&survivor.policy, Certainty::Exact, survivor.message.clone());
        found.fact("a mutant of it survives", "the policy tests of head");
        // What the reason names must be noticed before it is published, whatever the tier.
        found.requires.tests.insert(match survivor.is_boundary {
            true => TestControl::Boundary,
            false => TestControl::DenyMutantsKilled,
        });
    }
}
