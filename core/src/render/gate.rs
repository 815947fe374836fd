//! The gate's answer for people and for other tools.

mod markdown;
mod oscal;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

use crate::govern::Answer;
use crate::time::Instant;
use crate::wire::gate::GateReport;

/// What an answer is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum GateFormat {
    /// For a terminal.
    #[default]
    Text,
    /// Everything, in the shape of [`GateReport`].
    Json,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// SARIF 2.1.0, with the standards as taxonomies.
    Sarif,
    /// Assessment results of OSCAL 1.1.
    Oscal,
}

impl GateFormat {
    /// All formats.
    pub const ALL: [Self; 5] = [
        Self::Text,
        Self::Json,
        Self::Markdown,
        Self::Sarif,
        Self::Oscal,
    ];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Oscal => "oscal",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// What an answer is about.
#[derive(Debug, Clone, Copy)]
pub struct GateSource<'a> {
    /// The path of the change record.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What counted as now.
    pub as_of: Instant,
}

/// An answer in one of the formats.
pub fn gate(format: GateFormat, answer: &Answer, source: GateSource<'_>) -> String {
    let report = GateReport::of(answer, source.text);
    match format {
        GateFormat::Text => text::text(&report, source),
        GateFormat::Json => serde_json::to_string(&report).unwrap_or_default(),
        GateFormat::Markdown => markdown::markdown(&report, source),
        GateFormat::Sarif => sarif::sarif(&report, source),
        GateFormat::Oscal => oscal::oscal(&report, source),
    }
}
