#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod adversarial;
mod assessed;
mod attempts;
mod organisation;
mod scenario;

use super::*;
use crate::govern::canonical::Digest;
use crate::govern::directory::{self, Kind};
use crate::govern::envelope::{Envelope, Purpose, payload};
use crate::govern::record::{Approval, Decision, TemplateApproval};
use crate::tier::{Controls, Trace};

pub(crate) use scenario::*;

#[test]
fn a_change_with_its_approvals_passes_and_says_who_gave_them() {
    let verdict = Scenario::approved().passes();
    let met: Vec<_> = verdict
        .requirements
        .iter()
        .map(|o| (o.requirement.slot.as_str(), o.met_by.clone()))
        .collect();
    assert_eq!(
        met,
        [
            ("application", vec!["carol".to_owned()]),
            ("security", vec!["bob".to_owned()])
        ]
    );
    assert_eq!((verdict.discounted.len(), verdict.notes.len()), (0, 0));
}

#[test]
fn what_is_missing_is_named_with_who_could_give_it() {
    let mut scenario = Scenario::new();
    scenario.approve("bob", "security", "security");
    scenario.lacks(&[], &["application"]);
    let verdict = scenario.gate();
    assert_eq!(verdict.requirements[0].candidates, ["carol", "erin"]);
    assert_eq!(verdict.requirements[1].candidates, ["carol", "dave"]);
}

#[test]
fn somebody_who_could_fill_either_slot_makes_room() {
    let mut scenario = Scenario::new();
    scenario.approve("carol", "security", "security");
    scenario.approve("carol", "application", "application-owner");
    scenario.lacks(&[], &["security"]);
    scenario.approve("erin", "application", "application-owner");
    assert!(
        scenario
            .passes()
            .requirements
            .iter()
            .all(|o| o.met_by.len() == 1)
    );
}

#[test]
fn a_change_of_what_the_policies_say_voids_approvals_and_formatting_does_not() {
    let mut formatted = Scenario::approved();
    formatted.head.source = Digest::of(b"formatted");
    let notes = formatted.passes().notes;
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[1].contains("since `carol` decided"), "{notes:?}");

    let mut changed = Scenario::approved();
    changed.head.semantic = Digest::of(b"changed");
    changed.refused(&["gate.head-differs"]);
    changed.record.head.semantic = changed.head.semantic;
    changed.submit();
    changed.lacks(
        &["approval.void approvals[0]", "approval.void approvals[1]"],
        &["application", "security"],
    );
    changed.approve("carol", "application", "application-owner");
    changed.approve("bob", "security", "security");
    assert_eq!(changed.passes().discounted.len(), 2);
}

#[test]
fn times_are_kept() {
    let mut scenario = Scenario::approved();
    scenario.as_of = at("2026-12-21T10:00:00Z");
    scenario.lacks(
        &[
            "approval.expired approvals[0]",
            "approval.expired approvals[1]",
        ],
        &["application", "security"],
    );
    let with = |change: fn(&mut Record)| {
        let mut scenario = Scenario::new();
        change(&mut scenario.record);
        scenario.submit();
        scenario.approve("carol", "application", "application-owner");
        scenario.approve("bob", "security", "security");
        scenario
    };
    with(|record| record.valid_from = Some(at("2026-12-01"))).refused(&["gate.not-yet-valid"]);
    with(|record| record.expires = Some(at("2026-11-20"))).refused(&["gate.expired"]);
    with(|record| record.recertify_by = Some(at("2026-11-20")))
        .refused(&["gate.recertification-overdue"]);
    with(|record| record.recertify_by = None).refused(&["gate.recertification"]);
    with(|record| record.recertify_by = Some(at("2027-12-01"))).refused(&["gate.recertification"]);
    with(|record| record.ticket = None).refused(&["gate.trace"]);
    with(|record| record.owner = Some("robot".to_owned())).refused(&["gate.owner"]);
    with(|record| record.rollback = Some(Digest::of(b"other"))).refused(&["gate.rollback"]);
    with(|record| record.expires = Some(at("2026-12-20"))).passes();
}

#[test]
fn approvals_are_as_the_requirement_wants_them() {
    let with = |change: fn(&mut Requirement), approval: fn(&mut Approval)| {
        let mut scenario = Scenario::new();
        let mut security = requirement("security", &["security", "iam"]);
        let requirements = &mut scenario.verdict.controls.requirements;
        requirements.remove(&security);
        change(&mut security);
        requirements.insert(security);
        scenario.record.requirements = scenario.verdict.controls.describe();
        scenario.submit();
        scenario.approve("carol", "application", "application-owner");
        let mut of_bob = scenario.decision("bob", "security", "security", Decision::Approve);
        approval(&mut of_bob);
        scenario.sign(&mut of_bob, 2);
        scenario.record.approvals.push(of_bob);
        scenario
    };
    with(
        |r| r.reason = true,
        |a| a.reason = Some("read it".to_owned()),
    )
    .passes();
    with(|r| r.reason = true, |_| {}).lacks(&["approval.reason approvals[1]"], &["security"]);
    with(|r| r.step_up = true, |a| a.step_up = true).passes();
    with(|r| r.step_up = true, |_| {}).lacks(&["approval.step-up approvals[1]"], &["security"]);
    with(|_| {}, |a| a.acknowledgements.clear())
        .lacks(&["approval.acknowledgement approvals[1]"], &["security"]);
    with(|r| r.count = 2, |_| {}).lacks(&[], &["security"]);
    with(|_| {}, |a| a.slot = "other".to_owned())
        .lacks(&["approval.slot approvals[1]"], &["security"]);
    with(|_| {}, |a| a.role = "iam".to_owned())
        .lacks(&["approval.role approvals[1]"], &["security"]);
}

#[test]
fn a_veto_stands_until_it_is_settled() {
    let mut scenario = Scenario::approved();
    let veto = scenario.decision("frank", "security", "security", Decision::Reject);
    scenario.record.approvals.push(veto);
    scenario.refused(&["gate.vetoed approvals[2]"]);
    // Neither the author nor anybody else can set it aside, but they themselves and the owners of access can.
    for (person, settles) in [
        ("alice", false),
        ("bob", false),
        ("frank", true),
        ("dave", true),
    ] {
        let mut dismissed = Scenario::approved();
        dismissed
            .record
            .approvals
            .clone_from(&scenario.record.approvals);
        dismissed.dismiss(person, 2);
        assert_eq!(dismissed.gate().is_publishable(), settles, "{person}");
    }
    let mut amended = Scenario::approved();
    amended
        .record
        .approvals
        .clone_from(&scenario.record.approvals);
    amended.record.head.semantic = Digest::of(b"amended");
    amended.head.semantic = amended.record.head.semantic;
    amended.submit();
    amended.refused(&["gate.vetoed approvals[2]"]);
}

#[test]
fn who_decides_otherwise_later_is_heard() {
    let mut scenario = Scenario::new();
    let mut veto = scenario.decision("bob", "security", "security", Decision::Reject);
    veto.time = at("2026-11-21T09:00:00Z");
    scenario.sign(&mut veto, 2);
    scenario.record.approvals.push(veto);
    scenario.approve("carol", "application", "application-owner");
    scenario.refused(&["gate.vetoed approvals[0]"]);
    scenario.approve("bob", "security", "security");
    scenario.passes();
}

#[test]
fn an_approval_can_be_dismissed() {
    let mut scenario = Scenario::approved();
    scenario.dismiss("bob", 1);
    scenario.lacks(&["approval.dismissed approvals[1]"], &["security"]);
}

#[test]
fn a_delegate_is_no_second_person() {
    let delegations =
        "delegations:\n  - { from: bob, to: frank, roles: [security], until: 2026-12-31 }\n";
    let mut scenario = Scenario::new();
    scenario.directory = directory::read(&people(delegations)).0;
    scenario.approve("carol", "application", "application-owner");
    let mut of_frank = scenario.decision("frank", "security", "security", Decision::Approve);
    scenario.record.approvals.push(of_frank.clone());
    scenario.lacks(&["approval.role approvals[1]"], &["security"]);
    of_frank.on_behalf_of = Some("bob".to_owned());
    scenario.sign(&mut of_frank, 9);
    scenario.record.approvals[1] = of_frank.clone();
    scenario.passes();

    let two = Requirement {
        count: 2,
        ..requirement("security", &["security", "iam"])
    };
    scenario.verdict.controls.requirements.pop_last();
    scenario.verdict.controls.requirements.insert(two);
    scenario.record.requirements = scenario.verdict.controls.describe();
    scenario.submit();
    scenario.sign(&mut of_frank, 9);
    scenario.record.approvals.clear();
    scenario.approve("carol", "application", "application-owner");
    scenario.record.approvals.push(of_frank);
    scenario.approve("bob", "security", "security");
    scenario.lacks(&[], &["security"]);
    scenario.approve("dave", "security", "iam");
    scenario.passes();
}

#[test]
fn what_nobody_could_meet_is_found_at_once() {
    let mut scenario = Scenario::new();
    for name in ["carol", "erin"] {
        scenario.directory.people.remove(name);
    }
    scenario.refused(&["gate.unsatisfiable"]);
    let refusal = scenario.gate().refusals.remove(0);
    assert!(
        refusal
            .message
            .contains("application: 1 of application-owner")
            && refusal.message.contains("`alice`"),
        "{}",
        refusal.message
    );
}

#[test]
fn an_automatic_change_needs_an_author_and_an_owner_and_nothing_else() {
    let mut scenario = Scenario::new();
    scenario.verdict.tier = Tier::Auto;
    scenario.verdict.controls = Controls {
        trace: [Trace::Owner].into(),
        ..Controls::default()
    };
    scenario.record.tier = Tier::Auto;
    scenario.record.requirements = Vec::new();
    scenario.submit();
    scenario.passes();
    scenario.record.submission = None;
    scenario.refused(&["gate.unsubmitted"]);
    scenario.record.owner = None;
    scenario.submit();
    scenario.refused(&["gate.trace"]);
}

#[test]
fn tests_and_rollback_are_shown_and_not_claimed() {
    let mut scenario = Scenario::approved();
    scenario.tests.clear();
    scenario.refused(&["gate.tests"]);
    let mut scenario = Scenario::approved();
    scenario.passing.clear();
    scenario.refused(&["gate.rollback"]);
}

#[test]
fn twenty_people_approve() {
    let name = |seed: u8| format!("person-{seed}");
    let people: String = (100..120)
        .map(|seed| {
            let key = public(seed);
            format!(
                "  {}: {{ issuer: idp, kind: human, roles: [application-owner, security], keys: ['{key}'] }}\n",
                name(seed)
            )
        })
        .collect();
    let mut scenario = Scenario::new();
    scenario.directory = directory::read(&(scenario::people("") + &people)).0;
    let requirements = &mut scenario.verdict.controls.requirements;
    *requirements = requirements
        .iter()
        .map(|requirement| Requirement {
            count: 10,
            ..requirement.clone()
        })
        .collect();
    scenario.record.requirements = scenario.verdict.controls.describe();
    scenario.submit();
    for seed in 100..120 {
        let (slot, role) = match seed % 2 {
            0 => ("application", "application-owner"),
            _ => ("security", "security"),
        };
        let mut approval = scenario.decision(&name(seed), slot, role, Decision::Approve);
        scenario.sign(&mut approval, seed);
        scenario.record.approvals.push(approval);
    }
    let verdict = scenario.passes();
    assert!(
        verdict
            .requirements
            .iter()
            .all(|outcome| outcome.met_by.len() == 10)
    );
    scenario.record.approvals.pop();
    scenario.lacks(&[], &["security"]);
}
