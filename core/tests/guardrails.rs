//! Changes of what agents may do, as they are usually made: none of them stays undecided.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::sync::Arc;

use portcullis_core::cedar::parse::parse;
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::prove::{Bound, Options, Prover};
use portcullis_core::source::split;

const SCHEMA: &str = "
entity Human; entity Fleet;
entity Agent in [Fleet] { owner: Human, level: Long, skills: Set<String> };
entity Target { owner?: Human };
action write, exec, fetch, pay, call appliesTo { principal: Agent, resource: Target, context: {
  file: String, command: String, cwd: String, approved: String, host: String, tool: String, tools: Set<String>,
  amount: Long, spent: Long, price: decimal, ip: ipaddr, now: datetime, login: datetime, ttl: duration, zone: duration
} };";

/// Base and head of every change, with what it is called and how the two relate.
const CHANGES: &str = include_str!("guardrails/changes.txt");

fn bounds(text: &str) -> Vec<Bound> {
    let statements = split(text).statements.into_iter();
    statements
        .map(|span| Bound {
            parsed: parse(&Arc::from(span.text(text))).unwrap(),
            link: None,
        })
        .collect()
}

#[test]
fn no_usual_change_of_a_guardrail_is_undecided() {
    let outcome = build(&[SchemaFile {
        path: "s.cedarschema".into(),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    let (schema, validator) = (outcome.schema.unwrap(), outcome.validator.unwrap());
    let (mut changes, mut steps, mut wrong) = (0, 0, Vec::new());
    for change in format!("\n{CHANGES}").split("\n== ").skip(1) {
        let (title, policies) = change.split_once('\n').unwrap();
        let (name, expected) = title.rsplit_once(" : ").unwrap();
        let (base, head) = policies.split_once("-- head\n").unwrap();
        let (base, head) = (bounds(base.trim()), bounds(head.trim()));
        let action = base.first().unwrap().parsed.policy.action.clone();
        let environments = schema.environments();
        let environment = environments
            .iter()
            .find(|of| format!("{:?}", action.value).contains(&format!("{:?}", of.action.id)))
            .unwrap();
        let mut prover = Prover::new(&schema, &validator, environment, Options::default());
        let mut side = |bounds: &[Bound]| -> Vec<usize> {
            bounds.iter().map(|bound| prover.add(bound, true)).collect()
        };
        let (base, head) = (side(&base), side(&head));
        let comparison = prover.compare(&base, &head);
        let taken = prover.take_steps();
        println!("{taken:>7} {name}: {}", comparison.relation.as_str());
        if comparison.relation.as_str() != expected {
            wrong.push(format!(
                "{name}: {} {:?}",
                comparison.relation.as_str(),
                comparison.why
            ));
        }
        changes += 1;
        steps += taken;
    }
    println!("{changes} changes, {steps} steps");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(changes >= 30, "{changes} changes");
}
