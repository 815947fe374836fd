//! A witness in a few words, for a message.

use serde_json::Value;

use crate::facts::{Entity, Expr, Policy, Var, attribute_path};
use crate::prove::Witness;

/// How many values an example names at most.
const MOST_VALUES: usize = 3;

/// How many characters of an id or a text it shows.
const MOST_CHARACTERS: usize = 40;

/// The values of the witness that the policy reads, as ``context.amount` = 5001`; `None` where it reads none that can
/// be shown in a few words.
pub(crate) fn example(witness: &Witness, policy: &Policy) -> Option<String> {
    let mut paths: Vec<(Var, Vec<&str>)> = Vec::new();
    policy.walk(|_, expr: &Expr| {
        if let Some((var, path)) = attribute_path(expr)
            && !path.is_empty()
            && !paths.iter().any(|known| *known == (var, path.clone()))
        {
            paths.push((var, path));
        }
    });
    let mut values = Vec::new();
    for (var, path) in paths {
        if let Some(value) = value(witness, var, &path).and_then(short) {
            values.push(format!("`{}.{}` is {value}", var.as_str(), path.join(".")));
        }
        if values.len() == MOST_VALUES {
            break;
        }
    }
    (!values.is_empty()).then(|| values.join(" and "))
}

fn value<'w>(witness: &'w Witness, var: Var, path: &[&str]) -> Option<&'w Value> {
    let mut at = match var {
        Var::Context => &witness.context,
        Var::Principal => attributes(witness, &witness.principal)?,
        Var::Resource => attributes(witness, &witness.resource)?,
        Var::Action => return None,
    };
    for name in path {
        at = at.get(*name)?;
    }
    Some(at)
}

fn attributes<'w>(witness: &'w Witness, entity: &Entity) -> Option<&'w Value> {
    let is_it = |of: &&Value| {
        let named = |key: &str| of.get("uid").and_then(|uid| uid.get(key)?.as_str());
        named("type") == Some(&entity.ty) && named("id") == Some(&entity.id)
    };
    let found = witness.entities.as_array()?.iter().find(is_it)?;
    found.get("attrs")
}

fn short(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(text) if text.chars().count() <= MOST_CHARACTERS => {
            Some(format!("`\"{}\"`", text.escape_debug()))
        }
        _ => None,
    }
}
