//! Random entities and contexts by one schema, and what remains of them under another.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::edits::{ids, words};
use crate::model::{Fields, Schema, Type};

type Uid = (String, String);

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entity {
    pub attributes: Map<String, Value>,
    pub parents: BTreeSet<Uid>,
    pub tags: Map<String, Value>,
}

pub type World = BTreeMap<Uid, Entity>;

/// What becomes of a value that the other schema has no place for, or asks for and does not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// It gets some value: what the other schema wants is made up.
    Filled,
    /// It is left out, and nothing that any policy reads is made up.
    LeftOut,
}

/// What values are made from: what the policies of both sides name and read.
pub struct Sampler {
    text: String,
    read: BTreeSet<String>,
    longs: Vec<i64>,
    texts: Vec<String>,
    /// Keys of tags that are asked for.
    keys: Vec<String>,
}

impl Sampler {
    pub fn new(text: String) -> Self {
        let read = words(&text);
        let longs = read.iter().filter_map(|word| word.parse().ok()).collect();
        let quoted = text.split('"').skip(1).step_by(2);
        let texts: BTreeSet<String> = quoted.map(str::to_owned).collect();
        let keys = text.split("Tag(\"").skip(1);
        let keys: BTreeSet<&str> = keys.filter_map(|after| after.split('"').next()).collect();
        Self {
            keys: keys.into_iter().map(str::to_owned).collect(),
            longs,
            texts: texts.into_iter().filter(|text| text.len() < 12).collect(),
            read,
            text,
        }
    }

    /// Entities of every type, as the schema has them.
    pub fn world(&self, rng: &mut Rng, schema: &Schema) -> World {
        let mut order: Vec<Uid> = Vec::new();
        for ty in schema.types.keys() {
            order.extend(self.uids(schema, ty).into_iter().map(|id| (ty.clone(), id)));
        }
        rng.shuffle(&mut order);
        let mut world = World::new();
        for (position, uid) in order.iter().enumerate() {
            let Some(of) = schema.types.get(&uid.0) else {
                continue;
            };
            let mut entity = Entity::default();
            if of.ids.is_none() {
                // Nothing is in what comes before it: so there are no cycles.
                let above = order.iter().skip(position + 1);
                entity.parents = above
                    .filter(|other| {
                        let often = if self.is_named(other) { 2 } else { 5 };
                        of.parents.contains(&other.0) && rng.u8(0..often) == 0
                    })
                    .cloned()
                    .collect();
                entity.attributes = self.record(rng, schema, &of.fields);
                if let Some(ty) = &of.tags {
                    for _ in 0..rng.usize(0..4) {
                        let key = match rng.choice(&self.keys) {
                            Some(key) if rng.u8(0..4) > 0 => key.clone(),
                            _ => self.string(rng),
                        };
                        entity.tags.insert(key, self.value(rng, schema, ty));
                    }
                }
            }
            world.insert(uid.clone(), entity);
        }
        world
    }

    pub fn record(&self, rng: &mut Rng, schema: &Schema, fields: &Fields) -> Map<String, Value> {
        let mut record = Map::new();
        for (name, field) in fields {
            if field.required || rng.bool() {
                record.insert(name.clone(), self.value(rng, schema, &field.ty));
            }
        }
        record
    }

    /// The entities under another schema; `None` where it asks for what may not be made up.
    pub fn under(&self, rng: &mut Rng, world: &World, schema: &Schema, gap: Gap) -> Option<World> {
        let mut other = World::new();
        for (uid, entity) in world {
            let Some(of) = schema.types.get(&uid.0) else {
                continue;
            };
            if !has(schema, uid) {
                continue;
            }
            let mut new = Entity::default();
            if of.ids.is_none() {
                new.attributes =
                    self.record_under(rng, &entity.attributes, schema, &of.fields, gap)?;
                let parents = entity.parents.iter();
                new.parents = parents
                    .filter(|parent| of.parents.contains(&parent.0) && has(schema, parent))
                    .cloned()
                    .collect();
                if let Some(ty) = &of.tags {
                    for (key, value) in &entity.tags {
                        if let Some(value) = self.value_under(rng, value, schema, ty, gap) {
                            new.tags.insert(key.clone(), value);
                        }
                    }
                }
            }
            other.insert(uid.clone(), new);
        }
        Some(other)
    }

    pub fn record_under(
        &self,
        rng: &mut Rng,
        record: &Map<String, Value>,
        schema: &Schema,
        fields: &Fields,
        gap: Gap,
    ) -> Option<Map<String, Value>> {
        let mut other = Map::new();
        for (name, field) in fields {
            let old = record.get(name);
            let value = old.and_then(|value| self.value_under(rng, value, schema, &field.ty, gap));
            let missing = value.is_none();
            let may_fill = gap == Gap::Filled || !self.read.contains(name);
            match value {
                Some(value) => {
                    other.insert(name.clone(), value);
                }
                None if field.required && !may_fill => return None,
                // What had a value that does not fit may well have another.
                None if field.required || may_fill && old.is_some() && missing && rng.bool() => {
                    other.insert(name.clone(), self.value(rng, schema, &field.ty));
                }
                None => {}
            }
        }
        Some(other)
    }

    fn value_under(
        &self,
        rng: &mut Rng,
        value: &Value,
        schema: &Schema,
        ty: &Type,
        gap: Gap,
    ) -> Option<Value> {
        match (schema.resolve(ty), value) {
            (Type::Bool, Value::Bool(_)) | (Type::Long, Value::Number(_)) => Some(value.clone()),
            (Type::String, Value::String(_)) => Some(value.clone()),
            (Type::Entity(name), Value::Object(_)) => {
                let of = value.get("__entity")?;
                let part = |key: &str| of.get(key).and_then(Value::as_str).map(str::to_owned);
                let uid = (part("type")?, part("id")?);
                (uid.0 == *name && has(schema, &uid)).then(|| value.clone())
            }
            (Type::Set(element), Value::Array(all)) => Some(
                all.iter()
                    .filter_map(|value| self.value_under(rng, value, schema, element, gap))
                    .collect(),
            ),
            (Type::Record(fields), Value::Object(record)) if !record.contains_key("__entity") => {
                self.record_under(rng, record, schema, fields, gap)
                    .map(Value::Object)
            }
            _ => None,
        }
    }

    fn value(&self, rng: &mut Rng, schema: &Schema, ty: &Type) -> Value {
        match schema.resolve(ty) {
            Type::Bool => json!(rng.bool()),
            Type::Long => json!(match rng.choice(&self.longs) {
                Some(hint) if rng.u8(0..4) > 0 => hint + rng.i64(-1..2),
                _ => rng.i64(0..8),
            }),
            Type::String => json!(self.string(rng)),
            Type::Entity(name) => {
                let all = self.uids(schema, name);
                let id = rng.choice(&all).cloned().unwrap_or_default();
                json!({ "__entity": { "type": name, "id": id } })
            }
            Type::Set(element) => {
                let count = rng.usize(0..4);
                (0..count)
                    .map(|_| self.value(rng, schema, element))
                    .collect()
            }
            Type::Record(fields) => Value::Object(self.record(rng, schema, fields)),
            Type::Extension(name) | Type::Common(name) => {
                panic!("no values of {name} are made")
            }
        }
    }

    /// Whether a policy names it.
    fn is_named(&self, (ty, id): &Uid) -> bool {
        self.text.contains(&format!("{ty}::{id:?}"))
    }

    fn string(&self, rng: &mut Rng) -> String {
        match rng.choice(&self.texts) {
            Some(hint) if rng.u8(0..4) > 0 => hint.clone(),
            _ => "other".to_owned(),
        }
    }

    /// Ids of entities of a type: a few, and those that policies name.
    pub fn uids(&self, schema: &Schema, ty: &str) -> Vec<String> {
        if let Some(ids) = schema.types.get(ty).and_then(|of| of.ids.as_ref()) {
            return ids.clone();
        }
        let mut all: BTreeSet<String> = ids(&self.text, ty).into_iter().take(4).collect();
        all.extend(["a", "b"].map(str::to_owned));
        all.into_iter().collect()
    }
}

fn has(schema: &Schema, uid: &Uid) -> bool {
    schema.types.get(&uid.0).is_some_and(|of| {
        let ids = of.ids.as_ref();
        ids.is_none_or(|ids| ids.contains(&uid.1))
    })
}

/// In Cedar's JSON form.
pub fn json(world: &World) -> Value {
    let all = world.iter().map(|((ty, id), entity)| {
        let parents = entity
            .parents
            .iter()
            .map(|(ty, id)| json!({ "type": ty, "id": id }));
        json!({
            "uid": { "type": ty, "id": id },
            "attrs": entity.attributes,
            "parents": parents.collect::<Vec<_>>(),
            "tags": entity.tags,
        })
    });
    all.collect()
}
