//! Where the keys and values of a JSON text stand.
//!
//! serde_json decides whether a text is valid and what it means; this tells the positions that serde
//! drops. Duplicate keys are kept, in the order written.

use jsonc_parser::ast;
use jsonc_parser::common::Range;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Span;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where, with its quotes or brackets.
    pub span: Span,
    /// What.
    pub value: Value,
}

/// What a JSON value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
    /// A number, a boolean or `null`.
    Other,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The key, unescaped.
    pub key: String,
    /// Where the key stands, with its quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// The positions in a text; `None` where it is empty or so malformed that they cannot be told.
pub fn parse(text: &str) -> Option<Node> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).ok()?;
    Some(node(&parsed.value?))
}

/// The byte offset of a line and column as serde_json counts them: both from 1, the column in bytes.
pub fn offset_of(text: &str, line: usize, column: usize) -> u32 {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    // serde counts the byte that it has just read, so the column is that byte's position from 1.
    let at = (start + column.saturating_sub(1)).min(text.len());
    Span::from_usize(at, at).start
}

impl Node {
    /// The members, where it is an object.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements, where it is an array.
    pub fn elements(&self) -> &[Self] {
        match &self.value {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The string, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The first member with this key.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|m| m.key == key)
    }

    /// The value of the first member with this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.member(key).map(|m| &m.value)
    }

    /// Calls `visit` for this value and every value below it, parents first, in the order written.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in self.elements() {
            child.walk(visit);
        }
        for member in self.members() {
            member.value.walk(visit);
        }
    }

    /// The innermost value whose span holds the byte at `offset`; this one where none does.
    pub fn innermost(&self, offset: u32) -> &Self {
        let mut best = self;
        self.walk(&mut |node| {
            let holds = node.span.start <= offset && offset < node.span.end;
            if holds && node.span.len() <= best.span.len() {
                best = node;
            }
        });
        best
    }
}

fn node(value: &ast::Value<'_>) -> Node {
    let (range, value) = match value {
        ast::Value::StringLit(s) => (s.range, Value::String(s.value.to_string())),
        ast::Value::Array(array) => (
            array.range,
            Value::Array(array.elements.iter().map(node).collect()),
        ),
        ast::Value::Object(object) => (
            object.range,
            Value::Object(object.properties.iter().map(member).collect()),
        ),
        ast::Value::NumberLit(n) => (n.range, Value::Other),
        ast::Value::BooleanLit(b) => (b.range, Value::Other),
        ast::Value::NullKeyword(n) => (n.range, Value::Other),
    };
    Node {
        span: span(range),
        value,
    }
}

fn member(property: &ast::ObjectProp<'_>) -> Member {
    let key_span = match &property.name {
        ast::ObjectPropName::String(s) => span(s.range),
        ast::ObjectPropName::Word(w) => span(w.range),
    };
    Member {
        key: property.name.as_str().to_owned(),
        key_span,
        value: node(&property.value),
    }
}

fn span(range: Range) -> Span {
    Span::from_usize(range.start, range.end)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn spans_are_bytes_and_duplicates_are_kept() {
        let text = "{\"é\": [1, {\"k\": \"v\\n\"}],\r\n \"é\": null}";
        let root = parse(text).unwrap();
        let keys: Vec<_> = root
            .members()
            .iter()
            .map(|m| m.key_span.text(text))
            .collect();
        assert_eq!(keys, ["\"é\"", "\"é\""]);
        let inner = root.get("é").unwrap().elements().last().unwrap();
        assert_eq!(inner.span.text(text), "{\"k\": \"v\\n\"}");
        assert_eq!(inner.get("k").unwrap().as_str(), Some("v\n"));
    }

    #[test]
    fn what_is_no_json_has_no_positions() {
        for text in ["", "  ", "{", "[1,]", "{a: 1}", "// x\n1", "1 2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert!(parse(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_some());
    }

    #[test]
    fn lines_and_columns_are_serdes() {
        let text = "{\n  \"é\": x}";
        let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
        let at = offset_of(text, error.line(), error.column());
        assert_eq!(text.get(at as usize..), Some("x}"));
    }

    #[test]
    fn the_innermost_value_is_found() {
        let text = r#"{"a": [10, 20]}"#;
        let root = parse(text).unwrap();
        assert_eq!(root.innermost(8).span.text(text), "10");
        assert_eq!(root.innermost(3).span.text(text), text);
    }
}
