//! What files say, apart from how they are written: the values that the semantic digest is made of.
//!
//! Two texts that mean different things must never give the same value. So whatever cannot be read without
//! doubt counts by its bytes.

use serde_json::{Value, json};

use super::canonical::{Digest, canonical, of_text};
use crate::config::reader::{Scalar, scalar};
use crate::config::yaml;
use crate::facts::Policy;
use crate::source::{TokenKind, tokens};

/// What a policy says: its effect, scope and conditions, its annotations, and the findings that comments
/// above it suppress.
pub(crate) fn policy(policy: &Policy, suppressions: &[&str]) -> Value {
    let annotations: serde_json::Map<String, Value> = policy
        .annotations
        .iter()
        .map(|annotation| {
            let value = annotation.value.as_ref().map(|value| value.value.as_str());
            (annotation.key.value.clone(), json!(value))
        })
        .collect();
    let mut suppressions = suppressions.to_vec();
    suppressions.sort_unstable();
    json!({
        "says": Digest(policy.canonical).hex(),
        "annotations": annotations,
        "suppressions": suppressions,
    })
}

/// The name by which a policy is known: its `@id`, or else what it says. Never its place.
pub(crate) fn policy_name(policy: &Policy) -> String {
    policy.id().map_or_else(
        || Digest(policy.canonical).to_string(),
        |id| format!("@id {id}"),
    )
}

/// The declarations of a schema in Cedar's syntax, in an order of their own.
pub(crate) fn cedar_schema(text: &str) -> Vec<Value> {
    let words: Vec<(TokenKind, &str)> = tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment))
        .map(|token| (token.kind, token.span.text(text)))
        .collect();
    declarations(&words)
}

/// Splits at the semicolons and closing braces that are in no bracket, and orders what lies between.
fn declarations(words: &[(TokenKind, &str)]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (declaration, after) = first_declaration(rest);
        out.push(json!(
            declaration
                .iter()
                .map(|(_, word)| *word)
                .collect::<Vec<_>>()
        ));
        rest = after;
    }
    out.sort_by_cached_key(canonical);
    out
}

type Words<'w, 't> = &'w [(TokenKind, &'t str)];

fn first_declaration<'w, 't>(words: Words<'w, 't>) -> (Words<'w, 't>, Words<'w, 't>) {
    let mut depth = 0_usize;
    // Only a namespace ends with its brace; a type goes on until the semicolon.
    let mut is_namespace = false;
    for (at, (kind, word)) in words.iter().enumerate() {
        match kind {
            TokenKind::Ident if depth == 0 && *word == "namespace" => is_namespace = true,
            TokenKind::Punct(b'{' | b'(' | b'[') => depth += 1,
            TokenKind::Punct(b'}' | b')' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 && is_namespace && *word == "}" {
                    return words.split_at(at + 1);
                }
            }
            TokenKind::Punct(b';') if depth == 0 => return words.split_at(at + 1),
            _ => {}
        }
    }
    (words, &[])
}

/// A JSON file whose outermost list has no order; `None` where it can only be taken by its bytes.
pub(crate) fn unordered_list(text: &str) -> Option<Vec<Value>> {
    match of_text(text)? {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// A JSON file; `None` where it can only be taken by its bytes.
pub(crate) fn json_file(text: &str) -> Option<Value> {
    of_text(text)
}

/// A YAML file; `None` where it can only be taken by its bytes.
pub(crate) fn yaml_file(text: &str) -> Option<Value> {
    let (root, problems) = yaml::read(text);
    problems
        .is_empty()
        .then(|| root.as_ref().map_or(Value::Null, node))
}

/// Mappings, lists and scalars that are no texts are wrapped, so that nothing can pass for another.
pub(crate) fn node(node: &yaml::Node) -> Value {
    match &node.value {
        yaml::Value::Mapping(entries) => {
            let entries: serde_json::Map<String, Value> = entries
                .iter()
                .map(|entry| (entry.key.clone(), self::node(&entry.value)))
                .collect();
            json!({ "mapping": entries })
        }
        yaml::Value::Sequence(items) => {
            json!({ "list": items.iter().map(self::node).collect::<Vec<_>>() })
        }
        yaml::Value::Scalar { text, .. } => match scalar(node) {
            Some(Scalar::Text(text)) => json!(text),
            Some(Scalar::Null) => Value::Null,
            Some(Scalar::Boolean(value)) => json!(value),
            _ => json!({ "number": text }),
        },
        // Reading reports it, so the file is taken by its bytes.
        yaml::Value::Refused => json!({ "refused": [] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_comments_and_order_of_a_schema_do_not_count() {
        let one = "entity User;\n// a comment\nnamespace App { entity A; } action a appliesTo { principal: User, resource: User };";
        let two = "action a appliesTo {principal:User,resource:User};entity User; namespace App{entity A;}";
        assert_eq!(cedar_schema(one), cedar_schema(two));
        for other in [
            "entity User; entity A;",
            "entity UserA;",
            "entity User, A;",
            "entity User { a: Long };",
            "entity User { a?: Long };",
        ] {
            assert_ne!(cedar_schema("entity User;"), cedar_schema(other), "{other}");
        }
    }

    #[test]
    fn a_number_is_no_text_in_yaml() {
        let all = [
            "a: 5",
            "a: '5'",
            "a: {number: '5'}",
            "a: [5]",
            "a:",
            "a: 'null'",
            "a: true",
        ];
        let values: Vec<_> = all.iter().map(|text| yaml_file(text)).collect();
        for (n, value) in values.iter().enumerate() {
            assert!(value.is_some());
            assert!(
                !values.iter().skip(n + 1).any(|other| other == value),
                "{n}"
            );
        }
        assert_eq!(yaml_file("a: 'x' # why\nb: 1"), yaml_file("b: 1\na: x"));
        assert_eq!(yaml_file("a: &x 1"), None);
    }
}
