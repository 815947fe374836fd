//! Hashes for subresource integrity (W3C): public by their nature, random by their looks.

use crate::source::Span;

/// How a hash begins, and the length of its base64.
const KINDS: [(&str, usize); 3] = [("sha256-", 44), ("sha384-", 64), ("sha512-", 88)];

/// Every hash of the right length that stands alone.
pub(super) fn hashes(text: &str) -> Vec<Span> {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let mut found = Vec::new();
    for (prefix, length) in KINDS {
        for (at, _) in text.match_indices(prefix) {
            let before = text.as_bytes().get(..at).and_then(<[u8]>::last);
            let from = at + prefix.len();
            let rest = text.as_bytes().get(from..).unwrap_or_default();
            let base64 = rest.iter().take_while(|b| is_base64(b)).count();
            if base64 == length && !before.is_some_and(u8::is_ascii_alphanumeric) {
                found.push(Span::from_usize(at, from + length));
            }
        }
    }
    found
}
