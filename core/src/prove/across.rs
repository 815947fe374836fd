//! Questions about two sides, each of which has a schema of its own; see [`super::lens`].

use super::confirm::{Must, does, is_accepted};
use super::gates::Bit;
use super::{Bound, Options, Prover, Why, Witness, search, witness};
use crate::cedar::ValidatorSchema;
use crate::schema::{Environment, Schema};

/// The policies of two sides in one kind of request that both schemas have.
///
/// The first side is the one that decides for real: head where something may be newly allowed, base where something may
/// be newly denied.
#[derive(Debug)]
pub struct Across<'a> {
    prover: Prover<'a>,
    validators: [&'a ValidatorSchema; 2],
}

/// Whether there is a request
#[derive(Debug, Clone, Copy)]
pub enum Crossing<'q> {
    /// that these of the first side allow, and that the second side denies or, by its schema, refuses.
    AllowedOnlyByFirst(&'q [usize], &'q [usize]),
    /// that this policy of the second side applies to, and none of these of the first.
    AppliesOnlyInSecond(usize, &'q [usize]),
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Crossed {
    /// There is no such request: proved.
    No,
    /// There is. Cedar's evaluator confirmed it for each side.
    Yes {
        /// The request as the first side has it.
        first: Box<Witness>,
        /// As the second side has it; `None` where its schema refuses it.
        second: Option<Box<Witness>>,
    },
}

impl<'a> Across<'a> {
    /// Without policies yet. `second_is_base` says which side is base.
    pub fn new(
        first: (&'a Schema, &'a ValidatorSchema),
        second: (&'a Schema, &'a ValidatorSchema),
        second_is_base: bool,
        environment: &'a Environment,
        options: Options,
    ) -> Self {
        let mut prover = Prover::new(first.0, first.1, environment, options);
        prover.terms.add_lens(second.0, second_is_base);
        Self {
            prover,
            validators: [first.1, second.1],
        }
    }

    /// Adds a policy of one side, which type-checks there, and says by which number questions name it.
    pub fn add(&mut self, bound: &Bound, of_second: bool) -> usize {
        self.prover.terms.look_through(of_second);
        let number = self.prover.add(bound, true);
        self.prover.terms.look_through(false);
        number
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// Why it stayed undecided.
    pub fn ask(&mut self, crossing: Crossing<'_>) -> Result<Crossed, Why> {
        let (goal, foreign) = self.goal(crossing)?;
        let found = self
            .prover
            .within_steps(|terms, steps| search::search(terms, goal, steps, true))?;
        let search::Outcome::Satisfied(model) = found else {
            return Ok(Crossed::No);
        };
        let (policies, others): (Vec<usize>, &[usize]) = match crossing {
            Crossing::AllowedOnlyByFirst(one, other) => (one.to_vec(), other),
            Crossing::AppliesOnlyInSecond(one, others) => (vec![one], others),
        };
        let read = self.prover.read_by(policies.iter().chain(others).copied());
        let [first, second] = [false, true].map(|of_second| {
            self.prover.terms.look_through(of_second);
            witness::witness(&self.prover.terms, &model, &read)
        });
        self.prover.terms.look_through(false);
        if !first.is_comparable() || !second.is_comparable() {
            return Err(Why::Unsupported(
                "records in records as deep as these".to_owned(),
            ));
        }
        let refused = model.holds(foreign);
        let [of_first, of_second] = match crossing {
            Crossing::AllowedOnlyByFirst(one, other) => [Must::Allow(one), Must::Deny(other)],
            Crossing::AppliesOnlyInSecond(one, others) => {
                [Must::ApplyNone(others), Must::Apply(one)]
            }
        };
        let bounds = &self.prover.bounds;
        let [by_first, by_second] = self.validators;
        does(&first, of_first, bounds, by_first).map_err(Why::Unconfirmed)?;
        if !refused {
            does(&second, of_second, bounds, by_second).map_err(Why::Unconfirmed)?;
        } else if is_accepted(&second, by_second) {
            return Err(Why::Unconfirmed("the schema accepts it".to_owned()));
        }
        Ok(Crossed::Yes {
            first: Box::new(first),
            second: (!refused).then(|| Box::new(second)),
        })
    }

    fn goal(&mut self, crossing: Crossing<'_>) -> Result<(Bit, Bit), Why> {
        let foreign = self.prover.terms.foreign();
        let goal = match crossing {
            Crossing::AllowedOnlyByFirst(one, other) => {
                // Nothing new where both sides have what comes to the same, and both schemas take the request.
                let [only_one, only_other] = self.prover.difference(one, other)?;
                let by_one = self.prover.allowed(one)?;
                if only_one.is_empty() && only_other.is_empty() {
                    let gates = &mut self.prover.terms.gates;
                    gates.and(by_one, foreign)
                } else {
                    let by_other = self.prover.allowed(other)?;
                    let gates = &mut self.prover.terms.gates;
                    let by_other = gates.and(by_other, !foreign);
                    gates.and(by_one, !by_other)
                }
            }
            Crossing::AppliesOnlyInSecond(one, others) => {
                let mut goal = self.prover.outcome(one)?.applies;
                for other in others {
                    let other = self.prover.outcome(*other)?.applies;
                    goal = self.prover.terms.gates.and(goal, !other);
                }
                self.prover.terms.gates.and(goal, !foreign)
            }
        };
        Ok((goal, foreign))
    }
}
