#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod coverage;
mod formats;
mod incremental;
mod mutation;
mod names;
mod outcomes;

use serde_json::{Value, json};

use super::*;
use crate::suite::outcome::{Outcome, TestResult};
use crate::suite::testing;
use crate::time::Instant;

const SCHEMA: &str = r#"
entity Group;
entity User in [Group] { level: Long, mfa?: Bool };
entity Folder;
entity Doc in [Folder] { owner: User, locked: Bool };
action all;
action read in [all] appliesTo { principal: User, resource: Doc, context: { amount?: Long } };
@approval("step_up")
action pay in [all] appliesTo { principal: User, resource: [Doc, Folder], context: { amount?: Long } };
"#;

fn options() -> TestOptions {
    TestOptions::new(Instant::parse("2026-11-21").unwrap())
}

fn covered() -> TestOptions {
    TestOptions {
        coverage: true,
        ..options()
    }
}

fn entities() -> Value {
    let user = |id: &str, group: &str, level: i64| {
        json!({
            "uid": {"type": "User", "id": id},
            "attrs": {"level": level},
            "parents": [{"type": "Group", "id": group}],
        })
    };
    let doc = |id: &str, locked: bool| {
        json!({
            "uid": {"type": "Doc", "id": id},
            "attrs": {"owner": {"__entity": {"type": "User", "id": "alice"}}, "locked": locked},
            "parents": [{"type": "Folder", "id": "inbox"}],
        })
    };
    json!([
        user("alice", "staff", 3),
        user("bob", "guests", 1),
        doc("memo", false),
        doc("deed", true),
    ])
}

/// A workspace with the schema, these policies and one suite of these cases.
fn bundle(policies: &str, cases: &Value) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    set_cases(&mut workspace, cases);
    workspace
}

fn set_cases(workspace: &mut Workspace, cases: &Value) {
    let suite = json!({"entities": entities(), "cases": cases}).to_string();
    workspace.set_file("a.test.json", suite.as_bytes()).unwrap();
}

fn run(workspace: &mut Workspace, options: &TestOptions) -> TestReport {
    let report = workspace.test_with(testing::read, options);
    assert_eq!(workspace.counters().coverage_faults, 0);
    report
}

/// The outcome and the reasons of the only case.
fn only(policies: &str, case: Value) -> (Outcome, Vec<String>) {
    let report = run(&mut bundle(policies, &json!([case])), &options());
    let [result] = report.tests.as_slice() else {
        panic_with(&report.tests)
    };
    (result.outcome, result.reasons.clone())
}

#[expect(clippy::panic, reason = "tests")]
fn panic_with(results: &[TestResult]) -> ! {
    panic!("not one case: {results:?}")
}
