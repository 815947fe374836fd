//! JSON as the tree that YAML is read into, and what kind of suite it is.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Maker;
use super::run_tests::JsonStock;
use crate::codes::suite as codes;
use crate::config::words::shown;
use crate::config::yaml::{Entry, Node, Value};
use crate::finding::{Finding, Place};
use crate::source::{Limits, Span, json, nesting_exceeded};

/// Why a text is no JSON.
pub(crate) struct Error {
    pub span: Span,
    pub message: String,
    pub too_deep: bool,
}

/// A key that its object has already: the key, where it stands, and where the first one does.
pub(crate) type Repeated = (String, Span, Span);

/// A JSON text as a tree. Of keys that an object has twice the first counts.
pub(crate) fn tree(text: &str, limits: &Limits) -> Result<(Node, Vec<Repeated>), Error> {
    if let Some(at) = nesting_exceeded(text, limits) {
        return Err(Error {
            span: at,
            message: "it is nested too deep".to_owned(),
            too_deep: true,
        });
    }
    // Bounds the depth for what recurses below, too.
    if let Err(error) = serde_json::from_str::<Valid>(text) {
        let message = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&position).unwrap_or(&message);
        let at = json::offset_of(text, error.line(), error.column()) as usize;
        let mut start = at.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let width = text
            .get(start..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        return Err(Error {
            span: Span::from_usize(start, start + width),
            message: message.to_owned(),
            too_deep: message.contains("recursion limit"),
        });
    }
    let Some(root) = json::parse(text) else {
        return Err(Error {
            span: Span::at(0),
            message: "its positions cannot be told".to_owned(),
            too_deep: false,
        });
    };
    let mut repeated = Vec::new();
    let node = convert(text, root, &mut repeated);
    Ok((node, repeated))
}

/// Any value, read in full and not kept.
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

fn convert(text: &str, node: json::Node, repeated: &mut Vec<Repeated>) -> Node {
    let value = match node.value {
        json::Value::String(text) => Value::Scalar { text, plain: false },
        json::Value::Other => Value::Scalar {
            text: node.span.text(text).to_owned(),
            plain: true,
        },
        json::Value::Array(elements) => Value::Sequence(
            elements
                .into_iter()
                .map(|element| convert(text, element, repeated))
                .collect(),
        ),
        json::Value::Object(members) => {
            let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
            let firsts: Vec<Span> = members
                .iter()
                .map(|member| *seen.entry(&member.key).or_insert(member.key_span))
                .collect();
            let mut entries = Vec::with_capacity(members.len());
            for (member, first) in members.into_iter().zip(firsts) {
                if first != member.key_span {
                    repeated.push((member.key, member.key_span, first));
                    continue;
                }
                entries.push(Entry {
                    key: member.key,
                    key_span: member.key_span,
                    value: convert(text, member.value, repeated),
                });
            }
            Value::Mapping(entries)
        }
    };
    Node {
        span: node.span,
        value,
    }
}

/// Lets every part of a tree stand at one place.
pub(super) fn set_span(node: &mut Node, at: Span) {
    node.span = at;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| set_span(item, at)),
        Value::Mapping(entries) => {
            for entry in entries {
                entry.key_span = at;
                set_span(&mut entry.value, at);
            }
        }
        Value::Scalar { .. } | Value::Refused => {}
    }
}

impl Maker<'_> {
    /// The suite's tree; `None` where it is no JSON, which is reported.
    pub(super) fn json_document(&mut self, text: &str) -> Option<Node> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        if body.trim().is_empty() {
            self.fail(
                &codes::EMPTY,
                Span::at(0),
                "`the suite` says nothing",
                super::CODES.empty_help,
            );
            return None;
        }
        match tree(text, self.within.limits) {
            Ok((node, repeated)) => {
                for (key, span, first) in repeated {
                    let finding = Finding::new(
                        &codes::DUPLICATE_KEY,
                        span,
                        format!("{} is here for the second time", shown(&key)),
                        "delete one of the two; only the first is read",
                    )
                    .label(Place::Here(first), "first here");
                    self.report(finding);
                }
                Some(node)
            }
            Err(error) => {
                let rule = if error.too_deep {
                    &codes::TOO_DEEP
                } else {
                    &codes::SYNTAX
                };
                self.fail(
                    rule,
                    error.span,
                    format!("this is no JSON that can be read: {}", error.message),
                    "repair the JSON here; comments and trailing commas are not allowed",
                );
                None
            }
        }
    }

    /// Reads each part by what its keys say that it is.
    pub(super) fn json_suite(&mut self, root: &Node) {
        let items: Vec<&Node> = match &root.value {
            Value::Sequence(items) => items.iter().collect(),
            Value::Mapping(_) if super::authzen::is_meant(root) => vec![root],
            _ => {
                self.reader.wrong_type(
                    root,
                    "the suite",
                    "a list of tests",
                    "write the tests between `[` and `]`",
                );
                return;
            }
        };
        let files = self.json_files(&items);
        let mut stock = JsonStock::new(&files);
        for (index, item) in items.into_iter().enumerate() {
            let step = if super::authzen::is_meant(item) {
                self.authzen(&mut stock, item, index + 1)
            } else {
                self.run_test(&mut stock, item, index + 1)
            };
            if step.is_err() {
                return;
            }
        }
    }
}
