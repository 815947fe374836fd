//! JSON schema fragments: what serde says, at the place it is about.

use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::{
    ActionType, CommonType, EntityType, Fragment, NamespaceDefinition,
};
use serde::de::DeserializeOwned;

use crate::codes::cedar_schema as codes;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::source::Span;
use crate::source::json::{self, Node};

/// Reads a JSON fragment. On failure every entity type, action and common type is tried alone, so that
/// one mistake does not hide another.
pub(super) fn parse(text: &str) -> Result<Fragment<RawName>, Vec<Finding>> {
    let error = match serde_json::from_str::<Fragment<RawName>>(text) {
        Ok(fragment) => return Ok(fragment),
        Err(error) => error,
    };
    let root = match well_formed(text, &codes::JSON_SYNTAX, &codes::JSON_TOO_DEEP) {
        Ok(root) => root,
        Err(finding) => return Err(vec![*finding]),
    };
    if let Some(member) = root
        .members()
        .iter()
        .find(|m| matches!(m.key.as_str(), "entityTypes" | "actions" | "commonTypes"))
    {
        return Err(vec![Finding::new(
            &codes::JSON_MISSING_NAMESPACE,
            member.key_span,
            format!("`{}` stands outside of a namespace", member.key),
            "wrap the whole object as `{ \"\": { … } }` or under the name of a namespace",
        )]);
    }
    let mut findings = Vec::new();
    for namespace in root.members() {
        let before = findings.len();
        for section in namespace.value.members() {
            for member in section.value.members() {
                let error = match section.key.as_str() {
                    "entityTypes" => try_one::<EntityType<RawName>>(text, &member.value),
                    "commonTypes" => try_one::<CommonType<RawName>>(text, &member.value),
                    "actions" => try_one::<ActionType<RawName>>(text, &member.value),
                    _ => None,
                };
                findings.extend(error);
            }
        }
        if findings.len() == before {
            findings.extend(try_one::<NamespaceDefinition<RawName>>(
                text,
                &namespace.value,
            ));
        }
    }
    if findings.is_empty() {
        findings.push(data(text, &root, 0, &error));
    }
    Err(findings)
}

/// The positions in a text that is JSON, whatever it says; otherwise what is wrong with it.
pub(in crate::cedar) fn well_formed(
    text: &str,
    rule: &'static Rule,
    too_deep: &'static Rule,
) -> Result<Node, Box<Finding>> {
    // Reading into a value bounds the depth; what a type does not look at would go unbounded.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        return Err(Box::new(syntax(text, &error, rule, too_deep)));
    }
    json::parse(text).ok_or_else(|| {
        Box::new(Finding::new(
            rule,
            super::syntax::first_token(text),
            "this is no JSON",
            "repair the JSON; comments and trailing commas are not allowed",
        ))
    })
}

/// A finding for JSON that serde cannot read at all.
fn syntax(
    text: &str,
    error: &serde_json::Error,
    rule: &'static Rule,
    too_deep: &'static Rule,
) -> Finding {
    let message = reason(error);
    let at = json::offset_of(text, error.line(), error.column());
    let width = text
        .get(at as usize..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let span = Span::from_usize(at as usize, at as usize + width);
    if message.contains("recursion limit") {
        return Finding::new(
            too_deep,
            span,
            "this JSON is nested deeper than 128 levels",
            "flatten it",
        );
    }
    Finding::new(
        rule,
        span,
        format!("this is no JSON: {message}"),
        "repair the JSON here; comments and trailing commas are not allowed",
    )
}

fn try_one<T: DeserializeOwned>(text: &str, node: &Node) -> Option<Finding> {
    let part = node.span.text(text);
    let error = serde_json::from_str::<T>(part).err()?;
    Some(data(text, node, node.span.start, &error))
}

/// A finding for JSON that is well-formed but no schema. `root` is what was read, and starts at `base`.
fn data(text: &str, root: &Node, base: u32, error: &serde_json::Error) -> Finding {
    let message = reason(error);
    let part = text.get(base as usize..).unwrap_or_default();
    // Where serde lost the position, as it does for flattened structs, the error is about `root` as a whole.
    let at = if error.line() == 0 {
        root.span.start
    } else {
        base.saturating_add(json::offset_of(part, error.line(), error.column()))
    };
    let inner = root.innermost(at);
    let named = quoted(&message);
    let key_before = |name: &str| {
        let mut found = None;
        root.walk(&mut |node| {
            for member in node.members() {
                if member.key == name && (member.key_span.start <= at || found.is_none()) {
                    found = Some(member.key_span);
                }
            }
        });
        found
    };
    let (rule, span, help): (&'static Rule, Span, String) =
        if message.starts_with("unknown field") || message.starts_with("unexpected field") {
            let span = named.and_then(key_before).unwrap_or(inner.span);
            let help = message.split_once("expected ").map_or_else(
                || "remove the key or correct its name".to_owned(),
                |(_, keys)| format!("use {keys}"),
            );
            (&codes::JSON_UNKNOWN_KEY, span, help)
        } else if message.starts_with("missing field") {
            let key = named.unwrap_or_default();
            (
                &codes::JSON_MISSING_KEY,
                inner.span,
                format!("add the key `{key}`"),
            )
        } else if message.contains("duplicate") || message.contains("found twice") {
            let duplicate = duplicate_key(root);
            (
                &codes::JSON_DUPLICATE_KEY,
                duplicate.unwrap_or(inner.span),
                "remove or rename one of the two".to_owned(),
            )
        } else {
            let span = named
                .and_then(|name| value_named(root, name))
                .unwrap_or(inner.span);
            (
                &codes::JSON_VALUE,
                span,
                "write what Cedar's JSON schema format expects here".to_owned(),
            )
        };
    Finding::new(
        rule,
        span,
        format!("this is no Cedar schema: {message}"),
        help,
    )
}

/// serde's message without the position, which counts from elsewhere.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message
        .strip_suffix(&position)
        .unwrap_or(&message)
        .to_owned()
}

/// The first text in backticks.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// The second of the first two equal keys of one object.
fn duplicate_key(root: &Node) -> Option<Span> {
    let mut found = None;
    root.walk(&mut |node| {
        let mut seen = std::collections::BTreeSet::new();
        for member in node.members() {
            if !seen.insert(member.key.as_str()) && found.is_none() {
                found = Some(member.key_span);
            }
        }
    });
    found
}

/// The first key or string value that is `name`.
fn value_named(root: &Node, name: &str) -> Option<Span> {
    let mut found = None;
    root.walk(&mut |node| {
        if found.is_none() && node.as_str() == Some(name) {
            found = Some(node.span);
        }
        for member in node.members() {
            if found.is_none() && member.key == name {
                found = Some(member.key_span);
            }
        }
    });
    found
}
