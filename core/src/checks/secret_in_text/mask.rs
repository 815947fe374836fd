//! How a secret is shown: by what all secrets of its kind begin with, and nothing more.

use super::patterns::FORMATS;
use crate::source::Span;

/// What everybody knows of a secret: the prefix of its format, or the header of a private key.
pub(super) fn known_prefix(secret: &str) -> &str {
    let known = if secret.starts_with("-----BEGIN ") {
        secret.len()
    } else if secret.starts_with("eyJ") {
        3
    } else {
        FORMATS
            .iter()
            .find(|format| secret.starts_with(format.prefix))
            .map_or(0, |format| format.prefix.len())
    };
    secret.get(..known).unwrap_or_default()
}

/// The part of a text that must not be shown because `secret` was found in it. Of a private key only the
/// header is marked; what follows it is the key.
pub(crate) fn hidden(text: &str, secret: Span) -> Span {
    let marked = secret.text(text);
    let start = secret.start as usize + known_prefix(marked).len();
    let end = if marked.starts_with("-----BEGIN ") {
        start + key_length(text.get(start..).unwrap_or_default())
    } else {
        secret.end as usize
    };
    Span::from_usize(start, end)
}

/// The length of a private key: to the end that it names, else over the lines that look like a part of it.
fn key_length(text: &str) -> usize {
    const LONGEST: usize = 1 << 16;
    let near = text
        .get(..text.floor_char_boundary(LONGEST))
        .unwrap_or_default();
    if let Some(end) = near.find("-----END ") {
        return end;
    }
    let is_part = |line: &str| {
        let line = line.trim().trim_start_matches(['/', '#', '*', ' ', '"']);
        line.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=\\\",;:- ".contains(&b))
    };
    near.split_inclusive('\n')
        .enumerate()
        .take_while(|(n, line)| *n == 0 || (is_part(line) && !line.trim().is_empty()))
        .map(|(_, line)| line.len())
        .sum()
}

/// A text with asterisks in these places; every line keeps its length in bytes.
pub(crate) fn masked(text: &str, hidden: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in hidden {
        let from = text.floor_char_boundary((span.start as usize).max(at));
        let to = text.ceil_char_boundary(span.end as usize).max(from);
        out.push_str(text.get(at..from).unwrap_or_default());
        for c in text.get(from..to).unwrap_or_default().chars() {
            match c {
                '\n' | '\r' => out.push(c),
                _ => out.extend(std::iter::repeat_n('*', c.len_utf8())),
            }
        }
        at = to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, marked: &str, expected: &str) {
        let start = text.find(marked).unwrap_or_default();
        let secret = Span::from_usize(start, start + marked.len());
        assert_eq!(masked(text, &[hidden(text, secret)]), expected);
    }

    #[test]
    fn a_known_prefix_stays_and_nothing_else() {
        let token = ["gh", "p_", "abcdefgh"].concat();
        check(&format!("// {token} é"), &token, "// ghp_******** é");
        check("password = blue42sky.", "blue42sky", "password = *********.");
        check("pässwörd", "pässwörd", "**********");
    }

    #[test]
    fn a_private_key_is_hidden_with_its_lines() {
        let header = ["-----BEGIN", " PRIVATE", " KEY-----"].concat();
        check(
            &format!("// {header}\n// MIIab\n// cd==\n// -----END X-----\nnext"),
            &header,
            &format!("// {header}\n********\n*******\n***-----END X-----\nnext"),
        );
        check(
            &format!("// {header}\n// MIIab\n\nabc"),
            &header,
            &format!("// {header}\n********\n\nabc"),
        );
        check(
            &format!("\"{header}\\nMIIab\""),
            &header,
            &format!("\"{header}********"),
        );
    }
}
