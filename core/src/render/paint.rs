//! Colours.

use crate::finding::Severity;

/// Whether text is coloured, with the escape codes of ANSI terminals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The severity and the marks that go with it.
    Severity(Severity),
    /// The headline.
    Headline,
    /// Line numbers, bars, arrows and secondary marks.
    Frame,
}

impl Paint {
    /// Appends `text`, which must not hold escape codes of its own.
    pub(super) fn write(self, out: &mut String, style: Style, text: &str) {
        if !self.color {
            out.push_str(text);
            return;
        }
        out.push_str(match style {
            Style::Severity(Severity::Error) => "\x1b[1;31m",
            Style::Severity(Severity::High) => "\x1b[1;35m",
            Style::Severity(Severity::Medium) => "\x1b[1;33m",
            Style::Severity(Severity::Low) => "\x1b[1;36m",
            Style::Headline => "\x1b[1m",
            Style::Frame => "\x1b[1;34m",
        });
        out.push_str(text);
        out.push_str("\x1b[0m");
    }
}
