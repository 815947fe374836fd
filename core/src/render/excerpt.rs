//! Lines of a source with marks under the exact characters.
//!
//! Written for this engine because annotate-snippets, the renderer that rustc uses, costs the modules
//! 37 KB compressed, panics on ranges that do not fit the text, and lets some control characters through.

pub(super) mod lines;
mod view;

use lines::{ceil, line_breaks, line_end, line_start, outside_break};
use view::View;

use super::paint::{Paint, Style};
use crate::report::Range;
use crate::source::Span;

/// Something to underline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) range: Range,
    /// What is written behind the underline.
    pub(super) message: &'a str,
    /// Drawn with carets in this style; else with dashes.
    pub(super) primary: Option<Style>,
}

/// How much room there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Columns of the widest line number.
    pub(super) gutter: usize,
    /// Columns of the terminal.
    pub(super) width: usize,
}

impl Room {
    /// Columns for the source itself. Narrower than this nothing could be recognised.
    fn source(self) -> usize {
        self.width.saturating_sub(self.gutter + 3).max(20)
    }

    /// How far before and behind a mark a line is looked at. A line without breaks may be megabytes
    /// long and have thousands of findings; what is farther away could not be shown anyway.
    fn reach(self) -> usize {
        8 * self.source()
    }
}

/// Draws the lines on which marks start or end, each with the marks below it.
pub(super) fn draw(out: &mut String, text: &str, marks: &[Mark<'_>], room: Room, paint: Paint) {
    let mut strokes: Vec<Stroke<'_>> = marks
        .iter()
        .flat_map(|mark| strokes(text, mark, room))
        .collect();
    strokes.sort_by_key(|stroke| (stroke.line, stroke.primary.is_none()));
    let mut previous = None;
    for line in strokes.chunk_by(|a, b| a.line == b.line) {
        let number = line.first().map_or(0, |stroke| stroke.line);
        if previous.is_some_and(|previous| previous + 1 < number) {
            paint.write(out, Style::Frame, "...");
            out.push('\n');
        }
        previous = Some(number);
        let mut rest: Vec<&Stroke<'_>> = line.iter().collect();
        while let Some(first) = rest.first() {
            let view = View::around(text, first.span, room);
            view.write(out, number, room, paint);
            rest.retain(|stroke| {
                let shown = std::ptr::eq(*stroke, *first) || view.shows(stroke.span);
                if shown {
                    view.underline(out, stroke, room, paint);
                }
                !shown
            });
        }
    }
}

/// The bar at the left of lines that show no source.
pub(super) fn bar(out: &mut String, room: Room, paint: Paint) {
    paint.write(out, Style::Frame, &format!("{:1$} |", "", room.gutter));
}

/// A part of a mark that lies in one line.
#[derive(Debug, Clone, Copy)]
struct Stroke<'a> {
    line: u32,
    span: Span,
    message: &'a str,
    primary: Option<Style>,
}

/// A mark of several lines is shown by its first and its last line.
fn strokes<'a>(
    text: &str,
    mark: &Mark<'a>,
    room: Room,
) -> impl Iterator<Item = Stroke<'a>> + use<'a> {
    let start = outside_break(text, mark.range.start.byte as usize);
    let end = outside_break(text, mark.range.end.byte as usize).max(start);
    let marked = text.get(start..end).unwrap_or_default();
    // The line break behind the last character is no reason to show the line after it.
    let trimmed = if mark.range.start.line < mark.range.end.line {
        marked.trim_end()
    } else {
        marked
    };
    let last_line = mark
        .range
        .end
        .line
        .saturating_sub(line_breaks(marked.get(trimmed.len()..).unwrap_or_default()));
    let end = start + trimmed.len();
    let stroke = |line, start, end, message| Stroke {
        line,
        span: Span::from_usize(start, end),
        message,
        primary: mark.primary,
    };
    let first_line = mark.range.start.line;
    let (first, last) = if last_line <= first_line {
        (stroke(first_line, start, end, mark.message), None)
    } else {
        let first_end = line_end(text, start, end - start).0;
        let (line_start, _) = line_start(text, end, room.reach());
        let shown_from = ceil(text, end.saturating_sub(room.source())).max(line_start);
        let indent = text
            .get(shown_from..end)
            .map_or(0, |part| part.len() - part.trim_start().len());
        (
            stroke(first_line, start, first_end, ""),
            Some(stroke(last_line, shown_from + indent, end, mark.message)),
        )
    };
    std::iter::once(first).chain(last)
}

#[cfg(test)]
mod tests {
    use super::{Mark, Room, draw};
    use crate::finding::Severity;
    use crate::render::paint::{Paint, Style};
    use crate::render::sample::{place, range};
    use crate::source::Span;

    /// Draws marks at the given parts of a text, the first as the primary one.
    fn drawn(text: &str, parts: &[&str]) -> String {
        let spans: Vec<Span> = parts.iter().map(|part| place(text, part)).collect();
        drawn_at(text, &spans)
    }

    fn drawn_at(text: &str, spans: &[Span]) -> String {
        let marks: Vec<Mark<'_>> = spans
            .iter()
            .enumerate()
            .map(|(index, span)| Mark {
                range: range(text, *span),
                message: if index == 0 { "" } else { "see here" },
                primary: (index == 0).then_some(Style::Severity(Severity::High)),
            })
            .collect();
        let room = Room {
            gutter: 1,
            width: 44,
        };
        let mut out = String::from("\n");
        draw(&mut out, text, &marks, room, Paint { color: false });
        out
    }

    #[test]
    fn carets_stand_under_the_exact_characters() {
        assert_eq!(
            drawn("when { a };\nunless { b };", &["b"]),
            "
2 | unless { b };
  |          ^
"
        );
    }

    #[test]
    fn wide_and_combining_characters_are_measured() {
        assert_eq!(
            drawn("é日本😀e\u{301}x = y", &["x"]),
            "
1 | é日本😀e\u{301}x = y
  |         ^
"
        );
        assert_eq!(
            drawn("\"日本\" == x", &["日本"]),
            "
1 | \"日本\" == x
  |  ^^^^
"
        );
    }

    #[test]
    fn tabs_run_to_the_next_stop() {
        assert_eq!(
            drawn("\ta\tb", &["b"]),
            "
1 |     a   b
  |         ^
"
        );
    }

    #[test]
    fn hidden_characters_are_shown_and_measured() {
        assert_eq!(
            drawn("a\u{202e}b\x1b[2Jc", &["c"]),
            "
1 | a\\u{202e}b\\u{1b}[2Jc
  |                    ^
"
        );
        assert_eq!(
            drawn("a\u{202e}b", &["\u{202e}"]),
            "
1 | a\\u{202e}b
  |  ^^^^^^^^
"
        );
    }

    #[test]
    fn every_kind_of_line_break_ends_a_line() {
        for text in ["a\nbc\nd", "a\r\nbc\r\nd", "a\rbc\rd"] {
            assert_eq!(
                drawn(text, &["c"]),
                "
2 | bc
  |  ^
"
            );
        }
    }

    #[test]
    fn an_empty_range_gets_one_caret() {
        let text = "permit\n\nforbid";
        for (at, expected) in [
            (0, "\n1 | permit\n  | ^\n"),
            (6, "\n1 | permit\n  |       ^\n"),
            (7, "\n2 |\n  | ^\n"),
            (14, "\n3 | forbid\n  |       ^\n"),
        ] {
            assert_eq!(drawn_at(text, &[Span::at(at)]), expected);
        }
        assert_eq!(drawn_at("", &[Span::at(0)]), "\n1 |\n  | ^\n");
        // Between the bytes of CRLF.
        assert_eq!(drawn_at("ab\r\nc", &[Span::at(3)]), "\n1 | ab\n  |   ^\n");
    }

    #[test]
    fn of_several_lines_the_first_and_the_last_are_shown() {
        assert_eq!(
            drawn(
                "permit (\n  principal,\n  action\n  );\n",
                &["(\n  principal,\n  action\n  )"]
            ),
            "
1 | permit (
  |        ^
...
4 |   );
  |   ^
"
        );
        assert_eq!(
            drawn("when {\r\n  a };", &["{\r\n  a }"]),
            "
1 | when {
  |      ^
2 |   a };
  |   ^^^
"
        );
    }

    #[test]
    fn a_break_at_the_end_of_a_range_shows_no_further_line() {
        for text in ["a;\nb", "a;\r\nb", "a;\n\n\nb"] {
            assert_eq!(
                drawn_at(text, &[Span::from_usize(0, text.len() - 1)]),
                "
1 | a;
  | ^^
"
            );
        }
    }

    #[test]
    fn further_marks_have_dashes_and_words() {
        assert_eq!(
            drawn("a == b\n\n\nc == d", &["b", "a", "c"]),
            "
1 | a == b
  |      ^
  | - see here
...
4 | c == d
  | - see here
"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{} HERE {}", "a".repeat(100_000), "b".repeat(100_000));
        assert_eq!(
            drawn(&text, &["HERE"]),
            "
1 | …aaaaaaaaaaaaaaaa HERE bbbbbbbbbbbbbbbb…
  |                   ^^^^
"
        );
        let start = format!("HERE {}", "b".repeat(100));
        assert_eq!(
            drawn(&start, &["HERE"]),
            "
1 | HERE bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
  | ^^^^
"
        );
        let end = format!("{} HERE", "日".repeat(100));
        assert_eq!(
            drawn(&end, &["HERE"]),
            "
1 | …日日日日日日日日日日日日日日日日 HERE
  |                                   ^^^^
"
        );
    }

    #[test]
    fn a_mark_wider_than_the_line_is_cut_too() {
        let text = format!("x = {};", "y".repeat(1000));
        assert_eq!(
            drawn(&text, &[&"y".repeat(1000)]),
            "
1 | …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
  |  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"
        );
    }

    #[test]
    fn marks_far_apart_in_one_line_are_shown_apart() {
        let text = format!("FIRST {} SECOND", "x".repeat(500));
        assert_eq!(
            drawn(&text, &["FIRST", "SECOND"]),
            "
1 | FIRST xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
  | ^^^^^
1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx SECOND
  |                                  ------ see here
"
        );
    }

    /// A report may be older than the text, so ranges need not fit it.
    #[test]
    fn ranges_that_do_not_fit_the_text_are_moved_into_it() {
        let long = "a much longer text with a mark";
        let stale = Mark {
            range: range(long, place(long, "mark")),
            message: "",
            primary: Some(Style::Headline),
        };
        let room = Room {
            gutter: 1,
            width: 0,
        };
        for text in ["", "é", "日本日本日本日本日", "\r\n\r\n"] {
            let mut out = String::new();
            draw(&mut out, text, &[stale], room, Paint { color: true });
            assert!(out.contains('^'), "{text:?}: {out}");
        }
    }

    proptest::proptest! {
        /// Never panics, and what it shows of the source never has a hidden character in it.
        #[test]
        fn any_range_of_any_text(
            text in "[a日😀é\u{301}\u{202e}\t\r\n ]{0,80}",
            a in 0_usize..300,
            b in 0_usize..300,
            c in 0_usize..300,
        ) {
            let spans = [Span::from_usize(a.min(b), a.max(b)), Span::from_usize(c, c + 3)];
            let out = drawn_at(&text, &spans);
            proptest::prop_assert!(out.contains('^') && out.contains('-'));
            proptest::prop_assert!(!out.contains(['\u{202e}', '\t', '\r']), "{}", out);
            for line in out.lines() {
                let source = line.strip_suffix(" see here").unwrap_or(line);
                proptest::prop_assert!(unicode_width::UnicodeWidthStr::width(source) <= 46, "{}", line);
            }
        }
    }
}
