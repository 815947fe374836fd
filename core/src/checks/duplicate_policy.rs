//! The same policy twice.

use super::{Check, Run, SetContext};
use crate::analysis::firsts::Firsts;
use crate::facts::Policy;
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "duplicate-policy",
    severity: Severity::Medium,
    summary: "a policy says the same as another",
    why: "access stays when one of the two is removed or narrowed and the other is forgotten",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("duplicate_policy.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut first = Firsts::with_room_for(cx.policies.len());
    for (index, member) in cx.policies.iter().enumerate() {
        let policy = member.policy;
        // Every copy refers to the first one.
        let same = |earlier: usize| {
            let earlier = cx.policies.get(earlier);
            earlier.is_some_and(|earlier| earlier.policy.canonical == policy.canonical)
        };
        let [a, b, c, d, e, f, g, h, ..] = policy.canonical;
        let hash = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let earlier = first.of(hash, index, same);
        if earlier == index {
            continue;
        }
        let Some(other) = cx.policies.get(earlier) else {
            continue;
        };
        let head = |policy: &Policy| policy.effect.span.cover(policy.scope);
        let name = other
            .policy
            .id()
            .map_or_else(|| "another policy".to_owned(), |id| format!("`{id}`"));
        out.push((
            index,
            Finding::new(
                &RULE,
                head(policy),
                format!("this policy says the same as {name}"),
                "remove one of the two; if they were meant to differ, correct one",
            )
            .label(
                Place::Statement(earlier, head(other.policy)),
                "said here already",
            ),
        ));
    }
}
