//! What is different between the entity files: a parent moved changes access as a policy does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::facts::Entity;

/// One entity that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityChange {
    /// The entity; of a file that is no list of entities, its path.
    pub subject: String,
    /// How.
    pub edit: EntityEdit,
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

/// Every difference between two lists of path and text, sorted.
pub(super) fn changes(base: &[(&str, &str)], head: &[(&str, &str)]) -> Vec<EntityChange> {
    let (before, after) = (all(base), all(head));
    let mut out = Vec::new();
    let mut add = |subject: &str, edit| {
        out.push(EntityChange {
            subject: subject.to_owned(),
            edit,
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

fn differing(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

fn all(files: &[(&str, &str)]) -> All {
    let mut out = All::default();
    for (path, text) in files {
        if read(text, &mut out.entities).is_none() {
            out.unreadable
                .insert((*path).to_owned(), (*text).to_owned());
        }
    }
    out
}

/// The entities of a file, in the forms that Cedar takes.
fn read(text: &str, out: &mut BTreeMap<String, Data>) -> Option<()> {
    let list: Value = serde_json::from_str(text).ok()?;
    let mut found = BTreeMap::new();
    for item in list.as_array()? {
        let object = item.as_object()?;
        let name = named(object.get("uid")?)?;
        let fields = |key: &str| -> Option<BTreeMap<String, Value>> {
            match object.get(key) {
                None => Some(BTreeMap::new()),
                Some(value) => Some(
                    value
                        .as_object()?
                        .iter()
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                ),
            }
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
        found.insert(name, data);
    }
    out.extend(found);
    Some(())
}

fn named(value: &Value) -> Option<String> {
    let value = value.get("__entity").unwrap_or(value);
    if let Some(text) = value.as_str() {
        return crate::cedar::entity(text).map(|entity| entity.to_string());
    }
    let part = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    let entity = Entity {
        ty: part("type")?,
        id: part("id")?,
    };
    Some(entity.to_string())
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
        let changes = changes(&[("e", base)], &[("e", head)]);
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
        let one = changes(&[("e", "{")], &[("e", "[")]);
        assert_eq!(
            one.first().map(|of| of.edit.clone()),
            Some(EntityEdit::Unreadable)
        );
        assert_eq!(changes(&[("e", "{")], &[("e", "{")]), []);
    }
}
