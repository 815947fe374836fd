//! What is right in YAML.

use serde_json::json;

use super::{entity, names, reads, right};
use crate::suite::model::{Decision, ExpectedErrors};

/// Entities that the tests below use.
const STAFF: &str = "
as_of: 2026-11-21T09:00:00Z
use: staff
fixtures:
  staff:
    files: [bank.entities.json]
    entities:
      alice:
        uid: User::\"alice\"
        attrs: { clearance: 3, manager: bob, ip: 10.0.0.1, hired: 2024-01-01, shift: 8h, rate: 1.50, mode: Mode::\"live\", roles: [a, b], address: { city: Ulm } }
        parents: [treasury, 'Group::\"all\"']
        tags: { region: eu }
      bob: { uid: User::\"bob\", attrs: { clearance: 1 } }
      plan: { uid: Document::\"plan\", attrs: { owner: alice, public: false } }
contexts:
  mfa: { mfa: true }
  late: { extends: mfa, now: $as_of + 10h }
";

fn with_staff(rest: &str) -> String {
    format!("{STAFF}{rest}")
}

#[test]
fn a_case_with_everything() {
    let text = with_staff(
        "cases:
  - name: alice views
    tags: [smoke]
    skip: waits for PAY-12
    principal: alice
    action: view
    resource: plan
    context: late
    expect:
      decision: allow
      determining: [owner-views]
      errors: [no-strangers]
      obligations: [approval: step_up, breakglass]
",
    );
    let suite = right("wire.test.yaml", &text, true);
    assert_eq!(suite.name.as_ref(), "wire");
    let case = &suite.cases[0];
    assert_eq!(case.name.as_ref(), "alice views");
    assert_eq!(case.span.text(&text), "alice views");
    assert_eq!(case.tags, ["smoke".into()]);
    assert_eq!(case.skip.as_deref(), Some("waits for PAY-12"));
    assert_eq!(case.principal.to_string(), "Bank::User::\"alice\"");
    assert_eq!(case.action.to_string(), "Bank::Action::\"view\"");
    assert_eq!(case.resource.to_string(), "Bank::Document::\"plan\"");
    assert_eq!(case.places.context.text(&text), "late");
    assert_eq!(
        *case.context,
        json!({"mfa": true, "now": {"__extn": {"fn": "datetime", "arg": "2026-11-21T19:00:00Z"}}})
    );
    let expected = &case.expected;
    assert_eq!(expected.decision.value, Decision::Allow);
    let determining = &expected.determining.as_ref().unwrap().value;
    assert_eq!(determining[0].value.as_ref(), "owner-views");
    assert!(!expected.others_may_determine);
    let errors = &expected.errors.as_ref().unwrap().value;
    assert!(
        matches!(errors, ExpectedErrors::Policies(all) if all[0].value.as_ref() == "no-strangers")
    );
    let obligations = &expected.obligations.as_ref().unwrap().value;
    let obligations: Vec<_> = obligations.iter().map(|o| o.value.as_ref()).collect();
    assert_eq!(obligations, ["approval: step_up", "breakglass"]);
}

#[test]
fn values_become_what_the_schema_says() {
    let text = with_staff(
        "cases: [{ name: a, principal: alice, action: ping, resource: memo, expect: deny }]",
    );
    let suite = right("t.test.yaml", &text, true);
    let alice = entity(&suite, 0, "alice");
    let user = |id: &str| json!({"__entity": {"type": "Bank::User", "id": id}});
    let extension = |name: &str, arg: &str| json!({"__extn": {"fn": name, "arg": arg}});
    assert_eq!(
        alice["attrs"],
        json!({
            "clearance": 3,
            "manager": user("bob"),
            "ip": extension("ip", "10.0.0.1"),
            "hired": extension("datetime", "2024-01-01"),
            "shift": extension("duration", "8h"),
            "rate": extension("decimal", "1.50"),
            "mode": {"__entity": {"type": "Bank::Mode", "id": "live"}},
            "roles": ["a", "b"],
            "address": {"city": "Ulm"},
        })
    );
    assert_eq!(alice["tags"], json!({"region": "eu"}));
    assert_eq!(
        alice["parents"],
        json!([{"type": "Bank::Group", "id": "treasury"}, {"type": "Bank::Group", "id": "all"}])
    );
    assert_eq!(entity(&suite, 0, "carol")["attrs"]["manager"], user("dave"));
}

#[test]
fn a_context_can_stand_in_a_file() {
    let text = with_staff(
        "cases:
  - { name: a, principal: alice, action: view, resource: plan, context: filed, expect: allow }
  - { name: b, principal: alice, action: view, resource: plan, context: more, expect: allow }
",
    )
    .replace(
        "contexts:",
        "contexts:\n  filed: mfa.context.json\n  more: { extends: filed, seconds: ~, mfa: false }",
    );
    let suite = right("t.test.yaml", &text, true);
    assert_eq!(*suite.cases[0].context, json!({"mfa": true, "seconds": 4}));
    assert_eq!(*suite.cases[1].context, json!({"mfa": false}));
}

#[test]
fn what_no_case_uses_is_told_with_its_line() {
    let text = "
use: [one, two]
fixtures:
  base: { entities: { carol: { uid: User::\"carol\", attrs: { clearance: 1 } } } }
  one: { extends: base }
  two: { entities: { d: { uid: Document::\"d\", attrs: { owner: 'User::\"carol\"', public: true } } } }
  three: { extends: one }
contexts:
  mfa: { mfa: true }
  some: { extends: mfa }
  idle: { extends: mfa }
cases:
  - { name: a, principal: carol, action: view, resource: d, context: { extends: some }, expect: allow }
";
    let (suite, findings) = reads("t.test.yaml", text, true);
    assert_eq!(suite.unwrap().broken, []);
    let told: Vec<_> = findings
        .iter()
        .map(|f| (f.code, f.span.text(text), f.message.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("suite/unused", "three", "no case uses the fixture `three`"),
            ("suite/unused", "idle", "no case uses the context `idle`"),
        ]
    );
    // What is wrong with a case may hide what it uses.
    let wrong = text.replace("action: view", "action: veiw");
    let (_, findings) = reads("t.test.yaml", &wrong, true);
    assert!(findings.iter().all(|f| f.code != "suite/unused"));
}

#[test]
fn later_fixtures_override_entity_by_entity() {
    let text = with_staff(
        "cases:
  - { name: a, principal: alice, action: ping, resource: plan, expect: deny }
  - { name: b, use: night, principal: alice, action: ping, resource: plan, expect: deny }
  - { name: c, use: [staff, night], principal: alice, action: ping, resource: plan, expect: deny }
  - name: d
    principal: carol
    action: ping
    resource: plan
    entities:
      carol: { extends: carol, attrs: { clearance: 9, manager: ~ }, parents: [] }
      guest: { extends: alice, uid: User::\"guest\", attrs: { name: Guest } }
    expect: deny
",
    )
    .replace(
        "contexts:",
        "  night:
    extends: staff
    entities:
      alice: { extends: alice, attrs: { clearance: 1, ip: ~ }, tags: { region: us } }
contexts:",
    );
    let suite = right("t.test.yaml", &text, true);
    assert_eq!(entity(&suite, 0, "alice")["attrs"]["clearance"], 3);
    let night = entity(&suite, 1, "alice");
    assert_eq!(night["attrs"]["clearance"], 1);
    assert_eq!(night["attrs"]["roles"], json!(["a", "b"]));
    assert!(night["attrs"].get("ip").is_none());
    assert_eq!(night["tags"]["region"], "us");
    assert_eq!(night["parents"].as_array().unwrap().len(), 2);
    // The same entities are the same fixture.
    assert_eq!(suite.cases[1].fixture, suite.cases[2].fixture);
    assert_ne!(suite.cases[0].fixture, suite.cases[1].fixture);
    let carol = entity(&suite, 3, "carol");
    assert_eq!(carol["attrs"], json!({"clearance": 9}));
    assert_eq!(carol["parents"], json!([]));
    assert_eq!(entity(&suite, 3, "guest")["attrs"]["name"], "Guest");
    assert_eq!(entity(&suite, 3, "guest")["attrs"]["clearance"], 3);
    assert_eq!(suite.fixtures.len(), 3);
}

#[test]
fn a_table_is_a_case_for_each_request_that_the_schema_admits() {
    let text = with_staff(
        "tags: [t]
tables:
  - name: who
    tags: [u]
    principals: [alice, 'Robot::\"r\"']
    actions: [view, ping]
    resources: [plan, memo]
    context: mfa
    allow:
      alice: { view: memo }
",
    );
    let (suite, findings) = reads("t.test.yaml", &text, true);
    // `ping` has no context.
    assert_eq!(
        findings[0].message,
        "the schema gives the context of `Bank::Action::\"ping\"` no key `mfa`"
    );
    assert_eq!(suite.unwrap().broken[0].name.as_ref(), "who");

    let text = text
        .replace("    context: mfa\n", "")
        .replace("[view, ping]", "[ping]");
    let text = text.replace(
        "alice: { view: memo }",
        "alice: { ping: memo }\n      any: { any: [plan] }",
    );
    let suite = right("t.test.yaml", &text, true);
    assert_eq!(
        names(&suite.cases),
        [
            "who › alice ping plan",
            "who › alice ping memo",
            "who › Robot::\"r\" ping plan",
            "who › Robot::\"r\" ping memo"
        ]
    );
    let decisions: Vec<_> = suite
        .cases
        .iter()
        .map(|c| c.expected.decision.value.as_str())
        .collect();
    assert_eq!(decisions, ["allow", "allow", "allow", "deny"]);
    assert_eq!(suite.cases[1].span.text(&text), "memo");
    assert_eq!(suite.cases[3].span.text(&text), "who");
    assert_eq!(suite.cases[0].tags, ["t".into(), "u".into()]);
}

#[test]
fn cells_that_are_no_request_are_left_out() {
    let text = with_staff(
        "tables:
  - { name: t, principals: [alice, 'Robot::\"r\"'], actions: [view, ping], resources: [plan], context: c }
contexts: { c: {} }
",
    )
    .replace("contexts: { c: {} }\n", "")
    .replace("contexts:", "contexts:\n  c: {}");
    let (_, findings) = reads("t.test.yaml", &text, true);
    let messages: Vec<_> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the context of `Bank::Action::\"view\"` lacks the required key `mfa`"]
    );
}

#[test]
fn without_a_schema_values_say_what_they_are() {
    let text = "
as_of: 2026-11-21
use: f
fixtures:
  f:
    entities:
      a:
        uid: User::\"a\"
        attrs:
          self: { __entity: a }
          other: { __entity: { type: User, id: b } }
          ip: { __extn: { fn: ip, arg: 10.0.0.0/8 } }
          now: { __extn: { fn: datetime, arg: $as_of - 1d } }
          later: { __extn: { fn: offset, args: [{ __extn: { fn: datetime, args: [2024-01-01] } }, { __extn: { fn: duration, arg: 1d } }] } }
          day: { __extn: { fn: toDate, arg: { __extn: { fn: datetime, arg: 2024-01-01T10:00:00Z } } } }
          nested: { list: [1, x, true] }
        parents: [g]
      g: { uid: { type: Group, id: g } }
cases:
  - name: c
    principal: a
    action: view
    resource: Thing::\"t\"
    context: { quoted: \"1\", text: a }
    expect: deny
";
    let suite = right("t.test.yaml", text, false);
    assert_eq!(suite.cases[0].action.to_string(), "Action::\"view\"");
    assert_eq!(*suite.cases[0].context, json!({"quoted": "1", "text": "a"}));
    assert_eq!(
        entity(&suite, 0, "a")["attrs"],
        json!({
            "self": {"__entity": {"type": "User", "id": "a"}},
            "other": {"__entity": {"type": "User", "id": "b"}},
            "ip": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}},
            "now": {"__extn": {"fn": "datetime", "arg": "2026-11-20T00:00:00Z"}},
            "later": {"__extn": {"fn": "offset", "args": [
                {"__extn": {"fn": "datetime", "args": ["2024-01-01"]}},
                {"__extn": {"fn": "duration", "arg": "1d"}},
            ]}},
            "day": {"__extn": {"fn": "toDate", "arg": {"__extn": {"fn": "datetime", "arg": "2024-01-01T10:00:00Z"}}}},
            "nested": {"list": [1, "x", true]},
        })
    );
    assert_eq!(
        suite.fixtures[0].entities_json(),
        suite.fixtures[0].entities.to_string()
    );
}
