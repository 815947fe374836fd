//! What it takes Cedar to compare a value with the schema.
//!
//! Cedar looks at the fields of a record twice, and so at what lies in `n` records `2^n` times: a line of nested
//! records would keep it busy for ever.

use serde_json::Value;

/// How often Cedar may look at a part of a value beyond the first time; about a second's work.
const MOST_VISITS: u64 = 4_000_000;

/// Up to how many brackets deep a text needs no closer look.
const SHALLOW: usize = 16;

/// Whether Cedar can compare it in reasonable time.
pub(crate) fn comparable(value: &Value) -> bool {
    let (visits, parts) = visits(value);
    visits.saturating_sub(parts) <= MOST_VISITS
}

/// The same for a text of JSON. Whether it is JSON is for others to say.
pub(super) fn text_is_comparable(json: &str) -> bool {
    let mut depth: usize = 0;
    for byte in json.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > SHALLOW {
            return serde_json::from_str(json).map_or(true, |value| comparable(&value));
        }
    }
    true
}

/// How often Cedar looks at a part of this value, and how many parts there are.
fn visits(value: &Value) -> (u64, u64) {
    let (times, parts): (u64, Vec<&Value>) = match value {
        Value::Array(elements) => (1, elements.iter().collect()),
        Value::Object(fields) => (2, fields.values().collect()),
        _ => return (1, 1),
    };
    parts.into_iter().fold((1, 1), |(visits, all), part| {
        let (v, n) = self::visits(part);
        (visits.saturating_add(v.saturating_mul(times)), all + n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
    }

    #[test]
    fn what_lies_too_deep_is_seen() {
        for (depth, expected) in [(0, true), (20, true), (24, false), (100, false)] {
            assert_eq!(text_is_comparable(&nested(depth)), expected, "{depth}");
        }
        let braces = format!(r#"{{"a":"{}"}}"#, "{".repeat(1000));
        assert!(text_is_comparable(&braces));
        assert!(text_is_comparable(&"{".repeat(1000)));
    }
}
