//! Hashes for subresource integrity (W3C) and public keys: public by their nature, random by their looks.

use crate::source::Span;

/// How a hash or a key begins, and the length of the base64 after that.
const KINDS: [(&str, usize); 5] = [
    ("sha256-", 44),
    ("sha384-", 64),
    ("sha512-", 88),
    ("ed25519-public:", 44),
    // What every public key of this kind begins with, and no private one.
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", 43),
];

/// Every hash and public key of the right length that stands alone.
pub(super) fn public(text: &str) -> Vec<Span> {
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
