//! What is different between the entity files: a parent moved changes access as a policy does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use super::newcomer::Newcomer;
use super::reads::{self, Presence, Reads};
use super::side::Side;
use crate::config::Vocabulary;
use crate::facts::Entity;
use crate::schema::{Attribute, Schema, Type};

/// One entity that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityChange {
    /// The entity; of a file that is no list of entities, its path.
    pub subject: String,
    /// How.
    pub edit: EntityEdit,
    /// What it does to decisions.
    pub reach: Reach,
}

/// What a change of an entity can do to decisions by the bundle's own entities.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// The policies through which more may be allowed, sorted.
    pub wider: Vec<String>,
    /// The policies through which less may be allowed, sorted.
    pub narrower: Vec<String>,
    /// The attributes that changed and that a class or a check is read from, sorted.
    pub classed: Vec<String>,
    /// Whether it, or something in it, is in more groups than before.
    pub joins: bool,
}

impl EntityChange {
    /// Whether more may be allowed by it.
    pub fn may_widen(&self) -> bool {
        self.edit == EntityEdit::Unreadable || !self.reach.wider.is_empty()
    }

    /// Whether any decision may be different by it.
    pub fn may_decide(&self) -> bool {
        self.may_widen() || !self.reach.narrower.is_empty()
    }
}

/// How an entity changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityEdit {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// It is there on both sides.
    Changed {
        /// What it is directly in now and was not, sorted.
        parents_added: Vec<String>,
        /// What it was directly in and is not now, sorted.
        parents_removed: Vec<String>,
        /// The attributes with another value, or on one side alone, sorted.
        attributes: Vec<String>,
        /// The tags with another value, or on one side alone, sorted.
        tags: Vec<String>,
    },
    /// The file cannot be read as entities, and is another.
    Unreadable,
}

impl EntityEdit {
    /// Its name in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed { .. } => "changed",
            Self::Unreadable => "unreadable",
        }
    }
}

#[derive(Debug, Default, PartialEq)]
struct Data {
    parents: BTreeSet<String>,
    attributes: BTreeMap<String, Value>,
    tags: BTreeMap<String, Value>,
}

#[derive(Default)]
struct All {
    entities: BTreeMap<String, Data>,
    unreadable: BTreeMap<String, String>,
}

/// Every difference between the entity files of two bundles, sorted. Two ways of writing the same are no difference.
pub(super) fn changes(base: &Side<'_>, head: &Side<'_>) -> Vec<EntityChange> {
    if base.entities == head.entities {
        return Vec::new();
    }
    let before = all(
        &base.entities,
        base.schema.usable().map(|(schema, _)| schema),
    );
    let after = all(
        &head.entities,
        head.schema.usable().map(|(schema, _)| schema),
    );
    let mut out = edits(&before, &after);
    let mut reads = reads::of_side(base);
    reads.extend(reads::of_side(head));
    let tree = Tree::new(&before, &after);
    let is_opaque = !base.opaque.is_empty() || !head.opaque.is_empty();
    for change in &mut out {
        let newcomer = match (&change.edit, crate::cedar::entity(&change.subject)) {
            (EntityEdit::Added, Some(entity)) => {
                after.entities.get(&change.subject).map(|data| Newcomer {
                    entity,
                    attributes: json!(data.attributes),
                    schema: head.schema.usable().map(|(schema, _)| schema),
                })
            }
            _ => None,
        };
        let mut reach = reach(change, &reads, (&before, &after), &tree, newcomer.as_ref());
        reach.classed = classed(change, (&before, &after), [base, head]);
        if is_opaque {
            reach.wider.push("a policy that cannot be read".to_owned());
        }
        change.reach = reach;
    }
    out
}

fn edits(before: &All, after: &All) -> Vec<EntityChange> {
    let mut out = Vec::new();
    let mut add = |subject: &str, edit| {
        out.push(EntityChange {
            subject: subject.to_owned(),
            edit,
            reach: Reach::default(),
        });
    };
    for (name, data) in &after.entities {
        match before.entities.get(name) {
            None => add(name, EntityEdit::Added),
            Some(old) if old != data => add(
                name,
                EntityEdit::Changed {
                    parents_added: data.parents.difference(&old.parents).cloned().collect(),
                    parents_removed: old.parents.difference(&data.parents).cloned().collect(),
                    attributes: differing(&old.attributes, &data.attributes),
                    tags: differing(&old.tags, &data.tags),
                },
            ),
            Some(_) => {}
        }
    }
    for name in before.entities.keys() {
        if !after.entities.contains_key(name) {
            add(name, EntityEdit::Removed);
        }
    }
    let paths: BTreeSet<&String> = before
        .unreadable
        .keys()
        .chain(after.unreadable.keys())
        .collect();
    for path in paths {
        if before.unreadable.get(path) != after.unreadable.get(path) {
            add(path, EntityEdit::Unreadable);
        }
    }
    out.sort();
    out
}

/// Which attributes of an entity changed, whether its tags did, and on which side it is.
fn data(change: &EntityChange, (before, after): (&All, &All)) -> (Presence, Vec<String>, bool) {
    let names = |all: &All| -> (Vec<String>, bool) {
        all.entities.get(&change.subject).map_or_else(
            || (Vec::new(), false),
            |data| {
                (
                    data.attributes.keys().cloned().collect(),
                    !data.tags.is_empty(),
                )
            },
        )
    };
    match &change.edit {
        EntityEdit::Added => {
            let (names, tags) = names(after);
            (Presence::Added, names, tags)
        }
        EntityEdit::Removed => {
            let (names, tags) = names(before);
            (Presence::Removed, names, tags)
        }
        EntityEdit::Changed {
            attributes, tags, ..
        } => (Presence::Changed, attributes.clone(), !tags.is_empty()),
        EntityEdit::Unreadable => (Presence::Changed, Vec::new(), false),
    }
}

fn reach(
    change: &EntityChange,
    reads: &[Reads],
    sides: (&All, &All),
    tree: &Tree<'_>,
    newcomer: Option<&Newcomer<'_>>,
) -> Reach {
    let (presence, attributes, tags) = data(change, sides);
    let (gained, lost) = tree.moved(&change.subject);
    let (mut wider, mut narrower) = (BTreeSet::new(), BTreeSet::new());
    for policy in reads {
        let mut data = policy.data(presence, &attributes, tags);
        let is_left_out = |newcomer: &Newcomer<'_>| newcomer.is_left_out_by(&policy.policy);
        if data.more && policy.permits && newcomer.is_some_and(is_left_out) {
            data.more = false;
        }
        for way in [data, policy.groups(&gained, &lost)] {
            let (more, less) = match policy.permits {
                true => (way.more, way.less),
                false => (way.less, way.more),
            };
            if more {
                wider.insert(policy.name.to_string());
            }
            if less {
                narrower.insert(policy.name.to_string());
            }
        }
    }
    Reach {
        wider: wider.into_iter().collect(),
        narrower: narrower.into_iter().collect(),
        classed: Vec::new(),
        joins: !gained.is_empty(),
    }
}

/// The attributes that changed and that say how something is classed, or that a limit or a check reads.
fn classed(change: &EntityChange, sides: (&All, &All), bundles: [&Side<'_>; 2]) -> Vec<String> {
    let (_, attributes, _) = data(change, sides);
    if attributes.is_empty() {
        return Vec::new();
    }
    let Some(entity) = crate::cedar::entity(&change.subject) else {
        return attributes;
    };
    let is_classed = |name: &String| {
        bundles.iter().any(|side| {
            let step_up = &side.settings.options.step_up_attributes;
            let sections = side.settings.governance.apps.values();
            let said = sections.flat_map(|section| section.actions.values());
            let mut limits: BTreeSet<&str> =
                said.filter_map(|action| action.limit.as_deref()).collect();
            let schema = side.schema.usable().map(|(schema, _)| schema);
            if let Some(schema) = schema {
                let actions = schema.actions.values();
                let written = actions.filter_map(|action| action.annotations.get("limit"));
                limits.extend(written.map(String::as_str));
            }
            let attribute = schema
                .and_then(|schema| schema.entity_types.get(&entity.ty))
                .and_then(|ty| ty.attributes.get(name));
            step_up.contains(name)
                || limits.iter().any(|limit| has_word(limit, name))
                || attribute.is_some_and(is_annotated)
        })
    };
    attributes.into_iter().filter(is_classed).collect()
}

fn is_annotated(attribute: &Attribute) -> bool {
    let of_class = |key: &String| Vocabulary::SCHEMA.contains(&key.as_str()) && key != "doc";
    let nested = match &attribute.ty {
        Type::Record(fields) => fields.values().any(is_annotated),
        _ => false,
    };
    nested || attribute.annotations.keys().any(of_class)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.contains(word) && text.split(|c| !is_part(c)).any(|part| part == word)
        || text.contains(&format!("\"{word}\""))
}

/// What is in what, on both sides.
struct Tree<'a> {
    before: BTreeMap<&'a str, BTreeSet<&'a str>>,
    after: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Tree<'a> {
    fn new(before: &'a All, after: &'a All) -> Self {
        Self {
            before: ancestors(before),
            after: ancestors(after),
        }
    }

    /// The groups that an entity, or something in it, is in now and was not, and those that it was in.
    fn moved(&self, entity: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let nothing = BTreeSet::new();
        let (mut gained, mut lost) = (BTreeSet::new(), BTreeSet::new());
        let names: BTreeSet<&str> = [&self.before, &self.after]
            .into_iter()
            .flat_map(|tree| tree.iter())
            .filter(|(name, above)| **name == entity || above.contains(entity))
            .map(|(name, _)| *name)
            .collect();
        for name in names {
            let before = self.before.get(name).unwrap_or(&nothing);
            let after = self.after.get(name).unwrap_or(&nothing);
            gained.extend(after.difference(before).map(ToString::to_string));
            lost.extend(before.difference(after).map(ToString::to_string));
        }
        (gained, lost)
    }
}

/// All that each entity is in. What is not in the files is in nothing.
fn ancestors(all: &All) -> BTreeMap<&str, BTreeSet<&str>> {
    let above = |entity: &'_ str| {
        let parents = |name: &str| {
            let data = all.entities.get(name);
            data.into_iter().flat_map(|data| &data.parents)
        };
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&str> = parents(entity).map(String::as_str).collect();
        while let Some(name) = waiting.pop() {
            if found.insert(name) {
                waiting.extend(parents(name).map(String::as_str));
            }
        }
        found
    };
    all.entities
        .keys()
        .map(|name| (name.as_str(), above(name)))
        .collect()
}

fn differing(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

fn all(files: &[(&str, &str)], schema: Option<&Schema>) -> All {
    let mut out = All::default();
    for (path, text) in files {
        if read(text, schema, &mut out.entities).is_none() {
            out.unreadable
                .insert((*path).to_owned(), (*text).to_owned());
        }
    }
    out
}

/// The entities of a file, in the forms that Cedar takes.
fn read(text: &str, schema: Option<&Schema>, out: &mut BTreeMap<String, Data>) -> Option<()> {
    let list: Value = serde_json::from_str(text).ok()?;
    let mut found = BTreeMap::new();
    for item in list.as_array()? {
        let object = item.as_object()?;
        let entity = entity(object.get("uid")?)?;
        let declared = schema.and_then(|schema| schema.entity_types.get(&entity.ty));
        let fields = |key: &str| -> Option<BTreeMap<String, Value>> {
            let Some(value) = object.get(key) else {
                return Some(BTreeMap::new());
            };
            let ty = |name: &str| match key {
                "tags" => declared.and_then(|of| of.tags.as_ref()),
                _ => declared
                    .and_then(|of| of.attributes.get(name))
                    .map(|of| &of.ty),
            };
            let fields = value.as_object()?.iter();
            Some(
                fields
                    .map(|(name, value)| (name.clone(), plain(value, ty(name))))
                    .collect(),
            )
        };
        let parents = match object.get("parents") {
            None => BTreeSet::new(),
            Some(parents) => parents
                .as_array()?
                .iter()
                .map(named)
                .collect::<Option<_>>()?,
        };
        let data = Data {
            parents,
            attributes: fields("attrs")?,
            tags: fields("tags")?,
        };
        found.insert(entity.to_string(), data);
    }
    out.extend(found);
    Some(())
}

fn named(value: &Value) -> Option<String> {
    entity(value).map(|entity| entity.to_string())
}

fn entity(value: &Value) -> Option<Entity> {
    let value = value.get("__entity").unwrap_or(value);
    if let Some(text) = value.as_str() {
        return crate::cedar::entity(text);
    }
    let part = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    Some(Entity {
        ty: part("type")?,
        id: part("id")?,
    })
}

/// A value in one of the forms that Cedar takes, always the same: escapes as the type asks for them, and sets in
/// order.
fn plain(value: &Value, ty: Option<&Type>) -> Value {
    match (value, ty) {
        (Value::Array(items), ty) => {
            let of = match ty {
                Some(Type::Set(of)) => Some(&**of),
                _ => None,
            };
            let mut items: Vec<Value> = items.iter().map(|item| plain(item, of)).collect();
            items.sort_by_cached_key(ToString::to_string);
            items.dedup();
            Value::Array(items)
        }
        (Value::Object(fields), _) if fields.contains_key("__entity") => escaped_entity(value),
        (Value::Object(fields), Some(Type::Entity(_))) if fields.len() == 2 => {
            escaped_entity(value)
        }
        (Value::Object(fields), Some(Type::Extension(_)))
            if fields.contains_key("fn") && !fields.contains_key("__extn") =>
        {
            json!({ "__extn": value })
        }
        (Value::String(text), Some(Type::Extension(name))) => {
            let name = match name.as_str() {
                "ipaddr" => "ip",
                name => name,
            };
            json!({ "__extn": { "fn": name, "arg": text } })
        }
        (Value::Object(fields), ty) if !fields.contains_key("__extn") => {
            let of = |name: &str| match ty {
                Some(Type::Record(types)) => types.get(name).map(|of| &of.ty),
                _ => None,
            };
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), plain(value, of(name))))
                    .collect(),
            )
        }
        _ => value.clone(),
    }
}

fn escaped_entity(value: &Value) -> Value {
    match entity(value) {
        Some(Entity { ty, id }) => json!({ "__entity": { "type": ty, "id": id } }),
        None => value.clone(),
    }
}

impl fmt::Display for EntityEdit {
    /// In words, without the entity.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Changed {
            parents_added,
            parents_removed,
            attributes,
            tags,
        } = self
        else {
            return f.write_str(match self {
                Self::Unreadable => "cannot be read as entities, and is another",
                _ => self.as_str(),
            });
        };
        let parts = [
            ("now in", parents_added),
            ("no longer in", parents_removed),
            ("other attributes:", attributes),
            ("other tags:", tags),
        ];
        let mut first = true;
        for (what, names) in parts {
            if names.is_empty() {
                continue;
            }
            if !first {
                f.write_str("; ")?;
            }
            first = false;
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            write!(f, "{what} {}", names.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_is_the_same_entity() {
        let base = r#"[{"uid": {"type": "U", "id": "a"}, "parents": [{"type": "G", "id": "x"}], "attrs": {"n": 1, "m": 1}}, {"uid": {"type": "U", "id": "b"}}]"#;
        let head = r#"[{"uid": {"__entity": {"type": "U", "id": "a"}}, "parents": [{"type": "G", "id": "y"}], "attrs": {"n": 2}, "tags": {"t": "v"}}, {"uid": "U::\"c\""}]"#;
        let changes = edits(&all(&[("e", base)], None), &all(&[("e", head)], None));
        let said: Vec<String> = changes
            .iter()
            .map(|change| format!("{} {}", change.subject, change.edit))
            .collect();
        assert_eq!(
            said,
            [
                r#"U::"a" now in `G::"y"`; no longer in `G::"x"`; other attributes: `m`, `n`; other tags: `t`"#,
                r#"U::"b" removed"#,
                r#"U::"c" added"#,
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_where_it_changed() {
        let changes = |base, head| edits(&all(&[("e", base)], None), &all(&[("e", head)], None));
        let one = changes("{", "[");
        assert_eq!(
            one.first().map(|of| of.edit.clone()),
            Some(EntityEdit::Unreadable)
        );
        assert_eq!(changes("{", "{"), []);
    }
}
