//! Characters that would do something to a terminal, a log or a reader's eye rather than be seen.

use std::borrow::Cow;

/// The text with every invisible or controlling character written as an escape, `\u{202e}`: such
/// characters in a policy could rewrite a terminal's screen or make text read differently than it is.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            out.push_str(&escaped(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How a hidden character is written.
pub(super) fn escaped(c: char) -> String {
    match c {
        '\n' | '\r' | '\t' => c.escape_default().to_string(),
        _ => c.escape_unicode().to_string(),
    }
}

/// Whether a character is a control character, changes the direction of text, or cannot be seen.
pub(super) const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' // controls, C1 included: some terminals obey them
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' // zero-width and direction marks
        | '\u{2028}'..='\u{202e}' // line breaks and direction overrides
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' // tags and further variation selectors: they can carry hidden text
    )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::visible;

    #[test]
    fn what_can_be_seen_stays() {
        let text = "permit(é, 日本, 😀, \u{e9}, \\ \" ')";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (hidden, expected) in [
            ("\x1b[31mred", r"\u{1b}[31mred"),
            ("a\u{9b}2J", r"a\u{9b}2J"),
            ("a\u{202e}b", r"a\u{202e}b"),
            ("a\u{2066}b", r"a\u{2066}b"),
            ("a\u{200f}b", r"a\u{200f}b"),
            ("a\u{200b}b", r"a\u{200b}b"),
            ("a\u{e0041}b", r"a\u{e0041}b"),
            ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
            ("a\u{2028}b\u{7f}", r"a\u{2028}b\u{7f}"),
        ] {
            assert_eq!(visible(hidden), expected);
        }
    }
}
