//! Holds a witness against Cedar's evaluator.

use super::{Bound, Question, Witness};
use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::{
    Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict, entities,
};
use crate::facts::Effect;

/// A request with its entities, and policies to decide it by.
struct Trial<'t> {
    evaluation: Evaluation<'t>,
    bounds: &'t [Bound],
    symbols: Symbols,
}

impl Trial<'_> {
    fn verdict(&mut self, number: usize) -> Result<(Effect, Verdict), String> {
        let bound = (self.bounds)
            .get(number)
            .ok_or_else(|| format!("there is no policy {number}"))?;
        let compiled = Compiled::new(&bound.parsed, bound.link.as_ref(), &mut self.symbols)
            .ok_or_else(|| "a template has no values for its slots".to_owned())?;
        let effect = bound.parsed.policy.effect.value;
        Ok((effect, self.evaluation.verdict(&compiled)))
    }

    fn applies(&mut self, number: usize) -> Result<bool, String> {
        Ok(self.verdict(number)?.1 == Verdict::Applies)
    }

    fn allowed(&mut self, policies: &[usize]) -> Result<bool, String> {
        let mut permitted = false;
        for number in policies {
            match self.verdict(*number)? {
                (Effect::Forbid, Verdict::Applies) => return Ok(false),
                (Effect::Permit, Verdict::Applies) => permitted = true,
                _ => {}
            }
        }
        Ok(permitted)
    }
}

/// Does something with a witness, if it is a valid request with valid entities.
fn with<T>(
    witness: &Witness,
    bounds: &[Bound],
    validator: &ValidatorSchema,
    then: impl FnOnce(&mut Trial<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let entities = entities(&witness.entities.to_string(), Some(validator))?;
    let text = RequestText {
        principal: &witness.principal,
        action: &witness.action,
        resource: &witness.resource,
        context: &witness.context,
    };
    let mut symbols = Symbols::default();
    let request = Prepared::new(&text, &entities, Some(validator), Naming::Add(&mut symbols))?;
    then(&mut Trial {
        evaluation: Evaluation::new(&request, &entities),
        bounds,
        symbols,
    })
}

/// What one side must do with a witness of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Must<'m> {
    /// Allow it.
    Allow(&'m [usize]),
    /// Deny it.
    Deny(&'m [usize]),
    /// A policy applies.
    Apply(usize),
    /// None of these applies.
    ApplyNone(&'m [usize]),
}

/// Whether the witness is a valid request with valid entities with which policies do what they must.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn does(
    witness: &Witness,
    must: Must<'_>,
    bounds: &[Bound],
    validator: &ValidatorSchema,
) -> Result<(), String> {
    with(witness, bounds, validator, |trial| {
        let holds = match must {
            Must::Allow(policies) => trial.allowed(policies)?,
            Must::Deny(policies) => !trial.allowed(policies)?,
            Must::Apply(policy) => trial.applies(policy)?,
            Must::ApplyNone(policies) => {
                let mut none = true;
                for policy in policies {
                    none = none && !trial.applies(*policy)?;
                }
                none
            }
        };
        match holds {
            true => Ok(()),
            false => Err("one side decides otherwise".to_owned()),
        }
    })
}

/// Whether Cedar takes the witness for a valid request with valid entities.
pub(super) fn is_accepted(witness: &Witness, validator: &ValidatorSchema) -> bool {
    with(witness, &[], validator, |_| Ok(())).is_ok()
}

/// Whether the witness is a valid request with valid entities on which the policies do what the question says.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn confirm(
    witness: &Witness,
    question: Question<'_>,
    bounds: &[Bound],
    validator: &ValidatorSchema,
) -> Result<(), String> {
    let (holds, what) = with(witness, bounds, validator, |trial| {
        Ok(match question {
            Question::Allowed(policies) => (trial.allowed(policies)?, "it is denied"),
            Question::Denied(policies) => (!trial.allowed(policies)?, "it is allowed"),
            Question::AllowedOnlyBy(one, other) => (
                trial.allowed(one)? && !trial.allowed(other)?,
                "the decisions are not those",
            ),
            Question::Applies(number) => (trial.applies(number)?, "the policy does not apply"),
            Question::DoesNotApply(number) => (!trial.applies(number)?, "the policy applies"),
            Question::Fails(number) => (
                matches!(trial.verdict(number)?.1, Verdict::Fails(_)),
                "the policy does not fail",
            ),
            Question::AppliesBeyond(number, others) => {
                let mut holds = trial.applies(number)?;
                for other in others {
                    holds = holds && !trial.applies(*other)?;
                }
                (holds, "the policies do not apply so")
            }
        })
    })?;
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
