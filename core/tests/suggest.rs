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
        "no case makes `when` of `refunds` false; no case makes `context.amount <= 500` false; no case is decided by `context.amount <= 500` alone being false; no case stands directly beyond the limit of `context.amount <= 500`"
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
