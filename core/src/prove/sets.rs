//! Sets: which elements they have, and how they relate.
//!
//! What is asked of the set at a place becomes an input. Where the answer says that an element exists (`a` is not
//! within `b`, the two overlap), its definition names one; where it speaks of all elements, `theory` holds it against
//! those that the formula names. Nothing else can be said of sets in Cedar, which cannot count.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Why;
use super::gates::Bit;
use super::terms::{Input, Kind, Node, Place, Terms};
use super::value::{RecordTerm, SetTerm, Value};

impl<'a> Terms<'a> {
    /// Whether a set has an element.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn member(&mut self, set: &SetTerm, element: &Value) -> Result<Bit, Why> {
        let mut any = Bit::FALSE;
        let element = &match set {
            SetTerm::Place(_) => self.spread_out(element)?,
            SetTerm::Listed(_) => element.clone(),
        };
        match (set, element) {
            // The elements are sorted.
            (SetTerm::Listed(elements), _) if elements.binary_search(element).is_ok() => {
                any = Bit::TRUE;
            }
            (SetTerm::Listed(elements), _) => {
                for listed in elements.iter() {
                    let equal = self.equals(listed, element)?;
                    any = self.gates.or(any, equal);
                    if any == Bit::TRUE {
                        break;
                    }
                }
            }
            (SetTerm::Place(place), Value::Node(choice)) => {
                for (node, guard) in choice {
                    let is_member = self.ask(Input::Member(*place, Value::node(*node)));
                    let chosen = self.gates.and(*guard, is_member);
                    any = self.gates.or(any, chosen);
                }
            }
            (SetTerm::Place(place), Value::Set(choice)) => {
                for (set, guard) in choice {
                    let element = Value::Set(vec![(set.clone(), Bit::TRUE)]);
                    let is_member = self.ask(Input::Member(*place, element));
                    let chosen = self.gates.and(*guard, is_member);
                    any = self.gates.or(any, chosen);
                }
            }
            (SetTerm::Place(place), _) => {
                any = self.ask(Input::Member(*place, element.clone()));
            }
        }
        Ok(any)
    }

    /// Whether every element of the first set is in the second.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn subset(&mut self, a: &SetTerm, b: &SetTerm) -> Result<Bit, Why> {
        if a == b {
            return Ok(Bit::TRUE);
        }
        match a {
            SetTerm::Listed(elements) => {
                let mut all = Bit::TRUE;
                for element in elements.iter() {
                    let is_member = self.member(b, element)?;
                    all = self.gates.and(all, is_member);
                    if all == Bit::FALSE {
                        break;
                    }
                }
                Ok(all)
            }
            SetTerm::Place(place) => {
                let (subset, new) = self.ask_anew(Input::Subset(*place, b.clone()));
                if let Some(number) = new {
                    let missing = self.element_of(*place)?;
                    let (in_a, in_b) = (self.member(a, &missing)?, self.member(b, &missing)?);
                    let only_in_a = self.gates.and(in_a, !in_b);
                    let definition = self.gates.or(subset, only_in_a);
                    self.define(number, definition);
                }
                Ok(subset)
            }
        }
    }

    /// Whether two sets have the same elements.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn same_elements(&mut self, a: &SetTerm, b: &SetTerm) -> Result<Bit, Why> {
        let (there, back) = (self.subset(a, b)?, self.subset(b, a)?);
        Ok(self.gates.and(there, back))
    }

    /// Whether a set has no element.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn is_empty(&mut self, set: &SetTerm) -> Result<Bit, Why> {
        self.subset(set, &SetTerm::Listed(Arc::default()))
    }

    /// Whether two sets share an element.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn overlap(&mut self, a: &SetTerm, b: &SetTerm) -> Result<Bit, Why> {
        match (a, b) {
            (SetTerm::Listed(elements), other) | (other, SetTerm::Listed(elements)) => {
                let mut any = Bit::FALSE;
                for element in elements.iter() {
                    let is_member = self.member(other, element)?;
                    any = self.gates.or(any, is_member);
                    if any == Bit::TRUE {
                        break;
                    }
                }
                Ok(any)
            }
            (SetTerm::Place(x), SetTerm::Place(y)) if x == y => Ok(!self.is_empty(a)?),
            (SetTerm::Place(x), SetTerm::Place(y)) => {
                let (overlap, new) = self.ask_anew(Input::Overlap(*x.min(y), *x.max(y)));
                if let Some(number) = new {
                    let shared = self.element_of(*x)?;
                    let (in_a, in_b) = (self.member(a, &shared)?, self.member(b, &shared)?);
                    let in_both = self.gates.and(in_a, in_b);
                    let definition = self.gates.or(!overlap, in_both);
                    self.define(number, definition);
                }
                Ok(overlap)
            }
        }
    }

    /// Whether an entity is in an element of a set.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn within_any(&mut self, entity: Node, set: &SetTerm) -> Result<Bit, Why> {
        match set {
            SetTerm::Listed(elements) => {
                let mut any = Bit::FALSE;
                for element in elements.iter() {
                    let within = self.within_value(entity, element)?;
                    any = self.gates.or(any, within);
                }
                Ok(any)
            }
            SetTerm::Place(place) => {
                self.must_be_one_hierarchy(entity, *place)?;
                let (within, new) = self.ask_anew(Input::InAny(entity, *place));
                if let Some(number) = new {
                    let above = self.element_of(*place)?;
                    let is_member = self.member(set, &above)?;
                    let is_within = self.within_value(entity, &above)?;
                    let both = self.gates.and(is_member, is_within);
                    let definition = self.gates.or(!within, both);
                    self.define(number, definition);
                }
                Ok(within)
            }
        }
    }

    /// Whether an entity is in another.
    ///
    /// # Errors
    ///
    /// Where the other is no entity.
    pub fn within_value(&mut self, entity: Node, other: &Value) -> Result<Bit, Why> {
        let Value::Node(choice) = other else {
            return Err(Why::NotValid);
        };
        self.gates.count(1);
        self.go_on()?;
        let mut any = Bit::FALSE;
        for (node, guard) in choice {
            let within = self.within(entity, *node);
            let chosen = self.gates.and(*guard, within);
            any = self.gates.or(any, chosen);
        }
        Ok(any)
    }

    /// The same value, with every record in it field by field: so that all that makes an element what it is
    /// occurs wherever the element does.
    fn spread_out(&mut self, value: &Value) -> Result<Value, Why> {
        let Value::Record(record) = value else {
            return Ok(value.clone());
        };
        let mut fields = BTreeMap::new();
        for name in self.fields(record) {
            if let Some((there, value)) = self.field(record, &name)? {
                fields.insert(name, (there, self.spread_out(&value)?));
            }
        }
        Ok(Value::Record(RecordTerm::Listed(Arc::new(fields))))
    }

    /// Some element of the set at a place, of which nothing is known yet.
    fn element_of(&mut self, set: Place) -> Result<Value, Why> {
        let Some(Kind::Set(ty)) = self.place(set).map(|data| data.kind) else {
            return Err(Why::NotValid);
        };
        let kind = Self::kind(ty)?;
        let place = self.name_element(kind);
        self.at(place)
    }
}
