//! Holds a witness against Cedar's evaluator.

use super::{Bound, Question, Witness};
use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::{
    Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict, entities,
};
use crate::facts::Effect;

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
    let entities = entities(&witness.entities.to_string(), Some(validator))?;
    let text = RequestText {
        principal: &witness.principal,
        action: &witness.action,
        resource: &witness.resource,
        context: &witness.context,
    };
    let mut symbols = Symbols::default();
    let request = Prepared::new(&text, &entities, Some(validator), Naming::Add(&mut symbols))?;
    let evaluation = Evaluation::new(&request, &entities);
    let mut verdict = |number: usize| -> Result<(Effect, Verdict), String> {
        let bound = bounds
            .get(number)
            .ok_or_else(|| format!("there is no policy {number}"))?;
        let compiled = Compiled::new(&bound.parsed, bound.link.as_ref(), &mut symbols)
            .ok_or_else(|| "a template has no values for its slots".to_owned())?;
        let effect = bound.parsed.policy.effect.value;
        Ok((effect, evaluation.verdict(&compiled)))
    };
    let mut allowed = |policies: &[usize]| -> Result<bool, String> {
        let mut permitted = false;
        for number in policies {
            match verdict(*number)? {
                (Effect::Forbid, Verdict::Applies) => return Ok(false),
                (Effect::Permit, Verdict::Applies) => permitted = true,
                _ => {}
            }
        }
        Ok(permitted)
    };
    let (holds, what) = match question {
        Question::Allowed(policies) => (allowed(policies)?, "it is denied"),
        Question::Denied(policies) => (!allowed(policies)?, "it is allowed"),
        Question::AllowedOnlyBy(one, other) => (
            allowed(one)? && !allowed(other)?,
            "the decisions are not those",
        ),
        Question::Applies(number) => (
            verdict(number)?.1 == Verdict::Applies,
            "the policy does not apply",
        ),
        Question::DoesNotApply(number) => {
            (verdict(number)?.1 != Verdict::Applies, "the policy applies")
        }
        Question::Fails(number) => (
            matches!(verdict(number)?.1, Verdict::Fails(_)),
            "the policy does not fail",
        ),
        Question::AppliesBeyond(number, others) => {
            let mut holds = verdict(number)?.1 == Verdict::Applies;
            for other in others {
                holds = holds && verdict(*other)?.1 != Verdict::Applies;
            }
            (holds, "the policies do not apply so")
        }
    };
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
