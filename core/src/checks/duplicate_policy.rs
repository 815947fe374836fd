//! The same policy twice.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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
    let mut first: HashMap<[u8; 32], usize, BuildHasherDefault<Prefix>> =
        HashMap::with_capacity_and_hasher(cx.policies.len(), BuildHasherDefault::default());
    for (index, member) in cx.policies.iter().enumerate() {
        let policy = member.policy;
        // Every copy refers to the first one.
        let earlier = *first.entry(policy.canonical).or_insert(index);
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

/// Hashes a digest as its first bytes: it is a hash already, and this runs over all policies at every edit.
#[derive(Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        // The length that an array is hashed with comes by `write_usize` and so does not end up here.
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
