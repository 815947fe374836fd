//! Congruence closure: which nodes and places are the same in a model, and why.
//!
//! Equal entities have equal attributes: so what the formula makes equal spreads to the places below. Every step
//! is an edge that names its reason, so that a conflict can be explained by equalities of the formula alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::gates::Bit;
use super::terms::{Input, Node, NodeData, Origin, Place, Terms};

/// Which nodes and places are the same.
#[derive(Debug, Default)]
pub struct Classes {
    nodes: Forest<Node, NodeReason>,
    places: Forest<Place, PlaceReason>,
}

/// Why two nodes are the same.
#[derive(Debug, Clone, Copy)]
enum NodeReason {
    /// The formula says so.
    Given(Bit),
    /// They are at places that are the same.
    At(Place, Place),
}

/// Why two places are the same.
#[derive(Debug, Clone, Copy)]
enum PlaceReason {
    /// They are the same attribute of nodes that are the same, or the same tag.
    Of([(Node, Node); 2]),
    /// They are the same field of records that are the same.
    In(Place, Place),
}

/// A place by what it is of, up to what is the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Signature<'t> {
    Attr(Node, &'t str),
    Tag(Node, Node),
    Field(Place, &'t str),
}

impl Classes {
    /// The classes that follow from the equalities that hold.
    pub fn new<'e>(
        terms: &Terms<'_>,
        equal: impl Iterator<Item = (Node, Node, Bit)>,
        places: impl Iterator<Item = Place> + Clone + 'e,
    ) -> Self {
        let mut classes = Self::default();
        for (a, b, bit) in equal {
            classes.nodes.join(a, b, NodeReason::Given(bit));
        }
        while classes.spread(terms, places.clone()) {}
        classes
    }

    /// One round of congruence; whether anything changed.
    fn spread(&mut self, terms: &Terms<'_>, places: impl Iterator<Item = Place>) -> bool {
        let mut first: BTreeMap<Signature<'_>, Place> = BTreeMap::new();
        let mut changed = false;
        for place in places {
            let Some(data) = terms.place(place) else {
                continue;
            };
            let signature = match &data.origin {
                Origin::Attr(node, name) => Signature::Attr(self.of_node(*node), name),
                Origin::Tag(node, key) => Signature::Tag(self.of_node(*node), self.of_node(*key)),
                Origin::Field(record, name) => Signature::Field(self.of_place(*record), name),
                _ => continue,
            };
            let other = *first.entry(signature).or_insert(place);
            if self.of_place(other) == self.of_place(place) {
                continue;
            }
            let Some(other_data) = terms.place(other) else {
                continue;
            };
            let reason = match (&other_data.origin, &data.origin) {
                (Origin::Attr(a, _), Origin::Attr(b, _)) => PlaceReason::Of([(*a, *b), (*a, *a)]),
                (Origin::Tag(a, x), Origin::Tag(b, y)) => PlaceReason::Of([(*a, *b), (*x, *y)]),
                (Origin::Field(a, _), Origin::Field(b, _)) => PlaceReason::In(*a, *b),
                _ => continue,
            };
            self.places.join(other, place, reason);
            changed = true;
            if let (Some(a), Some(b)) = (terms.node_at(other), terms.node_at(place)) {
                self.nodes.join(a, b, NodeReason::At(other, place));
            }
        }
        changed
    }

    /// The least node that is the same.
    pub fn of_node(&self, node: Node) -> Node {
        self.nodes.root(node)
    }

    /// The least place that is the same.
    pub fn of_place(&self, place: Place) -> Place {
        self.places.root(place)
    }

    /// Equalities of the formula from which it follows that two nodes are the same.
    pub fn why_nodes(&self, a: Node, b: Node) -> Vec<Bit> {
        self.why(vec![Claim::Nodes(a, b)])
    }

    /// Equalities of the formula from which it follows that two places are the same.
    pub fn why_places(&self, a: Place, b: Place) -> Vec<Bit> {
        self.why(vec![Claim::Places(a, b)])
    }

    fn why(&self, mut open: Vec<Claim>) -> Vec<Bit> {
        let mut given = BTreeSet::new();
        let mut seen = BTreeSet::new();
        while let Some(claim) = open.pop() {
            if !seen.insert(claim) {
                continue;
            }
            match claim {
                Claim::Nodes(a, b) => {
                    for reason in self.nodes.path(a, b) {
                        match reason {
                            NodeReason::Given(bit) => {
                                given.insert(bit);
                            }
                            NodeReason::At(a, b) => open.push(Claim::Places(a, b)),
                        }
                    }
                }
                Claim::Places(a, b) => {
                    for reason in self.places.path(a, b) {
                        match reason {
                            PlaceReason::Of(pairs) => {
                                open.extend(pairs.map(|(a, b)| Claim::Nodes(a, b)));
                            }
                            PlaceReason::In(a, b) => open.push(Claim::Places(a, b)),
                        }
                    }
                }
            }
        }
        given.into_iter().collect()
    }

    /// Whether two nodes are at the same place.
    pub fn is_literal(terms: &Terms<'_>, node: Node) -> bool {
        !matches!(terms.node(node), Some(NodeData::Place(_)) | None)
    }

    /// The equalities that hold of those that occur.
    pub fn given(
        inputs: &[(Input, u32)],
        holds: impl Fn(&Input) -> Option<Bit>,
    ) -> Vec<(Node, Node, Bit)> {
        inputs
            .iter()
            .filter_map(|(input, _)| match input {
                Input::Equal(a, b) => Some((*a, *b, holds(input)?)),
                _ => None,
            })
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Nodes(Node, Node),
    Places(Place, Place),
}

/// Trees of what is the same, with a reason on every edge.
#[derive(Debug)]
struct Forest<T, R> {
    /// The least member of the class, for all that are in a class with others.
    root: BTreeMap<T, T>,
    edges: BTreeMap<T, Vec<(T, R)>>,
}

impl<T, R> Default for Forest<T, R> {
    fn default() -> Self {
        Self {
            root: BTreeMap::new(),
            edges: BTreeMap::new(),
        }
    }
}

impl<T: Copy + Ord, R: Copy> Forest<T, R> {
    fn root(&self, of: T) -> T {
        self.root.get(&of).copied().unwrap_or(of)
    }

    fn join(&mut self, a: T, b: T, reason: R) {
        let (x, y) = (self.root(a), self.root(b));
        if x == y {
            return;
        }
        self.edges.entry(a).or_default().push((b, reason));
        self.edges.entry(b).or_default().push((a, reason));
        let (least, other) = (x.min(y), x.max(y));
        self.root.insert(least, least);
        self.root.insert(other, least);
        for root in self.root.values_mut() {
            if *root == other {
                *root = least;
            }
        }
    }

    /// The reasons on the way from one to the other: there is one way, or none.
    fn path(&self, from: T, to: T) -> Vec<R> {
        let mut came_from: BTreeMap<T, Option<(T, R)>> = [(from, None)].into();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                break;
            }
            for (next, reason) in self.edges.get(&at).into_iter().flatten() {
                came_from.entry(*next).or_insert_with(|| {
                    queue.push_back(*next);
                    Some((at, *reason))
                });
            }
        }
        let mut reasons = Vec::new();
        let mut at = to;
        while let Some(Some((before, reason))) = came_from.get(&at) {
            reasons.push(*reason);
            at = *before;
        }
        reasons
    }
}
