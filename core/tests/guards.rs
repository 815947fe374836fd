//! What checks claim of restrictions that a missing attribute opens, and of policies that never apply, against Cedar's
//! evaluator in every context that tells the generated policies apart.

#![expect(clippy::unwrap_used, reason = "tests")]

use cedar_policy_core::ast::{Context, EntityUID, Request, RequestSchemaAllPass};
use cedar_policy_core::authorizer::{Authorizer, Decision};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::parse_policyset;
use portcullis_core::finding::Severity;
use portcullis_core::report::{Report, ReportedFinding};
use portcullis_core::{Edit, EditRange, Instant, Workspace};
use proptest::prelude::*;

const SCHEMA: &str = "entity U; entity D;
action act appliesTo { principal: U, resource: D, context: { a?: Long, s?: String, f: Bool } };";

const GUARDS: [&str; 2] = ["forbid-guarded-by-has", "permit-unless-optional"];

fn decisions(policies: &str) -> Vec<bool> {
    let policies = parse_policyset(policies).unwrap();
    let uid = |text: &str| -> (EntityUID, _) { (text.parse().unwrap(), None) };
    let mut all = Vec::new();
    for a in ["", "\"a\": 0,", "\"a\": 1,", "\"a\": 2,", "\"a\": 3,"] {
        for s in ["", "\"s\": \"x\",", "\"s\": \"y\",", "\"s\": \"z\","] {
            for f in [false, true] {
                let context = Context::from_json_str(&format!("{{{a}{s}\"f\": {f}}}")).unwrap();
                let request = Request::new(
                    uid("U::\"u\""),
                    uid("Action::\"act\""),
                    uid("D::\"d\""),
                    context,
                    None::<&RequestSchemaAllPass>,
                    Extensions::all_available(),
                );
                let answer =
                    Authorizer::new().is_authorized(request.unwrap(), &policies, &Entities::new());
                all.push(answer.decision == Decision::Allow);
            }
        }
    }
    all
}

fn workspace(policies: &str) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    workspace
}

fn check(workspace: &mut Workspace) -> Report {
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert_eq!(workspace.counters().unconfirmed, 0);
    report
}

/// The policies with what a finding suggests.
fn fixed(policies: &str, finding: &ReportedFinding) -> Option<String> {
    let fix = finding.fixes.first()?;
    let mut workspace = workspace(policies);
    for (range, edit) in fix.edits.iter().rev() {
        let edit = Edit {
            range: EditRange::Bytes(range.start.byte, range.end.byte),
            insert: edit.insert.clone(),
        };
        workspace.edit_file("p.cedar", &edit).unwrap();
    }
    Some(workspace.text("p.cedar").unwrap().to_string())
}

fn condition() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "context has a && context.a > 1",
        "context has a && context.a == 1",
        "context has s && context.s == \"x\"",
        "context has s && context.s == \"x\" && context.f",
        "context.f && context has a && context.a < 2",
        "context has a",
        "!(context has a)",
        "!(context has s)",
        "context has s",
        "context.f",
        "!context.f",
        "context has gone",
        "if context.f then false else false",
    ])
    .prop_map(|of| format!("({of})"));
    atom.prop_recursive(2, 5, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} && {other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} || {other})")),
            inner.prop_map(|of| format!("!({of})")),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["permit", "forbid"]);
    let clause = prop::sample::select(vec!["when", "unless"]);
    (effect, clause, condition()).prop_map(|(effect, clause, condition)| {
        format!("{effect} (principal, action, resource)\n{clause} {{ {condition} }};\n")
    })
}

/// A policy that permits where this one applies.
fn as_permit(policy: &str) -> String {
    policy.replacen("forbid", "permit", 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fix_changes_a_decision_where_the_finding_is_high_and_only_there(
        policies in prop::collection::vec(policy(), 1..5)
    ) {
        let text = policies.concat();
        let before = decisions(&text);
        for finding in check(&mut workspace(&text)).findings {
            if !GUARDS.contains(&finding.rule.code) {
                continue;
            }
            let Some(fixed) = fixed(&text, &finding) else {
                continue;
            };
            let changes = decisions(&fixed) != before;
            prop_assert_eq!(
                changes,
                finding.severity == Severity::High,
                "{}\n{:?}",
                text,
                finding
            );
        }
    }

    #[test]
    fn of_a_policy_that_never_applies_nothing_is_claimed_to_hold_always(policy in policy()) {
        if decisions(&as_permit(&policy)).contains(&true) {
            return Ok(());
        }
        let report = check(&mut workspace(&policy));
        let claimed = report.findings.iter().find(|of| of.rule.code == "always-true");
        prop_assert!(claimed.is_none(), "{}\n{:?}", policy, claimed);
    }

    #[test]
    fn edits_lead_to_the_findings_of_a_fresh_workspace(
        policies in prop::collection::vec(policy(), 2..6),
        other in policy(),
        at in 0..6_usize
    ) {
        let mut edited = workspace(&policies.concat());
        check(&mut edited);
        let mut after = policies;
        let at = at % after.len();
        after.splice(at..=at, [other]);
        edited.set_file("p.cedar", after.concat().as_bytes()).unwrap();
        let mut fresh = workspace(&after.concat());
        prop_assert_eq!(check(&mut edited), check(&mut fresh));
    }
}
