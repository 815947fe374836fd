//! A permit is new that only today's types keep from applying.

use super::{Factor, Floor, Out, Owner, find};
use crate::change::dormant::Dormant;
use crate::schema::{PrincipalKind, Sensitivity};
use crate::tier::view::View;
use crate::tier::{Certainty, Tier};

pub(super) static FACTOR: Factor = Factor {
    id: "diff.dormant",
    fires: "only today's types keep the change from allowing more",
    floor: Tier::Constrained,
    floor_words: "Constrained, or as its classes have it",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4", "NIST SP 800-53r5 AC-6"],
    page: include_str!("diff_dormant.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for dormant in &view.probed.dormant {
        let name = &dormant.name;
        let found = out.policy(
            name,
            Certainty::Proved,
            match dormant.is_permit {
                true => format!("the permit `{name}` is kept from allowing more only by today's schema"),
                false => format!("without the forbid `{name}`, only today's schema keeps requests from being allowed"),
            },
        );
        found.floor(Floor::At(floor(view, dormant)));
        found.spans.extend(dormant.at.clone());
        found.fact(
            "the change allows nothing new under the schema, and a change of the schema alone would",
            "proof",
        );
        for action in &dormant.actions {
            found.about(&action.to_string());
        }
    }
}

/// What it would take if it applied.
fn floor(view: &View<'_>, dormant: &Dormant) -> Tier {
    let of_actions = dormant.actions.iter().flat_map(|action| {
        let class = view.words.action(action);
        let floors: Vec<Tier> = (class.factors().filter_map(find))
            .map(|factor| factor.floor)
            .collect();
        floors
    });
    let of_resources = dormant.resources.iter().map(|ty| {
        let class = view.words.resource(ty);
        match class.sensitivity {
            Some(Sensitivity::Restricted) => Tier::Human,
            _ if !class.regulated.is_empty() => Tier::Human,
            _ => Tier::Constrained,
        }
    });
    let of_principals = dormant.principals.iter().map(|ty| match view.words.principal(ty) {
        Some(PrincipalKind::ThirdParty) => Tier::Human,
        _ => Tier::Constrained,
    });
    of_actions
        .chain(of_resources)
        .chain(of_principals)
        .max()
        .unwrap_or(Tier::Constrained)
        .min(Tier::Human)
}
