//! What was proved before: an edit asks again only what it can reach.

use std::collections::BTreeMap;

use crate::prove::{Answer, Why};

/// Answers by a digest of everything that they depend on.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    known: BTreeMap<[u8; 32], (u64, Vec<Answer>)>,
    /// Counts the comparisons and checks, so that what none of the last ones used is forgotten.
    run: u64,
    /// Questions that were asked of the prover.
    pub(crate) asked: u64,
    /// Witnesses that Cedar's evaluator did not confirm.
    pub(crate) unconfirmed: u64,
}

/// A comparison and a check in turn, and some that another bundle asked for in between.
const RUNS_KEPT: u64 = 8;

impl Memo {
    /// Begins a comparison or a check.
    pub(crate) fn begin(&mut self) {
        self.run += 1;
        let run = self.run;
        self.known
            .retain(|_, (last_used, _)| *last_used + RUNS_KEPT > run);
    }

    /// The answers under this key, from before.
    pub(super) fn get(&mut self, key: &[u8; 32]) -> Option<Vec<Answer>> {
        let (last_used, known) = self.known.get_mut(key)?;
        *last_used = self.run;
        Some(known.clone())
    }

    /// Keeps the prover's answers.
    pub(super) fn insert(&mut self, key: [u8; 32], answers: &[Answer]) {
        self.asked += answers.len() as u64;
        self.unconfirmed += unconfirmed(answers);
        self.known.insert(key, (self.run, answers.to_vec()));
    }
}

/// How many witnesses Cedar's evaluator did not confirm.
pub(super) fn unconfirmed(answers: &[Answer]) -> u64 {
    let not = |answer: &&Answer| matches!(answer, Answer::Unknown(Why::Unconfirmed(_)));
    answers.iter().filter(not).count() as u64
}
