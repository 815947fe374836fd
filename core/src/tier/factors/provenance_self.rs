//! Somebody approved a change of their own.

use super::{Factor, Out, Owner};
use crate::govern::record::Decision;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "provenance.self",
    fires: "an approver is the author, the drafter or the last editor, or no human",
    floor: Tier::Blocked,
    floor_words: "Blocked",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 AC-5", "NIST SP 800-53r5 CM-5", "SOC 2 CC8.1"],
    page: include_str!("provenance_self.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let Some(record) = view.beside.record else { return };
    for approval in record.approvals.iter().filter(|of| of.decision == Decision::Approve) {
        let parts = [
            (&record.author, "author"),
            (&record.drafter.id, "drafter"),
            (&record.last_editor, "last editor"),
        ];
        for (_, part) in parts.iter().filter(|(who, _)| **who == approval.person) {
            let person = &approval.person;
            out.change(
                Certainty::Exact,
                format!("`{person}` approved the change and is its {part}"),
            )
            .fact(format!("`{person}` is the {part}"), "the change record");
        }
    }
}
