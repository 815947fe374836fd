//! Schemas: entity types with hierarchies, enumerations, tags and attributes of every type; actions in groups, for several
//! kinds of request.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::one_in;
use super::values::one;
use crate::model::{Action, EntityType, Field, Fields, Schema, Type};

const ENTITIES: [&str; 5] = ["User", "Team", "Doc", "Folder", "Org"];
const ENUMS: [&str; 2] = ["Role", "Color"];
const ENUM_IDS: [&str; 4] = ["red", "green", "blue", "a"];
const NAMES: [&str; 12] = [
    "n", "m", "s", "flag", "owner", "peers", "meta", "amount", "addr", "at", "ttl", "odd name",
];
const GROUPS: [&str; 2] = ["readers", "writers"];
const ACTIONS: [&str; 3] = ["view", "edit", "share it"];

/// A schema; now and then one that Cedar refuses.
pub fn schema(rng: &mut Rng) -> Schema {
    let mut schema = Schema {
        namespace: one_in(rng, 3).then(|| "App".to_owned()),
        ..Schema::default()
    };
    let plain: Vec<String> = picked(rng, &ENTITIES, 2, 4)
        .iter()
        .map(|name| schema.full(name))
        .collect();
    let enums: Vec<String> = picked(rng, &ENUMS, 0, 1)
        .iter()
        .map(|name| schema.full(name))
        .collect();
    let all: Vec<String> = plain.iter().chain(&enums).cloned().collect();
    // A name has one type nearly everywhere, so that policies for several kinds of request find something to read.
    let vocabulary: Vec<(&str, Type)> =
        NAMES.iter().map(|name| (*name, ty(rng, &all, 2))).collect();
    for (position, name) in plain.iter().enumerate() {
        let mut member_of = BTreeSet::new();
        for (other, ancestor) in all.iter().enumerate() {
            // Mostly in those that come later; in itself and back again now and then.
            let odds = if other > position { 2 } else { 5 };
            if one_in(rng, odds) {
                member_of.insert(ancestor.clone());
            }
        }
        schema.entities.push(EntityType {
            name: name.clone(),
            member_of,
            attributes: fields(rng, &vocabulary, &all, 2, 6),
            tags: one_in(rng, 2).then(|| ty(rng, &all, 1)),
            ids: Vec::new(),
        });
    }
    for name in &enums {
        schema.entities.push(EntityType {
            name: name.clone(),
            ids: picked(rng, &ENUM_IDS, 1, 3)
                .iter()
                .map(|id| (*id).to_owned())
                .collect(),
            ..EntityType::default()
        });
    }
    let groups = picked(rng, &GROUPS, 0, 2);
    for (position, id) in groups.iter().enumerate() {
        let outer = groups.iter().skip(position + 1).filter(|_| rng.bool());
        let outer: BTreeSet<String> = outer.map(|id| (*id).to_owned()).collect();
        schema.actions.push(Action {
            id: (*id).to_owned(),
            groups: outer,
            ..Action::default()
        });
    }
    for id in picked(rng, &ACTIONS, 1, 3) {
        let within = groups.iter().filter(|_| rng.bool());
        let within: BTreeSet<String> = within.map(|id| (*id).to_owned()).collect();
        schema.actions.push(Action {
            id: id.to_owned(),
            groups: within,
            principals: picked_names(rng, &all, &plain),
            resources: picked_names(rng, &all, &plain),
            context: fields(rng, &vocabulary, &all, 1, 5),
        });
    }
    schema
}

fn fields(
    rng: &mut Rng,
    vocabulary: &[(&str, Type)],
    entities: &[String],
    least: usize,
    most: usize,
) -> Fields {
    picked(rng, vocabulary, least, most)
        .into_iter()
        .map(|(name, usual)| {
            let field = Field {
                ty: if one_in(rng, 8) {
                    ty(rng, entities, 1)
                } else {
                    usual
                },
                required: !one_in(rng, 3),
            };
            (name.to_owned(), field)
        })
        .collect()
}

/// A type, with sets and records nested so deep.
fn ty(rng: &mut Rng, entities: &[String], depth: usize) -> Type {
    let choices: u32 = if depth == 0 { 12 } else { 20 };
    match rng.u32(0..choices) {
        0 => Type::Bool,
        1 | 2 => Type::Long,
        3 | 4 => Type::String,
        5 => Type::Decimal,
        6 => Type::Ip,
        7 => Type::Datetime,
        8 => Type::Duration,
        9..=11 => Type::Entity(rng.choice(entities).cloned().unwrap_or_default()),
        12 | 13 => Type::Set(Box::new(Type::Entity(
            rng.choice(entities).cloned().unwrap_or_default(),
        ))),
        14..=16 => Type::Set(Box::new(ty(rng, entities, depth - 1))),
        _ => Type::Record(
            picked(rng, &NAMES, 1, 3)
                .into_iter()
                .map(|name| {
                    let field = Field {
                        ty: ty(rng, entities, depth - 1),
                        required: !one_in(rng, 4),
                    };
                    (name.to_owned(), field)
                })
                .collect(),
        ),
    }
}

/// One or two types to apply to, mostly of those with attributes.
fn picked_names(rng: &mut Rng, all: &[String], plain: &[String]) -> BTreeSet<String> {
    let from = if one_in(rng, 6) { all } else { plain };
    picked(rng, from, 1, 2).into_iter().collect()
}

/// Some of these, in their order.
fn picked<T: Clone>(rng: &mut Rng, of: &[T], least: usize, most: usize) -> Vec<T> {
    let count = one(rng, &(least..=most).collect::<Vec<_>>());
    let mut positions: Vec<usize> = (0..of.len()).collect();
    rng.shuffle(&mut positions);
    positions.truncate(count);
    positions.sort_unstable();
    positions
        .into_iter()
        .filter_map(|position| of.get(position).cloned())
        .collect()
}
