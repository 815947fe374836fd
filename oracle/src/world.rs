//! Random requests with entities, as a schema allows them.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::brute::Sample;
use crate::expr::{Op, Piece};
use crate::generate::values::{self, one};
use crate::model::{Environment, Fields, Schema, Type, Uid};
use crate::pair::Pair;
use crate::policy;

/// Entities, and what requests over them are made of.
pub struct World {
    /// In Cedar's JSON form.
    pub entities: Value,
    all: BTreeMap<String, Vec<Uid>>,
    hints: Hints,
}

/// What the policies compare with: random values would hardly meet it.
#[derive(Default)]
struct Hints {
    longs: Vec<i64>,
    texts: Vec<String>,
}

impl World {
    /// Entities of every type: those that the policies name, and those of the usual ids; in a partial world some of them
    /// are missing.
    pub fn new(rng: &mut Rng, pair: &Pair, partial: bool) -> Self {
        let mut named: BTreeSet<Uid> = policy::literals(&pair.base);
        named.extend(policy::literals(&pair.head));
        let mut all = BTreeMap::new();
        for entity in &pair.schema.entities {
            let usual = values::IDS.iter().map(|id| (*id).to_owned());
            let ids: BTreeSet<String> = if entity.ids.is_empty() {
                let named = named.iter().filter(|uid| uid.ty == entity.name);
                usual.chain(named.map(|uid| uid.id.clone())).collect()
            } else {
                entity.ids.iter().cloned().collect()
            };
            let uids: Vec<Uid> = ids
                .into_iter()
                .map(|id| Uid {
                    ty: entity.name.clone(),
                    id,
                })
                .collect();
            all.insert(entity.name.clone(), uids);
        }
        let mut world = Self {
            entities: Value::Null,
            all,
            hints: hints(pair),
        };
        world.entities = world.fill(rng, &pair.schema);
        if let (true, Some(entities)) = (partial, world.entities.as_array_mut()) {
            entities.retain(|_| rng.u8(0..4) > 0);
        }
        world
    }

    /// A request of this kind, without the entities, which are those of this world.
    pub fn request(
        &self,
        rng: &mut Rng,
        schema: &Schema,
        environment: &Environment,
    ) -> Option<Sample> {
        let action = schema.action(&environment.action.id)?;
        Some(Sample {
            principal: rng.choice(self.all.get(&environment.principal)?)?.clone(),
            action: environment.action.clone(),
            resource: rng.choice(self.all.get(&environment.resource)?)?.clone(),
            context: self.record(rng, &action.context),
            entities: Value::Null,
            base: false,
            head: false,
        })
    }

    fn fill(&self, rng: &mut Rng, schema: &Schema) -> Value {
        // Nothing is in what comes before it: so there are no cycles.
        let mut order: Vec<Uid> = self.all.values().flatten().cloned().collect();
        rng.shuffle(&mut order);
        let mut entities = Vec::new();
        for (position, uid) in order.iter().enumerate() {
            let Some(declared) = schema.entity(&uid.ty) else {
                continue;
            };
            let parents: Vec<Value> = order
                .iter()
                .skip(position + 1)
                .filter(|other| declared.member_of.contains(&other.ty) && rng.u8(0..3) == 0)
                .map(reference)
                .collect();
            let mut tags = Map::new();
            if let Some(ty) = &declared.tags {
                for _ in 0..rng.usize(0..5) {
                    tags.insert(self.text(rng), self.value(rng, ty));
                }
            }
            entities.push(json!({
                "uid": reference(uid),
                "attrs": self.record(rng, &declared.attributes),
                "parents": parents,
                "tags": tags,
            }));
        }
        Value::Array(entities)
    }

    fn record(&self, rng: &mut Rng, fields: &Fields) -> Value {
        let fields = fields
            .iter()
            .filter(|(_, field)| field.required || rng.u8(0..3) > 0)
            .map(|(name, field)| (name.clone(), field.ty.clone()))
            .collect::<Vec<_>>();
        let fields = fields
            .into_iter()
            .map(|(name, ty)| (name, self.value(rng, &ty)));
        Value::Object(fields.collect())
    }

    fn value(&self, rng: &mut Rng, ty: &Type) -> Value {
        match ty {
            Type::Bool => json!(rng.bool()),
            Type::Long => json!(match self.hints.longs.as_slice() {
                [] => values::long(rng),
                hints if rng.bool() => one(rng, hints).saturating_add(rng.i64(-1..2)),
                _ => values::long(rng),
            }),
            Type::String => json!(self.text(rng)),
            Type::Decimal => extension("decimal", one(rng, &values::DECIMALS)),
            Type::Ip => extension("ip", one(rng, &values::IPS)),
            Type::Datetime => extension("datetime", one(rng, &values::DATETIMES)),
            Type::Duration => extension("duration", one(rng, &values::DURATIONS)),
            Type::Entity(name) => self
                .all
                .get(name)
                .and_then(|uids| rng.choice(uids))
                .map(|uid| json!({ "__entity": reference(uid) }))
                .unwrap_or_default(),
            Type::Set(element) => {
                let count = rng.usize(0..4);
                (0..count).map(|_| self.value(rng, element)).collect()
            }
            Type::Record(fields) => self.record(rng, fields),
        }
    }

    fn text(&self, rng: &mut Rng) -> String {
        match rng.choice(&self.hints.texts) {
            Some(hint) if rng.bool() => hint.clone(),
            _ => one(rng, &values::TEXTS).to_owned(),
        }
    }
}

fn reference(uid: &Uid) -> Value {
    json!({ "type": uid.ty, "id": uid.id })
}

fn extension(function: &str, argument: &str) -> Value {
    json!({ "__extn": { "fn": function, "arg": argument } })
}

/// Numbers and strings of the policies; of a pattern, two strings that it matches.
fn hints(pair: &Pair) -> Hints {
    let mut hints = Hints::default();
    for policy in pair.base.iter().chain(&pair.head) {
        for node in policy.conditions().flat_map(|condition| condition.nodes()) {
            match &node.op {
                Op::Long(number) => hints.longs.push(*number),
                Op::Text(text) => hints.texts.push(text.clone()),
                Op::Like(pattern) => {
                    for filler in ["", "b"] {
                        let pieces = pattern.iter().map(|piece| match piece {
                            Piece::Any => filler,
                            Piece::Text(text) => text,
                        });
                        hints.texts.push(pieces.collect());
                    }
                }
                _ => {}
            }
        }
    }
    hints
}
