//! Where conditions are said to leave a stranger out, Cedar's evaluator denies one, whatever the request says.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{Sample, constants, samples};
use super::value::Unit;
use super::{Subject, leaves_out};
use crate::cedar::evaluate::{Candidate, Entities, RequestText, decide, entities};
use crate::cedar::parse::{Parsed, parse};
use crate::cedar::schema::{Format, SchemaFile, build};
use crate::facts::{Entity, Var};
use crate::schema::{Schema, Type};

const SCHEMA: &str = r#"
entity Team;
entity Role enum ["guest", "member", "admin"];
entity User in [Team] {
  level: Long, salary: Long, email: String, nick?: String, admin: Bool, roles: Set<String>, boss: User,
  home?: { floor: Long, city: String }, start: datetime, score: decimal, ip: ipaddr, role: Role
};
entity Doc { owner: User, readers: Set<User>, need: Long, public: Bool, tag: String, wants: Set<String> };
entity Bot;
action view appliesTo { principal: [User], resource: [Doc], context: { x: Bool, n: Long, who: User } };
action act appliesTo { principal: [Bot], resource: [Doc], context: { x: Bool, n: Long, on_behalf_of?: User } };
"#;

fn schema() -> Schema {
    let built = build(&[SchemaFile {
        path: "s.cedarschema".into(),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    assert!(built.findings.is_empty(), "{:?}", built.findings);
    built.schema.unwrap().as_ref().clone()
}

fn permit(condition: &str) -> Parsed {
    parse(&format!("permit (principal, action, resource) when {{ {condition} }};").into()).unwrap()
}

fn principal() -> Subject {
    Subject {
        var: Var::Principal,
        path: Vec::new(),
        ty: Type::Entity("User".to_owned()),
        is_optional: false,
    }
}

#[test]
fn what_leaves_out_ordinary_principals_binds() {
    let schema = schema();
    for condition in [
        r#"principal.email like "*@corp.example""#,
        "principal.level > 3",
        "principal.level >= resource.need",
        "!(principal.level < resource.need)",
        "principal.salary <= 5000",
        "resource.owner == principal",
        "principal == resource.owner.boss",
        "resource.readers.contains(principal)",
        r#"principal in Team::"staff""#,
        r#"principal in [Team::"staff", Team::"ops"]"#,
        r#"principal.roles.contains("editor")"#,
        r#"principal.roles.containsAny(["editor", "owner"])"#,
        "principal.roles.containsAll(resource.wants)",
        "principal.admin",
        "principal.admin == true",
        r#"principal has nick && principal.nick == "z""#,
        "principal has home && principal.home.floor > 3",
        "principal.boss == resource.owner",
        r#"principal.start < datetime("2020-01-01")"#,
        r#"principal.score.greaterThan(decimal("0.8"))"#,
        r#"principal.ip.isInRange(ip("10.0.0.0/8"))"#,
        r#"principal.role == Role::"admin""#,
        r#"if principal.admin then context.x else principal == resource.owner"#,
        r#"!(!(principal in Team::"staff") || !context.x)"#,
        r#"{a: principal}.a == resource.owner"#,
        r#"[resource.owner, resource.owner.boss].contains(principal)"#,
    ] {
        let policy = permit(condition).policy;
        assert!(leaves_out(&policy, &schema, &principal()), "{condition}");
    }
}

#[test]
fn what_leaves_out_nobody_who_exists_does_not_bind() {
    let schema = schema();
    for condition in [
        r#"principal.email like "*@*""#,
        r#"principal.email like "*@*.*""#,
        r#"principal.email like "*""#,
        r#"principal.email != """#,
        "principal.level > -1000000",
        "principal.level >= 0",
        "principal.level < 9000000",
        "principal.level != 7",
        "principal.level == principal.level",
        "principal.level - principal.level == 0",
        r#"principal != User::"nobody""#,
        r#"!(principal in Team::"blocked")"#,
        "principal != resource.owner",
        "!resource.readers.contains(principal)",
        r#"!principal.roles.contains("banned")"#,
        "principal.roles.containsAll([])",
        "!principal.roles.isEmpty()",
        "!principal.admin",
        "principal has nick",
        "!(principal has nick)",
        "!(principal has nick) || principal.nick == \"z\"",
        "principal has home && principal.home.floor > -5",
        "principal.level >= resource.need || principal.level < resource.need",
        "principal.level < 40 || principal.level >= 40",
        "resource.public || principal in Team::\"staff\"",
        "context.x || resource.owner == principal",
        "principal.level > -1000000 && context.x",
        "(resource.public && principal.level > -1000) || false",
        "!(principal.level >= resource.need && context.x)",
        r#"principal.start > datetime("1970-01-01")"#,
        r#"principal.start < datetime("2999-01-01")"#,
        r#"principal.score.greaterThan(decimal("-1.0"))"#,
        r#"principal.ip.isInRange(ip("0.0.0.0/0"))"#,
        r#"principal.role == Role::"admin" || principal.role == Role::"member" || principal.role == Role::"guest""#,
        "(if context.x then principal else resource.owner) == principal",
        "principal in principal",
        "{a: principal}.a == principal",
        "principal is User",
        "if principal.admin then false else true",
        "(principal.level > -5) == true",
        "principal.level + 1 > 0",
    ] {
        let policy = permit(condition).policy;
        assert!(!leaves_out(&policy, &schema, &principal()), "{condition}");
    }
}

#[test]
fn what_an_agent_acts_for_is_left_out_likewise() {
    let schema = schema();
    let subject = Subject {
        var: Var::Context,
        path: vec!["on_behalf_of".to_owned()],
        ty: Type::Entity("User".to_owned()),
        is_optional: true,
    };
    for (condition, binds) in [
        (
            "context has on_behalf_of && context.on_behalf_of == resource.owner",
            true,
        ),
        (
            "context has on_behalf_of && context.on_behalf_of in Team::\"staff\"",
            true,
        ),
        (
            "context has on_behalf_of && resource.readers.contains(context.on_behalf_of)",
            true,
        ),
        ("context has on_behalf_of", false),
        (
            "context has on_behalf_of && context.on_behalf_of == context.on_behalf_of",
            false,
        ),
        (
            "context has on_behalf_of && context.on_behalf_of != User::\"nobody\"",
            false,
        ),
        (
            "context has on_behalf_of && (context.on_behalf_of == resource.owner || context.x)",
            false,
        ),
        (
            "!(context has on_behalf_of) || context.on_behalf_of == resource.owner",
            false,
        ),
        ("context.x", false),
    ] {
        let policy = permit(condition).policy;
        assert_eq!(leaves_out(&policy, &schema, &subject), binds, "{condition}");
    }
}

fn datetime(millis: i64) -> Value {
    let text = crate::time::Instant::from_millis(millis).unwrap().date();
    json!({ "__extn": { "fn": "datetime", "arg": text } })
}

/// A user with these numbers, and another whom that user names.
fn user(id: &str, sample: &Sample, present: bool) -> Value {
    let number = |name: &str| sample.number(Unit::Long, name);
    let score = sample.number(Unit::Decimal, "score") / 10_000;
    let roles = ["guest", "member", "admin"];
    let mut attrs = json!({
        "level": number("level"),
        "salary": number("salary"),
        "email": format!("{id}@vq.wz"),
        "admin": false,
        "roles": [format!("{id}-role")],
        "boss": { "__entity": { "type": "User", "id": format!("{id}-boss") } },
        "start": datetime(sample.number(Unit::Datetime, "start")),
        "score": { "__extn": { "fn": "decimal", "arg": format!("{score}.0") } },
        "ip": { "__extn": { "fn": "ip", "arg": "198.51.100.7" } },
        "role": { "__entity": { "type": "Role", "id": roles.get(sample.step % 3) } },
    });
    if present {
        let more = attrs.as_object_mut().unwrap();
        more.insert("nick".to_owned(), json!(format!("{id}-nick")));
        more.insert(
            "home".to_owned(),
            json!({ "floor": number("floor"), "city": format!("{id}-city") }),
        );
    }
    json!({ "uid": { "type": "User", "id": id }, "attrs": attrs, "parents": [] })
}

/// The strangers of one world, and what else there is.
fn world(all: &[Sample], present: bool) -> (Vec<Entity>, Entities) {
    let mut out = Vec::new();
    let mut people = Vec::new();
    for (number, sample) in all.iter().enumerate() {
        let id = format!("qx{number}");
        out.push(user(&id, sample, present));
        out.push(user(&format!("{id}-boss"), sample, present));
        people.push(Entity {
            ty: "User".to_owned(),
            id,
        });
    }
    let middle = samples(&[37].into())
        .find(|of| of.number(Unit::Long, "level") == 37)
        .unwrap();
    out.push(user("owner", &middle, true));
    out.push(user("owner-boss", &middle, true));
    for (id, public) in [("open", true), ("shut", false)] {
        let owner = json!({ "__entity": { "type": "User", "id": "owner" } });
        out.push(json!({
            "uid": { "type": "Doc", "id": id },
            "attrs": { "owner": owner, "readers": [owner], "need": 37, "public": public, "tag": "t", "wants": ["w"] },
            "parents": [],
        }));
    }
    (
        people,
        entities(&Value::Array(out).to_string(), None).unwrap(),
    )
}

fn allowed(policy: &Parsed, entities: &Entities, who: &Entity, doc: &str, x: bool) -> bool {
    let of = |ty: &str, id: &str| Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    };
    let context =
        json!({ "x": x, "n": 37, "who": { "__entity": { "type": "User", "id": "owner" } } });
    let request = RequestText {
        principal: who,
        action: &of("Action", "view"),
        resource: &of("Doc", doc),
        context: &context,
    };
    let candidate = Candidate {
        name: "p".to_owned(),
        template: &policy.template,
        link: None,
    };
    decide([candidate], entities, &request, None)
        .unwrap()
        .allowed
}

/// Whether in each world some stranger is denied in every request.
fn some_are_denied(policy: &Parsed) -> bool {
    let all: Vec<Sample> = samples(&constants(&policy.policy)).collect();
    [true, false].into_iter().all(|present| {
        let (people, entities) = world(&all, present);
        people.iter().any(|who| {
            [
                ("open", true),
                ("open", false),
                ("shut", true),
                ("shut", false),
            ]
            .into_iter()
            .all(|(doc, x)| !allowed(policy, &entities, who, doc, x))
        })
    })
}

const NUMBERS: [&str; 9] = [
    "-1000000", "-1", "0", "1", "3", "37", "100", "101", "9000000",
];

fn atom() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        r#"principal.email like "*@*""#,
        r#"principal.email like "*@corp.example""#,
        r#"principal.email == """#,
        r#"principal.email == principal.email"#,
        "principal.level >= resource.need",
        "principal.level < context.n",
        "context.n <= principal.boss.level",
        "principal.level == resource.need",
        r#"principal in Team::"t""#,
        r#"principal == User::"u""#,
        "principal == principal",
        "resource.owner == principal",
        "principal.boss == resource.owner",
        "principal.boss == principal",
        "resource.readers.contains(principal)",
        "[principal, resource.owner].contains(principal)",
        "[resource.owner].contains(principal)",
        r#"principal.roles.contains("r")"#,
        "principal.roles.containsAny(resource.wants)",
        "resource.wants.containsAny(principal.roles)",
        "principal.roles.containsAll([])",
        "principal.roles.containsAll(resource.wants)",
        "resource.wants.containsAll(principal.roles)",
        "principal.roles.isEmpty()",
        "principal.admin",
        "resource.public",
        "context.x",
        "principal has nick",
        r#"principal has nick && principal.nick == "z""#,
        r#"!(principal has nick) || principal.nick like "*-*""#,
        "principal has home.floor",
        "principal has home && principal.home.floor > 3",
        r#"principal.start < datetime("2030-01-01")"#,
        r#"principal.start > datetime("1970-01-01")"#,
        r#"principal.score.lessThan(decimal("50.5"))"#,
        r#"principal.ip.isInRange(ip("10.0.0.0/8"))"#,
        "principal.ip.isIpv4()",
        r#"principal.role == Role::"admin""#,
        r#"principal.role == Role::"guest""#,
        "{a: principal}.a == resource.owner",
        "{a: principal, b: 1} == {a: resource.owner, b: 1}",
        "(if context.x then principal else resource.owner) == principal",
        "principal.level - principal.level == 0",
        "principal is User",
        r#"principal is User in Team::"t""#,
        "context.who == principal",
        "true",
        "false",
    ])
    .prop_map(str::to_owned);
    let ops = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let fields = prop::sample::select(vec!["level", "salary", "boss.level", "level + 1"]);
    let order = (fields, ops, prop::sample::select(NUMBERS.to_vec()))
        .prop_map(|(field, op, number)| format!("principal.{field} {op} {number}"));
    prop_oneof![3 => fixed, 2 => order]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) == ({b})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn whom_conditions_leave_out_cedar_denies(condition in condition()) {
        let policy = permit(&condition);
        if leaves_out(&policy.policy, schema_once(), &principal()) {
            prop_assert!(some_are_denied(&policy), "{condition}");
        }
    }
}

fn schema_once() -> &'static Schema {
    static SCHEMA: std::sync::OnceLock<Schema> = std::sync::OnceLock::new();
    SCHEMA.get_or_init(schema)
}
