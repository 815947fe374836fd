//! Holds what the tests reached against what `portcullis.yaml` asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    // Of what was not measured no policy has a share.
    let each = [
        (
            asked.each.clauses,
            coverage.is_none(),
            "clauses of each policy",
            help,
        ),
        (
            asked.each.conditions,
            coverage.is_none(),
            "conditions of each policy",
            help,
        ),
        (
            asked.each.score,
            mutants.is_none(),
            "mutants killed of each policy",
            mutants_help,
        ),
    ];
    let each = each.into_iter().filter(|(_, unmeasured, ..)| *unmeasured);
    let unmeasured = each.map(|(threshold, _, what, help)| (threshold, None, what, help));
    let index = LineIndex::new(text);
    let mut findings = Vec::new();
    for (threshold, ratio, what, help) in shares.into_iter().chain(unmeasured) {
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
        findings.push(finding(
            FILE_NAME.into(),
            None,
            Range {
                start: index.position(text, threshold.span.start, Position::START),
                end: index.position(text, threshold.span.end, Position::START),
            },
            (message, help),
        ));
    }
    findings.extend(of_each(report, asked));
    findings
}

/// A finding for each policy of which some share is too small, at the policy.
fn of_each(report: &TestReport, asked: &Thresholds) -> Vec<ReportedFinding> {
    type Place = (Arc<str>, u32, Arc<str>, Range);
    let mut missed: BTreeMap<(Arc<str>, u32), (Place, Vec<String>)> = BTreeMap::new();
    let mut add = |place: Place, ratio: Ratio, threshold: Option<Threshold>, what: &str| {
        if let Some(threshold) = threshold.filter(|threshold| !reaches(ratio, *threshold)) {
            let Ratio { covered, total } = ratio;
            let percent = threshold.percent;
            let key = (Arc::clone(&place.0), place.1);
            let (_, said) = missed.entry(key).or_insert_with(|| (place, Vec::new()));
            said.push(format!(
                "{what} {covered} of {total}, which is less than {percent} %"
            ));
        }
    };
    let place = |policy: &Arc<str>, file: &Arc<str>, range: Range| {
        let (file, policy) = (Arc::clone(file), Arc::clone(policy));
        (file, range.start.byte, policy, range)
    };
    for of in report.coverage.iter().flat_map(|all| &all.policies) {
        let at = place(&of.policy, &of.file, of.range);
        add(at.clone(), of.totals.clauses, asked.each.clauses, "clauses");
        add(
            at,
            of.totals.conditions,
            asked.each.conditions,
            "conditions",
        );
    }
    for of in report.mutation.iter().flat_map(|all| &all.policies) {
        let ratio = Ratio {
            covered: of.totals.killed,
            total: of.totals.killed + of.totals.survived,
        };
        let at = place(&of.policy, &of.file, of.range);
        add(at, ratio, asked.each.score, "mutants killed");
    }
    missed
        .into_values()
        .map(|((file, _, policy, range), said)| {
            let message = format!(
                "of `{policy}` the tests reach too little: {}",
                said.join("; ")
            );
            let help =
                "add cases for what `portcullis test --coverage --mutation --suggest` lists of it";
            finding(file, Some(policy), range, (message, help))
        })
        .collect()
}

fn finding(
    file: Arc<str>,
    policy: Option<Arc<str>>,
    range: Range,
    (message, help): (String, &str),
) -> ReportedFinding {
    ReportedFinding {
        rule: &ours::TESTS_BELOW_THRESHOLD,
        severity: ours::TESTS_BELOW_THRESHOLD.severity,
        message,
        why: ours::TESTS_BELOW_THRESHOLD.why.to_owned(),
        help: help.to_owned(),
        file,
        policy,
        range,
        labels: Vec::new(),
        environments: Vec::new(),
        fixes: Vec::new(),
    }
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
    fn each_policy_that_reaches_too_little_is_named_once_at_its_place() {
        let text = "tests: {each: {clauses: 100, conditions: 100, score: 100}}";
        let (config, problems) = crate::config::parse(text);
        assert_eq!(problems, []);
        assert!(config.tests.need_coverage() && config.tests.need_mutation());
        let report = report();
        let missed = missed(&report, &config.tests, text);
        let coverage = report.coverage.as_ref().map(|all| &all.policies);
        let places: Vec<_> = (coverage.into_iter().flatten())
            .map(|of| (Some(of.policy.clone()), of.file.clone(), of.range))
            .collect();
        assert!(!missed.is_empty() && missed.len() <= places.len());
        for finding in &missed {
            let place = (finding.policy.clone(), finding.file.clone(), finding.range);
            assert!(places.contains(&place), "{finding:?}");
        }
        let said: Vec<&str> = missed.iter().map(|f| &*f.message).collect();
        assert!(said.iter().all(|said| said.contains(" of ")), "{said:#?}");
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
