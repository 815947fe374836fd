//! Only what a change can reach is evaluated again, and the report is that of a fresh workspace.

use proptest::prelude::*;

use super::*;
use crate::workspace::{Edit, EditRange};

fn policy(n: usize) -> String {
    format!(
        "@id(\"p{n}\")\npermit (principal == User::\"u{n}\", action == Action::\"read\", resource)\nwhen {{ principal.level > {} }};\n\n",
        n % 9
    )
}

fn users(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            json!({"uid": {"type": "User", "id": format!("u{n}")}, "attrs": {"level": n % 11}, "parents": []})
        })
        .collect()
}

fn replace(workspace: &mut Workspace, path: &str, from: &str, to: &str) {
    let at = workspace.text(path).unwrap().find(from).unwrap() as u32;
    let edit = Edit {
        range: EditRange::Bytes(at, at + from.len() as u32),
        insert: to.to_owned(),
    };
    workspace.edit_file(path, &edit).unwrap();
}

#[test]
fn one_character_evaluates_the_cases_that_can_reach_its_policy() {
    const POLICIES: usize = 1_000;
    const CASES: usize = 10_000;
    let text: String = (0..POLICIES).map(policy).collect();
    let cases: Vec<Value> = (0..CASES)
        .map(|n| {
            let user = n % POLICIES;
            let expect = if user % 11 > user % 9 { "allow" } else { "deny" };
            let name = format!("c{n}");
            json!({"name": name, "request": [format!("User::u{user}"), "Action::read", format!("Doc::d{n}")], "expect": expect})
        })
        .collect();
    let mut workspace = bundle(&text, &json!([]));
    let suite = json!({"entities": users(POLICIES), "cases": cases}).to_string();
    workspace.set_file("a.test.json", suite.as_bytes()).unwrap();
    let report = run(&mut workspace, &covered());
    assert_eq!(report.summary.passed, CASES);
    assert_eq!(workspace.counters().cases_evaluated, CASES as u64);
    let totals = report.coverage.unwrap().totals;
    assert_eq!(totals.policies.total, POLICIES as u32);

    // Nothing has changed.
    run(&mut workspace, &covered());
    assert_eq!(workspace.counters().cases_evaluated, CASES as u64);

    // u500 has 10 cases; now none of them reaches the policy, and those of u501 reach two.
    replace(
        &mut workspace,
        "p.cedar",
        "User::\"u500\"",
        "User::\"u501\"",
    );
    let before = workspace.counters();
    let report = run(&mut workspace, &covered());
    let after = workspace.counters();
    assert_eq!(after.cases_evaluated - before.cases_evaluated, 20);
    assert_eq!(after.suites_read, before.suites_read);
    let coverage = report.coverage.unwrap();
    assert_eq!(coverage.policies[500].scope.as_true, 10);
    let other = coverage.policies[499].scope.as_true;
    assert_eq!(other, 10, "what was seen of others is kept");
}

#[test]
fn an_edit_of_a_suite_evaluates_the_cases_that_it_touched() {
    let case = |user: &str, expect: &str| json!({"request": [format!("User::{user}"), "Action::read", "Doc::memo"], "expect": expect});
    let policies = "permit (principal == User::\"alice\", action, resource);";
    let cases = json!([case("alice", "deny"), case("bob", "deny")]);
    let mut workspace = bundle(policies, &cases);
    let summary = run(&mut workspace, &options()).summary;
    assert_eq!((summary.failed, summary.passed), (1, 1));
    // Another expectation is no other request.
    let cases = json!([case("alice", "allow"), case("bob", "deny")]);
    set_cases(&mut workspace, &cases);
    assert_eq!(run(&mut workspace, &options()).summary.passed, 2);
    assert_eq!(workspace.counters().cases_evaluated, 2);
    // Asking for coverage does evaluate, once.
    run(&mut workspace, &covered());
    run(&mut workspace, &covered());
    assert_eq!(workspace.counters().cases_evaluated, 4);
}

#[derive(Debug, Clone)]
enum Step {
    Replace(&'static str, &'static str, &'static str),
    Set(&'static str, String),
    Remove(&'static str),
    Run(bool),
}

fn some_cases(expect: &str) -> String {
    let case = |p: &str, a: &str, r: &str| json!({"request": [p, a, r], "expect": expect, "context": {"amount": 4}});
    json!({"entities": entities(), "cases": [
        case("User::alice", "Action::read", "Doc::memo"),
        case("User::bob", "Action::read", "Doc::deed"),
        case("User::bob", "Action::pay", "Folder::inbox"),
        {"name": "x", "request": ["User::alice", "Action::pay", "Doc::memo"], "determining": ["b"], "errors": ["policy0"]},
    ]})
    .to_string()
}

fn step() -> impl Strategy<Value = Step> {
    let policies = prop::sample::select(vec![
        "@id(\"a\") permit (principal in Group::\"staff\", action, resource) when { principal.level > 1 };",
        "@id(\"b\") permit (principal, action == Action::\"pay\", resource) unless { context.amount > 3 && principal.mfa };",
        "forbid (principal == User::\"bob\", action in Action::\"all\", resource is Doc) when { resource.locked };",
        "@id(\"t\") permit (principal == ?principal, action, resource in ?resource);",
        "permit (principal, action, resource",
    ]);
    let path = prop::sample::select(vec!["p.cedar", "q.cedar", "templates/x.cedar"]);
    let texts = prop::collection::vec(policies, 0..4).prop_map(|all| all.join("\n"));
    let links = json!([{"template_id": "t", "link_id": "l", "args": {"?principal": "User::\"bob\"", "?resource": "Folder::\"inbox\""}}]);
    prop_oneof![
        4 => (path, texts).prop_map(|(path, text)| Step::Set(path, text)),
        2 => prop::sample::select(vec![
            ("p.cedar", "bob", "alice"), ("p.cedar", "\"pay\"", "\"read\""), ("p.cedar", "1", "3"),
            ("q.cedar", "permit", "forbid"), ("a.test.json", "\"read\"", "\"pay\""), ("a.test.json", "4", "2"),
            ("s.cedarschema", "step_up", "dual"), ("s.cedarschema", "mfa?", "other?"),
        ]).prop_map(|(path, from, to)| Step::Replace(path, from, to)),
        1 => prop::sample::select(vec!["allow", "deny"]).prop_map(|expect| Step::Set("a.test.json", some_cases(expect))),
        1 => Just(Step::Set("b.test.json", some_cases("deny"))),
        1 => Just(Step::Set("l.links.json", links.to_string())),
        1 => Just(Step::Set("s.cedarschema", SCHEMA.to_owned())),
        1 => prop::sample::select(vec!["q.cedar", "l.links.json", "b.test.json", "s.cedarschema"]).prop_map(Step::Remove),
        3 => any::<bool>().prop_map(Step::Run),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_sequence_of_edits_gives_the_report_of_a_fresh_workspace(
        steps in prop::collection::vec(step(), 1..14),
    ) {
        let mut workspace = bundle("", &json!([]));
        let runs = |workspace: &mut Workspace, coverage: bool| {
            run(workspace, &TestOptions { coverage, ..options() })
        };
        for step in steps.into_iter().chain([Step::Run(true)]) {
            match step {
                Step::Set(path, text) => workspace.set_file(path, text.as_bytes()).unwrap(),
                Step::Remove(path) => {
                    let _missing = workspace.remove_file(path).is_err();
                }
                Step::Replace(path, from, to) => {
                    if workspace.text(path).is_some_and(|text| text.contains(from)) {
                        replace(&mut workspace, path, from, to);
                    }
                }
                Step::Run(coverage) => {
                    let got = runs(&mut workspace, coverage);
                    let mut fresh = Workspace::new();
                    for path in workspace.paths() {
                        fresh.set_file(path, workspace.text(path).unwrap().as_bytes()).unwrap();
                    }
                    prop_assert_eq!(got, runs(&mut fresh, coverage));
                }
            }
        }
    }
}
