//! Guardrails: what must never be allowed, and what must stay allowed.

use std::sync::Arc;

use super::compare::Work;
use super::environments::{confirmed, readable};
use super::ground::About;
use super::pairs::pairs;
use super::policies::{changed, meaning, unlinked};
use super::side::Written;
use super::{Applies, Decided, Example, GuardrailChange, Kind, On, Verdict};
use crate::facts::Effect;
use crate::prove::{Answer, Question};
use crate::schema::Environment;

/// Every guardrail of either side: how it changed, and whether head keeps within it.
pub(super) fn guardrails(work: &mut Work<'_>) -> Vec<GuardrailChange> {
    let (base, head) = (work.base, work.head);
    let mut out = Vec::new();
    for pair in pairs(&base.guardrails, &head.guardrails) {
        let Some(change) = changed(&base.guardrails, &head.guardrails, pair) else {
            continue;
        };
        let before = pair.base.and_then(|number| base.guardrails.get(number));
        let after = pair.head.and_then(|number| head.guardrails.get(number));
        let applies = match (before, after) {
            (Some(before), Some(after)) if change.kind == Kind::Meaning => {
                Some(meaning(work, &unlinked(before), &unlinked(after)).0)
            }
            _ => None,
        };
        out.push(GuardrailChange {
            name: change.name,
            effect: change.effect,
            kind: change.kind,
            applies,
            base: change.base,
            head: change.head,
            weakened: change.kind == Kind::Removed
                || matches!(
                    applies,
                    Some(Applies::Less | Applies::Both | Applies::Unknown)
                ),
            verdict: after.map(|after| verdict(work, after)),
        });
    }
    out
}

/// Whether head's policies keep within a guardrail.
pub(super) fn verdict(work: &mut Work<'_>, guardrail: &Written<'_>) -> Verdict {
    if work.head.schema.usable().is_none() {
        return Verdict::Unknown(work.no_schema());
    }
    if guardrail.policy().is_template() {
        return Verdict::Unknown("a guardrail has no slots that a link could fill".to_owned());
    }
    if let Err(why) = readable(&work.head.opaque, "head") {
        return Verdict::Unknown(why);
    }
    let guardrail = unlinked(guardrail);
    let mut broken = Vec::new();
    let mut unknown = None;
    for number in 0..work.environments.len() {
        match broken_in(work, number, &guardrail) {
            Ok(None) => {}
            Ok(Some(found)) => broken.push(found),
            Err(why) => {
                unknown.get_or_insert(why);
            }
        }
    }
    match unknown {
        _ if !broken.is_empty() => Verdict::Broken(broken),
        Some(why) => Verdict::Unknown(why),
        None => Verdict::Holds,
    }
}

/// A request of one kind that shows it broken.
fn broken_in(
    work: &mut Work<'_>,
    number: usize,
    guardrail: &About,
) -> Result<Option<(Environment, Example)>, String> {
    let Some((environment, on)) = work.environments.get(number) else {
        return Ok(None);
    };
    let head = work.head;
    let Some((ground, schema, _, tally)) = work.shared(number) else {
        return Ok(None);
    };
    if *on == On::Base || !ground.admits(&guardrail.bound, schema) {
        return Ok(None);
    }
    let about = ground.about(head, schema)?;
    let forbids = guardrail.bound.parsed.policy.effect.value == Effect::Forbid;
    let permits = |policy: &About| policy.bound.parsed.policy.is_permit();
    if forbids && !about.iter().any(permits) {
        return Ok(None);
    }
    let policies = ground.numbers(&about)?;
    let alone = [ground.number(guardrail)?];
    let mut with = policies.clone();
    with.extend(alone);
    // What a forbid takes from what is allowed is where it applies to something that is allowed; what a permit by
    // itself allows is where it applies.
    let question = match forbids {
        true => Question::AllowedOnlyBy(&policies, &with),
        false => Question::AllowedOnlyBy(&alone, &policies),
    };
    let witness = match ground.ask(question, tally) {
        Answer::No => return Ok(None),
        Answer::Unknown(why) => return Err(why.to_string()),
        Answer::Yes(witness) => *witness,
    };
    let decided: Decided = confirmed(ground, &about, &witness, forbids, tally)?;
    let because = decided.determining.iter().map(Arc::clone).collect();
    let example = Example {
        witness,
        base: None,
        head: Some(decided),
        because,
    };
    Ok(Some((environment.clone(), example)))
}
