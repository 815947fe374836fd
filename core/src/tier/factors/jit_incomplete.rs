//! A just-in-time grant lacks its end, purpose or revocation.

use super::{Factor, Out, Owner};
use crate::tier::view::look;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "jit.incomplete",
    fires: "`@jit` without a time bound, `@purpose` or `@revoke_on`",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST CSF 2.0 ID.RA-07", "NHI7", "NIST SP 800-53r5 AC-2"],
    page: include_str!("jit_incomplete.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for touched in view.touched() {
        let Some(policy) = touched.head else { continue };
        if let Some(message) = look(view, policy, "jit-incomplete") {
            let found = out.policy(&touched.of.name, Certainty::Exact, message);
            found.fact("the policy says `@jit`", "the policy");
            found.spans.extend(touched.of.head.clone());
            found.requires.expires_within_days = Some(30);
        }
    }
}
