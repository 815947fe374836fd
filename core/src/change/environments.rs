//! What the change does to one kind of request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::across::Cross;
use super::compare::{Work, no_schema};
use super::ground::{About, Ask, Asking, Ground};
use super::side::{Key, Opaque, Side};
use super::{Allows, Decided, EnvironmentChange, Example, On, Relation, schema};
use crate::facts::{ExprKind, Policy};
use crate::prove::{Answer, Witness};

/// What the change does to the kind of request with this number.
pub(super) fn environment(work: &mut Work<'_>, number: usize) -> Option<EnvironmentChange> {
    let (environment, on) = work.environments.get(number)?;
    let (base, head) = (work.base, work.head);
    let schemas = base.schema.usable().zip(head.schema.usable());
    let mut change = EnvironmentChange {
        environment: environment.clone(),
        on: *on,
        schema_changed: match schemas {
            Some(_) if work.same_schema() => false,
            Some(((before, _), (after, _))) => {
                !schema::same_for(before, after, environment, &BTreeSet::new())
            }
            None => true,
        },
        relation: Relation::Unknown,
        why: None,
        asked: false,
        newly_allowed: None,
        newly_denied: None,
        head_allows: None,
    };
    let found = match on {
        On::Both => both(work, number, &mut change),
        On::Head => one(work, number, &mut change, head, "head"),
        // Head may have it all the same, if only its schema could be read.
        On::Base => match no_schema(head.schema, "head") {
            Some(why) => Err(why),
            None => one(work, number, &mut change, base, "base"),
        },
    };
    match found {
        Ok(relation) => change.relation = relation,
        Err(why) => change.why = Some(why),
    }
    Some(change)
}

/// A kind of request that both sides have.
fn both(
    work: &mut Work<'_>,
    number: usize,
    change: &mut EnvironmentChange,
) -> Result<Relation, String> {
    let (base, head) = (work.base, work.head);
    for (side, name) in [(head, "head"), (base, "base")] {
        if matches!(side.schema, super::Grammar::Broken) {
            return Err(no_schema(side.schema, name).unwrap_or_default());
        }
    }
    let no_schema = work.no_schema();
    let (ground, schema, own, _) = work.shared(number).ok_or(no_schema)?;
    let before = ground.about(base, own)?;
    let after = ground.about(head, schema)?;
    let says_the_same = keys(&before) == keys(&after) && base.opaque == head.opaque;
    let both = before.iter().chain(&after);
    let named = literal_types(both.map(|policy| &*policy.bound.parsed.policy));
    let retyped = work.is_retyped(number, &named);
    change.schema_changed |= retyped;
    if says_the_same && !retyped {
        return Ok(Relation::Equivalent);
    }
    readable(&head.opaque, "head")?;
    readable(&base.opaque, "base")?;
    change.asked = true;
    let mut found = Found::default();
    if !says_the_same {
        under_heads(work, number, [&before, &after], change, &mut found);
    }
    if retyped {
        under_each(work, number, &after, change, &mut found);
    }
    let relation = found.relation();
    if let Some((ground, asking)) = work.ground(number) {
        change.head_allows = head_allows(ground, relation, &after, asking);
    }
    Ok(relation)
}

/// What is known so far of a kind of request: `None` where it is undecided.
struct Found {
    allowed: Option<bool>,
    denied: Option<bool>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            allowed: Some(false),
            denied: Some(false),
        }
    }
}

impl Found {
    const fn relation(&self) -> Relation {
        match (self.allowed, self.denied) {
            (None, _) | (_, None) => Relation::Unknown,
            (Some(false), Some(false)) => Relation::Equivalent,
            (Some(true), Some(false)) => Relation::Wider,
            (Some(false), Some(true)) => Relation::Narrower,
            (Some(true), Some(true)) => Relation::Incomparable,
        }
    }

    /// Notes the answer to one question.
    fn note(
        &mut self,
        newly_allowed: bool,
        answer: Result<Option<Example>, String>,
        change: &mut EnvironmentChange,
    ) {
        let (known, slot) = match newly_allowed {
            true => (&mut self.allowed, &mut change.newly_allowed),
            false => (&mut self.denied, &mut change.newly_denied),
        };
        match answer {
            Ok(None) => {}
            Ok(Some(example)) => {
                *known = known.map(|_| true);
                slot.get_or_insert(example);
            }
            Err(why) => {
                *known = None;
                change.why.get_or_insert(why);
            }
        }
    }
}

/// The types of the entities that policies name.
pub(super) fn literal_types<'p>(policies: impl Iterator<Item = &'p Policy>) -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    for policy in policies {
        policy.walk(|_, expr| {
            if let ExprKind::Entity(entity) = &expr.kind {
                types.insert(entity.ty.clone());
            }
        });
    }
    types
}

/// Both sides under head's schema, where they do not say the same.
fn under_heads(
    work: &mut Work<'_>,
    number: usize,
    [before, after]: [&[About]; 2],
    change: &mut EnvironmentChange,
    found: &mut Found,
) {
    let Some((ground, asking)) = work.ground(number) else {
        return;
    };
    let asks = [
        Ask::AllowedOnlyBy(after, before),
        Ask::AllowedOnlyBy(before, after),
    ];
    let answers = match ground.ask(asks, asking) {
        Ok(answers) => answers.map(Ok),
        Err(why) => [Err(why.clone()), Err(why)],
    };
    for (answer, allowed) in answers.into_iter().zip([true, false]) {
        let answer = match answer {
            Ok(Answer::No) => Ok(None),
            Ok(Answer::Unknown(why)) => Err(why.to_string()),
            Err(why) => Err(why),
            Ok(Answer::Yes(witness)) => {
                let example = example(ground, before, after, *witness, allowed);
                asking.unconfirmed += u64::from(example.is_err());
                example.map(Some)
            }
        };
        found.note(allowed, answer, change);
    }
}

/// Both sides, each under its own schema.
fn under_each(
    work: &mut Work<'_>,
    number: usize,
    after: &[About],
    change: &mut EnvironmentChange,
    found: &mut Found,
) {
    let base = work.base;
    let Some((mut sides, asking)) = work.sides(number) else {
        return;
    };
    let before = match sides.base.about(base, sides.base.schemas().0) {
        Ok(before) => before,
        Err(why) => {
            found.note(true, Err(why), change);
            return;
        }
    };
    for (cross, allowed) in [
        (Cross::NewlyAllowed(after, &before), true),
        (Cross::NewlyDenied(&before, after), false),
    ] {
        let answer = match sides.ask(cross, asking) {
            Ok(None) => Ok(None),
            Err(why) => Err(why),
            Ok(Some(shown)) => {
                let example = sides.example(shown, &before, after, allowed);
                asking.unconfirmed += u64::from(example.is_err());
                example.map(Some)
            }
        };
        found.note(allowed, answer, change);
    }
}

/// How much head allows. Where it allows more than base it allows something, and where it allows less it does not allow
/// everything, so that one question tells the rest.
fn head_allows(
    ground: &mut Ground<'_>,
    relation: Relation,
    after: &[About],
    asking: &mut Asking<'_>,
) -> Option<Allows> {
    let (ask, otherwise) = match relation {
        Relation::Equivalent | Relation::Unknown => return None,
        Relation::Incomparable => return Some(Allows::Partly),
        Relation::Wider => (Ask::Denied(after), Allows::Everything),
        Relation::Narrower => (Ask::Allowed(after), Allows::Nothing),
    };
    match ground.ask([ask], asking) {
        Ok([Answer::No]) => Some(otherwise),
        Ok([Answer::Yes(_)]) => Some(Allows::Partly),
        Ok([Answer::Unknown(_)]) | Err(_) => None,
    }
}

/// A kind of request that one side alone has.
fn one(
    work: &mut Work<'_>,
    number: usize,
    change: &mut EnvironmentChange,
    side: &Side<'_>,
    name: &str,
) -> Result<Relation, String> {
    readable(&side.opaque, name)?;
    let (own, _) = side.schema.usable().ok_or_else(|| work.no_schema())?;
    let (ground, asking) = work
        .ground(number)
        .ok_or_else(|| "the schema cannot be used".to_owned())?;
    let about = ground.about(side, own)?;
    if !about
        .iter()
        .any(|policy| policy.bound.parsed.policy.is_permit())
    {
        return Ok(Relation::Equivalent);
    }
    let [answer] = ground.ask([Ask::Allowed(&about)], asking)?;
    change.asked = true;
    let witness = match answer {
        Answer::No => return Ok(Relation::Equivalent),
        Answer::Unknown(why) => return Err(why.to_string()),
        Answer::Yes(witness) => *witness,
    };
    let decided = confirmed(ground, &about, &witness, true, asking)?;
    let because = decided.determining.clone();
    let (relation, slot) = match change.on {
        On::Base => (Relation::Narrower, &mut change.newly_denied),
        On::Both | On::Head => (Relation::Wider, &mut change.newly_allowed),
    };
    let (base, head) = match change.on {
        On::Base => (Some(decided), None),
        On::Both | On::Head => (None, Some(decided)),
    };
    *slot = Some(Example {
        witness,
        counterpart: None,
        base,
        head,
        because,
    });
    if change.on != On::Base {
        change.head_allows = head_allows(ground, relation, &about, asking);
    }
    Ok(relation)
}

/// What Cedar decides of a witness, if that is what was proved.
pub(super) fn confirmed(
    ground: &Ground<'_>,
    about: &[About],
    witness: &Witness,
    allowed: bool,
    asking: &mut Asking<'_>,
) -> Result<Decided, String> {
    let decided =
        (ground.entities(witness)).and_then(|entities| ground.decide(about, witness, &entities));
    let decided = decided.and_then(|decided| match decided.allowed == allowed {
        true => Ok(decided),
        false => Err("it decides otherwise".to_owned()),
    });
    decided.map_err(|why| {
        asking.unconfirmed += 1;
        format!("Cedar's evaluator did not confirm the example: {why}")
    })
}

fn example(
    ground: &Ground<'_>,
    before: &[About],
    after: &[About],
    witness: Witness,
    newly_allowed: bool,
) -> Result<Example, String> {
    let unconfirmed = |why: String| format!("Cedar's evaluator did not confirm the example: {why}");
    let entities = ground.entities(&witness).map_err(unconfirmed)?;
    let decide = |about: &[About]| {
        ground
            .decide(about, &witness, &entities)
            .map_err(unconfirmed)
    };
    let (base, head) = (decide(before)?, decide(after)?);
    if base.allowed == newly_allowed || head.allowed != newly_allowed {
        return Err(unconfirmed("it decides otherwise".to_owned()));
    }
    let because = match newly_allowed {
        true => because((before, &base), (after, &head), decide),
        false => because((after, &head), (before, &base), decide),
    };
    Ok(Example {
        witness,
        counterpart: None,
        base: Some(base),
        head: Some(head),
        because,
    })
}

/// The policies that make the difference: the forbids by which one side denies and that the other does not have, and
/// the permits by which the other allows, where the one has none for this request.
fn because(
    (denying, denied): (&[About], &Decided),
    (allowing, allowed): (&[About], &Decided),
    decide: impl Fn(&[About]) -> Result<Decided, String>,
) -> Vec<Arc<str>> {
    let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut add = |decided: &Decided, of: &[About], others: &[About]| {
        let others = keys(others);
        for policy in of {
            if decided.determining.contains(&policy.name) && !others.contains(&policy.key) {
                names.insert(Arc::clone(&policy.name));
            }
        }
    };
    add(denied, denying, allowing);
    let permits: Vec<About> = denying
        .iter()
        .filter(|policy| policy.bound.parsed.policy.is_permit())
        .map(About::copy)
        .collect();
    let without_forbids = decide(&permits);
    if !without_forbids.is_ok_and(|decided| decided.allowed) {
        add(allowed, allowing, denying);
    }
    names.into_iter().collect()
}

fn keys(about: &[About]) -> BTreeSet<&Key> {
    about.iter().map(|policy| &policy.key).collect()
}

/// Whether everything could be read.
pub(super) fn readable(opaque: &[Opaque], side: &str) -> Result<(), String> {
    opaque.first().map_or(Ok(()), |first| Err(first.why(side)))
}
