//! Which edits of the policies no case would notice.

use std::sync::Arc;

use crate::finding::TextEdit;
use crate::report::Range;

/// What came of all mutants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mutation {
    /// Counts over all policies.
    pub totals: MutationTotals,
    /// Counts by policy, in the order of files and statements.
    pub policies: Vec<PolicyMutation>,
    /// The mutants that no case noticed, by file and position.
    pub survivors: Vec<Survivor>,
}

/// Counts of mutants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MutationTotals {
    /// Some case came out differently.
    pub killed: u32,
    /// No case came out differently.
    pub survived: u32,
    /// Left out: Cedar rejects the text, or it does not type-check.
    pub invalid: u32,
    /// Left out: it says the same as the policy or as another mutant of it.
    pub equivalent: u32,
    /// Left out: no case came out differently, and it is proved to answer every request as the policy does.
    pub equivalent_by_proof: u32,
    /// Left out: the policy has more mutants than are run of one policy.
    pub left_out: u32,
}

impl MutationTotals {
    /// Share of the mutants that count that were killed, in thousandths; `None` where none counts.
    pub fn score(self) -> Option<u32> {
        let all = self.killed + self.survived;
        (all > 0).then(|| (u64::from(self.killed) * 1000 / u64::from(all)) as u32)
    }

    /// Adds the counts of another policy.
    pub(super) const fn add(&mut self, other: Self) {
        self.killed += other.killed;
        self.survived += other.survived;
        self.invalid += other.invalid;
        self.equivalent += other.equivalent;
        self.equivalent_by_proof += other.equivalent_by_proof;
        self.left_out += other.left_out;
    }
}

/// Counts of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyMutation {
    /// Its name.
    pub policy: Arc<str>,
    /// Path of its file.
    pub file: Arc<str>,
    /// The policy in its file.
    pub range: Range,
    /// Its counts.
    pub totals: MutationTotals,
}

/// A mutant that no case noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct Survivor {
    /// The kind of edit, as `clause-dropped`.
    pub operator: &'static str,
    /// The policy.
    pub policy: Arc<str>,
    /// Path of its file.
    pub file: Arc<str>,
    /// What was edited.
    pub range: Range,
    /// As "no test would notice if `context.mfa` were dropped from `wire-transfer`".
    pub message: String,
    /// The edits, whose spans count from the start of the file, in order of position.
    pub edits: Vec<(Range, TextEdit)>,
}
