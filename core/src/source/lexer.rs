//! Cedar's tokens, as far as splitting and limits need them.
//!
//! Never fails: what is no token of Cedar's is a token of kind `Unknown`, and an unterminated string
//! runs to the end of the text. Follows the lexical grammar in Cedar's specification.

use super::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks and line breaks.
    Blank,
    /// `// …` up to the line break, which is not part of it.
    Comment,
    /// A string literal with its quotes.
    String,
    /// A string literal without its closing quote.
    UnterminatedString,
    /// A name or keyword.
    Ident,
    /// Digits.
    Number,
    /// A punctuation character; `::`, `&&`, `==` and the like are two of these.
    Punct(u8),
    /// Anything else, one character.
    Unknown,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where, counted from the start of the text.
    pub span: Span,
}

/// The tokens of a text, blanks and comments included: their spans cover it without a gap.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = token_at(text, at)?;
        at = token.span.end;
        Some(token)
    })
}

/// The token that starts at byte `at`; `None` at the end of the text.
pub fn token_at(text: &str, at: u32) -> Option<Token> {
    let bytes = text.as_bytes();
    let first = *bytes.get(at as usize)?;
    let (kind, end) = token(bytes, at as usize, first);
    Some(Token {
        kind,
        span: Span::from_usize(at as usize, end),
    })
}

fn token(bytes: &[u8], start: usize, first: u8) -> (TokenKind, usize) {
    let run = |from: usize, test: &dyn Fn(u8) -> bool| {
        bytes
            .get(from..)
            .unwrap_or_default()
            .iter()
            .position(|b| !test(*b))
            .map_or(bytes.len(), |n| from + n)
    };
    match first {
        b' ' | b'\t' | b'\n' | b'\r' => (
            TokenKind::Blank,
            run(start + 1, &|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')),
        ),
        b'/' if bytes.get(start + 1) == Some(&b'/') => (
            TokenKind::Comment,
            run(start + 2, &|b| !matches!(b, b'\n' | b'\r')),
        ),
        b'"' => string(bytes, start),
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => (
            TokenKind::Ident,
            run(start + 1, &|b| b == b'_' || b.is_ascii_alphanumeric()),
        ),
        b'0'..=b'9' => (TokenKind::Number, run(start + 1, &|b| b.is_ascii_digit())),
        0x21..=0x7e => (TokenKind::Punct(first), start + 1),
        // A character of several bytes, or a control character.
        _ => (
            TokenKind::Unknown,
            run(start + 1, &|b| b & 0b1100_0000 == 0b1000_0000),
        ),
    }
}

fn string(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (TokenKind::String, at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    (TokenKind::UnterminatedString, bytes.len())
}
