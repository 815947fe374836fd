//! A change of the bundle's entities only takes access away.

use super::{Factor, Floor, Out, Owner};
use crate::analysis::bounds::is_set;
use crate::change::EntityEdit;
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.entities-narrowed",
    fires: "an entity leaves a group or changes so that policies may only allow less",
    floor: Tier::Constrained,
    floor_words: "Constrained; Human where break-glass or an exception loses",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 AC-2", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("diff_entities_narrowed.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    let relied = |name: &String| {
        let members = view.base.members.iter().filter(|of| *of.name == **name);
        let mut policies = members.filter_map(|of| view.base.policy(of));
        policies.any(|of| {
            let keys = ["breakglass", "exception", "recertify_by"];
            keys.iter().any(|key| is_set(&of.policy, key))
        })
    };
    for change in &view.change.entities {
        let reach = &change.reach;
        if change.edit == EntityEdit::Unreadable || reach.narrower.is_empty() {
            continue;
        }
        let name = reach.narrower.iter().find(|name| relied(name));
        let found = out.change(
            Certainty::OverApproximated,
            format!("policies may allow less because the entity `{}` changed", change.subject),
        );
        found.about(&change.subject);
        found.fact(format!("`{}`: {}", change.subject, change.edit), "the files of entities");
        if let Some(name) = name {
            found.sentence = format!(
                "`{name}`, which people rely on, may allow less because the entity `{}` changed",
                change.subject
            );
            found.floor(Floor::At(Tier::Human));
            found.requires.acknowledge.insert(format!("lost:{name}"));
        }
    }
}
