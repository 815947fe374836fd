//! Proofs against what others recorded: relations of policy sets, and decisions. Needs the corpora; see
//! `corpus::folder`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::cedar::ValidatorSchema;
use portcullis_core::cedar::parse::parse;
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::facts::Entity;
use portcullis_core::prove::{Answer, Bound, Options, Prover, Question, Relation, Why, World};
use portcullis_core::schema::Schema;
use portcullis_core::source::split;
use portcullis_core::{Instant, Workspace};
use portcullis_tests::corpus;
use serde_json::Value;

fn schema(text: &str) -> (Arc<Schema>, Arc<ValidatorSchema>) {
    let outcome = build(&[SchemaFile {
        path: "s.cedarschema".into(),
        text,
        format: Format::Cedar,
    }]);
    (outcome.schema.unwrap(), outcome.validator.unwrap())
}

/// The policies, in order: Cedar names them policy0, policy1, …
fn bounds(text: &str) -> Vec<Bound> {
    split(text)
        .statements
        .into_iter()
        .filter_map(|span| {
            let parsed = parse(&span.text(text).into()).ok()?;
            Some(Bound { parsed, link: None })
        })
        .collect()
}

/// A counter that tests require to be zero: witnesses that Cedar does not confirm.
fn is_fault(answer: &Answer) -> bool {
    matches!(answer, Answer::Unknown(Why::Unconfirmed(_)))
}

#[test]
fn relations_are_the_recorded_ones() {
    let Some(folder) = corpus::folder("recorded relations of policy sets") else {
        return;
    };
    let folder = folder.join("cedar-compare");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut compared = 0;
    for line in read(&folder.join("verdicts.tsv")).lines().skip(1) {
        let field: Vec<&str> = line.split('\t').collect();
        let folder = folder.join(field[0]);
        let (schema, validator) = schema(&read(&folder.join(field[3])));
        let environment = schema
            .environments()
            .into_iter()
            .find(|e| e.principal == field[4] && e.action.id == field[5] && e.resource == field[6])
            .unwrap();
        let options = Options::default();
        let mut prover = Prover::new(&schema, &validator, &environment, options);
        let mut side = |name: &str| -> Vec<usize> {
            let bounds = bounds(&read(&folder.join(name)));
            bounds.iter().map(|bound| prover.add(bound, true)).collect()
        };
        let (base, head) = (side(field[1]), side(field[2]));
        let comparison = prover.compare(&base, &head);
        // What was recorded speaks of the base.
        let recorded = match field[7] {
            "pset1 is more permissive than pset2" => Relation::Narrower,
            "pset1 is less permissive than pset2" => Relation::Wider,
            "pset1 is equivalent to pset2" => Relation::Equivalent,
            "pset1 is incomparable with pset2" => Relation::Incomparable,
            other => panic!("{other}"),
        };
        assert_eq!(
            comparison.relation, recorded,
            "{line}: {:?}",
            comparison.why
        );
        compared += 1;
    }
    assert_eq!(compared, 30);
}

/// Which policies of a set have no error of Cedar's.
fn valid(text: &str, schema: &str, count: usize) -> Vec<bool> {
    let mut workspace = Workspace::new();
    let files = [
        ("portcullis.yaml", "profile: basic\n"),
        ("s.cedarschema", schema),
        ("p.cedar", text),
    ];
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    let spans = split(text).statements;
    let mut valid = vec![true; count];
    for finding in &report.findings {
        let is_error = finding.severity == portcullis_core::finding::Severity::Error;
        if is_error && finding.rule.code.starts_with("cedar/") {
            let at = finding.range.start.byte;
            let number = spans
                .iter()
                .position(|span| span.start <= at && at < span.end);
            match number {
                Some(number) => valid[number] = false,
                None => valid.fill(false),
            }
        }
    }
    valid
}

/// Entities may be missing here, and mostly some are: so the proofs are those for any part of them.
#[test]
fn no_recorded_decision_contradicts_a_proof() {
    let Some(folder) = corpus::folder("proofs about the requests of Cedar's integration corpus")
    else {
        return;
    };
    let files = corpus::archive(&folder.join("cedar-integration.tar.gz"));
    let options = Options {
        steps: 20_000,
        world: World::Partial,
    };
    let (mut requests, mut questions, mut proved, mut unknown) = (0, 0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (path, bytes) in &files {
        let Some(stem) = path
            .strip_suffix(".json")
            .filter(|stem| !stem.contains('.'))
        else {
            continue;
        };
        let text = |end: &str| {
            files
                .get(&format!("{stem}.{end}"))
                .map(|bytes| std::str::from_utf8(bytes).unwrap())
        };
        let (Some(policies), Some(schema_text)) = (text("cedar"), text("cedarschema")) else {
            continue;
        };
        let case: Value = serde_json::from_slice(bytes).unwrap();
        let (schema, validator) = schema(schema_text);
        let bounds = bounds(policies);
        let valid = valid(policies, schema_text, bounds.len());
        let environments = schema.environments();
        let mut provers: BTreeMap<usize, (Prover<'_>, Vec<usize>)> = BTreeMap::new();
        for request in case["requests"].as_array().unwrap() {
            let entity = |key: &str| Entity {
                ty: request[key]["type"].as_str().unwrap().to_owned(),
                id: request[key]["id"].as_str().unwrap().to_owned(),
            };
            let (principal, action, resource) =
                (entity("principal"), entity("action"), entity("resource"));
            let found = environments.iter().position(|e| {
                e.principal == principal.ty && e.action == action && e.resource == resource.ty
            });
            // Of a request that is not checked against the schema a proof says nothing.
            let Some(number) = found.filter(|_| request["validateRequest"] == true) else {
                continue;
            };
            requests += 1;
            let (prover, numbers) = provers.entry(number).or_insert_with(|| {
                let mut prover = Prover::new(&schema, &validator, &environments[number], options);
                let pairs = bounds.iter().zip(&valid);
                let numbers = pairs
                    .map(|(bound, valid)| prover.add(bound, *valid))
                    .collect();
                (prover, numbers)
            });
            let mut ask = |question: Question<'_>, what: &str| {
                let answer = prover.ask(question);
                questions += 1;
                match &answer {
                    Answer::No => {
                        proved += 1;
                        wrong.push(format!("{stem} {}: {what}", request["description"]));
                    }
                    Answer::Yes(_) => proved += 1,
                    Answer::Unknown(why) => {
                        unknown += 1;
                        *reasons.entry(why.to_string()).or_default() += 1;
                        if is_fault(&answer) {
                            wrong.push(format!("{stem} {}: {why}", request["description"]));
                        }
                    }
                }
            };
            let decision = request["decision"] == "allow";
            if decision {
                ask(Question::Allowed(numbers), "allowed");
            } else {
                ask(Question::Denied(numbers), "denied");
            }
            for (key, fails) in [("reason", false), ("errors", true)] {
                for name in request[key].as_array().unwrap() {
                    let number = name.as_str().unwrap().strip_prefix("policy").unwrap();
                    let number: usize = number.parse().unwrap();
                    let question = if fails {
                        Question::Fails(number)
                    } else {
                        Question::Applies(number)
                    };
                    ask(question, "a policy applies or fails");
                }
            }
        }
    }
    println!(
        "{requests} requests, {questions} questions: {proved} decided, {unknown} not: {reasons:?}"
    );
    let few: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ: {few:#?}", wrong.len());
    assert!(requests >= 1_000, "{requests} requests");
}
