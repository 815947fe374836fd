//! The classes that tiers give to what is newly allowed, held against Cedar's evaluator on generated conditions: where
//! a decision depends on a field that the caller supplies, or a resource of production is newly allowed, a factor says so.

#![expect(clippy::unwrap_used, reason = "tests")]

use cedar_policy_core::ast::{Context, EntityUID, Request, RequestSchemaAllPass};
use cedar_policy_core::authorizer::{Authorizer, Decision};
use cedar_policy_core::entities::json::EntityJsonParser;
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::parser::parse_policyset;
use portcullis_core::tier::{Input, tier};
use portcullis_core::{Instant, Workspace};
use proptest::prelude::*;

const SCHEMA: &str = r#"
@principal_kind("human") entity User { level: Long };
@sensitivity("internal") entity Zone;
@sensitivity("internal") entity Server in [Zone] { env: String, owner: User, live?: Bool };
@access("read") action look appliesTo {
  principal: [User], resource: [Server],
  context: { @trust("caller") admin: Bool, @trust("attested") mfa: Bool,
             @trust("attested") ticket: { @trust("caller") urgent: Bool, open: Bool } }
};
"#;

const HEAD: &str =
    r#"@id("new") permit (principal == User::"a", action == Action::"look", resource is Server)"#;

/// The factors that fire where head adds a permit with this condition.
fn factors(condition: &str) -> Vec<String> {
    let bundle = |policies: &str| {
        let mut workspace = Workspace::new();
        workspace
            .set_file("s.cedarschema", SCHEMA.as_bytes())
            .unwrap();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        workspace
    };
    let tiered = tier(Input {
        base: Some(&mut bundle("")),
        head: &mut bundle(&format!("{HEAD} when {{ {condition} }};")),
        baseline: None,
        record: None,
        directory: None,
        as_of: Instant::parse("2026-11-21").unwrap(),
    });
    let reasons = tiered.assessment.verdict.reasons;
    reasons.into_iter().map(|reason| reason.id).collect()
}

fn entities() -> Entities {
    let mut all = Vec::new();
    for id in ["a", "o"] {
        all.push(format!(
            r#"{{"uid": {{"type": "User", "id": "{id}"}}, "attrs": {{"level": 3}}, "parents": []}}"#
        ));
    }
    for zone in ["prod", "lab"] {
        for env in ["prod", "dev"] {
            for owner in ["a", "o"] {
                all.push(format!(
                    r#"{{"uid": {{"type": "Server", "id": "{zone}-{env}-{owner}"}},
                         "attrs": {{"env": "{env}", "owner": {{"__entity": {{"type": "User", "id": "{owner}"}}}}}},
                         "parents": [{{"type": "Zone", "id": "{zone}"}}]}}"#
                ));
            }
        }
    }
    let parser = EntityJsonParser::<NoEntitiesSchema>::new(
        None,
        Extensions::all_available(),
        TCComputation::ComputeNow,
    );
    parser
        .from_json_str(&format!("[{}]", all.join(",")))
        .unwrap()
}

/// A server and the four fields of the context.
type Case = (&'static str, &'static str, [bool; 4]);

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for server in [
        "prod-prod-a",
        "prod-prod-o",
        "prod-dev-a",
        "prod-dev-o",
        "lab-prod-a",
        "lab-prod-o",
        "lab-dev-a",
        "lab-dev-o",
    ] {
        for bits in 0..16_u8 {
            let fields = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            let kind = if server.contains("prod") {
                "production"
            } else {
                "other"
            };
            all.push((server, kind, fields));
        }
    }
    all
}

fn allowed(policies: &cedar_policy_core::ast::PolicySet, entities: &Entities, case: &Case) -> bool {
    let (server, _, [admin, mfa, urgent, open]) = case;
    let context = Context::from_json_str(&format!(
        r#"{{"admin": {admin}, "mfa": {mfa}, "ticket": {{"urgent": {urgent}, "open": {open}}}}}"#
    ))
    .unwrap();
    let uid = |text: &str| -> (EntityUID, _) { (text.parse().unwrap(), None) };
    let request = Request::new(
        uid("User::\"a\""),
        uid("Action::\"look\""),
        uid(&format!("Server::\"{server}\"")),
        context,
        None::<&RequestSchemaAllPass>,
        Extensions::all_available(),
    )
    .unwrap();
    let response = Authorizer::new().is_authorized(request, policies, entities);
    response.decision == Decision::Allow
}

fn condition() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "context.admin",
        "{c: context}.c.admin",
        "context.mfa",
        "context.ticket.urgent",
        "context.ticket == {urgent: true, open: true}",
        "{t: context.ticket}.t.open",
        "context == {admin: true, mfa: true, ticket: {urgent: true, open: true}}",
        "(if context.mfa then context else context).admin",
        "resource.owner == principal",
        "resource.env == \"prod\"",
        "resource.env == \"dev\"",
        "resource.env != \"prod\"",
        "[\"dev\", \"prod\"].contains(resource.env)",
        "resource.env like \"p*\"",
        "resource in Zone::\"prod\"",
        "resource in Zone::\"lab\"",
        "resource in [Zone::\"lab\", Zone::\"prod\"]",
        "principal.level > 2",
    ])
    .prop_map(str::to_owned);
    atom.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_cedar_shows_of_a_permit_a_factor_says(condition in condition()) {
        let policies = parse_policyset(&format!("{HEAD} when {{ {condition} }};")).unwrap();
        let entities = entities();
        let allowed = |case: &Case| allowed(&policies, &entities, case);
        let cases = cases();
        let by_caller = cases.iter().any(|case| {
            let (server, kind, [admin, mfa, urgent, open]) = *case;
            let first = allowed(case);
            first != allowed(&(server, kind, [!admin, mfa, urgent, open]))
                || first != allowed(&(server, kind, [admin, mfa, !urgent, open]))
        });
        // A zone counts where the policy names it; what a server says of itself counts always.
        let names_zone = condition.contains("Zone::\"prod\"");
        let in_production = cases.iter().any(|case| {
            let of_zone = case.0.starts_with("prod-");
            let of_environment = case.0.contains("-prod-");
            (of_environment || names_zone && of_zone) && allowed(case)
        });
        let factors = factors(&condition);
        let fires = |id: &str| factors.iter().any(|of| of == id);
        prop_assert!(!by_caller || fires("condition.untrusted"), "{condition}: {factors:?}");
        prop_assert!(!in_production || fires("environment.production"), "{condition}: {factors:?}");
    }
}
