//! What a run returns.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Severity, TextEdit};
use crate::rules::Rule;
use crate::source::{Position, Span};

/// Everything that a check of a bundle found, in a total order: by file, position, code and message.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was found.
    pub findings: Vec<ReportedFinding>,
    /// How much was looked at and found.
    pub summary: Summary,
    /// Digest of the bundle's bytes: lower-case hexadecimal SHA-256 over the sorted list of paths and
    /// file digests. See `Workspace::digest`.
    pub digest: String,
}

/// A finding with positions in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedFinding {
    /// Its rule.
    pub rule: &'static Rule,
    /// Its severity under the bundle's configuration.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Path of the file.
    pub file: Arc<str>,
    /// The policy: its `@id`, or `None` where it has none or the finding is not about a policy.
    pub policy: Option<Arc<str>>,
    /// Where, in the file.
    pub range: Range,
    /// Other places.
    pub labels: Vec<ReportedLabel>,
    /// Request environments in which it holds, sorted; empty where it depends on none.
    pub environments: Vec<Arc<str>>,
    /// Edits that make it go away; their spans count from the start of the file.
    pub fixes: Vec<ReportedFix>,
}

/// A range with its ends in every encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first character.
    pub start: Position,
    /// Just past the last character.
    pub end: Position,
}

impl Range {
    /// The range as a byte span of the file.
    pub const fn span(&self) -> Span {
        Span::new(self.start.byte, self.end.byte)
    }
}

/// A label with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedLabel {
    /// Path of the file.
    pub file: Arc<str>,
    /// Where, in that file.
    pub range: Range,
    /// What is to be seen there.
    pub message: String,
}

/// A fix with its positions.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedFix {
    /// What it does.
    pub title: String,
    /// Whether a tool may apply it by itself.
    pub safe: bool,
    /// What to replace by what, in the finding's file, in order of position.
    pub edits: Vec<(Range, TextEdit)>,
}

/// Counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files in the bundle.
    pub files: usize,
    /// Whether the report is of one file of the bundle alone.
    pub of_one_file: bool,
    /// Policies and templates that Cedar's parser accepts.
    pub policies: usize,
    /// Statements that it does not accept.
    pub broken_statements: usize,
    /// What the policies were type-checked against.
    pub schema: SchemaUse,
    /// Findings by severity.
    pub by_severity: BTreeMap<Severity, usize>,
    /// Findings that a comment in the text suppressed.
    pub suppressed: usize,
    /// How much was asked for proofs.
    pub proofs: Proofs,
}

/// How much was asked for proofs, for what the report says. The same for the same bundle, whatever was known before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Questions.
    pub asked: u32,
    /// Questions without an answer, and those that were not asked because there are too many: where they would have
    /// found something, the report does not say so.
    pub undecided: u32,
}

impl Summary {
    /// What was counted since `before`; findings are counted at the end.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            files: self.files - before.files,
            of_one_file: true,
            policies: self.policies - before.policies,
            broken_statements: self.broken_statements - before.broken_statements,
            schema: self.schema,
            by_severity: BTreeMap::new(),
            suppressed: self.suppressed - before.suppressed,
            proofs: self.proofs,
        }
    }
}

/// What the policies of a bundle were type-checked against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SchemaUse {
    /// The bundle's schema.
    Used,
    /// Nothing: the bundle's schema has errors, or was not read.
    Invalid,
    /// Nothing: the bundle has no schema.
    #[default]
    Missing,
}
