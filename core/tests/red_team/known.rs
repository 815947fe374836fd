//! The folders of `tests/known-bad` and `tests/known-good` that are about schemas: Cedar confirms what they stand for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use portcullis_core::tier::Tier;

use crate::judge::{Parts, Seen, Side, look};
use crate::model::Schema;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten();
    let mut all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// The texts of a folder's files that end so, but for those of folders in it.
fn text(folder: &Path, ending: &str) -> String {
    entries(folder)
        .iter()
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn side(folder: &Path) -> Side {
    let guards = text(&folder.join("invariants"), ".cedar");
    let deciding = text(folder, ".cedar");
    Side::read(Parts {
        schema: Schema::read(&text(folder, ".cedarschema")),
        guarding: format!("permit (principal, action, resource);\n{guards}"),
        all: format!("{deciding}{guards}"),
        counted: deciding.clone(),
        deciding,
        entities: Vec::new(),
    })
    .unwrap()
}

/// What Cedar says of each folder with this beginning.
///
/// Rounds of requests are made until one shows something, but no more than so many.
fn seen(
    kind: &str,
    beginning: &str,
    rounds: u64,
) -> BTreeMap<String, (Seen, [bool; 2], [usize; 2])> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut all = BTreeMap::new();
    for folder in entries(&root.join(kind)) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with(beginning) {
            continue;
        }
        let (base, head) = (side(&folder.join("base")), side(&folder.join("head")));
        let mut shown = Seen::default();
        for round in 0..rounds {
            let mut rng = Rng::with_seed(round);
            shown = look(&mut rng, &base, &head, 160, &|_, _, _| Tier::Human);
            if !shown.allowed.is_empty() || !shown.unguarded.is_empty() {
                break;
            }
        }
        let valid = [base.is_valid, head.is_valid];
        all.insert(
            name,
            (shown, valid, [base.impossible.len(), head.impossible.len()]),
        );
    }
    all
}

#[test]
fn what_is_known_to_be_bad_opens_something() {
    let mut wrong = Vec::new();
    for (name, (seen, valid, _)) in seen("known-bad", "schema-", 50) {
        if seen.allowed.is_empty() && seen.unguarded.is_empty() || valid != [true; 2] {
            wrong.push(format!("{name} {valid:?} {:?}", seen.refused.first()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_known_to_be_harmless_opens_nothing() {
    let mut wrong = Vec::new();
    for (name, (seen, valid, _)) in seen("known-good", "schema-", 3) {
        let opened = seen.allowed.iter().chain(&seen.unguarded).next();
        if opened.is_some() || valid != [true; 2] {
            wrong.push(format!("{name} {valid:?} {opened:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_dormant_never_applies() {
    let mut wrong = Vec::new();
    for kind in ["known-bad", "known-good"] {
        for (name, (_, valid, impossible)) in seen(kind, "dormant-", 1) {
            if impossible != [0, 1] || valid != [true; 2] {
                wrong.push(format!("{name} {valid:?} {impossible:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
