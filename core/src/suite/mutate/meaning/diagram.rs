//! Decision diagrams with three outcomes: ordered, reduced and shared, so that conditions with the same
//! outcomes have the same diagram.

use std::collections::HashMap;

use super::Formula;

/// A number of a node; the first three are the outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const FALSE: Self = Self(0);
    const TRUE: Self = Self(1);
    const FAILS: Self = Self(2);
    const INNER: u32 = 3;
}

/// The place of an atom in the order, and whether it can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) level: u32,
    pub(super) can_fail: bool,
}

/// What follows where the atom is false, true, or fails; one that cannot fail has `FALSE` there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Branches {
    level: u32,
    to: [Node; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Join {
    And,
    Or,
}

/// Nodes, kept apart by what they are.
#[derive(Debug)]
pub(super) struct Diagram {
    atoms: Vec<Place>,
    can_fail: HashMap<u32, bool>,
    nodes: Vec<Branches>,
    known: HashMap<Branches, Node>,
    joined: HashMap<(Join, Node, Node), Node>,
}

/// More than any real policy takes; what is larger is not worth its time.
const MOST_NODES: usize = 4096;

impl Diagram {
    /// `atoms` are the places of the atoms by their number.
    pub(super) fn new(atoms: Vec<Place>) -> Self {
        Self {
            can_fail: atoms.iter().map(|a| (a.level, a.can_fail)).collect(),
            atoms,
            nodes: Vec::new(),
            known: HashMap::new(),
            joined: HashMap::new(),
        }
    }

    /// The node of a condition; `None` where it is too large.
    pub(super) fn build(&mut self, formula: &Formula) -> Option<Node> {
        match formula {
            Formula::Constant(value) => Some(if *value { Node::TRUE } else { Node::FALSE }),
            Formula::Atom(number) => {
                let place = *self.atoms.get(*number)?;
                let fails = if place.can_fail {
                    Node::FAILS
                } else {
                    Node::FALSE
                };
                self.node(place.level, [Node::FALSE, Node::TRUE, fails])
            }
            Formula::Not(inner) => {
                let inner = self.build(inner)?;
                self.not(inner)
            }
            Formula::And(items) => self.chain(Join::And, Node::TRUE, items),
            Formula::Or(items) => self.chain(Join::Or, Node::FALSE, items),
            Formula::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                let condition = self.build(condition)?;
                let otherwise = self.not(condition)?;
                let (yes, no) = (self.build(yes)?, self.build(no)?);
                let yes = self.join(Join::And, condition, yes)?;
                let no = self.join(Join::And, otherwise, no)?;
                self.join(Join::Or, yes, no)
            }
        }
    }

    /// Whether some values of the atoms make it true.
    pub(super) fn can_be_true(&self, root: Node) -> bool {
        let mut open = vec![root];
        let mut seen = std::collections::HashSet::new();
        while let Some(node) = open.pop() {
            if node == Node::TRUE {
                return true;
            }
            if let Some(branches) = self.branches(node)
                && seen.insert(node)
            {
                open.extend(branches.to);
            }
        }
        false
    }

    /// A digest of everything below `root`. `names` are the atoms' names by their level.
    pub(super) fn digest(&self, root: Node, names: &[&str]) -> [u8; 32] {
        let mut numbers: HashMap<Node, u32> = HashMap::new();
        let mut open = vec![root];
        let mut number = |node: Node, open: &mut Vec<Node>| {
            let next = Node::INNER + numbers.len() as u32;
            if node.0 < Node::INNER {
                return node.0;
            }
            *numbers.entry(node).or_insert_with(|| {
                open.push(node);
                next
            })
        };
        let mut seen = Vec::new();
        crate::encode::digest("diagram", |nodes| {
            nodes.number("root", number(root, &mut seen).into());
            while let Some(node) = open.pop() {
                let Some(branches) = self.branches(node) else {
                    continue;
                };
                let name = names
                    .get(branches.level as usize)
                    .copied()
                    .unwrap_or_default();
                nodes.node("atom", name, |nodes| {
                    for to in branches.to {
                        nodes.number("to", number(to, &mut open).into());
                    }
                });
            }
        })
    }

    fn chain(&mut self, join: Join, neutral: Node, items: &[Formula]) -> Option<Node> {
        items.iter().try_fold(neutral, |so_far, item| {
            let item = self.build(item)?;
            self.join(join, so_far, item)
        })
    }

    /// `a && b` or `a || b`: where `a` decides or fails, `b` does not matter.
    fn join(&mut self, join: Join, a: Node, b: Node) -> Option<Node> {
        let (neutral, deciding) = match join {
            Join::And => (Node::TRUE, Node::FALSE),
            Join::Or => (Node::FALSE, Node::TRUE),
        };
        if a == neutral {
            return Some(b);
        }
        if a == deciding || a == Node::FAILS || b == neutral || a == b {
            return Some(a);
        }
        if let Some(known) = self.joined.get(&(join, a, b)) {
            return Some(*known);
        }
        let level = [a, b].into_iter().filter_map(|n| self.level(n)).min()?;
        let mut to = [Node::FALSE; 3];
        for (branch, to) in to.iter_mut().enumerate() {
            if branch < 2 || self.can_fail.get(&level) == Some(&true) {
                let (a, b) = (self.follow(a, level, branch), self.follow(b, level, branch));
                *to = self.join(join, a, b)?;
            }
        }
        let node = self.node(level, to)?;
        self.joined.insert((join, a, b), node);
        Some(node)
    }

    fn not(&mut self, node: Node) -> Option<Node> {
        match node {
            Node::FALSE => return Some(Node::TRUE),
            Node::TRUE => return Some(Node::FALSE),
            Node::FAILS => return Some(Node::FAILS),
            _ => {}
        }
        let Branches { level, to } = *self.branches(node)?;
        let [no, yes, fails] = to;
        let (no, yes) = (self.not(no)?, self.not(yes)?);
        let fails = if self.can_fail.get(&level) == Some(&true) {
            self.not(fails)?
        } else {
            Node::FALSE
        };
        self.node(level, [no, yes, fails])
    }

    fn node(&mut self, level: u32, to: [Node; 3]) -> Option<Node> {
        let [no, yes, fails] = to;
        let can_fail = self.can_fail.get(&level) == Some(&true);
        if no == yes && (!can_fail || fails == no) {
            return Some(no);
        }
        let branches = Branches { level, to };
        if let Some(known) = self.known.get(&branches) {
            return Some(*known);
        }
        if self.nodes.len() >= MOST_NODES {
            return None;
        }
        let node = Node(Node::INNER + self.nodes.len() as u32);
        self.nodes.push(branches);
        self.known.insert(branches, node);
        Some(node)
    }

    fn branches(&self, node: Node) -> Option<&Branches> {
        self.nodes.get(node.0.checked_sub(Node::INNER)? as usize)
    }

    fn level(&self, node: Node) -> Option<u32> {
        self.branches(node).map(|b| b.level)
    }

    fn follow(&self, node: Node, level: u32, branch: usize) -> Node {
        match self.branches(node) {
            Some(b) if b.level == level => b.to.get(branch).copied().unwrap_or(node),
            _ => node,
        }
    }
}
