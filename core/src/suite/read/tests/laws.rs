//! What holds for any text, and between the formats.

use proptest::prelude::*;

use super::{reads, right};

#[test]
fn what_is_damaged_below_is_right_before() {
    assert_eq!(right("t.test.yaml", YAML, true).cases.len(), 3);
    assert_eq!(right("t.test.json", JSON, true).cases.len(), 3);
}

#[test]
fn the_same_suite_in_yaml_and_in_json() {
    let yaml = "
cases:
  - name: a
    use: f
    principal: carol
    action: view
    resource: memo
    context: { mfa: true, now: 2026-11-21 }
    expect: { decision: allow, errors: 0 }
  - name: b
    use: f
    principal: User::\"carol\"
    action: Bank::Action::\"ping\"
    resource: Document::\"memo\"
    expect: { decision: deny, errors: 1 }
fixtures:
  f: { files: [bank.entities.json] }
";
    let json = r#"[
  {"name": "a", "request": {"principal": "Bank::User::\"carol\"", "action": "Bank::Action::\"view\"",
   "resource": "Bank::Document::\"memo\"", "context": {"mfa": true, "now": {"__extn": {"fn": "datetime", "arg": "2026-11-21"}}}},
   "entities": "bank.entities.json", "decision": "allow", "reason": [], "num_errors": 0},
  {"name": "b", "request": {"principal": "Bank::User::\"carol\"", "action": "Bank::Action::\"ping\"",
   "resource": "Bank::Document::\"memo\"", "context": {}},
   "entities": "bank.entities.json", "decision": "deny", "reason": [], "num_errors": 1}
]"#;
    let yaml = right("t.test.yaml", yaml, true);
    let json = right("t.test.json", json, true);
    assert_eq!(yaml.fixtures, json.fixtures);
    assert_eq!(yaml.cases.len(), json.cases.len());
    for (a, b) in yaml.cases.iter().zip(&json.cases) {
        assert_eq!(
            (
                &a.name,
                &a.principal,
                &a.action,
                &a.resource,
                &a.context,
                a.fixture
            ),
            (
                &b.name,
                &b.principal,
                &b.action,
                &b.resource,
                &b.context,
                b.fixture
            )
        );
        assert_eq!(a.expected.decision.value, b.expected.decision.value);
        let errors = |case: &crate::suite::Case| case.expected.errors.clone().unwrap().value;
        assert_eq!(errors(a), errors(b));
    }
}

#[test]
fn positions_lie_between_characters() {
    for text in [
        "tables:\n- éprincipal: ",
        "cases:\n- éé: 1\n  é",
        "tables:\n- é: ",
    ] {
        let (_, findings) = reads("t.test.yaml", text, true);
        assert!(!findings.is_empty());
        for finding in findings {
            let (from, to) = (finding.span.start as usize, finding.span.end as usize);
            assert!(text.get(from..to).is_some(), "{text:?} {finding:?}");
        }
    }
}

const YAML: &str = "as_of: 2026-11-21
use: [f, g]
fixtures:
  f: { files: [bank.entities.json], entities: { carol: { extends: carol, attrs: { manager: ~, ip: 10.0.0.1 } } } }
  g: { extends: f, entities: { d: { uid: Document::\"d\", attrs: { owner: carol, public: true } } } }
contexts:
  c: { mfa: true, now: $as_of + 1h }
  e: { extends: c, seconds: 4 }
cases:
  - { name: a, tags: [x], principal: carol, action: view, resource: memo, context: e, expect: allow }
  - name: b
    skip: later
    principal: User::\"carol\"
    action: ping
    resource: memo
    entities: { one: { uid: User::\"one\", attrs: { clearance: 1 } } }
    expect: { decision: deny, determining: [owner-views], errors: 1 }
tables:
  - { name: t, principals: [carol], actions: [ping], resources: [memo], allow: { any: { ping: any } } }
";

const JSON: &str = r#"[
 {"name": "a", "request": {"principal": "Bank::User::\"carol\"", "action": "Bank::Action::\"view\"",
  "resource": "Bank::Document::\"memo\"", "context": {"mfa": true}},
  "entities": "bank.entities.json", "decision": "allow", "reason": ["owner-views"], "num_errors": 0},
 {"entities": [{"uid": {"type": "Bank::User", "id": "x"}, "attrs": {"clearance": 1}, "parents": []}],
  "subject": {"type": "user", "id": "x", "properties": {"clearance": 2}}, "action": {"name": "ping"},
  "evaluations": [{"resource": {"type": "document", "id": "d", "properties": {"owner": "x", "public": true}}}, {"resource": {"type": "document", "id": "e", "properties": {"owner": "x", "public": true}}}],
  "expected": [{"decision": true}, false]}
]"#;

/// Pieces from which texts are made that come near to suites.
const PIECES: [&str; 36] = [
    "cases:",
    "\n",
    "  ",
    "- ",
    "name: ",
    "a",
    "principal: ",
    "alice",
    "User::\"alice\"",
    "action: ",
    "view",
    "resource: ",
    "context: ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ": ",
    "expect: ",
    "allow",
    "tables:",
    "fixtures:",
    "entities:",
    "extends: ",
    "use: ",
    "uid: ",
    "attrs: ",
    "$as_of + 1h",
    "as_of: 2026-11-21",
    "\"request\": ",
    "\"subject\": ",
    "\"type\"",
    "\"evaluations\": ",
    "é",
    "~",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        for name in ["t.test.yaml", "t.test.json"] {
            let (_, findings) = reads(name, &text, true);
            prop_assert!(findings.iter().all(|f| text.get(f.span.start as usize..f.span.end as usize).is_some()));
        }
    }

    #[test]
    fn no_text_like_a_suite_panics(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        let text = pieces.concat();
        for name in ["t.test.yaml", "t.test.json"] {
            let (_, findings) = reads(name, &text, true);
            prop_assert!(findings.iter().all(|f| text.get(f.span.start as usize..f.span.end as usize).is_some()));
        }
    }

    /// A suite that is nearly right: something in it is replaced by something else of it.
    #[test]
    fn no_damaged_suite_panics(from in 0..1000_usize, length in 0..30_usize, other in 0..1000_usize, taken in 0..60_usize) {
        for (name, text) in [("t.test.yaml", YAML), ("t.test.json", JSON)] {
            let part = |start: usize, length: usize| {
                let start = start % text.len();
                start..(start + length).min(text.len())
            };
            let mut damaged = text.to_owned();
            damaged.replace_range(part(from, length), &text[part(other, taken)]);
            let (suite, findings) = reads(name, &damaged, true);
            let broken = suite.map_or(0, |suite| suite.broken.len());
            prop_assert!(broken == 0 || !findings.is_empty());
        }
    }

    /// No case is set aside in silence.
    #[test]
    fn what_is_set_aside_is_reported(cut in 0..400_usize) {
        let text = "use: f\nfixtures:\n  f:\n    entities:\n      a: { uid: User::\"a\", attrs: { clearance: 3 } }\n      d: { uid: Document::\"d\", attrs: { owner: a, public: true } }\ncases:\n  - { name: x, principal: a, action: ping, resource: d, expect: deny }\n  - { name: y, principal: a, action: view, resource: d, context: { mfa: true }, expect: allow }\n";
        let cut = cut.min(text.len());
        let (suite, findings) = reads("t.test.yaml", &text[..cut], true);
        let broken = suite.map_or(0, |suite| suite.broken.len());
        prop_assert!(broken == 0 || !findings.is_empty());
    }
}
