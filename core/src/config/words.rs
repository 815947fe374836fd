//! The user's words in messages: how they are shown, and which known word a misspelled one is near.

use std::fmt::Write as _;

/// The user's text as a message shows it: on one line, not too long, nothing in it that could pass for
/// something else.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::from("`");
    for (n, c) in text.chars().enumerate() {
        if n == MOST {
            out.push('…');
            break;
        }
        if c == '`' {
            out.push('\'');
        } else if c.is_control() || is_invisible(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.push('`');
    out
}

/// Words in a row: `a`, `b` or `c`.
pub(crate) fn any_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// The known word that `word` was probably meant to be. Of words that are equally near, the first.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// No known word is longer; it also bounds the work.
    const LONGEST: usize = 64;
    if word.chars().nth(LONGEST).is_some() {
        return None;
    }
    let word = plain(word);
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &plain(candidate)),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and the choice of hyphen or underscore are no difference.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// Characters that reorder or hide text.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_text_cannot_deceive() {
        assert_eq!(shown("a b"), "`a b`");
        assert_eq!(shown("é日本😀"), "`é日本😀`");
        assert_eq!(shown("a`b\n\u{202e}"), "`a'b\\u{a}\\u{202e}`");
        assert_eq!(shown(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn near_misses() {
        let known = ["profile", "checks", "min_ipv4_prefix", "min_ipv6_prefix"];
        assert_eq!(nearest("profil", known), Some("profile"));
        assert_eq!(nearest("CHECKS", known), Some("checks"));
        assert_eq!(nearest("min-ipv6-prefix", known), Some("min_ipv6_prefix"));
        assert_eq!(nearest("min_ipv5_prefix", known), Some("min_ipv4_prefix"));
        assert_eq!(nearest("iam", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"profile".repeat(100), known), None);
    }

    #[test]
    fn rows_of_words() {
        assert_eq!(any_of(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(any_of(["a"]), "`a`");
    }
}
