//! A forbid is gone whose work permits do now.

use super::{Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.forbid-folded",
    fires: "a forbid is removed or narrowed, and permits are proved to leave out all that it kept out",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 CM-4"],
    page: include_str!("diff_forbid_folded.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let folded = &view.probed.relied.folded;
    for weakened in view.probed.weakened.iter().filter(|of| folded.contains(&of.name)) {
        let name = &weakened.name;
        let found = out.policy(
            name,
            Certainty::Proved,
            format!("permits now leave out what the forbid `{name}` kept out; a permit added later can allow it again"),
        );
        found.spans.extend(weakened.at.clone());
        found.fact("base and head allow the same requests", "proof");
        found.requires.acknowledge.insert(format!("deny-path:{name}"));
    }
}
