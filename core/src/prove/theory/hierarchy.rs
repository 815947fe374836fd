//! The hierarchy of entities is transitive and has no cycle.

use std::collections::{BTreeMap, VecDeque};

use crate::prove::gates::Bit;
use crate::prove::model::Model;
use crate::prove::search::Lemma;
use crate::prove::terms::{Input, Node, Terms};

/// An entity is below another, and the bit says so.
#[derive(Clone, Copy)]
struct Edge {
    from: Node,
    to: Node,
    bit: Bit,
}

/// What the model breaks.
///
/// The hierarchy of a witness has the edges that hold and what follows from them: so it is enough that nothing follows
/// that does not hold.
pub fn check(terms: &Terms<'_>, model: &Model, lemmas: &mut Vec<Lemma>) {
    for second in terms.lenses() {
        check_one(terms, model, *second, lemmas);
    }
}

/// What the model breaks of what is seen through one lens.
fn check_one(terms: &Terms<'_>, model: &Model, second: bool, lemmas: &mut Vec<Lemma>) {
    let classes = &model.classes;
    let mut edges: BTreeMap<Node, Vec<Edge>> = BTreeMap::new();
    let mut denied = Vec::new();
    for (input, _) in model.inputs() {
        let Input::Below(from, to, hierarchy) = input else {
            continue;
        };
        if !terms.sees(second, *from, *to, *hierarchy) {
            continue;
        }
        let Some(bit) = terms.asked(input) else {
            continue;
        };
        let edge = Edge {
            from: *from,
            to: *to,
            bit,
        };
        if model.holds(bit) {
            edges.entry(classes.of_node(*from)).or_default().push(edge);
        } else {
            denied.push(edge);
        }
    }
    if edges.is_empty() {
        return;
    }
    for edge in denied {
        if let Some(mut premises) = way(model, &edges, edge.from, edge.to) {
            premises.sort();
            premises.dedup();
            lemmas.push(Lemma {
                premises,
                conclusions: vec![edge.bit],
            });
        }
    }
    for edge in edges.values().flatten() {
        let back = if classes.of_node(edge.from) == classes.of_node(edge.to) {
            Some(classes.why_nodes(edge.from, edge.to))
        } else {
            way(model, &edges, edge.to, edge.from)
        };
        if let Some(mut premises) = back {
            premises.push(edge.bit);
            premises.sort();
            premises.dedup();
            lemmas.push(Lemma {
                premises,
                conclusions: Vec::new(),
            });
        }
    }
}

/// From what it follows that one entity is below the other; `None` where it does not follow.
fn way(model: &Model, edges: &BTreeMap<Node, Vec<Edge>>, from: Node, to: Node) -> Option<Vec<Bit>> {
    let classes = &model.classes;
    let (start, end) = (classes.of_node(from), classes.of_node(to));
    let mut came_by: BTreeMap<Node, Edge> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for edge in edges.get(&at).into_iter().flatten() {
            let next = classes.of_node(edge.to);
            came_by.entry(next).or_insert_with(|| {
                queue.push_back(next);
                *edge
            });
        }
    }
    let mut premises = Vec::new();
    let mut target = to;
    let mut at = end;
    loop {
        let edge = came_by.get(&at)?;
        premises.extend(classes.why_nodes(edge.to, target));
        premises.push(edge.bit);
        target = edge.from;
        at = classes.of_node(edge.from);
        if at == start {
            premises.extend(classes.why_nodes(from, target));
            return Some(premises);
        }
    }
}
