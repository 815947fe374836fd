//! Pairs of policy sets over a schema, the same for the same seed on every machine.

mod conditions;
mod mutate;
mod policies;
mod rewrite;
mod schemas;
pub mod values;
mod writer;

use fastrand::Rng;

use crate::coverage;
use crate::model::Schema;
use crate::pair::{Checker, Pair};

/// How many pairs share a schema: to parse one takes longer than to write a pair.
const PER_SCHEMA: u64 = 4;
/// How often a set is written or changed anew where the result is not valid.
const TRIES: usize = 60;

/// What was made, and what did not come to be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Yield {
    /// Policies that were written.
    pub written: usize,
    /// Of these, the ones that Cedar's strict validation accepted.
    pub valid: usize,
}

/// Makes pairs.
pub struct Generator {
    seed: u64,
    /// The schema of the last pair.
    current: Option<(u64, Schema, Checker)>,
    operators: Vec<String>,
    /// How much was written in vain.
    pub counts: Yield,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            current: None,
            operators: coverage::operators(),
            counts: Yield::default(),
        }
    }

    /// The pair of this number; `None` where nothing valid came of many tries.
    pub fn pair(&mut self, number: u64) -> Option<Pair> {
        let group = number / PER_SCHEMA;
        if self.current.as_ref().is_none_or(|(of, ..)| *of != group) {
            let mut rng = rng(self.seed, group, 0);
            let schema = (0..TRIES).find_map(|_| {
                let schema = schemas::schema(&mut rng);
                Checker::new(&schema).map(|checker| (schema, checker))
            });
            self.current = schema.map(|(schema, checker)| (group, schema, checker));
        }
        let (_, schema, checker) = self.current.as_ref()?;
        let mut rng = rng(self.seed, number, 1);
        // Each operator has its turn, so that the rare ones are not left to chance.
        let turn = usize::try_from(number).unwrap_or(0) % self.operators.len().max(1);
        let wanted = self.operators.get(turn)?;
        let counts = &mut self.counts;
        let mut accepted = |policy: &crate::policy::Policy| {
            counts.written += 1;
            let valid = checker.accepts(policy);
            counts.valid += usize::from(valid);
            valid
        };
        let mut base = Vec::new();
        let first = (0..TRIES)
            .map(|_| policies::with_operator(&mut rng, schema, wanted))
            .find(|policy| accepted(policy))?;
        base.push(first);
        for _ in 0..rng.usize(0..3) {
            let policy = (0..TRIES)
                .map(|_| policies::policy(&mut rng, schema))
                .find(|policy| accepted(policy))?;
            base.push(policy);
        }
        // What only forbids denies everything, whatever it says.
        if base.iter().all(|policy| !policy.permits) {
            let number = rng.usize(0..base.len());
            base.get_mut(number)?.permits = true;
        }
        let mut head = base.clone();
        let changes = [1, 1, 1, 2, 2, 3];
        for _ in 0..*rng.choice(&changes)? {
            head = (0..TRIES)
                .map(|_| mutate::change(&mut rng, schema, &head))
                .find(|changed| {
                    *changed != head
                        && changed
                            .iter()
                            .filter(|policy| !head.contains(policy))
                            .all(|policy| checker.accepts(policy))
                })
                .unwrap_or(head);
        }
        if rng.bool() {
            std::mem::swap(&mut base, &mut head);
        }
        Some(Pair {
            number,
            schema: schema.clone(),
            base,
            head,
        })
    }
}

/// A stream of its own for each number and purpose.
pub fn rng(seed: u64, number: u64, purpose: u64) -> Rng {
    let mixed = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(number.wrapping_mul(0xBF58_476D_1CE4_E5B9))
        .wrapping_add(purpose.wrapping_mul(0x94D0_49BB_1331_11EB));
    Rng::with_seed(mixed ^ (mixed >> 31))
}

/// Whether one in so many.
fn one_in(rng: &mut Rng, many: u32) -> bool {
    rng.u32(0..many) == 0
}
