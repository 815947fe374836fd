//! What the checks of restrictions claim, that something gets past them, is what Cedar's evaluator does.

#![expect(clippy::unwrap_used, reason = "tests")]

use cedar_policy_core::ast::{Context, EntityUID, Request, RequestSchemaAllPass};
use cedar_policy_core::authorizer::{Authorizer, Decision};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::parse_policyset;
use portcullis_core::{Instant, Workspace};
use proptest::prelude::*;

fn found(code: &str, policies: &str) -> Vec<String> {
    let mut workspace = Workspace::new();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    (report.findings.iter())
        .filter(|finding| finding.rule.code == code)
        .map(|finding| finding.message.clone())
        .collect()
}

fn allows(policies: &str, context: serde_json::Value) -> bool {
    let policies = parse_policyset(policies).unwrap();
    let uid = |text: &str| -> (EntityUID, _) { (text.parse().unwrap(), None) };
    let request = Request::new(
        uid("User::\"a\""),
        uid("Action::\"act\""),
        uid("Thing::\"t\""),
        Context::from_json_value(context).unwrap(),
        None::<&RequestSchemaAllPass>,
        Extensions::all_available(),
    )
    .unwrap();
    let response = Authorizer::new().is_authorized(request, &policies, &Entities::new());
    response.decision == Decision::Allow
}

fn condition(atoms: &'static [&'static str]) -> impl Strategy<Value = String> {
    let atom = prop::sample::select(atoms).prop_map(str::to_owned);
    atom.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|of| format!("!({of})")),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|of| format!("({})", of.join(" && "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|of| format!("({})", of.join(" || "))),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            inner.prop_map(|of| format!("({of}) == false")),
        ]
    })
}

const ADDRESSES: &[&str] = &[
    "context.ip.isIpv4()",
    "context.ip.isIpv6()",
    "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "context.ip.isInRange(ip(\"203.0.113.0/24\"))",
    "context.ip.isInRange(ip(\"2001:db8::/32\"))",
    "context.ip == ip(\"10.0.0.1\")",
    "context.ip.isLoopback()",
    "context.a",
    "context.b",
];

const V4: &[&str] = &[
    "10.0.0.1",
    "10.1.1.1",
    "203.0.113.5",
    "127.0.0.1",
    "8.8.8.8",
];
const V6: &[&str] = &["2001:db8::1", "::1", "2600::1", "fe80::1"];

/// Whether the policies allow a request from an address, for each that both flags can be.
fn allowed_from(policies: &str, ip: &str) -> Vec<bool> {
    let flags = [(false, false), (false, true), (true, false), (true, true)];
    flags
        .map(|(a, b)| {
            let ip = serde_json::json!({"__extn": {"fn": "ip", "arg": ip}});
            allows(policies, serde_json::json!({"a": a, "b": b, "ip": ip}))
        })
        .to_vec()
}

fn what_denies_an_ipv6_address_denies_all(policies: &str) {
    let denied: Vec<Vec<bool>> = V6.iter().map(|ip| allowed_from(policies, ip)).collect();
    for ip in V4.iter().chain(V6) {
        for (at, allowed) in allowed_from(policies, ip).into_iter().enumerate() {
            let by_other_things = denied.iter().any(|of| of.get(at) == Some(&false));
            assert!(!(by_other_things && allowed), "{policies} {ip}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// No IPv6 address is the reason for a denial: whatever denies a request from one denies it from any address.
    #[test]
    fn ipv6_gets_past_what_is_said_to_look_at_ipv4_only(
        condition in condition(ADDRESSES),
        keyword in prop::sample::select(vec!["when", "unless"]),
        forbids in any::<bool>(),
    ) {
        let policies = match forbids {
            true => format!(
                "permit (principal == User::\"a\", action, resource);\nforbid (principal, action, resource) {keyword} {{ {condition} }};"
            ),
            false => format!("permit (principal == User::\"a\", action, resource) {keyword} {{ {condition} }};"),
        };
        if !found("ipv4-only", &policies).is_empty() {
            what_denies_an_ipv6_address_denies_all(&policies);
        }
    }

    /// The path that a finding shows is one that the policies allow.
    #[test]
    fn what_is_said_to_slip_through_does(
        condition in condition(TEXTS),
        keyword in prop::sample::select(vec!["when", "unless"]),
        forbid in condition(TEXTS),
    ) {
        let policies = format!(
            "permit (principal == User::\"a\", action, resource) {keyword} {{ {condition} }};\nforbid (principal, action, resource) when {{ {forbid} }};"
        );
        for message in found("path-traversal", &policies) {
            let path = message.split("matches `").nth(1).unwrap().split('`').next().unwrap();
            prop_assert!(allows(&policies, serde_json::json!({"path": path})), "{policies} {message}");
        }
    }
}

const TEXTS: &[&str] = &[
    "context.path like \"/srv/*\"",
    "context.path like \"/srv/*\"",
    "context.path like \"/srv/*.txt\"",
    "context.path like \"*..*\"",
    "context.path like \"*/../*\"",
    "context.path like \"/srv/..*\"",
    "context.path == \"/srv/a\"",
];

#[test]
fn every_generator_reaches_its_check() {
    let forbid = |condition: &str| {
        format!(
            "permit (principal == User::\"a\", action, resource);\nforbid (principal, action, resource) when {{ {condition} }};"
        )
    };
    let v4 =
        forbid("context.a && context.ip.isIpv4() && !context.ip.isInRange(ip(\"10.0.0.0/8\"))");
    assert_eq!(found("ipv4-only", &v4).len(), 1);
    what_denies_an_ipv6_address_denies_all(&v4);
    let not_only =
        forbid("(context.a || context.ip.isInRange(ip(\"10.0.0.0/8\"))) && context.ip.isIpv6()");
    assert_eq!(found("ipv4-only", &not_only).len(), 0);
    let prefix = "permit (principal, action, resource) when { context.path like \"/srv/*\" };";
    assert_eq!(found("path-traversal", prefix).len(), 1);
}
