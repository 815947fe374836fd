#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::govern::directory::Kind;
use crate::govern::envelope::{PAYLOAD_TYPE, Signature};

fn envelope() -> Envelope {
    Envelope {
        payload_type: PAYLOAD_TYPE.to_owned(),
        payload: b"{}".to_vec(),
        signatures: vec![Signature {
            keyid: None,
            sig: vec![1; 64],
        }],
    }
}

fn record() -> Record {
    let state = |text: &[u8]| State {
        semantic: Digest::of(text),
        source: Digest::of(b"source"),
    };
    let time = |text| Instant::parse(text).unwrap();
    Record {
        id: "payments-limit".to_owned(),
        base: state(b"base"),
        head: state(b"head"),
        engine: "0.1.0".to_owned(),
        report: None,
        tests: Some(Digest::of(b"tests")),
        tier: Tier::Human,
        reasons: vec!["diff.widened".to_owned()],
        requirements: vec!["owner: 1 of application-owner".to_owned()],
        author: "alice".to_owned(),
        drafter: Drafter {
            kind: Kind::Model,
            id: "m".to_owned(),
            prompt: Some(Digest::of(b"p")),
        },
        last_editor: "alice".to_owned(),
        owner: Some("alice".to_owned()),
        ticket: Some("PAY-1".to_owned()),
        justification: Some("because: \"yes\"\nand # more".to_owned()),
        valid_from: Some(time("2026-11-21T09:00:00Z")),
        expires: None,
        recertify_by: Some(time("2027-01-01T00:00:00Z")),
        retain_until: None,
        rollback: Some(Digest::of(b"base")),
        previous: None,
        submission: Some(envelope()),
        approvals: vec![Approval {
            person: "bob".to_owned(),
            issuer: "https://idp.example.com".to_owned(),
            role: "security".to_owned(),
            slot: "security".to_owned(),
            on_behalf_of: None,
            decision: Decision::Approve,
            reason: None,
            acknowledgements: vec!["scope".to_owned()],
            time: time("2026-11-21T09:00:00.5Z"),
            step_up: true,
            envelope: envelope(),
        }],
        dismissals: vec![Dismissal {
            person: "bob".to_owned(),
            issuer: "i".to_owned(),
            reason: "no".to_owned(),
            time: time("2026-11-21T09:00:00Z"),
            dismisses: envelope().digest(),
            envelope: envelope(),
        }],
        template: Some(TemplateApproval {
            name: "viewer".to_owned(),
            digest: Digest::of(b"viewer"),
            person: "bob".to_owned(),
            issuer: "i".to_owned(),
            role: "security".to_owned(),
            time: time("2026-11-21T09:00:00Z"),
            envelope: envelope(),
        }),
    }
}

#[test]
fn what_is_written_is_read_back() {
    let record = record();
    for text in [yaml(&record), json(&record)] {
        let (read, findings) = read(&text);
        assert_eq!(findings, [], "{text}");
        let (read, places) = read.unwrap();
        assert_eq!(read, record);
        assert!(places.approvals[0].text(&text).contains("bob"));
    }
}

proptest! {
    #[test]
    fn any_text_survives(text in "\\PC{0,40}[\\x00-\\x1f\\u{80}-\\u{a0}\\u{2028}\\u{1F600}:#\"'\\\\ \\-]{0,8}x") {
        let mut record = record();
        record.justification = Some(text);
        for written in [yaml(&record), json(&record)] {
            prop_assert_eq!(&read(&written).0.unwrap().0, &record, "{}", written);
        }
    }
}

#[test]
fn every_term_is_signed() {
    // The terms change with everything but what formatting changes.
    let one = record();
    let terms = one.terms();
    let mut others: Vec<Record> = (0..6).map(|_| one.clone()).collect();
    others[0].justification = None;
    others[1].expires = one.recertify_by;
    others[2].last_editor = "bob".to_owned();
    others[3].base.semantic = Digest::of(b"other");
    others[4].drafter.prompt = None;
    others[5].requirements.clear();
    assert!(others.iter().all(|other| other.terms() != terms));
    let mut formatted = one.clone();
    formatted.head.source = Digest::of(b"other");
    formatted.engine = "0.2.0".to_owned();
    formatted.tests = None;
    assert_eq!(formatted.terms(), terms);
    assert_ne!(formatted.digest(), one.digest());
}

#[test]
fn mistakes_are_found_where_they_are() {
    let good = yaml(&record());
    for (from, to, code, at) in [
        (
            "tier: human",
            "tier: humn",
            "governance/invalid-value",
            "humn",
        ),
        (
            "ticket: PAY-1",
            "tiket: PAY-1",
            "governance/unknown-key",
            "tiket",
        ),
        ("author: alice\n", "", "governance/missing-key", "id: pay"),
        (
            "decision: approve",
            "decision: aprove",
            "governance/invalid-value",
            "aprove",
        ),
        (
            "payload: e30=",
            "payload: e30",
            "governance/invalid-value",
            "e30",
        ),
        (
            "step_up: true",
            "step_up: maybe",
            "governance/wrong-type",
            "maybe",
        ),
        (
            "rollback: sha256:",
            "rollback: md5:",
            "governance/invalid-value",
            "md5:",
        ),
        ("author: alice", "author: 5", "governance/wrong-type", "5"),
        (
            "tier: human",
            "tier: &t human",
            "governance/unsupported-yaml",
            "&t",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replace(from, to);
        let (record, findings) = read(&text);
        assert_eq!(record, None);
        let first = &findings[0];
        assert_eq!(first.code, code, "{to}");
        assert!(
            first.span.text(&text).starts_with(at),
            "{to}: {}",
            first.span.text(&text)
        );
    }
}

#[test]
fn too_many_decisions_are_refused() {
    let mut many = record();
    many.approvals = vec![many.approvals[0].clone(); MOST_DECISIONS + 1];
    let (record, findings) = read(&json(&many));
    assert_eq!((record, findings[0].code), (None, "governance/too-much"));
}
