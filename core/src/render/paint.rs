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
    /// As the terminal writes by itself.
    Plain,
    /// The headline.
    Headline,
    /// Line numbers, bars, arrows and secondary marks.
    Frame,
    /// What is as it should be, and what takes something's place.
    Good,
    /// What is not as it should be, and what is replaced.
    Bad,
    /// What deserves a look.
    Caution,
    /// What is there for completeness.
    Faint,
}

impl Paint {
    /// Appends `text`, which must not hold escape codes of its own.
    pub(super) fn write(self, out: &mut String, style: Style, text: &str) {
        if !self.color || style == Style::Plain {
            out.push_str(text);
            return;
        }
        out.push_str(match style {
            Style::Severity(Severity::Error) => "\x1b[1;31m",
            Style::Severity(Severity::High) => "\x1b[1;35m",
            Style::Severity(Severity::Medium) => "\x1b[1;33m",
            Style::Severity(Severity::Low) => "\x1b[1;36m",
            Style::Plain => "",
            Style::Headline => "\x1b[1m",
            Style::Frame => "\x1b[1;34m",
            Style::Good => "\x1b[32m",
            Style::Bad => "\x1b[1;31m",
            Style::Caution => "\x1b[33m",
            Style::Faint => "\x1b[2m",
        });
        out.push_str(text);
        out.push_str("\x1b[0m");
    }
}
