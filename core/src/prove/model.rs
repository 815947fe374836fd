//! What satisfies the clauses, before it is known whether anything in Cedar does.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::Classes;
use super::gates::Bit;
use super::terms::{Input, Node, Place};
use super::value::{RecordTerm, Value};

/// A model of the clauses.
#[derive(Debug)]
pub struct Model {
    values: Vec<Option<bool>>,
    inputs: Vec<(Input, u32)>,
    places: BTreeSet<Place>,
    nodes: BTreeSet<Node>,
    /// Which nodes and which places are the same.
    pub classes: Classes,
    /// The strings of the classes that match patterns, by their least node.
    pub texts: BTreeMap<Node, String>,
}

/// A value in a model. Of sets nothing is said: they are equal where the formula says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// A Boolean.
    Bool(bool),
    /// A number or an IP address, by its bits.
    Bits(Vec<bool>),
    /// A string or an entity, by its class.
    Node(Node),
    /// A set.
    Set,
    /// A record.
    Record(BTreeMap<std::sync::Arc<str>, Known>),
}

impl Model {
    /// What a search found.
    pub fn new(
        values: Vec<Option<bool>>,
        inputs: Vec<(Input, u32)>,
        places: BTreeSet<Place>,
        nodes: BTreeSet<Node>,
    ) -> Self {
        Self {
            values,
            inputs,
            places,
            nodes,
            classes: Classes::default(),
            texts: BTreeMap::new(),
        }
    }

    /// The value of a bit; `None` where it does not occur.
    pub fn bit(&self, bit: Bit) -> Option<bool> {
        if let Some(known) = bit.known() {
            return Some(known);
        }
        let value = self.values.get(bit.gate() as usize).copied().flatten()?;
        Some(value != bit.is_negated())
    }

    /// Whether a bit holds; what does not occur does not.
    pub fn holds(&self, bit: Bit) -> bool {
        self.bit(bit).unwrap_or(false)
    }

    /// The inputs that occur.
    pub fn inputs(&self) -> &[(Input, u32)] {
        &self.inputs
    }

    /// The places that occur.
    pub const fn places(&self) -> &BTreeSet<Place> {
        &self.places
    }

    /// The nodes that occur.
    pub const fn nodes(&self) -> &BTreeSet<Node> {
        &self.nodes
    }

    /// What a value comes to.
    pub fn known(&self, value: &Value) -> Known {
        match value {
            Value::Bool(bit) => Known::Bool(self.holds(*bit)),
            Value::Number(number) => {
                Known::Bits(number.bits().iter().map(|bit| self.holds(*bit)).collect())
            }
            Value::Ip(ip) => Known::Bits(ip.bits().map(|bit| self.holds(bit)).collect()),
            Value::Node(choice) => {
                let chosen = choice.iter().find(|(_, guard)| self.holds(*guard));
                chosen.map_or(Known::Set, |(node, _)| {
                    Known::Node(self.classes.of_node(*node))
                })
            }
            Value::Set(_) | Value::Record(RecordTerm::Place(_)) => Known::Set,
            Value::Record(RecordTerm::Listed(fields)) => Known::Record(
                fields
                    .iter()
                    .filter(|(_, (there, _))| self.holds(*there))
                    .map(|(name, (_, value))| (name.clone(), self.known(value)))
                    .collect(),
            ),
        }
    }
}

impl Known {
    /// Whether there is a set in it.
    pub fn has_set(&self) -> bool {
        match self {
            Self::Set => true,
            Self::Record(fields) => fields.values().any(Self::has_set),
            Self::Bool(_) | Self::Bits(_) | Self::Node(_) => false,
        }
    }
}
