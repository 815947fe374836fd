//! What the cases that pass show of the policies.

use std::collections::BTreeMap;

use super::answer::{Decided, Naming};
use super::{Inputs, Policies, Runner, SuiteFile, Wanted, cases, evaluate};
use crate::cedar::evaluate::Verdict;
use crate::suite::evidence::{Evidence, LimitSeen, Observed, OfPolicy, Traits};
use crate::suite::model::Decision;

impl Runner {
    /// What the cases show that are not skipped and pass. Only what changed since the last run, or what a
    /// change can reach, is evaluated again; with `coverage` what a run with coverage needs is found out on
    /// the way.
    pub fn evidence<'s>(
        &mut self,
        policies: &Policies<'_>,
        suites: &'s [SuiteFile<'_>],
        coverage: bool,
    ) -> Evidence<'s> {
        self.prepare(policies, suites);
        let wanted = Wanted {
            coverage,
            limits: true,
        };
        self.evaluate_ahead(suites, wanted, |_, _| true);
        let naming = Naming::new(policies);
        let mut evidence = Evidence {
            cases: Vec::new(),
            policies: vec![OfPolicy::default(); policies.statements.len()],
        };
        let compiled = policies.members.iter().zip(self.authorizer.policies());
        for (member, compiled) in compiled {
            let Some(of_policy) = evidence.policies.get_mut(member.statement) else {
                continue;
            };
            // Of a template every link has the same comparisons.
            if !of_policy.takes_part {
                of_policy.takes_part = true;
                let limits = compiled.boundaries().iter().map(|boundary| LimitSeen {
                    span: boundary.span,
                    operand: boundary.operand,
                    limit: boundary.limit.clone(),
                    beyond: boundary.beyond.clone(),
                    at: false,
                    beside: false,
                });
                of_policy.limits = limits.collect();
            }
        }
        let statement = |member: u32| -> Option<u32> {
            let statement = policies.members.get(member as usize)?.statement;
            u32::try_from(statement).ok()
        };
        let mut candidates = Vec::new();
        for file in suites {
            let Some(of_suite) = self.suites.get_mut(&file.suite.path) else {
                continue;
            };
            for (case, ready) in file.suite.cases.iter().zip(&mut of_suite.ready) {
                let requested = cases::requested(&ready.request, &ready.entities);
                let (None, Ok((request, entities))) = (&case.skip, requested) else {
                    continue;
                };
                self.authorizer.candidates(request, &mut candidates);
                let evaluated = evaluate(
                    &mut ready.evaluated,
                    Inputs {
                        authorizer: &self.authorizer,
                        numbers: &self.numbers,
                        candidates: &candidates,
                        request,
                        entities,
                        wanted,
                    },
                    &mut self.counters,
                );
                let decided = Decided {
                    case,
                    candidates: &candidates,
                    evaluated,
                    outcome: self.authorizer.outcome(&candidates, &evaluated.verdicts),
                };
                let expected = &case.expected;
                let allowed = decided.outcome.allowed;
                let passes = (expected.decision.value == Decision::Allow) == allowed
                    && decided.determining_as_expected(&naming)
                    && decided.errors_as_expected(&naming)
                    && (expected.obligations.is_none()
                        || decided
                            .obligations_as_expected(&decided.answer(policies, &self.authorizer)));
                let Some(fixture) = file.suite.fixtures.get(case.fixture) else {
                    continue;
                };
                if !passes {
                    continue;
                }
                let traits = ready
                    .traits
                    .get_or_insert_with(|| Traits::new(case, &fixture.digest));
                let mut observed = Observed::new(case, fixture, traits.clone());
                observed.allowed = allowed;
                observed.determining = decided
                    .outcome
                    .determining
                    .iter()
                    .filter_map(|number| statement(*number))
                    .collect();
                observed.determining.sort_unstable();
                observed.determining.dedup();
                let mut tried = evaluated.limits.as_deref().unwrap_or_default().iter();
                let mut reached = BTreeMap::new();
                for (number, verdict) in candidates.iter().zip(&evaluated.verdicts) {
                    let (Some(statement), Some(policy)) =
                        (statement(*number), self.authorizer.policy(*number))
                    else {
                        continue;
                    };
                    reached.insert(statement, ());
                    if *verdict == Verdict::Applies {
                        observed.applying.push(statement);
                        observed.permitted |= policy.policy().is_permit();
                    }
                    let Some(of_policy) = evidence.policies.get_mut(statement as usize) else {
                        continue;
                    };
                    let of_this = tried.by_ref().take(policy.boundaries().len());
                    for ((at, beside), limit) in of_this.zip(&mut of_policy.limits) {
                        limit.at |= at;
                        limit.beside |= beside;
                    }
                }
                for statement in reached.into_keys() {
                    if let Some(of_policy) = evidence.policies.get_mut(statement as usize) {
                        of_policy.reached += 1;
                    }
                }
                observed.applying.sort_unstable();
                observed.applying.dedup();
                let place = evidence.cases.len();
                for statement in &observed.determining {
                    if let Some(of_policy) = evidence.policies.get_mut(*statement as usize) {
                        of_policy.decided.push(place);
                    }
                }
                evidence.cases.push(observed);
            }
        }
        evidence
    }
}
