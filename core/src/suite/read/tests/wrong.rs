//! What is wrong in YAML, where, and what still runs.

use super::{marked, names, reads};

pub(super) const HEAD: &str = "use: f
fixtures:
  f:
    entities:
      alice: { uid: User::\"alice\", attrs: { clearance: 3 } }
      doc: { uid: Document::\"doc\", attrs: { owner: alice, public: true } }
";

pub(super) const GOOD: &str =
    "  - { name: good, principal: alice, action: ping, resource: doc, expect: deny }\n";

/// Checks a suite with `HEAD`, wrong cases and a right one, which must come through.
#[track_caller]
fn cases(wrong: &str, broken: &[&str]) {
    let suite = marked(&format!("{HEAD}cases:\n{wrong}{GOOD}"), true);
    assert_eq!(names(&suite.cases), ["good"]);
    let found: Vec<_> = suite.broken.iter().map(|b| b.name.as_ref()).collect();
    assert_eq!(found, broken);
    assert!(suite.broken.iter().all(|b| !b.reason.is_empty()));
}

#[test]
fn keys() {
    cases(
        "  - name: a
    principle: alice
#   ^^^^^^^^^ unknown-key
    principal: alice
    action: ping
    resource: doc
    expect: { decision: deny, because: x }
#                             ^^^^^^^ unknown-key
  - principal: alice
#   ^ missing-key
    action: ping
    resource: doc
    expect: deny
  - name: b
#         ^ missing-key
#         ^ missing-key
#         ^ missing-key
#         ^ missing-key
  - name: c
    skip: true
#         ^^^^ wrong-type
    principal: alice
    action: ping
    resource: doc
    expect: allowed
#           ^^^^^^^ invalid-value
  - name: ' '
#         ^^^ missing-key
    principal: alice
    action: ping
    resource: doc
    expect: {}
#           ^^ missing-key
  - 5
#   ^ wrong-type
",
        &["a", "case 2", "b", "c", "case 5", "case 6"],
    );
}

#[test]
fn names_of_all_kinds() {
    cases(
        "  - name: a
    use: g
#        ^ unknown-name
    principal: alice
    action: ping
    resource: doc
    expect: deny
  - name: b
    principal: alise
#              ^^^^^ unknown-name
    action: pong
#           ^^^^ undeclared
    resource: Doc::\"x\"
#             ^^^^^^^^ undeclared
    context: mfa
    expect: { decision: deny, determining: [owner-view], errors: [nobody] }
#                                           ^^^^^^^^^^ unknown-name
#                                                                 ^^^^^^ unknown-name
  - name: c
    principal: alice
    action: ping
    resource: doc
    context: mfa
#            ^^^ unknown-name
    expect: deny
  - name: d
    principal: User::alice
#              ^^^^^^^^^^^ invalid-value
    action: reading
#           ^^^^^^^ not-applicable
    resource: Mode::\"old\"
#             ^^^^^^^^^^^ invalid-id
    expect: deny
  - name: d
#         ^ duplicate-case
    principal: alice
    action: Bank::Action::\"reading\"
#           ^^^^^^^^^^^^^^^^^^^^^^^ not-applicable
    resource: doc
    expect: deny
",
        &["a", "b", "c", "d", "d"],
    );
}

#[test]
fn requests_against_the_schema() {
    cases(
        "  - name: a
    principal: Robot::\"r\"
#              ^^^^^^^^^^ not-applicable
    action: view
    resource: doc
    context: { mfa: true }
    expect: deny
  - name: b
    principal: alice
    action: view
    resource: alice
#             ^^^^^ not-applicable
    context: { mfa: true }
    expect: deny
  - name: c
    principal: alice
    action: view
#           ^^^^ missing-value
    resource: doc
    expect: deny
  - name: d
    principal: alice
    action: view
    resource: doc
    context: { mfa: yes, nov: $as_of, seconds: $as_of, now: $as_of }
#                   ^^^ wrong-type
#                        ^^^ undeclared
#                                              ^^^^^^ wrong-type
#                                                           ^^^^^^ invalid-value
    expect: deny
  - name: e
    principal: User::\"zoe\"
#              ^^^^^^^^^^^ missing-entity
    action: ping
    resource: doc
    expect: deny
",
        &["a", "b", "c", "d", "e"],
    );
}

#[test]
fn expectations_that_nothing_can_meet() {
    cases(
        "  - name: a
    principal: alice
    action: ping
    resource: doc
    expect: { decision: allow, obligations: [approval: step_up] }
#                                            ^^^^^^^^^^^^^^^^^ impossible-expectation
  - name: a2
    principal: alice
    action: ping
    resource: doc
    expect: { decision: allow, obligations: [ask, approval] }
#                                            ^^^ invalid-value
#                                                 ^^^^^^^^ invalid-value
  - name: b
    principal: alice
    action: view
    resource: doc
    context: { mfa: true }
    expect: { decision: allow, obligations: [approval: boss] }
#                                            ^^^^^^^^^^^^^^ impossible-expectation
  - name: c
    principal: alice
    action: view
    resource: doc
    context: { mfa: true }
    expect: { decision: deny, obligations: [breakglass] }
#                                           ^^^^^^^^^^ impossible-expectation
  - name: d
    principal: alice
    action: ping
    resource: doc
    expect: { decision: allow, determining: [] }
#                                           ^^ impossible-expectation
",
        &["a", "a2", "b", "c", "d"],
    );
}

#[test]
fn entities_against_the_schema() {
    cases(
        "  - name: a
    principal: alice
    action: ping
    resource: doc
    expect: deny
    entities:
      bob: { uid: User::\"bob\", attrs: { clearence: 1 } }
#     ^^^ missing-value
#                                       ^^^^^^^^^ undeclared
      eve:
        extends: alice
        uid: User::\"eve\"
        attrs:
          clearance: 1.5
#                    ^^^ wrong-type
          name: 7
#               ^ wrong-type
          manager: doc
#                  ^^^ wrong-type
          ip: 10.0.0.256
#             ^^^^^^^^^^ wrong-type
          hired: tomorrow
#                ^^^^^^^^ wrong-type
          shift: 3
#                ^ wrong-type
          rate: 1.23456
#               ^^^^^^^ wrong-type
          mode: Mode::\"off\"
#               ^^^^^^^^^^^ invalid-id
          roles: admin
#                ^^^^^ wrong-type
          address: { town: Ulm, zip: ~ }
#                  ^^^^^^^^^^^^^^^^^^^^^ missing-value
#                    ^^^^ undeclared
#                                    ^ wrong-type
        tags: { region: 3 }
#                       ^ wrong-type
        parents: [doc]
#                 ^^^ wrong-type
      robot: { uid: Robot::\"r\", tags: { a: b } }
#                                       ^ undeclared
",
        &["a"],
    );
}

#[test]
fn entities_in_themselves() {
    cases(
        "  - name: a
    principal: alice
    action: ping
    resource: doc
    expect: deny
    entities:
      one: { uid: Group::\"one\", parents: [two] }
#                                         ^^^ cedar/entities-cycle
      two: { uid: Group::\"two\", parents: [one] }
  - name: a2
    principal: alice
    action: ping
    resource: doc
    expect: deny
    entities:
      one: { uid: Group::\"one\", parents: [two] }
#                                         ^^^ cedar/entities-cycle
      two: { uid: Group::\"two\", parents: [one] }
  - name: b
    principal: alice
    action: ping
    resource: doc
    expect: deny
    entities:
      x: { uid: Group::\"x\" }
      y: { uid: Group::\"x\" }
#     ^ invalid-value
      z: { attrs: {} }
#     ^ missing-key
      u: { extends: alicia }
#                   ^^^^^^ unknown-name
      v: { extends: w }
#     ^ cycle
      w: { extends: v }
",
        &["a", "a2", "b"],
    );
}

#[test]
fn fixtures_and_contexts() {
    let suite = marked(
        "fixtures:
  a: { extends: b }
# ^ cycle
  b: { extends: [c, a] }
#                ^ unknown-name
  self: { extends: self }
# ^^^^ cycle
  files:
    files: [nothing.json, no-list.json, no-json.json, twice.json, large.json, ../../up.json, wrong.json]
#           ^^^^^^^^^^^^ missing-file
#                         ^^^^^^^^^^^^ fixture-file
#                                       ^^^^^^^^^^^^ fixture-file
#                                                     ^^^^^^^^^^ fixture-file
#                                                                 ^^^^^^^^^^ fixture-file
#                                                                             ^^^^^^^^^^^^^ missing-file
  wrong: { files: wrong.json }
#                 ^^^^^^^^^^ wrong-type
  fine: { files: [../root.entities.json, ./bank.entities.json] }
contexts:
  x: { extends: y }
# ^ cycle
  y: { extends: x }
  z: { extends: zz, extends: x }
#               ^^ unknown-name
#                   ^^^^^^^ duplicate-key
  lost: lost.context.json
#       ^^^^^^^^^^^^^^^^^ missing-file
  list: bank.entities.json
#       ^^^^^^^^^^^^^^^^^^ fixture-file
cases:
  - { name: 1a, use: a, principal: carol, action: ping, resource: memo, expect: deny }
  - { name: 1b, use: files, principal: carol, action: ping, resource: memo, expect: deny }
  - { name: 1c, use: wrong, principal: carol, action: ping, resource: memo, expect: deny }
  - { name: 1d, use: fine, principal: carol, action: ping, resource: memo, context: x, expect: deny }
  - { name: fine, use: fine, principal: carol, action: ping, resource: memo, expect: deny }
",
        true,
    );
    assert_eq!(names(&suite.cases), ["fine"]);
    let reasons: Vec<_> = suite.broken.iter().map(|b| b.reason.as_str()).collect();
    assert_eq!(
        reasons[1],
        "the fixture `files` cannot be used: the bundle has no file `tests/nothing.json`"
    );
    assert!(
        reasons[3].starts_with("the context `x` cannot be used"),
        "{reasons:?}"
    );
}

#[test]
fn tables() {
    let suite = marked(
        "use: f
fixtures:
  f:
    entities:
      alice: { uid: User::\"alice\", attrs: { clearance: 3 } }
      doc: { uid: Document::\"doc\", attrs: { owner: alice, public: true } }
tables:
  - name: names
    principals: [alice]
    actions: [ping]
    resources: [doc]
    allow:
      bob: { ping: doc }
#     ^^^ unknown-name
      alice: { pin: doc, ping: [dok] }
#              ^^^ unknown-name
#                               ^^^ unknown-name
  - name: shape
    principals: [alice, alice]
#                       ^^^^^ invalid-value
    actions: []
#            ^^ invalid-value
    rows: []
#   ^^^^ unknown-key
    resources: [any]
#               ^^^ invalid-value
  - { name: applicable, principals: [alice, doc], actions: [ping], resources: [doc], allow: { doc: { ping: doc } } }
#                                           ^^^ not-applicable
#                                                                                                          ^^^ not-applicable
  - { name: fine, principals: [alice], actions: [ping], resources: [doc] }
  - { name: fine, principals: [alice], actions: [ping], resources: [doc] }
#           ^^^^ duplicate-case
",
        true,
    );
    assert_eq!(names(&suite.cases), ["fine › alice ping doc"]);
    let broken: Vec<_> = suite.broken.iter().map(|b| b.name.as_ref()).collect();
    assert_eq!(
        broken,
        ["names", "shape", "applicable", "fine › alice ping doc"]
    );
}

#[test]
fn the_suite_itself() {
    marked("as_of: soon\n#      ^^^^ invalid-value\n", true);
    marked(" name: x\n table: []\n#^^^^^ unknown-key\n", true);
    marked("name: &x y\n#     ^^ unsupported-yaml\n", true);
    marked("cases: {}\n#      ^^ wrong-type\n", true);
    let (suite, findings) = reads("t.test.yaml", "", true);
    assert_eq!((suite, findings[0].code), (None, "suite/empty"));
    let (suite, findings) = reads("t.test.yaml", "name: nothing\n", true);
    assert_eq!(findings[0].code, "suite/empty");
    assert!(suite.unwrap().cases.is_empty());
    let (_, findings) = reads("t.test.yaml", "cases: [", true);
    assert_eq!(findings[0].code, "suite/syntax");
    let deep = format!("cases: {}", "[".repeat(100));
    let (_, findings) = reads("t.test.yaml", &deep, true);
    assert!(findings.iter().any(|f| f.code == "suite/too-deep"));
}

#[test]
fn misspelled_words_are_corrected() {
    let text = format!(
        "{HEAD}cases:\n  - {{ name: a, principal: alise, action: ping, resource: doc, expect: deny }}\n"
    );
    let (_, findings) = reads("t.test.yaml", &text, true);
    assert_eq!(findings[0].help, "did you mean `alice`?");
    let edit = &findings[0].fixes[0].edits[0];
    assert_eq!(
        (edit.span.text(&text), edit.insert.as_str()),
        ("alise", "alice")
    );
}

#[test]
fn cedar_says_what_is_wrong_with_a_value() {
    let text = format!(
        "{HEAD}  g: {{ extends: f, entities: {{ alice: {{ extends: alice, attrs: {{ ip: 10.0.0.256 }} }} }} }}\ncases:\n  - {{ name: a, use: g, principal: alice, action: ping, resource: doc, expect: deny }}\n"
    );
    let (_, findings) = reads("t.test.yaml", &text, true);
    assert_eq!(
        findings[0].message,
        "`ip` of `Bank::User::\"alice\"` is no ipaddr: invalid IP address: 10.0.0.256"
    );
}

#[test]
fn a_suite_has_bounds() {
    let tags: Vec<String> = (0..101).map(|n| format!("t{n}")).collect();
    let text = format!("tags: [{}]", tags.join(", "));
    let (_, findings) = reads("t.test.yaml", &text, true);
    assert_eq!(findings[0].span.text(&text), "t100");

    let many: Vec<String> = (0..200).map(|n| format!("User::\"u{n}\"")).collect();
    let many = many.join(", ");
    let text = format!(
        "tables:
  - {{ name: large, principals: [{many}], actions: [a, b], resources: [{many}] }}
  - {{ name: small, principals: [{many}], actions: [a], resources: [x] }}
"
    )
    .replace("[x]", "['X::\"x\"']");
    let (suite, findings) = reads("t.test.yaml", &text, false);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "suite/too-much");
    assert_eq!(findings[0].span.text(&text), "large");
    assert_eq!(suite.unwrap().cases.len(), 200);

    let case = |n| {
        format!(
            "  - {{ name: c{n}, principal: A::\"a\", action: a, resource: A::\"a\", expect: deny }}\n"
        )
    };
    let text = format!("cases:\n{}", (0..10_001).map(case).collect::<String>());
    let (suite, findings) = reads("t.test.yaml", &text, false);
    assert_eq!(findings[0].code, "suite/too-much");
    assert_eq!(suite.unwrap().cases.len(), super::super::MAX_CASES);

    // Cases that change one of many entities share the others.
    let company: String = (0..400)
        .map(|n| format!("      u{n}: {{ uid: User::\"u{n}\", attrs: {{ clearance: {n}, hired: 2024-01-01 }} }}\n"))
        .collect();
    let case = |n| {
        format!(
            "  - {{ name: c{n}, principal: u1, action: ping, resource: doc, expect: deny, entities: {{ u1: {{ extends: u1, attrs: {{ clearance: {n} }} }} }} }}\n"
        )
    };
    let text = format!(
        "use: f\nfixtures:\n  f:\n    entities:\n      doc: {{ uid: Document::\"d\", attrs: {{ owner: u2, public: true }} }}\n{company}cases:\n{}",
        (0..10).map(case).collect::<String>()
    );
    let (suite, findings) = reads("t.test.yaml", &text, true);
    assert_eq!(findings, []);
    let suite = suite.unwrap();
    // One of the cases changes nothing.
    assert_eq!(suite.fixtures.len(), 10);
    for (number, case) in suite.cases.iter().enumerate() {
        let entities = suite.fixtures[case.fixture].entities.as_array().unwrap();
        let one = entities.iter().find(|e| e["uid"]["id"] == "u1").unwrap();
        assert_eq!(
            (entities.len(), one["attrs"]["clearance"].as_u64()),
            (401, Some(number as u64))
        );
    }

    let chain: String = (0..100)
        .map(|n| format!("  c{}: {{ extends: c{n} }}\n", n + 1))
        .collect();
    let text = format!("contexts:\n  c0: {{ a: 1 }}\n{chain}");
    let (_, findings) = reads("t.test.yaml", &text, false);
    assert_eq!(findings[0].code, "suite/empty");
    let backwards: String = (0..100)
        .rev()
        .map(|n| format!("  c{}: {{ extends: c{n} }}\n", n + 1))
        .collect();
    let text = format!("contexts:\n{backwards}  c0: {{ a: 1 }}\n");
    let (_, findings) = reads("t.test.yaml", &text, false);
    assert_eq!(findings[0].code, "suite/too-much");
}
