//! Values that depend on the request: bits, numbers, and choices between nodes, sets and records.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Why;
use super::gates::Bit;
use super::ip::Ip;
use super::numbers::Number;
use super::terms::{Input, Kind, Node, NodeData, Origin, Place, Terms};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A Boolean.
    Bool(Bit),
    /// A `Long`, or the number behind a `decimal`, `datetime` or `duration`.
    Number(Number),
    /// An `ipaddr`.
    Ip(Box<Ip>),
    /// A string or an entity.
    Node(Choice<Node>),
    /// A set.
    Set(Choice<SetTerm>),
    /// A record.
    Record(RecordTerm),
}

/// One of several, each where its condition holds: always exactly one of them does. Sorted.
pub type Choice<T> = Vec<(T, Bit)>;

/// A set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetTerm {
    /// What is at a place.
    Place(Place),
    /// These elements.
    Listed(Arc<Vec<Value>>),
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordTerm {
    /// What is at a place.
    Place(Place),
    /// These fields, each with whether it is there.
    Listed(Arc<BTreeMap<Arc<str>, (Bit, Value)>>),
}

impl Value {
    /// A node that is sure.
    pub fn node(node: Node) -> Self {
        Self::Node(vec![(node, Bit::TRUE)])
    }
}

impl<'a> Terms<'a> {
    /// The value at a place.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover its type.
    pub fn at(&mut self, place: Place) -> Result<Value, Why> {
        let Some(kind) = self.place(place).map(|data| data.kind) else {
            return Err(Why::Unsupported("this value".to_owned()));
        };
        Ok(match kind {
            Kind::Bool => Value::Bool(self.ask(Input::Bit(place, 0))),
            Kind::Long | Kind::Decimal | Kind::Datetime | Kind::Duration => {
                let bits = 0..Number::WIDTH as u16;
                Value::Number(Number::of(
                    bits.map(|bit| self.ask(Input::Bit(place, bit))).collect(),
                ))
            }
            Kind::Ip => Value::Ip(Box::new(Ip::at(place, self))),
            Kind::String => Value::node(self.intern(NodeData::Place(place))),
            Kind::Entity(ty) => {
                let known = self.node_at(place);
                let node = self.intern(NodeData::Place(place));
                if known.is_none() {
                    self.keep_to_the_list(place, node, ty);
                }
                Value::node(node)
            }
            Kind::Set(_) => Value::Set(vec![(SetTerm::Place(place), Bit::TRUE)]),
            Kind::Record(_) => Value::Record(RecordTerm::Place(place)),
        })
    }

    /// A field of a record: whether it is there, and its value. `None` where the type has no such field.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover its type.
    pub fn field(&mut self, record: &RecordTerm, name: &str) -> Result<Option<(Bit, Value)>, Why> {
        match record {
            RecordTerm::Listed(fields) => Ok(fields.get(name).cloned()),
            RecordTerm::Place(place) => {
                let Some((field, required)) = self.look(Origin::Field(*place, name.into()))? else {
                    return Ok(None);
                };
                Ok(Some((self.present(field, required), self.at(field)?)))
            }
        }
    }

    /// An attribute of one entity: whether it is there, and its value. `None` where the type has none.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover its type.
    pub fn attribute(&mut self, entity: Node, name: &str) -> Result<Option<(Bit, Value)>, Why> {
        self.reads(entity);
        let Some((place, required)) = self.look(Origin::Attr(entity, name.into()))? else {
            return Ok(None);
        };
        let (present, exists) = (self.present(place, required), self.exists(entity));
        Ok(Some((self.gates.and(present, exists), self.at(place)?)))
    }

    /// A tag of one entity: whether it is there, and its value. `None` where the type has none.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover its type.
    pub fn tag(&mut self, entity: Node, key: Node) -> Result<Option<(Bit, Value)>, Why> {
        self.reads(entity);
        let Some((place, required)) = self.look(Origin::Tag(entity, key))? else {
            return Ok(None);
        };
        let (present, exists) = (self.present(place, required), self.exists(entity));
        Ok(Some((self.gates.and(present, exists), self.at(place)?)))
    }

    /// The fields that a record can have, sorted.
    pub fn fields(&self, record: &RecordTerm) -> Vec<Arc<str>> {
        match record {
            RecordTerm::Listed(fields) => fields.keys().cloned().collect(),
            RecordTerm::Place(place) => (self.fields_at(*place))
                .map(|fields| fields.keys().map(|name| name.as_str().into()).collect())
                .unwrap_or_default(),
        }
    }

    /// The first value where the condition holds, else the second.
    ///
    /// # Errors
    ///
    /// Where the two are not of one type.
    pub fn choose(&mut self, condition: Bit, then: &Value, other: &Value) -> Result<Value, Why> {
        if let Some(known) = condition.known() {
            return Ok(if known { then } else { other }.clone());
        }
        if then == other {
            return Ok(then.clone());
        }
        Ok(match (then, other) {
            (Value::Bool(a), Value::Bool(b)) => Value::Bool(self.gates.choose(condition, *a, *b)),
            (Value::Number(a), Value::Number(b)) => {
                Value::Number(Number::choose(condition, a, b, &mut self.gates))
            }
            (Value::Ip(a), Value::Ip(b)) => {
                Value::Ip(Box::new(Ip::choose(condition, a, b, &mut self.gates)))
            }
            (Value::Node(a), Value::Node(b)) => Value::Node(self.joined(condition, a, b)),
            (Value::Set(a), Value::Set(b)) => Value::Set(self.joined(condition, a, b)),
            (Value::Record(a), Value::Record(b)) => {
                let mut names = self.fields(a);
                names.extend(self.fields(b));
                let mut fields = BTreeMap::new();
                for name in names {
                    if fields.contains_key(&name) {
                        continue;
                    }
                    let field = match (self.field(a, &name)?, self.field(b, &name)?) {
                        (Some((there, value)), Some((there_too, value_too))) => (
                            self.gates.choose(condition, there, there_too),
                            self.choose(condition, &value, &value_too)?,
                        ),
                        (Some((there, value)), None) => (self.gates.and(condition, there), value),
                        (None, Some((there, value))) => (self.gates.and(!condition, there), value),
                        (None, None) => continue,
                    };
                    fields.insert(name, field);
                }
                Value::Record(RecordTerm::Listed(Arc::new(fields)))
            }
            _ => return Err(Why::NotValid),
        })
    }

    fn joined<T: Ord + Clone>(
        &mut self,
        condition: Bit,
        then: &Choice<T>,
        other: &Choice<T>,
    ) -> Choice<T> {
        let mut joined: BTreeMap<T, Bit> = BTreeMap::new();
        for (choice, condition) in [(then, condition), (other, !condition)] {
            for (term, guard) in choice {
                let guard = self.gates.and(condition, *guard);
                let before = joined.get(term).copied().unwrap_or(Bit::FALSE);
                let guard = self.gates.or(before, guard);
                joined.insert(term.clone(), guard);
            }
        }
        joined.retain(|_, guard| *guard != Bit::FALSE);
        joined.into_iter().collect()
    }

    /// Whether two values are equal.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover a type.
    pub fn equals(&mut self, a: &Value, b: &Value) -> Result<Bit, Why> {
        self.gates.count(1);
        self.go_on()?;
        if a == b {
            return Ok(Bit::TRUE);
        }
        Ok(match (a, b) {
            (Value::Bool(a), Value::Bool(b)) => self.gates.same(*a, *b),
            (Value::Number(a), Value::Number(b)) => a.equals(b, &mut self.gates),
            (Value::Ip(a), Value::Ip(b)) => a.equals(b, &mut self.gates),
            (Value::Node(a), Value::Node(b)) => {
                self.pairwise(a, b, |terms, a, b| Ok(terms.equal(*a, *b)))?
            }
            (Value::Set(a), Value::Set(b)) => self.pairwise(a, b, Self::same_elements)?,
            (Value::Record(a), Value::Record(b)) => {
                let mut names = self.fields(a);
                names.extend(self.fields(b));
                names.sort();
                names.dedup();
                let mut all = Bit::TRUE;
                for name in names {
                    let same = match (self.field(a, &name)?, self.field(b, &name)?) {
                        (Some((there, value)), Some((there_too, value_too))) => {
                            let same = self.gates.same(there, there_too);
                            let equal = self.equals(&value, &value_too)?;
                            let equal = self.gates.or(!there, equal);
                            self.gates.and(same, equal)
                        }
                        (Some((there, _)), None) | (None, Some((there, _))) => !there,
                        (None, None) => Bit::TRUE,
                    };
                    all = self.gates.and(all, same);
                    if all == Bit::FALSE {
                        break;
                    }
                }
                all
            }
            _ => Bit::FALSE,
        })
    }

    /// What holds of the pair that is chosen.
    pub fn pairwise<A, B>(
        &mut self,
        a: &Choice<A>,
        b: &Choice<B>,
        mut holds: impl FnMut(&mut Self, &A, &B) -> Result<Bit, Why>,
    ) -> Result<Bit, Why> {
        let mut any = Bit::FALSE;
        for (a, left) in a {
            for (b, right) in b {
                let both = self.gates.and(*left, *right);
                if both == Bit::FALSE {
                    continue;
                }
                let holds = holds(self, a, b)?;
                let holds = self.gates.and(both, holds);
                any = self.gates.or(any, holds);
            }
        }
        Ok(any)
    }
}
