//! Adds cases to the text of a suite, and leaves all else as it is.

use crate::config::yaml::{Entry, Node, Value, read};

/// The text of a suite, which may be empty, with further cases at the end of its list. Each case is an item
/// of a YAML list. `None` where that cannot be done without rewriting what somebody wrote: the text is no
/// YAML, or its cases are written in brackets.
pub fn insert(text: &str, cases: &[&str]) -> Option<String> {
    let new = inserted(text, cases)?;
    // Whatever was overlooked, what is written can be read and has every case.
    (count(&new)? == count(text)? + cases.len()).then_some(new)
}

fn inserted(text: &str, cases: &[&str]) -> Option<String> {
    let root = match whole(text)? {
        None => return Some(joined(text, text.len(), "", &listed(cases, text))),
        Some(root) => root,
    };
    let Value::Mapping(entries) = &root.value else {
        return None;
    };
    let Some(Entry { value, .. }) = entries.iter().find(|entry| entry.key == "cases") else {
        let in_block = !root.span.text(text).starts_with('{');
        let cases = listed(cases, text);
        return in_block.then(|| joined(text, text.len(), "", &cases));
    };
    let (start, end) = (value.span.start as usize, value.span.end as usize);
    match &value.value {
        Value::Sequence(items) if !items.is_empty() => {
            let dash = text.get(start..)?.starts_with('-');
            let before = text.get(..start)?;
            let indent = before.get(before.rfind(['\n', '\r']).map_or(0, |at| at + 1)..)?;
            let items = indented(cases, indent, text);
            let blank = indent.chars().all(|c| c == ' ');
            (dash && blank).then(|| joined(text, end, "", &items))
        }
        Value::Sequence(_) => {
            let items = indented(cases, "  ", text);
            let without = format!("{}{}", text.get(..start)?.trim_end(), text.get(end..)?);
            let at = text.get(..start)?.trim_end().len();
            Some(joined(&without, at, "", &items))
        }
        _ if value.is_absent() => Some(joined(text, end, "", &indented(cases, "  ", text))),
        _ => None,
    }
}

/// The tree; `Some(None)` of a text that says nothing, `None` of one that cannot be read whole.
fn whole(text: &str) -> Option<Option<Node>> {
    let (root, problems) = read(text);
    problems
        .is_empty()
        .then(|| root.filter(|root| !root.is_absent()))
}

/// How many cases a suite lists.
fn count(text: &str) -> Option<usize> {
    let Some(root) = whole(text)? else {
        return Some(0);
    };
    let Value::Mapping(entries) = &root.value else {
        return None;
    };
    let cases = entries.iter().find(|entry| entry.key == "cases");
    Some(match cases.map(|entry| &entry.value.value) {
        Some(Value::Sequence(items)) => items.len(),
        _ => 0,
    })
}

/// The text with lines put in behind the line that `at` lies in.
fn joined(text: &str, at: usize, head: &str, lines: &str) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find(['\n', '\r']).map_or(text.len(), |n| {
        let width = if rest.get(n..).is_some_and(|r| r.starts_with("\r\n")) {
            2
        } else {
            1
        };
        at + n + width
    });
    let (before, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let gap = if before.is_empty() || before.ends_with(['\n', '\r']) {
        ""
    } else {
        line_break(text)
    };
    format!("{before}{gap}{head}{lines}{after}")
}

/// The cases under a key of their own.
fn listed(cases: &[&str], text: &str) -> String {
    format!("cases:{}{}", line_break(text), indented(cases, "  ", text))
}

fn indented(cases: &[&str], indent: &str, text: &str) -> String {
    let mut out = String::new();
    for line in cases.iter().flat_map(|case| case.lines()) {
        if !line.trim().is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push_str(line_break(text));
    }
    out
}

/// How the lines of a text end.
fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [&str; 2] = ["- name: x\n  expect: deny\n", "- name: y\n"];

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(insert(text, &CASES).as_deref(), Some(expected));
        let crlf = |text: &str| text.replace('\n', "\r\n");
        if text.contains('\n') {
            assert_eq!(insert(&crlf(text), &CASES), Some(crlf(expected)));
        }
    }

    #[test]
    fn a_suite_without_cases_gets_the_key() {
        let cases = "cases:\n  - name: x\n    expect: deny\n  - name: y\n";
        check("", cases);
        check("# a comment\n", &format!("# a comment\n{cases}"));
        check("name: n", &format!("name: n\n{cases}"));
        check(
            "tables:\n  - a: b\n",
            &format!("tables:\n  - a: b\n{cases}"),
        );
    }

    #[test]
    fn cases_go_behind_the_last_as_far_in() {
        check(
            "cases:\n- name: a\n  expect: allow # last\ntables: []\n",
            "cases:\n- name: a\n  expect: allow # last\n- name: x\n  expect: deny\n- name: y\ntables: []\n",
        );
        check(
            "cases:\n    - name: a\n\n# end\n",
            "cases:\n    - name: a\n    - name: x\n      expect: deny\n    - name: y\n\n# end\n",
        );
        check(
            "cases:\n  - {name: a}",
            "cases:\n  - {name: a}\n  - name: x\n    expect: deny\n  - name: y\n",
        );
        check(
            "cases:\n  - name: |\n      of\n      lines\nname: é\n",
            "cases:\n  - name: |\n      of\n      lines\n  - name: x\n    expect: deny\n  - name: y\nname: é\n",
        );
    }

    #[test]
    fn an_empty_list_is_filled() {
        let filled = "\n  - name: x\n    expect: deny\n  - name: y\n";
        check("cases:\n", &format!("cases:{filled}"));
        check("cases: [] # none\n", &format!("cases: # none{filled}"));
        check("cases: []\nname: a\n", &format!("cases:{filled}name: a\n"));
    }

    #[test]
    fn what_would_have_to_be_rewritten_is_left_alone() {
        for text in [
            "cases: [{name: a}]\n",
            "{name: a}\n",
            "- a\n",
            "cases: {a: b}\n",
            "cases: &a [\n",
            "name: a\n...\n",
        ] {
            assert_eq!(insert(text, &CASES), None, "{text:?}");
        }
    }
}
