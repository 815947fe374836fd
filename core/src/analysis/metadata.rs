//! Annotations as metadata: what counts as said, and how one is added.

use std::collections::BTreeSet;

use crate::analysis::names::words;
use crate::facts::Policy;
use crate::finding::{Finding, TextEdit};
use crate::rules::Rule;

/// What the annotation with this key says; `None` where it is absent, empty or says that somebody will
/// fill it in later.
pub(crate) fn said<'p>(policy: &'p Policy, key: &str) -> Option<&'p str> {
    policy
        .annotation_value(key)
        .map(str::trim)
        .filter(|value| !is_placeholder(value))
}

/// A finding for a policy that says nothing under a key: at the annotation, or at the effect where there is
/// none.
pub(crate) fn missing(
    policy: &Policy,
    key: &str,
    rule: &'static Rule,
    help: &str,
) -> Option<Finding> {
    if said(policy, key).is_some() {
        return None;
    }
    let (span, message) = match policy.annotation(key) {
        Some(annotation) => (
            annotation.span,
            format!("`{}` names no {key}", policy.at(annotation.span)),
        ),
        None => (
            policy.effect.span,
            format!("this {} has no {key}", policy.effect.value.as_str()),
        ),
    };
    Some(Finding::new(rule, span, message, help))
}

/// Words that stand for a value that is still to come.
pub(crate) fn is_placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "",
        "-",
        "--",
        "?",
        "??",
        "???",
        ".",
        "...",
        "tbd",
        "tba",
        "tbc",
        "n/a",
        "na",
        "none",
        "nobody",
        "null",
        "todo",
        "fixme",
        "xxx",
        "x",
        "unknown",
        "undefined",
        "missing",
        "placeholder",
        "test",
        "asdf",
        "foo",
    ];
    let value = value
        .trim()
        .trim_matches(['<', '>', '[', ']'])
        .to_lowercase();
    WORDS.contains(&value.as_str())
}

/// An edit that puts `@key("value")` on a line of its own above the policy. `value` needs no escapes.
pub(crate) fn add(policy: &Policy, key: &str, value: &str) -> TextEdit {
    let before = policy
        .text
        .get(..policy.span.start as usize)
        .unwrap_or_default();
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let indent: String = line
        .chars()
        .take_while(|c| matches!(c, ' ' | '\t'))
        .collect();
    TextEdit::insert(policy.span.start, format!("@{key}(\"{value}\")\n{indent}"))
}

/// An edit that changes the value of the annotation with this key, or adds the annotation.
pub(crate) fn set(policy: &Policy, key: &str, value: &str) -> TextEdit {
    match policy.annotation(key) {
        Some(annotation) => TextEdit::replace(annotation.span, format!("@{key}(\"{value}\")")),
        None => add(policy, key, value),
    }
}

/// The words of a policy's annotations, its id among them, in lower case.
pub(crate) fn words_of(policy: &Policy) -> BTreeSet<String> {
    let values = policy.annotations.iter().filter_map(|of| of.value.as_ref());
    values.flat_map(|value| words(&value.value)).collect()
}
