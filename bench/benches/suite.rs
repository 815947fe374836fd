//! Runs 10,000 cases on 1,000 policies. One JSON object a line: a figure and what it is held against.

use std::sync::Arc;
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result, ensure};
use portcullis_bench::{
    ENTITIES_PATH, POLICIES_PATH, SCHEMA, SCHEMA_PATH, SUITE_PATH, Style, entities, policies,
};
use portcullis_core::authorize::{Named, names};
use portcullis_core::cedar::parse::{Parsed, parse};
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::facts::{Entity, Spanned};
use portcullis_core::schema::TypeScope;
use portcullis_core::source::{LineIndex, Position, Span, split};
use portcullis_core::suite::model::{Case, Decision, Expected, Fixture, Places};
use portcullis_core::suite::run::{Member, Policies, Ran, Statement, SuiteFile};
use portcullis_core::suite::{Runner, Suite, TestOptions};
use portcullis_core::{Instant, Workspace, cedar};
use portcullis_host::Threads;
use serde_json::{Value, json};

const POLICIES: usize = 1_000;
const CASES: usize = 10_000;
/// What each figure repeats, to give the best of: other work on the machine only adds.
const RUNS: usize = 9;

/// A parsed policy, the positions of its text and the requests that it is about.
struct Policy {
    parsed: Parsed,
    index: LineIndex,
    scope: TypeScope,
}

fn main() -> Result<()> {
    let schema = build(&[SchemaFile {
        path: SCHEMA_PATH.into(),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    let validator = schema.validator.context("the schema is valid")?;
    let schema = schema.schema.context("the schema is valid")?;
    let text = policies(POLICIES, Style::Clean);
    let parsed: Vec<Policy> = split(&text)
        .statements
        .iter()
        .filter_map(|span| {
            let text: Arc<str> = span.text(&text).into();
            let parsed = parse(&text).ok()?;
            Some(Policy {
                scope: schema.type_scope(&parsed.policy),
                index: LineIndex::new(&text),
                parsed,
            })
        })
        .collect();
    ensure!(parsed.len() == POLICIES, "{} policies", parsed.len());
    let suite = Arc::new(suite());
    let index = LineIndex::new("");
    let file = [SuiteFile {
        suite,
        text: "",
        index: &index,
    }];
    let mut turn = 0_u64;
    // Another turn stands for another text of the policies before `of`.
    let mut bundle = |changed: usize| {
        turn += 1;
        members(&parsed, (&schema, &validator), turn, changed)
    };
    let now = Instant::parse("2026-11-21T09:00:00Z").context("a date")?;
    let plain = TestOptions::new(now);
    let covered = TestOptions {
        coverage: true,
        ..TestOptions::new(now)
    };

    let mut runner = Runner::default();
    let first = bundle(POLICIES);
    let cold = best(|| {
        let mut runner = Runner::default();
        timed(|| runner.run(&first, &file, &plain))
    })?;
    runner.run(&first, &file, &plain);
    let mut beside = Runner::default();
    beside.set_workers(Arc::new(Threads::new()));
    beside.run(&first, &file, &plain);
    let together = best(|| {
        let bundle = bundle(POLICIES);
        timed(|| beside.run(&bundle, &file, &plain))
    })?;
    let all = best(|| {
        let bundle = bundle(POLICIES);
        timed(|| runner.run(&bundle, &file, &plain))
    })?;
    let with_coverage = best(|| {
        let bundle = bundle(POLICIES);
        timed(|| runner.run(&bundle, &file, &covered))
    })?;
    let evaluated = runner.counters().cases_evaluated;
    ensure!(
        evaluated == (CASES * (2 * RUNS + 1)) as u64,
        "{evaluated} cases were evaluated"
    );
    ensure!(
        runner.counters().coverage_faults == 0,
        "coverage differs from Cedar"
    );
    let base = bundle(POLICIES);
    runner.run(&base, &file, &covered);
    let one = best(|| {
        let bundle = bundle(1);
        timed(|| runner.run(&bundle, &file, &covered))
    })?;
    let (first, again) = in_a_workspace(&plain)?;
    print(
        "native: 10,000 cases on 1,000 policies, with reading the suite",
        first,
        &Value::Null,
    );
    print("native: the same again", again, &Value::Null);
    print(
        "native: the same once read, with making requests and policies ready",
        cold,
        &Value::Null,
    );
    print(
        "native: 10,000 cases evaluated",
        all,
        &json!({ "at_most": 100 }),
    );
    print(
        "native: 10,000 cases evaluated by as many threads as there are processors",
        together,
        &json!({ "peer": "one thread", "value": all }),
    );
    print(
        "native: 10,000 cases evaluated with coverage",
        with_coverage,
        &json!({ "peer": "without", "value": all, "at_most_times": 5 }),
    );
    print(
        "native: 10,000 cases after an edit of one policy, with coverage",
        one,
        &Value::Null,
    );
    Ok(())
}

/// The times of the first run in a checked workspace, and of the next one.
fn in_a_workspace(options: &TestOptions) -> Result<(f64, f64)> {
    let mut first = f64::INFINITY;
    let mut again = f64::INFINITY;
    for _ in 0..3 {
        let mut workspace = Workspace::new();
        let text = policies(POLICIES, Style::Clean);
        workspace.set_file(SCHEMA_PATH, SCHEMA.as_bytes())?;
        workspace.set_file(POLICIES_PATH, text.as_bytes())?;
        workspace.set_file(ENTITIES_PATH, entities(POLICIES).to_string().as_bytes())?;
        let suite = portcullis_bench::suite(POLICIES, CASES).to_string();
        workspace.set_file(SUITE_PATH, suite.as_bytes())?;
        workspace.check(options.as_of);
        for least in [&mut first, &mut again] {
            let begun = Stopwatch::now();
            let report = workspace.test(options);
            *least = least.min(begun.elapsed().as_secs_f64() * 1e3);
            ensure!(report.summary.passed == CASES, "{:?}", report.summary);
        }
    }
    Ok((first, again))
}

/// The policies, of which `changed` have another text than in any other turn.
fn members<'a>(
    parsed: &'a [Policy],
    schema: (
        &'a portcullis_core::schema::Schema,
        &'a cedar::ValidatorSchema,
    ),
    turn: u64,
    changed: usize,
) -> Policies<'a> {
    let own: Vec<String> = (0..parsed.len()).map(|n| format!("policy-{n}")).collect();
    let named: Vec<Named<'_>> = own
        .iter()
        .map(|own| Named {
            file: "photos.cedar",
            own,
        })
        .collect();
    let names = names(&named);
    Policies {
        statements: parsed
            .iter()
            .zip(&names)
            .map(|(policy, name)| Statement {
                name: Arc::clone(&name.short),
                file: "photos.cedar".into(),
                parsed: &policy.parsed,
                scope: &policy.scope,
                index: &policy.index,
                base: Position::START,
            })
            .collect(),
        members: names
            .into_iter()
            .enumerate()
            .map(|(statement, name)| {
                let mut key = [0; 32];
                let number = (statement as u64).to_le_bytes();
                let turn = if statement < changed { turn } else { 0 }.to_le_bytes();
                for (to, from) in key.iter_mut().zip(number.into_iter().chain(turn)) {
                    *to = from;
                }
                Member {
                    key,
                    statement,
                    link: None,
                    name,
                }
            })
            .collect(),
        schema: Some(schema),
        epoch: 1,
    }
}

/// Ten users, each in a group that one policy is about, and a photo in its album; two thirds are allowed.
fn suite() -> Suite {
    let entity = |ty: &str, id: String| Entity {
        ty: ty.to_owned(),
        id,
    };
    let mut entities = Vec::new();
    for n in 0..POLICIES {
        entities.push(json!({
            "uid": {"type": "User", "id": format!("user-{n}")},
            "attrs": {"level": 9, "dept": "a"},
            "parents": [{"type": "Group", "id": format!("group-{n}")}],
        }));
        entities.push(json!({
            "uid": {"type": "Photo", "id": format!("photo-{n}")},
            "attrs": {
                "owner": {"__entity": {"type": "User", "id": format!("user-{n}")}},
                "private": false, "tags": [format!("t{n}")], "name": "x",
            },
            "parents": [{"type": "Album", "id": format!("album-{n}")}],
        }));
    }
    let cases = (0..CASES)
        .map(|n| {
            let of = n % POLICIES;
            let action = ["view", "list", "edit"].get(of % 3).unwrap_or(&"view");
            let allowed = n % 3 != 0;
            Case {
                name: format!("case {n}").into(),
                span: Span::at(0),
                tags: Vec::new(),
                skip: None,
                principal: entity("User", format!("user-{of}")),
                action: entity("Action", (*action).to_owned()),
                resource: entity("Photo", format!("photo-{of}")),
                context: Arc::new(json!({
                    "mfa": allowed, "hour": 23,
                    "ip": {"__extn": {"fn": "ip", "arg": format!("10.0.{}.{}", n / 250, n % 250)}},
                })),
                fixture: 0,
                expected: Expected {
                    decision: Spanned {
                        value: if allowed {
                            Decision::Allow
                        } else {
                            Decision::Deny
                        },
                        span: Span::at(0),
                    },
                    determining: None,
                    others_may_determine: false,
                    errors: None,
                    obligations: None,
                },
                places: Places::default(),
            }
        })
        .collect();
    Suite {
        path: "photos.test.yaml".into(),
        name: "photos".into(),
        as_of: None,
        fixtures: vec![Fixture::new(entities.into())],
        usual: Some(0),
        cases,
        broken: Vec::new(),
    }
}

fn timed(work: impl FnOnce() -> Ran) -> Result<f64> {
    let begun = Stopwatch::now();
    let ran = work();
    let took = begun.elapsed().as_secs_f64() * 1e3;
    ensure!(
        ran.summary.passed == CASES,
        "{} of {CASES} cases passed",
        ran.summary.passed
    );
    Ok(took)
}

fn best(mut work: impl FnMut() -> Result<f64>) -> Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        least = least.min(work()?);
    }
    Ok(least)
}

fn print(what: &str, value: f64, against: &Value) {
    let line = json!({ "what": what, "value": value, "unit": "ms", "against": against });
    println!("{line}");
}
