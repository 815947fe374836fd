//! Cases that would close what is open: one that is there, with one value or two moved across a boundary.
//!
//! What to move a value to comes from the literals of the policies and the entities of the fixture. Whether a
//! case closes anything is decided by evaluating it, in `run/suggest.rs`; how it is written is decided here.

pub(crate) mod moves;

/// What a case is made of that stands for itself.
pub(crate) use super::witness::yaml as alone;

use serde_json::{Map, Value};

use super::model::Case;
use crate::config::yaml;
use crate::facts::Entity;
use moves::{Move, Part};

/// A case that could be suggested, with the request that it must be read back as.
#[derive(Debug, Clone, Copy)]
pub struct Proposed<'p> {
    /// Path of the suite that it belongs in.
    pub file: &'p str,
    /// An item of a YAML list.
    pub yaml: &'p str,
    /// The request. Its name, tags and places say nothing.
    pub case: &'p Case,
    /// Every entity, in Cedar's JSON form.
    pub entities: &'p Value,
}

/// A case of the suite with moves, as an item of a YAML list; `None` where the case was not written in a way
/// that can be taken over.
pub(crate) fn yaml(
    text: &str,
    base: &Case,
    moves: &[Move],
    (moved, entities): (&Case, &Value),
    name: &str,
    typed: bool,
) -> Option<String> {
    let mut out = format!("- name: {}\n", quoted(name));
    let called = |entity: &Entity| called(text, base, entity);
    for (key, entity) in [
        ("principal", &moved.principal),
        ("action", &moved.action),
        ("resource", &moved.resource),
    ] {
        let name = called(entity).unwrap_or_else(|| uid(entity));
        out.push_str(&format!("  {key}: {name}\n"));
    }
    let context =
        context(text, base, moves, typed).or_else(|| whole(moved.context.as_object()?, typed))?;
    if context != "{}" {
        out.push_str(&format!("  context: {context}\n"));
    }
    let mut changed: Vec<(&Entity, Vec<(String, String)>)> = Vec::new();
    for step in moves {
        let (of, new) = match &step.part {
            Part::Attribute(of, name) => {
                let new = match &step.to {
                    Some(value) => written(value, typed),
                    None => "~".to_owned(),
                };
                (of, Some((name.clone(), new)))
            }
            Part::Parent(of, _) => (of, None),
            _ => continue,
        };
        match changed.iter_mut().find(|(other, _)| *other == of) {
            Some((_, list)) => list.extend(new),
            None => changed.push((of, new.into_iter().collect())),
        }
    }
    if !changed.is_empty() {
        out.push_str("  entities:\n");
    }
    for (entity, attributes) in &changed {
        // An entity from a file is called by its id.
        let name = called(entity).unwrap_or_else(|| plain(&entity.id));
        let mut parts = vec![("extends".to_owned(), name.clone())];
        if !attributes.is_empty() {
            parts.push(("attrs".to_owned(), mapping(attributes)));
        }
        let is_of = |step: &Move| matches!(&step.part, Part::Parent(of, _) if of == *entity);
        if moves.iter().any(is_of) {
            let json = entities.as_array()?.iter().find(|json| {
                let uid = json.get("uid").cloned().unwrap_or_default();
                moves::entity(&serde_json::json!({"__entity": uid})).as_ref() == Some(*entity)
            })?;
            let parents: Vec<String> = moves::parents(json).iter().map(uid).collect();
            parts.push(("parents".to_owned(), format!("[{}]", parents.join(", "))));
        }
        out.push_str(&format!("    {name}: {}\n", mapping(&parts)));
    }
    out.push_str(&format!(
        "  expect: {}\n",
        moved.expected.decision.value.as_str()
    ));
    Some(out)
}

/// What the case calls an entity of its request, where that is a plain name.
fn called(text: &str, base: &Case, entity: &Entity) -> Option<String> {
    let places = base.places;
    let of = [
        (&base.principal, places.principal),
        (&base.action, places.action),
        (&base.resource, places.resource),
    ];
    let (_, place) = of
        .into_iter()
        .find(|(of, place)| *of == entity && *place != base.span)?;
    let name = place.text(text);
    (!name.is_empty() && plain(name) == name).then(|| name.to_owned())
}

/// The context as the case has it, with what moves.
fn context(text: &str, base: &Case, moves: &[Move], typed: bool) -> Option<String> {
    let written_so = base.places.context.text(text);
    let (node, problems) = yaml::read(written_so);
    if !problems.is_empty() || base.places.context == base.span {
        return None;
    }
    let steps: Vec<(&str, Option<String>)> = moves
        .iter()
        .filter_map(|step| match &step.part {
            Part::Context(key) => {
                let new = step.to.as_ref().map(|value| written(value, typed));
                Some((key.as_str(), new))
            }
            _ => None,
        })
        .collect();
    let mut fields: Vec<(String, String)> = match node?.value {
        yaml::Value::Scalar { text, .. } if steps.is_empty() => return Some(plain(&text)),
        yaml::Value::Scalar { text, .. } => vec![("extends".to_owned(), plain(&text))],
        yaml::Value::Mapping(entries) => entries
            .into_iter()
            .map(|entry| (entry.key, entry.value.span.text(written_so).to_owned()))
            .collect(),
        _ => return None,
    };
    if fields.iter().any(|(_, value)| value.contains('\n')) {
        return None;
    }
    // Only what is inherited can be taken away with `~`.
    let is_heir = fields.iter().any(|(name, _)| name == "extends");
    for (key, new) in steps {
        let at = fields.iter().position(|(name, _)| name == key);
        let new = match new {
            Some(new) => new,
            None if is_heir => "~".to_owned(),
            None => {
                fields.retain(|(name, _)| name != key);
                continue;
            }
        };
        match at.and_then(|at| fields.get_mut(at)) {
            Some((_, value)) => *value = new,
            None => fields.push((key.to_owned(), new)),
        }
    }
    Some(mapping(&fields))
}

fn whole(context: &Map<String, Value>, typed: bool) -> Option<String> {
    let fields: Vec<(String, String)> = context
        .iter()
        .map(|(key, value)| (key.clone(), written(value, typed)))
        .collect();
    Some(mapping(&fields))
}

pub(super) fn mapping(fields: &[(String, String)]) -> String {
    if fields.is_empty() {
        return "{}".to_owned();
    }
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{}: {value}", plain(key)))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

/// A value as suites write it. Only with a schema can Cedar's forms of entities and of extension values be
/// shortened.
pub(super) fn written(value: &Value, typed: bool) -> String {
    if typed && let Some(entity) = moves::entity(value) {
        return uid(&entity);
    }
    if typed && let Some((_, argument)) = moves::extension(value) {
        return quoted(argument);
    }
    value.to_string()
}

/// `Type::"id"` in quotes of YAML, so that nothing in the id has a meaning there.
pub(super) fn uid(entity: &Entity) -> String {
    format!("'{}'", entity.to_string().replace('\'', "''"))
}

pub(super) fn plain(text: &str) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins
        && text.chars().all(simple)
        && !matches!(
            text,
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        )
    {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// JSON's quotes are YAML's.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
