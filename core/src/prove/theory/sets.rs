//! Sets that are the same have the same elements, and what is said of all elements holds of each.

use std::collections::BTreeMap;

use crate::prove::Why;
use crate::prove::gates::Bit;
use crate::prove::model::{Known, Model};
use crate::prove::search::Lemma;
use crate::prove::terms::{Input, Place, Terms};
use crate::prove::value::{SetTerm, Value};

/// An element that a set has or has not.
struct Member {
    set: Place,
    element: Value,
    known: Known,
    bit: Bit,
    holds: bool,
}

/// What the model breaks.
///
/// # Errors
///
/// Where the proof does not cover a type.
pub fn check(terms: &mut Terms<'_>, model: &Model, lemmas: &mut Vec<Lemma>) -> Result<(), Why> {
    let mut members: BTreeMap<Place, Vec<Member>> = BTreeMap::new();
    for (input, _) in model.inputs() {
        let Input::Member(set, element) = input else {
            continue;
        };
        let Some(bit) = terms.asked(input) else {
            continue;
        };
        let class = model.classes.of_place(*set);
        members.entry(class).or_default().push(Member {
            set: *set,
            element: element.clone(),
            known: model.known(element),
            bit,
            holds: model.holds(bit),
        });
    }
    for members in members.values() {
        congruence(terms, model, members, lemmas)?;
    }
    for (input, _) in model.inputs() {
        universal(terms, model, input, &members, lemmas)?;
    }
    Ok(())
}

/// An equal element is in the set, or both are not.
fn congruence(
    terms: &mut Terms<'_>,
    model: &Model,
    members: &[Member],
    lemmas: &mut Vec<Lemma>,
) -> Result<(), Why> {
    for (at, a) in members.iter().enumerate() {
        terms.gates.count((members.len() - at) as u64);
        terms.go_on()?;
        if lemmas.len() >= super::AT_ONCE {
            return Ok(());
        }
        for b in members.iter().skip(at + 1) {
            if a.holds == b.holds || a.known != b.known {
                continue;
            }
            let equal = terms.equals(&a.element, &b.element)?;
            // What the model says of sets, it says by this bit; where it does not yet, it has to.
            if model.bit(equal) == Some(false) && a.known.has_set() {
                continue;
            }
            let mut premises = model.classes.why_places(a.set, b.set);
            premises.push(equal);
            for (premise, conclusion) in [(a.bit, b.bit), (b.bit, a.bit)] {
                lemmas.push(Lemma {
                    premises: premises.iter().copied().chain([premise]).collect(),
                    conclusions: vec![conclusion],
                });
            }
        }
    }
    Ok(())
}

/// What is said of all elements of a set.
fn universal(
    terms: &mut Terms<'_>,
    model: &Model,
    input: &Input,
    members: &BTreeMap<Place, Vec<Member>>,
    lemmas: &mut Vec<Lemma>,
) -> Result<(), Why> {
    let Some(bit) = terms.asked(input) else {
        return Ok(());
    };
    let said = model.holds(bit);
    let (set, said_of_all) = match input {
        Input::Subset(set, _) => (*set, said),
        Input::Overlap(set, _) | Input::InAny(_, set) => (*set, !said),
        _ => return Ok(()),
    };
    if !said_of_all {
        return Ok(());
    }
    let class = model.classes.of_place(set);
    for member in members.get(&class).into_iter().flatten() {
        if !member.holds {
            continue;
        }
        let element = &member.element;
        let (follows, given) = match input {
            Input::Subset(_, other) => (terms.member(other, element)?, bit),
            Input::Overlap(_, other) => (!terms.member(&SetTerm::Place(*other), element)?, !bit),
            Input::InAny(entity, _) => (!terms.within_value(*entity, element)?, !bit),
            _ => continue,
        };
        if model.bit(follows) == Some(true) {
            continue;
        }
        let mut premises = model.classes.why_places(set, member.set);
        premises.extend([given, member.bit]);
        lemmas.push(Lemma {
            premises,
            conclusions: vec![follows],
        });
    }
    Ok(())
}
