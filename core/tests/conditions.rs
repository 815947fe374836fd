//! What the checks of conditions claim is what Cedar's evaluator does.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use cedar_policy_core::ast::{Context, EntityUID, Request, RequestSchemaAllPass};
use cedar_policy_core::authorizer::{Authorizer, Decision};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::parse_policyset;
use portcullis_core::report::ReportedFinding;
use portcullis_core::{Edit, EditRange, Instant, Workspace};
use proptest::prelude::*;

const HEAD: &str = "permit (principal == User::\"a\", action, resource)";

/// Every context that the generated conditions can tell apart.
fn contexts() -> Vec<Context> {
    let mut contexts = Vec::new();
    for a in [-2, 0, 1, 3] {
        for s in ["x", "y", "xz"] {
            for f in [false, true] {
                for now in ["2026-01-01", "2027-01-01"] {
                    let json = format!(
                        r#"{{"a": {a}, "s": "{s}", "f": {f}, "now": {{"__extn": {{"fn": "datetime", "arg": "{now}"}}}}}}"#
                    );
                    contexts.push(Context::from_json_str(&json).unwrap());
                }
            }
        }
    }
    contexts
}

fn decisions(policy: &str) -> Vec<bool> {
    let policies = parse_policyset(policy).unwrap();
    let uid = |text: &str| -> (EntityUID, _) { (text.parse().unwrap(), None) };
    contexts()
        .into_iter()
        .map(|context| {
            let request = Request::new(
                uid("User::\"a\""),
                uid("Action::\"act\""),
                uid("Thing::\"t\""),
                context,
                None::<&RequestSchemaAllPass>,
                Extensions::all_available(),
            )
            .unwrap();
            let response = Authorizer::new().is_authorized(request, &policies, &Entities::new());
            response.decision == Decision::Allow
        })
        .collect()
}

fn workspace(policy: &str) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("portcullis.yaml", b"profile: regulated\n")
        .unwrap();
    workspace.set_file("p.cedar", policy.as_bytes()).unwrap();
    workspace
}

fn findings(policy: &str) -> Vec<ReportedFinding> {
    workspace(policy)
        .check(Instant::parse("2025-01-01").unwrap())
        .findings
}

fn fixed(policy: &str, finding: &ReportedFinding) -> Vec<String> {
    let safe = finding.fixes.iter().filter(|fix| fix.safe);
    safe.map(|fix| {
        let mut workspace = workspace(policy);
        for (range, edit) in fix.edits.iter().rev() {
            let edit = Edit {
                range: EditRange::Bytes(range.start.byte, range.end.byte),
                insert: edit.insert.clone(),
            };
            workspace.edit_file("p.cedar", &edit).unwrap();
        }
        workspace.text("p.cedar").unwrap().to_string()
    })
    .collect()
}

/// Checks whose safe fixes only take noise away; others may remove what was never meant to be there.
const NOISE: &[&str] = &[
    "always-true",
    "double-negation",
    "like-star",
    "redundant-conjunct",
];

fn atom() -> impl Strategy<Value = String> {
    let order = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let date = prop::sample::select(vec!["2026-01-01", "2026-07-01", "2027-01-01"]);
    prop_oneof![
        (order.clone(), -2..=3_i64).prop_map(|(op, n)| format!("context.a {op} {n}")),
        (-2..=3_i64, order.clone()).prop_map(|(n, op)| format!("{n} {op} context.a")),
        (
            prop::sample::select(vec!["==", "!="]),
            prop::sample::select(vec!["x", "y"])
        )
            .prop_map(|(op, s)| format!("context.s {op} \"{s}\"")),
        (order, date).prop_map(|(op, date)| format!("context.now {op} datetime(\"{date}\")")),
        prop::sample::select(vec![
            "context.f",
            "context.f == false",
            "context.s like \"*\"",
            "context.s like \"x*\"",
            "context has a",
            "principal == User::\"a\"",
            "true",
            "false",
        ])
        .prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(3, 12, 3, |inner| {
        let operand = inner.prop_map(|c| format!("({c})"));
        prop_oneof![
            operand.clone().prop_map(|c| format!("!{c}")),
            operand.clone().prop_map(|c| format!("!!{c}")),
            prop::collection::vec(operand.clone(), 2..4).prop_map(|c| c.join(" && ")),
            prop::collection::vec(operand.clone(), 2..4).prop_map(|c| c.join(" || ")),
            (operand.clone(), operand.clone(), operand)
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_always_true_is_and_taking_noise_away_keeps_every_decision(
        when in condition(),
        unless in prop::option::of(condition()),
    ) {
        let mut policy = format!("{HEAD} when {{ {when} }}");
        if let Some(unless) = unless {
            policy.push_str(&format!(" unless {{ {unless} }}"));
        }
        policy.push(';');
        let before = decisions(&policy);
        for finding in findings(&policy) {
            if finding.message.ends_with("is always true") && finding.rule.code == "always-true" {
                let text = policy
                    .get(finding.range.start.byte as usize..finding.range.end.byte as usize)
                    .unwrap();
                let alone = decisions(&format!("{HEAD} when {{ {text} }};"));
                prop_assert!(alone.iter().all(|d| *d), "{text} of {policy}");
            }
            if NOISE.contains(&finding.rule.code) {
                for text in fixed(&policy, &finding) {
                    prop_assert_eq!(&before, &decisions(&text), "{}\n{}", policy, text);
                }
            }
        }
    }

    #[test]
    fn what_contradicts_itself_never_applies(
        when in prop::collection::vec(atom(), 1..5),
        unless in prop::collection::vec(atom(), 1..3),
    ) {
        let policy = format!(
            "{HEAD} when {{ {} }} unless {{ {} }};",
            when.join(" && "),
            unless.join(" || "),
        );
        let codes: BTreeSet<&str> = findings(&policy).iter().map(|f| f.rule.code).collect();
        if codes.contains("contradiction") || codes.contains("impossible-policy") {
            prop_assert!(decisions(&policy).iter().all(|d| !*d), "{policy}");
        }
    }
}
