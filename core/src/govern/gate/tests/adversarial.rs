//! Everything that somebody could try who wants a change published without the approvals that the base asks
//! for. Each attempt starts from a change that passes, or from one that lacks an approval.

use super::*;
use crate::govern::log::Event;

#[test]
fn a_forged_identity() {
    // Eve signs with her own key in bob's name.
    let mut scenario = Scenario::new();
    scenario.approve("carol", "application", "application-owner");
    let mut forged = scenario.decision("bob", "security", "security", Decision::Approve);
    scenario.sign(&mut forged, 66);
    scenario.record.approvals.push(forged);
    scenario.refused(&["approval.envelope approvals[1]"]);

    // Somebody whom nobody knows, or whom another issuer vouches for.
    let mut scenario = Scenario::new();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("eve", "security", "security");
    scenario.refused(&["approval.unknown-person approvals[1]"]);
    let mut other = scenario.decision("bob", "security", "security", Decision::Approve);
    other.issuer = "https://elsewhere.example.com".to_owned();
    scenario.sign(&mut other, 2);
    scenario.record.approvals[1] = other;
    scenario.refused(&["approval.issuer approvals[1]"]);

    // The hint names bob's key, but carol's made the signature.
    let mut hinted = scenario.decision("bob", "security", "security", Decision::Approve);
    let keyid = hinted.envelope.signatures[0].keyid.clone();
    scenario.sign(&mut hinted, seed("carol"));
    hinted.envelope.signatures[0].keyid = keyid;
    scenario.record.approvals[1] = hinted;
    scenario.refused(&["approval.envelope approvals[1]"]);
}

#[test]
fn a_replayed_approval() {
    let mut other = Scenario::new();
    other.record.id = "change-2".to_owned();
    other.approve("bob", "security", "security");

    let mut scenario = Scenario::new();
    scenario.approve("carol", "application", "application-owner");
    scenario
        .record
        .approvals
        .push(other.record.approvals.remove(0));
    scenario.refused(&["approval.other-change approvals[1]"]);

    // From the same change over another base.
    let mut other = Scenario::new();
    other.record.base.semantic = Digest::of(b"another base");
    other.approve("bob", "security", "security");
    scenario.record.approvals[1] = other.record.approvals.remove(0);
    scenario.lacks(&["approval.void approvals[1]"], &["security"]);
    assert!(
        scenario.gate().discounted[0]
            .message
            .ends_with("`base` changed")
    );
}

#[test]
fn swapped_digests() {
    let mut scenario = Scenario::approved();
    scenario.record.head.semantic = Digest::of(b"harmless");
    scenario.refused(&["gate.head-differs", "gate.submission"]);
    let mut scenario = Scenario::approved();
    scenario.record.base.semantic = scenario.record.head.semantic;
    scenario.refused(&["gate.base-differs", "gate.submission"]);
    // The statement's subject is bound to its terms.
    let mut scenario = Scenario::approved();
    let approval = &mut scenario.record.approvals[1];
    let text = String::from_utf8(approval.envelope.payload.clone()).unwrap();
    let subject = format!(r#""sha256":"{}""#, scenario.head.semantic.hex());
    assert!(text.contains(&subject));
    let text = text.replace(
        &subject,
        &format!(r#""sha256":"{}""#, Digest::of(b"x").hex()),
    );
    approval.envelope = signed(2, text.into_bytes());
    scenario.refused(&["approval.envelope approvals[1]"]);
}

#[test]
fn one_person_under_two_keys() {
    let mut scenario = Scenario::new();
    let two = Requirement {
        count: 2,
        ..requirement("security", &["security", "iam"])
    };
    scenario.verdict.controls.requirements.pop_last();
    scenario.verdict.controls.requirements.insert(two);
    scenario.record.requirements = scenario.verdict.controls.describe();
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("bob", "security", "security");
    let mut again = scenario.decision("bob", "security", "security", Decision::Approve);
    again.time = at("2026-11-21T11:00:00Z");
    scenario.sign(&mut again, 12);
    scenario.record.approvals.push(again);
    scenario.refused(&["approval.duplicate approvals[2]"]);
}

#[test]
fn one_approval_twice() {
    let mut scenario = Scenario::approved();
    let again = scenario.record.approvals[1].clone();
    scenario.record.approvals.push(again);
    scenario.refused(&["approval.duplicate approvals[2]"]);
}

#[test]
fn a_date_that_is_yet_to_come() {
    let mut scenario = Scenario::approved();
    let mut future = scenario.decision("bob", "security", "security", Decision::Approve);
    future.time = at("2026-11-21T12:00:00.001Z");
    scenario.sign(&mut future, 2);
    scenario.record.approvals[1] = future;
    scenario.refused(&["approval.future approvals[1]"]);
}

#[test]
fn an_approval_of_another_tier() {
    let mut scenario = Scenario::approved();
    scenario.verdict.tier = Tier::Constrained;
    scenario.refused(&["gate.tier-differs"]);
    scenario.record.tier = Tier::Constrained;
    scenario.submit();
    scenario.lacks(
        &["approval.void approvals[0]", "approval.void approvals[1]"],
        &["application", "security"],
    );
    // And one whose reasons were others.
    let mut scenario = Scenario::approved();
    scenario.record.reasons = Vec::new();
    scenario.submit();
    scenario.refused(&["gate.reasons-differ"]);
}

#[test]
fn tiers_that_nobody_can_approve() {
    for (tier, id) in [
        (Tier::Blocked, "gate.blocked"),
        (Tier::Undetermined, "gate.undetermined"),
    ] {
        let mut scenario = Scenario::new();
        scenario.verdict.tier = tier;
        scenario.record.tier = tier;
        scenario.submit();
        scenario.approve("carol", "application", "application-owner");
        scenario.approve("bob", "security", "security");
        scenario.refused(&[id]);
    }
}

#[test]
fn unsigned_and_signed_otherwise() {
    let with = |change: fn(&mut Envelope)| {
        let mut scenario = Scenario::approved();
        change(&mut scenario.record.approvals[1].envelope);
        let refusal = scenario.gate().refusals.remove(0);
        assert_eq!(
            (refusal.id, refusal.at.as_str()),
            ("approval.envelope", "approvals[1]")
        );
        refusal.message
    };
    assert!(with(|e| e.signatures.clear()).contains("not signed"));
    assert!(with(|e| e.signatures[0].sig.clear()).contains("not signed"));
    assert!(with(|e| e.signatures.push(e.signatures[0].clone())).contains("more than one"));
    // As long as one of RSA with 2048 bits, or of ECDSA with P-256 in DER.
    assert!(with(|e| e.signatures[0].sig = vec![1; 256]).contains("not one of Ed25519"));
    assert!(with(|e| e.signatures[0].sig = vec![1; 71]).contains("not one of Ed25519"));
    assert!(with(|e| e.signatures[0].sig = vec![0; 64]).contains("no key"));
    assert!(with(|e| e.payload_type = "text/plain".to_owned()).contains("payload type"));
    assert!(with(|e| e.payload.push(b' ')).contains("no key"));
}

#[test]
fn a_payload_that_is_no_statement_of_this_kind() {
    let with = |payload: Vec<u8>| {
        let mut scenario = Scenario::approved();
        scenario.record.approvals[1].envelope = signed(2, payload);
        scenario.refused(&["approval.envelope approvals[1]"]);
    };
    let scenario = Scenario::approved();
    let approval = &scenario.record.approvals[1];
    // A submission or a dismissal with the same contents is no approval.
    with(payload(
        &scenario.record,
        Purpose::Submission,
        &approval.terms(),
    ));
    with(payload(
        &scenario.record,
        Purpose::Dismissal,
        &approval.terms(),
    ));
    // Two readers could read a payload differently that is not canonical.
    let mut blank = approval.envelope.payload.clone();
    blank.push(b'\n');
    with(blank);
    let text = String::from_utf8(approval.envelope.payload.clone()).unwrap();
    with(
        text.replace(r#""stepUp":false"#, r#""stepUp":false,"stepUp":false"#)
            .into_bytes(),
    );
    with(b"[]".to_vec());
    with(b"\xff\xfe".to_vec());
    with("[".repeat(100_000).into_bytes());
}

#[test]
fn fields_beside_the_signature_that_say_something_else() {
    let with = |change: fn(&mut Approval)| {
        let mut scenario = Scenario::approved();
        change(&mut scenario.record.approvals[1]);
        scenario.refused(&["approval.fields approvals[1]"]);
    };
    with(|a| a.slot = "application".to_owned());
    with(|a| a.role = "iam".to_owned());
    with(|a| a.time = at("2026-11-21T11:00:00Z"));
    with(|a| a.step_up = true);
    with(|a| a.reason = Some("looks fine".to_owned()));
    with(|a| a.acknowledgements.push("deny-path".to_owned()));
    with(|a| a.decision = Decision::Reject);
    with(|a| a.on_behalf_of = Some("dave".to_owned()));
    // Bob's signature under carol's name is no signature of carol's.
    let mut scenario = Scenario::approved();
    scenario.record.approvals[1].person = "carol".to_owned();
    scenario.refused(&["approval.envelope approvals[1]"]);
}

#[test]
fn approving_what_is_ones_own() {
    let parties: [fn(&mut Record, &str); 3] = [
        |record, name| record.author = name.to_owned(),
        |record, name| {
            record.drafter = Drafter {
                kind: Kind::Human,
                id: name.to_owned(),
                prompt: None,
            }
        },
        |record, name| record.last_editor = name.to_owned(),
    ];
    for make in parties {
        let mut scenario = Scenario::new();
        make(&mut scenario.record, "bob");
        scenario.submit();
        scenario.approve("erin", "application", "application-owner");
        scenario.approve("bob", "security", "security");
        scenario.refused(&["approval.self approvals[1]"]);
    }
    // Through somebody who was given the author's role.
    let delegations = "delegations:\n  - { from: alice, to: frank, roles: [application-owner], until: 2026-12-31 }\n";
    let mut scenario = Scenario::new();
    scenario.directory = directory::read(&people(delegations)).0;
    scenario.approve("bob", "security", "security");
    let mut of_frank = scenario.decision(
        "frank",
        "application",
        "application-owner",
        Decision::Approve,
    );
    of_frank.on_behalf_of = Some("alice".to_owned());
    scenario.sign(&mut of_frank, 9);
    scenario.record.approvals.push(of_frank);
    scenario.refused(&["approval.self approvals[1]"]);
}

#[test]
fn a_model_or_an_agent_that_approves() {
    for name in ["draft-model", "robot"] {
        let mut scenario = Scenario::new();
        scenario.approve("carol", "application", "application-owner");
        scenario.record.drafter.id = "another-model".to_owned();
        scenario.submit();
        scenario.approve(name, "security", "security");
        let refusals = scenario.gate().refusals;
        assert_eq!(said(&refusals), ["approval.kind approvals[1]"]);
    }
    let mut scenario = Scenario::new();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("pipeline", "security", "security");
    scenario.lacks(&["approval.not-human approvals[1]"], &["security"]);
}

#[test]
fn an_author_who_writes_another_name_into_the_record() {
    // Carol wants the change and claims that alice does. Only alice could sign that.
    let mut scenario = Scenario::new();
    scenario.record.submission = None;
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("bob", "security", "security");
    scenario.refused(&["gate.unsubmitted"]);
    let forged = payload(
        &scenario.record,
        Purpose::Submission,
        &serde_json::Value::Null,
    );
    scenario.record.submission = Some(signed(seed("carol"), forged));
    scenario.refused(&["gate.submission"]);
    // A host that knows better is believed.
    scenario.record.submission = None;
    scenario.actors = Some(Actors {
        author: "carol".to_owned(),
        drafter: scenario.record.drafter.clone(),
        last_editor: "carol".to_owned(),
    });
    scenario.refused(&["gate.actors"]);
    scenario.actors = Some(Actors {
        author: "alice".to_owned(),
        drafter: scenario.record.drafter.clone(),
        last_editor: "alice".to_owned(),
    });
    scenario.passes();
    // Names that nobody has.
    let mut scenario = Scenario::new();
    scenario.record.last_editor = "nobody".to_owned();
    scenario.record.drafter = Drafter {
        kind: Kind::Human,
        id: "robot".to_owned(),
        prompt: None,
    };
    scenario.submit();
    scenario.refused(&["gate.unknown-actor", "gate.unknown-actor"]);
}

#[test]
fn terms_that_were_changed_after_people_approved() {
    let changes: [fn(&mut Record); 6] = [
        |record| record.expires = Some(at("2030-01-01")),
        |record| record.justification = Some("another".to_owned()),
        |record| record.owner = Some("erin".to_owned()),
        |record| {
            record.drafter = Drafter {
                kind: Kind::Human,
                id: "alice".to_owned(),
                prompt: None,
            }
        },
        |record| record.recertify_by = Some(at("2027-05-01")),
        |record| record.last_editor = "erin".to_owned(),
    ];
    for change in changes {
        let mut scenario = Scenario::approved();
        change(&mut scenario.record);
        scenario.refused(&["gate.submission"]);
        scenario.submit();
        scenario.lacks(
            &["approval.void approvals[0]", "approval.void approvals[1]"],
            &["application", "security"],
        );
    }
}

#[test]
fn requirements_that_the_record_leaves_out() {
    let mut scenario = Scenario::new();
    scenario.record.requirements.pop();
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.refused(&["gate.requirements-differ"]);
}

#[test]
fn people_and_roles_that_are_no_longer_there() {
    let mut scenario = Scenario::approved();
    if let Some(bob) = scenario.directory.people.get_mut("bob") {
        bob.until = Some(at("2026-11-21T11:00:00Z"));
    }
    scenario.lacks(&["approval.left approvals[1]"], &["security"]);
    let mut scenario = Scenario::approved();
    if let Some(bob) = scenario.directory.people.get_mut("bob") {
        bob.roles.clear();
    }
    scenario.lacks(&["approval.role approvals[1]"], &["security"]);
    let mut scenario = Scenario::new();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("bob", "security", "superuser");
    scenario.refused(&["approval.unknown-role approvals[1]"]);
}

#[test]
fn a_key_that_was_taken_out_of_the_directory() {
    let mut scenario = Scenario::approved();
    if let Some(bob) = scenario.directory.people.get_mut("bob") {
        bob.keys.remove(&public(2));
    }
    scenario.refused(&["approval.envelope approvals[1]"]);
}

#[test]
fn a_change_that_was_published_and_rolled_back() {
    let mut scenario = Scenario::approved();
    let mut lines = String::new();
    for (event, name, refused) in [
        (Event::Published, "change-1", &[][..]),
        (Event::RolledBack, "change-1", &["gate.replayed"]),
        (
            Event::Published,
            "change-2",
            &["gate.base-unpublished", "gate.previous", "gate.replayed"],
        ),
    ] {
        let mut record = scenario.record.clone();
        record.id = name.to_owned();
        let line = Log::read(&lines)
            .unwrap()
            .append(event, &record, scenario.as_of)
            .unwrap();
        lines.push_str(&line);
        scenario.log = Some(Log::read(&lines).unwrap());
        match refused {
            [] => drop(scenario.passes()),
            refused => scenario.refused(refused),
        }
    }
}

#[test]
fn a_change_that_does_not_follow_what_is_published() {
    let mut scenario = Scenario::new();
    let mut before = scenario.record.clone();
    before.id = "change-0".to_owned();
    before.head = scenario.record.base;
    let line = Log::default()
        .append(Event::Published, &before, at("2026-11-20"))
        .unwrap();
    scenario.log = Some(Log::read(&line).unwrap());
    let with = |scenario: &mut Scenario, previous| {
        scenario.record.previous = previous;
        scenario.record.approvals.clear();
        scenario.submit();
        scenario.approve("carol", "application", "application-owner");
        scenario.approve("bob", "security", "security");
    };
    with(&mut scenario, None);
    scenario.refused(&["gate.previous"]);
    with(&mut scenario, Some(Digest::of(b"another record")));
    scenario.refused(&["gate.previous"]);
    with(&mut scenario, Some(before.digest()));
    scenario.passes();
    // An older base, whose directory and rules were laxer.
    scenario.base = scenario.head.clone();
    scenario.base.semantic = Digest::of(b"older");
    scenario.record.base.semantic = scenario.base.semantic;
    scenario.passing.insert(scenario.base.semantic);
    scenario.record.rollback = Some(scenario.base.semantic);
    with(&mut scenario, Some(before.digest()));
    scenario.refused(&["gate.base-unpublished"]);
}

#[test]
fn a_set_to_go_back_to_that_no_longer_passes() {
    let mut scenario = Scenario::approved();
    scenario.passing.clear();
    scenario.refused(&["gate.rollback"]);
    // An older one that the log has, and that nobody gave to look at.
    let older = Digest::of(b"older");
    let mut scenario = Scenario::new();
    scenario.record.rollback = Some(older);
    let mut lines = String::new();
    for (name, head) in [("change-0", older), ("change-00", scenario.base.semantic)] {
        let mut record = scenario.record.clone();
        record.id = name.to_owned();
        record.head.semantic = head;
        let log = Log::read(&lines).unwrap();
        lines.push_str(
            &log.append(Event::Published, &record, at("2026-11-20"))
                .unwrap(),
        );
        scenario.record.previous = Some(record.digest());
    }
    scenario.log = Some(Log::read(&lines).unwrap());
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("bob", "security", "security");
    scenario.refused(&["gate.rollback"]);
    scenario.passing.insert(older);
    scenario.passes();
}

#[test]
fn a_report_that_the_record_does_not_have() {
    let mut scenario = Scenario::approved();
    scenario.report = Digest::of(b"another report");
    scenario.refused(&["gate.report-differs"]);
    scenario.record.report = None;
    scenario.refused(&["gate.report-differs"]);
    // What is found binds nobody: with what is found now the approvals stay.
    scenario.record.report = Some(scenario.report);
    scenario.passes();
}

#[test]
fn a_model_that_nobody_knows_the_prompt_of() {
    let mut scenario = Scenario::new();
    scenario.record.drafter.prompt = None;
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("bob", "security", "security");
    scenario.refused(&["gate.prompt"]);
}

#[test]
fn no_slot_is_met_by_who_approved_something_else() {
    let mut changed = Scenario::approved();
    changed.head.semantic = Digest::of(b"changed");
    let mut riskier = Scenario::approved();
    riskier.verdict.reasons[0].id = "diff.unknown".to_owned();
    let mut older = Scenario::approved();
    older.base.semantic = Digest::of(b"older");
    for scenario in [changed, riskier, older] {
        let verdict = scenario.gate();
        let void = ["approval.void approvals[0]", "approval.void approvals[1]"];
        assert_eq!(said(&verdict.discounted), void);
        assert!(verdict.requirements.iter().all(|of| of.met_by.is_empty()));
    }
}

#[test]
fn a_veto_that_was_taken_out_of_the_record() {
    let mut scenario = Scenario::approved();
    let veto = scenario.decision("dave", "security", "iam", Decision::Reject);
    scenario.record.approvals.push(veto);
    let line = Log::default()
        .append(Event::Recorded, &scenario.record, scenario.as_of)
        .unwrap();
    scenario.log = Some(Log::read(&line).unwrap());
    scenario.refused(&["gate.vetoed approvals[2]"]);
    scenario.record.approvals.pop();
    scenario.refused(&["gate.log"]);
    scenario.log = None;
    scenario.passes();
}

#[test]
fn dismissals_that_prove_nothing() {
    let mut scenario = Scenario::approved();
    let veto = scenario.decision("dave", "security", "iam", Decision::Reject);
    scenario.record.approvals.push(veto);
    scenario.dismiss("dave", 2);
    scenario.passes();
    let mut forged = scenario.record.dismissals[0].clone();
    forged.envelope = signed(seed("alice"), forged.envelope.payload.clone());
    scenario.record.dismissals[0] = forged;
    scenario.refused(&[
        "dismissal.envelope dismissals[0]",
        "gate.vetoed approvals[2]",
    ]);
    scenario.record.dismissals.clear();
    scenario.dismiss("dave", 2);
    scenario.record.dismissals[0].dismisses = Digest::of(b"nothing");
    scenario.refused(&[
        "dismissal.unknown dismissals[0]",
        "gate.vetoed approvals[2]",
    ]);
    // A dismissal is no approval of what comes after it.
    scenario.record.dismissals.clear();
    scenario.dismiss("dave", 2);
    let mut later = scenario.decision("dave", "security", "iam", Decision::Reject);
    later.time = at("2026-11-21T11:30:00Z");
    scenario.sign(&mut later, 4);
    scenario.record.approvals.push(later);
    scenario.refused(&["gate.vetoed approvals[3]"]);
}

#[test]
fn a_head_that_cannot_be_read() {
    let mut scenario = Scenario::approved();
    scenario.head.unread = vec!["a.cedar".to_owned()];
    scenario.refused(&["gate.unread"]);
}

#[test]
fn a_tier_that_asks_for_nobody() {
    for tier in [Tier::Constrained, Tier::Human] {
        let mut scenario = Scenario::new();
        scenario.verdict.tier = tier;
        scenario.verdict.controls = Controls::default();
        scenario.record.tier = tier;
        scenario.record.requirements = Vec::new();
        scenario.submit();
        scenario.refused(&["gate.uncontrolled"]);
    }
}

#[test]
fn a_service_that_approves_what_a_model_drafted() {
    let mut scenario = Scenario::new();
    let mut security = requirement("security", &["security"]);
    scenario.verdict.controls.requirements.pop_last();
    security.human_only = false;
    scenario.verdict.controls.requirements.insert(security);
    scenario.record.requirements = scenario.verdict.controls.describe();
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("pipeline", "security", "security");
    scenario.lacks(&["approval.not-human approvals[1]"], &["security"]);
    // What a human drafted, a requirement may leave to a service.
    scenario.record.drafter = Drafter {
        kind: Kind::Human,
        id: "alice".to_owned(),
        prompt: None,
    };
    scenario.record.approvals.clear();
    scenario.submit();
    scenario.approve("carol", "application", "application-owner");
    scenario.approve("pipeline", "security", "security");
    scenario.passes();
}

#[test]
fn hundreds_of_decisions_with_a_key_of_nobody() {
    let mut scenario = Scenario::approved();
    for number in 0..200_u8 {
        let mut forged = scenario.decision("bob", "security", "security", Decision::Approve);
        forged.reason = Some(format!("again {number}"));
        scenario.sign(&mut forged, 77);
        scenario.record.approvals.push(forged);
    }
    let verdict = scenario.gate();
    assert!(!verdict.is_publishable());
    assert_eq!(verdict.refusals.len(), 200);
}
