//! What proofs say of a bundle's policies, kept from report to report.
//!
//! ```text
//! a policy, schema ──> Alone: never applies, always holds, can fail         kept with the statement
//! all policies, schema ──> Relations: shadowed, overridden, all is allowed  kept by what the policies say
//! ```
//!
//! How much is asked is bounded by counts and steps that depend on nothing but the bundle, never on time or on what
//! was asked before, so the same bytes give the same findings. What was not asked or not decided is counted in the
//! report's summary.

mod alone;
mod environments;
mod example;
mod form;
mod memo;
mod relations;
mod shapes;

pub(crate) use alone::{Alone, Fails, overflows};
pub use environments::{EnvironmentRelations, PolicyRelations};
pub(crate) use example::example;
use relations::Given;
pub(crate) use relations::{Relations, WithinLimit};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::read::Excluded;
use crate::cedar::Validator;
use crate::cedar::parse::Parsed;
use crate::facts::Entity;
use crate::prove::{Answer, Bound, Options, Prover, Question, Why, World};
use crate::schema::{Environment, Schema};
use crate::source::{Limits, exceeded};

/// How much work one question of a check may take. Ordinary ones take a few hundred steps.
const STEPS: u64 = 50_000;

/// In how many kinds of request a question about one policy, or one pair of policies, is asked at most.
const MOST_ENVIRONMENTS: usize = 16;

/// What proofs rest on: the schema with every kind of request that it admits.
#[derive(Debug)]
pub(crate) struct Ground {
    schema: Arc<Schema>,
    validator: Arc<Validator>,
    environments: Vec<Environment>,
    by_label: BTreeMap<Arc<str>, u32>,
    /// By action: a permit of what its `@limit` admits, where that is a condition of Cedar's.
    limits: BTreeMap<Entity, Parsed>,
}

impl Ground {
    pub(crate) fn new(schema: Arc<Schema>, validator: Arc<Validator>) -> Self {
        let environments = schema.environments();
        let by_label = (0..)
            .zip(&environments)
            .map(|(number, of)| (Arc::clone(&of.label), number))
            .collect();
        let limits = limits(&schema, &validator);
        Self {
            schema,
            validator,
            environments,
            by_label,
            limits,
        }
    }

    /// What the `@limit` of a kind of request's action admits.
    fn limit(&self, number: u32) -> Option<&Parsed> {
        self.limits.get(&self.environment(number)?.action)
    }

    /// The numbers of the kinds of request with these labels, sorted.
    pub(crate) fn numbers(&self, labels: &[Arc<str>]) -> Vec<u32> {
        let mut numbers: Vec<u32> = labels
            .iter()
            .filter_map(|label| self.by_label.get(label).copied())
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// The kind of request with this number.
    pub(crate) fn environment(&self, number: u32) -> Option<&Environment> {
        self.environments.get(number as usize)
    }

    fn prover(&self, number: u32) -> Option<Prover<'_>> {
        let options = Options {
            steps: STEPS,
            world: World::Complete,
        };
        let environment = self.environment(number)?;
        let schema = self.validator.schema();
        Some(Prover::new(&self.schema, schema, environment, options))
    }
}

/// The limits of actions. What is no condition, or none that type-checks, is left out.
fn limits(schema: &Schema, validator: &Validator) -> BTreeMap<Entity, Parsed> {
    let mut limits = BTreeMap::new();
    for action in schema.actions.keys() {
        let Some(limit) = schema.action_annotation(action, "limit") else {
            continue;
        };
        let text = format!("permit (principal, action == {action}, resource) when {{ {limit} }};");
        if exceeded(&text, &Limits::default()).is_none()
            && let Ok(parsed) = crate::cedar::parse::parse(&text.into())
            && crate::cedar::validate::accepts(&parsed.template, validator)
        {
            limits.insert(action.clone(), parsed);
        }
    }
    limits
}

/// A policy for the prover.
fn bound(parsed: &Parsed) -> Bound {
    Bound {
        parsed: parsed.clone(),
        link: None,
    }
}

/// How much was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Questions.
    pub(crate) asked: u32,
    /// Those without an answer, and those that were not asked because there are too many.
    pub(crate) undecided: u32,
    /// Examples that Cedar's evaluator did not confirm.
    pub(crate) unconfirmed: u32,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.undecided += other.undecided;
        self.unconfirmed += other.unconfirmed;
    }

    /// Whether there is no such request; `None` where that is not decided.
    fn rules_out(&mut self, prover: &mut Prover<'_>, question: Question<'_>) -> Option<bool> {
        self.asked += 1;
        let answer = prover.rules_out(question);
        self.undecided += u32::from(answer.is_err());
        answer.ok()
    }

    fn ask(&mut self, prover: &mut Prover<'_>, question: Question<'_>) -> Answer {
        self.asked += 1;
        let answer = prover.ask(question);
        if let Answer::Unknown(why) = &answer {
            self.undecided += 1;
            self.unconfirmed += u32::from(matches!(why, Why::Unconfirmed(_)));
        }
        answer
    }

    /// Whether a question is ruled out in every kind of request of a list. One that is left out or undecided leaves
    /// it undecided, unless another says no.
    fn everywhere(
        &mut self,
        environments: &[u32],
        mut ruled_out: impl FnMut(&mut Self, u32) -> Option<bool>,
    ) -> Option<bool> {
        let mut decided = true;
        for number in environments.iter().take(MOST_ENVIRONMENTS) {
            match ruled_out(self, *number) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => decided = false,
            }
        }
        if environments.len() > MOST_ENVIRONMENTS {
            self.undecided += 1;
            decided = false;
        }
        decided.then_some(true)
    }
}

impl Workspace {
    /// Brings what is proved of all policies together up to date. All statements have been analysed.
    pub(super) fn prove(&mut self, excluded: &Excluded) {
        let Some(ground) = self.schema.ground.clone() else {
            self.relations = Relations::default();
            return;
        };
        let mut relations = std::mem::take(&mut self.relations);
        let linked: BTreeSet<usize> = (self.data.linked.iter())
            .map(|(_, link)| link.template)
            .collect();
        let policies = self.analysed(excluded).enumerate();
        let members: Vec<Given<'_>> = policies
            // A template takes part through its links alone.
            .filter(|(at, (parsed, _))| !parsed.policy.is_template() || linked.contains(at))
            .filter_map(|(_, (parsed, alone))| {
                Some(Given {
                    parsed,
                    alone: alone?,
                })
            })
            .collect();
        let tally = relations.update(self.schema.epoch, &ground, &members);
        self.relations = relations;
        self.counters.questions += u64::from(tally.asked);
        self.counters.unconfirmed += u64::from(tally.unconfirmed);
    }

    /// Every policy and template that Cedar accepts, in the order of files and statements, with what is proved of it.
    fn analysed<'w>(
        &'w self,
        excluded: &'w Excluded,
    ) -> impl Iterator<Item = (&'w Parsed, Option<&'w Alone>)> {
        let files = self.files.iter().filter(|(path, file)| {
            file.kind == Kind::Policies && !excluded.contains_key(path.as_ref())
        });
        let pieces = files.flat_map(|(_, file)| match &file.contents {
            Contents::Policies(policies) => policies.pieces.as_slice(),
            _ => &[],
        });
        pieces.filter_map(|piece| {
            let statement = self.store.get(piece.key)?;
            let alone = statement.analysis.as_ref().and_then(|of| of.alone.as_ref());
            Some((statement.parsed()?, alone))
        })
    }
}

#[cfg(test)]
mod tests;
