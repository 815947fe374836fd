//! Edits at random: of the schema, the entity file, links, the configuration and policies.

mod schema;

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::json;

use crate::model::{Bundle, Entity, Link, Place, Policy, Type};
use crate::starts::Start;

/// What an edit is about. The order is the order of numbers: new kinds go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    FieldAdded,
    FieldRemoved,
    FieldOptional,
    FieldRequired,
    FieldRetyped,
    ParentAdded,
    ParentRemoved,
    EnumGrown,
    EnumShrunk,
    EnumOpened,
    TagsAdded,
    TagsRemoved,
    AppliesWidened,
    AppliesNarrowed,
    GroupJoined,
    GroupLeft,
    TypeMoved,
    TypeAdded,
    ActionAdded,
    ActionRemoved,
    ClassChanged,
    Rewritten,
    EntityMoved,
    EntityChanged,
    EntityAdded,
    EntityRemoved,
    LinkAdded,
    LinkRemoved,
    LinkChanged,
    Setting,
    ConditionAdded,
    ConditionDropped,
    ConditionChanged,
    ConditionNegated,
    EffectSwapped,
    ScopeChanged,
    Reordered,
    Reformatted,
    PolicyAdded,
    PolicyRemoved,
    PolicyRenamed,
    PolicyCopied,
}

use Kind::*;

/// How often each is made, out of the sum.
const WEIGHTS: &[(Kind, usize)] = &[
    (FieldAdded, 10),
    (FieldRemoved, 8),
    (FieldOptional, 8),
    (FieldRequired, 4),
    (FieldRetyped, 3),
    (ParentAdded, 8),
    (ParentRemoved, 8),
    (EnumGrown, 5),
    (EnumShrunk, 2),
    (EnumOpened, 4),
    (TagsAdded, 5),
    (TagsRemoved, 4),
    (AppliesWidened, 6),
    (AppliesNarrowed, 3),
    (GroupJoined, 5),
    (GroupLeft, 5),
    (TypeMoved, 3),
    (TypeAdded, 1),
    (ActionAdded, 2),
    (ActionRemoved, 2),
    (ClassChanged, 4),
    (Rewritten, 2),
    (EntityMoved, 4),
    (EntityChanged, 2),
    (EntityAdded, 2),
    (EntityRemoved, 1),
    (LinkAdded, 4),
    (LinkRemoved, 1),
    (LinkChanged, 2),
    (Setting, 3),
    (ConditionAdded, 6),
    (ConditionDropped, 6),
    (ConditionChanged, 8),
    (ConditionNegated, 3),
    (EffectSwapped, 2),
    (ScopeChanged, 6),
    (Reordered, 2),
    (Reformatted, 5),
    (PolicyAdded, 8),
    (PolicyRemoved, 4),
    (PolicyRenamed, 2),
    (PolicyCopied, 1),
];

/// An edit that can be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    pub kind: Kind,
    pub seed: u64,
}

impl Edit {
    pub fn random(rng: &mut Rng) -> Self {
        let sum = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut left = rng.usize(0..sum);
        let mut kind = Reformatted;
        for (of, weight) in WEIGHTS {
            if left < *weight {
                kind = *of;
                break;
            }
            left -= weight;
        }
        Self {
            kind,
            seed: rng.u64(..),
        }
    }

    /// Makes it, and says what was done; `None` where there is nothing to do.
    pub fn apply(self, bundle: &mut Bundle, start: &Start) -> Option<String> {
        let mut rng = Rng::with_seed(self.seed);
        let said = Editing {
            rng: &mut rng,
            bundle,
            start,
        }
        .apply(self.kind)?;
        Some(format!("{:?}: {said}", self.kind))
    }
}

struct Editing<'e> {
    rng: &'e mut Rng,
    bundle: &'e mut Bundle,
    start: &'e Start,
}

impl Editing<'_> {
    fn apply(&mut self, kind: Kind) -> Option<String> {
        match kind {
            FieldAdded | FieldRemoved | FieldOptional | FieldRequired | FieldRetyped => {
                self.field(kind)
            }
            ParentAdded | ParentRemoved | EnumGrown | EnumShrunk | EnumOpened | TagsAdded
            | TagsRemoved | TypeMoved | TypeAdded => self.entity_type(kind),
            AppliesWidened | AppliesNarrowed | GroupJoined | GroupLeft | ActionAdded
            | ActionRemoved => self.action(kind),
            ClassChanged => self.class(),
            Rewritten => self.rewrite(),
            EntityMoved | EntityChanged | EntityAdded | EntityRemoved => self.entity(kind),
            LinkAdded | LinkRemoved | LinkChanged => self.link(kind),
            Setting => {
                let line = self.rng.choice(self.start.settings)?;
                let had = self.bundle.config.remove(line);
                if !had {
                    let key = line.split(':').next()?;
                    // A key may stand there but once.
                    let config = &mut self.bundle.config;
                    config.retain(|other| other.split(':').next() != Some(key));
                    config.insert(line);
                }
                Some(format!("`{line}` {}", if had { "gone" } else { "set" }))
            }
            _ => self.policy(kind),
        }
    }

    /// The texts of all policies.
    fn policies_text(&self) -> String {
        self.bundle.policies.iter().map(Policy::text).collect()
    }

    fn entity(&mut self, kind: Kind) -> Option<String> {
        let text = self.policies_text();
        let types = self.bundle.schema.types.clone();
        if kind == EntityAdded {
            // Without attributes, so that any of its type will do.
            let plain: Vec<&String> = types
                .iter()
                .filter(|(_, of)| {
                    of.ids.is_none() && of.fields.values().all(|field| !field.required)
                })
                .map(|(name, _)| name)
                .collect();
            let ty = (*self.rng.choice(&plain)?).clone();
            let id = ["a", "x", "new"][self.rng.usize(0..3)].to_owned();
            let entities = &mut self.bundle.entities;
            if entities.iter().any(|of| of.ty == ty && of.id == id) {
                return None;
            }
            let said = format!("{ty} {id}");
            entities.push(Entity {
                ty,
                id,
                attributes: serde_json::Map::new(),
                parents: BTreeSet::new(),
            });
            return Some(said);
        }
        let count = self.bundle.entities.len();
        if count == 0 {
            return None;
        }
        let place = self.rng.usize(0..count);
        if kind == EntityRemoved {
            let gone = self.bundle.entities.remove(place);
            return Some(format!("{} {}", gone.ty, gone.id));
        }
        let entity = self.bundle.entities.get_mut(place)?;
        let of = types.get(&entity.ty)?;
        if kind == EntityMoved {
            let gone = self.rng.choice(&entity.parents).cloned();
            if let (Some(gone), true) = (gone, self.rng.bool()) {
                entity.parents.remove(&gone);
                return Some(format!("{} left {}", entity.id, gone.1));
            }
            let ty = self.rng.choice(&of.parents)?.clone();
            let named = ids(&text, &ty);
            let id = self
                .rng
                .choice(&named)
                .cloned()
                .unwrap_or_else(|| "x".to_owned());
            let new = entity.parents.insert((ty, id.clone()));
            return new.then(|| format!("{} joined {id}", entity.id));
        }
        let (name, field) = self.rng.choice(&of.fields)?;
        let value = match &field.ty {
            Type::Bool => json!(self.rng.bool()),
            Type::Long => json!(self.rng.i64(0..10)),
            Type::String => json!("open"),
            _ => return None,
        };
        let said = format!("{}.{name} = {value}", entity.id);
        let old = entity.attributes.insert(name.clone(), value.clone());
        (old != Some(value)).then_some(said)
    }

    fn link(&mut self, kind: Kind) -> Option<String> {
        let templates: Vec<Policy> = self.bundle.of(Place::Template).cloned().collect();
        let template = self.rng.choice(&templates)?.clone();
        let keys: Vec<String> = self.bundle.links.keys().cloned().collect();
        if kind == LinkRemoved {
            let key = self.rng.choice(&keys)?;
            self.bundle.links.remove(key);
            return Some(key.clone());
        }
        let value = |rng: &mut Rng, scope: &str, scopes: &[&str]| -> Option<String> {
            if !scope.contains('?') {
                return None;
            }
            let all: Vec<&str> = scopes
                .iter()
                .filter_map(|of| of.split(" == ").nth(1))
                .collect();
            let wide: Vec<&str> = scopes
                .iter()
                .filter_map(|of| of.split(" in ").nth(1))
                .collect();
            let from = if scope.contains(" in ") && rng.bool() {
                wide
            } else {
                all
            };
            rng.choice(from).map(str::to_owned)
        };
        let link = Link {
            principal: value(self.rng, &template.principal, self.start.principals),
            resource: value(self.rng, &template.resource, self.start.resources),
            template: template.id,
        };
        let key = match kind {
            LinkAdded => format!("l{}", keys.len() + 10),
            _ => self.rng.choice(&keys)?.clone(),
        };
        let said = format!("{key} for {:?} {:?}", link.principal, link.resource);
        let old = self.bundle.links.insert(key, link.clone());
        (old != Some(link)).then_some(said)
    }

    fn policy(&mut self, kind: Kind) -> Option<String> {
        let start = self.start;
        let count = self.bundle.policies.len();
        if kind == PolicyAdded {
            let policy = Policy {
                id: format!("new{count}"),
                place: if self.rng.u8(0..8) == 0 {
                    Place::Guard
                } else {
                    Place::Policy
                },
                notes: "@owner(\"docs\")".to_owned(),
                permits: self.rng.u8(0..5) > 0,
                principal: (*self.rng.choice(start.principals)?).to_owned(),
                action: (*self.rng.choice(start.actions)?).to_owned(),
                resource: (*self.rng.choice(start.resources)?).to_owned(),
                clauses: (0..self.rng.usize(0..3))
                    .filter_map(|_| self.rng.choice(start.atoms))
                    .map(|atom| (true, vec![(*atom).to_owned()]))
                    .collect(),
                layout: 0,
            };
            let text = policy.text();
            self.bundle.policies.push(policy);
            return Some(text);
        }
        if count == 0 {
            return None;
        }
        let place = self.rng.usize(0..count);
        let id = self.bundle.policies.get(place)?.id.clone();
        match kind {
            PolicyRemoved => {
                let gone = self.bundle.policies.remove(place);
                self.bundle.links.retain(|_, link| link.template != gone.id);
                return Some(gone.id);
            }
            PolicyCopied => {
                let mut copy = self.bundle.policies.get(place)?.clone();
                copy.id = format!("{}-again", copy.id);
                if copy.place == Place::Template {
                    return None;
                }
                self.bundle.policies.push(copy);
                return Some(id);
            }
            Reordered => {
                let other = self.rng.usize(0..count);
                self.bundle.policies.swap(place, other);
                return (place != other).then_some(id);
            }
            _ => {}
        }
        let policy = self.bundle.policies.get_mut(place)?;
        let atom = (*self.rng.choice(start.atoms)?).to_owned();
        match kind {
            PolicyRenamed => {
                policy.id.push_str("-2");
                let new = policy.id.clone();
                let links = self.bundle.links.values_mut();
                links
                    .filter(|link| link.template == id)
                    .for_each(|link| link.template.clone_from(&new));
            }
            EffectSwapped => policy.permits = !policy.permits,
            ScopeChanged => {
                if policy.place == Place::Template {
                    return None;
                }
                let (scope, all) = match self.rng.u8(0..3) {
                    0 => (&mut policy.principal, start.principals),
                    1 => (&mut policy.action, start.actions),
                    _ => (&mut policy.resource, start.resources),
                };
                let new = *self.rng.choice(all)?;
                if *scope == new {
                    return None;
                }
                new.clone_into(scope);
            }
            ConditionAdded => match policy.clauses.first_mut() {
                Some((_, all)) if self.rng.bool() => all.push(atom),
                _ => policy.clauses.push((self.rng.u8(0..4) > 0, vec![atom])),
            },
            _ => {
                let clauses = policy.clauses.len();
                if clauses == 0 {
                    return None;
                }
                let number = self.rng.usize(0..clauses);
                let (when, all) = policy.clauses.get_mut(number)?;
                let which = self.rng.usize(0..all.len());
                match kind {
                    ConditionDropped if all.len() > 1 => {
                        all.remove(which);
                    }
                    ConditionDropped => {
                        policy.clauses.remove(number);
                    }
                    ConditionChanged => *all.get_mut(which)? = atom,
                    ConditionNegated => *when = !*when,
                    _ => {
                        let one = all.get_mut(which)?;
                        match self.rng.u8(0..5) {
                            0 => *one = format!("!(!({one}))"),
                            1 => policy.layout ^= self.rng.u8(1..4),
                            2 => all.reverse(),
                            3 => policy.clauses.reverse(),
                            _ => *one = format!("if {one} then true else false"),
                        }
                    }
                }
            }
        }
        let text = self.bundle.policies.get(place).map(Policy::text)?;
        Some(format!("{id}: {text}"))
    }
}

/// Names of fields that a text asks for with `has`.
fn asked(text: &str) -> BTreeSet<String> {
    let after = text.split(" has ").skip(1);
    after.map(word).filter(|word| !word.is_empty()).collect()
}

fn word(text: &str) -> String {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    text.chars().take_while(is_part).collect()
}

/// Ids of entities of a type that a text names.
pub fn ids(text: &str, ty: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let pattern = format!("{ty}::\"");
    for (at, _) in text.match_indices(&pattern) {
        let inside = text.get(..at).and_then(|before| before.chars().next_back());
        if inside.is_some_and(|c| c == ':' || c.is_alphanumeric()) {
            continue;
        }
        let rest = text.get(at + pattern.len()..).unwrap_or_default();
        if let Some((id, _)) = rest.split_once('"')
            && !all.iter().any(|old| old == id)
        {
            all.push(id.to_owned());
        }
    }
    all
}

/// The type that a text takes a field for.
fn guess(name: &str, text: &str) -> Type {
    let used = |operator: &str| text.contains(&format!(".{name} {operator}"));
    if used(">") || used("<") {
        Type::Long
    } else if used("==") {
        Type::String
    } else {
        Type::Bool
    }
}

/// A value of JSON as a set of words, for what is compared with.
pub fn words(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    text.split(is_part)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
