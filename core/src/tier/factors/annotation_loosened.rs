//! Access that was to end, or to be looked at, is bounded less.

use super::{Factor, Out, Owner};
use crate::analysis::bounds::loosened;
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::{View, certainty};

pub(super) static FACTOR: Factor = Factor {
    id: "annotation.loosened",
    fires: "a permit loses `@jit`, `@exception`, `@breakglass`, `@revoke_on`, `@recertify_by` or an approval, expires later or never, or becomes standing access",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST CSF 2.0 ID.RA-07", "NHI7", "NIST SP 800-53r5 AC-2"],
    page: include_str!("annotation_loosened.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for touched in view.touched() {
        let (Some(before), Some(after)) = (touched.base, touched.head) else {
            continue;
        };
        for what in loosened(before, after) {
            let name = &touched.of.name;
            let found = out.policy(name, Certainty::Exact, format!("the permit `{name}` {what}"));
            found.fact(format!("it {what}"), "the policy of base and of head");
            found.spans.extend(touched.of.head.clone());
            found.requires.acknowledge.insert(format!("standing:{name}"));
        }
    }
    if let Some(standing) = &view.probed.relied.standing {
        let name = &standing.name;
        let found = out.policy(
            name,
            certainty(standing.known),
            format!("access that `{name}` gave for a time is standing access now"),
        );
        found.subject.request = Some(standing.environment.to_string());
        found.witness.clone_from(&standing.witness);
        found.fact("permits without such an annotation allow in head what they did not allow in base", "proof");
        found.requires.acknowledge.insert(format!("standing:{name}"));
    }
}
