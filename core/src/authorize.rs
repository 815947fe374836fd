//! The authorizer: which policies can apply to a request is looked up, and only those are evaluated, by
//! Cedar's evaluator. The answer is that of Cedar's authorizer over all policies.
//!
//! ```text
//! policies ──Compiled──> Authorizer (index)
//! request, entities ──Prepared──> candidates ──Evaluation──> verdicts ──> Decided
//! ```
//!
//! A policy that is no candidate has a scope that is false for the request. Cedar evaluates the scope
//! first, and a scope cannot fail to evaluate, so that such a policy neither decides nor fails.

mod index;
mod names;

use std::sync::Arc;

use crate::cedar::evaluate::{Compiled, Decided, Entities, Evaluation, Prepared, Verdict};
use crate::facts::Effect;
use index::Index;

pub use names::{Name, Named, names};

/// Policies with their index.
#[derive(Debug, Default)]
pub struct Authorizer {
    policies: Vec<Arc<Compiled>>,
    index: Index,
}

/// What a decision rests on, by the numbers of policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The determining policies, in order: the forbids that apply or, where none does, the permits.
    pub determining: Vec<u32>,
}

impl Authorizer {
    /// Indexes policies. Their numbers are their places in the list.
    pub fn new(policies: Vec<Arc<Compiled>>) -> Self {
        Self {
            index: Index::new(&policies),
            policies,
        }
    }

    /// The policies, by number.
    pub fn policies(&self) -> &[Arc<Compiled>] {
        &self.policies
    }

    /// The policy with this number.
    pub fn policy(&self, number: u32) -> Option<&Arc<Compiled>> {
        self.policies.get(number as usize)
    }

    /// Replaces `found` by the numbers of the policies that can apply to the request, in order. All others
    /// evaluate to false.
    pub fn candidates(&self, request: &Prepared, found: &mut Vec<u32>) {
        found.clear();
        self.index.look_up(request, found);
        found.retain(|number| {
            self.policy(*number)
                .is_some_and(|policy| request.within(policy.scope()))
        });
        found.sort_unstable();
        found.dedup();
    }

    /// Decides a request; `names` says how the answer names policies, by number.
    pub fn decide(
        &self,
        request: &Prepared,
        entities: &Entities,
        names: impl Fn(u32) -> String,
    ) -> Decided {
        let mut candidates = Vec::new();
        self.candidates(request, &mut candidates);
        let evaluation = Evaluation::new(request, entities);
        let verdicts: Vec<Verdict> = candidates
            .iter()
            .filter_map(|number| Some(evaluation.verdict(self.policy(*number)?)))
            .collect();
        let outcome = self.outcome(&candidates, &verdicts);
        let mut determining: Vec<String> = outcome.determining.into_iter().map(&names).collect();
        determining.sort();
        let mut errors: Vec<(String, String)> = candidates
            .iter()
            .zip(&verdicts)
            .filter_map(|(number, verdict)| match verdict {
                Verdict::Fails(why) => Some((names(*number), why.to_string())),
                _ => None,
            })
            .collect();
        errors.sort();
        Decided {
            allowed: outcome.allowed,
            determining,
            errors,
        }
    }

    /// The decision that the verdicts on the candidates give: a forbid that applies outweighs every
    /// permit, and without a permit that applies nothing is allowed.
    pub fn outcome(&self, candidates: &[u32], verdicts: &[Verdict]) -> Outcome {
        let applying = |effect: Effect| {
            candidates
                .iter()
                .zip(verdicts)
                .filter(move |(number, verdict)| {
                    **verdict == Verdict::Applies
                        && self
                            .policy(**number)
                            .is_some_and(|policy| policy.policy().effect.value == effect)
                })
                .map(|(number, _)| *number)
        };
        let forbids: Vec<u32> = applying(Effect::Forbid).collect();
        if !forbids.is_empty() {
            return Outcome {
                allowed: false,
                determining: forbids,
            };
        }
        let permits: Vec<u32> = applying(Effect::Permit).collect();
        Outcome {
            allowed: !permits.is_empty(),
            determining: permits,
        }
    }
}

#[cfg(test)]
mod tests;
