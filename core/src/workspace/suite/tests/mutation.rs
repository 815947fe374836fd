//! Which edits of the policies the cases would not notice.

use super::*;
use crate::Edit;
use crate::EditRange;
use crate::suite::Mutation;
use crate::suite::mutation::MutationTotals;

fn mutated() -> TestOptions {
    TestOptions {
        mutation: true,
        ..covered()
    }
}

fn mutation(policies: &str, cases: &Value) -> Mutation {
    run(&mut bundle(policies, cases), &mutated())
        .mutation
        .unwrap()
}

fn sentences(mutation: &Mutation) -> Vec<String> {
    mutation
        .survivors
        .iter()
        .map(|survivor| survivor.message.replace("no test would notice if ", ""))
        .collect()
}

/// Pays this much as `user`.
fn pay(user: &str, amount: i64, expect: &str) -> Value {
    json!({
        "request": [format!("User::{user}"), "Action::pay", "Doc::memo"],
        "context": {"amount": amount},
        "expect": expect,
    })
}

const SMALL: &str = r#"@id("small")
permit (principal in Group::"staff", action == Action::"pay", resource is Doc)
when { context has amount && context.amount <= 500 };
"#;

#[test]
fn clauses_and_conditions_covered_in_full_leave_mutants_alive() {
    let cases = json!([
        pay("alice", 100, "allow"),
        pay("alice", 900, "deny"),
        {"request": ["User::alice", "Action::pay", "Doc::memo"], "expect": "deny"},
        pay("bob", 100, "deny"),
    ]);
    let report = run(&mut bundle(SMALL, &cases), &mutated());
    assert_eq!(report.summary.passed, 4);
    let totals = report.coverage.unwrap().totals;
    for (what, ratio) in [
        ("clauses", totals.clauses),
        ("conditions", totals.conditions),
    ] {
        assert!(ratio.total > 0, "{what}");
        assert_eq!(ratio.covered, ratio.total, "{what}");
    }
    assert_eq!(
        sentences(&report.mutation.unwrap()),
        [
            "`small` also applied to `Action::\"read\"`",
            "`small` applied to every resource, not only where `resource is Doc`",
            "`context.amount <= 500` of `small` were `context.amount < 500`",
            "the limit 500 of `small` were 501",
        ]
    );
}

#[test]
fn a_case_for_each_edge_kills_all() {
    let cases = json!([
        pay("alice", 100, "allow"),
        pay("alice", 500, "allow"),
        pay("alice", 501, "deny"),
        {"request": ["User::alice", "Action::pay", "Doc::memo"], "expect": "deny"},
        pay("bob", 100, "deny"),
        {"request": ["User::alice", "Action::read", "Doc::memo"], "context": {"amount": 1}, "expect": "deny"},
        {"request": ["User::alice", "Action::pay", "Folder::inbox"], "context": {"amount": 1}, "expect": "deny"},
    ]);
    let found = mutation(SMALL, &cases);
    assert_eq!(sentences(&found), [""; 0]);
    assert_eq!(found.totals.score(), Some(1000));
    let of_policy: Vec<MutationTotals> = found.policies.iter().map(|p| p.totals).collect();
    assert_eq!(of_policy, [found.totals]);
}

#[test]
fn a_case_that_fails_or_is_skipped_notices_nothing() {
    let wrong = json!([pay("alice", 100, "deny")]);
    assert_eq!(mutation(SMALL, &wrong).totals.killed, 0);
    let mut case = pay("alice", 100, "allow");
    case["skip"] = json!("not yet");
    assert_eq!(mutation(SMALL, &json!([case])).totals.killed, 0);
    let right = json!([pay("alice", 100, "allow")]);
    assert!(mutation(SMALL, &right).totals.killed > 0);
}

#[test]
fn expected_policies_notice_what_the_decision_does_not() {
    let twice = format!("{SMALL}\n{}", SMALL.replace("small", "same"));
    let removed = "`same` were removed".to_owned();
    let mut case = pay("alice", 100, "allow");
    let alive = mutation(&twice, &json!([case]));
    assert!(sentences(&alive).contains(&removed));
    case["determining"] = json!(["small", "same"]);
    let named = mutation(&twice, &json!([case]));
    assert!(!sentences(&named).contains(&removed));
}

#[test]
fn obligations_notice_the_policy_that_they_come_from() {
    let glass = format!(
        "{SMALL}\n@id(\"glass\") @breakglass(\"true\") {}",
        SMALL.replace("@id(\"small\")", "")
    );
    let mut case = pay("alice", 100, "allow");
    let removed = "`glass` were removed".to_owned();
    assert!(sentences(&mutation(&glass, &json!([case]))).contains(&removed));
    case["obligations"] = json!(["approval: step_up", "breakglass"]);
    assert!(!sentences(&mutation(&glass, &json!([case]))).contains(&removed));
}

#[test]
fn a_template_changes_with_all_of_its_links() {
    let template = r#"@id("t") permit (principal in ?principal, action == Action::"read", resource is Doc) when { resource.locked == false };"#;
    let mut workspace = bundle(
        template,
        &json!([{"request": ["User::alice", "Action::read", "Doc::memo"], "expect": "allow"}]),
    );
    let without = run(&mut workspace, &mutated()).mutation.unwrap();
    assert_eq!(without.policies, [], "nothing is linked");
    let links = json!([{"template_id": "t", "link_id": "staff-reads", "args": {"?principal": "Group::\"staff\""}}]);
    workspace
        .set_file("l.links.json", links.to_string().as_bytes())
        .unwrap();
    let report = run(&mut workspace, &mutated());
    assert_eq!(report.summary.passed, 1, "{:?}", report.findings);
    let found = report.mutation.unwrap();
    assert_eq!(found.policies.len(), 1);
    let alive = sentences(&found);
    assert!(!alive.contains(&"`t` were removed".to_owned()), "{alive:?}");
    assert!(
        alive.contains(&"`when { resource.locked == false }` were dropped from `t`".to_owned()),
        "{alive:?}"
    );
}

#[test]
fn survivors_stand_where_the_file_has_them() {
    let policies = format!("// é comes first\n\n{SMALL}");
    let found = mutation(&policies, &json!([pay("alice", 100, "allow")]));
    for survivor in &found.survivors {
        for (range, edit) in &survivor.edits {
            assert_eq!(range.span(), edit.span);
        }
    }
    let limit = found.survivors.last().unwrap();
    let byte = policies.find("500").unwrap() as u32;
    assert_eq!(limit.range.span(), crate::source::Span::new(byte, byte + 3));
    assert_eq!(limit.range.start.line, 5);
}

#[test]
fn a_scope_is_widened_to_the_parents_that_fixtures_have() {
    let policy = "@id(\"memos\") permit (principal == User::\"alice\", action == Action::\"read\", resource in Folder::\"inbox\");";
    let case = json!({"request": ["User::alice", "Action::read", "Doc::memo"], "expect": "allow"});
    let found = mutation(policy, &json!([case]));
    let wider = "no test would notice if `memos` applied to every principal in `Group::\"staff\"`, not only where `principal == User::\"alice\"`";
    let survivors: Vec<&str> = found.survivors.iter().map(|s| s.message.as_str()).collect();
    assert!(survivors.contains(&wider), "{survivors:?}");
}

#[test]
fn only_an_edited_policy_is_mutated_again() {
    let policies = format!("{SMALL}\n{}", SMALL.replace("small", "other"));
    let mut workspace = bundle(&policies, &json!([pay("alice", 100, "allow")]));
    let first = run(&mut workspace, &mutated());
    assert_eq!(workspace.counters().mutated, 2);
    assert_eq!(run(&mut workspace, &mutated()), first);
    assert_eq!(workspace.counters().mutated, 2);
    let at = policies.rfind("500").unwrap() as u32;
    let edit = Edit {
        range: EditRange::Bytes(at, at + 3),
        insert: "50".to_owned(),
    };
    workspace.edit_file("p.cedar", &edit).unwrap();
    let edited = run(&mut workspace, &mutated());
    assert_eq!(workspace.counters().mutated, 3);
    let fresh = run(
        &mut bundle(
            &workspace.text("p.cedar").unwrap(),
            &json!([pay("alice", 100, "allow")]),
        ),
        &mutated(),
    );
    assert_eq!(edited.mutation, fresh.mutation);
}

#[test]
fn only_the_policies_that_count_are_mutated() {
    let policies = format!("{SMALL}\n{}", SMALL.replace("small", "other"));
    let options = TestOptions {
        policies: Some(BTreeSet::from(["other".into()])),
        ..mutated()
    };
    let mut workspace = bundle(&policies, &json!([pay("alice", 100, "allow")]));
    let found = run(&mut workspace, &options).mutation.unwrap();
    let names: Vec<&str> = found.policies.iter().map(|p| p.policy.as_ref()).collect();
    assert_eq!(names, ["other"]);
    assert!(found.survivors.iter().all(|s| s.policy.as_ref() == "other"));
}
