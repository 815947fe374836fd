//! Access for emergencies is made or changed.

use super::{Factor, Out, Owner};
use crate::change::Relation;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "breakglass",
    fires: "a permit with `@breakglass` is new or another",
    floor: Tier::Human,
    floor_words: "Human, with expiry and review",
    section: Owner::Builtin,
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2", "NIST SP 800-53r5 AU-6"],
    page: include_str!("breakglass.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let only_less = view.change.relation == Relation::Narrower && view.classes.is_empty();
    for touched in view.touched().filter(|touched| touched.has("breakglass")) {
        // Taking it away is what is wanted; `diff.narrowed` tells of it.
        if only_less && touched.head.is_none() {
            continue;
        }
        let name = &touched.of.name;
        let found = out.policy(
            name,
            Certainty::Exact,
            format!("`{name}` is for emergencies, and it is new or another"),
        );
        found.fact("the policy says `@breakglass`", "the policy");
        found.spans.extend(touched.of.head.clone());
        found.requires.expires_within_days = Some(30);
        found.requires.recertify_within_days = Some(30);
        found.requires.acknowledge.insert(format!("breakglass:{name}"));
    }
}
