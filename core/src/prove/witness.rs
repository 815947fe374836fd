//! A model to a request with its entities, in Cedar's JSON form and as small as it can be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::model::Model;
use super::terms::{Input, Kind, Node, NodeData, Origin, Place, Terms};
use super::value::{RecordTerm, SetTerm, Value};
use super::{Witness, World, extension, ip::Ip};
use crate::facts::Entity;
use crate::schema::{Attribute, Type};

/// The request and the entities that a model describes. What the model leaves open is as plain as its type has it:
/// `false`, 0, an empty text, an empty set, an entity that is there anyway.
///
/// `read` are entities that must be there because policies read them.
pub fn witness(terms: &Terms<'_>, model: &Model, read: &BTreeSet<Entity>) -> Witness {
    let mut builder = Builder::new(terms, model);
    let principal = builder.entity_at(&Origin::Principal, &terms.environment.principal);
    let resource = builder.entity_at(&Origin::Resource, &terms.environment.resource);
    let context = builder.context();
    builder.looked_at(read);
    builder.hierarchy();
    let entities = builder.entities();
    Witness {
        principal,
        action: terms.environment.action.clone(),
        resource,
        context,
        entities,
    }
}

struct Builder<'b, 'a> {
    terms: &'b Terms<'a>,
    model: &'b Model,
    /// By the class of the place.
    bits: BTreeMap<(Place, u16), bool>,
    present: BTreeMap<Place, bool>,
    exists: BTreeMap<Node, bool>,
    members: BTreeMap<Place, Vec<&'b Value>>,
    /// What is below a class: attributes, fields and tags that occur.
    attributes: BTreeMap<(Node, &'b str), Place>,
    fields: BTreeMap<(Place, &'b str), Place>,
    tags: BTreeMap<Node, Vec<(Node, Place)>>,
    /// The entity or text of each class that has one.
    entities: BTreeMap<Node, Entity>,
    texts: BTreeMap<Node, String>,
    class_of: BTreeMap<Entity, Node>,
    used_texts: BTreeSet<String>,
    /// The entity that stands where any of its type would do.
    plain: BTreeMap<String, Entity>,
    parents: BTreeMap<Entity, BTreeSet<Entity>>,
    /// What was named and is still to be written.
    open: VecDeque<Entity>,
    named: BTreeSet<Entity>,
}

impl<'b, 'a> Builder<'b, 'a> {
    fn new(terms: &'b Terms<'a>, model: &'b Model) -> Self {
        let mut builder = Self {
            terms,
            model,
            bits: BTreeMap::new(),
            present: BTreeMap::new(),
            exists: BTreeMap::new(),
            members: BTreeMap::new(),
            attributes: BTreeMap::new(),
            fields: BTreeMap::new(),
            tags: BTreeMap::new(),
            entities: BTreeMap::new(),
            texts: BTreeMap::new(),
            class_of: BTreeMap::new(),
            used_texts: model.texts.values().cloned().collect(),
            plain: BTreeMap::new(),
            parents: BTreeMap::new(),
            open: VecDeque::new(),
            named: BTreeSet::new(),
        };
        builder.read_inputs();
        builder.read_places();
        builder.read_literals();
        builder
    }

    fn read_inputs(&mut self) {
        let classes = &self.model.classes;
        for (input, _) in self.model.inputs() {
            let holds = self
                .terms
                .asked(input)
                .is_some_and(|bit| self.model.holds(bit));
            match input {
                Input::Bit(place, bit) => {
                    self.bits.insert((classes.of_place(*place), *bit), holds);
                }
                Input::Present(place) => {
                    self.present.insert(classes.of_place(*place), holds);
                }
                Input::Exists(node) => {
                    self.exists.insert(classes.of_node(*node), holds);
                }
                Input::Member(place, element) if holds => {
                    let class = classes.of_place(*place);
                    self.members.entry(class).or_default().push(element);
                }
                _ => {}
            }
        }
    }

    fn read_places(&mut self) {
        let classes = &self.model.classes;
        for place in self.model.places() {
            let Some(data) = self.terms.place(*place) else {
                continue;
            };
            match &data.origin {
                Origin::Attr(node, name) => {
                    let class = classes.of_node(*node);
                    self.attributes.entry((class, name)).or_insert(*place);
                }
                Origin::Field(record, name) => {
                    let class = classes.of_place(*record);
                    self.fields.entry((class, name)).or_insert(*place);
                }
                Origin::Tag(node, key) => {
                    let class = classes.of_node(*node);
                    let tags = self.tags.entry(class).or_default();
                    tags.push((classes.of_node(*key), *place));
                }
                _ => {}
            }
        }
    }

    fn read_literals(&mut self) {
        for node in self.model.nodes() {
            let class = self.model.classes.of_node(*node);
            match self.terms.node(*node) {
                Some(NodeData::Entity(entity)) => {
                    self.entities.insert(class, entity.clone());
                    self.class_of.insert(entity.clone(), class);
                }
                Some(NodeData::Text(text)) => {
                    self.texts.insert(class, text.to_string());
                    self.used_texts.insert(text.to_string());
                }
                _ => {}
            }
        }
        for (class, text) in &self.model.texts {
            self.texts.insert(*class, text.clone());
        }
    }

    fn entity_at(&mut self, origin: &Origin, ty: &str) -> Entity {
        let node = self
            .terms
            .find(origin)
            .and_then(|place| self.terms.node_at(place));
        match node {
            Some(node) if self.model.nodes().contains(&node) => self.entity(node),
            _ => self.plain(ty),
        }
    }

    /// The entity of a node that occurs.
    fn entity(&mut self, node: Node) -> Entity {
        let class = self.model.classes.of_node(node);
        let entity = match self.entities.get(&class) {
            Some(entity) => entity.clone(),
            None => {
                let ty = self.terms.entity_type(node).unwrap_or_default().to_owned();
                let entity = self.fresh(&ty);
                self.entities.insert(class, entity.clone());
                self.class_of.insert(entity.clone(), class);
                entity
            }
        };
        self.plain
            .entry(entity.ty.clone())
            .or_insert_with(|| entity.clone());
        self.name(entity)
    }

    fn name(&mut self, entity: Entity) -> Entity {
        if self.named.insert(entity.clone()) {
            self.open.push_back(entity.clone());
        }
        entity
    }

    /// An entity of which nothing is known.
    fn fresh(&self, ty: &str) -> Entity {
        let short = ty.rsplit("::").next().unwrap_or(ty).to_lowercase();
        let mut number = 1;
        loop {
            let entity = Entity {
                ty: ty.to_owned(),
                id: format!("{short}-{number}"),
            };
            if !self.class_of.contains_key(&entity) && !self.named.contains(&entity) {
                return entity;
            }
            number += 1;
        }
    }

    /// Any entity of a type.
    fn plain(&mut self, ty: &str) -> Entity {
        let entity = match self.plain.get(ty) {
            Some(entity) => entity.clone(),
            None => match self.terms.listed(ty).and_then(|all| all.into_iter().next()) {
                Some(entity) => entity,
                None => self.fresh(ty),
            },
        };
        self.plain.insert(ty.to_owned(), entity.clone());
        self.name(entity)
    }

    fn text(&mut self, node: Node) -> String {
        let class = self.model.classes.of_node(node);
        if let Some(text) = self.texts.get(&class) {
            return text.clone();
        }
        // Named for where it is, as "state-1".
        let terms = self.terms;
        let place = match terms.node(node) {
            Some(NodeData::Place(place)) => terms.place(*place),
            _ => None,
        };
        let name = match place.map(|place| &place.origin) {
            Some(Origin::Attr(_, name) | Origin::Field(_, name)) => name.trim_end_matches('\0'),
            _ => "text",
        };
        let mut number = 1;
        let text = loop {
            let text = format!("{name}-{number}");
            if self.used_texts.insert(text.clone()) {
                break text;
            }
            number += 1;
        };
        self.texts.insert(class, text.clone());
        text
    }

    fn context(&mut self) -> Json {
        let schema = self.terms.schema;
        let Some(action) = schema.actions.get(&self.terms.environment.action) else {
            return json!({});
        };
        let place = self.terms.find(&Origin::Context);
        self.record(place, &action.context)
    }

    fn record(&mut self, place: Option<Place>, types: &BTreeMap<String, Attribute>) -> Json {
        let mut fields = Map::new();
        for (name, attribute) in types {
            let mut required = attribute.required;
            let child = place.and_then(|place| {
                let origin = Origin::Field(place, name.as_str().into());
                required = self.terms.is_required(&origin, required);
                let class = self.model.classes.of_place(place);
                match self.terms.spelled(origin) {
                    Origin::Field(_, name) => self.fields.get(&(class, &*name)).copied(),
                    _ => None,
                }
            });
            if let Some(value) = self.optional(child, attribute, required) {
                fields.insert(name.clone(), value);
            }
        }
        Json::Object(fields)
    }

    /// The value of an attribute or field, if it has one.
    fn optional(
        &mut self,
        place: Option<Place>,
        attribute: &Attribute,
        required: bool,
    ) -> Option<Json> {
        let present = place.is_some_and(|place| {
            let class = self.model.classes.of_place(place);
            self.present.get(&class).copied().unwrap_or(false)
        });
        (required || present).then(|| self.value_at(place, &attribute.ty))
    }

    fn value_at(&mut self, place: Option<Place>, ty: &Type) -> Json {
        let Some(kind) = Kind::of(ty) else {
            return Json::Null;
        };
        let class = place.map(|place| self.model.classes.of_place(place));
        let node = place
            .and_then(|place| self.terms.node_at(place))
            .filter(|node| self.model.nodes().contains(node));
        let bit = |bits: &BTreeMap<(Place, u16), bool>, bit: u16| {
            class.is_some_and(|class| bits.get(&(class, bit)).copied().unwrap_or(false))
        };
        match kind {
            Kind::Bool => Json::Bool(bit(&self.bits, 0)),
            Kind::Long | Kind::Decimal | Kind::Datetime | Kind::Duration => {
                let number =
                    (0..64).fold(0, |number, i| number | i64::from(bit(&self.bits, i)) << i);
                extension::json(kind, number)
            }
            // Of the addresses that nothing is known of, the plainest is a single one.
            Kind::Ip if class.is_none_or(|class| !self.bits.contains_key(&(class, 0))) => {
                ip_json("0.0.0.0".to_owned())
            }
            Kind::Ip => ip_json(Ip::text(|i| bit(&self.bits, i))),
            Kind::String => match node {
                Some(node) => Json::String(self.text(node)),
                None => Json::String(String::new()),
            },
            Kind::Entity(ty) => {
                let entity = match node {
                    Some(node) => self.entity(node),
                    None => self.plain(ty),
                };
                entity_json(&entity)
            }
            Kind::Set(element) => {
                let members = class.and_then(|class| self.members.get(&class)).cloned();
                let elements = members.unwrap_or_default();
                self.set(elements, element)
            }
            Kind::Record(fields) => self.record(place, fields),
        }
    }

    fn set(&mut self, elements: Vec<&Value>, ty: &Type) -> Json {
        let mut values: Vec<Json> = Vec::new();
        for element in elements {
            let value = self.value(element, ty);
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Json::Array(values)
    }

    /// A value of the formula.
    fn value(&mut self, value: &Value, ty: &Type) -> Json {
        let model = self.model;
        match value {
            Value::Bool(bit) => Json::Bool(model.holds(*bit)),
            Value::Number(number) => {
                let bits = number.bits().iter().enumerate();
                let number = bits.fold(0, |number, (i, bit)| {
                    number | i64::from(model.holds(*bit)) << i
                });
                extension::json(Kind::of(ty).unwrap_or(Kind::Long), number)
            }
            Value::Ip(ip) => {
                let bits: Vec<bool> = ip.bits().map(|bit| model.holds(bit)).collect();
                ip_json(Ip::text(|i| {
                    bits.get(usize::from(i)).copied().unwrap_or(false)
                }))
            }
            Value::Node(choice) => {
                let Some((node, _)) = choice.iter().find(|(_, guard)| model.holds(*guard)) else {
                    return Json::Null;
                };
                match ty {
                    Type::Entity(_) => entity_json(&self.entity(*node)),
                    _ => match self.terms.node(*node) {
                        Some(NodeData::Text(text)) => Json::String(text.to_string()),
                        _ => Json::String(self.text(*node)),
                    },
                }
            }
            Value::Set(choice) => {
                let Some((set, _)) = choice.iter().find(|(_, guard)| model.holds(*guard)) else {
                    return Json::Null;
                };
                match (set, ty) {
                    (SetTerm::Place(place), _) => self.value_at(Some(*place), ty),
                    (SetTerm::Listed(elements), Type::Set(ty)) => {
                        self.set(elements.iter().collect(), ty)
                    }
                    _ => Json::Null,
                }
            }
            Value::Record(RecordTerm::Place(place)) => self.value_at(Some(*place), ty),
            Value::Record(RecordTerm::Listed(fields)) => {
                let mut object = Map::new();
                if let Type::Record(types) = ty {
                    for (name, attribute) in types {
                        let field: Option<&(super::gates::Bit, Value)> =
                            fields.get(&Arc::from(name.as_str()));
                        if let Some((there, value)) = field
                            && model.holds(*there)
                        {
                            object.insert(name.clone(), self.value(value, &attribute.ty));
                        }
                    }
                }
                Json::Object(object)
            }
        }
    }

    /// Names the entities of which an attribute or tag occurs: a literal's are read though nothing refers to it.
    fn looked_at(&mut self, read: &BTreeSet<Entity>) {
        if self.terms.world == World::Complete {
            for entity in read {
                self.name(entity.clone());
            }
        }
        // What has to be there is there, even if nothing else is said of it.
        let existing = (self.exists.iter()).filter_map(|(class, there)| there.then_some(*class));
        let attributes = self.attributes.keys().map(|(class, _)| *class);
        let tags = self.tags.keys().copied();
        let classes: BTreeSet<Node> = attributes.chain(tags).chain(existing).collect();
        for class in classes {
            self.entity(class);
        }
    }

    /// Gives every entity the parents from which its place in the hierarchy follows.
    fn hierarchy(&mut self) {
        let mut below: BTreeSet<(Entity, Entity)> = BTreeSet::new();
        for (input, _) in self.model.inputs() {
            let Input::Below(from, to, hierarchy) = input else {
                continue;
            };
            if !self
                .terms
                .sees(self.terms.is_second(), *from, *to, *hierarchy)
            {
                continue;
            }
            let holds = self
                .terms
                .asked(input)
                .is_some_and(|bit| self.model.holds(bit));
            if holds {
                below.insert((self.entity(*from), self.entity(*to)));
            }
        }
        for (lower, upper) in &below {
            // What is in something that is in the other is in that without another word.
            let is_implied = below.iter().any(|(from, middle)| {
                from == lower && middle != upper && below.contains(&(middle.clone(), upper.clone()))
            });
            if is_implied {
                continue;
            }
            let mut lower = lower.clone();
            for ty in self.between(&lower.ty, &upper.ty) {
                let middle = self.fresh(&ty);
                let middle = self.name(middle);
                self.parents
                    .entry(lower)
                    .or_default()
                    .insert(middle.clone());
                lower = middle;
            }
            self.parents.entry(lower).or_default().insert(upper.clone());
        }
    }

    /// The types of the entities between one of the one type and one of the other, where that is not a
    /// parent's: the shortest way that the schema allows.
    fn between(&self, from: &str, to: &str) -> Vec<String> {
        let mut came_from: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            let Some(ty) = self.terms.schema.entity_types.get(at) else {
                continue;
            };
            if ty.member_of.contains(to) {
                let mut types = Vec::new();
                let mut at = Some(at);
                while let Some(ty) = at.filter(|ty| came_from.contains_key(ty)) {
                    types.push(ty.to_owned());
                    at = came_from.get(ty).copied().flatten();
                }
                types.reverse();
                return types;
            }
            for parent in &ty.member_of {
                if parent != from && !came_from.contains_key(parent.as_str()) {
                    came_from.insert(parent, Some(at).filter(|at| *at != from));
                    queue.push_back(parent);
                }
            }
        }
        Vec::new()
    }

    /// Every entity that was named, and those that these name.
    fn entities(&mut self) -> Json {
        let mut written: BTreeMap<Entity, Json> = BTreeMap::new();
        while let Some(entity) = self.open.pop_front() {
            let class = self.class_of.get(&entity).copied();
            let is_there = class
                .and_then(|class| self.exists.get(&class))
                .copied()
                .unwrap_or(true);
            let schema = self.terms.schema;
            let Some(ty) = schema.entity_types.get(&entity.ty) else {
                // Actions come from the schema.
                continue;
            };
            if self.terms.world == World::Partial && !is_there {
                continue;
            }
            let mut attributes = Map::new();
            for (name, attribute) in &ty.attributes {
                let mut required = attribute.required;
                let place = class.and_then(|class| {
                    let origin = Origin::Attr(class, name.as_str().into());
                    required = self.terms.is_required(&origin, required);
                    match self.terms.spelled(origin) {
                        Origin::Attr(_, name) => self.attributes.get(&(class, &*name)).copied(),
                        _ => None,
                    }
                });
                if let Some(value) = self.optional(place, attribute, required) {
                    attributes.insert(name.clone(), value);
                }
            }
            let mut object = Map::new();
            object.insert("uid".to_owned(), uid_json(&entity));
            object.insert("attrs".to_owned(), Json::Object(attributes));
            let parents: Vec<Entity> = self
                .parents
                .get(&entity)
                .into_iter()
                .flatten()
                .cloned()
                .collect();
            let parents = parents
                .into_iter()
                .map(|parent| uid_json(&self.name(parent)))
                .collect();
            object.insert("parents".to_owned(), Json::Array(parents));
            if let (Some(class), Some(ty)) = (class, &ty.tags) {
                let tags = self.tags_of(class, ty);
                if !tags.is_empty() {
                    object.insert("tags".to_owned(), Json::Object(tags));
                }
            }
            written.insert(entity, Json::Object(object));
        }
        Json::Array(written.into_values().collect())
    }

    fn tags_of(&mut self, class: Node, ty: &Type) -> Map<String, Json> {
        let mut tags = BTreeMap::new();
        for (key, place) in self.tags.get(&class).cloned().unwrap_or_default() {
            let present = self.present.get(&self.model.classes.of_place(place));
            if present == Some(&true) {
                let key = self.text(key);
                tags.insert(key, self.value_at(Some(place), ty));
            }
        }
        tags.into_iter().collect()
    }
}

fn ip_json(text: String) -> Json {
    json!({"__extn": {"fn": "ip", "arg": text}})
}

fn entity_json(entity: &Entity) -> Json {
    json!({ "__entity": uid_json(entity) })
}

fn uid_json(entity: &Entity) -> Json {
    json!({"type": entity.ty, "id": entity.id})
}
