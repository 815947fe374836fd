//! The witness of a proof as a case of a suite.

use serde_json::{Map, Value};

use super::model::Decision;
use super::suggest::{mapping, quoted, uid, written};
use crate::facts::Entity;
use crate::prove::Witness;

/// A case that stands for itself: a name, the request with its entities, and what is expected, as an item of a YAML
/// list; `None` where an entity is not in Cedar's JSON form.
pub fn yaml(name: &str, comment: &str, witness: &Witness, expect: Decision) -> Option<String> {
    let mut out = format!("- name: {}", quoted(name));
    if !comment.is_empty() {
        out.push_str(&format!(" # {comment}"));
    }
    out.push('\n');
    let roles = [
        ("principal", &witness.principal),
        ("action", &witness.action),
        ("resource", &witness.resource),
    ];
    for (role, entity) in roles {
        out.push_str(&format!("  {role}: {}\n", uid(entity)));
    }
    let context = fields(witness.context.as_object()?);
    if context != "{}" {
        out.push_str(&format!("  context: {context}\n"));
    }
    let entities = witness.entities.as_array()?;
    // An action is what the schema says.
    let entities: Vec<String> = entities
        .iter()
        .filter(|json| named(json.get("uid")).as_ref() != Some(&witness.action))
        .enumerate()
        .map(|(number, json)| entity(number, json))
        .collect::<Option<_>>()?;
    if !entities.is_empty() {
        out.push_str("  entities:\n");
        out.extend(entities);
    }
    out.push_str(&format!("  expect: {}\n", expect.as_str()));
    Some(out)
}

fn entity(number: usize, json: &Value) -> Option<String> {
    let of = named(json.get("uid"))?;
    let mut parts = vec![format!("uid: {}", uid(&of))];
    for key in ["attrs", "tags"] {
        if let Some(values) = json.get(key).and_then(Value::as_object)
            && !values.is_empty()
        {
            parts.push(format!("{key}: {}", fields(values)));
        }
    }
    let parents = json.get("parents").and_then(Value::as_array);
    let parents: Vec<String> = (parents.into_iter().flatten())
        .map(|parent| named(Some(parent)).map(|parent| uid(&parent)))
        .collect::<Option<_>>()?;
    if !parents.is_empty() {
        parts.push(format!("parents: [{}]", parents.join(", ")));
    }
    Some(format!(
        "    entity-{}: {{ {} }}\n",
        number + 1,
        parts.join(", ")
    ))
}

fn fields(values: &Map<String, Value>) -> String {
    let fields: Vec<(String, String)> = values
        .iter()
        .map(|(key, value)| (key.clone(), written(value, true)))
        .collect();
    mapping(&fields)
}

fn named(json: Option<&Value>) -> Option<Entity> {
    let json = json?;
    let json = json.get("__entity").unwrap_or(json);
    let part = |key: &str| json.get(key)?.as_str().map(str::to_owned);
    Some(Entity {
        ty: part("type")?,
        id: part("id")?,
    })
}
