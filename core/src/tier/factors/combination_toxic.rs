//! What is newly allowed completes a dangerous pair.

use super::{Factor, Out, Owner};
use crate::facts::{Entity, EntityConstraint};
use crate::tier::view::{Widened, look};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "combination.toxic",
    fires: "a declared pair of incompatible actions, or an escalation path",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 AC-5", "ASI03", "SOC 2 CC6.3"],
    page: include_str!("combination_toxic.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let pairs = [view.base, view.head]
        .into_iter()
        .flat_map(|side| &side.settings.options.incompatible_actions);
    let pairs: std::collections::BTreeSet<_> = pairs.collect();
    for (number, widened) in view.classes.iter().enumerate() {
        let action = widened.of.environment.action.to_string();
        for (one, two) in &pairs {
            let other = match (*one == action, *two == action) {
                (true, _) => two,
                (_, true) => one,
                _ => continue,
            };
            if let Some(through) = other_permit(view, widened, other) {
                out.class(
                    number,
                    widened,
                    format!("whoever may newly `{action}` may also `{other}`"),
                )
                .fact(format!("`{one}` and `{two}` are declared incompatible"), "`options.incompatible_actions`")
                .fact(format!("`{through}` permits `{other}`"), "the policies of head")
                .certainty = Certainty::OverApproximated;
            }
        }
        if let Some(message) = widened
            .policy
            .and_then(|policy| look(view, policy.policy(), "self-escalation"))
        {
            out.class(number, widened, message)
                .fact("who can change own rights can have all", "the check `self-escalation`")
                .certainty = Certainty::Heuristic;
        }
    }
}

/// A permit of the other action that the same principal may be among.
fn other_permit(view: &View<'_>, widened: &Widened<'_>, other: &str) -> Option<String> {
    let schema = view.schema()?;
    let own = widened.policy.map(|policy| &policy.policy().principal.value);
    view.head
        .written
        .iter()
        .filter(|written| written.policy().is_permit())
        .find(|written| {
            let policy = written.policy();
            let scope = schema.type_scope(policy);
            let differ = match (own.and_then(fixed), fixed(&policy.principal.value)) {
                (Some(a), Some(b)) => a != b,
                _ => false,
            };
            !differ
                && scope.principals.contains(&widened.of.environment.principal)
                && scope.actions.iter().any(|action| action.to_string() == *other)
        })
        .map(|written| written.name.to_string())
}

fn fixed(constraint: &EntityConstraint) -> Option<&Entity> {
    match constraint {
        EntityConstraint::Eq(_) => constraint.entity().map(|entity| &entity.value),
        _ => None,
    }
}
