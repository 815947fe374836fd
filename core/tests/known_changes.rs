//! Changes that are known to be dangerous, and changes that are known to be harmless, in `tests/known-bad` and
//! `tests/known-good`: a folder each, with `base/`, `head/` and `WHY.md` or the expected `TIER`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the repository"
)]

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::tier::{Input, Tier, Tiered, tier};
use portcullis_core::{Instant, Workspace};

fn workspace(folder: &Path) -> Workspace {
    fn add(workspace: &mut Workspace, root: &Path, folder: &Path) {
        for path in entries(folder) {
            if path.is_dir() {
                add(workspace, root, &path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            workspace
                .set_file(&name.replace('\\', "/"), &fs::read(&path).unwrap())
                .unwrap();
        }
    }
    let mut workspace = Workspace::new();
    add(&mut workspace, folder, folder);
    workspace
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

fn tiered(change: &Path) -> Tiered {
    tier(Input {
        base: Some(&mut workspace(&change.join("base"))),
        head: &mut workspace(&change.join("head")),
        baseline: None,
        record: None,
        directory: None,
        as_of: Instant::parse("2026-11-21").unwrap(),
    })
}

fn deciding(tiered: &Tiered) -> String {
    let verdict = &tiered.assessment.verdict;
    format!(
        "{}: {}",
        verdict.tier.as_str(),
        verdict.deciding().join(", ")
    )
}

fn set(name: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    entries(&root.join(name))
}

#[test]
fn nothing_that_is_known_to_be_bad_is_tiered_below_human() {
    let changes = set("known-bad");
    assert!(changes.len() >= 318, "{}", changes.len());
    let mut low = Vec::new();
    for change in changes {
        let why = fs::read_to_string(change.join("WHY.md")).unwrap();
        assert_eq!(why.lines().count(), 1, "{}", change.display());
        let tiered = tiered(&change);
        let verdict = &tiered.assessment.verdict;
        if verdict.tier < Tier::Human {
            low.push(format!(
                "{}: {}{}",
                change.display(),
                why,
                deciding(&tiered)
            ));
        }
        // Whoever is told no is told which fact stands against it, and who says so.
        let mut decide = verdict.reasons.iter().filter(|reason| reason.deciding);
        let is_grounded = decide.all(|reason| {
            let facts = &reason.because;
            !facts.is_empty()
                && facts
                    .iter()
                    .all(|of| !of.fact.is_empty() && !of.source.is_empty())
        });
        assert!(is_grounded, "{}", change.display());
    }
    assert!(low.is_empty(), "\n{}", low.join("\n"));
}

#[test]
fn what_is_known_to_be_harmless_is_at_its_tier() {
    let changes = set("known-good");
    assert!(changes.len() >= 180, "{}", changes.len());
    let mut others = Vec::new();
    for change in &changes {
        let expected = fs::read_to_string(change.join("TIER")).unwrap();
        let tiered = tiered(change);
        if tiered.assessment.verdict.tier.as_str() != expected.trim() {
            let why = deciding(&tiered);
            others.push(format!(
                "{}: not {} but {why}",
                change.display(),
                expected.trim()
            ));
        }
    }
    println!("{}", others.join("\n"));
    assert!(
        others.len() * 20 <= changes.len(),
        "{} of {}:\n{}",
        others.len(),
        changes.len(),
        others.join("\n")
    );
}
