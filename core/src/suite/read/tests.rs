//! Suites as text, and what is read from them.
//!
//! What is wrong with a YAML suite is marked by carets in a comment on the line below, with the code
//! behind them: `#   ^^^^ unknown-key`. Carets of several findings of one line stand on lines of their own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod examples;
mod json;
mod laws;
mod right;
mod unread;
mod words;
mod wrong;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::{Within, read};
use crate::cedar::schema::{Format, SchemaFile, SchemaOutcome, build};
use crate::finding::Finding;
use crate::source::Limits;
use crate::suite::model::{Case, Suite};

const SCHEMA: &str = r#"
namespace Bank {
  entity Group in [Group];
  entity Mode enum ["live", "test"];
  entity User in [Group] {
    clearance: Long,
    name?: String,
    manager?: User,
    ip?: ipaddr,
    hired?: datetime,
    shift?: duration,
    rate?: decimal,
    mode?: Mode,
    roles?: Set<String>,
    address?: { city: String, zip?: Long }
  } tags String;
  entity Robot;
  entity Document { owner: User, public: Bool };
  type Session = { mfa: Bool, now?: datetime, seconds?: Long };
  @approval("step_up")
  action view, edit appliesTo { principal: [User], resource: [Document], context: Session };
  action ping appliesTo { principal: [User, Robot], resource: [Document] };
  action reading;
}
"#;

const ENTITIES: &str = r#"[
  {"uid": {"type": "Bank::Group", "id": "treasury"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Bank::User", "id": "carol"}, "attrs": {"clearance": 7, "manager": {"__entity": {"type": "Bank::User", "id": "dave"}}},
   "parents": [{"type": "Bank::Group", "id": "treasury"}]},
  {"uid": {"type": "Bank::Document", "id": "memo"}, "attrs": {"owner": {"type": "Bank::User", "id": "carol"}, "public": true}, "parents": []}
]"#;

static BUILT: LazyLock<SchemaOutcome> = LazyLock::new(|| {
    let outcome = build(&[SchemaFile {
        path: Arc::from("bank.cedarschema"),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    outcome
});

fn file(path: &str) -> Option<Arc<str>> {
    match path {
        "tests/bank.entities.json" => Some(ENTITIES.into()),
        "root.entities.json" => Some("[]".into()),
        "tests/mfa.context.json" => Some(r#"{"mfa": true, "seconds": 4}"#.into()),
        "tests/no-list.json" => Some("{}".into()),
        "tests/no-json.json" => Some("[".into()),
        "tests/twice.json" => Some(r#"[{"uid": 1, "uid": 2}]"#.into()),
        "tests/wrong.json" => Some(
            r#"[{"uid": {"type": "Bank::User", "id": "x"}, "attrs": {"clearance": "high"}, "parents": []}]"#
                .into(),
        ),
        "tests/large.json" => Some(" ".repeat(9 << 20).into()),
        _ => None,
    }
}

/// Reads a suite that stands in the folder `tests`.
fn reads(name: &str, text: &str, with_schema: bool) -> (Option<Suite>, Vec<Finding>) {
    let outcome = &*BUILT;
    let policies: BTreeSet<Arc<str>> = ["owner-views", "no-strangers"]
        .into_iter()
        .map(Arc::from)
        .collect();
    let within = Within {
        entity_files: &["tests/bank.entities.json".into()],
        file: &file,
        schema: outcome.schema.as_deref().filter(|_| with_schema),
        validator: outcome.validator.as_deref().filter(|_| with_schema),
        policies: &policies,
        limits: &Limits::default(),
    };
    read(&format!("tests/{name}").into(), text, &within)
}

/// Reads a suite in which nothing is wrong. It may hold more than its cases use.
#[track_caller]
fn right(name: &str, text: &str, with_schema: bool) -> Suite {
    let (suite, mut findings) = reads(name, text, with_schema);
    findings.retain(|finding| finding.code != crate::codes::suite::UNUSED.code);
    assert!(findings.is_empty(), "{findings:#?}\nin\n{text}");
    let suite = suite.unwrap();
    assert_eq!(suite.broken, []);
    suite
}

/// Reads YAML and compares what is wrong with the carets.
#[track_caller]
fn marked(text: &str, with_schema: bool) -> Suite {
    let (suite, findings) = reads("t.test.yaml", text, with_schema);
    let mut expected = Vec::new();
    let mut above = (0, "");
    for (number, line) in text.lines().enumerate() {
        let marks = line.trim_start().strip_prefix('#').map(str::trim_start);
        let Some(marks) = marks.filter(|marks| marks.starts_with('^')) else {
            above = (number, line);
            continue;
        };
        let from = line.find('^').unwrap();
        let width = marks.chars().take_while(|c| *c == '^').count();
        let code = marks.trim_start_matches('^').trim();
        let underlined: String = above.1.chars().skip(from).take(width).collect();
        expected.push((above.0 + 1, underlined, full(code)));
    }
    let mut found: Vec<_> = findings
        .iter()
        .map(|finding| {
            let before = &text[..finding.span.start as usize];
            let underlined = finding.span.text(text).lines().next().unwrap_or_default();
            (
                before.matches('\n').count() + 1,
                underlined.to_owned(),
                finding.code.to_owned(),
            )
        })
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{findings:#?}\nin\n{text}");
    suite.unwrap_or_else(|| Suite {
        path: "".into(),
        name: "".into(),
        as_of: None,
        fixtures: Vec::new(),
        usual: None,
        cases: Vec::new(),
        broken: Vec::new(),
    })
}

fn full(code: &str) -> String {
    if code.contains('/') {
        code.to_owned()
    } else {
        format!("suite/{code}")
    }
}

fn names(cases: &[Case]) -> Vec<&str> {
    cases.iter().map(|case| case.name.as_ref()).collect()
}

/// The attributes of an entity of a case's fixture.
#[track_caller]
fn entity<'s>(suite: &'s Suite, case: usize, id: &str) -> &'s serde_json::Value {
    let fixture = &suite.fixtures[suite.cases[case].fixture];
    let all = fixture.entities.as_array().unwrap();
    all.iter().find(|entity| entity["uid"]["id"] == id).unwrap()
}
