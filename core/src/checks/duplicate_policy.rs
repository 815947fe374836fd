//! The same policy twice.

use super::{Check, Run, SetContext};
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
        let earlier = first.of(&policy.canonical, index, same);
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

/// The first policy of each form, by the form's digest. This runs over all policies at every edit, so a slot
/// is as small as can be: a map from digests would be six times as large as the processor's nearest memory.
struct Firsts {
    /// A part of the digest, and the number of the policy counted from 1; 0 in a free slot. At most half of
    /// the slots are taken, and their number is a power of two.
    slots: Vec<(u32, u32)>,
}

impl Firsts {
    fn with_room_for(policies: usize) -> Self {
        Self {
            slots: vec![(0, 0); (2 * policies + 1).next_power_of_two()],
        }
    }

    /// The first policy of this form: `index` itself where none was there before.
    fn of(&mut self, digest: &[u8; 32], index: usize, same: impl Fn(usize) -> bool) -> usize {
        let [a, b, c, d, e, f, g, h, ..] = *digest;
        let part = u32::from_le_bytes([a, b, c, d]);
        let mask = self.slots.len() - 1;
        let mut at = u32::from_le_bytes([e, f, g, h]) as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            match slot.1.checked_sub(1) {
                None => {
                    *slot = (part, index as u32 + 1);
                    break;
                }
                Some(earlier) if slot.0 == part && same(earlier as usize) => {
                    return earlier as usize;
                }
                Some(_) => at = (at + 1) & mask,
            }
        }
        index
    }
}
