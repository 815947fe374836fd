//! How much of public policies stays undecided: counted over the corpora, which `PORTCULLIS_CORPUS` names.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_core::Workspace;
use portcullis_core::cedar::parse::parse;
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::prove::{Answer, Bound, Options, Prover, Question};
use portcullis_core::source::split;

fn corpus(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PORTCULLIS_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED, {what}: PORTCULLIS_CORPUS does not name the folder of corpora");
    }
    folder
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Every folder below this one, sorted.
fn folders(below: &Path) -> Vec<PathBuf> {
    let mut found = vec![below.to_path_buf()];
    let mut inner: Vec<PathBuf> = (std::fs::read_dir(below).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    inner.sort();
    found.extend(inner.iter().flat_map(|path| folders(path)));
    found
}

/// The files of a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = (std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|of| of == ending))
        .collect();
    found.sort();
    found
}

fn bounds(text: &str) -> Vec<Bound> {
    let statements = split(text).statements.into_iter();
    let parsed = statements.filter_map(|span| parse(&Arc::from(span.text(text))).ok());
    parsed.map(|parsed| Bound { parsed, link: None }).collect()
}

/// What a specification demands is within what it admits, where both are about one kind of request.
#[test]
fn every_floor_is_within_its_ceilings() {
    let Some(corpus) = corpus("floors within ceilings") else {
        return;
    };
    let (mut pairs, mut wrong) = (0, Vec::new());
    for folder in folders(&corpus.join("cedarbench")) {
        let list = folder.join("checks.json");
        if !list.exists() {
            continue;
        }
        let list: Vec<BTreeMap<String, String>> = serde_json::from_str(&read(&list)).unwrap();
        let outcome = build(&[SchemaFile {
            path: "s.cedarschema".into(),
            text: &read(&folder.join("schema.cedarschema")),
            format: Format::Cedar,
        }]);
        let (schema, validator) = (outcome.schema.unwrap(), outcome.validator.unwrap());
        for environment in schema.environments() {
            let is_about = |of: &&BTreeMap<String, String>| {
                of["principal_type"] == environment.principal
                    && of["action"] == environment.action.to_string()
                    && of["resource_type"] == environment.resource
            };
            let named = |key: &str| {
                let found = list.iter().filter(is_about).filter_map(|of| of.get(key));
                found.cloned().collect::<Vec<String>>()
            };
            for floor in named("floor") {
                for ceiling in named("reference") {
                    let options = Options::default();
                    let mut prover = Prover::new(&schema, &validator, &environment, options);
                    let mut add = |name: &str| -> Vec<usize> {
                        let bounds = bounds(&read(&folder.join(name)));
                        bounds.iter().map(|bound| prover.add(bound, true)).collect()
                    };
                    let (floors, ceilings) = (add(&floor), add(&ceiling));
                    for one in floors {
                        let answer = prover.ask(Question::AppliesBeyond(one, &ceilings));
                        pairs += 1;
                        if answer != Answer::No {
                            wrong.push(format!("{folder:?} {floor} {ceiling}: {answer:?}"));
                        }
                    }
                }
            }
        }
    }
    eprintln!("{pairs} pairs of a floor and a ceiling");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(pairs >= 100, "{pairs} pairs");
}

/// Every question about every pair of policies that stand in one folder, in every kind of request.
#[test]
fn nearly_nothing_about_public_policies_is_undecided() {
    let Some(corpus) = corpus("what stays undecided") else {
        return;
    };
    let (mut asked, mut undecided, mut open) = (0, 0, Vec::new());
    for name in [
        "cedar-compare",
        "cedar-examples",
        "cedarbench",
        "oopsla2024",
    ] {
        for folder in folders(&corpus.join(name)) {
            let mut schemas = files(&folder, "cedarschema");
            let policies = files(&folder, "cedar");
            if policies.is_empty() {
                continue;
            }
            schemas.truncate(1);
            let mut workspace = Workspace::new();
            for path in schemas.iter().chain(&policies) {
                let name = path.file_name().unwrap().to_str().unwrap();
                workspace.set_file(name, read(path).as_bytes()).unwrap();
            }
            let relations = workspace.relations();
            let here: u32 = relations.iter().map(|of| of.undecided).sum();
            if here > 0 {
                open.push(format!("{folder:?}: {here}"));
            }
            undecided += u64::from(here);
            asked += workspace.counters().questions;
        }
    }
    eprintln!("{asked} questions about pairs of public policies, {undecided} undecided: {open:#?}");
    assert!(undecided * 1_000 <= asked, "{undecided} of {asked}");
    assert!(asked > 1_000, "{asked}");
}
