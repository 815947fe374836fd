//! The two JSON formats.

use serde_json::json;

use super::{entity, full, names, reads, right};
use crate::suite::model::{Decision, ExpectedErrors};

/// Reads JSON and compares code and underlined text of what is wrong.
#[track_caller]
fn wrong(text: &str, expected: &[(&str, &str)]) {
    let (_, findings) = reads("t.test.json", text, true);
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.code.to_owned(), finding.span.text(text)))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, at)| (full(code), *at))
        .collect();
    assert_eq!(found, expected, "{findings:#?}\nin\n{text}");
}

/// A test of the Cedar CLI with one part replaced.
fn test(from: &str, to: &str) -> String {
    let text = r#"[{"name": "n", "request": {"principal": "Bank::User::\"carol\"", "action": "Bank::Action::\"view\"",
 "resource": "Bank::Document::\"memo\"", "context": {"mfa": true}}, "entities": "bank.entities.json",
 "decision": "allow", "reason": ["owner-views"], "num_errors": 0, "comment": "ignored"}]"#;
    assert!(text.contains(from));
    text.replacen(from, to, 1)
}

#[test]
fn a_test_of_the_cedar_cli() {
    let suite = right("cli.test.json", &test("", ""), true);
    assert_eq!(
        (suite.name.as_ref(), names(&suite.cases)),
        ("cli", vec!["n"])
    );
    let case = &suite.cases[0];
    assert_eq!(case.principal.to_string(), "Bank::User::\"carol\"");
    assert_eq!(*case.context, json!({"mfa": true}));
    assert_eq!(case.expected.decision.value, Decision::Allow);
    assert!(case.expected.others_may_determine);
    let errors = &case.expected.errors.as_ref().unwrap().value;
    assert_eq!(*errors, ExpectedErrors::Count(0));
    assert_eq!(entity(&suite, 0, "carol")["attrs"]["clearance"], 7);
}

#[test]
fn what_the_cedar_cli_allows() {
    // No name, no reason, entities in the test, a principal that is in none of them.
    let text = test("\"name\": \"n\", ", "").replace("[\"owner-views\"]", "[]");
    let text = text.replace("\"bank.entities.json\"", "[]");
    let twice = format!("[{0}, {0}]", text.trim_matches(['[', ']']));
    let suite = right("t.test.json", &twice, true);
    assert_eq!(names(&suite.cases), ["test 1", "test 2"]);
    assert_eq!(suite.cases[0].expected.determining, None);
    assert_eq!(*suite.fixtures[0].entities, json!([]));
    assert_eq!(suite.fixtures.len(), 1);
    let same = test("", "");
    let same = format!("[{0}, {0}]", same.trim_matches(['[', ']']));
    let suite = right("t.test.json", &same, true);
    assert_eq!(names(&suite.cases), ["n", "n #2"]);
}

#[test]
fn what_is_wrong_in_a_test_of_the_cedar_cli() {
    wrong(
        &test("\"allow\"", "\"Allow\""),
        &[("invalid-value", "\"Allow\"")],
    );
    wrong(
        &test("\"num_errors\": 0, ", ""),
        &[("missing-key", "\"n\"")],
    );
    wrong(
        &test("owner-views", "owner-vews"),
        &[("unknown-name", "\"owner-vews\"")],
    );
    wrong(&test("true", "\"yes\""), &[("wrong-type", "\"yes\"")]);
    wrong(
        &test("\"mfa\"", "\"mfe\""),
        &[
            ("missing-value", "{\"mfe\": true}"),
            ("undeclared", "\"mfe\""),
        ],
    );
    wrong(
        &test("bank.entities", "tank.entities"),
        &[("missing-file", "\"tank.entities.json\"")],
    );
    wrong(
        &test("\"bank.entities.json\"", "{}"),
        &[("wrong-type", "{}")],
    );
    wrong(
        &test("Bank::User::\\\"carol\\\"", "carol?"),
        &[("unknown-name", "\"carol?\"")],
    );
    wrong(
        &test("\"decision\"", "\"name\": 1, \"decision\""),
        &[("duplicate-key", "\"name\"")],
    );
    wrong("{}", &[("wrong-type", "{}")]);
    wrong("[", &[("syntax", "[")]);
    wrong("[1,]", &[("syntax", "]")]);
    wrong(" ", &[("empty", "")]);
    wrong("[]", &[("empty", "")]);
    let deep = "[".repeat(100);
    wrong(&deep, &[("too-deep", "[")]);
}

#[test]
fn evaluations_of_authzen() {
    let alice = r#""subject": {"type": "user", "id": "alice", "properties": {"clearance": 3}}"#;
    let doc = r#""resource": {"type": "Document", "id": "d", "properties": {"owner": "User::\"alice\"", "public": true}}"#;
    // One evaluation.
    let one = format!(
        r#"{{"name": "one", {alice}, "action": {{"name": "View", "properties": {{"mfa": true}}}}, {doc},
 "context": {{"now": "2026-11-21"}}, "expected": true}}"#
    );
    let suite = right("t.test.json", &one, true);
    let case = &suite.cases[0];
    assert_eq!(case.name.as_ref(), "one");
    assert_eq!(case.principal.to_string(), "Bank::User::\"alice\"");
    assert_eq!(case.action.to_string(), "Bank::Action::\"view\"");
    assert_eq!(case.expected.decision.value, Decision::Allow);
    assert_eq!(
        *case.context,
        json!({"mfa": true, "now": {"__extn": {"fn": "datetime", "arg": "2026-11-21"}}})
    );
    assert_eq!(entity(&suite, 0, "alice")["attrs"], json!({"clearance": 3}));
    assert_eq!(
        entity(&suite, 0, "d")["attrs"]["owner"]["__entity"]["type"],
        "Bank::User"
    );

    // A batch with defaults, with the expected decisions beside it or in it.
    let batch = format!(
        r#"{{{alice}, "context": {{"mfa": false}}, "evaluations": [
 {{"action": {{"name": "view"}}, {doc}}},
 {{"action": {{"name": "edit"}}, {doc}, "context": {{"mfa": true}}, "decision": false}}],
 "expected": [{{"decision": true}}, {{"decision": true}}]}}"#
    );
    let suite = right("t.test.json", &format!("[{batch}, {one}]"), true);
    assert_eq!(
        names(&suite.cases),
        ["evaluation 1.1", "evaluation 1.2", "one"]
    );
    let decisions: Vec<_> = suite
        .cases
        .iter()
        .map(|c| c.expected.decision.value.as_str())
        .collect();
    assert_eq!(decisions, ["allow", "deny", "allow"]);
    assert_eq!(*suite.cases[1].context, json!({"mfa": true}));
    assert_eq!(suite.fixtures.len(), 1);

    // A file of the interop tests, here with entities of ours.
    let interop = r#"{"entities": "bank.entities.json",
 "evaluation": [{"request": {"subject": {"type": "user", "id": "carol", "properties": {"clearance": 8}},
   "action": {"name": "ping"}, "resource": {"type": "document", "id": "memo"}}, "expected": false}],
 "evaluations": [{"request": {"subject": {"type": "user", "id": "carol"}, "action": {"name": "ping"},
   "evaluations": [{"resource": {"type": "document", "id": "memo"}}, {"resource": {"type": "document", "id": "memo"}}],
   "options": {"evaluations_semantic": "deny_on_first_deny"}},
   "expected": [{"decision": false}]}]}"#;
    let suite = right("t.test.json", interop, true);
    assert_eq!(names(&suite.cases), ["evaluation 1", "batch 1.1"]);
    assert_eq!(entity(&suite, 0, "carol")["attrs"]["clearance"], 8);
    assert_eq!(
        entity(&suite, 0, "carol")["attrs"]["manager"]["__entity"]["id"],
        "dave"
    );
    assert_eq!(entity(&suite, 1, "carol")["attrs"]["clearance"], 7);
}

#[test]
fn what_is_wrong_in_an_evaluation() {
    let text = |from: &str, to: &str| {
        let text = r#"[{"subject": {"type": "robot", "id": "r"}, "action": {"name": "ping"},
 "resource": {"type": "document", "id": "d", "properties": {"owner": "User::\"a\"", "public": true}}, "expected": true}]"#;
        assert!(text.contains(from));
        text.replacen(from, to, 1)
    };
    assert_eq!(right("t.test.json", &text("", ""), true).cases.len(), 1);
    wrong(&text("robot", "robt"), &[("undeclared", "\"robt\"")]);
    wrong(
        &text("\"ping\"", "\"view\""),
        &[("not-applicable", "\"r\"")],
    );
    wrong(
        &text("\"id\": \"r\"", "\"id\": \"r\", \"role\": 1"),
        &[("unknown-key", "\"role\"")],
    );
    wrong(&text("true}}", "1}}"), &[("wrong-type", "1")]);
    wrong(
        &text(", \"public\": true", ""),
        &[("missing-value", "\"d\"")],
    );
    wrong(
        &text(
            ", \"properties\": {\"owner\": \"User::\\\"a\\\"\", \"public\": true}",
            "",
        ),
        &[("missing-entity", "\"d\"")],
    );
    wrong(
        &text("\"expected\": true", "\"expected\": 1"),
        &[("wrong-type", "1")],
    );
    wrong(&text(", \"expected\": true", ""), &[("missing-key", "{")]);
    wrong(
        &text(
            "\"expected\": true",
            "\"evaluations\": [{}, {}], \"expected\": [true]",
        ),
        &[("invalid-value", "[true]")],
    );
}

#[test]
fn a_test_with_a_key_too_many_is_not_run() {
    let request = r#""subject": { "type": "Bank::User", "id": "carol" }, "action": { "name": "ping" }, "resource": { "type": "Bank::Document", "id": "memo" }"#;
    for more in [r#""contxt": {}"#, r#""resource": {}"#] {
        let text = format!(
            r#"[{{ "entities": "bank.entities.json", "request": {{ {request}, {more} }}, "expected": false }}]"#
        );
        let (suite, findings) = reads("t.test.json", &text, true);
        let suite = suite.unwrap();
        assert_eq!(
            (suite.cases.len(), suite.broken.len()),
            (0, 1),
            "{findings:?}"
        );
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(suite.broken[0].reason, findings[0].message);
    }
}
