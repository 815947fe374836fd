//! What is wrong with suites, and what the checks of policy tests find, for a check and for a run alike.

use std::sync::Arc;

use super::Workspace;
use super::read::Excluded;
use super::suite::ReadFn;
use crate::checks::{self, InFile, Member, Run, TestsContext, nothing_is_tested};
use crate::config::FILE_NAME;
use crate::finding::Finding;
use crate::rules::Rule;

/// What the checks found.
#[derive(Debug, Default)]
pub(super) struct Untested {
    /// By the number of the policy.
    pub(super) of_policies: Vec<(usize, Finding)>,
    /// In suites, what is wrong with them included, and in `portcullis.yaml`.
    pub(super) of_files: Vec<InFile>,
}

/// Whether the rule is one of the checks of policy tests.
pub(super) fn is_of_tests(rule: &Rule) -> bool {
    let mut checks = checks::ALL
        .iter()
        .filter(|check| check.rule.code == rule.code);
    checks.any(|check| matches!(check.run, Run::Suites(_) | Run::Tests(_)))
}

impl Workspace {
    /// Reads the suites and runs the checks of policy tests that are on. Cases are evaluated only where such a
    /// check needs it, and nothing is read or run where there is nothing to look at. `coverage` says that the cases will be run with coverage right afterwards.
    pub(super) fn untested(
        &mut self,
        excluded: &Excluded,
        read: ReadFn,
        coverage: bool,
    ) -> Untested {
        let mut out = Untested::default();
        let config = &self.config.config;
        let on = checks::ALL
            .iter()
            .filter(|check| config.severity(check.rule, check.rule.severity).is_some());
        let mut of_suites = Vec::new();
        let mut of_tests = Vec::new();
        let mut policies_must_be_tested = false;
        for check in on {
            match check.run {
                Run::Suites(run) => of_suites.push(run),
                Run::Tests(run) => {
                    policies_must_be_tested |= check.rule.code == "untested-policy";
                    of_tests.push(run);
                }
                _ => {}
            }
        }
        let suites = self.suite_files(excluded).len();
        if suites == 0 && !policies_must_be_tested {
            return out;
        }
        let mut state = std::mem::take(&mut self.suites);
        let policies = self.test_policies(excluded);
        let read_now = state.read(self, &policies, excluded, read);
        out.of_files.extend(state.findings());
        let files = self.suites_of(&state, excluded);
        if !of_suites.is_empty() {
            let suites: Vec<_> = files.iter().map(|file| Arc::clone(&file.suite)).collect();
            for run in of_suites {
                run(&suites, &mut out.of_files);
            }
        }
        if !of_tests.is_empty() && !policies.members.is_empty() {
            let evidence = state.runner.evidence(&policies, &files, coverage);
            if evidence.cases.is_empty() {
                if policies_must_be_tested {
                    let text = self.text(FILE_NAME).unwrap_or_default();
                    let finding = nothing_is_tested(&text, suites);
                    out.of_files.push((FILE_NAME.into(), finding));
                }
            } else {
                let members: Vec<Member<'_>> = policies
                    .statements
                    .iter()
                    .map(|statement| Member {
                        policy: &statement.parsed.policy,
                        scope: statement.scope,
                        alone: None,
                    })
                    .collect();
                let context = TestsContext {
                    policies: &members,
                    evidence: &evidence,
                    schema: self.schema.schema.as_deref(),
                };
                for run in of_tests {
                    run(&context, &mut out.of_policies);
                }
            }
        }
        let counters = state.runner.counters();
        drop(files);
        self.counters.suites_read += read_now;
        self.counters.cases_evaluated = counters.cases_evaluated;
        self.counters.coverage_faults = counters.coverage_faults;
        self.suites = state;
        out
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::suite::TestOptions;
    use crate::time::Instant;
    use crate::{Edit, EditRange};

    const SCHEMA: &str = "entity User; entity Photo; action view, edit appliesTo { principal: User, resource: Photo, context: { n: Long } };";
    const POLICIES: &str = r#"
@id("alice-views") permit (principal == User::"alice", action == Action::"view", resource);
// portcullis: allow(untested-policy) until 2027-06-30 because "it is tested elsewhere"
@id("bob-edits") permit (principal == User::"bob", action == Action::"edit", resource) when { context.n < 5 };
@id("carol-edits") permit (principal == User::"carol", action == Action::"edit", resource);
"#;
    const SUITE: &str = r#"
cases:
  - { name: alice views, principal: User::"alice", action: view, resource: Photo::"p", context: { n: 1 }, expect: allow }
  - { name: bob edits, skip: later, principal: User::"bob", action: edit, resource: Photo::"p", context: { n: 1 }, expect: allow }
"#;

    fn bundle(profile: &str, suite: Option<&str>) -> Workspace {
        let mut workspace = Workspace::new();
        let config = format!("# tests\nprofile: {profile}\n");
        let mut set = |path: &str, text: &str| {
            workspace.set_file(path, text.as_bytes()).unwrap();
        };
        set(FILE_NAME, &config);
        set("s.cedarschema", SCHEMA);
        set("p.cedar", POLICIES);
        if let Some(suite) = suite {
            set("a.test.yaml", suite);
        }
        workspace
    }

    fn now() -> Instant {
        Instant::parse("2026-11-21").unwrap()
    }

    fn found(findings: &[crate::report::ReportedFinding]) -> Vec<(String, &'static str)> {
        findings
            .iter()
            .filter(|finding| is_of_tests(finding.rule))
            .map(|finding| {
                let place = finding.policy.as_ref().unwrap_or(&finding.file);
                (place.to_string(), finding.rule.code)
            })
            .collect()
    }

    fn list(all: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        all.iter()
            .map(|(at, code)| ((*at).to_owned(), *code))
            .collect()
    }

    #[test]
    fn a_check_and_a_whole_run_of_the_tests_say_the_same() {
        let mut workspace = bundle("governed", Some(SUITE));
        let expected = list(&[
            ("a.test.yaml", "skipped-test"),
            ("alice-views", "no-negative-test"),
            ("carol-edits", "untested-policy"),
        ]);
        assert_eq!(found(&workspace.check(now()).findings), expected);
        let mut options = TestOptions::new(now());
        assert_eq!(found(&workspace.test(&options).findings), expected);
        options.policies = Some([Arc::from("carol-edits")].into());
        assert_eq!(
            found(&workspace.test(&options).findings),
            list(&[("carol-edits", "untested-policy")])
        );
        options.policies = None;
        options.filter = Some("alice".to_owned());
        assert_eq!(found(&workspace.test(&options).findings), []);
    }

    #[test]
    fn what_is_off_runs_nothing() {
        let mut workspace = bundle("basic", Some(SUITE));
        let expected = list(&[("a.test.yaml", "skipped-test")]);
        assert_eq!(found(&workspace.check(now()).findings), expected);
        assert_eq!(workspace.counters().cases_evaluated, 0);
        let off = b"checks: { skipped-test: off }\n";
        workspace.set_file(FILE_NAME, off).unwrap();
        assert_eq!(found(&workspace.check(now()).findings), []);
        assert_eq!(workspace.counters().cases_evaluated, 0);
    }

    #[test]
    fn a_check_says_what_is_wrong_with_a_suite_and_reads_it_once() {
        let mut workspace = bundle("basic", Some(&SUITE.replace("skip: later", "skp: later")));
        let codes = |report: &crate::Report| -> Vec<_> {
            let suites = report.findings.iter().filter(|f| &*f.file == "a.test.yaml");
            suites.map(|finding| finding.rule.code).collect()
        };
        assert_eq!(codes(&workspace.check(now())), ["suite/unknown-key"]);
        // A policy that keeps its name changes nothing for a suite, and a run says the same.
        let edit = Edit {
            range: EditRange::Bytes(0, 0),
            insert: "// words".to_owned(),
        };
        workspace.edit_file("p.cedar", &edit).unwrap();
        assert_eq!(codes(&workspace.check(now())), ["suite/unknown-key"]);
        let tested = workspace.test(&TestOptions::new(now())).findings;
        assert_eq!(tested.len(), 1, "{tested:?}");
        let counters = workspace.counters();
        assert_eq!((counters.suites_read, counters.cases_evaluated), (1, 1));
        workspace.set_file("a.test.yaml", SUITE.as_bytes()).unwrap();
        assert_eq!(codes(&workspace.check(now())), ["skipped-test"]);
    }

    #[test]
    fn a_comment_above_a_case_suppresses_what_is_found_in_it() {
        let comment =
            "  # portcullis: allow(skipped-test) until 2027-06-30 because \"waits for PAY-12\"\n";
        let suite = SUITE.replace("  - { name: bob", &format!("{comment}  - {{ name: bob"));
        let mut workspace = bundle("governed", Some(&suite));
        let of_suite = |workspace: &mut Workspace, as_of: &str| -> Vec<&'static str> {
            let report = workspace.check(Instant::parse(as_of).unwrap());
            let suite = report.findings.iter().filter(|f| &*f.file == "a.test.yaml");
            suite.map(|finding| finding.rule.code).collect()
        };
        assert_eq!(of_suite(&mut workspace, "2026-11-21"), [""; 0]);
        // And what the comment above the policy suppresses.
        assert_eq!(workspace.check(now()).summary.suppressed, 2);
        assert_eq!(
            of_suite(&mut workspace, "2027-07-01"),
            ["suppression/expired", "skipped-test"]
        );
        let elsewhere = SUITE.replace("  - { name: alice", &format!("{comment}  - {{ name: alice"));
        workspace
            .set_file("a.test.yaml", elsewhere.as_bytes())
            .unwrap();
        assert_eq!(
            of_suite(&mut workspace, "2026-11-21"),
            ["suppression/unused", "skipped-test"]
        );
    }

    #[test]
    fn a_bundle_without_tests_is_told_once_and_at_its_profile() {
        let mut workspace = bundle("regulated", None);
        let report = workspace.check(now());
        assert_eq!(
            found(&report.findings),
            list(&[(FILE_NAME, "untested-policy")])
        );
        let finding = report.findings.iter().find(|f| *f.file == *FILE_NAME);
        let range = finding.unwrap().range;
        assert_eq!(
            range.span().text("# tests\nprofile: regulated\n"),
            "regulated"
        );
        // The same where no case passes.
        let wrong = SUITE.replace("expect: allow", "expect: deny");
        workspace.set_file("a.test.yaml", wrong.as_bytes()).unwrap();
        assert_eq!(
            found(&workspace.check(now()).findings),
            list(&[
                ("a.test.yaml", "skipped-test"),
                (FILE_NAME, "untested-policy")
            ])
        );
        assert_eq!(found(&bundle("basic", None).check(now()).findings), []);
    }

    #[test]
    fn an_edit_evaluates_again_what_it_can_reach() {
        let mut workspace = bundle("governed", Some(&SUITE.replace(" skip: later,", "")));
        workspace.check(now());
        assert_eq!(workspace.counters().cases_evaluated, 2);
        // A run evaluates nothing that a check has evaluated.
        workspace.test(&TestOptions::new(now()));
        assert_eq!(workspace.counters().cases_evaluated, 2);
        let at = u32::try_from(POLICIES.find("< 5").unwrap() + 2).unwrap();
        let edit = Edit {
            range: EditRange::Bytes(at, at + 1),
            insert: "2".to_owned(),
        };
        workspace.edit_file("p.cedar", &edit).unwrap();
        let after = found(&workspace.check(now()).findings);
        assert_eq!(workspace.counters().cases_evaluated, 3);
        assert!(
            after.contains(&("bob-edits".to_owned(), "no-boundary-test")),
            "{after:?}"
        );
    }
}
