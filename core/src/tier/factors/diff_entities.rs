//! The entities of the bundle are others.

use super::{Factor, Out, Owner};
use crate::change::EntityEdit;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.entities",
    fires: "an entity of the bundle is moved, changed, added or removed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 AC-2", "NIST SP 800-53r5 CM-3"],
    page: include_str!("diff_entities.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    for change in &view.change.entities {
        let found = out.change(
            Certainty::OverApproximated,
            format!("the entity `{}` is {}", change.subject, words(&change.edit)),
        );
        if change.edit != EntityEdit::Unreadable {
            found.about(&change.subject);
        }
        found.fact(format!("`{}`: {}", change.subject, change.edit), "the files of entities");
    }
}

fn words(edit: &EntityEdit) -> &'static str {
    match edit {
        EntityEdit::Added => "new: policies about its groups now apply to it",
        EntityEdit::Removed => "gone: a forbid about it may no longer apply",
        EntityEdit::Changed { parents_added, .. } if !parents_added.is_empty() => {
            "in other groups: policies about them now apply to it"
        }
        EntityEdit::Changed { .. } => "another: conditions about it may come out otherwise",
        EntityEdit::Unreadable => "not readable",
    }
}
