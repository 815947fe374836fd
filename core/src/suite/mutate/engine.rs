//! Runs mutants and counts what came of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Parents;
use super::equivalent::Equivalence;
use super::meaning::Requests;
use super::prepare::{Candidate, Prepared, prepare_among};
use crate::cedar::Validator;
use crate::cedar::parse::Parsed;
use crate::finding::TextEdit;
use crate::report::Range;
use crate::schema::Schema;
use crate::source::{Limits, Span};
use crate::suite::mutation::{Mutation, MutationTotals, PolicyMutation, Survivor};

/// A policy to mutate.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its name in reports.
    pub name: Arc<str>,
    /// Path of its file.
    pub file: Arc<str>,
    /// The policy.
    pub parsed: &'a Parsed,
    /// SHA-256 of its statement's text.
    pub digest: [u8; 32],
    /// What the entities that its scope names are in, where the entities of the cases say so.
    pub parents: Parents,
}

/// Whoever has run the cases.
pub trait Oracle {
    /// Where a span of a policy's statement stands in its file.
    fn range(&self, policy: usize, span: Span) -> Range;

    /// Whether some case that passes would not with `mutant` in the policy's place, or with the policy gone.
    /// Of a template every link changes.
    fn kills(&mut self, policy: usize, mutant: Option<&Parsed>) -> bool;
}

/// Which mutants are run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Indices of the policies to mutate; `None` for all.
    pub only: Option<BTreeSet<usize>>,
    /// How many mutants of one policy are run at most.
    pub most_per_policy: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            only: None,
            most_per_policy: 200,
        }
    }
}

/// What mutants are made under.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The schema, where there is one.
    pub schema: Option<(&'a Schema, &'a Validator)>,
    /// The number of the schema, which every change raises.
    pub schema_epoch: u64,
    /// The limits on what Cedar is given.
    pub limits: &'a Limits,
}

/// Mutants by the digest of their policy's statement, kept from run to run.
#[derive(Debug, Default)]
pub struct Memo {
    under: Option<(u64, Limits, usize)>,
    prepared: BTreeMap<[u8; 32], (Parents, Prepared)>,
    /// How many policies were mutated since the memo was made, for tests of what an edit costs.
    pub prepared_count: u64,
}

impl Memo {
    /// The mutants of the policy whose statement has this digest, as far as it was mutated.
    pub(crate) fn candidates(&self, digest: &[u8; 32]) -> &[Candidate] {
        let prepared = self.prepared.get(digest);
        prepared.map_or(&[], |(_, prepared)| &prepared.candidates)
    }

    /// Forgets what was made under another schema or other limits, and of policies that are gone.
    fn refresh(&mut self, subjects: &[Subject<'_>], within: Surroundings<'_>, most: usize) {
        let under = Some((within.schema_epoch, *within.limits, most));
        if self.under != under {
            self.prepared.clear();
            self.under = under;
        }
        let present: BTreeSet<[u8; 32]> = subjects.iter().map(|s| s.digest).collect();
        self.prepared.retain(|digest, _| present.contains(digest));
    }
}

/// Mutates policies, and asks `oracle` which mutants some case notices.
pub fn mutate(
    subjects: &[Subject<'_>],
    within: Surroundings<'_>,
    options: &Options,
    memo: &mut Memo,
    oracle: &mut impl Oracle,
) -> Mutation {
    memo.refresh(subjects, within, options.most_per_policy);
    let requests = within.schema.map(|(schema, _)| Requests::new(schema));
    let mut equivalence =
        (within.schema).map(|(schema, validator)| Equivalence::new(schema, validator));
    let mut out = Mutation::default();
    for (index, subject) in subjects.iter().enumerate() {
        if options
            .only
            .as_ref()
            .is_some_and(|only| !only.contains(&index))
        {
            continue;
        }
        let known = memo.prepared.get(&subject.digest);
        if known.is_none_or(|(parents, _)| *parents != subject.parents) {
            let prepared = prepare_among(
                &subject.parsed.policy,
                within.schema.zip(requests.as_ref()),
                &subject.parents,
                within.limits,
                options.most_per_policy,
            );
            memo.prepared_count += 1;
            let kept = (subject.parents.clone(), prepared);
            memo.prepared.insert(subject.digest, kept);
        }
        let Some((_, prepared)) = memo.prepared.get(&subject.digest) else {
            continue;
        };
        let mut totals = MutationTotals {
            invalid: prepared.invalid,
            equivalent: prepared.equivalent,
            left_out: prepared.left_out,
            ..MutationTotals::default()
        };
        for candidate in &prepared.candidates {
            if oracle.kills(index, candidate.parsed.as_ref()) {
                totals.killed += 1;
            } else if let (Some(equivalence), Some(mutant)) = (&mut equivalence, &candidate.parsed)
                && equivalence.is_proved(subject.parsed, mutant)
            {
                totals.equivalent_by_proof += 1;
            } else {
                totals.survived += 1;
                out.survivors
                    .push(survivor(index, subject, candidate, oracle));
            }
        }
        out.totals.add(totals);
        out.policies.push(PolicyMutation {
            policy: Arc::clone(&subject.name),
            file: Arc::clone(&subject.file),
            range: oracle.range(index, subject.parsed.policy.span),
            totals,
        });
    }
    out
}

fn survivor(
    index: usize,
    subject: &Subject<'_>,
    candidate: &Candidate,
    oracle: &impl Oracle,
) -> Survivor {
    let Candidate { mutant, .. } = candidate;
    Survivor {
        operator: mutant.operator.id,
        policy: Arc::clone(&subject.name),
        file: Arc::clone(&subject.file),
        range: oracle.range(index, mutant.span),
        message: mutant.message(&subject.name),
        edits: mutant
            .edits
            .iter()
            .map(|edit| {
                let range = oracle.range(index, edit.span);
                (range, TextEdit::replace(range.span(), edit.insert.clone()))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
