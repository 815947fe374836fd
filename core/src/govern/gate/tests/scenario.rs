//! A change that two people must approve, and what happens to it. Keys are made from seeds at run time.

use ed25519_dalek::{Signer, SigningKey};

use crate::govern::canonical::Digest;
use crate::govern::directory::{self, Kind};
use crate::govern::envelope::{Envelope, PAYLOAD_TYPE, Purpose, payload, to_sign};
use crate::govern::gate::*;
use crate::govern::record::{Approval, Decision, Dismissal, State, yaml};
use crate::tier::{Certainty, Controls, Eligible, Reason, Subject, Trace};

/// Who is in the directory: name, kind, roles, and the seeds of the keys.
const PEOPLE: &[(&str, &str, &str, &[u8])] = &[
    ("alice", "human", "application-owner", &[1]),
    ("bob", "human", "security", &[2, 12]),
    ("carol", "human", "application-owner, security", &[3]),
    ("dave", "human", "iam", &[4]),
    ("erin", "human", "application-owner", &[5]),
    ("robot", "agent", "security", &[6]),
    ("draft-model", "model", "security", &[7]),
    ("pipeline", "service", "security", &[8]),
    ("frank", "human", "", &[9]),
];

pub(crate) struct Scenario {
    pub base: Digests,
    pub head: Digests,
    pub record: Record,
    pub verdict: tier::Verdict,
    pub directory: Directory,
    pub rules: Rules,
    pub tests: BTreeSet<TestControl>,
    pub passing: BTreeSet<Digest>,
    pub report: Digest,
    pub templates: BTreeMap<String, Digest>,
    pub actors: Option<Actors>,
    pub log: Option<Log>,
    pub as_of: Instant,
}

pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn digests(name: &str) -> Digests {
    let digest = |part: &str| Digest::of(format!("{name} {part}").as_bytes());
    Digests {
        semantic: digest("semantic"),
        source: digest("source"),
        tests: digest("tests"),
        unread: Vec::new(),
        left_out: Vec::new(),
    }
}

pub(crate) fn requirement(slot: &str, roles: &[&str]) -> Requirement {
    Requirement {
        slot: slot.to_owned(),
        eligible: Eligible::roles(roles.iter().copied()),
        count: 1,
        distinct_from: BTreeSet::new(),
        human_only: true,
        reason: false,
        acknowledge: true,
        step_up: false,
        expires_after_days: Some(30),
    }
}

pub(crate) fn people(delegations: &str) -> String {
    let mut text = "people:\n".to_owned();
    for (name, kind, roles, seeds) in PEOPLE {
        let keys: Vec<String> = seeds
            .iter()
            .map(|seed| format!("'{}'", public(*seed)))
            .collect();
        text.push_str(&format!(
            "  {name}: {{ issuer: idp, kind: {kind}, roles: [{roles}], keys: [{}] }}\n",
            keys.join(", ")
        ));
    }
    text + delegations
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> crate::govern::PublicKey {
    crate::govern::PublicKey::from_bytes(key(seed).verifying_key().to_bytes()).unwrap()
}

pub(crate) fn seed(name: &str) -> u8 {
    PEOPLE
        .iter()
        .find(|(of, ..)| *of == name)
        .map_or(99, |(.., seeds)| seeds[0])
}

/// A signed payload.
pub(crate) fn signed(seed: u8, payload: Vec<u8>) -> Envelope {
    let signature = key(seed).sign(&to_sign(PAYLOAD_TYPE, &payload)).to_bytes();
    Envelope::new(payload, public(seed).to_string(), &signature)
}

impl Scenario {
    /// Alice wants a change of tier human. It needs one of security and one owner of an application.
    pub(crate) fn new() -> Self {
        let (base, head) = (digests("base"), digests("head"));
        let controls = Controls {
            requirements: [
                requirement("application", &["application-owner"]),
                requirement("security", &["security", "iam"]),
            ]
            .into(),
            tests: [TestControl::SuiteGreen].into(),
            acknowledge: ["scope".to_owned()].into(),
            expires_within_days: None,
            recertify_within_days: Some(180),
            trace: [Trace::Owner, Trace::Ticket, Trace::Rollback].into(),
        };
        let verdict = tier::Verdict {
            tier: Tier::Human,
            reasons: vec![Reason {
                id: "diff.widened".to_owned(),
                floor: Tier::Human,
                deciding: true,
                certainty: Certainty::Proved,
                subject: Subject::default(),
                because: Vec::new(),
                spans: Vec::new(),
                witness: None,
                requires: controls.clone(),
                section: "builtin".to_owned(),
                refs: Vec::new(),
                sentence: "more is allowed".to_owned(),
            }],
            controls,
        };
        let (directory, findings) = directory::read(&people(""));
        assert_eq!(findings, []);
        let state = |digests: &Digests| State {
            semantic: digests.semantic,
            source: digests.source,
        };
        let report = Digest::of(b"report");
        let passing = [base.semantic].into();
        let record = Record {
            id: "change-1".to_owned(),
            base: state(&base),
            head: state(&head),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            report: Some(report),
            tests: Some(head.tests),
            tier: Tier::Human,
            reasons: vec!["diff.widened".to_owned()],
            requirements: verdict.controls.describe(),
            author: "alice".to_owned(),
            drafter: Drafter {
                kind: Kind::Model,
                id: "draft-model".to_owned(),
                prompt: Some(Digest::of(b"prompt")),
            },
            last_editor: "alice".to_owned(),
            owner: Some("alice".to_owned()),
            ticket: Some("PAY-1".to_owned()),
            justification: None,
            valid_from: None,
            expires: None,
            recertify_by: Some(at("2027-02-01")),
            retain_until: None,
            rollback: Some(base.semantic),
            previous: None,
            submission: None,
            approvals: Vec::new(),
            dismissals: Vec::new(),
            template: None,
        };
        let mut scenario = Self {
            base,
            head,
            record,
            verdict,
            directory,
            rules: Rules::default(),
            tests: [TestControl::SuiteGreen].into(),
            passing,
            report,
            templates: BTreeMap::new(),
            actors: None,
            log: None,
            as_of: at("2026-11-21T12:00:00Z"),
        };
        scenario.submit();
        scenario
    }

    /// The same with both approvals.
    pub(crate) fn approved() -> Self {
        let mut scenario = Self::new();
        scenario.approve("carol", "application", "application-owner");
        scenario.approve("bob", "security", "security");
        scenario
    }

    /// The record as it is now is what the author signs.
    pub(crate) fn submit(&mut self) {
        let payload = payload(&self.record, Purpose::Submission, &serde_json::Value::Null);
        self.record.submission = Some(signed(seed(&self.record.author), payload));
    }

    pub(crate) fn decision(
        &self,
        person: &str,
        slot: &str,
        role: &str,
        decision: Decision,
    ) -> Approval {
        let mut approval = Approval {
            person: person.to_owned(),
            issuer: "idp".to_owned(),
            role: role.to_owned(),
            slot: slot.to_owned(),
            on_behalf_of: None,
            decision,
            reason: None,
            acknowledgements: vec!["scope".to_owned()],
            time: at("2026-11-21T10:00:00Z"),
            step_up: false,
            envelope: signed(1, Vec::new()),
        };
        self.sign(&mut approval, seed(person));
        approval
    }

    /// Signs an approval as it is, for the record as it is.
    pub(crate) fn sign(&self, approval: &mut Approval, seed: u8) {
        let payload = payload(&self.record, Purpose::Approval, &approval.terms());
        approval.envelope = signed(seed, payload);
    }

    pub(crate) fn approve(&mut self, person: &str, slot: &str, role: &str) {
        let approval = self.decision(person, slot, role, Decision::Approve);
        self.record.approvals.push(approval);
    }

    pub(crate) fn dismiss(&mut self, person: &str, number: usize) {
        let mut dismissal = Dismissal {
            person: person.to_owned(),
            issuer: "idp".to_owned(),
            reason: "it is settled".to_owned(),
            time: at("2026-11-21T11:00:00Z"),
            dismisses: self.record.approvals[number].envelope.digest(),
            envelope: signed(1, Vec::new()),
        };
        let payload = payload(&self.record, Purpose::Dismissal, &dismissal.terms());
        dismissal.envelope = signed(seed(person), payload);
        self.record.dismissals.push(dismissal);
    }

    /// The answer for the record as it would be read from a file.
    pub(crate) fn gate(&self) -> Verdict {
        let (read, findings) = crate::govern::record::read(&yaml(&self.record));
        assert_eq!(findings, []);
        let (record, places) = read.unwrap();
        gate(&Input {
            base: &self.base,
            head: &self.head,
            record: &record,
            places: &places,
            verdict: &self.verdict,
            directory: &self.directory,
            rules: &self.rules,
            evidence: Evidence {
                tests: &self.tests,
                passing: &self.passing,
                report: self.report,
                templates: &self.templates,
                actors: self.actors.as_ref(),
                log: self.log.as_ref(),
            },
            as_of: self.as_of,
        })
    }

    /// It passes.
    #[track_caller]
    pub(crate) fn passes(&self) -> Verdict {
        let verdict = self.gate();
        assert!(verdict.is_publishable(), "{verdict:#?}");
        verdict
    }

    /// It is refused by exactly these, as `id at`.
    #[track_caller]
    pub(crate) fn refused(&self, expected: &[&str]) {
        let verdict = self.gate();
        assert!(!verdict.is_publishable());
        assert_eq!(said(&verdict.refusals), expected, "{verdict:#?}");
    }

    /// Nothing refuses it, but approvals do not count, as `id at`, and so these slots are not filled.
    #[track_caller]
    pub(crate) fn lacks(&self, discounted: &[&str], slots: &[&str]) {
        let verdict = self.gate();
        assert!(!verdict.is_publishable());
        assert_eq!(
            said(&verdict.refusals),
            Vec::<String>::new(),
            "{verdict:#?}"
        );
        assert_eq!(said(&verdict.discounted), discounted);
        let missing: Vec<&str> = verdict
            .requirements
            .iter()
            .filter(|outcome| outcome.missing > 0)
            .map(|outcome| outcome.requirement.slot.as_str())
            .collect();
        assert_eq!(missing, slots);
    }
}

pub(crate) fn said(refusals: &[Refusal]) -> Vec<String> {
    refusals
        .iter()
        .map(|refusal| {
            format!("{} {}", refusal.id, refusal.at)
                .trim_end()
                .to_owned()
        })
        .collect()
}
