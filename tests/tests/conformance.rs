//! Agreement with Cedar's own verdicts: validation of whole sets and of single policies, decisions with
//! their reasons and errors. Needs the corpora; see `corpus::folder`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use portcullis_core::authorize::Authorizer;
use portcullis_core::cedar::evaluate::{
    Candidate, Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, decide, entities,
};
use portcullis_core::cedar::parse::parse;
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::facts::Entity;
use portcullis_core::finding::Severity;
use portcullis_core::source::split;
use portcullis_core::{Instant, Workspace};
use portcullis_tests::corpus;
use serde_json::Value;

/// Policies that Cedar rejected when the verdicts were recorded and now only warns about: the action
/// does not apply to the scope's types.
const DRIFT: &str = "cedar/inapplicable-action";

/// The texts of the policies, in order: Cedar names them policy0, policy1, …
fn policies(text: &str) -> Vec<(u32, u32)> {
    split(text)
        .statements
        .into_iter()
        .filter(|span| {
            portcullis_core::source::tokens(span.text(text)).any(|token| {
                !matches!(
                    token.kind,
                    portcullis_core::source::TokenKind::Blank
                        | portcullis_core::source::TokenKind::Comment
                )
            })
        })
        .map(|span| (span.start, span.end))
        .collect()
}

/// The numbers of the policies that have an error of Cedar's, and of those that have the drifted warning.
fn verdicts(text: &str, schema: &[u8]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut workspace = Workspace::new();
    workspace
        .set_file("portcullis.yaml", b"profile: basic\n")
        .unwrap();
    workspace.set_file("s.cedarschema", schema).unwrap();
    workspace.set_file("p.cedar", text.as_bytes()).unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    let spans = policies(text);
    let mut errors = BTreeSet::new();
    let mut drifted = BTreeSet::new();
    for finding in &report.findings {
        let fatal = finding.severity == Severity::Error
            && (finding.rule.code.starts_with("cedar/") || finding.rule.code.starts_with("limit/"));
        if finding.file.as_ref() == "s.cedarschema" {
            assert!(!fatal, "{}: {}", finding.rule.code, finding.message);
            continue;
        }
        let policy = spans
            .iter()
            .position(|(start, end)| (*start..*end).contains(&finding.range.start.byte));
        if fatal {
            errors.insert(policy.unwrap());
        } else if finding.rule.code == DRIFT {
            drifted.insert(policy.unwrap());
        }
    }
    (errors, drifted)
}

#[test]
fn every_policy_validates_as_recorded() {
    let Some(folder) = corpus::folder("the validation verdicts") else {
        return;
    };
    let files = corpus::archive(&folder.join("cedar-integration.tar.gz"));
    let recorded = corpus::archive(&folder.join("cedar-validation.tar.gz"));
    let mut compared = 0;
    let mut drift = Vec::new();
    let mut wrong = Vec::new();
    for (name, bytes) in &recorded {
        let stem = name.strip_suffix(".validation.json").unwrap();
        let verdict: Value = serde_json::from_slice(bytes).unwrap();
        let text = std::str::from_utf8(&files[&format!("{stem}.cedar")]).unwrap();
        let (errors, drifted) = verdicts(text, &files[&format!("{stem}.cedarschema")]);
        let expected = verdict["policyValidation"]["perPolicy"]
            .as_object()
            .unwrap();
        for (policy, expected) in expected {
            let number: usize = policy.strip_prefix("policy").unwrap().parse().unwrap();
            let valid = expected["strict"].as_bool().unwrap();
            compared += 1;
            match (valid, errors.contains(&number), drifted.contains(&number)) {
                (true, false, _) | (false, true, _) => {}
                (false, false, true) => drift.push(format!("{stem} {policy}")),
                _ => wrong.push(format!("{stem} {policy}: recorded valid = {valid}")),
            }
        }
    }
    println!(
        "{compared} policies compared, {} drifted to a warning",
        drift.len()
    );
    for case in &drift {
        println!("drifted: {case}");
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared >= 3_900, "only {compared} policies were compared");
}

#[test]
fn every_set_validates_and_decides_as_recorded() {
    let Some(folder) = corpus::folder("the integration corpus") else {
        return;
    };
    let files = corpus::archive(&folder.join("cedar-integration.tar.gz"));
    let mut cases = 0;
    let mut requests = 0;
    let mut drift = 0;
    let mut wrong = Vec::new();
    for (name, bytes) in files
        .iter()
        .filter(|(name, _)| name.ends_with(".json") && !name.ends_with(".entities.json"))
    {
        let stem = name.strip_suffix(".json").unwrap();
        let case: Value = serde_json::from_slice(bytes).unwrap();
        let text = std::str::from_utf8(&files[&format!("{stem}.cedar")]).unwrap();
        let schema_bytes = &files[&format!("{stem}.cedarschema")];
        cases += 1;
        let (errors, drifted) = verdicts(text, schema_bytes);
        let expected = case["shouldValidate"].as_bool().unwrap();
        match (expected, errors.is_empty(), drifted.is_empty()) {
            (false, true, false) => drift += 1,
            (expected, valid, _) if expected == valid => {}
            _ => wrong.push(format!("{stem}: recorded valid = {expected}")),
        }
        let schema = build(&[SchemaFile {
            path: "s.cedarschema".into(),
            text: std::str::from_utf8(schema_bytes).unwrap(),
            format: Format::Cedar,
        }]);
        let schema = schema.validator.unwrap();
        let parsed: Vec<_> = policies(text)
            .into_iter()
            .map(|(start, end)| {
                parse(&text.get(start as usize..end as usize).unwrap().into()).unwrap()
            })
            .collect();
        let json = std::str::from_utf8(&files[&format!("{stem}.entities.json")]).unwrap();
        let entities =
            entities(json, Some(&schema)).unwrap_or_else(|error| panic!("{stem}: {error}"));
        let mut symbols = Symbols::default();
        let compiled: Vec<_> = parsed
            .iter()
            .map(|parsed| Arc::new(Compiled::new(parsed, None, &mut symbols).unwrap()))
            .collect();
        let authorizer = Authorizer::new(compiled);
        for request in case["requests"].as_array().unwrap() {
            requests += 1;
            let entity = |key: &str| Entity {
                ty: request[key]["type"].as_str().unwrap().to_owned(),
                id: request[key]["id"].as_str().unwrap().to_owned(),
            };
            let candidates = parsed.iter().enumerate().map(|(n, parsed)| Candidate {
                name: format!("policy{n}"),
                template: &parsed.template,
                link: None,
            });
            let validate = request["validateRequest"].as_bool().unwrap();
            let text = RequestText {
                principal: &entity("principal"),
                action: &entity("action"),
                resource: &entity("resource"),
                context: &request["context"],
            };
            let schema = validate.then_some(schema.as_ref());
            let got = decide(candidates, &entities, &text, schema);
            let prepared = Prepared::new(&text, &entities, schema, Naming::Known(&symbols));
            let indexed = prepared.as_ref().map_err(Clone::clone).map(|prepared| {
                authorizer.decide(prepared, &entities, |number| format!("policy{number}"))
            });
            if indexed != got {
                wrong.push(format!(
                    "{stem} {}: indexed {indexed:?}, all {got:?}",
                    request["description"]
                ));
            }
            // Part by part every policy comes to the same as in one piece.
            if let Ok(prepared) = &prepared {
                let evaluation = Evaluation::new(prepared, &entities);
                for policy in authorizer.policies() {
                    let by_parts = evaluation.trace(policy, &mut Vec::new());
                    if by_parts != evaluation.verdict(policy) {
                        wrong.push(format!("{stem} {}: {by_parts:?}", request["description"]));
                    }
                }
            }
            let strings = |key: &str| -> Vec<String> {
                let mut values: Vec<String> = request[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|value| value.as_str().unwrap().to_owned())
                    .collect();
                values.sort();
                values
            };
            let same = got.as_ref().is_ok_and(|got| {
                let names: Vec<String> = got.errors.iter().map(|(name, _)| name.clone()).collect();
                got.allowed == (request["decision"] == "allow")
                    && got.determining == strings("reason")
                    && names == strings("errors")
            });
            if !same {
                wrong.push(format!("{stem} {}: {got:?}", request["description"]));
            }
        }
    }
    println!("{cases} cases, {requests} requests, {drift} drifted to a warning");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        cases >= 3_900 && requests >= 3_900,
        "{cases} cases, {requests} requests"
    );
}

#[test]
fn every_example_application_decides_as_recorded() {
    let Some(folder) = corpus::folder("the example applications") else {
        return;
    };
    let mut decided = BTreeMap::new();
    let mut folders = vec![folder.join("cedar-examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        if !folder.join("policies.cedar").exists() {
            continue;
        }
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let text = read("policies.cedar");
        let schema_text = read("policies.cedarschema");
        let schema = build(&[SchemaFile {
            path: "policies.cedarschema".into(),
            text: &schema_text,
            format: Format::Cedar,
        }]);
        assert!(
            schema
                .findings
                .iter()
                .all(|(_, f)| f.severity < Severity::Error)
        );
        let schema = schema.validator.unwrap();
        // The entities of document_cloud do not conform to its own schema; Cedar decides all the same
        // when it is not asked to check them.
        let json = read("entities.json");
        let entities = entities(&json, Some(&schema))
            .or_else(|_| entities(&json, None))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let parsed: Vec<_> = policies(&text)
            .into_iter()
            .map(|(start, end)| {
                parse(&text.get(start as usize..end as usize).unwrap().into()).unwrap()
            })
            .collect();
        let links: Vec<Value> = std::fs::read_to_string(folder.join("linked"))
            .map(|text| serde_json::from_str(&text).unwrap())
            .unwrap_or_default();
        for (verdict, allowed) in [("ALLOW", true), ("DENY", false)] {
            for entry in std::fs::read_dir(folder.join(verdict)).unwrap() {
                let path = entry.unwrap().path();
                let request: Value =
                    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                let uid = |text: &str| {
                    let (ty, id) = text.rsplit_once("::").unwrap();
                    Entity {
                        ty: ty.to_owned(),
                        id: id.trim_matches('"').to_owned(),
                    }
                };
                let entity = |key: &str| uid(request[key].as_str().unwrap());
                let mut candidates = Vec::new();
                for (n, parsed) in parsed.iter().enumerate() {
                    if !parsed.policy.is_template() {
                        candidates.push(Candidate {
                            name: format!("policy{n}"),
                            template: &parsed.template,
                            link: None,
                        });
                    }
                    for link in links
                        .iter()
                        .filter(|link| parsed.policy.id() == link["template_id"].as_str())
                    {
                        let value = |slot: &str| link["args"][slot].as_str().map(uid);
                        candidates.push(Candidate {
                            name: link["link_id"].as_str().unwrap().to_owned(),
                            template: &parsed.template,
                            link: Some((value("?principal"), value("?resource"))),
                        });
                    }
                }
                let got = decide(
                    candidates,
                    &entities,
                    &RequestText {
                        principal: &entity("principal"),
                        action: &entity("action"),
                        resource: &entity("resource"),
                        context: &request["context"],
                    },
                    Some(&schema),
                )
                .unwrap();
                assert_eq!(got.allowed, allowed, "{}", path.display());
                decided.insert(path, got.allowed);
            }
        }
    }
    println!("{} requests decided", decided.len());
    assert!(decided.len() >= 20);
}
