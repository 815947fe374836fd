//! Guardrails: what must never be allowed, and what must stay allowed.

use super::across::{Cross, Shown};
use super::compare::{Work, all};
use super::environments::{confirmed, readable};
use super::ground::{About, Ask};
use super::idle;
use super::memo::Memo;
use super::pairs::pairs;
use super::policies::{changed, meaning, unlinked};
use super::says_more::says_as_much;
use super::side::{Grammar, Side, Written};
use super::{Applies, Example, GuardrailChange, Kind, Options, Undecided, Verdict, is_weakened};
use crate::cedar::validate::accepts;
use crate::facts::Effect;
use crate::prove::{Answer, Witness};
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
        let (applies, lost) = match (before, after) {
            (Some(before), Some(after)) if change.kind == Kind::Meaning => {
                let came_to = meaning(work, &unlinked(before), &unlinked(after));
                (Some(came_to.applies), came_to.lost)
            }
            (Some(before), None) => (None, first_of(work, &unlinked(before))),
            _ => (None, None),
        };
        let (mut weakened, mut no_longer) = (is_weakened(change.kind, applies), None);
        if let Some((number, witness)) = lost {
            no_longer = decided(work, number, *witness);
        } else if let (Some(before), Some(after)) = (before, after)
            && let Some(lost) = lost_by_schema(work, &unlinked(before), &unlinked(after))
        {
            weakened = true;
            no_longer = lost;
        }
        let says_as_much = before
            .zip(after)
            .is_some_and(|(before, after)| says_as_much(before.policy(), after.policy()));
        out.push(GuardrailChange {
            name: change.name,
            says_as_much,
            effect: change.effect,
            kind: change.kind,
            applies,
            base: change.base,
            head: change.head,
            weakened,
            no_longer,
            verdict: after.map(|after| verdict(work, after)),
        });
    }
    out
}

impl GuardrailChange {
    /// Whether it guards more than it did, and head keeps within it: proved.
    pub fn is_only_stricter(&self) -> bool {
        let guards_more = match self.kind {
            Kind::Added => true,
            Kind::Meaning => {
                self.says_as_much && matches!(self.applies, Some(Applies::More | Applies::Same))
            }
            _ => false,
        };
        guards_more && !self.weakened && self.verdict == Some(Verdict::Holds)
    }
}

/// A request that a guardrail of base is about, with the number of its kind.
fn first_of(work: &mut Work<'_>, guardrail: &About) -> Option<(usize, Box<Witness>)> {
    (0..work.environments.len()).find_map(|number| {
        let (ground, _, own, asking) = work.shared(number)?;
        if !ground.admits(&guardrail.bound, own) {
            return None;
        }
        match ground.ask([Ask::AppliesBeyond(guardrail, &[])], asking) {
            Ok([Answer::Yes(witness)]) => Some((number, witness)),
            _ => None,
        }
    })
}

/// A request that a guardrail of base is about by base's types, and that head's is about no more by head's. The outer
/// `None` where there is none; the inner where it stayed undecided.
fn lost_by_schema(work: &mut Work<'_>, before: &About, after: &About) -> Option<Option<Example>> {
    let mut undecided = None;
    for number in work.retyped().iter().copied() {
        let Some((mut sides, asking)) = work.sides(number) else {
            continue;
        };
        if !sides.base.admits(&before.bound, sides.base.schemas().0) {
            continue;
        }
        match sides.ask(Cross::NoLonger(before, std::slice::from_ref(after)), asking) {
            Ok(None) => {}
            Ok(Some(shown)) => return Some(as_decided(work, number, shown)),
            Err(_) => undecided = Some(None),
        }
    }
    undecided
}

/// A request as each schema has it, with what each side decides of it.
fn as_decided(work: &mut Work<'_>, number: usize, shown: Shown) -> Option<Example> {
    let (base, head) = (work.base, work.head);
    let (sides, _) = work.sides(number)?;
    let before = sides.base.about(base, sides.base.schemas().0).ok()?;
    let after = sides.head.about(head, sides.head.schemas().0).ok()?;
    sides.example(shown, &before, &after, false).ok()
}

/// A request with what both sides decide of it, as far as they can be read.
fn decided(work: &mut Work<'_>, number: usize, witness: Witness) -> Option<Example> {
    let (base, head) = (work.base, work.head);
    let (ground, schema, own, _) = work.shared(number)?;
    let entities = ground.entities(&witness).ok()?;
    let [base, head] = [(base, own), (head, schema)].map(|(side, own)| {
        let about = ground.about(side, own).ok()?;
        let decided = ground.decide(&about, &witness, &entities).ok()?;
        side.opaque.is_empty().then_some(decided)
    });
    Some(Example {
        witness,
        counterpart: None,
        base,
        head,
        because: Vec::new(),
    })
}

/// What a check finds out of a guardrail.
pub(crate) struct Kept {
    /// Its place among the side's guardrails.
    pub(crate) number: usize,
    /// Whether policies keep within it.
    pub(crate) verdict: Verdict,
}

/// Whether a bundle's policies keep within its guardrails.
pub(crate) fn kept(side: &Side<'_>, options: &Options, memo: &mut Memo) -> Vec<Kept> {
    let environments = all(side, side);
    let mut work = Work::new(side, side, &environments, options, memo);
    let guardrails = side.guardrails.iter().enumerate();
    guardrails
        .map(|(number, guardrail)| Kept {
            number,
            verdict: verdict(&mut work, guardrail),
        })
        .collect()
}

/// Whether head's policies keep within a guardrail.
fn verdict(work: &mut Work<'_>, guardrail: &Written<'_>) -> Verdict {
    let undecided = |why: String, mistake| Verdict::Unknown(Undecided { why, mistake });
    match work.head.schema {
        Grammar::Is(..) => {}
        Grammar::Broken => return undecided(work.no_schema(), true),
        Grammar::Absent => return undecided(work.no_schema(), false),
    }
    if guardrail.policy().is_template() {
        let why = "a guardrail has no slots that a link could fill";
        return undecided(why.to_owned(), false);
    }
    if let Err(why) = readable(&work.head.opaque, "head") {
        return undecided(why, true);
    }
    let guardrail = unlinked(guardrail);
    let mut broken = Vec::new();
    let mut unknown: Option<Undecided> = None;
    for number in 0..work.environments.len() {
        match broken_in(work, number, &guardrail) {
            Ok(None) => {}
            Ok(Some(found)) => broken.push(found),
            // What is no mistake is told nowhere else.
            Err(found) => match &unknown {
                Some(known) if !known.mistake || found.mistake => {}
                _ => unknown = Some(found),
            },
        }
    }
    match unknown {
        _ if !broken.is_empty() => Verdict::Broken(broken),
        Some(found) => Verdict::Unknown(found),
        // Of no request at all everything holds.
        None => match idle::why(work, &guardrail) {
            None => Verdict::Holds,
            Some(_) if !is_accepted(work, &guardrail) => {
                undecided("the guardrail does not type-check".to_owned(), true)
            }
            Some(why) => Verdict::Idle(why),
        },
    }
}

/// Whether Cedar accepts a guardrail under head's schema.
fn is_accepted(work: &Work<'_>, guardrail: &About) -> bool {
    let schema = work.head.schema.usable();
    schema.is_some_and(|(_, validator)| accepts(&guardrail.bound.parsed.template, validator))
}

/// A request of one kind that shows it broken.
fn broken_in(
    work: &mut Work<'_>,
    number: usize,
    guardrail: &About,
) -> Result<Option<(Environment, Example)>, Undecided> {
    let mistake = |why| Undecided { why, mistake: true };
    let undecided = |why| Undecided {
        why,
        mistake: false,
    };
    let Some((environment, _)) = work.environments.get(number) else {
        return Ok(None);
    };
    let head = work.head;
    let Some((ground, schema, _, asking)) = work.shared(number) else {
        return Ok(None);
    };
    if !ground.admits(&guardrail.bound, schema) {
        return Ok(None);
    }
    let about = ground.about(head, schema).map_err(undecided)?;
    let forbids = guardrail.bound.parsed.policy.effect.value == Effect::Forbid;
    let permits = |policy: &About| policy.bound.parsed.policy.is_permit();
    if forbids && !about.iter().any(permits) {
        return Ok(None);
    }
    // What a forbid takes from what is allowed is where it applies to something that is allowed; what a permit by
    // itself allows is where it applies.
    let answer = if forbids {
        let mut with: Vec<About> = about.iter().map(About::copy).collect();
        with.push(guardrail.copy());
        ground.ask([Ask::AllowedOnlyBy(&about, &with)], asking)
    } else {
        let alone = std::slice::from_ref(guardrail);
        ground.ask([Ask::AllowedOnlyBy(alone, &about)], asking)
    };
    let [answer] = answer.map_err(mistake)?;
    let witness = match answer {
        Answer::No => return Ok(None),
        Answer::Unknown(why) => return Err(undecided(why.to_string())),
        Answer::Yes(witness) => *witness,
    };
    let decided = confirmed(ground, &about, &witness, forbids, asking).map_err(undecided)?;
    let because = decided.determining.clone();
    let example = Example {
        witness,
        counterpart: None,
        base: None,
        head: Some(decided),
        because,
    };
    Ok(Some((environment.clone(), example)))
}
