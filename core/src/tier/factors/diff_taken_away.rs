//! Access that people rely on is denied from now on.

use super::{Factor, Out, Owner};
use crate::change::{Kind, Verdict};
use crate::facts::Effect;
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::{View, certainty};

pub(super) static FACTOR: Factor = Factor {
    id: "diff.taken-away",
    fires: "a request is denied that a break-glass permit, an exception or a recertified permit allowed, or it is unknown whether a guardrail of what must stay allowed still holds",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("diff_taken_away.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for lost in &view.probed.relied.lost {
        let name = &lost.name;
        let found = out.policy(
            name,
            certainty(lost.known),
            format!("a request that `{name}` allowed by `@{}` is denied from now on", lost.by),
        );
        found.subject.request = Some(lost.environment.to_string());
        found.spans.extend(lost.at.clone());
        found.witness.clone_from(&lost.witness);
        found.fact(format!("the policy has `@{}`, so people rely on it", lost.by), "the policy of base");
        found.requires.acknowledge.insert(format!("lost:{name}"));
    }
    let denies_more = view.change.environments.iter().any(|of| of.newly_denied.is_some());
    for rail in &view.change.guardrails {
        let is_kept = matches!(rail.kind, Kind::Unchanged | Kind::Text | Kind::Renamed);
        let is_unknown = matches!(rail.verdict, Some(Verdict::Unknown(_)));
        if denies_more && rail.effect == Effect::Permit && is_kept && is_unknown {
            let name = &rail.name;
            let found = out.policy(
                name,
                Certainty::Unknown,
                format!("this change takes access away, and it is unknown whether the guardrail `{name}` still holds"),
            );
            found.fact("the guardrail says what must stay allowed", "invariants");
            found.spans.extend(rail.head.clone());
            found.requires.acknowledge.insert(format!("lost:{name}"));
        }
    }
}
