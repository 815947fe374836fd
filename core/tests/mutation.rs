//! What mutation claims of policies is what Cedar's evaluator does: policies that it takes to say the same
//! answer every request alike, and no edit breaks the text.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_core::authorize::Authorizer;
use portcullis_core::cedar::Validator;
use portcullis_core::cedar::evaluate::{
    Compiled, Decided, Entities, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict,
    entities,
};
use portcullis_core::cedar::parse::{Parsed, parse};
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::cedar::validate::{accepts, validate};
use portcullis_core::facts::Entity;
use portcullis_core::finding::Severity;
use portcullis_core::report::Range;
use portcullis_core::schema::Schema;
use portcullis_core::source::{Limits, Position, TokenKind, split, tokens};
use portcullis_core::suite::mutate::{
    Came, Cases, Member, Oracle, Request, Under, meaning, mutants, prepare, same_meaning,
};
use proptest::prelude::*;

const SCHEMA: &str = r#"
entity Team in [Team];
entity User in [Team] { level: Long, lead: User };
entity Robot { level: Long };
entity Doc { owner: User };
action read;
action view, print in [read] appliesTo {
  principal: [User, Robot], resource: [Doc],
  context: { n: Long, f: Bool, s: String, o?: Long, d: decimal, t: Set<String>, r: { g: Bool } }
};
action remove appliesTo {
  principal: [User], resource: [Doc],
  context: { n: Long, f: Bool, s: String, o?: Long, d: decimal, t: Set<String>, r: { g: Bool } }
};
"#;

fn schema() -> (Arc<Schema>, Validator) {
    let built = build(&[SchemaFile {
        path: "s.cedarschema".into(),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    assert!(built.findings.is_empty(), "{:?}", built.findings);
    (
        built.schema.unwrap(),
        Validator::new(Arc::unwrap_or_clone(built.validator.unwrap())),
    )
}

/// `ghost` and the document `lost` are absent, so that their attributes cannot be read.
const ENTITIES: &str = r#"[
  {"uid": {"type": "User", "id": "a"}, "attrs": {"level": 1, "lead": {"__entity": {"type": "User", "id": "ghost"}}}, "parents": [{"type": "Team", "id": "t"}]},
  {"uid": {"type": "User", "id": "b"}, "attrs": {"level": 9223372036854775807, "lead": {"__entity": {"type": "User", "id": "a"}}}, "parents": []},
  {"uid": {"type": "Robot", "id": "r"}, "attrs": {"level": 2}, "parents": []},
  {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": [{"type": "Team", "id": "all"}]},
  {"uid": {"type": "Team", "id": "all"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Doc", "id": "d"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "a"}}}, "parents": []}
]"#;

fn uid(text: &str) -> Entity {
    let (ty, id) = text.split_once("::").unwrap();
    Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    }
}

/// Requests that conform to the schema, with every kind of entity and context that conditions can tell apart.
fn requests() -> Vec<(Entity, Entity, Entity, serde_json::Value)> {
    let mut all = Vec::new();
    let who = [
        ("User::a", "Action::view", "Doc::d"),
        ("User::b", "Action::remove", "Doc::d"),
        ("User::ghost", "Action::print", "Doc::lost"),
        ("Robot::r", "Action::view", "Doc::lost"),
    ];
    for (principal, action, resource) in who {
        for n in [-1, 3, 4, 5] {
            for (f, s, optional, t) in [
                (false, "x", None, "[]"),
                (true, "y", Some(4), r#"["x"]"#),
                (true, "xy", Some(5), r#"["x", "y"]"#),
                (false, "xy", None, r#"["y"]"#),
            ] {
                let optional = optional.map_or(String::new(), |o| format!(r#", "o": {o}"#));
                let rate = if n < 4 { "1.5" } else { "1.6" };
                let g = n % 2 == 1;
                let context = format!(
                    r#"{{"n": {n}, "f": {f}, "s": "{s}", "t": {t}, "r": {{"g": {g}}},
                        "d": {{"__extn": {{"fn": "decimal", "arg": "{rate}"}}}}{optional}}}"#
                );
                all.push((
                    uid(principal),
                    uid(action),
                    uid(resource),
                    serde_json::from_str(&context).unwrap(),
                ));
            }
        }
    }
    all
}

/// What a policy does in every request: apply, not apply, or fail.
struct World {
    store: Entities,
    symbols: Symbols,
    requests: Vec<Prepared>,
}

impl World {
    fn new(schema: Option<&Validator>) -> Self {
        let schema = schema.map(Validator::schema);
        let store = entities(ENTITIES, schema).unwrap();
        let mut symbols = Symbols::default();
        let requests = requests()
            .iter()
            .map(|(principal, action, resource, context)| {
                let text = RequestText {
                    principal,
                    action,
                    resource,
                    context,
                };
                Prepared::new(&text, &store, schema, Naming::Add(&mut symbols)).unwrap()
            })
            .collect();
        Self {
            store,
            symbols,
            requests,
        }
    }

    fn outcomes(&mut self, parsed: &Parsed) -> Vec<&'static str> {
        let compiled = Compiled::new(parsed, None, &mut self.symbols).unwrap();
        self.requests
            .iter()
            .map(|request| {
                match (
                    Evaluation::new(request, &self.store).verdict(&compiled),
                    parsed.policy.is_permit(),
                ) {
                    (Verdict::Applies, true) => "permits",
                    (Verdict::Applies, false) => "forbids",
                    (Verdict::DoesNot, _) => "does not apply",
                    (Verdict::Fails(_), _) => "fails",
                }
            })
            .collect()
    }
}

fn head() -> impl Strategy<Value = String> {
    let principal = prop::sample::select(vec![
        "principal",
        "principal is User",
        "principal is Robot",
        "principal == User::\"a\"",
        "principal in Team::\"all\"",
        "principal in User::\"b\"",
        "principal is User in Team::\"t\"",
    ]);
    let action = prop::sample::select(vec![
        "action",
        "action == Action::\"remove\"",
        "action in Action::\"read\"",
        "action in [Action::\"view\", Action::\"remove\"]",
        "action in [Action::\"view\", Action::\"print\"]",
    ]);
    let resource = prop::sample::select(vec![
        "resource",
        "resource is Doc",
        "resource == Doc::\"d\"",
    ]);
    (principal, action, resource, any::<bool>()).prop_map(|(p, a, r, permit)| {
        let effect = if permit { "permit" } else { "forbid" };
        format!("{effect} ({p}, {a}, {r})")
    })
}

fn atom() -> impl Strategy<Value = String> {
    let order = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    prop_oneof![
        (order.clone(), 2..=5_i64).prop_map(|(op, n)| format!("context.n {op} {n}")),
        (2..=5_i64, order.clone()).prop_map(|(n, op)| format!("{n} {op} context.n")),
        (order.clone(), 3..=5_i64)
            .prop_map(|(op, n)| format!("context has o && context.o {op} {n}")),
        (order, 0..=2_i64).prop_map(|(op, n)| format!("principal.level + 1 {op} {n}")),
        prop::sample::select(vec![
            "context.f",
            "context.r.g",
            "context.f == false",
            "true == context.f",
            "context has o",
            "context.s like \"*\"",
            "context.s like \"x*\"",
            "context.s == \"x\"",
            "context.o == 4",
            "context.d.lessThan(decimal(\"1.6\"))",
            "context.d.greaterThanOrEqual(decimal(\"1.6\"))",
            "context.t.containsAll([\"x\"])",
            "context.t.containsAny([\"x\", \"y\"])",
            "context.t.contains(\"x\")",
            "principal in Team::\"t\"",
            "principal in [Team::\"t\"]",
            "principal in User::\"a\"",
            "principal == User::\"a\"",
            "principal is User",
            "principal is User in Team::\"all\"",
            "resource.owner == principal",
            "principal == resource.owner",
            "resource.owner in principal",
            "resource.owner.lead == principal",
            "principal.level == principal.level",
            "principal == principal",
            "action == Action::\"view\"",
            "action in Action::\"read\"",
            "true",
            "false",
        ])
        .prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(2, 8, 3, |inner| {
        let operand = inner.prop_map(|c| format!("({c})"));
        prop_oneof![
            operand.clone().prop_map(|c| format!("!{c}")),
            prop::collection::vec(operand.clone(), 2..4).prop_map(|c| c.join(" && ")),
            prop::collection::vec(operand.clone(), 2..4).prop_map(|c| c.join(" || ")),
            (operand.clone(), operand.clone(), operand)
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    let clause = (any::<bool>(), condition()).prop_map(|(when, condition)| {
        let keyword = if when { "when" } else { "unless" };
        format!(" {keyword} {{ {condition} }}")
    });
    (head(), prop::collection::vec(clause, 0..3))
        .prop_map(|(head, clauses)| format!("{head}{};", clauses.concat()))
}

/// Holds every claim about a policy, its mutants and their mutants' relations against Cedar.
fn hold(texts: &[String], typed: bool) -> Result<usize, TestCaseError> {
    let (schema, validator) = schema();
    let under = if typed {
        Under::Schema(&schema)
    } else {
        Under::Anything
    };
    let mut all: Vec<Parsed> = Vec::new();
    for text in texts {
        let parsed = parse(&text.as_str().into()).unwrap();
        let scope = schema.type_scope(&parsed.policy);
        let found = mutants(&parsed.policy, typed.then_some((schema.as_ref(), &scope)));
        all.extend(found.into_iter().filter_map(|mutant| {
            let text = mutant.text(&parsed.policy)?;
            Some(parse(&text.into()).unwrap())
        }));
        all.push(parsed);
    }
    if typed {
        all.retain(|parsed| accepts(&parsed.template, &validator));
    }
    let mut world = World::new(typed.then_some(&validator));
    let mut known: BTreeMap<[u8; 32], (Vec<&str>, Arc<str>)> = BTreeMap::new();
    let mut same = 0;
    for parsed in &all {
        let came = world.outcomes(parsed);
        let text = &parsed.policy.text;
        match known.entry(meaning(&parsed.policy, under)) {
            Entry::Vacant(new) => {
                new.insert((came, Arc::clone(text)));
            }
            Entry::Occupied(known) => {
                same += 1;
                let (other, like) = known.get();
                prop_assert_eq!(&came, other, "{}\n{}", text, like);
            }
        }
    }
    Ok(same)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_says_the_same_answers_the_same(a in policy(), b in policy()) {
        hold(&[a, b], false)?;
    }

    #[test]
    fn what_says_the_same_under_a_schema_answers_the_same(a in policy(), b in policy()) {
        hold(&[a, b], true)?;
    }

    #[test]
    fn accepted_is_what_validation_finds_no_error_in(text in policy()) {
        let (_, validator) = schema();
        let parsed = parse(&text.as_str().into()).unwrap();
        let found = validate(&parsed.template, &validator).findings;
        let errors = found.iter().filter(|f| f.severity == Severity::Error).count();
        prop_assert_eq!(accepts(&parsed.template, &validator), errors == 0, "{:?}", found);
    }
}

/// What a case expects: every case the decision, every third the determining policies, every fifth how many fail.
fn differs(index: usize, expected: &Decided, got: &Decided) -> bool {
    expected.allowed != got.allowed
        || index.is_multiple_of(3) && expected.determining != got.determining
        || index.is_multiple_of(5) && expected.errors.len() != got.errors.len()
}

/// For each mutant of each policy: whether it is killed, and whether it is when Cedar decides every case again
/// with all policies.
fn kills(texts: &[String]) -> Vec<(String, bool, bool)> {
    let mut world = World::new(None);
    let all: Vec<Parsed> = texts
        .iter()
        .map(|text| parse(&text.as_str().into()).unwrap())
        .collect();
    let compiled: Vec<Arc<Compiled>> = all
        .iter()
        .map(|parsed| Arc::new(Compiled::new(parsed, None, &mut world.symbols).unwrap()))
        .collect();
    let number = |number: u32| number.to_string();
    let authorizer = Authorizer::new(compiled.clone());
    let expected: Vec<Decided> = world
        .requests
        .iter()
        .map(|request| authorizer.decide(request, &world.store, number))
        .collect();

    let mut again = Vec::new();
    for (subject, parsed) in all.iter().enumerate() {
        let prepared = prepare(&parsed.policy, None, &Limits::default(), 30);
        for candidate in prepared.candidates {
            let mut set = compiled.clone();
            let mut numbers: Vec<usize> = (0..set.len()).collect();
            match &candidate.parsed {
                Some(mutant) => {
                    let mutant = Compiled::new(mutant, None, &mut world.symbols).unwrap();
                    *set.get_mut(subject).unwrap() = Arc::new(mutant);
                }
                None => {
                    set.remove(subject);
                    numbers.remove(subject);
                }
            }
            let set = Authorizer::new(set);
            let name = |number: u32| numbers.get(number as usize).unwrap().to_string();
            let noticed = world.requests.iter().zip(&expected).enumerate().any(
                |(index, (request, expected))| {
                    differs(index, expected, &set.decide(request, &world.store, name))
                },
            );
            again.push((subject, candidate, noticed));
        }
    }

    let members: Vec<Member<'_>> = (0..all.len())
        .map(|subject| Member {
            subject,
            link: None,
        })
        .collect();
    let requests: Vec<Request<'_>> = world
        .requests
        .iter()
        .map(|request| Request {
            request,
            entities: &world.store,
        })
        .collect();
    let passes = |index: usize, came: &Came| {
        let got = Decided {
            allowed: came.allowed,
            determining: came.determining.iter().map(ToString::to_string).collect(),
            errors: came
                .failing
                .iter()
                .map(|number| (number.to_string(), String::new()))
                .collect(),
        };
        !differs(index, expected.get(index).unwrap(), &got)
    };
    let nowhere = |_, _| Range {
        start: Position::START,
        end: Position::START,
    };
    let mut cases = Cases::new(
        &authorizer,
        &members,
        &requests,
        &mut world.symbols,
        passes,
        nowhere,
    );
    again
        .into_iter()
        .map(|(subject, candidate, noticed)| {
            let killed = cases.kills(subject, candidate.parsed.as_ref());
            (
                candidate.mutant.message(&subject.to_string()),
                killed,
                noticed,
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_mutant_is_killed_where_running_every_case_again_would(
        policies in prop::collection::vec(policy(), 1..4),
    ) {
        for (message, killed, noticed) in kills(&policies) {
            prop_assert_eq!(killed, noticed, "{}\n{}", message, policies.join("\n"));
        }
    }
}

/// Pairs of conditions that say the same whatever the request.
const SAME: &[(&str, &str)] = &[
    ("when { !!context.a }", "when { context.a }"),
    (
        "when { !(context.a && context.b) }",
        "when { !context.a || !context.b }",
    ),
    (
        "when { !(context.a < context.b) }",
        "when { context.a >= context.b }",
    ),
    (
        "when { context.a < context.b }",
        "when { context.b > context.a }",
    ),
    ("when { context.a <= 4 }", "when { context.a < 5 }"),
    (
        "when { context.a } when { context.b }",
        "when { context.a && context.b }",
    ),
    ("unless { context.a }", "when { !context.a }"),
    ("when { context.a && context.a }", "when { context.a }"),
    ("when { context.a && true }", "when { context.a }"),
    (
        "when { principal == resource && context has a }",
        "when { context has a && resource == principal }",
    ),
    (
        "when { if context.a then context.b else false }",
        "when { context.a && context.b }",
    ),
];

/// Pairs that differ, some only in which of them fails to evaluate.
const OTHER: &[(&str, &str)] = &[
    (
        "when { context.a && context.b }",
        "when { context.b && context.a }",
    ),
    ("when { context.a && false }", "when { false }"),
    ("when { context.a }", "unless { context.a }"),
    ("when { context.a < 5 }", "when { context.a < 6 }"),
    ("when { context.a == true }", "when { context.a }"),
];

#[test]
fn examples_of_what_says_the_same() {
    let policy = |conditions: &str| {
        parse(&format!("permit (principal, action, resource) {conditions};").into())
            .unwrap()
            .policy
    };
    for (pairs, expected) in [(SAME, true), (OTHER, false)] {
        for (a, b) in pairs {
            let same = same_meaning(&policy(a), &policy(b), Under::Anything);
            assert_eq!(same, expected, "{a}   {b}");
        }
    }
}

fn cedar_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            cedar_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "cedar") {
            out.push(path);
        }
    }
}

#[test]
fn no_mutant_of_an_example_has_a_syntax_error() {
    let mut files = Vec::new();
    cedar_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"),
        &mut files,
    );
    let mut by_operator: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for span in split(&text).statements {
            let statement = span.text(&text);
            if !tokens(statement).any(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
            {
                continue;
            }
            // The flawed twins have statements that Cedar rejects.
            let Ok(parsed) = parse(&statement.into()) else {
                continue;
            };
            for mutant in mutants(&parsed.policy, None) {
                if let Some(text) = mutant.text(&parsed.policy) {
                    let result = parse(&text.as_str().into());
                    assert!(result.is_ok(), "{}: {text}", mutant.operator.id);
                }
                *by_operator.entry(mutant.operator.id).or_default() += 1;
            }
        }
    }
    let all: usize = by_operator.values().sum();
    assert!(all > 1000 && by_operator.len() >= 20, "{by_operator:?}");
}
