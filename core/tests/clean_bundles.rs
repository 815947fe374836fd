//! False alarms: what is written by people who meant it has no finding of severity high or above, but for the real faults
//! that are listed here.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read the repository and the corpora"
)]

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::finding::Severity;
use portcullis_core::{Instant, Workspace};

/// Faults that the bundles really have: the bundle, the file, the code, how often, and why it is right.
const FAULTS: &[(&str, &str, &str, usize, &str)] = &[
    (
        "cedar-examples/document_cloud",
        "entities.json",
        "cedar/entities-type-mismatch",
        2,
        "a `DocumentShare` attribute holds entities of type `Document`",
    ),
    (
        "cedar-examples/github_example",
        "entities.json",
        "cedar/entities-invalid-ancestor",
        1,
        "a user is in an `Organization`, which the schema does not allow",
    ),
    (
        "cedar-examples/github_example",
        "entities.json",
        "cedar/entities-undeclared-type",
        1,
        "the schema has no type `Organization`",
    ),
];

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

/// The folders below this one that have a schema in them.
fn bundles(folder: &Path, found: &mut Vec<PathBuf>) {
    let files = entries(folder);
    let is_schema = |path: &PathBuf| path.extension().is_some_and(|of| of == "cedarschema");
    if files.iter().any(is_schema) {
        found.push(folder.to_owned());
        return;
    }
    for path in files.iter().filter(|path| path.is_dir()) {
        bundles(path, found);
    }
}

/// What is found in a bundle, as file, code and the rest.
fn alarms(bundle: &Path) -> Vec<(String, &'static str, String)> {
    let mut workspace = Workspace::new();
    for path in entries(bundle) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_file() && portcullis_core::is_bundle_file(&name) {
            workspace
                .set_file(&name, &fs::read(&path).unwrap())
                .unwrap();
        }
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert_eq!(workspace.counters().unconfirmed, 0, "{}", bundle.display());
    let findings = report.findings.into_iter();
    findings
        .filter(|finding| finding.severity >= Severity::High)
        .map(|finding| {
            let line = finding.range.start.line + 1;
            let shown = format!("{}:{line}: {}", finding.file, finding.message);
            (finding.file.to_string(), finding.rule.code, shown)
        })
        .collect()
}

/// Holds the bundles against the list, and says which faults of the list were seen.
fn hold(root: &Path, bundles: &[PathBuf]) -> Vec<(&'static str, &'static str)> {
    let mut false_alarms = Vec::new();
    let mut seen = Vec::new();
    for bundle in bundles {
        let name = bundle.strip_prefix(root).unwrap().to_str().unwrap();
        let name = name.replace('\\', "/");
        let mut found = alarms(bundle);
        for (of, file, code, times, why) in FAULTS {
            let is_it = |alarm: &(String, &'static str, String)| {
                *of == name && alarm.0 == *file && alarm.1 == *code
            };
            let count = found.iter().filter(|alarm| is_it(alarm)).count();
            if count == *times {
                found.retain(|alarm| !is_it(alarm));
                seen.push((*of, *code));
            } else if *of == name {
                false_alarms.push(format!("{name}: {code} {count} times: {why}"));
            }
        }
        let rest = found.into_iter();
        false_alarms.extend(rest.map(|(_, code, shown)| format!("{name}: {code}: {shown}")));
    }
    assert!(false_alarms.is_empty(), "{}", false_alarms.join("\n"));
    seen
}

#[test]
fn the_clean_examples_raise_no_alarm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let clean = ["documents", "hospital", "payments"].map(|name| root.join(name));
    assert_eq!(hold(&root, &clean), []);
}

#[test]
fn bundles_of_the_corpora_raise_no_false_alarm() {
    let Some(corpus) = std::env::var_os("PORTCULLIS_CORPUS") else {
        eprintln!("skipped: PORTCULLIS_CORPUS does not name the folder of corpora");
        return;
    };
    let root = Path::new(&corpus);
    let mut found = Vec::new();
    bundles(&root.join("cedar-examples"), &mut found);
    bundles(&root.join("cedarbench"), &mut found);
    assert!(found.len() >= 50, "{} bundles", found.len());
    assert_eq!(hold(root, &found).len(), FAULTS.len());
}
