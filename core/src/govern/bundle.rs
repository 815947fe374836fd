//! The gate over two bundles: what it decides by is read from the base.

use std::collections::BTreeSet;

use super::canonical::Digest;
use super::directory::{self, Directory};
use super::gate::{Actors, Evidence, Input, Refusal, Verdict, gate};
use super::log::Log;
use super::record::{self, Record};
use crate::finding::{Finding, Severity};
use crate::source::{LineIndex, Position, Span};
use crate::suite::TestOptions;
use crate::tier::{self, Assess, Assessment, TestControl, Tier};
use crate::time::Instant;
use crate::workspace::Workspace;

/// What the gate is asked.
pub struct Request<'a> {
    /// The text of the change record.
    pub record: &'a str,
    /// The text of a directory that the host vouches for; it stands in for the base's. A base that has none
    /// and a host that gives none leave nobody who could approve.
    pub directory: Option<&'a str>,
    /// The text of the log.
    pub log: Option<&'a str>,
    /// The bundle as it was last approved, where that is not the base: the steps since then are added up.
    pub baseline: Option<&'a mut Workspace>,
    /// Who had a part in the change, where the host knows.
    pub actors: Option<&'a Actors>,
    /// What says how risky the change is.
    pub assess: Assess<'a>,
    /// What counts as now.
    pub as_of: Instant,
}

/// The gate's answer with what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub verdict: Verdict,
    /// How risky the change is, and why.
    pub tier: tier::Verdict,
    /// The record; `None` where it cannot be read.
    pub record: Option<Record>,
    /// What was looked at.
    pub about: About,
}

/// What a gate's answer is about, as it is and not as its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Semantic digest of the base.
    pub base: Digest,
    /// Semantic digest of the head.
    pub head: Digest,
    /// Digest of what a check of the head finds.
    pub report: Digest,
}

/// Decides whether `head` may replace `base`.
pub fn decide(base: &mut Workspace, head: &mut Workspace, request: Request<'_>) -> Answer {
    let (directory, of_directory) = directory_of(base, request.directory);
    let (record, of_record) = record::read(request.record);
    let rollback = record.as_ref().and_then(|(record, _)| record.rollback);
    let mut baseline = request.baseline;
    let base_digests = base.digests();
    let approved = baseline
        .as_deref_mut()
        .map(|set| (set.digests().semantic, set));
    let passing: BTreeSet<Digest> = [Some((base_digests.semantic, &mut *base)), approved]
        .into_iter()
        .flatten()
        .filter(|(digest, _)| rollback == Some(*digest))
        .filter_map(|(digest, set)| passes(set, request.as_of).then_some(digest))
        .collect();
    let Assessment { verdict, mut tests } = (request.assess)(tier::Input {
        base: Some(&mut *base),
        head: &mut *head,
        baseline,
        record: record.as_ref().map(|(record, _)| record),
        directory: Some(&directory),
        as_of: request.as_of,
    });
    if is_green(head, request.as_of) {
        tests.insert(TestControl::SuiteGreen);
    } else {
        tests.remove(&TestControl::SuiteGreen);
    }
    let mut refusals = Vec::new();
    let people = request.directory.map(str::to_owned);
    let people = people
        .or_else(|| base.text(directory::FILE_NAME))
        .unwrap_or_default();
    let index = LineIndex::new(&people);
    let in_directory = |span: Span| {
        let at = index.position(&people, span.start, Position::START);
        format!("{}:{}:{}", directory::FILE_NAME, at.line, at.column)
    };
    refuse(&mut refusals, "gate.directory", in_directory, of_directory);
    let log = request.log.map(Log::read);
    let log = match log {
        Some(Err(broken)) => {
            refusals.push(Refusal {
                id: "gate.log",
                at: format!("log, line {}", broken.line),
                span: Span::at(0),
                message: broken.message,
                help: "restore the log from where it is kept, and find out who changed it"
                    .to_owned(),
            });
            None
        }
        Some(Ok(log)) => Some(log),
        None => None,
    };
    let governed = |path: &String| {
        path == directory::FILE_NAME && request.directory.is_none()
            || path.starts_with("governance/")
    };
    for path in base_digests.unread.iter().filter(|path| governed(path)) {
        refusals.push(Refusal {
            id: "gate.unread",
            at: path.clone(),
            span: Span::at(0),
            message: format!("`{path}` of the base cannot be read in full"),
            help: "repair it in a change of its own".to_owned(),
        });
    }
    refuse(&mut refusals, "gate.record", |_| String::new(), of_record);
    let head_digests = head.digests();
    let report = head.report_digest(request.as_of);
    let about = About {
        base: base_digests.semantic,
        head: head_digests.semantic,
        report,
    };
    for (name, digests) in [("base", &base_digests), ("head", &head_digests)] {
        // What only the base has left out, the change repairs.
        let stays = |path: &&String| head_digests.left_out.contains(path);
        refusals.extend(digests.left_out.iter().filter(stays).map(|path| Refusal {
            id: "gate.left-out",
            at: path.clone(),
            span: Span::at(0),
            message: format!(
                "{} of the {name} is a link, is no ordinary file or lies in a folder that is not read, and others may read it",
                crate::config::words::shown(path)
            ),
            help: "put the file itself where it is read, or move it out of the bundle".to_owned(),
        }));
    }
    let Some((record, places)) = record else {
        return Answer {
            verdict: unreadable(&verdict, refusals),
            tier: verdict,
            record: None,
            about,
        };
    };
    let answer = gate(&Input {
        base: &base_digests,
        head: &head_digests,
        record: &record,
        places: &places,
        verdict: &verdict,
        directory: &directory,
        rules: &base.governance_rules(),
        evidence: Evidence {
            tests: &tests,
            passing: &passing,
            report,
            templates: &base.templates(),
            actors: request.actors,
            log: log.as_ref(),
        },
        as_of: request.as_of,
    });
    refusals.extend(answer.refusals);
    refusals.sort();
    Answer {
        verdict: Verdict { refusals, ..answer },
        tier: verdict,
        record: Some(record),
        about,
    }
}

/// The directory by which a bundle's changes are decided, and what is wrong with it.
pub fn directory_of(base: &Workspace, given: Option<&str>) -> (Directory, Vec<Finding>) {
    match given {
        Some(given) => directory::read(given),
        None => base.directory().cloned().unwrap_or_default(),
    }
}

fn unreadable(verdict: &tier::Verdict, mut refusals: Vec<Refusal>) -> Verdict {
    refusals.sort();
    Verdict {
        tier: verdict.tier.max(Tier::Auto),
        requirements: Vec::new(),
        refusals,
        discounted: Vec::new(),
        notes: Vec::new(),
    }
}

fn refuse(
    refusals: &mut Vec<Refusal>,
    id: &'static str,
    at: impl Fn(Span) -> String,
    findings: Vec<Finding>,
) {
    // Nobody reads thousands of them, and one is enough to refuse.
    refusals.extend(findings.into_iter().take(100).map(|finding| Refusal {
        id,
        at: at(finding.span),
        span: finding.span,
        message: finding.message,
        help: finding.help,
    }));
}

/// Whether there are policy tests and every one of them passes.
fn is_green(head: &mut Workspace, as_of: Instant) -> bool {
    let report = head.test(&TestOptions::new(as_of));
    let errors = report
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let summary = report.summary;
    summary.passed > 0 && summary.failed + summary.errors == 0 && !errors
}

/// Whether nothing is wrong with a bundle that would keep it from being published today.
fn passes(base: &mut Workspace, as_of: Instant) -> bool {
    let report = base.check(as_of);
    let worst: BTreeSet<Severity> = report
        .findings
        .iter()
        .map(|finding| finding.severity)
        .collect();
    !worst.contains(&Severity::Error)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::govern::envelope::{Purpose, payload};
    use crate::govern::gate_tests::{Scenario, at, people, seed, signed};
    use crate::govern::record::{Decision, State, yaml};

    const BASE: &str = "@id(\"a\")\nforbid (principal, action, resource);\n";
    const HEAD: &str = "@id(\"a\")\nforbid (principal, action, resource);\n@id(\"b\")\npermit (principal == User::\"a\", action, resource);\n";
    const SUITE: &str = "cases:\n  - { name: n, principal: 'User::\"a\"', action: 'Action::\"x\"', resource: 'User::\"a\"', expect: deny }\n";

    fn workspace(files: &[(&str, &str)]) -> Workspace {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        workspace
    }

    /// An approved change of these bundles.
    fn approved(base: &mut Workspace, head: &mut Workspace) -> Scenario {
        let mut scenario = Scenario::new();
        let state = |digests: crate::govern::Digests| State {
            semantic: digests.semantic,
            source: digests.source,
        };
        scenario.record.base = state(base.digests());
        scenario.record.head = state(head.digests());
        scenario.record.tests = None;
        scenario.record.report = Some(head.report_digest(scenario.as_of));
        scenario.record.rollback = Some(scenario.record.base.semantic);
        scenario.submit();
        scenario.approve("carol", "application", "application-owner");
        scenario.approve("bob", "security", "security");
        scenario
    }

    fn ask(
        base: &mut Workspace,
        head: &mut Workspace,
        scenario: &Scenario,
        record: &str,
    ) -> Vec<String> {
        let verdict = scenario.verdict.clone();
        let answer = decide(
            base,
            head,
            Request {
                record,
                directory: None,
                log: None,
                baseline: None,
                actors: None,
                assess: &|_| Assessment {
                    verdict: verdict.clone(),
                    tests: BTreeSet::new(),
                },
                as_of: scenario.as_of,
            },
        );
        let ids: Vec<String> = answer
            .verdict
            .refusals
            .iter()
            .map(|r| r.id.to_owned())
            .collect();
        assert_eq!(answer.verdict.is_publishable(), ids.is_empty());
        ids
    }

    #[test]
    fn bundles_pass_by_what_the_base_says() {
        let directory = people("");
        let mut base = workspace(&[("a.cedar", BASE), ("directory.yaml", &directory)]);
        let mut head = workspace(&[
            ("a.cedar", HEAD),
            ("directory.yaml", &directory),
            ("a.test.yaml", SUITE),
        ]);
        let scenario = approved(&mut base, &mut head);
        let record = yaml(&scenario.record);
        assert_eq!(
            ask(&mut base, &mut head, &scenario, &record),
            Vec::<String>::new()
        );

        head.set_file(
            "a.cedar",
            HEAD.replace("permit (", "// a comment\npermit(").as_bytes(),
        )
        .unwrap();
        assert_eq!(
            ask(&mut base, &mut head, &scenario, &record),
            Vec::<String>::new()
        );
        head.set_file(
            "a.cedar",
            HEAD.replace("User::\"a\"", "User::\"b\"").as_bytes(),
        )
        .unwrap();
        assert_eq!(
            ask(&mut base, &mut head, &scenario, &record),
            ["gate.head-differs"]
        );
    }

    #[test]
    fn a_head_cannot_relax_the_gate_that_it_has_to_pass() {
        let directory = people("");
        let rule =
            "forbid (principal, action, resource) when { resource.author == Person::\"alice\" };";
        let mut base = workspace(&[
            ("a.cedar", BASE),
            ("directory.yaml", &directory),
            ("governance/g.cedar", rule),
        ]);
        // The head names eve as an owner of everything, and drops the rule.
        let eve = format!(
            "{directory}  eve: {{ issuer: idp, kind: human, roles: [security, application-owner], keys: ['{}'] }}\n",
            crate::govern::PublicKey::from_bytes(
                crate::govern::gate_tests::key(seed("eve"))
                    .verifying_key()
                    .to_bytes()
            )
            .unwrap(),
        );
        let mut head = workspace(&[
            ("a.cedar", HEAD),
            ("directory.yaml", &eve),
            ("a.test.yaml", SUITE),
        ]);
        let mut scenario = approved(&mut base, &mut head);
        scenario.record.approvals.pop();
        let of_eve = scenario.decision("eve", "security", "security", Decision::Approve);
        scenario.record.approvals.push(of_eve);
        let refused = ask(&mut base, &mut head, &scenario, &yaml(&scenario.record));
        assert_eq!(
            refused,
            ["approval.unknown-person", "gate.rule", "gate.rule"]
        );
    }

    #[test]
    fn whatever_cannot_be_read_refuses() {
        let directory = people("");
        let mut base = workspace(&[("a.cedar", BASE), ("directory.yaml", &directory)]);
        let mut head = workspace(&[("a.cedar", HEAD), ("a.test.yaml", SUITE)]);
        let scenario = approved(&mut base, &mut head);
        let record = yaml(&scenario.record);
        let refused = ask(&mut base, &mut head, &scenario, "nonsense: [");
        assert!(
            !refused.is_empty() && refused.iter().all(|id| id == "gate.record"),
            "{refused:?}"
        );
        base.set_file("directory.yaml", b"people: {}").unwrap();
        assert!(
            ask(&mut base, &mut head, &scenario, &record)
                .contains(&"approval.unknown-person".to_owned())
        );
        base.set_file(
            "directory.yaml",
            directory.replace("kind: human", "knd: human").as_bytes(),
        )
        .unwrap();
        assert!(
            ask(&mut base, &mut head, &scenario, &record).contains(&"gate.directory".to_owned())
        );
        base.set_file("directory.yaml", b"people: {}\n# \xff")
            .unwrap();
        assert!(ask(&mut base, &mut head, &scenario, &record).contains(&"gate.unread".to_owned()));
        base.remove_file("directory.yaml").unwrap();
        assert!(
            ask(&mut base, &mut head, &scenario, &record)
                .contains(&"gate.unsatisfiable".to_owned())
        );
    }

    #[test]
    fn without_passing_tests_nothing_is_green() {
        let directory = people("");
        for suite in ["cases: []", &SUITE.replace("deny", "allow"), "nonsense"] {
            let mut base = workspace(&[("a.cedar", BASE), ("directory.yaml", &directory)]);
            let mut head = workspace(&[("a.cedar", HEAD), ("a.test.yaml", suite)]);
            let scenario = approved(&mut base, &mut head);
            assert_eq!(
                ask(&mut base, &mut head, &scenario, &yaml(&scenario.record)),
                ["gate.tests"],
                "{suite}"
            );
        }
    }

    #[test]
    fn a_log_that_was_edited_refuses() {
        let directory = people("");
        let mut base = workspace(&[("a.cedar", BASE), ("directory.yaml", &directory)]);
        let mut head = workspace(&[("a.cedar", HEAD), ("a.test.yaml", SUITE)]);
        let scenario = approved(&mut base, &mut head);
        let line = Log::default()
            .append(
                crate::govern::log::Event::Recorded,
                &scenario.record,
                at("2026-11-21"),
            )
            .unwrap();
        let verdict = scenario.verdict.clone();
        for (log, passes) in [
            (line.clone(), true),
            (line.replace("2026-11-21", "2026-11-20"), false),
        ] {
            let answer = decide(
                &mut base,
                &mut head,
                Request {
                    record: &yaml(&scenario.record),
                    directory: None,
                    log: Some(&log),
                    baseline: None,
                    actors: None,
                    assess: &|_| Assessment {
                        verdict: verdict.clone(),
                        tests: BTreeSet::new(),
                    },
                    as_of: scenario.as_of,
                },
            );
            assert_eq!(
                answer.verdict.is_publishable(),
                passes,
                "{:?}",
                answer.verdict
            );
        }
        // An unknown tier passes nothing.
        let mut unknown = scenario.record.clone();
        unknown.submission = Some(signed(
            1,
            payload(&unknown, Purpose::Submission, &serde_json::Value::Null),
        ));
        let answer = decide(
            &mut base,
            &mut head,
            Request {
                record: &yaml(&unknown),
                directory: None,
                log: None,
                baseline: None,
                actors: None,
                assess: &tier::assess,
                as_of: scenario.as_of,
            },
        );
        assert!(!answer.verdict.is_publishable());
    }
}
