//! The one way to turn something into bytes that are hashed or compared.
//!
//! Whatever is equal by a digest must be equal in fact: differences, tiers, approvals and everything that is kept from
//! before rest on it. So nothing else in the core puts parts together to hash them. A [`Nodes`] is the only way to write,
//! and it writes for every node its tag, the length of its content, the content, its children and how many they were:
//!
//! ```text
//! node = 0x01 length(tag) tag length(content) content node… 0x00 count
//! ```
//!
//! Lengths and counts are eight bytes. Nobody who writes a node states a length or a count, so nobody can leave one out, and the bytes can be
//! read back in one way only; the tests do.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

const OPEN: u8 = 1;
const CLOSE: u8 = 0;

/// SHA-256 of a node with this tag. The tag says what is hashed, so that two different things never have one digest.
pub(crate) fn digest(tag: &'static str, children: impl FnOnce(&mut Nodes<'_>)) -> Hash {
    digest_of_bytes(&bytes(tag, children))
}

/// SHA-256 of bytes as they stand, such as those of a file.
pub(crate) fn digest_of_bytes(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The bytes of a node.
pub(crate) fn bytes(tag: &'static str, children: impl FnOnce(&mut Nodes<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut root = Nodes {
        out: &mut out,
        count: 0,
    };
    root.node(tag, "", children);
    out
}

/// Writes nodes one after the other, and counts them.
pub(crate) struct Nodes<'o> {
    out: &'o mut Vec<u8>,
    count: u64,
}

impl Nodes<'_> {
    /// A node with a text and children.
    pub(crate) fn node(
        &mut self,
        tag: &'static str,
        content: &str,
        children: impl FnOnce(&mut Nodes<'_>),
    ) {
        self.put(tag, content.as_bytes(), children);
    }

    /// A text.
    pub(crate) fn text(&mut self, tag: &'static str, text: &str) {
        self.put(tag, text.as_bytes(), |_| {});
    }

    /// Bytes, such as a digest.
    pub(crate) fn bytes(&mut self, tag: &'static str, bytes: &[u8]) {
        self.put(tag, bytes, |_| {});
    }

    /// A number.
    pub(crate) fn number(&mut self, tag: &'static str, number: u64) {
        self.put(tag, &number.to_le_bytes(), |_| {});
    }

    /// Digests whose order does not matter.
    pub(crate) fn unordered(&mut self, tag: &'static str, mut items: Vec<Hash>) {
        items.sort_unstable();
        self.put(tag, &[], |nodes| {
            for item in &items {
                nodes.bytes("item", item);
            }
        });
    }

    /// A JSON value. The order of an object's members does not matter; numbers are the same where they are written the
    /// same.
    pub(crate) fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.text("null", ""),
            Value::Bool(value) => self.text("boolean", if *value { "true" } else { "false" }),
            Value::Number(number) => self.text("number", &number.to_string()),
            Value::String(text) => self.text("string", text),
            Value::Array(items) => self.node("array", "", |nodes| {
                items.iter().for_each(|item| nodes.json(item));
            }),
            Value::Object(members) => self.node("object", "", |nodes| {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                for (name, value) in members {
                    nodes.node("member", name, |nodes| nodes.json(value));
                }
            }),
        }
    }

    fn put(&mut self, tag: &'static str, content: &[u8], children: impl FnOnce(&mut Nodes<'_>)) {
        self.count += 1;
        self.out.push(OPEN);
        for part in [tag.as_bytes(), content] {
            self.out.extend((part.len() as u64).to_le_bytes());
            self.out.extend(part);
        }
        let mut nodes = Nodes {
            out: self.out,
            count: 0,
        };
        children(&mut nodes);
        let count = nodes.count;
        self.out.push(CLOSE);
        self.out.extend(count.to_le_bytes());
    }
}

#[cfg(test)]
pub(crate) mod decode;
#[cfg(test)]
mod tests;
