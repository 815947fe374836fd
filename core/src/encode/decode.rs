//! Reads back what was written, to show that it can be read in one way only.

use super::{CLOSE, OPEN};

/// What was written, read back from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) tag: String,
    pub(crate) content: Vec<u8>,
    pub(crate) children: Vec<Tree>,
}

/// The node that these bytes are.
pub(crate) fn decode(bytes: &[u8]) -> Option<Tree> {
    let mut rest = bytes;
    let tree = decode_node(&mut rest)?;
    rest.is_empty().then_some(tree)
}

fn decode_node(rest: &mut &[u8]) -> Option<Tree> {
    let (&OPEN, after) = rest.split_first()? else {
        return None;
    };
    *rest = after;
    let tag = String::from_utf8(decode_part(rest)?).ok()?;
    let content = decode_part(rest)?;
    let mut children = Vec::new();
    while rest.first() == Some(&OPEN) {
        children.push(decode_node(rest)?);
    }
    let (&CLOSE, after) = rest.split_first()? else {
        return None;
    };
    *rest = after;
    (decode_number(rest)? == children.len() as u64).then_some(Tree {
        tag,
        content,
        children,
    })
}

fn decode_part(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = decode_number(rest)? as usize;
    let (part, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(part.to_vec())
}

fn decode_number(rest: &mut &[u8]) -> Option<u64> {
    let (number, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_le_bytes(*number))
}
