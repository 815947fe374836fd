#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::report::Range;
use crate::workspace::{Edit, EditRange};

const SCHEMA: &str = "entity User in [Group];\nentity Group;\nentity Photo;\naction view appliesTo { principal: User, resource: Photo, context: { mfa: Bool } };\n";

/// A statement each: several findings, a suppression, one that the clock changes, one broken, and twice the same.
const POLICIES: [&str; 6] = [
    "// TODO: é𝄞 narrow this\npermit (principal in Group::\"a\", action, resource)\nwhen { context.mfa && context.mfa };\r\n",
    "// portcullis: allow(unbound-principal) until 2026-12-31 because \"migration\"\npermit (principal, action, resource); ",
    "@expires(\"2026-11-30\")\npermit (principal in Group::\"b\", action == Action::\"view\", resource);\n",
    "permit (principal, action == , resource);\n",
    "forbid (principal, action == Action::\"view\", resource)\nunless { !!context.mfa };\n",
    "forbid (principal, action == Action::\"view\", resource)\nunless { !!context.mfa };",
];

/// What a door does with the answers.
#[derive(Default)]
struct Receiver {
    known: Known,
    last: u32,
    groups: BTreeMap<u32, Vec<ReportedFinding>>,
    /// How many findings were sent.
    sent: usize,
    whole: usize,
}

impl Receiver {
    fn check(&mut self, workspace: &mut Workspace, now: Instant) -> Report {
        match workspace.check_since(now, self.last, &mut self.known) {
            Answer::Whole(report) => {
                (self.last, self.whole) = (0, self.whole + 1);
                self.groups.clear();
                report
            }
            Answer::Changes(changes) => {
                self.last = changes.answer;
                self.sent += changes.fresh.iter().map(|(_, f)| f.len()).sum::<usize>();
                let old = std::mem::take(&mut self.groups);
                let fresh: BTreeMap<_, _> = changes.fresh.into_iter().collect();
                let mut findings = Vec::new();
                for (number, base) in changes.groups {
                    let group = fresh.get(&number).or_else(|| old.get(&number)).unwrap();
                    findings.extend(group.iter().map(|finding| moved(finding, base)));
                    self.groups.insert(number, group.clone());
                }
                Report {
                    findings,
                    summary: changes.summary,
                    digest: changes.digest,
                }
            }
        }
    }
}

fn moved(finding: &ReportedFinding, base: Position) -> ReportedFinding {
    let mut finding = finding.clone();
    let moved = |range: &mut Range| {
        range.start = base.then(range.start);
        range.end = base.then(range.end);
    };
    moved(&mut finding.range);
    finding.labels.iter_mut().for_each(|l| moved(&mut l.range));
    for fix in &mut finding.fixes {
        fix.edits.iter_mut().for_each(|(range, _)| moved(range));
    }
    finding
}

fn bundle(policies: &str) -> Workspace {
    let mut workspace = Workspace::new();
    let files = [
        ("s.cedarschema", SCHEMA),
        ("p.cedar", policies),
        ("q.cedar", POLICIES[0]),
    ];
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn now() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

#[test]
fn after_any_edit_the_changes_make_the_report() {
    let mut receiver = Receiver::default();
    let mut workspace = bundle(&POLICIES.concat());
    let whole = workspace.check(now());
    assert_eq!(receiver.check(&mut workspace, now()), whole);
    assert!(whole.findings.len() > 10, "{}", whole.findings.len());
    // Everywhere in the file, so that statements break, join and move.
    let inserts = ["x", "\n", ";", "\"", "é", " ", "//"];
    let length = workspace.text("p.cedar").unwrap().encode_utf16().count() as u32;
    let mut compared = 0;
    for (at, insert) in (0..length).step_by(3).zip(inserts.into_iter().cycle()) {
        let units = insert.encode_utf16().count() as u32;
        let edits = [(at, at, insert), (at, at + units, "")];
        for (from, to, insert) in edits {
            let range = EditRange::Utf16(from, to);
            let insert = insert.to_owned();
            if workspace
                .edit_file("p.cedar", &Edit { range, insert })
                .is_err()
            {
                // Inside of a character.
                break;
            }
            let report = receiver.check(&mut workspace, now());
            assert_eq!(report, workspace.check(now()));
            compared += 1;
        }
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn time_configuration_and_a_lost_answer_are_told_anew() {
    let mut receiver = Receiver::default();
    let mut workspace = bundle(&POLICIES.concat());
    receiver.check(&mut workspace, now());
    let later = Instant::parse("2027-11-21").unwrap();
    let report = receiver.check(&mut workspace, later);
    assert_eq!(report, workspace.check(later));
    workspace
        .set_file("portcullis.yaml", b"profile: regulated\n")
        .unwrap();
    let report = receiver.check(&mut workspace, later);
    assert_eq!(report, workspace.check(later));
    receiver.last = 0;
    receiver.groups.clear();
    assert_eq!(receiver.check(&mut workspace, later), report);
}

#[test]
fn an_edit_sends_what_is_found_in_its_statement() {
    let text: String = (0..100)
        .map(|n| POLICIES[0].replace("\"a\"", &format!("\"g{n}\"")))
        .collect();
    let mut receiver = Receiver::default();
    let mut workspace = bundle(&text);
    let all = receiver.check(&mut workspace, now()).findings.len();
    assert_eq!(receiver.sent, all);
    let at = text.find("g50").unwrap() as u32;
    let range = EditRange::Bytes(at, at);
    let insert = "x".to_owned();
    workspace
        .edit_file("p.cedar", &Edit { range, insert })
        .unwrap();
    receiver.check(&mut workspace, now());
    let sent = receiver.sent - all;
    assert!(sent > 0 && sent <= all / 20, "{sent} of {all}");
    assert_eq!(receiver.whole, 0);
}

#[test]
fn with_a_secret_the_report_is_whole() {
    let secret = format!("AKIA{}", "Z7QW3MNB5TRXK2LP");
    let text = format!("@key(\"{secret}\")\n{}", POLICIES[4]);
    let mut receiver = Receiver::default();
    let mut workspace = bundle(&text);
    let report = receiver.check(&mut workspace, now());
    assert_eq!(receiver.whole, 1);
    assert_eq!(report, workspace.check(now()));
}
