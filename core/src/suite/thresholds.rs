//! Holds what the tests reached against what `portcullis.yaml` asks for.

use super::coverage::Ratio;
use super::outcome::TestReport;
use crate::codes::ours;
use crate::config::{FILE_NAME, Threshold, Thresholds};
use crate::report::{Range, ReportedFinding};
use crate::source::{LineIndex, Position};

/// A finding for each share that is too small, at the number in `portcullis.yaml`, whose text is `text`. Of
/// what there is nothing, every share is reached. What was not measured is not reached.
pub fn missed(report: &TestReport, asked: &Thresholds, text: &str) -> Vec<ReportedFinding> {
    let coverage = report.coverage.as_ref().map(|coverage| coverage.totals);
    let mutants = report.mutation.as_ref().map(|mutation| Ratio {
        covered: mutation.totals.killed,
        total: mutation.totals.killed + mutation.totals.survived,
    });
    let help =
        "add cases for what is not covered, which `portcullis test --coverage --suggest` lists";
    let mutants_help = "add cases that notice the edits which `portcullis test --mutation` lists";
    let shares = [
        (
            asked.policies,
            coverage.map(|t| t.policies),
            "policies that determine a decision",
            help,
        ),
        (asked.clauses, coverage.map(|t| t.clauses), "clauses", help),
        (
            asked.conditions,
            coverage.map(|t| t.conditions),
            "conditions",
            help,
        ),
        (
            asked.decisive,
            coverage.map(|t| t.decisive),
            "decisive conditions",
            help,
        ),
        (
            asked.environments,
            coverage.map(|t| t.environments),
            "request environments",
            help,
        ),
        (asked.score, mutants, "mutants killed", mutants_help),
    ];
    let index = LineIndex::new(text);
    let mut findings = Vec::new();
    for (threshold, ratio, what, help) in shares {
        let Some(threshold) = threshold else {
            continue;
        };
        let message = match ratio {
            Some(ratio) if reaches(ratio, threshold) => continue,
            Some(Ratio { covered, total }) => format!(
                "{what}: {covered} of {total}, which is less than {} %",
                threshold.percent
            ),
            None => format!(
                "{what}: not measured, but {} % are asked for",
                threshold.percent
            ),
        };
        findings.push(ReportedFinding {
            rule: &ours::TESTS_BELOW_THRESHOLD,
            severity: ours::TESTS_BELOW_THRESHOLD.severity,
            message,
            why: ours::TESTS_BELOW_THRESHOLD.why.to_owned(),
            help: help.to_owned(),
            file: FILE_NAME.into(),
            policy: None,
            range: Range {
                start: index.position(text, threshold.span.start, Position::START),
                end: index.position(text, threshold.span.end, Position::START),
            },
            labels: Vec::new(),
            environments: Vec::new(),
            fixes: Vec::new(),
        });
    }
    findings
}

fn reaches(ratio: Ratio, threshold: Threshold) -> bool {
    u64::from(ratio.covered) * 100 >= u64::from(threshold.percent) * u64::from(ratio.total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::test::report;

    #[test]
    fn what_is_too_small_is_named_at_its_number() {
        let text = "tests:\n  coverage:\n    policies: 50\n    clauses: 76\n    environments: 66\n    decisive: 34\n  mutation: {score: 84}\n";
        let (config, problems) = crate::config::parse(text);
        assert_eq!(problems, []);
        let report = report();
        let found: Vec<(String, &str)> = missed(&report, &config.tests, text)
            .into_iter()
            .map(|finding| (finding.message, finding.range.span().text(text)))
            .collect();
        let expected = [
            ("clauses: 6 of 8, which is less than 76 %", "76"),
            ("decisive conditions: 2 of 6, which is less than 34 %", "34"),
            ("mutants killed: 5 of 6, which is less than 84 %", "84"),
        ];
        assert_eq!(
            found,
            expected.map(|(message, at)| (message.to_owned(), at))
        );
    }

    #[test]
    fn what_was_not_measured_is_not_reached() {
        let text = "tests: {coverage: {clauses: 0}, mutation: {score: 1}}";
        let (config, _) = crate::config::parse(text);
        let mut report = report();
        report.mutation = None;
        let missed = missed(&report, &config.tests, text);
        let messages: Vec<&str> = missed.iter().map(|f| &*f.message).collect();
        assert_eq!(
            messages,
            ["mutants killed: not measured, but 1 % are asked for"]
        );
    }

    #[test]
    fn of_nothing_everything_is_reached() {
        let text = "tests: {coverage: {clauses: 100}}";
        let (config, _) = crate::config::parse(text);
        let mut report = report();
        report.coverage = Some(super::super::Coverage::default());
        assert_eq!(missed(&report, &config.tests, text), []);
    }
}
