//! Reports for people and for other tools.
//!
//! Every renderer is a pure function of the report, the sources and the options, so every door gives
//! the same bytes.

mod authorization;
mod change;
mod escape;
mod excerpt;
mod gate;
mod github;
mod markdown;
mod mask;
mod paint;
mod rules;
#[cfg(test)]
pub(crate) mod sample;
mod sarif;
mod test;
mod text;
mod tier;
mod tier_docs;

pub use authorization::{authorization_json, authorization_text};
pub use change::{ChangeFormat, change, change_json};
pub use gate::{GateFormat, GateSource, gate};
pub use github::github;
pub use markdown::markdown;
pub use rules::{anchor, docs_checks, rule_page, rules_json, rules_list};
pub use sarif::sarif;
pub use test::{TestFormat, test_json, test_report};
pub(crate) use text::counted_as;
pub use text::text;
pub use tier::{TierFormat, tier, tier_json};
pub use tier_docs::docs_tiers;

use crate::Report;

/// Gives the text of a file of the bundle by its path.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a report is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// Excerpts for a terminal.
    #[default]
    Text,
    /// Everything, in the shape of [`crate::wire::Report`].
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A summary in GitHub-flavoured Markdown.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
    ];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// How a report is rendered. JSON heeds none of it: it is the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// Text: whether to use the colour codes of ANSI terminals.
    pub color: bool,
    /// Text: columns of the terminal; longer lines of source are cut around what is wrong.
    pub width: usize,
    /// What stands before the path of every file, as `policies/`: text, SARIF, GitHub and Markdown are
    /// read from the root of a repository, in which a bundle may be a folder.
    pub prefix: &'a str,
    /// Text of a run of tests: whether everything is listed, and not only what needs attention.
    pub verbose: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            prefix: "",
            verbose: false,
        }
    }
}

/// A report in one of the formats. JSON and SARIF have no final line break.
pub fn report(
    format: Format,
    report: &Report,
    sources: Sources<'_>,
    options: &Options<'_>,
) -> String {
    match format {
        Format::Text => text(report, sources, options),
        Format::Json => json(report),
        Format::Sarif => sarif(report, sources, options),
        Format::Github => github(report, options),
        Format::Markdown => markdown(report, options),
    }
}

/// A report as JSON, without a final line break.
pub fn json(report: &Report) -> String {
    serde_json::to_string(&crate::wire::Report::from(report)).unwrap_or_default()
}

/// A number of things: `1 file`, `2 files`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Format, Options, json, report, sample};

    #[test]
    fn every_format_has_a_name_and_its_own_output() {
        let sample = sample::report();
        let mut outputs: Vec<String> = Format::ALL
            .into_iter()
            .map(|format| {
                assert_eq!(Format::parse(format.as_str()), Some(format));
                report(format, &sample, &|_| None, &Options::default())
            })
            .collect();
        outputs.sort();
        outputs.dedup();
        assert_eq!(outputs.len(), Format::ALL.len());
        assert_eq!(Format::parse("Text"), None);
    }

    #[test]
    fn json_has_everything_under_stable_names() {
        let expected = r#"{
  "schema_version": 1,
  "findings": [
    {
      "code": "open-action",
      "severity": "high",
      "message": "`action` is not constrained",
      "why": "actions that are added later are granted too",
      "help": "do it right",
      "file": "policies/naïve file.cedar",
      "policy": "open",
      "range": {
        "start": {"byte": 19, "utf16": 19, "line": 1, "column": 20},
        "end": {"byte": 25, "utf16": 25, "line": 1, "column": 26}
      },
      "labels": [
        {
          "file": "policies/naïve file.cedar",
          "range": {
            "start": {"byte": 27, "utf16": 27, "line": 1, "column": 28},
            "end": {"byte": 35, "utf16": 35, "line": 1, "column": 36}
          },
          "message": "nor is `resource`"
        }
      ],
      "environments": ["Agent, Action::\"edit\", Photo", "User, Action::\"view\", Photo"],
      "fixes": [
        {
          "title": "name the action",
          "safe": true,
          "edits": [
            {
              "range": {
                "start": {"byte": 19, "utf16": 19, "line": 1, "column": 20},
                "end": {"byte": 25, "utf16": 25, "line": 1, "column": 26}
              },
              "insert": "action == Action::\"view\""
            }
          ]
        }
      ],
      "refs": ["NHI5", "NIST SP 800-53r5 AC-6"]
    },
    {
      "code": "cedar/unexpected-type",
      "severity": "error",
      "message": "expected a long, found a string",
      "why": "the policy would always err",
      "help": "do it right",
      "file": "policies/naïve file.cedar",
      "policy": null,
      "range": {
        "start": {"byte": 82, "utf16": 82, "line": 3, "column": 8},
        "end": {"byte": 90, "utf16": 86, "line": 3, "column": 12}
      },
      "labels": [],
      "environments": [],
      "fixes": [],
      "refs": []
    }
  ],
  "summary": {
    "files": 2,
    "policies": 2,
    "broken_statements": 0,
    "schema": "used",
    "error": 1,
    "high": 1,
    "medium": 0,
    "low": 0,
    "suppressed": 0,
    "proofs": {"asked": 0, "undecided": 0}
  },
  "digest": "00ff"
}"#;
        // Layout is for the reader of this test; the order of keys is part of the expectation.
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap_or_default();
        assert_eq!(json(&sample::report()), expected.to_string());
    }
}
