//! The JSON of every door. TypeScript's declarations are generated from these types.
//!
//! They borrow from the report and convert its lists item by item while they are written, so that
//! serialising costs no copy of the findings.

pub mod authorization;
pub mod change;
pub mod changes;
pub mod gate;
pub mod test;
pub mod tier;
#[cfg(feature = "typescript")]
mod typescript;

#[cfg(feature = "typescript")]
pub use typescript::typescript;

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::finding::{self, TextEdit};
use crate::report::{self, ReportedFinding, ReportedFix, ReportedLabel};
use crate::rules;
use crate::source;

/// The version of the shapes below. Additions keep it; anything else raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// What a check of a bundle found.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Report<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// What was found, by file, position, code and message.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Finding>"))]
    pub findings: List<'a, ReportedFinding, Finding<'a>>,
    /// How much was looked at and found.
    pub summary: Summary,
    /// SHA-256 of the bundle's bytes: over the sorted list of paths and file digests, in lower-case
    /// hexadecimal.
    pub digest: &'a str,
}

/// One thing that is wrong at one place.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Finding<'a> {
    /// The code of its rule.
    pub code: &'a str,
    /// Its severity under the bundle's configuration.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: &'a str,
    /// Why it matters, in one sentence.
    pub why: &'a str,
    /// What to do, in one sentence.
    pub help: &'a str,
    /// Path of the file.
    pub file: &'a str,
    /// The policy's `@id`; null where it has none or the finding is not about a policy.
    pub policy: Option<&'a str>,
    /// Where, in the file.
    pub range: Range,
    /// Other places that explain it.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Label>"))]
    pub labels: List<'a, ReportedLabel, Label<'a>>,
    /// Request environments in which it holds, as `User, Action::"view", Photo`, sorted; empty where it
    /// depends on none.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub environments: &'a [Arc<str>],
    /// Edits that make it go away.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Fix>"))]
    pub fixes: List<'a, ReportedFix, Fix<'a>>,
    /// Standards that ask for it.
    pub refs: &'a [&'a str],
}

/// How much a finding matters, from `low` to `error`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Style, or noise that hides meaning.
    Low,
    /// Probably not what was meant.
    Medium,
    /// Grants too much, fails open, or cannot be reviewed.
    High,
    /// Wrong for everybody.
    Error,
}

/// A half-open range.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Range {
    /// The first character.
    pub start: Position,
    /// Just past the last character.
    pub end: Position,
}

/// A place in a file, in every encoding that somebody counts in.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Position {
    /// UTF-8 bytes before it.
    pub byte: u32,
    /// UTF-16 code units before it.
    pub utf16: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
}

/// A further place that explains a finding.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Label<'a> {
    /// Path of the file.
    pub file: &'a str,
    /// Where, in that file.
    pub range: Range,
    /// What is to be seen there.
    pub message: &'a str,
}

/// Edits that make a finding go away, all in the finding's file.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Fix<'a> {
    /// What it does, as an instruction.
    pub title: &'a str,
    /// Whether a tool may apply it by itself.
    pub safe: bool,
    /// The edits, in order of position; they do not overlap.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Edit>"))]
    pub edits: List<'a, (report::Range, TextEdit), Edit<'a>>,
}

/// A replacement of one range by other text.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Edit<'a> {
    /// What is replaced; empty to insert.
    pub range: Range,
    /// What takes its place; empty to delete.
    pub insert: &'a str,
}

/// Counts.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Summary {
    /// Files in the bundle.
    pub files: usize,
    /// Policies and templates that Cedar's parser accepts.
    pub policies: usize,
    /// Statements that it does not accept.
    pub broken_statements: usize,
    /// What the policies were type-checked against.
    pub schema: SchemaUse,
    /// Findings of severity `error`.
    pub error: usize,
    /// Findings of severity `high`.
    pub high: usize,
    /// Findings of severity `medium`.
    pub medium: usize,
    /// Findings of severity `low`.
    pub low: usize,
    /// Findings that a comment in the text suppressed.
    pub suppressed: usize,
    /// How much was asked for proofs.
    pub proofs: Proofs,
}

/// How much was asked for proofs. It depends on the bundle alone.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Proofs {
    /// Questions.
    pub asked: u32,
    /// Questions without an answer, and those that were not asked because there are too many.
    pub undecided: u32,
}

/// What the policies of a bundle were type-checked against: the bundle's schema, or nothing, since the schema
/// has errors or there is none.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SchemaUse {
    /// The bundle's schema.
    Used,
    /// Nothing: the schema has errors, or was not read.
    Invalid,
    /// Nothing: there is no schema.
    Missing,
}

/// Every code that a finding can have.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rules<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// The rules, by code.
    pub rules: Vec<Rule<'a>>,
}

/// What is known of one code.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rule<'a> {
    /// The stable code.
    pub code: &'a str,
    /// Its severity unless the bundle's configuration says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'a str,
    /// The profile from which on it is reported.
    pub profile: Profile,
    /// Standards that ask for it.
    pub refs: &'a [&'a str],
    /// The strictest profile in which a comment in the policy text can suppress it; null where none can.
    pub suppressible: Option<Profile>,
}

/// How much a team wants to be told; each includes the ones before it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What is wrong for anybody.
    Basic,
    /// Adds metadata and ownership.
    Governed,
    /// Adds evidence.
    Regulated,
}

impl From<rules::Profile> for Profile {
    fn from(profile: rules::Profile) -> Self {
        match profile {
            rules::Profile::Basic => Self::Basic,
            rules::Profile::Governed => Self::Governed,
            rules::Profile::Regulated => Self::Regulated,
        }
    }
}

impl Rules<'static> {
    /// All rules.
    pub fn all() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            rules: rules::all().map(Rule::from).collect(),
        }
    }
}

/// A list whose items are converted to `W` while they are written.
pub struct List<'a, T, W> {
    items: &'a [T],
    as_items_of: PhantomData<fn() -> W>,
}

impl<'a, T, W> From<&'a [T]> for List<'a, T, W> {
    fn from(items: &'a [T]) -> Self {
        Self {
            items,
            as_items_of: PhantomData,
        }
    }
}

impl<'a, T, W: From<&'a T> + Serialize> Serialize for List<'a, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(W::from))
    }
}

impl<T, W> Clone for List<'_, T, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, W> Copy for List<'_, T, W> {}

impl<T: std::fmt::Debug, W> std::fmt::Debug for List<'_, T, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(f)
    }
}

impl<'a> From<&'a report::Report> for Report<'a> {
    fn from(report: &'a report::Report) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            findings: report.findings.as_slice().into(),
            summary: (&report.summary).into(),
            digest: &report.digest,
        }
    }
}

impl<'a> From<&'a ReportedFinding> for Finding<'a> {
    fn from(finding: &'a ReportedFinding) -> Self {
        Self {
            code: finding.rule.code,
            severity: finding.severity.into(),
            message: &finding.message,
            why: &finding.why,
            help: &finding.help,
            file: &finding.file,
            policy: finding.policy.as_deref(),
            range: finding.range.into(),
            labels: finding.labels.as_slice().into(),
            environments: &finding.environments,
            fixes: finding.fixes.as_slice().into(),
            refs: finding.rule.refs,
        }
    }
}

impl From<finding::Severity> for Severity {
    fn from(severity: finding::Severity) -> Self {
        match severity {
            finding::Severity::Low => Self::Low,
            finding::Severity::Medium => Self::Medium,
            finding::Severity::High => Self::High,
            finding::Severity::Error => Self::Error,
        }
    }
}

impl From<report::Range> for Range {
    fn from(range: report::Range) -> Self {
        Self {
            start: range.start.into(),
            end: range.end.into(),
        }
    }
}

impl From<source::Position> for Position {
    fn from(position: source::Position) -> Self {
        Self {
            byte: position.byte,
            utf16: position.utf16,
            line: position.line,
            column: position.column,
        }
    }
}

impl<'a> From<&'a ReportedLabel> for Label<'a> {
    fn from(label: &'a ReportedLabel) -> Self {
        Self {
            file: &label.file,
            range: label.range.into(),
            message: &label.message,
        }
    }
}

impl<'a> From<&'a ReportedFix> for Fix<'a> {
    fn from(fix: &'a ReportedFix) -> Self {
        Self {
            title: &fix.title,
            safe: fix.safe,
            edits: fix.edits.as_slice().into(),
        }
    }
}

impl<'a> From<&'a (report::Range, TextEdit)> for Edit<'a> {
    fn from((range, edit): &'a (report::Range, TextEdit)) -> Self {
        Self {
            range: (*range).into(),
            insert: &edit.insert,
        }
    }
}

impl From<&report::Summary> for Summary {
    fn from(summary: &report::Summary) -> Self {
        let count = |severity| summary.by_severity.get(&severity).copied().unwrap_or(0);
        Self {
            files: summary.files,
            policies: summary.policies,
            broken_statements: summary.broken_statements,
            schema: match summary.schema {
                report::SchemaUse::Used => SchemaUse::Used,
                report::SchemaUse::Invalid => SchemaUse::Invalid,
                report::SchemaUse::Missing => SchemaUse::Missing,
            },
            error: count(finding::Severity::Error),
            high: count(finding::Severity::High),
            medium: count(finding::Severity::Medium),
            low: count(finding::Severity::Low),
            suppressed: summary.suppressed,
            proofs: Proofs {
                asked: summary.proofs.asked,
                undecided: summary.proofs.undecided,
            },
        }
    }
}

impl From<&'static rules::Rule> for Rule<'static> {
    fn from(rule: &'static rules::Rule) -> Self {
        Self {
            code: rule.code,
            severity: rule.severity.into(),
            summary: rule.summary,
            profile: rule.profile.into(),
            refs: rule.refs,
            suppressible: rule.suppressible.map(Into::into),
        }
    }
}
