//! Runs of tests as workflow commands of GitHub Actions.

use super::{Told, headline, summary};
use crate::render::Options;
use crate::render::escape::visible;
use crate::render::github::{Command, write_command, write_finding};
use crate::report::ReportedFinding;
use crate::suite::outcome::{Outcome, TestReport};

/// A run of tests as annotations, one a line, the gravest first, and a last line of counts.
///
/// GitHub shows ten annotations of each level and step and drops the others, so what failed comes before
/// what is missing.
pub(super) fn github(report: &TestReport, options: &Options<'_>) -> String {
    let mut out = String::new();
    let told = Told::by(report);
    for test in &report.tests {
        let level = match test.outcome {
            Outcome::Error if told.tells(test) => continue,
            Outcome::Failed | Outcome::Error => "error",
            Outcome::Skipped | Outcome::Passed => continue,
        };
        let why = test
            .reasons
            .iter()
            .filter(|reason| **reason != headline(test));
        let lines: Vec<String> = std::iter::once(headline(test))
            .chain(why.map(|reason| format!("why: {reason}")))
            .collect();
        write_command(
            &mut out,
            &Command {
                level,
                file: &test.file,
                range: test.range,
                title: &visible(&format!("{} > {}", test.suite, test.name)),
                lines: &lines,
            },
            options,
        );
    }
    let mut findings: Vec<&ReportedFinding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings {
        write_finding(&mut out, finding, options);
    }
    for survivor in report.mutation.iter().flat_map(|all| &all.survivors) {
        write_command(
            &mut out,
            &Command {
                level: "warning",
                file: &survivor.file,
                range: survivor.range,
                title: "survived",
                lines: std::slice::from_ref(&survivor.message),
            },
            options,
        );
    }
    for policy in report.coverage.iter().flat_map(|all| &all.policies) {
        for missing in &policy.missing {
            write_command(
                &mut out,
                &Command {
                    level: "notice",
                    file: &policy.file,
                    range: missing.range,
                    title: "not covered",
                    lines: std::slice::from_ref(&missing.message),
                },
                options,
            );
        }
    }
    if let Some(mutation) = &report.mutation {
        out.push_str(&super::text::mutants(mutation.totals));
        out.push('\n');
    }
    out.push_str(&summary(&report.summary));
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::test::{self, failed};
    use crate::suite::outcome::TestResult;

    #[test]
    fn what_failed_comes_before_what_is_missing() {
        insta::assert_snapshot!(github(&test::report(), &Options::default()));
    }

    #[test]
    fn user_text_cannot_start_a_command_or_a_property() {
        let evil = "50%,line=9::x\r\n::stop-commands::t\x1b[2K";
        let test = TestResult {
            suite: evil.into(),
            name: evil.into(),
            reasons: vec![evil.to_owned()],
            ..failed()
        };
        let out = github(&test::of(test), &Options::default());
        assert_eq!(out.lines().count(), 2, "{out}");
        assert!(!out.contains('\x1b'));
        assert!(
            out.contains(
                r"title=50%25%2Cline=9%3A%3Ax\r\n%3A%3Astop-commands%3A%3At\u{1b}[2K > 50"
            ),
            "{out}"
        );
        assert!(out.contains(r"%0Awhy: 50%25,line=9::x\r\n::stop"), "{out}");
    }
}
