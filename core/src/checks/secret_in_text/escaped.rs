//! Secrets that are written with escapes: `\u{70}` for a `p`.

use super::{Parts, Secret, secrets};
use crate::source::Span;

/// Adds the literals that hold a secret only when their escapes are resolved. The whole literal is secret then,
/// and takes the place of what was found in it.
pub(super) fn add(parts: &Parts<'_>, found: &mut Vec<Secret>) {
    // In YAML a string is a part of a line.
    let lines = parts.comments.iter().filter(|_| parts.strings.is_empty());
    for span in parts.strings.iter().chain(lines) {
        let Some(literal) = literal(parts.text, *span) else {
            continue;
        };
        let Some(kind) = secret_in(parts.text, literal) else {
            continue;
        };
        let inner = Span::new(literal.start + 1, literal.end.saturating_sub(1));
        found.retain(|other| other.span.end <= inner.start || other.span.start >= inner.end);
        super::add(found, inner, kind);
    }
}

/// The part between the first quote and the last, with them, if it has an escape.
fn literal(text: &str, span: Span) -> Option<Span> {
    let written = span.text(text);
    if !written.contains('\\') {
        return None;
    }
    let (from, to) = (written.find('"')?, written.rfind('"')?);
    let literal = Span::from_usize(span.start as usize + from, span.start as usize + to + 1);
    (to > from).then_some(literal)
}

/// What is secret in a literal's value, and not in the literal as it is written.
fn secret_in(text: &str, literal: Span) -> Option<&'static str> {
    /// Enough for the name that the literal is a value of.
    const BEFORE: usize = 200;
    let written = literal.text(text);
    let start = literal.start as usize;
    let before = text.get(text.ceil_char_boundary(start.saturating_sub(BEFORE))..start)?;
    let value = format!("{before}{}", unescaped(written));
    let string = Span::from_usize(before.len(), value.len());
    let parts = Parts {
        text: &value,
        comments: &[],
        strings: &[string],
        comment: "",
    };
    secrets(&parts)
        .into_iter()
        .find(|secret| string.contains(secret.span) && !written.contains(secret.span.text(&value)))
        .map(|secret| secret.kind)
}

/// The escapes of Cedar, JSON and YAML resolved.
fn unescaped(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        let (c, behind) = escape(behind);
        out.extend(c);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The character that an escape stands for, and what follows it.
fn escape(behind: &str) -> (Option<char>, &str) {
    let mut chars = behind.chars();
    let Some(first) = chars.next() else {
        return (None, behind);
    };
    let rest = chars.as_str();
    let digits = match first {
        'x' => rest.get(..2),
        'u' => match rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map(|(digits, _)| digits),
            None => rest.get(..4),
        },
        'U' => rest.get(..8),
        'n' | 'r' | 't' | '0' | '\n' => return (Some(' '), rest),
        other => return (Some(other), rest),
    };
    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let taken = digits.map_or(0, str::len) + if rest.starts_with('{') { 2 } else { 0 };
    match code.and_then(char::from_u32) {
        Some(c) => (Some(c), rest.get(taken..).unwrap_or_default()),
        None => (Some(first), rest),
    }
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_of_three_languages_are_resolved() {
        assert_eq!(unescaped(r"a\u{70}\u0070\x70\U00000070b"), "appppb");
        assert_eq!(unescaped(r#"\"a\\b\/c\nd\"#), r#""a\b/c d"#);
        assert_eq!(unescaped(r"\u{110000}\uZZ\x"), "u{110000}uZZx");
    }
}
