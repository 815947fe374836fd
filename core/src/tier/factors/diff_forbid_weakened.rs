//! A forbid no longer keeps out what it kept out.

use super::{Factor, Out, Owner};
use crate::change::probe::Known;
use crate::tier::view::certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.forbid-weakened",
    fires: "some request that a forbid of base is about is about no forbid of head",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 CM-3", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("diff_forbid_weakened.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let folded = &view.probed.relied.folded;
    for weakened in view.probed.weakened.iter().filter(|of| !folded.contains(&of.name)) {
        let name = &weakened.name;
        let found = out.policy(
            name,
            certainty(weakened.known),
            format!("the forbid `{name}` of base no longer keeps out all that it kept out"),
        );
        found.subject.request = weakened.environment.as_ref().map(ToString::to_string);
        found.spans.extend(weakened.at.clone());
        found.witness.clone_from(&weakened.witness);
        let fact = match weakened.known {
            Known::Unknown => "it was not decided whether the forbids of head cover it",
            Known::Proved | Known::Over => "a request that it is about is about no forbid of head",
        };
        found.fact(fact, "proof");
        found.requires.acknowledge.insert(format!("deny-path:{name}"));
    }
}
