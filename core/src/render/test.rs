//! Runs of policy tests for people and for other tools.

mod change;
mod diff;
mod github;
mod junit;
mod lcov;
mod markdown;
mod table;
mod text;

use github::github;
use junit::junit;
use lcov::lcov;
use markdown::markdown;
use text::text;

use std::collections::BTreeSet;

use super::{Options, Sources, counted};
use crate::suite::coverage::Ratio;
use crate::suite::outcome::{Outcome, TestReport, TestResult, TestSummary};

/// What a run of tests is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TestFormat {
    /// For a terminal.
    #[default]
    Text,
    /// Everything, in the shape of [`crate::wire::test::TestReport`].
    Json,
    /// XML as Jenkins, GitLab and most others read it.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// A summary in GitHub-flavoured Markdown.
    Markdown,
    /// Coverage as genhtml and editors read it.
    Lcov,
}

impl TestFormat {
    /// All formats.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Json,
        Self::Junit,
        Self::Github,
        Self::Markdown,
        Self::Lcov,
    ];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Lcov => "lcov",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// A run of tests in one of the formats. JSON has no final line break.
pub fn test_report(
    format: TestFormat,
    report: &TestReport,
    sources: Sources<'_>,
    options: &Options<'_>,
) -> String {
    match format {
        TestFormat::Text => text(report, sources, options),
        TestFormat::Json => test_json(report),
        TestFormat::Junit => junit(report, options),
        TestFormat::Github => github(report, options),
        TestFormat::Markdown => markdown(report, options),
        TestFormat::Lcov => lcov(report, options),
    }
}

/// A run of tests as JSON, without a final line break.
pub fn test_json(report: &TestReport) -> String {
    serde_json::to_string(&crate::wire::test::TestReport::from(report)).unwrap_or_default()
}

/// The counts of a run in one line.
fn summary(summary: &TestSummary) -> String {
    let mut line = counted(cases(summary), "case");
    let counts = outcomes(summary);
    if !counts.is_empty() {
        line.push_str(": ");
        line.push_str(&counts);
    }
    line.push_str(&format!(" in {}", counted(summary.suites, "suite")));
    if summary.left_out > 0 {
        line.push_str(&format!("; {} left out", summary.left_out));
    }
    if summary.broken_suites > 0 {
        line.push_str(&format!(
            "; {} could not be read",
            counted(summary.broken_suites, "suite")
        ));
    }
    line
}

/// How many cases there are, without those that were left out.
const fn cases(summary: &TestSummary) -> usize {
    summary.passed + summary.failed + summary.errors + summary.skipped
}

/// The counts that are not zero, worst first: `1 failed, 3 passed`.
fn outcomes(summary: &TestSummary) -> String {
    tally(summary)
        .into_iter()
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The counts that are not zero, worst first, each with its outcome.
fn tally(summary: &TestSummary) -> Vec<(Outcome, String)> {
    [
        (Outcome::Failed, summary.failed, "failed"),
        (Outcome::Error, summary.errors, "could not be run"),
        (Outcome::Passed, summary.passed, "passed"),
        (Outcome::Skipped, summary.skipped, "skipped"),
    ]
    .into_iter()
    .filter(|(_, count, _)| *count > 0)
    .map(|(outcome, count, word)| (outcome, format!("{count} {word}")))
    .collect()
}

/// What went wrong with a case, in one line; empty where nothing did.
fn headline(test: &TestResult) -> String {
    match (test.outcome, &test.expected, &test.got) {
        (Outcome::Passed, ..) => String::new(),
        (Outcome::Failed, Some(expected), Some(got)) => diff::sentence(expected, got),
        _ => test.reasons.first().cloned().unwrap_or_default(),
    }
}

/// What findings say, by file.
struct Told<'a>(BTreeSet<(&'a str, &'a str)>);

impl<'a> Told<'a> {
    fn by(report: &'a TestReport) -> Self {
        let findings = report.findings.iter();
        Self(findings.map(|f| (&*f.file, f.message.as_str())).collect())
    }

    /// Whether a finding says already why a case could not be run, at the place where it is to be mended.
    fn tells(&self, test: &TestResult) -> bool {
        let reason = test.reasons.first().map_or("", String::as_str);
        test.outcome == Outcome::Error && self.0.contains(&(&*test.file, reason))
    }
}

/// A share in whole percent, which is a hundred only where nothing is missing; `None` of nothing.
fn percent(ratio: Ratio) -> Option<u32> {
    (ratio.total > 0).then(|| (u64::from(ratio.covered) * 100 / u64::from(ratio.total)) as u32)
}

/// Thousandths as percent: `83.3 %`.
fn thousandths(share: u32) -> String {
    format!("{}.{} %", share / 10, share % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::test::{report, sources};

    #[test]
    fn every_format_has_a_name_and_its_own_output() {
        let mut outputs: Vec<String> = TestFormat::ALL
            .into_iter()
            .map(|format| {
                assert_eq!(TestFormat::parse(format.as_str()), Some(format));
                test_report(format, &report(), &sources, &Options::default())
            })
            .collect();
        outputs.sort();
        outputs.dedup();
        assert_eq!(outputs.len(), TestFormat::ALL.len());
        assert_eq!(TestFormat::parse("sarif"), None);
    }

    #[test]
    fn counts_that_are_zero_are_not_named() {
        assert_eq!(
            summary(&report().summary),
            "4 cases: 1 failed, 1 could not be run, 1 passed, 1 skipped in 1 suite"
        );
        let few = TestSummary {
            suites: 2,
            broken_suites: 1,
            passed: 1,
            left_out: 7,
            ..TestSummary::default()
        };
        assert_eq!(
            summary(&few),
            "1 case: 1 passed in 2 suites; 7 left out; 1 suite could not be read"
        );
        assert_eq!(summary(&TestSummary::default()), "0 cases in 0 suites");
    }

    #[test]
    fn a_hundred_percent_means_everything() {
        let of = |covered, total| percent(Ratio { covered, total });
        assert_eq!(of(999, 1000), Some(99));
        assert_eq!(of(1000, 1000), Some(100));
        assert_eq!(of(u32::MAX - 1, u32::MAX), Some(99));
        assert_eq!(of(0, 0), None);
        assert_eq!(thousandths(833), "83.3 %");
    }
}
