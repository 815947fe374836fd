//! For what strings match, there is a string.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::prove::Why;
use crate::prove::gates::Bit;
use crate::prove::like::{Found, Pattern, find};
use crate::prove::model::Model;
use crate::prove::search::Lemma;
use crate::prove::terms::{Input, Node, NodeData, Terms};

/// Whether a string matches a pattern.
struct Match {
    node: Node,
    pattern: Arc<Pattern>,
    bit: Bit,
    holds: bool,
}

/// What the model breaks. Where it breaks nothing, the strings are chosen.
///
/// # Errors
///
/// [`Why::Budget`].
pub fn check(
    terms: &mut Terms<'_>,
    model: &mut Model,
    steps: &mut u64,
    lemmas: &mut Vec<Lemma>,
) -> Result<(), Why> {
    let mut matches: BTreeMap<Node, Vec<Match>> = BTreeMap::new();
    for (input, _) in model.inputs() {
        let Input::Like(node, pattern) = input else {
            continue;
        };
        let Some(bit) = terms.asked(input) else {
            continue;
        };
        let class = model.classes.of_node(*node);
        matches.entry(class).or_default().push(Match {
            node: *node,
            pattern: Arc::clone(pattern),
            bit,
            holds: model.holds(bit),
        });
    }
    let mut literals: BTreeMap<Node, (Node, Arc<str>)> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for node in model.nodes() {
        if let Some(NodeData::Text(text)) = terms.node(*node) {
            literals.insert(model.classes.of_node(*node), (*node, Arc::clone(text)));
            taken.insert(text.to_string());
        }
    }
    for (class, matches) in matches {
        if let Some((literal, text)) = literals.get(&class) {
            against_literal(model, &matches, *literal, text, lemmas);
            continue;
        }
        match choose(&matches, &taken, steps)? {
            Chosen::Text(text) => {
                taken.insert(text.clone());
                model.texts.insert(class, text);
            }
            Chosen::OneOf(strings) => {
                let because = minimal(matches, &strings, steps)?;
                lemmas.push(one_of(terms, model, &because, &strings));
            }
        }
    }
    Ok(())
}

fn against_literal(
    model: &Model,
    matches: &[Match],
    literal: Node,
    text: &str,
    lemmas: &mut Vec<Lemma>,
) {
    for of in matches {
        let should = of.pattern.matches(text);
        if of.holds != should {
            lemmas.push(Lemma {
                premises: model.classes.why_nodes(of.node, literal),
                conclusions: vec![if should { of.bit } else { !of.bit }],
            });
        }
    }
}

enum Chosen {
    /// A string of its own.
    Text(String),
    /// There are only these, and all are taken.
    OneOf(Vec<String>),
}

fn strings(matches: &[Match], count: usize, steps: &mut u64) -> Result<(Vec<String>, bool), Why> {
    let of = |holds| -> Vec<&Pattern> {
        matches
            .iter()
            .filter(|of| of.holds == holds)
            .map(|of| of.pattern.as_ref())
            .collect()
    };
    match find(&of(true), &of(false), count, steps) {
        Found::Strings { strings, all } => Ok((strings, all)),
        Found::Budget => Err(Why::Budget),
    }
}

fn choose(matches: &[Match], taken: &BTreeSet<String>, steps: &mut u64) -> Result<Chosen, Why> {
    let (strings, all) = strings(matches, taken.len() + 1, steps)?;
    match strings.iter().find(|text| !taken.contains(*text)) {
        Some(text) => Ok(Chosen::Text(text.clone())),
        None if all => Ok(Chosen::OneOf(strings)),
        None => Err(Why::Budget),
    }
}

/// As few matches as still leave these strings only.
fn minimal(
    mut matches: Vec<Match>,
    strings_left: &[String],
    steps: &mut u64,
) -> Result<Vec<Match>, Why> {
    let mut at = 0;
    while at < matches.len() {
        let without = matches.remove(at);
        let (strings, all) = strings(&matches, strings_left.len() + 1, steps)?;
        if all && strings == strings_left {
            continue;
        }
        matches.insert(at, without);
        at += 1;
    }
    Ok(matches)
}

/// The string is one of these, because of what it matches and does not match.
fn one_of(terms: &mut Terms<'_>, model: &Model, because: &[Match], strings: &[String]) -> Lemma {
    let mut premises = Vec::new();
    let mut conclusions = Vec::new();
    if let Some(first) = because.first() {
        for of in because {
            premises.push(if of.holds { of.bit } else { !of.bit });
            premises.extend(model.classes.why_nodes(first.node, of.node));
        }
        for text in strings {
            let literal = terms.intern(NodeData::Text(text.as_str().into()));
            conclusions.push(terms.equal(first.node, literal));
        }
    }
    premises.sort();
    premises.dedup();
    Lemma {
        premises,
        conclusions,
    }
}
