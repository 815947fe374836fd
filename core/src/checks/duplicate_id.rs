//! Two policies with the same `@id`.

use super::{Check, Run, SetContext};
use crate::analysis::firsts::Firsts;
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "duplicate-id",
    severity: Severity::High,
    summary: "two policies have the same `@id`",
    why: "a decision log, an approval or a test that names the id may mean either policy, and a store that goes by ids keeps only one of them",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AU-3", "NIST SP 800-53r5 CM-3"],
    page: include_str!("duplicate_id.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut first = Firsts::with_room_for(cx.policies.len());
    let id_of = |index: usize| cx.policies.get(index).and_then(|m| m.policy.id());
    for (index, member) in cx.policies.iter().enumerate() {
        let (Some(id), Some((_, hash))) = (member.policy.id(), member.policy.id_at) else {
            continue;
        };
        // Every copy refers to the first one.
        let earlier = first.of(hash, index, |earlier| id_of(earlier) == Some(id));
        if earlier == index {
            continue;
        }
        let other = cx.policies.get(earlier);
        let places = |policy: &crate::facts::Policy| policy.annotation("id").map(|id| id.span);
        let (Some(here), Some(there)) =
            (places(member.policy), other.and_then(|m| places(m.policy)))
        else {
            continue;
        };
        out.push((
            index,
            Finding::new(
                &RULE,
                here,
                format!("another policy has the id `{id}` already"),
                "give each policy an id of its own, and keep the one that logs and approvals know where it was",
            )
            .label(Place::Statement(earlier, there), "used here first"),
        ));
    }
}
