//! For what strings match, there is a string.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::prove::Why;
use crate::prove::gates::Bit;
use crate::prove::like::{Found, Pattern, conflicts, find};
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
        let before = lemmas.len();
        exclusions(model, &matches, lemmas);
        if lemmas.len() > before {
            continue;
        }
        match find(
            &patterns(&matches, true),
            &patterns(&matches, false),
            &taken,
            steps,
        )? {
            Found::Text(text) => {
                taken.insert(text.clone());
                model.texts.insert(class, text);
            }
            Found::OneOf { strings, because } => {
                let because = minimal(matches, &because, &strings, steps)?;
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

/// The patterns that match, or those that do not.
fn patterns(matches: &[Match], holds: bool) -> Vec<&Pattern> {
    let of = matches.iter().filter(|of| of.holds == holds);
    of.map(|of| of.pattern.as_ref()).collect()
}

/// Two patterns of which one excludes what the other says.
fn exclusions(model: &Model, matches: &[Match], lemmas: &mut Vec<Lemma>) {
    let of = |holds: bool, number: usize| matches.iter().filter(|of| of.holds == holds).nth(number);
    let (matching, others) = (patterns(matches, true), patterns(matches, false));
    for (one, other, is_within) in conflicts(&matching, &others, super::AT_ONCE) {
        let (Some(one), Some(other)) = (of(true, one), of(!is_within, other)) else {
            continue;
        };
        let mut premises = model.classes.why_nodes(one.node, other.node);
        premises.push(one.bit);
        lemmas.push(Lemma {
            premises,
            conclusions: vec![if is_within { other.bit } else { !other.bit }],
        });
    }
}

/// As few of the matches that leave these strings only as still do.
fn minimal(
    matches: Vec<Match>,
    [matching, others]: &[BTreeSet<usize>; 2],
    strings: &[String],
    steps: &mut u64,
) -> Result<Vec<Match>, Why> {
    let mut numbers = [0, 0];
    let mut matches: Vec<Match> = matches
        .into_iter()
        .filter(|of| {
            let [positive, negative] = &mut numbers;
            let (number, because) = if of.holds {
                (positive, matching)
            } else {
                (negative, others)
            };
            *number += 1;
            because.contains(&(*number - 1))
        })
        .collect();
    let taken: BTreeSet<String> = strings.iter().cloned().collect();
    let mut at = 0;
    while at < matches.len() {
        let without = matches.remove(at);
        let found = find(
            &patterns(&matches, true),
            &patterns(&matches, false),
            &taken,
            steps,
        )?;
        if matches!(found, Found::OneOf { strings: left, .. } if left == strings) {
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
