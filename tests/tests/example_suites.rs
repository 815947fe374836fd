//! The requests of the example applications, written as suites of Cedar's CLI, pass; and a suite that expects
//! one decision otherwise fails in that case alone. Needs the corpora; see `corpus::folder`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::suite::outcome::Outcome;
use portcullis_core::suite::{TestOptions, TestReport};
use portcullis_core::{Instant, Workspace};
use portcullis_tests::corpus;
use serde_json::{Value, json};

const SUITE: &str = "app.test.json";

#[test]
fn the_requests_of_every_example_application_pass_as_a_suite() {
    let Some(folder) = corpus::folder("the suites of the example applications") else {
        return;
    };
    let apps = applications(&folder.join("cedar-examples"));
    let mut cases = 0;
    for app in &apps {
        let of_app = holds(app);
        println!("{}: {of_app} cases", app.display());
        cases += of_app;
    }
    println!(
        "{cases} cases of {} applications, each flipped once",
        apps.len()
    );
    assert!(apps.len() >= 7 && cases >= 33, "{cases} cases");
}

/// Runs an application's requests as a suite, and again with each expectation turned; returns how many there are.
fn holds(app: &Path) -> usize {
    let mut workspace = bundle(app);
    let suite = suite(app);
    let report = run(&mut workspace, &suite);
    let findings: Vec<&str> = report.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(findings, Vec::<&str>::new(), "{}", app.display());
    assert_eq!(
        not_passed(&report),
        Vec::<String>::new(),
        "{}",
        app.display()
    );
    assert_eq!(report.summary.passed, suite.len(), "{}", app.display());
    for at in 0..suite.len() {
        let mut flipped = suite.clone();
        let expected = &mut flipped[at]["decision"];
        *expected = json!(if *expected == "allow" {
            "deny"
        } else {
            "allow"
        });
        let report = run(&mut workspace, &flipped);
        let name = suite[at]["name"].as_str().unwrap();
        assert_eq!(not_passed(&report), [format!("failed {name}")]);
    }
    suite.len()
}

fn run(workspace: &mut Workspace, suite: &[Value]) -> TestReport {
    let text = json!(suite).to_string();
    workspace.set_file(SUITE, text.as_bytes()).unwrap();
    workspace.test(&TestOptions::new(Instant::parse("2026-11-21").unwrap()))
}

fn not_passed(report: &TestReport) -> Vec<String> {
    report
        .tests
        .iter()
        .filter(|test| test.outcome != Outcome::Passed)
        .map(|test| format!("{} {}", test.outcome.as_str(), test.name))
        .collect()
}

/// The application's files under the names that a bundle has for them.
fn bundle(app: &Path) -> Workspace {
    let mut workspace = Workspace::new();
    for (name, path) in [
        ("policies.cedar", "policies.cedar"),
        ("policies.cedarschema", "policies.cedarschema"),
        ("entities.json", "app.entities.json"),
        ("linked", "app.links.json"),
    ] {
        match fs::read(app.join(name)) {
            Ok(contents) => workspace.set_file(path, &mended(contents)).unwrap(),
            Err(error) => assert_eq!(
                (name, error.kind()),
                ("linked", std::io::ErrorKind::NotFound)
            ),
        }
    }
    workspace
}

/// Two applications come with entities that their schemas forbid, which under a schema is an error. As its
/// owner would, this lets documents refer to shares in document_cloud, and declares github_example's organization.
fn mended(contents: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(contents).unwrap();
    if let Ok(Value::Array(mut entities)) = serde_json::from_str(&text) {
        for entity in &mut entities {
            for acl in ["modifyACL", "manageACL"] {
                if let Some(ty) = entity.pointer_mut(&format!("/attrs/{acl}/__entity/type")) {
                    *ty = json!("DocumentShare");
                }
            }
        }
        return json!(entities).to_string().into_bytes();
    }
    text.replace(
        "entity Team, UserGroup in",
        "entity Team, UserGroup, Organization in",
    )
    .replace(
        "entity User in [UserGroup, Team];",
        "entity User in [UserGroup, Team, Organization];",
    )
    .into_bytes()
}

/// The requests of the folders ALLOW and DENY, each a test as the Cedar CLI reads it.
fn suite(app: &Path) -> Vec<Value> {
    let mut tests = Vec::new();
    for (folder, decision) in [("ALLOW", "allow"), ("DENY", "deny")] {
        let mut paths: Vec<PathBuf> = fs::read_dir(app.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let request: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            tests.push(json!({
                "name": format!("{folder}/{}", path.file_stem().unwrap().display()),
                "request": request,
                "entities": "app.entities.json",
                "decision": decision,
                "reason": [],
                "num_errors": 0,
            }));
        }
    }
    tests
}

fn applications(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.join("policies.cedar").is_file())
        .collect()
}
