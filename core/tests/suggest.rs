//! Suggested cases close what they say: added to their suites they pass, more is covered, fewer mutants
//! survive, and nothing that one of them closed is suggested again.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use portcullis_core::suite::insert::insert;
use portcullis_core::suite::{TestOptions, TestReport};
use portcullis_core::{Instant, Workspace, is_bundle_file};

fn example(bundle: &str) -> Workspace {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(bundle);
    let mut workspace = Workspace::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if is_bundle_file(&name) {
            let contents = fs::read(folder.join(&name)).unwrap();
            workspace.set_file(&name, &contents).unwrap();
        }
    }
    workspace
}

fn bundle(files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn test(workspace: &mut Workspace, mutation: bool) -> TestReport {
    workspace.test(&TestOptions {
        coverage: true,
        mutation,
        suggest: true,
        ..TestOptions::new(Instant::parse("2026-11-21").unwrap())
    })
}

fn add_all(workspace: &mut Workspace, report: &TestReport) {
    for suggestion in &report.suggestions {
        let text = workspace.text(&suggestion.file).unwrap();
        let text = insert(&text, &[&suggestion.yaml]).unwrap();
        workspace
            .set_file(&suggestion.file, text.as_bytes())
            .unwrap();
    }
}

#[test]
fn what_is_suggested_for_payments_closes_what_it_says() {
    let mut workspace = example("payments");
    let before = test(&mut workspace, true);
    assert!(!before.suggestions.is_empty());
    add_all(&mut workspace, &before);
    let after = test(&mut workspace, true);
    let passed = before.summary.passed + before.suggestions.len();
    assert_eq!(after.summary.passed, passed, "{:?}", after.summary);
    assert_eq!((after.summary.failed, after.summary.errors), (0, 0));
    let covered = |report: &TestReport| {
        let totals = report.coverage.as_ref().unwrap().totals;
        let mutants = report.mutation.as_ref().unwrap().totals;
        (
            totals.conditions.covered,
            totals.decisive.covered,
            mutants.killed,
        )
    };
    let (old, new) = (covered(&before), covered(&after));
    println!(
        "{old:?} {new:?}, then {} suggestions",
        after.suggestions.len()
    );
    assert!(
        new.0 > old.0 && new.1 > old.1 && new.2 > old.2,
        "{old:?} {new:?}"
    );
    for suggestion in &after.suggestions {
        for closed in suggestion.closes.split("; ") {
            let again = before.suggestions.iter().find(|old| {
                old.policy == suggestion.policy && old.closes.split("; ").any(|c| c == closed)
            });
            assert_eq!(again, None, "{closed}");
        }
    }
}

#[test]
fn one_value_moves_across_its_boundary() {
    let mut workspace = Workspace::new();
    for (path, text) in [
        (
            "s.cedarschema",
            "entity User; entity Account { frozen: Bool }; action refund appliesTo { principal: User, resource: Account, context: { amount: Long } };",
        ),
        (
            "p.cedar",
            r#"@id("refunds") permit (principal, action, resource) when { context.amount <= 500 && !resource.frozen };"#,
        ),
        (
            "a.test.yaml",
            r#"
use: one
fixtures:
  one: { entities: { acc: { uid: Account::"acc", attrs: { frozen: false } } } }
contexts:
  most: { amount: 500 }
cases:
  - name: a refund
    principal: User::"alice"
    action: refund
    resource: acc
    context: most
    expect: allow
"#,
        ),
    ] {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let report = test(&mut workspace, false);
    let yaml: Vec<&str> = report.suggestions.iter().map(|s| s.yaml.as_str()).collect();
    assert_eq!(
        yaml,
        [
            r#"- name: "refunds does not apply with amount 501"
  principal: 'User::"alice"'
  action: refund
  resource: acc
  context: { extends: most, amount: 501 }
  expect: deny
"#,
            r#"- name: "refunds does not apply with frozen true"
  principal: 'User::"alice"'
  action: refund
  resource: acc
  context: most
  entities:
    acc: { extends: acc, attrs: { frozen: true } }
  expect: deny
"#
        ]
    );
    assert_eq!(
        report.suggestions.first().unwrap().closes,
        "no case makes `when` of `refunds` false; no case makes `context.amount <= 500` false; no case is decided by `context.amount <= 500` alone being false; no case stands directly beyond the limit of `context.amount <= 500`; no case shows where `refunds` ends"
    );
    add_all(&mut workspace, &report);
    let after = test(&mut workspace, false);
    assert_eq!(after.summary.passed, 3);
    assert_eq!(after.suggestions, []);
}

#[test]
fn a_context_that_extends_nothing_loses_the_key_itself() {
    let mut workspace = bundle(&[
        (
            "s.cedarschema",
            "entity User, Doc; action view appliesTo { principal: User, resource: Doc, context: { mfa: Bool, ticket?: String } };",
        ),
        (
            "p.cedar",
            r#"@id("views") permit (principal, action, resource) when { context has ticket };"#,
        ),
        (
            "a.test.yaml",
            r#"
use: none
fixtures:
  none: { entities: { d: { uid: Doc::"d" } } }
cases:
  - name: with a ticket
    principal: User::"alice"
    action: view
    resource: d
    context: { mfa: true, ticket: "T-1" }
    expect: allow
"#,
        ),
    ]);
    let report = test(&mut workspace, false);
    let yaml: Vec<&str> = report.suggestions.iter().map(|s| s.yaml.as_str()).collect();
    assert_eq!(
        yaml,
        [r#"- name: "views does not apply with no ticket"
  principal: 'User::"alice"'
  action: view
  resource: d
  context: { mfa: true }
  expect: deny
"#]
    );
}

#[test]
fn where_a_case_cannot_be_written_the_next_one_is_suggested() {
    // An entity of a file is called by its id, which two of these have: neither can be extended.
    let entities = r#"[
        {"uid": {"type": "User", "id": "x"}, "attrs": {}, "parents": []},
        {"uid": {"type": "Account", "id": "x"}, "attrs": {"frozen": false}, "parents": []},
        {"uid": {"type": "Account", "id": "y"}, "attrs": {"frozen": true}, "parents": []}
    ]"#;
    let mut workspace = bundle(&[
        (
            "s.cedarschema",
            "entity User; entity Account { frozen: Bool }; action refund appliesTo { principal: User, resource: Account };",
        ),
        (
            "p.cedar",
            r#"@id("refunds") permit (principal, action, resource) unless { resource.frozen };"#,
        ),
        ("all.entities.json", entities),
        (
            "a.test.yaml",
            r#"
use: one
fixtures:
  one: { files: all.entities.json }
cases:
  - { name: a refund, principal: 'User::"x"', action: refund, resource: 'Account::"x"', expect: allow }
"#,
        ),
    ]);
    let report = test(&mut workspace, false);
    let names: Vec<&str> = (report.suggestions.iter())
        .filter_map(|suggestion| suggestion.yaml.lines().next())
        .collect();
    assert_eq!(
        names,
        [r#"- name: "refunds does not apply with resource y""#]
    );
}

/// What is suggested, by policy: what it closes.
fn closed(report: &TestReport, policy: &str) -> Vec<String> {
    let of_policy = report.suggestions.iter().filter(|s| &*s.policy == policy);
    of_policy.map(|s| s.closes.clone()).collect()
}

/// A case is suggested in which the policy determines the decision, and what is suggested holds.
fn determines(workspace: &mut Workspace, policy: &str) {
    let report = test(workspace, false);
    let all = closed(&report, policy);
    assert!(
        all.iter()
            .any(|said| said.contains("determine its decision")),
        "{report:#?}"
    );
    holds(workspace, &report);
}

/// Every suggestion passes, and nothing that one of them closes is left.
fn holds(workspace: &mut Workspace, report: &TestReport) {
    add_all(workspace, report);
    let after = test(workspace, false);
    let passed = report.summary.passed + report.suggestions.len();
    assert_eq!(after.summary.passed, passed, "{:?}", after.tests);
    for suggestion in &after.suggestions {
        let again = report.suggestions.iter().find(|old| {
            let mut said = old.closes.split("; ");
            old.policy == suggestion.policy
                && said.any(|said| suggestion.closes.split("; ").any(|new| new == said))
        });
        assert_eq!(again, None, "{suggestion:?}");
    }
}

const GROUPS: &str = "
entity Group; entity User in [Group];
entity Doc { owner: User, label?: String };
action view appliesTo { principal: User, resource: Doc, context: { mfa: Bool, ticket?: String } };
action edit appliesTo { principal: User, resource: Doc };";

const SUITE: &str = r#"
use: all
fixtures:
  all:
    entities:
      alice: { uid: User::"alice", parents: [Group::"staff"] }
      bob: { uid: User::"bob" }
      memo: { uid: Doc::"memo", attrs: { owner: alice } }
cases:
  - name: nobody views without a second factor
    principal: bob
    action: view
    resource: memo
    context: { mfa: false }
    expect: deny
"#;

#[test]
fn an_unreached_policy_gets_a_case_of_the_fixture() {
    let policy = r#"@id("edits") permit (principal, action == Action::"edit", resource) when { resource.owner == principal };"#;
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        ("p.cedar", policy),
        ("a.test.yaml", SUITE),
    ]);
    let report = test(&mut workspace, false);
    let first = report.suggestions.first().unwrap();
    assert!(
        first
            .closes
            .starts_with("no case has `edits` determine its decision")
    );
    assert_eq!(
        first.yaml,
        r#"- name: "edits allows"
  principal: 'User::"alice"'
  action: 'Action::"edit"'
  resource: 'Doc::"memo"'
  expect: allow
"#
    );
    holds(&mut workspace, &report);
}

#[test]
fn an_unreached_policy_that_no_entity_fits_gets_a_proved_case() {
    let policy = r#"@id("edits") permit (principal in Group::"editors", action == Action::"edit", resource == Doc::"other") when { resource has label && resource.label like "pub*" && principal != resource.owner };"#;
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        ("p.cedar", policy),
        ("a.test.yaml", SUITE),
    ]);
    determines(&mut workspace, "edits");
}

#[test]
fn a_link_of_a_template_gets_a_case() {
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        (
            "p.cedar",
            r#"@id("shared") permit (principal == ?principal, action == Action::"edit", resource == ?resource);"#,
        ),
        (
            "l.links.json",
            r#"[{"template_id": "shared", "link_id": "one", "args": {"?principal": "User::\"bob\"", "?resource": "Doc::\"memo\""}}]"#,
        ),
        ("a.test.yaml", SUITE),
    ]);
    determines(&mut workspace, "shared");
}

#[test]
fn what_is_absent_is_added_and_groups_are_joined() {
    let policies = r#"
@id("labelled") permit (principal, action == Action::"view", resource)
when { context.mfa && resource has label && resource.label == "public" };
@id("editors") permit (principal in Group::"editors", action == Action::"view", resource)
when { context has ticket && context.ticket == "T-1" };"#;
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        ("p.cedar", policies),
        ("a.test.yaml", SUITE),
    ]);
    let report = test(&mut workspace, false);
    let yaml: String = report.suggestions.iter().map(|s| s.yaml.as_str()).collect();
    assert!(
        yaml.contains(r#"memo: { extends: memo, attrs: { label: "public" } }"#),
        "{yaml}"
    );
    assert!(yaml.contains(r#", 'Group::"editors"']"#), "{yaml}");
    assert!(yaml.contains(r#"ticket: "T-1""#), "{yaml}");
    holds(&mut workspace, &report);
}

#[test]
fn a_missing_negative_test_is_suggested() {
    let policies = r#"
@id("edits") permit (principal, action == Action::"edit", resource) when { resource.owner == principal };
@id("locked") forbid (principal, action == Action::"edit", resource) when { resource has label };"#;
    let case =
        "  - { name: edits, principal: alice, action: edit, resource: memo, expect: allow }\n";
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        ("p.cedar", policies),
        ("a.test.yaml", &format!("{SUITE}{case}")),
    ]);
    let report = test(&mut workspace, false);
    let ends = closed(&report, "edits");
    assert!(
        ends.iter().any(|said| said.contains("where `edits` ends")),
        "{report:#?}"
    );
    let alone = closed(&report, "locked");
    assert!(
        alone
            .iter()
            .any(|said| said.contains("denied by `locked` alone")),
        "{report:#?}"
    );
    holds(&mut workspace, &report);
}

#[test]
fn unreached_policies_of_the_flawed_examples_get_cases_where_there_are_requests() {
    // The others name an action or a type that the schema does not have, or no action at all.
    for (folder, policies, possible) in [
        ("documents-flawed", &["embargo-ends"][..], true),
        (
            "payments-flawed",
            &["branch-transfers", "partners-read-reports"],
            false,
        ),
        ("hospital-flawed", &["nurse-adds-note"], false),
    ] {
        let mut workspace = example(folder);
        let report = test(&mut workspace, false);
        for policy in policies {
            let all = closed(&report, policy);
            assert_eq!(!all.is_empty(), possible, "{folder}: {policy}: {all:?}");
        }
    }
}

#[test]
fn an_edit_that_another_policy_hides_is_shown_by_who_decides() {
    let policies = r#"
@id("all") permit (principal, action == Action::"edit", resource);
@id("edits") permit (principal, action == Action::"edit", resource) when { resource.owner == principal };"#;
    let case =
        "  - { name: edits, principal: alice, action: edit, resource: memo, expect: allow }\n";
    let mut workspace = bundle(&[
        ("s.cedarschema", GROUPS),
        ("p.cedar", policies),
        ("a.test.yaml", &format!("{SUITE}{case}")),
    ]);
    let removed = "no test would notice if `edits` were removed";
    let survives = |report: &TestReport| {
        let survivors = &report.mutation.as_ref().unwrap().survivors;
        survivors.iter().any(|survivor| survivor.message == removed)
    };
    let report = test(&mut workspace, true);
    assert!(survives(&report));
    assert!(
        closed(&report, "edits")
            .iter()
            .any(|said| said.contains(removed))
    );
    let yaml: String = report.suggestions.iter().map(|s| s.yaml.as_str()).collect();
    let expect = "expect: { decision: allow, determining: [all, edits] }";
    assert!(yaml.contains(expect), "{yaml}");
    holds(&mut workspace, &report);
    let after = test(&mut workspace, true);
    assert!(!survives(&after), "{after:#?}");
}
