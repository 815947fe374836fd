//! Reads requests and approvals as hosts and the command line give them.

use serde_json::{Map, Value};

use super::{AuthorizationRequest, Hop};
use crate::config::words::shown;
use crate::facts::Entity;
use crate::govern::envelope::Envelope;
use crate::govern::record;
use crate::source::{Limits, nesting_exceeded};
use crate::suite::read::json::tree;

/// The keys of a request.
pub const KEYS: [&str; 7] = [
    "action",
    "audience",
    "context",
    "entities",
    "hops",
    "principal",
    "resource",
];

/// More in a row act for each other nowhere.
const MOST_HOPS: usize = 16;

/// Reads the JSON text of a request. A key that an object has twice is refused: two readers could see different requests.
///
/// # Errors
///
/// As for [`request`], and where the text is no JSON.
pub fn request_text(text: &str) -> Result<AuthorizationRequest, String> {
    let (_, repeated) = tree(text, &Limits::default())
        .map_err(|error| format!("the request is no JSON that is read: {}", error.message))?;
    if let Some((key, ..)) = repeated.first() {
        return Err(format!(
            "the request has the key {} twice in one object",
            shown(key)
        ));
    }
    let value =
        serde_json::from_str(text).map_err(|error| format!("the request is no JSON: {error}"))?;
    request(&value)
}

/// Reads a request: `principal`, `action` and `resource` as Cedar writes entities; perhaps `context` and `entities` in
/// Cedar's JSON form, and `hops`, those on whose behalf it is made, each with a `principal` and perhaps a `context` (that
/// of the request unless given), and `audience`, a text.
///
/// # Errors
///
/// What is missing, unknown or of another form.
pub fn request(value: &Value) -> Result<AuthorizationRequest, String> {
    if nesting_exceeded(&value.to_string(), &Limits::default()).is_some() {
        return Err("the request is nested too deep".to_owned());
    }
    let object = object(value, "the request", &KEYS)?;
    let context = record_of(object, "context", "the request")?.unwrap_or_else(empty);
    let mut hops = vec![Hop {
        principal: entity(object, "principal", "the request")?,
        context: context.clone(),
    }];
    let others = match object.get("hops") {
        None => &[][..],
        Some(Value::Array(others)) if others.len() < MOST_HOPS => others,
        Some(Value::Array(_)) => {
            return Err(format!("`hops` has more than {} items", MOST_HOPS - 1));
        }
        Some(_) => return Err("`hops` must be a list".to_owned()),
    };
    for (number, hop) in others.iter().enumerate() {
        let called = format!("`hops[{number}]`");
        let hop = self::object(hop, &called, &["context", "principal"])?;
        hops.push(Hop {
            principal: entity(hop, "principal", &called)?,
            context: record_of(hop, "context", &called)?.unwrap_or_else(|| context.clone()),
        });
    }
    let entities = match object.get("entities") {
        None => None,
        Some(list @ Value::Array(_)) => Some(list.clone()),
        Some(_) => return Err("`entities` of the request must be a list".to_owned()),
    };
    let audience = match object.get("audience") {
        None => None,
        Some(Value::String(audience)) => Some(audience.clone()),
        Some(_) => return Err("`audience` of the request must be a text".to_owned()),
    };
    Ok(AuthorizationRequest {
        hops,
        audience,
        action: entity(object, "action", "the request")?,
        resource: entity(object, "resource", "the request")?,
        entities,
    })
}

/// Reads a DSSE envelope in JSON.
///
/// # Errors
///
/// What is wrong with it.
pub fn envelope(text: &str) -> Result<Envelope, String> {
    record::envelope(text).map_err(|findings| {
        let said = findings
            .first()
            .map(|finding| format!("{}; {}", finding.message, finding.help));
        said.unwrap_or_else(|| "it says nothing".to_owned())
    })
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn object<'v>(
    value: &'v Value,
    called: &str,
    known: &[&'static str],
) -> Result<&'v Map<String, Value>, String> {
    let object = value
        .as_object()
        .ok_or_else(|| format!("{called} must be an object"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(object),
        Some(unknown) => {
            let near = crate::suggest::nearest(unknown, known.iter().copied());
            let near = near
                .map(|near| format!(", did you mean `{near}`?"))
                .unwrap_or_default();
            Err(format!(
                "{called} has no key `{}`{near}",
                unknown.escape_debug()
            ))
        }
    }
}

fn entity(object: &Map<String, Value>, key: &str, called: &str) -> Result<Entity, String> {
    let value = object
        .get(key)
        .ok_or_else(|| format!("{called} needs `{key}`"))?;
    let entity = value.as_str().and_then(crate::cedar::entity);
    entity.ok_or_else(|| {
        format!(
            "`{key}` of {called} must be an entity as Cedar writes it, like `App::User::\"alice\"`"
        )
    })
}

fn record_of(
    object: &Map<String, Value>,
    key: &str,
    called: &str,
) -> Result<Option<Value>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(record @ Value::Object(_)) => Ok(Some(record.clone())),
        Some(_) => Err(format!("`{key}` of {called} must be an object")),
    }
}
