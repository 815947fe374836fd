//! The decision procedure: questions about policies, answered for all requests and all entities of one kind of
//! request, with a witness for every yes.
//!
//! ```text
//! facts + schema + environment ──symbolic evaluation──> formula ──SAT, lemmas──> model
//!   ──> request and entities ──Cedar's evaluator──> witness
//! ```
//!
//! A policy counts as applying where it evaluates to true; where it fails to evaluate it does not apply, as Cedar's
//! specification has it. What is left undecided is [`Answer::Unknown`], never a guess.

mod across;
mod classes;
mod confirm;
mod evaluate;
mod extension;
mod gates;
mod ip;
mod lens;
mod like;
mod linear;
mod model;
mod numbers;
mod plain;
mod search;
mod sets;
mod terms;
mod theory;
mod value;
mod witness;

use std::collections::BTreeSet;
use std::fmt;

use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::comparable;
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::{Effect, Entity, Policy};
use crate::schema::{Environment, Schema};
pub use across::{Across, Crossed, Crossing};
pub use evaluate::Opening;
pub(crate) use extension::quantity;
use gates::Bit;
pub(crate) use like::{Pattern, find};
use terms::Terms;

/// A policy, or a template with the values of one link.
#[derive(Debug, Clone)]
pub struct Bound {
    /// What it says.
    pub parsed: Parsed,
    /// The values of its slots.
    pub link: Option<Link>,
}

/// How questions are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How much work one question may take, in steps of the search. Not in time, so that the
    /// answer is the same everywhere.
    pub steps: u64,
    /// Which entities a request comes with.
    pub world: World,
}

impl Options {
    /// As many steps as some seconds have at most.
    pub const STEPS: u64 = 200_000;
}

impl Default for Options {
    /// [`Self::STEPS`], and complete worlds.
    fn default() -> Self {
        Self {
            steps: Self::STEPS,
            world: World::Complete,
        }
    }
}

/// How much work on the formula of a policy counts as a step.
const WORK: u64 = 16;

/// How deep the conditions of a policy may be together. Cedar's evaluator, which confirms every witness, takes more of
/// the stack than its type-checker: on V8's of 984 KB it bore 112 in steps of 8, and not 120.
const DEEPEST: usize = 80;

/// Whether Cedar's evaluator bears a policy on the stack of every door.
pub(crate) fn is_shallow(policy: &Policy) -> bool {
    let deepest = (policy.clauses.iter()).map(|clause| clause.body.depth());
    deepest.max().unwrap_or(0) + policy.clauses.len() <= DEEPEST
}

/// Which entities a request comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum World {
    /// All that it names: principal, action and resource, and whatever their attributes name.
    #[default]
    Complete,
    /// Any part of them: an entity that is named may be missing, and reading its attributes fails.
    Partial,
}

/// A question about policies, by the numbers that [`Prover::add`] gave them. Every question asks whether there is
/// a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'q> {
    /// That the policy applies to.
    Applies(usize),
    /// That the policy does not apply to, or fails on.
    DoesNotApply(usize),
    /// On which the policy fails to evaluate.
    Fails(usize),
    /// That the first applies to, and none of the others does: none means that the first is implied by the others.
    AppliesBeyond(usize, &'q [usize]),
    /// That these policies together allow.
    Allowed(&'q [usize]),
    /// That these policies together deny.
    Denied(&'q [usize]),
    /// That the first set allows and the second denies.
    AllowedOnlyBy(&'q [usize], &'q [usize]),
}

impl Witness {
    /// Whether Cedar compares its values with the schema in reasonable time.
    fn is_comparable(&self) -> bool {
        comparable(&self.context) && comparable(&self.entities)
    }
}

impl<'q> Question<'q> {
    /// The policies that it is about.
    fn policies(self) -> impl Iterator<Item = usize> + 'q {
        let (one, some, others): (Option<usize>, &[usize], &[usize]) = match self {
            Self::Applies(policy) | Self::DoesNotApply(policy) | Self::Fails(policy) => {
                (Some(policy), &[], &[])
            }
            Self::AppliesBeyond(policy, others) => (Some(policy), others, &[]),
            Self::Allowed(policies) | Self::Denied(policies) => (None, policies, &[]),
            Self::AllowedOnlyBy(one, other) => (None, one, other),
        };
        one.into_iter().chain(some.iter().chain(others).copied())
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// There is no such request: proved.
    No,
    /// There is, and this is one. Cedar's evaluator confirmed it.
    Yes(Box<Witness>),
    /// Undecided, and why.
    Unknown(Why),
}

/// Why a question stayed undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The search took more steps than it was given.
    Budget,
    /// A policy uses something that proofs do not cover; what, in words.
    Unsupported(String),
    /// A policy does not type-check in this kind of request.
    NotValid,
    /// Cedar's evaluator did not confirm the witness: a fault of ours.
    Unconfirmed(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget => f.write_str("it would take more steps than a proof is given"),
            Self::Unsupported(what) => write!(f, "proofs do not cover {what}"),
            Self::NotValid => f.write_str("a policy does not type-check in this kind of request"),
            Self::Unconfirmed(what) => {
                write!(f, "Cedar's evaluator did not confirm the example: {what}")
            }
        }
    }
}

/// A request with its entities, in Cedar's JSON form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Who.
    pub principal: Entity,
    /// What.
    pub action: Entity,
    /// On what.
    pub resource: Entity,
    /// The context: an object.
    pub context: serde_json::Value,
    /// The entities: an array, sorted by type and id.
    pub entities: serde_json::Value,
}

/// How two sets of policies relate in one kind of request.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Head against base.
    pub relation: Relation,
    /// A request that head allows and base denies.
    pub newly_allowed: Option<Witness>,
    /// A request that head denies and base allows.
    pub newly_denied: Option<Witness>,
    /// Why it is unknown, where it is.
    pub why: Option<Why>,
}

/// Head against base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Both allow the same requests.
    Equivalent,
    /// Head allows all that base allows, and more.
    Wider,
    /// Head allows less, and nothing new.
    Narrower,
    /// Head allows something that base denies, and the other way round.
    Incomparable,
    /// Undecided in at least one direction.
    Unknown,
}

impl Relation {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Incomparable => "incomparable",
            Self::Unknown => "unknown",
        }
    }
}

/// Policies in one kind of request.
pub struct Prover<'a> {
    validator: &'a ValidatorSchema,
    options: Options,
    terms: Terms<'a>,
    bounds: Vec<Bound>,
    outcomes: Vec<Result<evaluate::Outcome, Why>>,
    /// The entities that each policy reads by name.
    read: Vec<BTreeSet<Entity>>,
    /// Steps that were taken and not yet counted by whoever asks.
    steps: u64,
}

impl fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("environment", &self.terms.environment)
            .field("policies", &self.bounds.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Prover<'a> {
    /// Without policies yet.
    pub fn new(
        schema: &'a Schema,
        validator: &'a ValidatorSchema,
        environment: &'a Environment,
        options: Options,
    ) -> Self {
        Self {
            validator,
            options,
            terms: Terms::new(schema, environment, options.world),
            bounds: Vec::new(),
            outcomes: Vec::new(),
            read: Vec::new(),
            steps: 0,
        }
    }

    /// Adds a policy, and says by which number questions name it. `valid` says whether it type-checks in this
    /// kind of request; questions about one that does not stay undecided.
    pub fn add(&mut self, bound: &Bound, valid: bool) -> usize {
        let slots = evaluate::Slots::of(bound);
        let before = self.terms.gates.work();
        let outcome = if !is_shallow(&bound.parsed.policy) {
            Err(Why::Unsupported("conditions as deep as these".to_owned()))
        } else if valid {
            self.terms.allow(self.options.steps.saturating_mul(WORK));
            evaluate::policy(&bound.parsed.policy, &slots, &mut self.terms)
        } else {
            Err(Why::NotValid)
        };
        self.steps += (self.terms.gates.work() - before) / WORK;
        self.outcomes.push(outcome);
        self.read.push(std::mem::take(&mut self.terms.read));
        self.bounds.push(bound.clone());
        self.bounds.len() - 1
    }

    /// Notes which conditions of a policy are decided by types alone in this kind of request.
    pub fn look_at(&mut self, bound: &Bound, opening: &mut Opening) {
        // What cannot be said of it stays out.
        let _ = self.opened(bound, opening);
    }

    /// Whether the first policies would allow something that the second do not, if what is open came out otherwise.
    ///
    /// # Errors
    ///
    /// Why it stayed undecided.
    pub fn would_allow_more(
        &mut self,
        after: &[&Bound],
        before: &[&Bound],
        opening: &mut Opening,
    ) -> Result<bool, Why> {
        let after = self.allowed_opened(after, opening)?;
        let before = self.allowed_opened(before, opening)?;
        let goal = self.terms.gates.and(after, !before);
        let mut steps = self.options.steps;
        Ok(!search::is_unsatisfiable(
            &mut self.terms,
            goal,
            &mut steps,
        )?)
    }

    fn allowed_opened(&mut self, policies: &[&Bound], opening: &mut Opening) -> Result<Bit, Why> {
        let (mut permitted, mut forbidden) = (Bit::FALSE, Bit::FALSE);
        for bound in policies {
            let applies = self.opened(bound, opening)?;
            let any = match bound.parsed.policy.is_permit() {
                true => &mut permitted,
                false => &mut forbidden,
            };
            *any = self.terms.gates.or(*any, applies);
        }
        Ok(self.terms.gates.and(permitted, !forbidden))
    }

    fn opened(&mut self, bound: &Bound, opening: &mut Opening) -> Result<Bit, Why> {
        if !is_shallow(&bound.parsed.policy) {
            return Err(Why::Unsupported("conditions as deep as these".to_owned()));
        }
        self.terms.is_open = true;
        self.terms.allow(self.options.steps.saturating_mul(WORK));
        evaluate::opened(
            &bound.parsed.policy,
            &evaluate::Slots::of(bound),
            opening,
            &mut self.terms,
        )
    }

    /// Whether it is plain, without a search, that the policy never applies in this kind of request.
    pub fn is_irrelevant(&self, policy: usize) -> bool {
        self.outcomes
            .get(policy)
            .is_some_and(|outcome| outcome.as_ref().is_ok_and(|of| of.applies == Bit::FALSE))
    }

    /// The steps that were taken since this was asked last.
    pub fn take_steps(&mut self) -> u64 {
        std::mem::take(&mut self.steps)
    }

    /// Does what takes steps, and counts them: all that it may take, where that was not enough.
    fn within_steps<T>(
        &mut self,
        act: impl FnOnce(&mut Terms<'a>, &mut u64) -> Result<T, Why>,
    ) -> Result<T, Why> {
        let mut left = self.options.steps;
        let found = act(&mut self.terms, &mut left);
        self.steps += match found {
            Ok(_) => self.options.steps - left,
            Err(_) => self.options.steps,
        };
        found
    }

    /// Answers a question.
    pub fn ask(&mut self, question: Question<'_>) -> Answer {
        self.answer(question, true)
    }

    /// Answers a question with the first witness that is found, plain or not: for who evaluates it and shows it to nobody.
    pub(crate) fn sample(&mut self, question: Question<'_>) -> Answer {
        self.answer(question, false)
    }

    /// Whether there is no request that the question asks for. Where there is one it is not made: for who only
    /// wants to know what can be ruled out.
    ///
    /// # Errors
    ///
    /// Why it stayed undecided.
    pub fn rules_out(&mut self, question: Question<'_>) -> Result<bool, Why> {
        let found = self.goal(question).and_then(|goal| {
            self.within_steps(|terms, steps| search::is_unsatisfiable(terms, goal, steps))
        });
        match found {
            Err(_) if self.differ_in_nothing(question) => Ok(true),
            found => found,
        }
    }

    /// Whether two policies answer every request alike: they apply to the same ones and fail on the same ones.
    ///
    /// # Errors
    ///
    /// Why it stayed undecided.
    pub fn answer_alike(&mut self, one: usize, other: usize) -> Result<bool, Why> {
        let (one, other) = (self.outcome(one)?, self.outcome(other)?);
        let gates = &mut self.terms.gates;
        let applies = gates.xor(one.applies, other.applies);
        let fails = gates.xor(one.fails, other.fails);
        let goal = gates.or(applies, fails);
        let mut steps = self.options.steps;
        search::is_unsatisfiable(&mut self.terms, goal, &mut steps)
    }

    fn answer(&mut self, question: Question<'_>, is_read: bool) -> Answer {
        match self.answered(question, is_read) {
            Ok(answer) => answer,
            Err(why) => Answer::Unknown(why),
        }
    }

    fn answered(&mut self, question: Question<'_>, is_read: bool) -> Result<Answer, Why> {
        let found = self.goal(question).and_then(|goal| {
            self.within_steps(|terms, steps| search::search(terms, goal, steps, is_read))
        });
        let found = match found {
            Err(_) if self.differ_in_nothing(question) => return Ok(Answer::No),
            found => found?,
        };
        match found {
            search::Outcome::Unsatisfiable => Ok(Answer::No),
            search::Outcome::Satisfied(model) => {
                let read = self.read_by(question.policies());
                let witness = witness::witness(&self.terms, &model, &read);
                if !witness.is_comparable() {
                    return Err(Why::Unsupported(
                        "records in records as deep as these".to_owned(),
                    ));
                }
                confirm::confirm(&witness, question, &self.bounds, self.validator)
                    .map_err(Why::Unconfirmed)?;
                Ok(Answer::Yes(Box::new(witness)))
            }
        }
    }

    /// The entities that policies read by name.
    fn read_by(&self, policies: impl Iterator<Item = usize>) -> BTreeSet<Entity> {
        policies
            .filter_map(|policy| self.read.get(policy))
            .flatten()
            .cloned()
            .collect()
    }

    fn goal(&mut self, question: Question<'_>) -> Result<Bit, Why> {
        Ok(match question {
            Question::Applies(policy) => self.outcome(policy)?.applies,
            Question::DoesNotApply(policy) => !self.outcome(policy)?.applies,
            Question::Fails(policy) => self.outcome(policy)?.fails,
            Question::AppliesBeyond(policy, others) => {
                let mut goal = self.outcome(policy)?.applies;
                for other in others {
                    let other = self.outcome(*other)?.applies;
                    goal = self.terms.gates.and(goal, !other);
                }
                goal
            }
            Question::Allowed(policies) => self.allowed(policies)?,
            Question::Denied(policies) => !self.allowed(policies)?,
            Question::AllowedOnlyBy(one, other) => self.allowed_only_by(one, other)?,
        })
    }

    fn outcome(&self, policy: usize) -> Result<evaluate::Outcome, Why> {
        match self.outcomes.get(policy) {
            Some(outcome) => outcome.clone(),
            None => Err(Why::NotValid),
        }
    }

    /// Whether a policy of this effect applies.
    fn any(&mut self, policies: &[usize], effect: Effect) -> Result<Bit, Why> {
        let mut any = Bit::FALSE;
        for policy in policies {
            let is_one = self
                .bounds
                .get(*policy)
                .is_some_and(|bound| bound.parsed.policy.effect.value == effect);
            if is_one {
                let applies = self.outcome(*policy)?.applies;
                any = self.terms.gates.or(any, applies);
            }
        }
        Ok(any)
    }

    fn allowed(&mut self, policies: &[usize]) -> Result<Bit, Why> {
        let permitted = self.any(policies, Effect::Permit)?;
        let forbidden = self.any(policies, Effect::Forbid)?;
        Ok(self.terms.gates.and(permitted, !forbidden))
    }

    /// A policy that both sets have permits or forbids for both: so what makes the difference is a policy that only
    /// one of them has, and where there is none there is nothing to be searched.
    fn allowed_only_by(&mut self, one: &[usize], other: &[usize]) -> Result<Bit, Why> {
        let [only_one, only_other] = self.difference(one, other)?;
        let newly_permitted = self.any(&only_one, Effect::Permit)?;
        let no_longer_forbidden = self.any(&only_other, Effect::Forbid)?;
        let difference = self.terms.gates.or(newly_permitted, no_longer_forbidden);
        let (by_one, by_other) = (self.allowed(one)?, self.allowed(other)?);
        let only = self.terms.gates.and(by_one, !by_other);
        Ok(self.terms.gates.and(difference, only))
    }

    /// Whether what tells two sets apart already allows nothing that is not denied, whatever the policies say that
    /// both have. These are left out of the formula, so that what is hard in them stands in nobody's way.
    fn differ_in_nothing(&mut self, question: Question<'_>) -> bool {
        let Question::AllowedOnlyBy(one, other) = question else {
            return false;
        };
        let difference = self
            .difference(one, other)
            .and_then(|[only_one, only_other]| {
                let permits = self.any(&only_one, Effect::Permit)?;
                let permitted = self.any(&only_other, Effect::Permit)?;
                let forbids = self.any(&only_one, Effect::Forbid)?;
                let forbidden = self.any(&only_other, Effect::Forbid)?;
                let gates = &mut self.terms.gates;
                let newly_permitted = gates.and(permits, !permitted);
                let difference = gates.or(newly_permitted, forbidden);
                Ok(gates.and(difference, !forbids))
            });
        let mut steps = self.options.steps;
        difference.is_ok_and(|goal| {
            search::is_unsatisfiable(&mut self.terms, goal, &mut steps) == Ok(true)
        })
    }

    /// The policies that only the first set has, and those that only the second has.
    fn difference(&self, one: &[usize], other: &[usize]) -> Result<[Vec<usize>; 2], Why> {
        let only = |some: &[usize], others: &[usize]| {
            let mut only = Vec::new();
            for policy in some {
                if !self.is_among(*policy, others)? {
                    only.push(*policy);
                }
            }
            Ok(only)
        };
        Ok([only(one, other)?, only(other, one)?])
    }

    /// Whether a policy that comes to the same is among others.
    fn is_among(&self, policy: usize, others: &[usize]) -> Result<bool, Why> {
        if others.contains(&policy) {
            return Ok(true);
        }
        let effect = |policy: usize| {
            self.bounds
                .get(policy)
                .map(|bound| bound.parsed.policy.effect.value)
        };
        let applies = self.outcome(policy)?.applies;
        for other in others {
            if effect(*other) == effect(policy) && self.outcome(*other)?.applies == applies {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Compares two sets of policies.
    pub fn compare(&mut self, base: &[usize], head: &[usize]) -> Comparison {
        let allowed = self.ask(Question::AllowedOnlyBy(head, base));
        let denied = self.ask(Question::AllowedOnlyBy(base, head));
        let relation = match (&allowed, &denied) {
            (Answer::Unknown(_), _) | (_, Answer::Unknown(_)) => Relation::Unknown,
            (Answer::No, Answer::No) => Relation::Equivalent,
            (Answer::Yes(_), Answer::No) => Relation::Wider,
            (Answer::No, Answer::Yes(_)) => Relation::Narrower,
            (Answer::Yes(_), Answer::Yes(_)) => Relation::Incomparable,
        };
        let why = [&allowed, &denied]
            .into_iter()
            .find_map(|answer| match answer {
                Answer::Unknown(why) => Some(why.clone()),
                _ => None,
            });
        let witness = |answer| match answer {
            Answer::Yes(witness) => Some(*witness),
            _ => None,
        };
        Comparison {
            relation,
            newly_allowed: witness(allowed),
            newly_denied: witness(denied),
            why,
        }
    }
}
