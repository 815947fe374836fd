//! Changes as the commands gate them: tiered by what is in the bundles and in the record.

use super::*;
use crate::govern::record::{Drafter, State, yaml};
use crate::govern::{Answer, Request, decide};
use crate::tier;
use crate::workspace::Workspace;

const SCHEMA: &str = "@principal_kind(\"human\") entity U; @sensitivity(\"public\") entity P; @sensitivity(\"restricted\") entity D; @access(\"read\") action view appliesTo { principal: U, resource: [P, D] };";
const NONE: &str =
    "@id(\"none\") forbid (principal, action, resource) when { principal == U::\"mallory\" };";
const OF_PUBLIC: &str =
    "@id(\"a\") permit (principal == U::\"u\", action == Action::\"view\", resource == P::\"p\");";
const OF_RESTRICTED: &str =
    "@id(\"a\") permit (principal == U::\"u\", action == Action::\"view\", resource == D::\"d\");";

fn bundle(policies: &[&str], more: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    let (policies, people) = (policies.join("\n"), people(""));
    let files = [
        ("s.cedarschema", SCHEMA),
        ("p.cedar", &policies),
        ("directory.yaml", &people),
    ];
    for (path, text) in files.iter().chain(more) {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

/// The gate's answer to a record that says what is so, signed by its author.
fn answer(
    base: &mut Workspace,
    head: &mut Workspace,
    baseline: Option<&[&str]>,
    drafter: Kind,
) -> Answer {
    let scenario = &mut Scenario::new();
    let state = |digests: Digests| State {
        semantic: digests.semantic,
        source: digests.source,
    };
    scenario.record.base = state(base.digests());
    scenario.record.head = state(head.digests());
    scenario.record.report = Some(head.report_digest(scenario.as_of));
    scenario.record.rollback = Some(scenario.record.base.semantic);
    scenario.record.drafter = match drafter {
        Kind::Human => Drafter {
            kind: Kind::Human,
            id: "alice".to_owned(),
            prompt: None,
        },
        _ => scenario.record.drafter.clone(),
    };
    let mut approved = baseline.map(|policies| bundle(policies, &[]));
    let verdict = tier::assess(tier::Input {
        base: Some(&mut *base),
        head: &mut *head,
        baseline: approved.as_mut(),
        record: Some(&scenario.record),
        directory: None,
        as_of: scenario.as_of,
    })
    .verdict;
    scenario.record.tier = verdict.tier;
    scenario.record.reasons = verdict.deciding().into_iter().map(str::to_owned).collect();
    scenario.record.requirements = verdict.controls.describe();
    scenario.submit();
    let request = Request {
        record: &yaml(&scenario.record),
        directory: None,
        log: None,
        baseline: approved.as_mut(),
        actors: None,
        assess: &tier::assess,
        as_of: scenario.as_of,
    };
    decide(base, head, request)
}

fn refusals(answer: &Answer) -> Vec<&'static str> {
    answer.verdict.refusals.iter().map(|of| of.id).collect()
}

#[test]
fn what_a_model_wrote_freely_is_blocked_by_the_record_alone() {
    let mut base = bundle(&[NONE], &[]);
    for (drafter, tier, refused) in [
        (Kind::Human, Tier::Human, false),
        (Kind::Model, Tier::Blocked, true),
    ] {
        let mut head = bundle(&[NONE, OF_RESTRICTED], &[]);
        let answer = answer(&mut base, &mut head, None, drafter);
        assert_eq!(answer.verdict.tier, tier, "{:?}", answer.tier.deciding());
        assert_eq!(refusals(&answer).contains(&"gate.blocked"), refused);
        assert!(!answer.verdict.is_publishable());
    }
}

#[test]
fn what_a_model_drafted_is_looked_at_by_a_human_however_harmless() {
    let mut base = bundle(&[NONE], &[]);
    for (drafter, tier) in [(Kind::Human, Tier::Auto), (Kind::Model, Tier::Constrained)] {
        let mut head = bundle(&[NONE, OF_PUBLIC], &[]);
        let answer = answer(&mut base, &mut head, None, drafter);
        assert!(answer.verdict.tier >= tier, "{:?}", answer.tier.deciding());
        let says = |id: &str| answer.tier.reasons.iter().any(|reason| reason.id == id);
        assert_eq!(says("provenance.model"), drafter == Kind::Model);
    }
}

#[test]
fn what_only_looks_like_a_file_of_the_bundle_refuses() {
    let mut base = bundle(&[NONE], &[]);
    let evil = "permit (principal, action, resource);";
    for (path, refused) in [
        ("evil.CEDAR", true),
        ("evil.cedar.bak", true),
        ("notes.md", false),
    ] {
        let mut head = bundle(&[NONE], &[(path, evil)]);
        let answer = answer(&mut base, &mut head, None, Kind::Human);
        assert_eq!(
            refusals(&answer).contains(&"gate.unread"),
            refused,
            "{path}"
        );
    }
}

#[test]
fn steps_since_the_last_approval_are_added_up() {
    let mut base = bundle(&[NONE, OF_RESTRICTED], &[]);
    let mut head = bundle(&[NONE, OF_RESTRICTED, "// a comment"], &[]);
    let step = answer(&mut base, &mut head, None, Kind::Human);
    assert_eq!(step.verdict.tier, Tier::Auto);
    let sum = answer(&mut base, &mut head, Some(&[NONE]), Kind::Human);
    assert_eq!(sum.verdict.tier, Tier::Human);
}
