//! Edits at random: of the schema, the entity file, links, the configuration and policies.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::json;

use crate::model::{
    Action, Bundle, Entity, EntityType, Field, Fields, Link, Notes, Place, Policy, Schema, Type,
    split,
};
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

/// A record type's place in a schema.
#[derive(Debug, Clone)]
enum At {
    Type(String),
    Context((String, String)),
    Common(String),
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

    fn lists(&self) -> Vec<(At, Vec<String>)> {
        let schema = &self.bundle.schema;
        let mut all = Vec::new();
        let mut add = |at: At, fields: &Fields| {
            let mut todo = vec![(Vec::new(), fields)];
            while let Some((path, fields)) = todo.pop() {
                for (name, field) in fields {
                    if let Type::Record(inner) = &field.ty {
                        let mut path: Vec<String> = path.clone();
                        path.push(name.clone());
                        todo.push((path, inner));
                    }
                }
                all.push((at.clone(), path));
            }
        };
        for (name, of) in schema.types.iter().filter(|(_, of)| of.ids.is_none()) {
            add(At::Type(name.clone()), &of.fields);
        }
        for (name, of) in &schema.actions {
            if let Type::Record(fields) = &of.context
                && !of.principals.is_empty()
            {
                add(At::Context(name.clone()), fields);
            }
        }
        for (name, of) in &schema.commons {
            if let Type::Record(fields) = of {
                add(At::Common(name.clone()), fields);
            }
        }
        all
    }

    fn field(&mut self, kind: Kind) -> Option<String> {
        let lists = self.lists();
        let (at, path) = self.rng.choice(&lists)?.clone();
        let text = self.policies_text();
        let atoms = self.start.atoms.join("\n");
        let read = asked(&text);
        let dormant = asked(&atoms);
        // A field of the context is mostly changed for all actions.
        let everywhere = self.rng.u8(0..3) > 0;
        let ats: Vec<At> = match &at {
            At::Context(_) if everywhere => {
                let all = self.bundle.schema.actions.keys();
                all.cloned().map(At::Context).collect()
            }
            _ => vec![at.clone()],
        };
        let place = |at: &At| match at {
            At::Type(name) | At::Common(name) => name.clone(),
            At::Context((_, id)) => format!("context of {id}"),
        };
        let mut said = None;
        let fields = list(&mut self.bundle.schema, &at, &path)?;
        let names: Vec<String> = fields.keys().cloned().collect();
        let (name, field) = if kind == FieldAdded {
            let new = |names: &BTreeSet<String>| -> Vec<String> {
                let all = names.iter().filter(|name| !fields.contains_key(*name));
                all.cloned().collect()
            };
            let from = match self.rng.u8(0..10) {
                0..=6 => new(&read),
                7..=8 => new(&dormant),
                _ => vec!["extra".to_owned()],
            };
            let name = self.rng.choice(&from)?.clone();
            let field = Field {
                notes: Notes::new(),
                ty: guess(&name, &format!("{text}{atoms}")),
                required: self.rng.u8(0..3) == 0,
            };
            (name, Some(field))
        } else {
            let name = self.rng.choice(&names)?.clone();
            let mut field = fields.get(&name)?.clone();
            match kind {
                FieldOptional if field.required => field.required = false,
                FieldRequired if !field.required => field.required = true,
                FieldRetyped => {
                    let ty = match self.rng.u8(0..4) {
                        0 => Type::String,
                        1 => Type::Long,
                        2 => Type::Bool,
                        _ => Type::Set(Box::new(field.ty.clone())),
                    };
                    if ty == field.ty {
                        return None;
                    }
                    field.ty = ty;
                }
                FieldRemoved => {}
                _ => return None,
            }
            (name, (kind != FieldRemoved).then_some(field))
        };
        for at in &ats {
            let Some(fields) = list(&mut self.bundle.schema, at, &path) else {
                continue;
            };
            match &field {
                None => {
                    fields.remove(&name);
                }
                Some(field) => {
                    fields.insert(name.clone(), field.clone());
                }
            }
            let ty = field.as_ref().map_or_else(String::new, |field| {
                let mark = if field.required { "" } else { "?" };
                format!("{mark}: {}", field.ty.text())
            });
            said.get_or_insert_with(|| format!("{} {}.{name}{ty}", place(at), path.join(".")));
        }
        said
    }

    fn some_type(&mut self, which: impl Fn(&EntityType) -> bool) -> Option<String> {
        let types = &self.bundle.schema.types;
        let all: Vec<&String> = types
            .iter()
            .filter(|(_, of)| which(of))
            .map(|(name, _)| name)
            .collect();
        self.rng.choice(all).cloned()
    }

    fn entity_type(&mut self, kind: Kind) -> Option<String> {
        let text = self.policies_text();
        let name = match kind {
            ParentAdded => self.some_type(|of| of.ids.is_none())?,
            ParentRemoved => self.some_type(|of| !of.parents.is_empty())?,
            EnumGrown | EnumShrunk | EnumOpened => self.some_type(|of| of.ids.is_some())?,
            TagsAdded => self.some_type(|of| of.ids.is_none() && of.tags.is_none())?,
            TagsRemoved => self.some_type(|of| of.tags.is_some())?,
            _ => self.some_type(|_| true)?,
        };
        let types = &mut self.bundle.schema.types;
        match kind {
            ParentAdded => {
                let all: Vec<String> = types.keys().cloned().collect();
                // Mostly one that a policy asks for.
                let asked: Vec<&String> = all
                    .iter()
                    .filter(|ty| text.contains(&format!("in {ty}::\"")))
                    .collect();
                let parent = match self.rng.choice(asked) {
                    Some(parent) if self.rng.u8(0..3) > 0 => parent.clone(),
                    _ => self.rng.choice(&all)?.clone(),
                };
                let new = types.get_mut(&name)?.parents.insert(parent.clone());
                new.then(|| format!("{name} in {parent}"))
            }
            ParentRemoved => {
                let of = types.get_mut(&name)?;
                let parent = self.rng.choice(&of.parents)?.clone();
                of.parents.remove(&parent);
                Some(format!("{name} no longer in {parent}"))
            }
            EnumGrown => {
                let of = types.get_mut(&name)?.ids.as_mut()?;
                let named = ids(&text, &name);
                let new: Vec<String> = named.into_iter().filter(|id| !of.contains(id)).collect();
                let id = match self.rng.choice(&new) {
                    Some(id) if self.rng.bool() => id.clone(),
                    _ => ["new", "admin", "draft"][self.rng.usize(0..3)].to_owned(),
                };
                if of.contains(&id) {
                    return None;
                }
                of.push(id.clone());
                Some(format!("{name} has {id}"))
            }
            EnumShrunk => {
                let of = types.get_mut(&name)?.ids.as_mut()?;
                if of.len() < 2 {
                    return None;
                }
                let id = of.remove(self.rng.usize(0..of.len()));
                Some(format!("{name} has no {id}"))
            }
            EnumOpened => {
                types.get_mut(&name)?.ids = None;
                Some(format!("{name} is open"))
            }
            TagsAdded => {
                types.get_mut(&name)?.tags = Some(Type::String);
                Some(name)
            }
            TagsRemoved => {
                types.get_mut(&name)?.tags = None;
                Some(name)
            }
            TypeAdded => {
                let (namespace, _) = split(&name);
                let name = match namespace {
                    "" => "Extra".to_owned(),
                    _ => format!("{namespace}::Extra"),
                };
                let old = types.insert(name.clone(), EntityType::default());
                old.is_none().then_some(name)
            }
            _ => {
                let (namespace, last) = split(&name);
                let to = match self.rng.u8(0..3) {
                    0 => "Moved",
                    1 => "App",
                    _ => "Vault",
                };
                let (last, namespace) = (last.to_owned(), namespace.to_owned());
                let new = format!("{to}::{last}");
                if namespace == to || types.contains_key(&new) {
                    return None;
                }
                let with_policies = self.rng.bool();
                self.rename(&name, &new, with_policies);
                let also = if with_policies { " with policies" } else { "" };
                Some(format!("{name} is {new}{also}"))
            }
        }
    }

    fn rename(&mut self, old: &str, new: &str, with_policies: bool) {
        fn ty(of: &mut Type, old: &str, new: &str) {
            match of {
                Type::Entity(name) if name == old => *name = new.to_owned(),
                Type::Set(element) => ty(element, old, new),
                Type::Record(fields) => fields
                    .values_mut()
                    .for_each(|field| ty(&mut field.ty, old, new)),
                _ => {}
            }
        }
        let names = |of: &mut BTreeSet<String>| {
            if of.remove(old) {
                of.insert(new.to_owned());
            }
        };
        let schema = &mut self.bundle.schema;
        if let Some(of) = schema.types.remove(old) {
            schema.types.insert(new.to_owned(), of);
        }
        for of in schema.types.values_mut() {
            names(&mut of.parents);
            of.fields
                .values_mut()
                .for_each(|field| ty(&mut field.ty, old, new));
        }
        for of in schema.actions.values_mut() {
            names(&mut of.principals);
            names(&mut of.resources);
            ty(&mut of.context, old, new);
        }
        schema.commons.values_mut().for_each(|of| ty(of, old, new));
        for entity in &mut self.bundle.entities {
            if entity.ty == old {
                new.clone_into(&mut entity.ty);
            }
        }
        if !with_policies {
            return;
        }
        let change = |text: &mut String| {
            *text = text.replace(&format!("{old}::\""), &format!("{new}::\""));
            *text = format!("{text} ").replace(&format!("is {old} "), &format!("is {new} "));
            *text = text.trim_end().to_owned();
        };
        for policy in &mut self.bundle.policies {
            change(&mut policy.principal);
            change(&mut policy.resource);
            let conditions = policy.clauses.iter_mut().flat_map(|(_, all)| all);
            conditions.for_each(change);
        }
        for link in self.bundle.links.values_mut() {
            link.principal.iter_mut().for_each(change);
            link.resource.iter_mut().for_each(change);
        }
    }

    fn action(&mut self, kind: Kind) -> Option<String> {
        let text = self.policies_text();
        let schema = &mut self.bundle.schema;
        let types: Vec<String> = schema.types.keys().cloned().collect();
        let all: Vec<(String, String)> = schema.actions.keys().cloned().collect();
        let name = self.rng.choice(&all)?.clone();
        let of_principal = self.rng.bool();
        let about = if of_principal {
            "principal"
        } else {
            "resource"
        };
        match kind {
            ActionAdded => {
                let mut action = schema.actions.get(&name)?.clone();
                action.groups.clear();
                let new = (name.0.clone(), "extra".to_owned());
                let old = schema.actions.insert(new, action);
                return old.is_none().then(|| format!("extra as {}", name.1));
            }
            ActionRemoved => {
                if text.contains(&format!("{:?}", name.1)) {
                    return None;
                }
                schema.actions.remove(&name)?;
                return Some(name.1);
            }
            GroupJoined => {
                let named = ids(&text, &crate_action(&name.0));
                let group = match self.rng.choice(&named) {
                    Some(group) if self.rng.bool() => group.clone(),
                    _ => self.rng.choice(&all)?.1.clone(),
                };
                let key = (name.0.clone(), group.clone());
                if group == name.1 || reaches(schema, &key, &name) {
                    return None;
                }
                schema.actions.entry(key).or_insert_with(|| Action {
                    notes: Notes::new(),
                    groups: BTreeSet::new(),
                    principals: BTreeSet::new(),
                    resources: BTreeSet::new(),
                    context: Type::Record(Fields::new()),
                });
                let new = schema.actions.get_mut(&name)?.groups.insert(group.clone());
                return new.then(|| format!("{} in {group}", name.1));
            }
            _ => {}
        }
        let action = schema.actions.get_mut(&name)?;
        let side = match of_principal {
            true => &mut action.principals,
            false => &mut action.resources,
        };
        match kind {
            AppliesWidened => {
                if side.is_empty() {
                    return None;
                }
                let new = self.rng.choice(&types)?.clone();
                let is_new = side.insert(new.clone());
                is_new.then(|| format!("{} {about} {new}", name.1))
            }
            AppliesNarrowed => {
                if side.len() < 2 {
                    return None;
                }
                let old = self.rng.choice(&*side)?.clone();
                side.remove(&old);
                Some(format!("{} no {about} {old}", name.1))
            }
            _ => {
                let group = self.rng.choice(&action.groups)?.clone();
                action.groups.remove(&group);
                Some(format!("{} no longer in {group}", name.1))
            }
        }
    }

    /// A class of an action, a type or a field is dropped or lowered.
    fn class(&mut self) -> Option<String> {
        let schema = &mut self.bundle.schema;
        let types = schema.types.values_mut().map(|of| &mut of.notes);
        let actions = schema.actions.values_mut().map(|of| &mut of.notes);
        let mut all: Vec<&mut Notes> = types.chain(actions).filter(|of| !of.is_empty()).collect();
        if all.is_empty() {
            return None;
        }
        let notes = all.swap_remove(self.rng.usize(0..all.len()));
        let key = self.rng.choice(notes.keys())?.clone();
        let to = match key.as_str() {
            "access" => "read",
            "sensitivity" => "public",
            "principal_kind" => "human",
            _ => "none",
        };
        if self.rng.bool() || notes.get(&key).is_some_and(|value| value == to) {
            notes.remove(&key);
            return Some(format!("no @{key}"));
        }
        notes.insert(key.clone(), to.to_owned());
        Some(format!("@{key}({to})"))
    }

    /// The same schema in other words: a type by a name, or a name by its type.
    fn rewrite(&mut self) -> Option<String> {
        let schema = &mut self.bundle.schema;
        let names: Vec<(String, String)> = schema.actions.keys().cloned().collect();
        let (namespace, id) = self.rng.choice(&names)?.clone();
        let of = schema.actions.get_mut(&(namespace.clone(), id.clone()))?;
        match &of.context {
            Type::Common(name) => of.context = schema.commons.get(name)?.clone(),
            other => {
                let name = match namespace.as_str() {
                    "" => "Given".to_owned(),
                    _ => format!("{namespace}::Given"),
                };
                if schema.commons.contains_key(&name) {
                    return None;
                }
                schema.commons.insert(name.clone(), other.clone());
                of.context = Type::Common(name);
            }
        }
        Some(format!("context of {id}"))
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

fn list<'s>(schema: &'s mut Schema, at: &At, path: &[String]) -> Option<&'s mut Fields> {
    let mut fields = match at {
        At::Type(name) => &mut schema.types.get_mut(name)?.fields,
        At::Context(name) => match &mut schema.actions.get_mut(name)?.context {
            Type::Record(fields) => fields,
            _ => return None,
        },
        At::Common(name) => match schema.commons.get_mut(name)? {
            Type::Record(fields) => fields,
            _ => return None,
        },
    };
    for name in path {
        fields = match &mut fields.get_mut(name)?.ty {
            Type::Record(fields) => fields,
            _ => return None,
        };
    }
    Some(fields)
}

/// Whether an action is in another, through however many.
fn reaches(schema: &Schema, from: &(String, String), to: &(String, String)) -> bool {
    from == to
        || schema.actions.get(from).is_some_and(|of| {
            let mut groups = of.groups.iter();
            groups.any(|group| reaches(schema, &(from.0.clone(), group.clone()), to))
        })
}

fn crate_action(namespace: &str) -> String {
    match namespace {
        "" => "Action".to_owned(),
        _ => format!("{namespace}::Action"),
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
