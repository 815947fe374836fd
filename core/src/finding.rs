//! What a check says: findings, their labels and fixes, and the order in which they are reported.

use std::sync::Arc;

use crate::source::Span;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Style, or noise that hides meaning.
    Low,
    /// Probably not what was meant.
    Medium,
    /// Grants too much, fails open, or cannot be reviewed.
    High,
    /// Wrong for everybody: Cedar rejects it, or it must not be published.
    Error,
}

impl Severity {
    /// All severities, least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Error];

    /// The name used in reports and in `portcullis.yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Error => "error",
        }
    }

    /// The severity with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// One thing that is wrong at one place.
///
/// Spans count from the start of the text that the finding was computed from: the statement for a
/// check of one statement, the file for everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The code of the rule, as listed by `portcullis rules`.
    pub code: &'static str,
    /// The rule's severity, unless the finding says otherwise.
    pub severity: Severity,
    /// What is wrong: one sentence, lower case, no final period, the user's text in backticks.
    pub message: String,
    /// Why it matters: one sentence. Empty where the rule's own reason says it; the report then uses that.
    pub why: String,
    /// What to do: one sentence.
    pub help: String,
    /// The exact sub-expression.
    pub span: Span,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// Request environments in which it holds, as `User, Action::"view", Photo`, sorted. Empty means
    /// that it does not depend on one.
    pub environments: Vec<Arc<str>>,
    /// Edits that make it go away.
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// A finding without labels, environments or fixes. Its severity is filled in from the rule.
    pub fn new(
        rule: &'static crate::rules::Rule,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code: rule.code,
            severity: rule.severity,
            message: message.into(),
            why: String::new(),
            help: help.into(),
            span,
            labels: Vec::new(),
            environments: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, at: Place, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            at,
            message: message.into(),
        });
        self
    }

    /// Adds an edit that resolves the finding.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Names the request environments in which it holds.
    #[must_use]
    pub fn in_environments(mut self, environments: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.environments.extend(environments);
        self.environments.sort();
        self.environments.dedup();
        self
    }

    /// Replaces the rule's own severity.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says why it matters here, where the rule's own reason is not enough.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }
}

/// Where a label points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the text that the finding itself is about.
    Here(Span),
    /// In another statement, by its index in the set that the check was given; the span counts from
    /// that statement's start. Of a link, whose number goes on after those of the policies, from its file's start.
    Statement(usize, Span),
}

/// A further place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub at: Place,
    /// What is to be seen there.
    pub message: String,
}

/// Edits that make a finding go away. All spans lie in the text of the finding and do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an instruction: "replace `in` with `==`".
    pub title: String,
    /// Whether it keeps every decision the same or is what the author plainly meant. A tool may apply
    /// safe fixes by itself; others are suggestions.
    pub safe: bool,
    /// The edits, in order of position.
    pub edits: Vec<TextEdit>,
}

impl Fix {
    /// A fix that a tool may apply by itself.
    pub fn safe(title: impl Into<String>, edits: Vec<TextEdit>) -> Self {
        Self {
            title: title.into(),
            safe: true,
            edits,
        }
    }

    /// The text with the fix.
    #[cfg(test)]
    pub(crate) fn applied(&self, text: &str) -> String {
        let mut fixed = text.to_owned();
        for edit in self.edits.iter().rev() {
            fixed.replace_range(edit.span.range(), &edit.insert);
        }
        fixed
    }

    /// A fix that a person should read first.
    pub fn suggestion(title: impl Into<String>, edits: Vec<TextEdit>) -> Self {
        Self {
            title: title.into(),
            safe: false,
            edits,
        }
    }
}

/// Replaces one span with other text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What takes its place; empty to delete.
    pub insert: String,
}

impl TextEdit {
    /// Replaces `span` with `insert`.
    pub fn replace(span: Span, insert: impl Into<String>) -> Self {
        Self {
            span,
            insert: insert.into(),
        }
    }

    /// Deletes `span`.
    pub const fn delete(span: Span) -> Self {
        Self {
            span,
            insert: String::new(),
        }
    }

    /// Inserts before the byte at `offset`.
    pub fn insert(offset: u32, insert: impl Into<String>) -> Self {
        Self::replace(Span::at(offset), insert)
    }
}
