//! What Cedar says that clauses do not: equality, hierarchies, sets and patterns. Holds a model against it, and says
//! as lemmas what the model breaks.

mod hierarchy;
mod patterns;
mod sets;

use std::collections::BTreeMap;

use super::Why;
use super::classes::Classes;
use super::gates::Bit;
use super::model::Model;
use super::search::Lemma;
use super::terms::{Input, Node, Place, Terms};

/// How many lemmas one model gives at most: the first ones mostly settle the rest.
const AT_ONCE: usize = 64;

/// What the model breaks; none where it is a model of Cedar. Its classes and strings are then those of a witness.
///
/// # Errors
///
/// [`Why::Budget`], or where the proof does not cover a type.
pub fn lemmas(
    terms: &mut Terms<'_>,
    model: &mut Model,
    steps: &mut u64,
) -> Result<Vec<Lemma>, Why> {
    let given = Classes::given(model.inputs(), |input| {
        terms.asked(input).filter(|bit| model.holds(*bit))
    });
    model.classes = Classes::new(terms, given.into_iter(), model.places().iter().copied());
    let mut lemmas = Vec::new();
    equalities(terms, model, &mut lemmas);
    if lemmas.is_empty() {
        values(terms, model, &mut lemmas);
        hierarchy::check(terms, model, &mut lemmas);
        sets::check(terms, model, &mut lemmas)?;
        if lemmas.is_empty() {
            patterns::check(terms, model, steps, &mut lemmas)?;
        }
    }
    lemmas.sort();
    lemmas.dedup();
    lemmas.truncate(AT_ONCE);
    *steps = steps.saturating_sub(1 + lemmas.len() as u64);
    Ok(lemmas)
}

/// What is the same is equal, and no two literals are the same.
fn equalities(terms: &Terms<'_>, model: &Model, lemmas: &mut Vec<Lemma>) {
    let classes = &model.classes;
    for (input, _) in model.inputs() {
        let Input::Equal(a, b) = input else {
            continue;
        };
        let Some(bit) = terms.asked(input) else {
            continue;
        };
        if !model.holds(bit) && classes.of_node(*a) == classes.of_node(*b) {
            lemmas.push(Lemma {
                premises: classes.why_nodes(*a, *b),
                conclusions: vec![bit],
            });
        }
    }
    let mut literal: BTreeMap<Node, Node> = BTreeMap::new();
    for node in model.nodes() {
        if Classes::is_literal(terms, *node) {
            let first = *literal.entry(classes.of_node(*node)).or_insert(*node);
            if first != *node {
                lemmas.push(Lemma {
                    premises: classes.why_nodes(first, *node),
                    conclusions: Vec::new(),
                });
            }
        }
    }
}

/// What is at places that are the same is the same, and so is whether an entity is there.
fn values(terms: &Terms<'_>, model: &Model, lemmas: &mut Vec<Lemma>) {
    let classes = &model.classes;
    // Most places are like no other, and there are many bits.
    let mut places: BTreeMap<Place, usize> = BTreeMap::new();
    for place in model.places() {
        *places.entry(classes.of_place(*place)).or_default() += 1;
    }
    let shared = |place: Place| {
        let class = classes.of_place(place);
        let is_shared = places.get(&class).is_some_and(|count| *count > 1);
        is_shared.then_some(class)
    };
    let mut first: BTreeMap<Input, (Input, Bit)> = BTreeMap::new();
    for (input, _) in model.inputs() {
        let class = match input {
            Input::Bit(place, bit) => match shared(*place) {
                Some(class) => Input::Bit(class, *bit),
                None => continue,
            },
            Input::Present(place) => match shared(*place) {
                Some(class) => Input::Present(class),
                None => continue,
            },
            Input::Exists(node) => Input::Exists(classes.of_node(*node)),
            _ => continue,
        };
        let Some(bit) = terms.asked(input) else {
            continue;
        };
        let (other_input, other) = first.entry(class).or_insert_with(|| (input.clone(), bit));
        let other = *other;
        if model.holds(other) == model.holds(bit) {
            continue;
        }
        let premises = match (other_input, input) {
            (Input::Exists(a), Input::Exists(b)) => classes.why_nodes(*a, *b),
            (Input::Bit(a, _) | Input::Present(a), Input::Bit(b, _) | Input::Present(b)) => {
                classes.why_places(*a, *b)
            }
            _ => continue,
        };
        for (premise, conclusion) in [(bit, other), (other, bit)] {
            lemmas.push(Lemma {
                premises: premises.iter().copied().chain([premise]).collect(),
                conclusions: vec![conclusion],
            });
        }
    }
}
