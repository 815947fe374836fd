//! The numbers that README.md and CHANGELOG.md give are those of the registry, and the output that
//! README.md shows is what the command prints.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::render::{self, Options};
use portcullis_core::{Instant, Workspace, is_bundle_file, rules};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// How many codes pass.
fn codes(test: impl Fn(&str) -> bool) -> usize {
    rules::all().filter(|rule| test(rule.code)).count()
}

#[test]
fn the_numbers_of_codes_are_those_of_the_registry() {
    let ours = codes(|code| !code.contains('/'));
    let cedar = codes(|code| code.starts_with("cedar/"));
    let suites = codes(|code| code.starts_with("suite/"));
    let others = codes(|code| code.contains('/')) - cedar - suites;
    let all = ours + cedar + suites + others;
    let readme = read("README.md");
    for (number, sentence) in [
        (all, format!("one of {all} codes")),
        (ours, format!("| `always-true`, `open-action` … | {ours} |")),
        (cedar, format!("| `cedar/…` | {cedar} |")),
        (suites, format!("| `suite/…` | {suites} |")),
        (others, format!("`file/…`, `tests/…` | {others} |")),
        (ours, format!("| {ours}, mostly on security |")),
    ] {
        assert!(
            readme.contains(&sentence),
            "README.md should have {number}: {sentence}"
        );
    }
    let changelog = read("CHANGELOG.md");
    let sentence = format!(
        "- {ours} codes for what Cedar accepts, {cedar} for what Cedar refuses or warns about, {others} for"
    );
    assert!(
        changelog.contains(&sentence),
        "CHANGELOG.md should have: {sentence}"
    );
}

/// The parts of the output between the ellipses, and its last line.
#[test]
fn the_output_shown_is_that_of_the_example() {
    let readme = read("README.md");
    let shown: String = readme
        .split_once("    $ portcullis check examples/payments-flawed --as-of 2026-11-21\n")
        .unwrap()
        .1
        .split("\n[")
        .next()
        .unwrap()
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect();
    let folder = repository().join("examples/payments-flawed");
    let mut workspace = Workspace::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if is_bundle_file(&name) {
            let contents = fs::read(folder.join(&name)).unwrap();
            workspace.set_file(&name, &contents).unwrap();
        }
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    let options = Options {
        prefix: "examples/payments-flawed/",
        ..Options::default()
    };
    let text = render::text(&report, &|path| workspace.text(path), &options);
    let parts: Vec<&str> = shown.split("…\n").map(str::trim).collect();
    assert!(parts.len() > 2, "{parts:?}");
    for part in parts {
        assert!(
            text.contains(part),
            "README.md shows what is not printed:\n{part}"
        );
    }
}
