//! Edits of the schema.

use std::collections::BTreeSet;

use super::Kind::*;
use super::{Editing, Kind, asked, guess, ids};
use crate::model::{Action, EntityType, Field, Fields, Notes, Schema, Type, split};

/// A record type's place in a schema.
#[derive(Debug, Clone)]
enum At {
    Type(String),
    Context((String, String)),
    Common(String),
}

impl Editing<'_> {
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

    pub(super) fn field(&mut self, kind: Kind) -> Option<String> {
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

    pub(super) fn entity_type(&mut self, kind: Kind) -> Option<String> {
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

    pub(super) fn action(&mut self, kind: Kind) -> Option<String> {
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
                let named = ids(&text, &action_type(&name.0));
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
    pub(super) fn class(&mut self) -> Option<String> {
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
    pub(super) fn rewrite(&mut self) -> Option<String> {
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

fn action_type(namespace: &str) -> String {
    match namespace {
        "" => "Action".to_owned(),
        _ => format!("{namespace}::Action"),
    }
}
