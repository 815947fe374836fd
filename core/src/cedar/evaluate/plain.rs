//! Values that say themselves what they are, made without Cedar's reader of JSON: it tries each value in several forms,
//! which takes longer than everything else about a request. Whatever is in any doubt is left to that reader.

use cedar_policy_core::ast::{Context, Eid, EntityType, EntityUID, Name, RestrictedExpr};
use cedar_policy_core::extensions::Extensions;
use serde_json::{Map, Value};

/// The context; `None` where Cedar's reader is to judge.
pub(super) fn context(json: &Value) -> Option<Context> {
    let fields = json.as_object()?;
    // To Cedar these mean something else than a record at the top, too.
    if fields.keys().any(|key| key.starts_with("__")) {
        return None;
    }
    let pairs = fields
        .iter()
        .map(|(key, value)| Some((key.as_str().into(), restricted(value)?)));
    let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
    Context::from_pairs(pairs, Extensions::all_available()).ok()
}

/// Whether it is a value for sure.
pub(super) fn is_value(json: &Value) -> bool {
    restricted(json).is_some_and(|expr| {
        let pair = [("value".into(), expr)];
        Context::from_pairs(pair, Extensions::all_available()).is_ok()
    })
}

fn restricted(value: &Value) -> Option<RestrictedExpr> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => RestrictedExpr::val(*value),
        Value::Number(number) => RestrictedExpr::val(number.as_i64()?),
        Value::String(text) => RestrictedExpr::val(text.as_str()),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(restricted).collect();
            RestrictedExpr::set(items?)
        }
        Value::Object(fields) => match only(fields) {
            Some(("__entity", inner)) => entity(inner)?,
            Some(("__extn", inner)) => call(inner)?,
            _ if fields.keys().any(|key| key.starts_with("__")) => return None,
            _ => {
                let fields = fields.iter();
                let fields =
                    fields.map(|(key, value)| Some((key.as_str().into(), restricted(value)?)));
                let fields: Vec<_> = fields.collect::<Option<_>>()?;
                RestrictedExpr::record(fields).ok()?
            }
        },
    })
}

/// The only member.
fn only(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, value) = fields.iter().next()?;
    (fields.len() == 1).then_some((key, value))
}

/// Two texts under two keys, and nothing else.
fn texts<'v>(value: &'v Value, keys: [&str; 2]) -> Option<[&'v str; 2]> {
    let fields = value.as_object().filter(|fields| fields.len() == 2)?;
    let [first, second] = keys.map(|key| fields.get(key)?.as_str());
    Some([first?, second?])
}

fn entity(value: &Value) -> Option<RestrictedExpr> {
    let [ty, id] = texts(value, ["type", "id"])?;
    let ty = EntityType::from_normalized_str(ty).ok()?;
    let uid = EntityUID::from_components(ty, Eid::new(id), None);
    Some(RestrictedExpr::val(uid))
}

fn call(value: &Value) -> Option<RestrictedExpr> {
    let [function, argument] = texts(value, ["fn", "arg"])?;
    if !["ip", "decimal", "datetime", "duration"].contains(&function) {
        return None;
    }
    let name: Name = EntityType::from_normalized_str(function).ok()?.into();
    let function = Extensions::all_available().func(&name).ok()?;
    let argument = RestrictedExpr::val(argument);
    let name = function.name().clone();
    Some(RestrictedExpr::call_extension_fn(name, [argument]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use cedar_policy_core::entities::json::{ContextJsonParser, NullContextSchema};
    use serde_json::json;

    use super::*;

    fn by_cedar(json: &Value) -> Option<Context> {
        ContextJsonParser::<NullContextSchema>::new(None, Extensions::all_available())
            .from_json_value(json.clone())
            .ok()
    }

    #[test]
    fn what_is_plain_is_what_cedar_reads() {
        let all = json!({
            "b": true, "n": -5, "s": "ip", "e": "", "set": [1, 2, [3], []],
            "r": {"a": {"b": [false]}, "empty": {}},
            "u": {"__entity": {"type": "App::User", "id": "a\"b"}},
            "ip": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}},
            "d": {"__extn": {"fn": "decimal", "arg": "1.50"}},
            "t": {"__extn": {"fn": "datetime", "arg": "2026-11-21"}},
            "p": {"__extn": {"fn": "duration", "arg": "1d2h"}},
        });
        for (key, value) in all.as_object().unwrap() {
            let one = json!({ key: value });
            let plain = context(&one).unwrap();
            assert_eq!(plain, by_cedar(&one).unwrap(), "{one}");
            assert!(is_value(value), "{value}");
        }
        assert_eq!(context(&all).unwrap(), by_cedar(&all).unwrap());
        assert_eq!(context(&json!({})).unwrap(), by_cedar(&json!({})).unwrap());
    }

    #[test]
    fn what_is_in_doubt_is_left_to_cedar() {
        for value in [
            json!(null),
            json!(1.5),
            json!(u64::MAX),
            json!([null]),
            json!({"__expr": "ip(\"10.0.0.1\")"}),
            json!({"__entity": "User::\"a\""}),
            json!({"__entity": {"type": "User", "id": "a"}, "more": 1}),
            json!({"__entity": {"type": "no type", "id": "a"}}),
            json!({"__extn": {"fn": "unknown", "arg": "x"}}),
            json!({"__extn": {"fn": "ip", "arg": "no address"}}),
            json!({"__extn": {"fn": "ip", "args": ["10.0.0.1"]}}),
        ] {
            assert!(!is_value(&value), "{value}");
            assert_eq!(context(&json!({ "a": value })), None);
        }
        assert_eq!(context(&json!([])), None);
        let entity = json!({ "__entity": { "type": "U", "id": "a" } });
        assert_eq!(context(&entity), None);
        let address = json!({ "__extn": { "fn": "ip", "arg": "10.0.0.1" } });
        assert_eq!(context(&address), None);
    }
}
