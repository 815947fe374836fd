//! Requests and entities in as few words as show them.

use serde_json::{Map, Value};

use crate::facts::Entity;
use crate::prove::Witness;

/// The request in one line, in Cedar's spelling.
pub(in crate::render) fn request(witness: &Witness) -> String {
    let Witness {
        principal,
        action,
        resource,
        context,
        ..
    } = witness;
    let mut out = format!("{principal}  {action}  {resource}");
    if context.as_object().is_some_and(|fields| !fields.is_empty()) {
        out.push_str(&format!("  with {}", value(context)));
    }
    out
}

/// A line for each entity that has attributes, tags or parents.
pub(super) fn entities(witness: &Witness) -> Vec<String> {
    let all = witness.entities.as_array();
    all.into_iter().flatten().filter_map(entity).collect()
}

fn entity(json: &Value) -> Option<String> {
    let object = json.as_object()?;
    let mut out = named(object.get("uid")?)?.to_string();
    let bare = out.len();
    let parents = object.get("parents").and_then(Value::as_array);
    let parents: Vec<String> = (parents.into_iter().flatten())
        .filter_map(named)
        .map(|parent| parent.to_string())
        .collect();
    if !parents.is_empty() {
        out.push_str(&format!(" in {}", parents.join(", ")));
    }
    for (key, word) in [("attrs", ""), ("tags", "tags ")] {
        let fields = object.get(key).and_then(Value::as_object);
        if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
            out.push_str(&format!(" {word}{}", record(fields)));
        }
    }
    (out.len() > bare).then_some(out)
}

/// A value of Cedar's JSON form, as a policy would have it.
pub(crate) fn value(json: &Value) -> String {
    match json {
        Value::String(text) => format!("\"{}\"", text.escape_debug()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            if let Some(entity) = fields.get("__entity").and_then(named) {
                return entity.to_string();
            }
            let call = fields.get("__extn").and_then(|call| {
                let function = call.get("fn")?.as_str()?;
                if let Some(argument) = call.get("arg") {
                    return Some(format!("{function}({})", value(argument)));
                }
                let arguments: Vec<String> =
                    call.get("args")?.as_array()?.iter().map(value).collect();
                let (receiver, rest) = arguments.split_first()?;
                Some(format!("{receiver}.{function}({})", rest.join(", ")))
            });
            call.unwrap_or_else(|| record(fields))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => json.to_string(),
    }
}

fn record(fields: &Map<String, Value>) -> String {
    let plain = |name: &str| {
        let mut chars = name.chars();
        chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, of)| match plain(name) {
            true => format!("{name}: {}", value(of)),
            false => format!("\"{}\": {}", name.escape_debug(), value(of)),
        })
        .collect();
    format!("{{{}}}", fields.join(", "))
}

fn named(json: &Value) -> Option<Entity> {
    let json = json.get("__entity").unwrap_or(json);
    let part = |key: &str| json.get(key)?.as_str().map(str::to_owned);
    Some(Entity {
        ty: part("type")?,
        id: part("id")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_in_policies() {
        let all = json!({
            "n": 1, "two words": "a\"b", "u": {"__entity": {"type": "A::U", "id": "x"}},
            "ip": {"__extn": {"fn": "ip", "arg": "10.0.0.1"}}, "set": [true, {"r": 1}],
            "at": {"__extn": {"fn": "offset", "args": [
                {"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
                {"__extn": {"fn": "duration", "arg": "1ms"}},
            ]}},
        });
        assert_eq!(
            value(&all),
            r#"{n: 1, "two words": "a\"b", u: A::U::"x", ip: ip("10.0.0.1"), set: [true, {r: 1}], at: datetime("1970-01-01").offset(duration("1ms"))}"#
        );
    }

    #[test]
    fn entities_that_have_nothing_are_left_out() {
        let uid = json!({"type": "U", "id": "a"});
        let of = |json: Value| entity(&json);
        assert_eq!(of(json!({"uid": uid, "attrs": {}, "parents": []})), None);
        assert_eq!(
            of(
                json!({"uid": uid, "attrs": {"n": 1}, "parents": [{"type": "G", "id": "g"}], "tags": {"t": "v"}})
            ),
            Some(r#"U::"a" in G::"g" {n: 1} tags {t: "v"}"#.to_owned())
        );
    }
}
