//! Anybody of a type may do more.

use super::{Factor, Out, Owner};
use crate::change::probe::{Known, Reach};
use crate::schema::{Access, Sensitivity};
use crate::tier::view::certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.any",
    fires: "neither scope nor condition binds the principal: proved, or not shown otherwise",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("principal_any.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let Reach::All(known) = widened.class.principal else {
            continue;
        };
        let is_public_reading = widened.resource.sensitivity == Some(Sensitivity::Public)
            && widened.resource.regulated.is_empty()
            && !widened.resource.is_personal
            && !widened.action.is_irreversible
            && widened.action.effects.is_empty()
            && matches!(widened.action.access, Some(Access::List | Access::Read));
        // What makes the difference is no permit: the forbid has a factor of its own.
        if is_public_reading || widened.class.policy.is_none() {
            continue;
        }
        let principal = &widened.of.environment.principal;
        let fact = match known {
            Known::Proved => "its conditions on the principal leave nobody out",
            Known::Over => "neither its scope nor a condition binds the principal",
            Known::Unknown => "it was not decided whether its conditions leave anybody out",
        };
        let source = match known {
            Known::Over => "the policy",
            Known::Proved | Known::Unknown => "proof",
        };
        out.class(number, widened, format!("any `{principal}` may do what is newly allowed"))
            .fact(fact, source)
            .certainty = certainty(known);
    }
}
