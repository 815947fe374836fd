//! What could be changed in a case, one value at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cedar::evaluate::{Limit, comparison, decimal_text};
use crate::facts::{Entity, Expr, ExprKind, Literal, Policy};
use crate::schema::{Schema, Type};
use crate::suite::model::Case;
use crate::time::Instant;

/// Entities that are tried in place of another at most, beside those that the policy names.
const MOST_OTHERS: usize = 40;

/// A part of a request, or an attribute of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Principal,
    Action,
    Resource,
    Context(String),
    Attribute(Entity, String),
    /// Whether the first is directly in the second; the move says nothing but yes or no.
    Parent(Entity, Entity),
}

/// One value changed; `None` takes it away.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Move {
    pub(crate) part: Part,
    pub(crate) to: Option<Value>,
}

impl Move {
    /// As `amount 501`.
    pub(crate) fn words(&self) -> String {
        let what = match &self.part {
            Part::Principal => "principal",
            Part::Action => "action",
            Part::Resource => "resource",
            Part::Context(key) => key,
            Part::Attribute(_, name) => name,
            Part::Parent(child, parent) => {
                let not = if self.to.is_none() { "not " } else { "" };
                return format!("{} {not}in {}", child.id, parent.id);
            }
        };
        match &self.to {
            None => format!("no {what}"),
            Some(value) => match (entity(value), extension(value)) {
                (Some(entity), _) => format!("{what} {}", entity.id),
                (_, Some((_, argument))) => format!("{what} {argument}"),
                _ => format!("{what} {value}"),
            },
        }
    }
}

/// The literals of a policy.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    longs: BTreeSet<i64>,
    strings: BTreeSet<String>,
    entities: BTreeSet<Entity>,
    decimals: BTreeSet<String>,
    datetimes: BTreeSet<String>,
}

impl Literals {
    /// Those that it has, and the values of its slots.
    pub(crate) fn of(policy: &Policy, slots: impl IntoIterator<Item = Entity>) -> Self {
        let mut all = Self::default();
        all.entities.extend(slots);
        let scope = [&policy.principal.value, &policy.resource.value];
        let named = scope
            .into_iter()
            .filter_map(|constraint| constraint.entity());
        all.entities
            .extend(named.map(|entity| entity.value.clone()));
        policy.walk(|_, expr| all.add(expr));
        all
    }

    fn add(&mut self, expr: &Expr) {
        if let Some(comparison) = comparison(expr) {
            match comparison.value {
                Limit::Long(value) => self.longs.extend([value]),
                Limit::Decimal(value, digits) => {
                    let step = 10_i64.pow(4_u32.saturating_sub(u32::try_from(digits).unwrap_or(4)));
                    let near = [
                        value.saturating_sub(step),
                        value,
                        value.saturating_add(step),
                    ];
                    self.decimals.extend(near.map(decimal_text));
                }
                Limit::Datetime => {}
            }
        }
        match &expr.kind {
            ExprKind::Literal(Literal::Long(value)) => {
                self.longs.extend(i64::try_from(*value).ok());
            }
            ExprKind::Literal(Literal::String(text)) => {
                self.strings.insert(text.clone());
            }
            ExprKind::Entity(entity) => {
                self.entities.insert(entity.clone());
            }
            ExprKind::Call(name, arguments) if name.value == "datetime" => {
                if let Some(ExprKind::Literal(Literal::String(text))) =
                    arguments.first().map(|argument| &argument.kind)
                    && let Some(at) = Instant::parse(text)
                {
                    let near = [-1000, 0, 1000];
                    let near =
                        near.map(|by| Instant::from_millis(at.as_millis().saturating_add(by)));
                    self.datetimes
                        .extend(near.into_iter().flatten().map(|at| at.to_string()));
                }
            }
            _ => {}
        }
    }

    /// Values for what is not there, by its type.
    fn of_type(&self, ty: &Type, known: &[Entity]) -> Vec<Value> {
        let strings = || self.strings.iter().map(|text| json!(text));
        match ty {
            Type::Bool => vec![json!(true), json!(false)],
            Type::Long => self.instead_of(&json!(null), &json!(0), known),
            Type::String => strings().chain([json!("something else")]).collect(),
            Type::Set(element) if **element == Type::String => {
                let one = strings().map(|text| json!([text]));
                one.chain([json!([])]).collect()
            }
            Type::Set(_) => vec![json!([])],
            Type::Record(_) => Vec::new(),
            Type::Entity(ty) => {
                let of_type = known.iter().chain(&self.entities).filter(|of| of.ty == *ty);
                of_type.map(of_entity).collect()
            }
            Type::Extension(name) => {
                let function = if name == "ipaddr" { "ip" } else { name };
                let like = json!({"__extn": {"fn": function, "arg": ""}});
                self.instead_of(&json!(null), &like, known)
            }
        }
    }

    /// Other values that a value could have.
    fn instead_of(&self, value: &Value, like: &Value, known: &[Entity]) -> Vec<Value> {
        let mut others = match like {
            Value::Bool(value) => vec![json!(!value)],
            Value::Number(_) => {
                let near = self
                    .longs
                    .iter()
                    .flat_map(|long| [long.saturating_sub(1), *long, long.saturating_add(1)]);
                near.map(Value::from).collect()
            }
            Value::String(_) => {
                let mut all: Vec<Value> = self.strings.iter().map(|text| json!(text)).collect();
                all.push(json!("something else"));
                all
            }
            Value::Array(items) => {
                let fewer = (0..items.len()).map(|left_out| {
                    let kept = items.iter().enumerate().filter(|(at, _)| *at != left_out);
                    Value::Array(kept.map(|(_, item)| item.clone()).collect())
                });
                let mut all: Vec<Value> = fewer.collect();
                if items.iter().all(Value::is_string) {
                    all.extend(self.strings.iter().map(|text| {
                        Value::Array(items.iter().cloned().chain([json!(text)]).collect())
                    }));
                }
                all
            }
            _ => match (entity(like), extension(like)) {
                (Some(entity), _) => {
                    let same = |other: &&Entity| other.ty == entity.ty;
                    let some = known.iter().filter(same).take(MOST_OTHERS);
                    let named = self.entities.iter().filter(same);
                    some.chain(named).map(of_entity).collect()
                }
                (None, Some((function, _))) => {
                    let texts: Vec<String> = match function {
                        "datetime" => self.datetimes.iter().cloned().collect(),
                        "decimal" => self.decimals.iter().cloned().collect(),
                        "ip" => vec!["203.0.113.1".to_owned()],
                        _ => Vec::new(),
                    };
                    texts
                        .into_iter()
                        .map(|argument| json!({"__extn": {"fn": function, "arg": argument}}))
                        .collect()
                }
                _ => Vec::new(),
            },
        };
        others.retain(|other| other != value);
        others.dedup();
        others
    }
}

/// Every move of a case: first of what the context says, then of attributes, then of who, what and on what.
pub(crate) fn moves(
    case: &Case,
    entities: &Value,
    literals: &Literals,
    schema: Option<&Schema>,
) -> Vec<Move> {
    let empty = Vec::new();
    let list = entities.as_array().unwrap_or(&empty);
    let known: Vec<Entity> = list
        .iter()
        .filter_map(|of| entity(&json!({"__entity": of.get("uid")?})))
        .collect();
    let mut all = Vec::new();
    let mut add = |part: Part, value: &Value| {
        all.extend(
            literals
                .instead_of(value, value, &known)
                .into_iter()
                .map(|to| Move {
                    part: part.clone(),
                    to: Some(to),
                }),
        );
    };
    for (key, value) in case.context.as_object().into_iter().flatten() {
        add(Part::Context(key.clone()), value);
    }
    for of in [&case.principal, &case.resource] {
        let found = list.iter().zip(&known).find(|(_, known)| *known == of);
        let attributes = found.and_then(|(json, _)| json.get("attrs")?.as_object());
        for (name, value) in attributes.into_iter().flatten() {
            add(Part::Attribute(of.clone(), name.clone()), value);
        }
    }
    add(Part::Principal, &of_entity(&case.principal));
    add(Part::Resource, &of_entity(&case.resource));
    let actions = schema.into_iter().flat_map(|schema| schema.actions.keys());
    let others = actions.filter(|action| **action != case.action);
    all.extend(others.map(|action| Move {
        part: Part::Action,
        to: Some(of_entity(action)),
    }));
    // What may be left out, the schema says when the request is made.
    let fields = case.context.as_object().into_iter().flatten();
    all.extend(fields.map(|(key, _)| Move {
        part: Part::Context(key.clone()),
        to: None,
    }));
    if let Some(schema) = schema {
        optional(case, (list, &known), literals, schema, &mut all);
        groups(case, (list, &known), literals, schema, &mut all);
    }
    all
}

/// What the schema lets be there or not: fields that are not there, and attributes both ways.
fn optional(
    case: &Case,
    (list, known): (&[Value], &[Entity]),
    literals: &Literals,
    schema: &Schema,
    all: &mut Vec<Move>,
) {
    let add = |part: Part, ty: &Type| {
        let values = literals.of_type(ty, known).into_iter();
        values.map(move |to| Move {
            part: part.clone(),
            to: Some(to),
        })
    };
    let declared = schema.actions.get(&case.action).map(|of| &of.context);
    for (key, field) in declared.into_iter().flatten() {
        if case.context.get(key).is_none() {
            all.extend(add(Part::Context(key.clone()), &field.ty));
        }
    }
    for of in [&case.principal, &case.resource] {
        let found = list.iter().zip(known).find(|(_, known)| *known == of);
        let there = found.and_then(|(json, _)| json.get("attrs"));
        let declared = schema.entity_types.get(&of.ty).map(|ty| &ty.attributes);
        let (Some(there), Some(declared)) = (there, declared) else {
            continue;
        };
        for (name, attribute) in declared.iter().filter(|(_, of)| !of.required) {
            let part = Part::Attribute(of.clone(), name.clone());
            match there.get(name) {
                Some(_) => all.push(Move { part, to: None }),
                None => all.extend(add(part, &attribute.ty)),
            }
        }
    }
}

/// Into the groups that the policy names, and out of those that there are.
fn groups(
    case: &Case,
    (list, known): (&[Value], &[Entity]),
    literals: &Literals,
    schema: &Schema,
    all: &mut Vec<Move>,
) {
    for child in [&case.principal, &case.resource] {
        let Some((json, _)) = list.iter().zip(known).find(|(_, known)| *known == child) else {
            continue;
        };
        let parents: Vec<Entity> = parents(json);
        let possible = literals.entities.iter().filter(|group| {
            *group != child && group.ty != child.ty && schema.can_be_in(&child.ty, &group.ty)
        });
        for group in possible.filter(|group| !parents.contains(group)) {
            all.push(Move {
                part: Part::Parent(child.clone(), group.clone()),
                to: Some(json!(true)),
            });
        }
        all.extend(parents.into_iter().map(|parent| Move {
            part: Part::Parent(child.clone(), parent),
            to: None,
        }));
    }
}

/// What an entity is directly in.
pub(crate) fn parents(json: &Value) -> Vec<Entity> {
    let parents = json.get("parents").and_then(Value::as_array);
    let parents = parents.into_iter().flatten();
    parents
        .filter_map(|uid| match uid.get("__entity") {
            Some(_) => entity(uid),
            None => entity(&json!({"__entity": uid})),
        })
        .collect()
}

/// An entity in an array of them.
fn find<'e>(entities: &'e Value, of: &Entity) -> Option<&'e Value> {
    let mut all = entities.as_array().into_iter().flatten();
    all.find(|json| is(json, of))
}

/// Whether this is the entity's JSON.
fn is(json: &Value, of: &Entity) -> bool {
    let Some(uid) = json.get("uid") else {
        return false;
    };
    let uid = uid.get("__entity").unwrap_or(uid);
    let part = |key: &str| uid.get(key).and_then(Value::as_str);
    part("type") == Some(&of.ty) && part("id") == Some(&of.id)
}

/// The case with the moves, and those entities that the moves change.
pub(crate) fn moved(case: &Case, entities: &Value, moves: &[Move]) -> (Case, Vec<Value>) {
    let (mut case, mut changed) = (case.clone(), Vec::new());
    let mut context = None;
    for step in moves {
        let as_entity = step.to.as_ref().and_then(entity);
        match (&step.part, as_entity) {
            (Part::Principal, Some(entity)) => case.principal = entity,
            (Part::Action, Some(entity)) => case.action = entity,
            (Part::Resource, Some(entity)) => case.resource = entity,
            (Part::Context(key), _) => {
                let context = context.get_or_insert_with(|| case.context.as_ref().clone());
                put(Some(context), key, step.to.as_ref());
            }
            (Part::Attribute(of, name), _) => {
                let attributes = change(entities, &mut changed, of);
                let attributes = attributes.and_then(|json| json.get_mut("attrs"));
                put(attributes, name, step.to.as_ref());
            }
            (Part::Parent(child, parent), _) => {
                let parents = change(entities, &mut changed, child);
                let parents = parents.and_then(|json| json.get_mut("parents"));
                let uid = json!({"type": parent.ty, "id": parent.id});
                if let Some(parents) = parents.and_then(Value::as_array_mut) {
                    parents.retain(|other| *other != uid);
                    parents.extend(step.to.is_some().then_some(uid));
                }
            }
            _ => {}
        }
    }
    if let Some(context) = context {
        case.context = Arc::new(context);
    }
    (case, changed)
}

/// The entity among those that are changed, where it is put if it is not yet.
fn change<'c>(entities: &Value, changed: &'c mut Vec<Value>, of: &Entity) -> Option<&'c mut Value> {
    if !changed.iter().any(|json| is(json, of)) {
        changed.push(find(entities, of)?.clone());
    }
    changed.iter_mut().find(|json| is(json, of))
}

/// The entities with those that are changed in their places.
pub(crate) fn replaced(entities: &Value, changed: &[Value]) -> Value {
    let all = entities.as_array().into_iter().flatten();
    let new = |json: &Value| {
        let same = |other: &&Value| other.get("uid") == json.get("uid");
        changed.iter().find(same).unwrap_or(json).clone()
    };
    Value::Array(all.map(new).collect())
}

fn put(record: Option<&mut Value>, key: &str, value: Option<&Value>) {
    let Some(record) = record.and_then(Value::as_object_mut) else {
        return;
    };
    match value {
        Some(value) => {
            record.insert(key.to_owned(), value.clone());
        }
        None => {
            record.remove(key);
        }
    }
}

fn of_entity(entity: &Entity) -> Value {
    json!({"__entity": {"type": entity.ty, "id": entity.id}})
}

/// The entity in Cedar's form of it.
pub(crate) fn entity(value: &Value) -> Option<Entity> {
    let inner = value.get("__entity")?;
    Some(Entity {
        ty: inner.get("type")?.as_str()?.to_owned(),
        id: inner.get("id")?.as_str()?.to_owned(),
    })
}

/// The function and the argument in Cedar's form of an extension value.
pub(crate) fn extension(value: &Value) -> Option<(&str, &str)> {
    let inner = value.get("__extn")?;
    Some((inner.get("fn")?.as_str()?, inner.get("arg")?.as_str()?))
}
