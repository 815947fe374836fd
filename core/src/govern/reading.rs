//! What the readers of directories and change records share.

use crate::codes::governance as codes;
use crate::config::reader::{Codes, Fields, Reader};
use crate::config::words::{is_invisible, shown};
use crate::config::yaml::Node;
use crate::finding::{Finding, Place};
use crate::source::{Limits, Span};
use crate::suite::read::json;
use crate::time::Instant;

use super::canonical::Digest;

pub(super) static CODES: Codes = Codes {
    syntax: &codes::SYNTAX,
    unsupported: &codes::UNSUPPORTED_YAML,
    too_deep: &codes::TOO_DEEP,
    empty: &codes::EMPTY,
    empty_help: "write its contents, or delete the file",
    duplicate_key: &codes::DUPLICATE_KEY,
    unknown_key: &codes::UNKNOWN_KEY,
    wrong_type: &codes::WRONG_TYPE,
    invalid_value: &codes::INVALID_VALUE,
};

/// The most entries of any list or mapping.
pub(super) const MOST_ENTRIES: usize = 10_000;

/// The most characters of a name.
const LONGEST_NAME: usize = 1_000;

/// The value of a text: JSON where it begins like JSON, else YAML.
pub(super) fn document(reader: &mut Reader<'_>, text: &str, name: &str) -> Option<Node> {
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('{')
    {
        return reader.document(name);
    }
    match json::tree(text, &Limits::default()) {
        Ok((node, repeated)) => {
            for (key, at, first) in repeated {
                reader.report(
                    Finding::new(
                        &codes::DUPLICATE_KEY,
                        at,
                        format!("{} is here for the second time", shown(&key)),
                        "delete one of the two; only the first is read",
                    )
                    .label(Place::Here(first), "first here"),
                );
            }
            Some(node)
        }
        Err(error) => {
            let rule = if error.too_deep {
                &codes::TOO_DEEP
            } else {
                &codes::SYNTAX
            };
            reader.report(Finding::new(
                rule,
                error.span,
                format!("this is not JSON: {}", error.message),
                "correct it here; nothing of the file is read",
            ));
            None
        }
    }
}

/// The value under a key that must be there; `at` is where its absence is reported.
pub(super) fn required<'n>(
    reader: &mut Reader<'_>,
    fields: &Fields<'n>,
    at: Span,
    of: &str,
    key: &str,
) -> Option<&'n Node> {
    let found = fields.get(key);
    if found.is_none() {
        reader.report(Finding::new(
            &codes::MISSING_KEY,
            at,
            format!("`{of}` must have the key `{key}`"),
            format!("add `{key}`"),
        ));
    }
    found
}

/// A name: not blank, not too long, and nothing in it that a reader could not see.
pub(super) fn name(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<String> {
    let text = reader.text(node, called)?;
    is_name(reader, text.value, text.span, called).then(|| text.value.to_owned())
}

/// Whether a text can be a name; says why where it cannot.
pub(super) fn is_name(reader: &mut Reader<'_>, text: &str, span: Span, called: &str) -> bool {
    let hidden = text.contains(|c: char| c == '`' || c.is_control() || is_invisible(c));
    let help = if text.trim().is_empty() || text.trim() != text {
        "write a word without blanks at its ends"
    } else if text.chars().count() > LONGEST_NAME {
        "use at most 1000 characters"
    } else if hidden {
        "leave out backticks and characters that cannot be seen"
    } else {
        return true;
    };
    reader.invalid(
        span,
        format!("{} is no value of `{called}`", shown(text)),
        help,
    );
    false
}

/// A list of different names.
pub(super) fn names(reader: &mut Reader<'_>, node: &Node, called: &str) -> Vec<(String, Span)> {
    let mut out: Vec<(String, Span)> = Vec::new();
    for text in reader.texts(node, called) {
        if !is_name(reader, text.value, text.span, called) {
            continue;
        }
        if out.iter().any(|(name, _)| name == text.value) {
            reader.invalid(
                text.span,
                format!("{} is in `{called}` twice", shown(text.value)),
                "delete one of the two",
            );
            continue;
        }
        out.push((text.value.to_owned(), text.span));
        if out.len() > MOST_ENTRIES {
            too_much(reader, node.span, called);
            break;
        }
    }
    out
}

/// A point in time.
pub(super) fn instant(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Instant> {
    time(reader, node, called, Instant::parse)
}

/// A point in time at which something ends; a date is its end.
pub(super) fn end(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Instant> {
    time(reader, node, called, Instant::parse_end)
}

fn time(
    reader: &mut Reader<'_>,
    node: &Node,
    called: &str,
    parse: fn(&str) -> Option<Instant>,
) -> Option<Instant> {
    let text = reader.text(node, called)?;
    let parsed = parse(text.value);
    if parsed.is_none() {
        reader.invalid(
            text.span,
            format!("{} is no point in time", shown(text.value)),
            "write it as in RFC 3339, like 2026-11-21T09:00:00Z or 2026-11-21",
        );
    }
    parsed
}

/// A digest.
pub(super) fn digest(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Digest> {
    let text = reader.text(node, called)?;
    let parsed = Digest::parse(text.value);
    if parsed.is_none() {
        reader.invalid(
            text.span,
            format!("{} is no digest", shown(text.value)),
            "write `sha256:` and 64 lower-case hexadecimal digits",
        );
    }
    parsed
}

/// Reports something with more entries than are read.
pub(super) fn too_much(reader: &mut Reader<'_>, at: Span, called: &str) {
    reader.report(Finding::new(
        &codes::TOO_MUCH,
        at,
        format!("`{called}` has more than {MOST_ENTRIES} entries"),
        "split it, or remove what no longer matters",
    ));
}
