//! What whoever wants a change published can try, over bundles that are really tiered: they edit the head, write the
//! record anew as they like and sign it as its author. What they cannot do is sign for those whom the base names.

use super::*;
use crate::govern::log::{Event, Log};
use crate::govern::record::{State, yaml};
use crate::govern::{Answer, Request, decide};
use crate::tier;
use crate::workspace::Workspace;

const SCHEMA: &str = "@principal_kind(\"human\") entity U; @sensitivity(\"internal\") entity P; @sensitivity(\"restricted\") entity D; @access(\"read\") action view appliesTo { principal: U, resource: [P, D] };";
const BEFORE: &str = "@id(\"none\") forbid (principal == U::\"mallory\", action, resource);\n";
const MORE: &str = "@id(\"a\") permit (principal == U::\"u\", action == Action::\"view\", resource == D::\"d\");\n";
const SUITE: &str = "cases:
  - { name: a, principal: 'U::\"u\"', action: view, resource: 'D::\"d\"', expect: allow }
  - { name: b, principal: 'U::\"v\"', action: view, resource: 'D::\"d\"', expect: deny }
  - { name: c, principal: 'U::\"u\"', action: view, resource: 'D::\"e\"', expect: deny }
  - { name: d, principal: 'U::\"u\"', action: view, resource: 'P::\"p\"', expect: deny }
  - { name: e, principal: 'U::\"mallory\"', action: view, resource: 'D::\"d\"', expect: deny }
";
const CONFIG: &str = "iam:\n  floors: { action.read: constrained }\napps:\n  _: { resources: { D: { sensitivity: restricted } } }\n";
const RULE: &str = "@id(\"with-a-ticket\") forbid (principal, action == Action::\"publish\", resource) unless { resource has ticket };";

type Files = Vec<(&'static str, String)>;

/// A change, and what was done to it.
struct Attempt {
    base: Files,
    head: Files,
    scenario: Scenario,
    log: String,
}

impl Attempt {
    /// A change of tier human that both slots approved.
    fn approved() -> Self {
        let files = |policies: &str| {
            vec![
                ("s.cedarschema", SCHEMA.to_owned()),
                ("p.cedar", policies.to_owned()),
                ("t.test.yaml", SUITE.to_owned()),
                ("portcullis.yaml", CONFIG.to_owned()),
                ("governance/g.cedar", RULE.to_owned()),
                ("directory.yaml", people("")),
            ]
        };
        let mut base = files(BEFORE);
        base.retain(|(path, _)| *path != "t.test.yaml");
        let mut attempt = Self {
            base,
            head: files(&format!("{BEFORE}{MORE}")),
            scenario: Scenario::new(),
            log: String::new(),
        };
        attempt.scenario.record.justification = Some("it is needed".to_owned());
        attempt.scenario.record.drafter = Drafter {
            kind: Kind::Human,
            id: "alice".to_owned(),
            prompt: None,
        };
        attempt.draft();
        attempt.approve("carol", "application", "application-owner");
        attempt.approve("bob", "security", "security");
        attempt
    }

    /// Writes the record for the bundles as they are, and signs it as its author.
    fn draft(&mut self) {
        let (mut base, mut head) = (workspace(&self.base), workspace(&self.head));
        let record = &mut self.scenario.record;
        let state = |digests: Digests| State {
            semantic: digests.semantic,
            source: digests.source,
        };
        record.base = state(base.digests());
        record.head = state(head.digests());
        record.tests = Some(head.digests().tests);
        record.report = Some(head.report_digest(self.scenario.as_of));
        record.rollback = Some(record.base.semantic);
        let verdict = tier::assess(tier::Input {
            base: Some(&mut base),
            head: &mut head,
            baseline: None,
            record: Some(record),
            directory: None,
            as_of: self.scenario.as_of,
        })
        .verdict;
        record.tier = verdict.tier;
        record.reasons = verdict.deciding().into_iter().map(str::to_owned).collect();
        record.requirements = verdict.controls.describe();
        self.scenario.verdict = verdict;
        self.scenario.submit();
    }

    fn approval(&self, person: &str, slot: &str, role: &str) -> Approval {
        let mut approval = self
            .scenario
            .decision(person, slot, role, Decision::Approve);
        let all = &self.scenario.verdict.controls.acknowledge;
        approval.acknowledgements = all.iter().cloned().collect();
        approval.reason = Some("seen".to_owned());
        self.scenario.sign(&mut approval, seed(person));
        approval
    }

    fn approve(&mut self, person: &str, slot: &str, role: &str) {
        let approval = self.approval(person, slot, role);
        self.scenario.record.approvals.push(approval);
    }

    /// Replaces what a file of the head says, or adds the file.
    fn head(&mut self, path: &'static str, text: &str) {
        self.head.retain(|(other, _)| *other != path);
        if !text.is_empty() {
            self.head.push((path, text.to_owned()));
        }
    }

    fn answer(&self) -> Answer {
        let request = Request {
            record: &yaml(&self.scenario.record),
            directory: None,
            log: Some(&self.log),
            baseline: None,
            actors: None,
            assess: &tier::assess,
            as_of: self.scenario.as_of,
        };
        decide(
            &mut workspace(&self.base),
            &mut workspace(&self.head),
            request,
        )
    }
}

fn workspace(files: &Files) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

type Try = fn(&mut Attempt);
type Change = fn(&mut TemplateApproval);

/// What is tried with the record of an approved change, and what refuses or discounts it.
const ON_THE_RECORD: &[(&str, Try, &str)] = &[
    (
        "a forged identity",
        |of| {
            let forged = &mut of.scenario.record.approvals[1];
            forged.envelope = signed(66, forged.envelope.payload.clone());
        },
        "approval.envelope",
    ),
    (
        "an approval of somebody whom nobody knows",
        |of| {
            of.scenario.record.approvals.pop();
            of.approve("eve", "security", "security");
        },
        "approval.unknown-person",
    ),
    (
        "a replayed approval",
        |of| {
            let mut other = Attempt::approved();
            other.scenario.record.id = "change-2".to_owned();
            let replayed = other.approval("bob", "security", "security");
            of.scenario.record.approvals[1] = replayed;
        },
        "approval.other-change",
    ),
    (
        "a swapped digest",
        |of| {
            of.scenario.record.head = of.scenario.record.base;
            of.scenario.submit();
        },
        "gate.head-differs",
    ),
    (
        "one person under two keys",
        |of| {
            of.scenario.record.approvals.remove(0);
            let mut again = of.approval("bob", "application", "application-owner");
            of.scenario.sign(&mut again, 12);
            of.scenario.record.approvals.push(again);
        },
        "approval.role",
    ),
    (
        "one person in both slots",
        |of| {
            of.scenario.record.approvals.pop();
            of.approve("carol", "security", "security");
        },
        "",
    ),
    (
        "an expired approval",
        |of| {
            of.scenario.as_of = at("2026-12-22");
        },
        "approval.expired",
    ),
    (
        "a date that is yet to come",
        |of| {
            let mut future = of.approval("bob", "security", "security");
            future.time = at("2026-11-22");
            of.scenario.sign(&mut future, seed("bob"));
            of.scenario.record.approvals[1] = future;
        },
        "approval.future",
    ),
    (
        "an edited log",
        |of| {
            let log = Log::default();
            let line = log.append(
                crate::govern::log::Event::Recorded,
                &of.scenario.record,
                at("2026-11-21"),
            );
            of.log = line.unwrap().replace("change-1", "change-9");
        },
        "gate.log",
    ),
    (
        "a log without the decision that it had",
        |of| {
            let veto = of
                .scenario
                .decision("dave", "security", "iam", Decision::Reject);
            of.scenario.record.approvals.push(veto);
            let log = Log::default();
            let line = log.append(
                crate::govern::log::Event::Recorded,
                &of.scenario.record,
                at("2026-11-21"),
            );
            of.log = line.unwrap();
            of.scenario.record.approvals.pop();
        },
        "gate.log",
    ),
    (
        "another base, behind a change that was rolled back",
        |of| {
            let mut other = of.scenario.record.clone();
            other.id = "change-0".to_owned();
            other.base.semantic = Digest([9; 32]);
            for event in [Event::Published, Event::RolledBack] {
                let log = Log::read(&of.log).unwrap();
                of.log += &log.append(event, &other, at("2026-11-20")).unwrap();
            }
        },
        "gate.base-unpublished",
    ),
    (
        "a record that is to be kept until a time that is over",
        |of| {
            of.scenario.record.retain_until = Some(at("2026-11-20"));
            of.scenario.submit();
        },
        "gate.retention",
    ),
    (
        "an agent's draft, and nobody says what it was asked",
        |of| {
            of.scenario.record.drafter.kind = Kind::Agent;
            of.scenario.submit();
        },
        "gate.prompt",
    ),
    (
        "an approval of another tier",
        |of| {
            of.scenario.record.tier = Tier::Constrained;
            let lower = of.approval("bob", "security", "security");
            of.scenario.record.tier = Tier::Human;
            of.scenario.record.approvals[1] = lower;
        },
        "approval.void",
    ),
    (
        "a lower tier in the record",
        |of| {
            of.scenario.record.tier = Tier::Auto;
            of.scenario.record.requirements.clear();
            of.scenario.record.approvals.clear();
            of.scenario.submit();
        },
        "gate.tier-differs",
    ),
    (
        "fewer requirements in the record",
        |of| {
            of.scenario.record.requirements.pop();
            of.scenario.record.approvals.pop();
            of.scenario.submit();
        },
        "gate.requirements-differ",
    ),
    (
        "no signature",
        |of| {
            of.scenario.record.approvals[1].envelope.signatures.clear();
        },
        "approval.envelope",
    ),
    (
        "another algorithm",
        |of| {
            of.scenario.record.approvals[1].envelope.signatures[0].sig = vec![1; 256];
        },
        "approval.envelope",
    ),
    (
        "no signature of the author",
        |of| {
            of.scenario.record.submission = None;
        },
        "gate.unsubmitted",
    ),
    (
        "the author approves",
        |of| {
            of.scenario.record.approvals.remove(0);
            of.approve("alice", "application", "application-owner");
        },
        "approval.self",
    ),
    (
        "a model approves",
        |of| {
            of.scenario.record.approvals.pop();
            of.approve("draft-model", "security", "security");
        },
        "approval.kind",
    ),
    (
        "no ticket, which a rule asks for",
        |of| {
            of.scenario.record.ticket = None;
            of.scenario.record.approvals.clear();
            of.draft();
            of.approve("carol", "application", "application-owner");
            of.approve("bob", "security", "security");
        },
        "gate.rule",
    ),
    (
        "a role that the directory of the base does not have",
        |of| {
            of.scenario.record.approvals.pop();
            of.approve("bob", "security", "superuser");
        },
        "approval.unknown-role",
    ),
];

#[test]
fn nothing_in_the_record_makes_up_for_an_approval() {
    let passes = Attempt::approved().answer();
    assert!(passes.verdict.is_publishable(), "{:#?}", passes.verdict);
    assert_eq!(passes.verdict.tier, Tier::Human);
    for (what, attempt, because) in ON_THE_RECORD {
        let mut of = Attempt::approved();
        attempt(&mut of);
        let verdict = of.answer().verdict;
        assert!(!verdict.is_publishable(), "{what} passes");
        let all = [said(&verdict.refusals), said(&verdict.discounted)].concat();
        let found = all.iter().any(|of| of.split(' ').next() == Some(because));
        assert!(found || because.is_empty(), "{what}: {all:?}");
    }
}

/// What is tried in the head, with the record written anew and signed, and the approvals of what it was before.
const IN_THE_HEAD: &[(&str, Try)] = &[
    ("another resource", |of| {
        of.head(
            "p.cedar",
            &format!("{BEFORE}{}", MORE.replace("D::\"d\"", "D::\"e\"")),
        );
    }),
    (
        "floors and classes are taken out of the configuration",
        |of| {
            of.head("portcullis.yaml", "");
        },
    ),
    ("the configuration calls it public", |of| {
        of.head(
            "portcullis.yaml",
            "apps:\n  _: { resources: { D: { sensitivity: public } } }\n",
        );
    }),
    ("the schema calls it public", |of| {
        of.head("s.cedarschema", &SCHEMA.replace("restricted", "public"));
    }),
    ("the schema says nothing of it", |of| {
        of.head(
            "s.cedarschema",
            &SCHEMA.replace("@sensitivity(\"restricted\") ", ""),
        );
    }),
    ("the schema calls the action a listing", |of| {
        of.head("s.cedarschema", &SCHEMA.replace("\"read\"", "\"list\""));
    }),
    ("the rule is gone", |of| of.head("governance/g.cedar", "")),
    ("the directory is another", |of| {
        of.head(
            "directory.yaml",
            &people("").replace(
                "alice: { issuer: idp, kind: human, roles: [",
                "alice: { issuer: idp, kind: human, roles: [security, ",
            ),
        );
    }),
    ("a template that nobody approved", |of| {
        of.head(
            "templates/t.cedar",
            "@id(\"t\") permit (principal == ?principal, action == Action::\"view\", resource);",
        );
    }),
    ("the policy claims a human drafter and an exception", |of| {
        let claims = MORE.replace(
            "@id(\"a\")",
            "@id(\"a\") @drafted_by(\"human: dave\") @exception(\"true\")",
        );
        of.head("p.cedar", &format!("{BEFORE}{claims}"));
    }),
    ("a comment suppresses whatever is found", |of| {
        of.head("p.cedar", &format!("{BEFORE}// portcullis: allow(missing-owner) until 2026-12-01 because \"later\"\n{MORE}"));
    }),
    ("a forbid is weakened beside", |of| {
        of.head(
            "p.cedar",
            &format!(
                "{}{MORE}",
                BEFORE
                    .replace("action,", "action == Action::\"view\",")
                    .replace("resource)", "resource == P::\"p\")")
            ),
        );
    }),
];

#[test]
fn nothing_in_the_head_makes_up_for_an_approval() {
    for (what, attempt) in IN_THE_HEAD {
        let mut of = Attempt::approved();
        attempt(&mut of);
        // With the record as it was, with one that says what is so, and with one that says what was so before.
        let was = (of.scenario.record.clone(), of.answer().verdict);
        assert!(!was.1.is_publishable(), "{what} passes with the old record");
        of.draft();
        let tier = of.scenario.record.tier;
        let verdict = of.answer().verdict;
        assert!(!verdict.is_publishable(), "{what} passes");
        assert!(tier >= Tier::Human, "{what} is {}", tier.as_str());
        assert!(
            verdict.requirements.iter().all(|of| of.met_by.is_empty()),
            "{what}"
        );
        of.scenario.record.tier = was.0.tier;
        of.scenario.record.reasons.clone_from(&was.0.reasons);
        of.scenario
            .record
            .requirements
            .clone_from(&was.0.requirements);
        of.scenario.submit();
        assert!(
            !of.answer().verdict.is_publishable(),
            "{what} passes as it was"
        );
    }
}

#[test]
fn removing_the_tests_is_no_way_either() {
    for suite in [
        "",
        "cases: []\n",
        "cases:\n  - { name: a, principal: 'U::\"u\"', action: view, resource: 'D::\"d\"', expect: allow }\n",
    ] {
        let mut of = Attempt::approved();
        of.head("t.test.yaml", suite);
        of.draft();
        let verdict = of.answer().verdict;
        assert!(
            said(&verdict.refusals).contains(&"gate.tests".to_owned()),
            "{verdict:#?}"
        );
    }
}

#[test]
fn what_lies_beside_and_is_not_read_refuses() {
    let of = Attempt::approved();
    let (mut base, mut head) = (workspace(&of.base), workspace(&of.head));
    for (in_base, path) in [(true, "governance"), (false, ".hidden/p.cedar")] {
        if in_base {
            base.leave_out(path);
        }
        head.leave_out(path);
        let request = Request {
            record: &yaml(&of.scenario.record),
            directory: None,
            log: None,
            baseline: None,
            actors: None,
            assess: &tier::assess,
            as_of: of.scenario.as_of,
        };
        let verdict = decide(&mut base, &mut head, request).verdict;
        assert!(!verdict.is_publishable());
        let refused = (verdict.refusals.iter())
            .any(|of| of.id == "gate.left-out" && of.message.contains(path));
        assert!(refused, "{:?}", verdict.refusals);
    }
}

/// A template of the base that dave approved.
fn with_template() -> (Attempt, TemplateApproval) {
    let mut of = Attempt::approved();
    let text = "@id(\"viewer\") permit (principal == ?principal, action == Action::\"view\", resource == P::\"p\");";
    for files in [&mut of.base, &mut of.head] {
        files.push(("templates/v.cedar", text.to_owned()));
    }
    let approval = TemplateApproval {
        name: "viewer".to_owned(),
        digest: workspace(&of.base).templates()["viewer"],
        person: "dave".to_owned(),
        issuer: "idp".to_owned(),
        role: "iam".to_owned(),
        time: at("2026-11-01"),
        envelope: signed(1, Vec::new()),
    };
    (of, approval)
}

#[test]
fn the_approval_of_a_template_binds_to_the_template_and_fills_no_slot() {
    let cases: [(Change, &str, &str); 7] = [
        (|_| {}, "dave", ""),
        (
            |of| of.digest = Digest::of(b"another"),
            "dave",
            "template.unbound",
        ),
        (|of| of.name = "none".to_owned(), "dave", "template.unbound"),
        (|of| of.time = at("2026-12-01"), "dave", "template.future"),
        (
            |of| of.role = "security".to_owned(),
            "dave",
            "template.person",
        ),
        (
            |of| of.person = "alice".to_owned(),
            "alice",
            "template.person",
        ),
        (|_| {}, "bob", "template.envelope"),
    ];
    for (change, signer, because) in cases {
        let (mut of, mut approval) = with_template();
        change(&mut approval);
        approval.envelope = signed(seed(signer), approval.payload());
        of.scenario.record.approvals.clear();
        of.scenario.record.template = Some(approval);
        of.draft();
        let verdict = of.answer().verdict;
        let expected: Vec<String> = [format!("{because} template")]
            .into_iter()
            .filter(|_| !because.is_empty())
            .collect();
        assert_eq!(said(&verdict.refusals), expected);
        assert!(verdict.requirements.iter().all(|of| of.met_by.is_empty()));
        assert!(!verdict.is_publishable());
        of.approve("carol", "application", "application-owner");
        of.approve("bob", "security", "security");
        assert_eq!(of.answer().verdict.is_publishable(), because.is_empty());
    }
    // What was signed is something else than what stands beside it.
    let (mut of, mut approval) = with_template();
    approval.envelope = signed(seed("dave"), approval.payload());
    approval.time = at("2026-11-02");
    of.scenario.record.template = Some(approval);
    of.draft();
    assert_eq!(
        said(&of.answer().verdict.refusals),
        ["template.fields template"]
    );
}
