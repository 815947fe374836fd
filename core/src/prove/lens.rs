//! One request, looked at through two schemas.
//!
//! A change of the schema alone can change what a policy decides: base's types kept something out that head's let in.
//! So the two sides are asked about one request, each as its own schema has it. A *lens* is a schema through which
//! places are looked at. What both schemas can say of a request is the same through both lenses:
//!
//! - what one of them does not declare is not there through its lens
//! - what the second always has and the first may not have has a value all the same, and any value at all
//! - what has a type of its own in each has a value of its own in each
//! - who is in whom through types that one of them does not connect is in them for the other alone
//! - an id that the second does not list makes the request one that the second refuses ([`Lenses::foreign`])
//!
//! The first lens is the one of the side that decides for real: head where something could be newly allowed, base where
//! something could be newly denied. What it always has, the second has too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Why;
use super::gates::Bit;
use super::terms::{Hierarchy, Input, Kind, Node, NodeData, Origin, Place, Terms};
use crate::schema::{Attribute, Schema, Type};

type Fields = BTreeMap<String, Attribute>;

/// Ends the name of what has a type of its own in the second schema. No name that proofs cover has it.
const APART: char = '\u{0}';

/// The schemas through which a request is looked at.
#[derive(Debug)]
pub(super) struct Lenses<'a> {
    schemas: [&'a Schema; 2],
    /// Which of them everything is looked at through now.
    second: bool,
    /// Whether the second is base's, and the first head's; `None` where there is only one.
    second_is_base: Option<bool>,
    /// The fields of the records at places, by each schema.
    records: BTreeMap<Place, [Option<&'a Fields>; 2]>,
    /// What the second schema refuses of what it sees: one bit each.
    foreign: Vec<Bit>,
}

impl<'a> Lenses<'a> {
    pub(super) const fn one(schema: &'a Schema) -> Self {
        Self {
            schemas: [schema, schema],
            second: false,
            second_is_base: None,
            records: BTreeMap::new(),
            foreign: Vec::new(),
        }
    }

    const fn of(&self, second: bool) -> &'a Schema {
        let [one, other] = self.schemas;
        if second { other } else { one }
    }

    /// The schemas of base and of head; `None` where there is only one.
    const fn sides(&self) -> Option<[&'a Schema; 2]> {
        let [first, second] = self.schemas;
        match self.second_is_base {
            None => None,
            Some(false) => Some([first, second]),
            Some(true) => Some([second, first]),
        }
    }
}

impl<'a> Terms<'a> {
    /// From here on also looked at through a second schema. `base` says whether the second is base's.
    pub(super) const fn add_lens(&mut self, second: &'a Schema, is_base: bool) {
        self.lenses.schemas[1] = second;
        self.lenses.second_is_base = Some(is_base);
    }

    /// Looks through the second schema, or through the first.
    pub(super) const fn look_through(&mut self, second: bool) {
        self.lenses.second = second;
        self.schema = self.lenses.of(second);
    }

    /// Whether the second schema refuses the request, as far as anything was looked at.
    pub(super) fn foreign(&mut self) -> Bit {
        let mut any = Bit::FALSE;
        for bit in self.lenses.foreign.clone() {
            any = self.gates.or(any, bit);
        }
        any
    }

    const fn is_one(&self) -> bool {
        self.lenses.second_is_base.is_none()
    }

    /// What each schema declares at a place: its type, and whether there always is a value.
    fn declared(&self, origin: &Origin) -> [Option<(&'a Type, bool)>; 2] {
        [
            self.declared_by(false, origin),
            self.declared_by(true, origin),
        ]
    }

    fn declared_by(&self, second: bool, origin: &Origin) -> Option<(&'a Type, bool)> {
        let schema = self.lenses.of(second);
        let attribute = |of: &'a Attribute| (&of.ty, of.required);
        match origin {
            Origin::Attr(entity, name) => {
                let ty = schema.entity_types.get(self.entity_type(*entity)?)?;
                ty.attributes.get(&**name).map(attribute)
            }
            Origin::Tag(entity, _) => {
                let ty = schema.entity_types.get(self.entity_type(*entity)?)?;
                ty.tags.as_ref().map(|ty| (ty, false))
            }
            Origin::Field(record, name) => {
                let fields = self.fields_by(second, *record)?;
                fields.get(&**name).map(attribute)
            }
            _ => None,
        }
    }

    fn fields_by(&self, second: bool, record: Place) -> Option<&'a Fields> {
        match self.lenses.records.get(&record) {
            Some([_, fields]) if second => *fields,
            Some([fields, _]) => *fields,
            None => match self.place(record)?.kind {
                Kind::Record(fields) => Some(fields),
                _ => None,
            },
        }
    }

    /// The fields of the record at a place.
    pub(super) fn fields_at(&self, record: Place) -> Option<&'a Fields> {
        self.fields_by(self.lenses.second, record)
    }

    /// Names the context of the request; `None` where the schema does not have the action.
    pub(super) fn context(&mut self) -> Option<Place> {
        let action = &self.environment.action;
        let of = self.lenses.schemas.map(|schema| {
            let action = schema.actions.get(action);
            action.map(|action| &action.context)
        });
        let [first, second] = of;
        let own = if self.lenses.second { second } else { first }?;
        let place = self.name(Origin::Context, Kind::Record(own));
        if !self.is_one() {
            self.lenses.records.insert(place, of);
        }
        Some(place)
    }

    /// Names an attribute, a field or a tag: its place, and whether there always is a value. `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where proofs do not cover its type.
    pub(super) fn look(&mut self, origin: Origin) -> Result<Option<(Place, bool)>, Why> {
        let own = self.declared_by(self.lenses.second, &origin);
        let Some((ty, required)) = own else {
            self.by_types = true;
            return Ok(None);
        };
        let kind = Self::kind(ty)?;
        if self.is_one() {
            return Ok(Some((self.name(origin, kind), required)));
        }
        let declared = self.declared(&origin);
        let [first, _] = declared;
        if is_reserved(&origin) {
            return Err(Why::Unsupported("names that end in NUL".to_owned()));
        }
        let is_apart = self.lenses.second && first.is_some_and(|(first, _)| !alike(ty, first));
        let required = self.is_required(&origin, required);
        let (origin, records) = match is_apart {
            true => (apart(origin)?, [None, own]),
            false => (origin, declared),
        };
        let place = self.name(origin, kind);
        if let Kind::Record(_) = kind {
            let records = records.map(|of| match of {
                Some((Type::Record(fields), _)) => Some(fields),
                _ => None,
            });
            self.lenses.records.insert(place, records);
        }
        Ok(Some((place, required)))
    }

    /// Whether there always is a value at a place where the schema that it is looked at through says so or not.
    pub(super) fn is_required(&self, origin: &Origin, own: bool) -> bool {
        if own || !self.lenses.second || self.is_one() {
            return own;
        }
        let [first, second] = self.declared(origin);
        match (first, second) {
            (Some((first, required)), Some((second, _))) => required && alike(first, second),
            _ => false,
        }
    }

    /// The name under which a field or attribute is known: one of its own where the second schema has another type.
    pub(super) fn spelled(&self, origin: Origin) -> Origin {
        if self.is_one() || !self.lenses.second {
            return origin;
        }
        match self.declared(&origin) {
            [Some((first, _)), Some((second, _))] if !alike(first, second) => {
                apart(origin.clone()).unwrap_or(origin)
            }
            _ => origin,
        }
    }

    /// Keeps what is at a place to the ids that the schema lists of its type, if it lists any.
    pub(super) fn keep_to_the_list(&mut self, place: Place, node: Node, ty: &str) {
        let Some(origin) = self.place(place).map(|data| data.origin.clone()) else {
            return;
        };
        if self.is_open {
            return;
        }
        let [first, second] = self.lenses.schemas;
        let listed = Self::listed_by(first, ty);
        if self.is_one() {
            if let Some(listed) = listed {
                let any = self.is_any_of(node, listed);
                self.require(place, any);
            }
            return;
        }
        let [by_first, by_second] = self.declared(&origin);
        let (of_first, of_second, required) = match origin {
            Origin::Attr(..) | Origin::Field(..) | Origin::Tag(..) if is_reserved(&origin) => {
                (false, true, false)
            }
            Origin::Attr(..) | Origin::Field(..) | Origin::Tag(..) => {
                let required = by_first.is_some_and(|(_, required)| required);
                (by_first.is_some(), by_second.is_some(), required)
            }
            _ => (true, true, true),
        };
        let also = Self::listed_by(second, ty);
        if of_second
            && (also != listed || !of_first)
            && let Some(also) = also
        {
            let any = self.is_any_of(node, also);
            if of_first {
                let present = self.present(place, required);
                let foreign = self.gates.and(present, !any);
                self.lenses.foreign.push(foreign);
            } else {
                self.require(place, any);
            }
        }
        if of_first && let Some(listed) = listed {
            let any = self.is_any_of(node, listed);
            self.require(place, any);
        }
    }

    fn is_any_of(&mut self, node: Node, entities: Vec<crate::facts::Entity>) -> Bit {
        let mut any = Bit::FALSE;
        for entity in entities {
            let literal = self.intern(NodeData::Entity(entity));
            let equal = self.equal(node, literal);
            any = self.gates.or(any, equal);
        }
        any
    }

    /// In which hierarchy entities of one type are in those of another.
    pub(super) fn hierarchy(&self, lower: &str, upper: &str) -> Hierarchy {
        match self.lenses.second {
            true => self.hierarchy_of_second(lower, upper),
            false => Hierarchy::First,
        }
    }

    fn hierarchy_of_second(&self, lower: &str, upper: &str) -> Hierarchy {
        let Some(sides) = self.lenses.sides() else {
            return Hierarchy::First;
        };
        let [before, after] = sides.map(|schema| routes(schema, lower, upper));
        // Whoever is in the other in a way that one of the two does not have is in it for the other alone.
        match before.is_empty() || after.is_empty() || before == after {
            true => Hierarchy::First,
            false => Hierarchy::Second,
        }
    }

    /// Whether entities of these types can be in one another through a lens, and this is the hierarchy that says so.
    pub(super) fn sees(&self, second: bool, a: Node, b: Node, hierarchy: Hierarchy) -> bool {
        if self.is_one() {
            return true;
        }
        let (Some(lower), Some(upper)) = (self.entity_type(a), self.entity_type(b)) else {
            return false;
        };
        let schema = self.lenses.of(second);
        let can_be =
            (schema.entity_types.get(lower)).is_some_and(|ty| ty.ancestors.contains(upper));
        let own = match second {
            true => self.hierarchy_of_second(lower, upper),
            false => Hierarchy::First,
        };
        can_be && own == hierarchy
    }

    /// The lenses through which there is something to see.
    pub(super) const fn lenses(&self) -> &'static [bool] {
        match self.is_one() {
            true => &[false],
            false => &[false, true],
        }
    }

    /// Whether everything is looked at through the second lens now.
    pub(super) const fn is_second(&self) -> bool {
        self.lenses.second
    }

    /// Who is in whom for one side is in them for the other too, where that has every way that the one has.
    pub(super) fn carried_over(
        &mut self,
        a: Node,
        b: Node,
        hierarchy: Hierarchy,
        second: Bit,
    ) -> Option<Bit> {
        let sides = self
            .lenses
            .sides()
            .filter(|_| hierarchy == Hierarchy::Second)?;
        let (lower, upper) = (self.entity_type(a)?, self.entity_type(b)?);
        let [before, after] = sides.map(|schema| routes(schema, lower, upper));
        let first = self.ask(Input::Below(a, b, Hierarchy::First));
        let (of_base, of_head) = match self.lenses.second_is_base {
            Some(true) => (second, first),
            _ => (first, second),
        };
        if before.is_subset(&after) {
            Some(self.gates.or(!of_base, of_head))
        } else if after.is_subset(&before) {
            Some(self.gates.or(!of_head, of_base))
        } else {
            None
        }
    }

    /// Refuses to ask whether an entity is in an element of a set where the hierarchies are not one.
    ///
    /// # Errors
    ///
    /// [`Why::Unsupported`]
    pub(super) fn must_be_one_hierarchy(&self, entity: Node, set: Place) -> Result<(), Why> {
        if self.is_one() {
            return Ok(());
        }
        let (Some(lower), Some(Kind::Set(Type::Entity(upper)))) = (
            self.entity_type(entity),
            self.place(set).map(|data| data.kind),
        ) else {
            return Ok(());
        };
        let [first, second] = self
            .lenses
            .schemas
            .map(|schema| routes(schema, lower, upper));
        match first == second {
            true => Ok(()),
            false => Err(Why::Unsupported(
                "sets of groups whose hierarchy the change declares anew".to_owned(),
            )),
        }
    }
}

/// The steps from type to type on all ways by which entities of one type are in those of another.
fn routes(schema: &Schema, lower: &str, upper: &str) -> BTreeSet<(String, String)> {
    let leads_up = |ty: &str| {
        ty == upper || (schema.entity_types.get(ty)).is_some_and(|ty| ty.ancestors.contains(upper))
    };
    let mut steps = BTreeSet::new();
    let mut open = vec![lower.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        let Some(ty) = schema.entity_types.get(&at) else {
            continue;
        };
        for parent in ty.member_of.iter().filter(|parent| leads_up(parent)) {
            steps.insert((at.clone(), parent.clone()));
            open.push(parent.clone());
        }
    }
    steps
}

/// Whether values of one type can be values of the other. What a record has is looked at field by field.
fn alike(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Record(_), Type::Record(_)) => true,
        (Type::Set(one), Type::Set(other)) => is_same(one, other),
        _ => is_same(one, other),
    }
}

/// Whether two types are the same, whatever annotations they have.
fn is_same(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Record(one), Type::Record(other)) => alike_fields(one, other),
        (Type::Set(one), Type::Set(other)) => is_same(one, other),
        (Type::Entity(one), Type::Entity(other)) => one == other,
        (Type::Extension(one), Type::Extension(other)) => one == other,
        (Type::Bool, Type::Bool) | (Type::Long, Type::Long) | (Type::String, Type::String) => true,
        _ => false,
    }
}

fn alike_fields(one: &Fields, other: &Fields) -> bool {
    one.len() == other.len()
        && one.iter().all(|(name, of)| {
            other
                .get(name)
                .is_some_and(|too| too.required == of.required && is_same(&of.ty, &too.ty))
        })
}

fn is_reserved(origin: &Origin) -> bool {
    match origin {
        Origin::Attr(_, name) | Origin::Field(_, name) => name.ends_with(APART),
        _ => false,
    }
}

/// Where the same is for the second schema alone.
fn apart(origin: Origin) -> Result<Origin, Why> {
    let own = |name: Arc<str>| -> Arc<str> { format!("{name}{APART}").into() };
    match origin {
        Origin::Attr(entity, name) => Ok(Origin::Attr(entity, own(name))),
        Origin::Field(record, name) => Ok(Origin::Field(record, own(name))),
        _ => Err(Why::Unsupported(
            "tags that the change declares with a new type".to_owned(),
        )),
    }
}
