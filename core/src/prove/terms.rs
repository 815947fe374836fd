//! What formulas talk about: the variables of a kind of request, and what is asked of them.
//!
//! A *place* is a value that the request or an entity has: `context`, an attribute, a field of a record, a tag. It
//! becomes bits once something looks at it. A *node* is a string or an entity, as a literal or as what is at a place:
//! nodes can be equal or not, and nothing else is known of them but what the inputs of the formula ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gates::{Bit, Gates};
use super::lens::Lenses;
use super::like::Pattern;
use super::numbers::Number;
use super::value::{SetTerm, Value};
use super::{Why, World};
use crate::facts::Entity;
use crate::schema::{Attribute, Environment, Schema, Type};

/// How many gates formulas may have: some hundred megabytes of memory.
const GATES: usize = 2_000_000;

/// The number of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub(super) u32);

/// The number of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub(super) u32);

/// Where a place is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `principal`
    Principal,
    /// `resource`
    Resource,
    /// `context`
    Context,
    /// An attribute of an entity.
    Attr(Node, Arc<str>),
    /// A tag of an entity, by its key.
    Tag(Node, Node),
    /// A field of a record.
    Field(Place, Arc<str>),
    /// Nowhere: an element that a set has to have, by its number.
    Element(u32),
    /// Nowhere: what a number divided by another comes to.
    Quotient(Number, Division),
    /// Nowhere: what is left of a number that is divided by another.
    Rest(Number, Division),
}

/// By what a number is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Division {
    /// The divisor: positive.
    pub by: i64,
    /// Whether the quotient is rounded down, and not towards zero.
    pub down: bool,
}

/// What kind of value a place has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind<'a> {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    String,
    /// `decimal`, in ten-thousandths
    Decimal,
    /// `datetime`, in milliseconds since 1970
    Datetime,
    /// `duration`, in milliseconds
    Duration,
    /// `ipaddr`
    Ip,
    /// An entity of this type.
    Entity(&'a str),
    /// A set of these.
    Set(&'a Type),
    /// A record with these fields.
    Record(&'a BTreeMap<String, Attribute>),
}

impl<'a> Kind<'a> {
    /// The kind of a type; `None` for an extension type that proofs do not know.
    pub fn of(ty: &'a Type) -> Option<Self> {
        Some(match ty {
            Type::Bool => Self::Bool,
            Type::Long => Self::Long,
            Type::String => Self::String,
            Type::Set(element) => Self::Set(element),
            Type::Record(fields) => Self::Record(fields),
            Type::Entity(ty) => Self::Entity(ty),
            Type::Extension(name) => match name.as_str() {
                "decimal" => Self::Decimal,
                "datetime" => Self::Datetime,
                "duration" => Self::Duration,
                "ipaddr" => Self::Ip,
                _ => return None,
            },
        })
    }
}

/// A place.
#[derive(Debug, Clone)]
pub struct PlaceData<'a> {
    /// Where it is.
    pub origin: Origin,
    /// What kind of value it has.
    pub kind: Kind<'a>,
    /// What holds of every value of the kind.
    pub axiom: Bit,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeData {
    /// A string literal.
    Text(Arc<str>),
    /// An entity literal.
    Entity(Entity),
    /// What is at a place.
    Place(Place),
}

/// What a formula takes as given, by the number of the input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A bit of the value at a place.
    Bit(Place, u16),
    /// Whether there is a value at a place.
    Present(Place),
    /// Whether the entity is there.
    Exists(Node),
    /// Whether two nodes are equal, the lesser first.
    Equal(Node, Node),
    /// Whether a string matches a pattern.
    Like(Node, Arc<Pattern>),
    /// Whether the first is in the second, directly or not, and not the second itself, in a hierarchy.
    Below(Node, Node, Hierarchy),
    /// Whether the set at a place has this element.
    Member(Place, Value),
    /// Whether every element of the set at a place is in the other set.
    Subset(Place, SetTerm),
    /// Whether the sets at two places share an element, the lesser first.
    Overlap(Place, Place),
    /// Whether the entity is in an element of the set at a place.
    InAny(Node, Place),
}

/// Which hierarchy of entities is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hierarchy {
    /// The one of the first schema, which the second shares where both connect types in the same ways.
    First,
    /// The one of the second schema, where it connects types in other ways.
    Second,
}

/// Everything that was named so far, in one kind of request.
#[derive(Debug)]
pub struct Terms<'a> {
    /// The formulas.
    pub gates: Gates,
    /// The schema through which everything is looked at now.
    pub schema: &'a Schema,
    /// The schemas through which it can be looked at.
    pub(super) lenses: Lenses<'a>,
    /// The kind of request.
    pub environment: &'a Environment,
    /// Which entities there are.
    pub world: World,
    places: Vec<PlaceData<'a>>,
    by_origin: BTreeMap<Origin, Place>,
    nodes: Vec<NodeData>,
    by_node: BTreeMap<NodeData, Node>,
    inputs: Vec<Input>,
    by_input: BTreeMap<Input, Bit>,
    /// What holds of an input by its meaning, by the number of the input.
    definitions: BTreeMap<u32, Bit>,
    elements: u32,
    /// Whether the types alone said what something comes to, since this was last set back.
    pub(super) by_types: bool,
    /// Whether the schema's lists of ids say nothing.
    pub(super) is_open: bool,
    /// Up to which amount of work the gates may be worked on.
    allowed: u64,
    /// Entity literals of which an attribute or tag was asked for, even where what is asked is known.
    pub read: BTreeSet<Entity>,
}

impl<'a> Terms<'a> {
    /// Without anything named.
    pub fn new(schema: &'a Schema, environment: &'a Environment, world: World) -> Self {
        Self {
            gates: Gates::default(),
            schema,
            lenses: Lenses::one(schema),
            environment,
            world,
            places: Vec::new(),
            by_origin: BTreeMap::new(),
            nodes: Vec::new(),
            by_node: BTreeMap::new(),
            inputs: Vec::new(),
            by_input: BTreeMap::new(),
            definitions: BTreeMap::new(),
            elements: 0,
            by_types: false,
            is_open: false,
            allowed: u64::MAX,
            read: BTreeSet::new(),
        }
    }

    /// Allows so much work from here on.
    pub fn allow(&mut self, work: u64) {
        self.allowed = self.gates.work().saturating_add(work);
    }

    /// Refuses to go on where the formulas got too large, or took too much work.
    ///
    /// # Errors
    ///
    /// [`Why::Budget`].
    pub fn go_on(&self) -> Result<(), Why> {
        if self.gates.len() > GATES || self.gates.work() > self.allowed {
            return Err(Why::Budget);
        }
        Ok(())
    }

    /// The place, if it was named.
    pub fn place(&self, place: Place) -> Option<&PlaceData<'a>> {
        self.places.get(place.0 as usize)
    }

    /// The place that is there, if it was named.
    pub fn find(&self, origin: &Origin) -> Option<Place> {
        self.by_origin.get(origin).copied()
    }

    /// The node.
    pub fn node(&self, node: Node) -> Option<&NodeData> {
        self.nodes.get(node.0 as usize)
    }

    /// The input with this number.
    pub fn input(&self, number: u32) -> Option<&Input> {
        self.inputs.get(number as usize)
    }

    /// What holds of an input by its meaning.
    pub fn definition(&self, number: u32) -> Option<Bit> {
        self.definitions.get(&number).copied()
    }

    /// Names a place.
    pub fn name(&mut self, origin: Origin, kind: Kind<'a>) -> Place {
        if let Some(place) = self.by_origin.get(&origin) {
            return *place;
        }
        let place = Place(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
        self.places.push(PlaceData {
            origin: origin.clone(),
            kind,
            axiom: Bit::TRUE,
        });
        self.by_origin.insert(origin, place);
        place
    }

    /// Names a place that nothing else names.
    pub fn name_element(&mut self, kind: Kind<'a>) -> Place {
        self.elements += 1;
        self.name(Origin::Element(self.elements), kind)
    }

    /// Says what holds of every value at a place.
    pub fn require(&mut self, place: Place, axiom: Bit) {
        if let Some(data) = self.places.get_mut(place.0 as usize) {
            data.axiom = self.gates.and(data.axiom, axiom);
        }
    }

    /// The node for this.
    pub fn intern(&mut self, data: NodeData) -> Node {
        if let Some(node) = self.by_node.get(&data) {
            return *node;
        }
        let node = Node(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(data.clone());
        self.by_node.insert(data, node);
        node
    }

    /// The node of what is at a place, if there is one.
    pub fn node_at(&self, place: Place) -> Option<Node> {
        self.by_node.get(&NodeData::Place(place)).copied()
    }

    /// The type of an entity; `None` for a string.
    pub fn entity_type(&self, node: Node) -> Option<&str> {
        match self.node(node)? {
            NodeData::Text(_) => None,
            NodeData::Entity(entity) => Some(&entity.ty),
            NodeData::Place(place) => match self.place(*place)?.kind {
                Kind::Entity(ty) => Some(ty),
                _ => None,
            },
        }
    }

    /// The entities that there are of a type, where the schema lists them: those of an enumerated type, and actions.
    pub fn listed(&self, ty: &str) -> Option<Vec<Entity>> {
        Self::listed_by(self.schema, ty)
    }

    /// The entities that a schema lists of a type.
    pub fn listed_by(schema: &Schema, ty: &str) -> Option<Vec<Entity>> {
        if let Some(ids) = schema
            .entity_types
            .get(ty)
            .and_then(|ty| ty.enumeration.as_ref())
        {
            let entity = |id: &String| Entity {
                ty: ty.to_owned(),
                id: id.clone(),
            };
            return Some(ids.iter().map(entity).collect());
        }
        if schema.entity_types.contains_key(ty) {
            return None;
        }
        let actions: Vec<Entity> = schema
            .actions
            .keys()
            .filter(|action| action.ty == ty)
            .cloned()
            .collect();
        (!actions.is_empty()).then_some(actions)
    }

    /// Notes that an attribute or tag of an entity was asked for.
    pub fn reads(&mut self, node: Node) {
        if let Some(NodeData::Entity(entity)) = self.node(node) {
            let entity = entity.clone();
            self.read.insert(entity);
        }
    }

    /// The bit of an input.
    pub fn ask(&mut self, input: Input) -> Bit {
        self.ask_anew(input).0
    }

    /// The bit of an input, and its number if nobody has asked for it before.
    pub fn ask_anew(&mut self, input: Input) -> (Bit, Option<u32>) {
        self.gates.count(1);
        if let Some(bit) = self.by_input.get(&input) {
            return (*bit, None);
        }
        let number = u32::try_from(self.inputs.len()).unwrap_or(u32::MAX);
        let bit = self.gates.input(number);
        self.inputs.push(input.clone());
        self.by_input.insert(input, bit);
        (bit, Some(number))
    }

    /// The bit of an input, if anybody has asked for it.
    pub fn asked(&self, input: &Input) -> Option<Bit> {
        self.by_input.get(input).copied()
    }

    /// Says what holds of an input by its meaning.
    pub fn define(&mut self, number: u32, definition: Bit) {
        self.definitions.insert(number, definition);
    }

    /// Whether there is a value at a place that has one always, or may have none.
    pub fn present(&mut self, place: Place, required: bool) -> Bit {
        match required {
            true => Bit::TRUE,
            false => self.ask(Input::Present(place)),
        }
    }

    /// Whether an entity is there.
    pub fn exists(&mut self, node: Node) -> Bit {
        match self.world {
            World::Complete => Bit::TRUE,
            World::Partial => self.ask(Input::Exists(node)),
        }
    }

    /// Whether two nodes are equal.
    pub fn equal(&mut self, a: Node, b: Node) -> Bit {
        if a == b {
            return Bit::TRUE;
        }
        let is_literal = |node| {
            matches!(
                self.node(node),
                Some(NodeData::Text(_) | NodeData::Entity(_))
            )
        };
        if self.entity_type(a) != self.entity_type(b) {
            self.by_types = true;
            return Bit::FALSE;
        }
        if is_literal(a) && is_literal(b) {
            return Bit::FALSE;
        }
        self.ask(Input::Equal(a.min(b), a.max(b)))
    }

    /// Whether the first is in the second.
    pub fn within(&mut self, a: Node, b: Node) -> Bit {
        let equal = self.equal(a, b);
        let below = self.below(a, b);
        self.gates.or(equal, below)
    }

    fn below(&mut self, a: Node, b: Node) -> Bit {
        let (Some(lower), Some(upper)) = (self.entity_type(a), self.entity_type(b)) else {
            return Bit::FALSE;
        };
        let Some(ty) = self.schema.entity_types.get(lower) else {
            return self.below_as_action(a, b);
        };
        if !ty.ancestors.contains(upper) {
            self.by_types = true;
            return Bit::FALSE;
        }
        let hierarchy = self.hierarchy(lower, upper);
        let (below, new) = self.ask_anew(Input::Below(a, b, hierarchy));
        if let Some(number) = new {
            let exists = self.exists(a);
            let mut definition = self.gates.or(!below, exists);
            if let Some(implied) = self.carried_over(a, b, hierarchy, below) {
                definition = self.gates.and(definition, implied);
            }
            self.define(number, definition);
        }
        below
    }

    /// The schema says which actions are in which.
    fn below_as_action(&mut self, a: Node, b: Node) -> Bit {
        let schema = self.schema;
        let mut pairs = Vec::new();
        for (entity, action) in &schema.actions {
            for group in &action.ancestors {
                pairs.push((entity.clone(), group.clone()));
            }
        }
        let mut below = Bit::FALSE;
        for (entity, group) in pairs {
            let (entity, group) = (
                self.intern(NodeData::Entity(entity)),
                self.intern(NodeData::Entity(group)),
            );
            let (left, right) = (self.equal(a, entity), self.equal(b, group));
            let both = self.gates.and(left, right);
            below = self.gates.or(below, both);
        }
        below
    }

    /// Whether a string matches a pattern.
    pub fn like(&mut self, node: Node, pattern: &Arc<Pattern>) -> Bit {
        match self.node(node) {
            Some(NodeData::Text(text)) => Bit::constant(pattern.matches(text)),
            _ => match pattern.constant() {
                Some(text) => {
                    let literal = self.intern(NodeData::Text(text.into()));
                    self.equal(node, literal)
                }
                None if pattern.matches_all() => Bit::TRUE,
                None => self.ask(Input::Like(node, Arc::clone(pattern))),
            },
        }
    }

    /// The kind of a type.
    ///
    /// # Errors
    ///
    /// [`Why::Unsupported`] for an extension type that proofs do not know.
    pub fn kind(ty: &'a Type) -> Result<Kind<'a>, Why> {
        Kind::of(ty).ok_or_else(|| Why::Unsupported("an extension type of this schema".to_owned()))
    }
}
