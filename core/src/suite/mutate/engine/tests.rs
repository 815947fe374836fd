#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{
    Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, Truth, Verdict, entities,
};
use crate::cedar::parse::parse;
use crate::facts::Entity;
use crate::source::Position;
use crate::suite::mutate::{Came, Cases, Member, Request};

/// A request of `alice` to pay, and whether it is to be allowed.
type Row = (&'static str, bool);

struct Bench {
    parsed: Vec<Parsed>,
    rows: Vec<Row>,
}

fn bench(policies: &[&str], rows: &[Row]) -> Bench {
    Bench {
        parsed: policies
            .iter()
            .map(|text| parse(&Arc::from(*text)).unwrap())
            .collect(),
        rows: rows.to_vec(),
    }
}

fn at(byte: u32) -> Position {
    Position {
        byte,
        ..Position::default()
    }
}

impl Bench {
    fn run(&self, options: &Options, memo: &mut Memo) -> Mutation {
        let uid = |ty: &str, id: &str| Entity {
            ty: ty.to_owned(),
            id: id.to_owned(),
        };
        let (alice, pay, account) = (
            uid("User", "alice"),
            uid("Action", "pay"),
            uid("Account", "a"),
        );
        let store = entities(
            r#"[{"uid": {"type": "User", "id": "alice"}, "attrs": {}, "parents": [{"type": "Team", "id": "t"}]},
                {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": []}]"#,
            None,
        )
        .unwrap();
        let mut symbols = Symbols::default();
        let compiled: Vec<Arc<Compiled>> = self
            .parsed
            .iter()
            .map(|parsed| Arc::new(Compiled::new(parsed, None, &mut symbols).unwrap()))
            .collect();
        let requests: Vec<Prepared> = self
            .rows
            .iter()
            .map(|(context, _)| {
                let context: serde_json::Value = serde_json::from_str(context).unwrap();
                let text = RequestText {
                    principal: &alice,
                    action: &pay,
                    resource: &account,
                    context: &context,
                };
                Prepared::new(&text, &store, None, Naming::Add(&mut symbols)).unwrap()
            })
            .collect();
        let authorizer = Authorizer::new(compiled);
        let members: Vec<Member<'_>> = (0..self.parsed.len())
            .map(|subject| Member {
                subject,
                link: None,
            })
            .collect();
        let ready: Vec<Request<'_>> = requests
            .iter()
            .map(|request| Request {
                request,
                entities: &store,
            })
            .collect();
        let mut cases = Cases::new(
            &authorizer,
            &members,
            &ready,
            &mut symbols,
            |case, came: &Came| self.rows.get(case).unwrap().1 == came.allowed,
            |_, span| Range {
                start: at(span.start + 1000),
                end: at(span.end + 1000),
            },
        );
        let subjects: Vec<Subject<'_>> = self
            .parsed
            .iter()
            .map(|parsed| Subject {
                name: parsed.policy.id().unwrap().into(),
                file: "p.cedar".into(),
                parsed,
                digest: parsed.policy.canonical,
                parents: Parents::new(),
            })
            .collect();
        let within = Surroundings {
            schema: None,
            schema_epoch: 1,
            limits: &Limits::default(),
        };
        mutate(&subjects, within, options, memo, &mut cases)
    }

    fn survivors(&self) -> Vec<String> {
        self.run(&Options::default(), &mut Memo::default())
            .survivors
            .iter()
            .map(|s| s.message.replace("no test would notice if ", ""))
            .collect()
    }
}

const LIMIT: &str = r#"@id("small") permit (principal, action == Action::"pay", resource)
when { context.mfa && context.amount <= 500 };"#;

const WIDE: &[Row] = &[
    (r#"{"mfa": true, "amount": 100}"#, true),
    (r#"{"mfa": false, "amount": 100}"#, false),
    (r#"{"mfa": true, "amount": 9000}"#, false),
];

#[test]
fn full_coverage_can_leave_mutants_alive() {
    let bench = bench(&[LIMIT], WIDE);

    // Every clause and every atomic condition was true and was false, and each decided by itself.
    let mut symbols = Symbols::default();
    let policy = Compiled::new(bench.parsed.first().unwrap(), None, &mut symbols).unwrap();
    let store = entities("[]", None).unwrap();
    let mut seen: BTreeSet<(usize, bool)> = BTreeSet::new();
    for (context, _) in WIDE {
        let uid = |ty: &str, id: &str| Entity {
            ty: ty.to_owned(),
            id: id.to_owned(),
        };
        let text = RequestText {
            principal: &uid("User", "alice"),
            action: &uid("Action", "pay"),
            resource: &uid("Account", "a"),
            context: &serde_json::from_str(context).unwrap(),
        };
        let request = Prepared::new(&text, &store, None, Naming::Add(&mut symbols)).unwrap();
        let mut marks = Vec::new();
        let verdict = Evaluation::new(&request, &store).trace(&policy, &mut marks);
        assert!(!matches!(verdict, Verdict::Fails(_)));
        for (number, mark) in marks.iter().enumerate().skip(1) {
            if let Some(truth) = mark.truth {
                seen.insert((number, truth == Truth::True));
            }
        }
    }
    assert_eq!(
        seen.len(),
        6,
        "a clause and two conditions, each both ways: {seen:?}"
    );

    // And yet nobody would notice another limit.
    assert_eq!(
        bench.survivors(),
        [
            "`small` applied to every action, not only where `action == Action::\"pay\"`",
            "`action == Action::\"pay\"` of `small` were `action in Action::\"pay\"`",
            "`context.amount <= 500` of `small` were `context.amount < 500`",
            "the limit 500 of `small` were 501",
        ]
    );
}

#[test]
fn cases_at_the_limit_kill_what_moves_it() {
    let mut rows = WIDE.to_vec();
    rows.push((r#"{"mfa": true, "amount": 500}"#, true));
    rows.push((r#"{"mfa": true, "amount": 501}"#, false));
    let survivors = bench(&[LIMIT], &rows).survivors();
    assert!(
        !survivors.iter().any(|s| s.contains("500")),
        "{survivors:?}"
    );
}

#[test]
fn a_forbid_that_no_case_needs_survives_its_removal() {
    let forbid = r#"@id("frozen") forbid (principal, action, resource) when { context.frozen };"#;
    let permit = r#"@id("all") permit (principal in Team::"t", action, resource);"#;
    let never = [(r#"{"frozen": false}"#, true)];
    let survivors = bench(&[permit, forbid], &never).survivors();
    assert!(
        survivors.contains(&"`frozen` were removed".to_owned()),
        "{survivors:?}"
    );
    let both = [
        (r#"{"frozen": false}"#, true),
        (r#"{"frozen": true}"#, false),
    ];
    let survivors = bench(&[permit, forbid], &both).survivors();
    assert!(
        !survivors.iter().any(|s| s.contains("frozen")),
        "{survivors:?}"
    );
}

#[test]
fn without_cases_everything_survives() {
    let mutation = bench(&[LIMIT], &[]).run(&Options::default(), &mut Memo::default());
    assert_eq!(mutation.totals.killed, 0);
    assert_eq!(mutation.totals.survived as usize, mutation.survivors.len());
    assert_eq!(mutation.totals.score(), Some(0));
}

#[test]
fn survivors_stand_in_the_file() {
    let bench = bench(&[LIMIT], WIDE);
    let mutation = bench.run(&Options::default(), &mut Memo::default());
    let limit = mutation.survivors.last().unwrap();
    let (range, edit) = limit.edits.first().unwrap();
    let at = LIMIT.find("500").unwrap() as u32 + 1000;
    assert_eq!(
        (limit.range.start.byte, range.start.byte, edit.span.start),
        (at, at, at)
    );
    assert_eq!(edit.insert, "501");
}

#[test]
fn only_what_changed_is_mutated_again() {
    let other = r#"@id("other") permit (principal, action, resource) when { context.b };"#;
    let mut memo = Memo::default();
    let first = bench(&[LIMIT, other], WIDE).run(&Options::default(), &mut memo);
    assert_eq!(memo.prepared_count, 2);
    let again = bench(&[LIMIT, other], WIDE).run(&Options::default(), &mut memo);
    assert_eq!((memo.prepared_count, &again), (2, &first));
    let edited = other.replace("context.b", "context.c");
    bench(&[LIMIT, &edited], WIDE).run(&Options::default(), &mut memo);
    assert_eq!(memo.prepared_count, 3);
}

#[test]
fn only_the_policies_asked_for_are_mutated() {
    let other = r#"@id("other") permit (principal, action, resource) when { context.b };"#;
    let options = Options {
        only: Some(BTreeSet::from([1])),
        ..Options::default()
    };
    let mutation = bench(&[LIMIT, other], WIDE).run(&options, &mut Memo::default());
    let names: Vec<&str> = mutation
        .policies
        .iter()
        .map(|p| p.policy.as_ref())
        .collect();
    assert_eq!(names, ["other"]);
}
