//! The suites of the examples are read without a finding, and Cedar decides every case as expected.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::{Candidate, RequestText, decide, entities};
use crate::cedar::links::{self, Linkable};
use crate::cedar::parse::parse;
use crate::cedar::schema::{Format, SchemaFile, build};
use crate::source::{Limits, split};
use crate::suite::model::{Case, Decision, Suite};
use crate::suite::read::{Within, read};

macro_rules! example {
    ($file:literal) => {
        include_str!(concat!("../../../../../examples/", $file))
    };
}

struct Bundle<'a> {
    schema: &'a str,
    entities: (&'a str, &'a str),
    policies: &'a [&'a str],
    links: &'a str,
    suite: (&'a str, &'a str),
}

/// Reads a bundle's suite and decides its cases; how many there are.
fn passes(bundle: &Bundle<'_>) -> usize {
    let outcome = build(&[SchemaFile {
        path: "s.cedarschema".into(),
        text: bundle.schema,
        format: Format::Cedar,
    }]);
    let validator = outcome.validator.unwrap();
    let templates: Vec<Linkable> = bundle
        .policies
        .iter()
        .flat_map(|text| {
            let spans = split(text).statements;
            let texts: Vec<Arc<str>> = spans.iter().map(|span| span.text(text).into()).collect();
            texts
        })
        .filter_map(|text| parse(&text).ok())
        .enumerate()
        .map(|(position, parsed)| Linkable::new(parsed.template, position))
        .collect();
    let (links, _) = links::check(bundle.links, &templates, Some(&validator));
    let mut candidates: Vec<Candidate<'_>> = templates
        .iter()
        .filter(|template| template.template.slots().next().is_none())
        .map(|template| Candidate {
            name: template.id.clone().unwrap(),
            template: &template.template,
            link: None,
        })
        .collect();
    for link in &links {
        candidates.push(Candidate {
            name: link.link_id.clone(),
            template: &templates[link.template].template,
            link: Some((
                link.principal
                    .as_ref()
                    .and_then(|(uid, _)| crate::cedar::entity(&uid.to_string())),
                link.resource
                    .as_ref()
                    .and_then(|(uid, _)| crate::cedar::entity(&uid.to_string())),
            )),
        });
    }
    let names: BTreeSet<Arc<str>> = candidates.iter().map(|c| c.name.as_str().into()).collect();
    let (path, text) = bundle.entities;
    let file = |wanted: &str| (wanted == path).then(|| Arc::from(text));
    let within = Within {
        entity_files: &[],
        file: &file,
        schema: outcome.schema.as_deref(),
        validator: Some(&validator),
        policies: &names,
        limits: &Limits::default(),
    };
    let (path, text) = bundle.suite;
    let (suite, findings) = read(&path.into(), text, &within);
    assert_eq!(findings, []);
    let suite = suite.unwrap();
    let wrong: Vec<String> = suite
        .cases
        .iter()
        .filter_map(|case| wrong(&suite, case, &candidates, &validator))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    suite.cases.len()
}

/// What of a case is not as expected.
fn wrong(
    suite: &Suite,
    case: &Case,
    candidates: &[Candidate<'_>],
    schema: &ValidatorSchema,
) -> Option<String> {
    let entities = entities(&suite.fixtures[case.fixture].entities_json(), Some(schema)).unwrap();
    let request = RequestText {
        principal: &case.principal,
        action: &case.action,
        resource: &case.resource,
        context: &case.context,
    };
    let decided = decide(candidates.to_vec(), &entities, &request, Some(schema)).unwrap();
    let expected = case.expected.decision.value == Decision::Allow;
    let determining = case.expected.determining.as_ref().map(|names| {
        let mut names: Vec<String> = names.value.iter().map(|n| n.value.to_string()).collect();
        names.sort();
        names
    });
    let same = determining.is_none_or(|names| names == decided.determining);
    (decided.allowed != expected || !same || !decided.errors.is_empty())
        .then(|| format!("{}: {decided:?}", case.name))
}

#[test]
fn payments() {
    let cases = passes(&Bundle {
        schema: example!("payments/payments.cedarschema"),
        entities: (
            "payments.entities.json",
            example!("payments/payments.entities.json"),
        ),
        policies: &[
            example!("payments/people.cedar"),
            example!("payments/machines.cedar"),
            example!("payments/exceptions.cedar"),
            example!("payments/guardrails.cedar"),
        ],
        links: "[]",
        suite: (
            "payments.test.yaml",
            example!("payments/payments.test.yaml"),
        ),
    });
    assert_eq!(cases, 59);
}

#[test]
fn documents() {
    let cases = passes(&Bundle {
        schema: example!("documents/documents.cedarschema"),
        entities: (
            "documents.entities.json",
            example!("documents/documents.entities.json"),
        ),
        policies: &[
            example!("documents/owners.cedar"),
            example!("documents/groups.cedar"),
            example!("documents/public-links.cedar"),
            example!("documents/guardrails.cedar"),
        ],
        links: example!("documents/documents.links.json"),
        suite: (
            "documents.test.yaml",
            example!("documents/documents.test.yaml"),
        ),
    });
    assert_eq!(cases, 43);
}

#[test]
fn hospital() {
    let cases = passes(&Bundle {
        schema: example!("hospital/hospital.cedarschema"),
        entities: (
            "hospital.entities.json",
            example!("hospital/hospital.entities.json"),
        ),
        policies: &[
            example!("hospital/care.cedar"),
            example!("hospital/patients.cedar"),
            example!("hospital/research.cedar"),
            example!("hospital/sensitive.cedar"),
            example!("hospital/guardrails.cedar"),
        ],
        links: "[]",
        suite: (
            "hospital.test.yaml",
            example!("hospital/hospital.test.yaml"),
        ),
    });
    assert_eq!(cases, 54);
}
