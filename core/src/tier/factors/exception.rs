//! An exception is made or changed.

use super::{Factor, Out, Owner};
use crate::change::Relation;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "exception",
    fires: "a permit with `@exception` is new or another",
    floor: Tier::Human,
    floor_words: "Human, with expiry and review",
    section: Owner::Builtin,
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2", "NIST SP 800-53r5 AU-6"],
    page: include_str!("exception.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let only_less = view.change.relation == Relation::Narrower && view.classes.is_empty();
    for touched in view.touched().filter(|touched| touched.has("exception")) {
        // Taking it away is what is wanted; `diff.narrowed` tells of it.
        if only_less && touched.head.is_none() {
            continue;
        }
        let name = &touched.of.name;
        let found = out.policy(
            name,
            Certainty::Exact,
            format!("`{name}` is an exception, and it is new or another"),
        );
        found.fact("the policy says `@exception`", "the policy");
        found.spans.extend(touched.of.head.clone());
        found.requires.expires_within_days = Some(90);
        found.requires.recertify_within_days = Some(90);
        found.requires.acknowledge.insert(format!("exception:{name}"));
    }
}
