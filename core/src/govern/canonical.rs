//! Canonical JSON (RFC 8785) and digests of it.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256. Written as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of the canonical form of a JSON value by RFC 8785, for what is signed.
    pub fn of_json(value: &Value) -> Self {
        Self::of(&canonical(value))
    }

    /// Of a JSON value that nobody outside this engine has to make canonical.
    pub(crate) fn of_value(tag: &'static str, value: &Value) -> Self {
        Self(crate::encode::digest(tag, |nodes| nodes.json(value)))
    }

    /// The 64 digits alone, as in-toto writes them.
    pub fn hex(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        text
    }

    /// Reads what [`fmt::Display`] writes, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_hex(text.strip_prefix("sha256:")?)
    }

    /// Reads what [`Self::hex`] writes, and nothing else.
    pub fn parse_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = half(*high)? << 4 | half(*low)?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

fn half(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The canonical form of a JSON value. Whole numbers beyond 2^53 have none of their own in RFC 8785, so
/// whatever is made canonical here keeps them as texts; see [`of_text`].
pub fn canonical(value: &Value) -> Vec<u8> {
    // Of a value it fails only for numbers that JSON cannot hold, and a `Value` has none.
    serde_json_canonicalizer::to_vec(value).unwrap_or_default()
}

/// The meaning of a JSON text that somebody wrote, as a value that is safe to make canonical. `None` where
/// the text is no JSON, has a key twice, or has a number that RFC 8785 would round: two different texts must
/// not become the same, so such a text can only be taken by its bytes.
pub fn of_text(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let positions = crate::source::json::parse(text)?;
    let mut unique = true;
    positions.walk(&mut |node| {
        let mut keys: Vec<&str> = node.members().iter().map(|m| m.key.as_str()).collect();
        keys.sort_unstable();
        unique &= keys.windows(2).all(|pair| pair.first() != pair.last());
    });
    (unique && is_exact(&value)).then_some(value)
}

fn is_exact(value: &Value) -> bool {
    const MOST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|n| n.unsigned_abs() <= MOST),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.iter().all(|(_, value)| is_exact(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_of_rfc_8785() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(String::from_utf8(canonical(&value)).unwrap(), expected);
    }

    #[test]
    fn keys_are_ordered_by_utf_16() {
        let value =
            json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6 });
        let text = String::from_utf8(canonical(&value)).unwrap();
        let order: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
        // "\r" is escaped, "1" is a key itself.
        assert_eq!(order, b"2146153");
    }

    #[test]
    fn different_texts_never_become_the_same() {
        for text in [
            "9007199254740993",
            "1.0",
            "1e2",
            "{\"a\":1,\"a\":2}",
            "{",
            "",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
        assert_eq!(
            of_text("[-9007199254740991]"),
            Some(json!([-9_007_199_254_740_991_i64]))
        );
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        for wrong in [
            digest.hex(),
            format!("sha256:{}", digest.hex().to_uppercase()),
            format!("sha512:{}", digest.hex()),
            "sha256:".to_owned(),
            format!("sha256:{}é", "0".repeat(62)),
        ] {
            assert_eq!(Digest::parse(&wrong), None, "{wrong}");
        }
    }
}
