//! Comparisons of bundles for people and for other tools.

mod github;
mod markdown;
mod story;
mod text;

pub(super) use crate::change::compact::request;
use github::github;
use markdown::markdown;
use text::text;

use super::Options;
use crate::change::{Change, Relation, Summary};

/// What a comparison is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ChangeFormat {
    /// For a terminal.
    #[default]
    Text,
    /// Everything, in the shape of [`crate::wire::change::Change`].
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// A comment in GitHub-flavoured Markdown.
    Markdown,
}

impl ChangeFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Github, Self::Markdown];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// A comparison in one of the formats. JSON has no final line break.
pub fn change(format: ChangeFormat, change: &Change, options: &Options<'_>) -> String {
    match format {
        ChangeFormat::Text => text(change, options),
        ChangeFormat::Json => change_json(change),
        ChangeFormat::Github => github(change, options),
        ChangeFormat::Markdown => markdown(change, options),
    }
}

/// A comparison as JSON, without a final line break.
pub fn change_json(change: &Change) -> String {
    serde_json::to_string(&crate::wire::change::Change::from(change)).unwrap_or_default()
}

/// What the change comes to, in a few words.
fn verdict(change: &Change) -> &'static str {
    match change.relation {
        Relation::Equivalent => "allows the same",
        Relation::Wider => "allows more",
        Relation::Narrower => "allows less",
        Relation::Incomparable => "allows some more and some less",
        Relation::Unknown => "not all of it could be decided",
    }
}

/// Counts in one line.
fn counts(summary: &Summary) -> String {
    let relations = [
        (summary.wider, Relation::Wider),
        (summary.narrower, Relation::Narrower),
        (summary.incomparable, Relation::Incomparable),
        (summary.unknown, Relation::Unknown),
        (summary.equivalent, Relation::Equivalent),
    ];
    let all: usize = relations.iter().map(|(count, _)| count).sum();
    let parts: Vec<String> = relations
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, relation)| format!("{count} {}", relation.as_str()))
        .collect();
    let kinds = super::text::counted_as(all, "kind of request", "kinds of request");
    match parts.is_empty() {
        true => kinds,
        false => format!("{kinds}: {}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests;
