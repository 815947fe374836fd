//! What proofs say of a bundle's policies, kept from report to report.
//!
//! ```text
//! a policy, schema ──> Alone: never applies, always holds, can fail         kept with the statement
//! all policies, schema ──> Relations: shadowed, overridden, all is allowed or denied  kept by what the policies say
//! ```
//!
//! How much is asked is bounded by counts and steps that depend on nothing but the bundle, never on time or on what
//! was asked before, so the same bytes give the same findings. What was not asked or not decided is counted in the
//! report's summary.

mod alone;
mod closing;
mod environments;
mod example;
mod form;
mod guarded;
mod impossible;
mod independent;
mod kinds;
mod linked;
mod memo;
mod plainly;
mod relations;
mod shapes;
mod valued;

pub(crate) use alone::{Alone, Fails, overflows};
pub use environments::{EnvironmentRelations, PolicyRelations};
pub(crate) use example::example;
pub(crate) use guarded::Closes;
pub(crate) use impossible::explain;
pub(crate) use independent::can_apply;
pub(crate) use linked::{Linked, take_part};
use relations::Given;
pub(crate) use relations::{Relations, WithinLimit};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::read::Excluded;
use crate::cedar::Validator;
use crate::cedar::parse::Parsed;
use crate::facts::{Entity, Policy};
use crate::prove::{Answer, Bound, Options, Prover, Question, Why, World};
use crate::schema::{Environment, Schema, TypeScope};
use crate::source::{Limits, exceeded};

/// How much work one question of a check may take. Ordinary ones take a few hundred steps.
const STEPS: u64 = 50_000;

/// How much work one question may take over all kinds of request.
const STEPS_TOGETHER: u64 = 16 * STEPS;

/// How much each kind of request counts at least: what it takes to ask there at all.
const STEPS_EACH: u64 = 4_000;

/// In how many kinds of request a question is asked at most, where each takes as little as can be.
const MOST_KINDS: usize = (STEPS_TOGETHER / STEPS_EACH) as usize;

/// What proofs rest on: the schema with every kind of request that it admits.
#[derive(Debug)]
pub(crate) struct Ground {
    schema: Arc<Schema>,
    validator: Arc<Validator>,
    environments: Vec<Environment>,
    by_label: BTreeMap<Arc<str>, u32>,
    /// By action: a permit of what its `@limit` admits, where that is a condition of Cedar's.
    limits: BTreeMap<Entity, Parsed>,
    /// A permit of every request.
    anything: Option<Parsed>,
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
            anything: crate::cedar::parse::parse(&"permit (principal, action, resource);".into())
                .ok(),
        }
    }

    /// How many kinds of request there are.
    pub(crate) const fn kinds(&self) -> usize {
        self.environments.len()
    }

    /// Whether the `@limit` of an action is a condition that can be proved of permits.
    pub(crate) fn has_limit(&self, action: &Entity) -> bool {
        self.limits.contains_key(action)
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

    /// The kinds of request that a policy's scope admits, whether its conditions can hold there or not.
    fn admitted(&self, policy: &Policy, scope: &TypeScope) -> Vec<u32> {
        let admits = |of: &Environment| {
            scope.actions.contains(&of.action)
                && (self.schema).admits_type(&policy.principal.value, &of.principal)
                && (self.schema).admits_type(&policy.resource.value, &of.resource)
        };
        let numbered = (0..).zip(&self.environments);
        numbered
            .filter(|(_, of)| admits(of))
            .map(|(number, _)| number)
            .collect()
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
    (schema.actions.keys())
        .filter_map(|action| {
            let limit = schema.limit(action)?;
            Some((action.clone(), limit_of(action, &limit, validator)?))
        })
        .collect()
}

/// A permit of what the limit of an action admits; `None` where it is no condition that type-checks in every request
/// for the action.
pub(super) fn limit_of(action: &Entity, limit: &str, validator: &Validator) -> Option<Parsed> {
    let text = format!("permit (principal, action == {action}, resource) when {{ {limit} }};");
    let parsed = match exceeded(&text, &Limits::default()) {
        None => crate::cedar::parse::parse(&text.into()).ok()?,
        Some(_) => return None,
    };
    crate::cedar::validate::accepts(&parsed.template, validator).then_some(parsed)
}

/// A policy for the prover.
fn bound(parsed: &Parsed) -> Bound {
    Bound {
        parsed: parsed.clone(),
        link: None,
    }
}

/// What is left of the work that one question may take.
struct Budget {
    left: u64,
}

impl Budget {
    const fn new() -> Self {
        Self {
            left: STEPS_TOGETHER,
        }
    }

    const fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Counts what a kind of request took.
    fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps.max(STEPS_EACH));
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
    /// Steps of the search.
    steps: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.undecided += other.undecided;
        self.unconfirmed += other.unconfirmed;
        self.steps += other.steps;
    }

    /// Whether there is no such request; `None` where that is not decided.
    fn rules_out(&mut self, prover: &mut Prover<'_>, question: Question<'_>) -> Option<bool> {
        self.asked += 1;
        let answer = prover.rules_out(question);
        self.steps += prover.take_steps();
        self.undecided += u32::from(answer.is_err());
        answer.ok()
    }

    fn ask(&mut self, prover: &mut Prover<'_>, question: Question<'_>) -> Answer {
        let answer = prover.ask(question);
        self.answered(prover, answer)
    }

    /// The same, where nobody reads the witness.
    fn sample(&mut self, prover: &mut Prover<'_>, question: Question<'_>) -> Answer {
        let answer = prover.sample(question);
        self.answered(prover, answer)
    }

    fn answered(&mut self, prover: &mut Prover<'_>, answer: Answer) -> Answer {
        self.asked += 1;
        self.steps += prover.take_steps();
        if let Answer::Unknown(why) = &answer {
            self.undecided += 1;
            self.unconfirmed += u32::from(matches!(why, Why::Unconfirmed(_)));
        }
        answer
    }

    /// Whether a question is ruled out in every kind of request of a list. One that is undecided, or left out because
    /// those before it took too much, leaves it undecided, unless another says no. Of no kind of request nothing is
    /// claimed.
    fn everywhere(
        &mut self,
        kinds: &[u32],
        mut ruled_out: impl FnMut(&mut Self, u32) -> Option<bool>,
    ) -> Option<bool> {
        let mut decided = !kinds.is_empty();
        let mut budget = Budget::new();
        for number in kinds {
            if budget.is_spent() {
                self.undecided += 1;
                return None;
            }
            let before = self.steps;
            match ruled_out(self, *number) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => decided = false,
            }
            budget.spend(self.steps - before);
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
        let policies: Vec<(&Parsed, Option<&Alone>)> = self.analysed(excluded).collect();
        let of_template = |at: usize| policies.get(at).map(|(parsed, _)| *parsed);
        let (links, too_many) = linked::take_part(&self.data.linked, of_template);
        let members: Vec<Given<'_>> = (policies.iter().enumerate())
            // A template takes part through its links; one with too many of them stands for what is not known.
            .filter_map(|(at, (parsed, alone))| {
                let alone = (*alone)?;
                let takes_part = !alone.is_template || too_many.contains(&at);
                takes_part.then_some(Given {
                    form: parsed.policy.canonical,
                    parsed,
                    link: None,
                    alone,
                })
            })
            .chain(links.iter().filter_map(|of| {
                let (parsed, alone) = policies.get(of.template)?;
                Some(Given {
                    form: of.form,
                    parsed,
                    link: Some(of.link),
                    alone: (*alone)?,
                })
            }))
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
