//! A principal that nobody answers for may do more.

use super::{Factor, Out, Owner};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.unowned",
    fires: "a principal type without `@principal_kind`, or a machine in a permit without `@owner`",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Iam,
    refs: &["NHI1", "NIST SP 800-53r5 AC-2", "NIST CSF 2.0 PR.AA-01"],
    page: include_str!("principal_unowned.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let principal = &widened.of.environment.principal;
        let owner = widened
            .policy
            .and_then(|policy| policy.policy().annotation_value("owner"))
            .filter(|owner| !owner.trim().is_empty());
        match widened.principal {
            None => {
                out.class(
                    number,
                    widened,
                    format!("nobody says whom `{principal}` stands for, and it may do more"),
                )
                .fact(
                    format!("`{principal}` has no `@principal_kind` in base and head"),
                    "the schema and `iam.principals`",
                );
            }
            Some(kind) if kind.is_machine() && owner.is_none() => {
                out.class(
                    number,
                    widened,
                    format!("nobody answers for what `{principal}` may do more"),
                )
                .fact("the permit has no `@owner`", "the policy");
            }
            Some(_) => {}
        }
    }
}
