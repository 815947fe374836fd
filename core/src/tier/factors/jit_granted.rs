//! Access for a moment is granted or changed.

use super::{Factor, Out, Owner};
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "jit.granted",
    fires: "a permit with `@jit` is new or another",
    floor: Tier::Constrained,
    floor_words: "Constrained, with expiry",
    section: Owner::Builtin,
    refs: &["NHI7", "NIST SP 800-53r5 AC-2"],
    page: include_str!("jit_granted.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for touched in view.touched() {
        let Some(policy) = touched.head.filter(|policy| policy.is_permit()) else { continue };
        let is_jit = policy.annotation("jit").is_some()
            && policy.annotation_value("jit").is_none_or(|value| value.trim() != "false");
        if is_jit {
            let name = &touched.of.name;
            let found = out.policy(name, Certainty::Exact, format!("`{name}` is for a moment, and it is new or another"));
            found.fact("the policy says `@jit`", "the policy");
            found.spans.extend(touched.of.head.clone());
            found.requires.expires_within_days = Some(30);
        }
    }
}
