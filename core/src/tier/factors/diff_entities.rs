//! An entity of the bundle changed in what policies or classes read.

use super::{Factor, Out, Owner};
use crate::change::{EntityChange, EntityEdit};
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.entities",
    fires: "an entity joins a group, or changes so that a policy may allow more or a class may be read differently",
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
        let Some(why) = why(change) else { continue };
        let found = out.change(
            Certainty::OverApproximated,
            format!("the entity `{}` {}", change.subject, words(change)),
        );
        if change.edit != EntityEdit::Unreadable {
            found.about(&change.subject);
        }
        found.fact(format!("`{}`: {}", change.subject, change.edit), "the files of entities");
        found.fact(why, "what policies and classes read");
    }
}

fn why(change: &EntityChange) -> Option<String> {
    let reach = &change.reach;
    let named = |names: &[String]| -> String {
        let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
        shown.join(", ")
    };
    if change.edit == EntityEdit::Unreadable {
        Some("nothing says what policies would read of it".to_owned())
    } else if !reach.wider.is_empty() {
        Some(format!("more may be allowed because of {}", named(&reach.wider)))
    } else if !reach.classed.is_empty() {
        Some(format!("a class, a limit or a check is read from {}", named(&reach.classed)))
    } else {
        let why = "policies about the new groups apply to it from now on";
        reach.joins.then(|| why.to_owned())
    }
}

fn words(change: &EntityChange) -> &'static str {
    match &change.edit {
        EntityEdit::Added => "is new, and policies read what it says",
        EntityEdit::Removed => "is gone, so a forbid that reads it may no longer apply",
        EntityEdit::Changed { .. } if change.reach.joins => {
            "is in more groups, so policies about them apply to it"
        }
        EntityEdit::Changed { .. } => "changed, so conditions that read it may evaluate differently",
        EntityEdit::Unreadable => "cannot be read",
    }
}
