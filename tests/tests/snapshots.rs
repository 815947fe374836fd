//! What people see of each example with flaws. `PORTCULLIS_SNAPSHOTS=write` writes the files anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use portcullis_core::render::{self, Format, Options};
use portcullis_core::{Instant, Workspace, is_bundle_file};

#[test]
fn the_report_of_each_flawed_example_is_as_it_was_reviewed() {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(tests.join("../examples")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with("-flawed") {
            let snapshot = tests.join("snapshots").join(format!("{name}.txt"));
            compare(&snapshot, &text_report(&folder));
            seen += 1;
        }
    }
    assert_ne!(seen, 0, "the examples are missing");
}

fn text_report(folder: &Path) -> String {
    let mut workspace = Workspace::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap();
        if is_bundle_file(path) {
            let contents = std::fs::read(entry.path()).unwrap();
            workspace.set_file(path, &contents).unwrap();
        }
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    let text = |path: &str| workspace.text(path);
    render::report(Format::Text, &report, &text, &Options::default())
}

fn compare(snapshot: &Path, report: &str) {
    if std::env::var_os("PORTCULLIS_SNAPSHOTS").is_some_and(|mode| mode == "write") {
        std::fs::create_dir_all(snapshot.parent().unwrap()).unwrap();
        std::fs::write(snapshot, report).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(snapshot).unwrap_or_default();
    let differs = report
        .lines()
        .zip(expected.lines())
        .position(|(got, expected)| got != expected)
        .unwrap_or_else(|| report.lines().count().min(expected.lines().count()));
    if report != expected {
        panic!(
            "{} differs from line {} on: {:?}; if that is meant, run with PORTCULLIS_SNAPSHOTS=write and review",
            snapshot.display(),
            differs + 1,
            report.lines().nth(differs).unwrap_or_default()
        );
    }
}
