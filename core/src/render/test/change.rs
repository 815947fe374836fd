//! The lines that edits change, before and after.

use unicode_width::UnicodeWidthStr;

use super::table::cut;
use crate::finding::TextEdit;
use crate::render::escape::visible;
use crate::render::excerpt::lines::{line_end, line_start};
use crate::report::Range;

/// Lines of a text without and with edits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Change {
    /// The lines that go.
    pub(super) before: Vec<String>,
    /// The lines that come.
    pub(super) after: Vec<String>,
}

/// How many lines of each side are shown.
const LINES: usize = 6;

/// How far a line is looked at on either side of an edit. A line may be megabytes long.
const REACH: usize = 1000;

/// What the edits, which are in order and do not overlap, change of the text: fit to be shown, each line in
/// at most `columns`, with their common indentation taken away. `None` where they do not fit the text.
pub(super) fn change(text: &str, edits: &[(Range, TextEdit)], columns: usize) -> Option<Change> {
    let first = edits.first()?.0.start.byte as usize;
    let last = edits.last()?.0.end.byte as usize;
    text.get(first..last)?;
    let (from, cut_left) = line_start(text, first, REACH);
    let (to, cut_right) = line_end(text, last, REACH);
    let mut new = String::new();
    let mut at = from;
    for (range, edit) in edits {
        new.push_str(text.get(at..range.start.byte as usize)?);
        new.push_str(&edit.insert);
        at = range.end.byte as usize;
    }
    new.push_str(text.get(at..to)?);
    let mark = |part: &str| {
        let left = if cut_left { "…" } else { "" };
        let right = if cut_right { "…" } else { "" };
        format!("{left}{part}{right}")
    };
    let (old, new) = (mark(text.get(from..to)?), mark(&new));
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(&old), lines(&new));

    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let shorter = old.len().min(new.len());
    let tail = (old.iter().rev().zip(new.iter().rev()))
        .take(shorter - head)
        .take_while(same)
        .count();
    let inner = |lines: &[&str]| -> Vec<String> {
        let to = lines.len() - tail;
        let inner = lines.get(head..to).unwrap_or_default();
        inner
            .iter()
            .map(|line| visible(&detabbed(line)).into_owned())
            .collect()
    };
    let (mut before, mut after) = (inner(&old), inner(&new));
    drop_common_start(&mut before, &mut after, columns);
    for side in [&mut before, &mut after] {
        if side.len() > LINES {
            side.truncate(LINES - 1);
            side.push("…".to_owned());
        }
        for line in side {
            *line = cut(line.trim_end(), columns);
        }
    }
    Some(Change { before, after })
}

/// The lines that are not blank: a blank one that an edit leaves behind tells nothing.
fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .collect()
}

fn detabbed(line: &str) -> String {
    line.replace('\t', "    ")
}

/// Takes away the indentation that all lines share, and of long single lines the start that both share, but
/// for so much that one can see where it is.
fn drop_common_start(before: &mut [String], after: &mut [String], columns: usize) {
    let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let all = || before.iter().chain(after.iter());
    let shared = all().map(indent).min().unwrap_or(0);
    let mut start = shared;
    if let ([old], [new]) = (&*before, &*after)
        && old.width().max(new.width()) > columns + shared
    {
        let common: usize = (old.chars().zip(new.chars()))
            .take_while(|(a, b)| a == b)
            .map(|(c, _)| c.len_utf8())
            .sum();
        start = old
            .floor_char_boundary(common.saturating_sub(columns / 3))
            .max(shared);
    }
    let ellipsis = if start > shared { "…" } else { "" };
    for line in before.iter_mut().chain(after) {
        *line = format!("{ellipsis}{}", line.get(start..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{place, range};

    /// The change that replacing the first occurrence of each part makes.
    #[track_caller]
    fn check(text: &str, edits: &[(&str, &str)], before: &[&str], after: &[&str]) {
        let edits: Vec<_> = edits
            .iter()
            .map(|(part, insert)| {
                let span = place(text, part);
                (range(text, span), TextEdit::replace(span, *insert))
            })
            .collect();
        let change = change(text, &edits, 40).unwrap_or_default();
        assert_eq!(change.before, before);
        assert_eq!(change.after, after);
    }

    #[test]
    fn the_lines_around_an_edit_without_their_indentation() {
        check(
            "permit (a)\n  when { x && y };\n",
            &[(" && y", "")],
            &["when { x && y };"],
            &["when { x };"],
        );
    }

    #[test]
    fn lines_between_edits_that_stay_are_not_shown_at_the_ends() {
        check(
            "permit (\n  a,\n  b\n) when { c };",
            &[("permit", "forbid"), (" when { c }", "")],
            &["permit (", "  a,", "  b", ") when { c };"],
            &["forbid (", "  a,", "  b", ");"],
        );
        check(
            "a\nb\nc\nd",
            &[("a\nb\nc\nd", "a\nB\nd")],
            &["b", "c"],
            &["B"],
        );
    }

    #[test]
    fn a_deleted_policy_is_not_shown_line_by_line() {
        let policy = "1\n2\n3\n4\n5\n6\n7\n8\n";
        check(
            policy,
            &[(policy, "")],
            &["1", "2", "3", "4", "5", "…"],
            &[],
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_change() {
        let text = format!("{} && GONE && {}", "a".repeat(5000), "b".repeat(5000));
        check(
            &text,
            &[(" && GONE", "")],
            &["…aaaaaaaaa && GONE && bbbbbbbbbbbbbbbbb…"],
            &["…aaaaaaaaa && bbbbbbbbbbbbbbbbbbbbbbbbb…"],
        );
    }

    #[test]
    fn hidden_characters_are_shown() {
        check(
            "a\u{202e}\tb",
            &[("b", "\x1b[2J")],
            &[r"a\u{202e}    b"],
            &[r"a\u{202e}    \u{1b}[2J"],
        );
    }

    #[test]
    fn edits_of_another_text_give_nothing() {
        let long = "a much longer text";
        let span = place(long, "text");
        let edits = [(range(long, span), TextEdit::replace(span, "x"))];
        assert_eq!(change("short", &edits, 40), None);
        assert_eq!(change("日本日本日本", &[], 40), None);
    }
}
