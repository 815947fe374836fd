//! Small steps add up.

use super::{Factor, Out, Owner, Floor};
use crate::render::counted_as;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.creep",
    fires: "widened since the last approved baseline beyond this step",
    floor: Tier::Constrained,
    floor_words: "Constrained; Human above `iam.max_creep` (5)",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 CM-3", "NIST SP 800-53r5 AC-6", "NIST CSF 2.0 ID.RA-07"],
    page: include_str!("diff_creep.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let Some(since) = &view.beside.since else { return };
    let most = view.bound(|governance| governance.iam.max_creep, 5);
    let step: std::collections::BTreeSet<&str> =
        view.classes.iter().map(|widened| widened.label()).collect();
    if !since.iter().any(|label| !step.contains(label.as_str())) {
        return;
    }
    let kinds = counted_as(since.len(), "kind of request", "kinds of request");
    let found = out.change(
        Certainty::Proved,
        format!("since the last approved baseline more is allowed in {kinds}"),
    );
    found.fact(format!("{kinds} of at most {most}"), "the comparison with the baseline");
    if since.len() > most {
        found.floor(Floor::At(Tier::Human));
    }
}
