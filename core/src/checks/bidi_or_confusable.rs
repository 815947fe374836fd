//! Characters that reorder, hide or imitate text.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "bidi-or-confusable",
    severity: Severity::High,
    summary: "characters that reorder or hide text, or letters of two scripts in one word",
    why: "a reviewer reads something else than what Cedar and other tools read",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 CM-3"],
    page: include_str!("bidi_or_confusable.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if p.text.is_ascii() {
        return;
    }
    let annotations = p
        .annotations
        .iter()
        .filter_map(|annotation| Some(annotation.value.as_ref()?.span));
    let mut parts: Vec<(Span, &str)> = p.comments.iter().map(|span| (*span, "comment")).collect();
    parts.extend(annotations.map(|span| (span, "annotation")));
    // With a schema Cedar's validator looks at the strings outside annotations itself.
    if cx.schema.is_none() {
        let in_policy = p.strings.iter().filter(|span| span.start >= p.effect.span.start);
        parts.extend(in_policy.map(|span| (*span, "string")));
    }
    for (part, what) in parts {
        let text = p.at(part);
        if let Some((at, c, does)) = text
            .char_indices()
            .find_map(|(at, c)| Some((at, c, deceives(text, at, c)?)))
        {
            out.push(Finding::new(
                &RULE,
                Span::from_usize(at, at + c.len_utf8()).offset(part.start),
                format!("this {what} holds the character U+{:04X}, which {does}", u32::from(c)),
                "remove the character, and find out how it came here",
            ));
        } else if let Some((word, other)) = mixed_word(text) {
            out.push(Finding::new(
                &RULE,
                word.offset(part.start),
                format!("the word in this {what} mixes Latin and {other} letters"),
                "write the word in the letters of one script",
            ));
        }
    }
}

/// What a character does to its surroundings, where it has no honest reason to be there.
fn deceives(text: &str, at: usize, c: char) -> Option<&'static str> {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at + c.len_utf8()..).and_then(|t| t.chars().next());
    let plain = |c: Option<char>| c.is_none_or(|c| c.is_ascii());
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("changes the order in which text is shown")
        }
        // Marks of direction are honest beside letters that run from right to left.
        '\u{200e}' | '\u{200f}' | '\u{61c}' if !text.chars().any(runs_from_right) => {
            Some("changes the order in which text is shown")
        }
        // Joiners are honest within emoji and within scripts that join their letters.
        '\u{200c}' | '\u{200d}' if plain(before) && plain(after) => Some("is not shown"),
        '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{180e}' => {
            Some("is not shown")
        }
        // Tags are honest in the flags of regions, behind a black flag.
        '\u{e0000}'..='\u{e007f}' if !text.contains('\u{1f3f4}') => Some("is not shown"),
        _ => None,
    }
}

const fn runs_from_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The first word with Latin letters and letters of a script that has look-alikes of them.
fn mixed_word(text: &str) -> Option<(Span, &'static str)> {
    let mut start = None;
    let mut latin = false;
    let mut other = None;
    let end = std::iter::once((text.len(), ' '));
    for (at, c) in text.char_indices().chain(end) {
        if c.is_alphabetic() {
            start = start.or(Some(at));
            latin |= c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}');
            other = other.or(script(c));
            continue;
        }
        if let (Some(from), true, Some(script)) = (start, latin, other) {
            return Some((Span::from_usize(from, at), script));
        }
        (start, latin, other) = (None, false, None);
    }
    None
}

/// Greek only where it looks Latin: `Δt` and `μs` are honest.
const fn script(c: char) -> Option<&'static str> {
    match c {
        '\u{400}'..='\u{52f}' => Some("Cyrillic"),
        'Α' | 'Β' | 'Ε' | 'Ζ' | 'Η' | 'Ι' | 'Κ' | 'Μ' | 'Ν' | 'Ο' | 'Ρ' | 'Τ' | 'Υ' | 'Χ' | 'ο' | 'ν' | 'ι' => Some("Greek"),
        '\u{531}'..='\u{587}' => Some("Armenian"),
        '\u{13a0}'..='\u{13ff}' => Some("Cherokee"),
        '\u{ff21}'..='\u{ff5a}' => Some("full-width"),
        '\u{1d400}'..='\u{1d7ff}' => Some("mathematical"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_an_honest_reason() {
        for text in [
            "family \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{645}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f}!",
            "\u{1f3f4}\u{e0067}\u{e0062}",
            "Überprüfung für Zürich, Δt < 5 µs, IT-отдел",
        ] {
            let found = text.char_indices().find_map(|(at, c)| deceives(text, at, c));
            assert_eq!((found, mixed_word(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn what_has_none() {
        for (at, c) in [(5, '\u{202e}'), (5, '\u{200b}'), (5, '\u{200d}'), (5, '\u{e0041}')] {
            let text = format!("hello{c}world");
            assert!(deceives(&text, at, c).is_some(), "{c:?}");
        }
        assert_eq!(mixed_word("the \u{430}dmin").map(|(_, script)| script), Some("Cyrillic"));
        assert_eq!(mixed_word("\u{412}\u{430}\u{441}\u{44f}"), None);
    }
}
