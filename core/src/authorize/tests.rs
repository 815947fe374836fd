#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::cedar::evaluate::{
    Candidate, Mark, Naming, RequestText, Symbols, Truth, decide, entities,
};
use crate::cedar::links::Linkable;
use crate::cedar::parse::{Parsed, parse};
use crate::facts::Entity;

/// A hierarchy with two levels on every side, an action group, and entities that are missing from it.
fn world() -> Entities {
    let entity = |ty: &str, id: &str, parents: &[(&str, &str)], attrs: Value| {
        json!({
            "uid": {"type": ty, "id": id},
            "attrs": attrs,
            "parents": parents.iter().map(|(ty, id)| json!({"type": ty, "id": id})).collect::<Vec<_>>(),
        })
    };
    let all = json!([
        entity(
            "User",
            "0",
            &[("Group", "0")],
            json!({"level": 3, "mfa": true})
        ),
        entity(
            "User",
            "1",
            &[("Group", "1")],
            json!({"level": 9_223_372_036_854_775_807_i64})
        ),
        entity(
            "Agent",
            "0",
            &[("Group", "1")],
            json!({"level": 1, "mfa": false})
        ),
        entity("Group", "0", &[("Group", "2")], json!({})),
        entity("Group", "1", &[], json!({})),
        entity("Group", "2", &[], json!({})),
        entity(
            "Doc",
            "0",
            &[("Folder", "0")],
            json!({"owner": {"__entity": {"type": "User", "id": "0"}}, "open": true})
        ),
        entity("Doc", "1", &[("Folder", "1")], json!({"open": false})),
        entity("Folder", "0", &[("Folder", "1")], json!({})),
        entity("Folder", "1", &[], json!({})),
        entity("Action", "read", &[("Action", "all")], json!({})),
        entity(
            "Action",
            "write",
            &[("Action", "all"), ("Action", "changes")],
            json!({})
        ),
        entity("Action", "all", &[], json!({})),
        entity("Action", "changes", &[], json!({})),
    ]);
    entities(&all.to_string(), None).unwrap()
}

const PRINCIPALS: [(&str, &str); 4] = [("User", "0"), ("User", "1"), ("Agent", "0"), ("User", "9")];
const ACTIONS: [&str; 3] = ["read", "write", "other"];
const RESOURCES: [(&str, &str); 4] = [("Doc", "0"), ("Doc", "1"), ("Folder", "0"), ("Doc", "9")];

fn scope(var: &'static str, slot: &'static str) -> impl Strategy<Value = String> {
    let target = if var == "principal" {
        prop::sample::select(vec![
            "User::\"0\"",
            "User::\"1\"",
            "Group::\"1\"",
            "Group::\"2\"",
            slot,
        ])
    } else {
        prop::sample::select(vec![
            "Doc::\"0\"",
            "Doc::\"9\"",
            "Folder::\"0\"",
            "Folder::\"1\"",
            slot,
        ])
    };
    let ty = if var == "principal" {
        prop::sample::select(vec!["User", "Agent"])
    } else {
        prop::sample::select(vec!["Doc", "Folder"])
    };
    prop_oneof![
        Just(var.to_owned()),
        target.clone().prop_map(move |t| format!("{var} == {t}")),
        target.clone().prop_map(move |t| format!("{var} in {t}")),
        ty.clone().prop_map(move |ty| format!("{var} is {ty}")),
        (ty, target).prop_map(move |(ty, t)| format!("{var} is {ty} in {t}")),
    ]
}

fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "action",
        "action == Action::\"read\"",
        "action == Action::\"all\"",
        "action in Action::\"all\"",
        "action in Action::\"changes\"",
        "action in [Action::\"read\", Action::\"changes\"]",
    ])
}

/// Conditions, among them such as fail to evaluate or are no boolean.
fn condition() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "true",
        "false",
        "1",
        "context.b",
        "context.n > 2",
        "context.n != principal.level",
        "principal.level + context.n >= 5",
        "principal.mfa",
        "principal has mfa",
        "context has x.y",
        "resource has owner && resource.owner == principal",
        "resource.owner.mfa",
        "resource.open",
        "resource is Doc in Folder::\"1\"",
        "(context.b == (context.n < 4))",
        "[1, 2].contains(context.n)",
        "context.s like \"a*\"",
        "if context.b then 1 else true",
    ])
    .prop_map(str::to_owned);
    atom.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| joined(&all, " && ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| joined(&all, " || ")),
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.clone().prop_map(|a| format!("!!({a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
        ]
    })
}

fn joined(all: &[String], operator: &str) -> String {
    all.iter()
        .map(|one| format!("({one})"))
        .collect::<Vec<_>>()
        .join(operator)
}

prop_compose! {
    fn policy()(
        effect in prop::sample::select(vec!["permit", "forbid"]),
        principal in scope("principal", "?principal"),
        action in action(),
        resource in scope("resource", "?resource"),
        clauses in prop::collection::vec((prop::sample::select(vec!["when", "unless"]), condition()), 0..3),
    ) -> String {
        let clauses: String = clauses.iter().map(|(kind, body)| format!(" {kind} {{ {body} }}")).collect();
        format!("{effect}({principal}, {action}, {resource}){clauses};")
    }
}

prop_compose! {
    fn request()(
        principal in prop::sample::select(PRINCIPALS.to_vec()),
        action in prop::sample::select(ACTIONS.to_vec()),
        resource in prop::sample::select(RESOURCES.to_vec()),
        n in prop::option::of(0_i64..6),
        b in prop::option::of(any::<bool>()),
        s in prop::sample::select(vec!["", "abc"]),
    ) -> (Entity, Entity, Entity, Value) {
        let entity = |(ty, id): (&str, &str)| Entity { ty: ty.to_owned(), id: id.to_owned() };
        let mut context = serde_json::Map::new();
        if let Some(n) = n { context.insert("n".to_owned(), n.into()); }
        if let Some(b) = b { context.insert("b".to_owned(), b.into()); }
        context.insert("s".to_owned(), s.into());
        (entity(principal), entity(("Action", action)), entity(resource), context.into())
    }
}

/// The policies and, of templates, one link each.
struct Set {
    parsed: Vec<Parsed>,
    compiled: Vec<Arc<Compiled>>,
    symbols: Symbols,
}

const LINKED: [(&str, &str); 2] = [("Group", "1"), ("Folder", "1")];

fn set(texts: &[String]) -> Set {
    let mut symbols = Symbols::default();
    let parsed: Vec<Parsed> = texts
        .iter()
        .map(|text| parse(&text.as_str().into()).unwrap())
        .collect();
    let compiled = parsed
        .iter()
        .map(|parsed| {
            if !parsed.policy.is_template() {
                return Arc::new(Compiled::new(parsed, None, &mut symbols).unwrap());
            }
            let mut args = serde_json::Map::new();
            for (slot, constraint, (ty, id)) in [
                ("?principal", &parsed.policy.principal.value, LINKED[0]),
                ("?resource", &parsed.policy.resource.value, LINKED[1]),
            ] {
                if constraint.has_slot() {
                    args.insert(slot.to_owned(), format!("{ty}::\"{id}\"").into());
                }
            }
            let text =
                json!([{"template_id": "policy0", "link_id": "l", "args": args}]).to_string();
            let linkable = [Linkable::new(Arc::clone(&parsed.template), 0)];
            let (links, findings) = crate::cedar::links::check(&text, &linkable, None);
            assert_eq!(findings, []);
            assert!(
                Compiled::new(parsed, None, &mut symbols).is_none(),
                "a template alone"
            );
            Arc::new(Compiled::new(parsed, links.first(), &mut symbols).unwrap())
        })
        .collect();
    Set {
        parsed,
        compiled,
        symbols,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_index_decides_as_cedar_does_over_all_policies(
        texts in prop::collection::vec(policy(), 1..12),
        requests in prop::collection::vec(request(), 1..6),
    ) {
        let world = world();
        let set = set(&texts);
        let authorizer = Authorizer::new(set.compiled);
        for (principal, action, resource, context) in &requests {
            let text = RequestText { principal, action, resource, context };
            let all = set.parsed.iter().enumerate().map(|(n, parsed)| {
                let value = |has: bool, (ty, id): (&str, &str)| {
                    has.then(|| Entity { ty: ty.to_owned(), id: id.to_owned() })
                };
                Candidate {
                    name: n.to_string(),
                    template: &parsed.template,
                    link: parsed.policy.is_template().then(|| (
                        value(parsed.policy.principal.value.has_slot(), LINKED[0]),
                        value(parsed.policy.resource.value.has_slot(), LINKED[1]),
                    )),
                }
            });
            let expected = decide(all, &world, &text, None).unwrap();
            let request = Prepared::new(&text, &world, None, Naming::Known(&set.symbols)).unwrap();
            let got = authorizer.decide(&request, &world, |number| number.to_string());
            prop_assert_eq!(&got, &expected);

            // Part by part it comes to the same, and the candidates are those whose scope is true.
            let mut candidates = Vec::new();
            authorizer.candidates(&request, &mut candidates);
            let evaluation = Evaluation::new(&request, &world);
            for (number, policy) in (0_u32..).zip(authorizer.policies()) {
                let mut marks = Vec::new();
                prop_assert_eq!(evaluation.trace(policy, &mut marks), evaluation.verdict(policy));
                let in_scope = marks[0].truth == Some(Truth::True);
                prop_assert_eq!(in_scope, candidates.contains(&number));
            }
        }
    }
}

/// What was seen of each clause and, in brackets, of its atomic conditions; `!` where one decides.
fn seen(clauses: &str, context: Value) -> String {
    let set = set(&[format!("permit(principal, action, resource) {clauses};")]);
    let entity = |ty: &str, id: &str| Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    };
    let text = RequestText {
        principal: &entity("User", "0"),
        action: &entity("Action", "read"),
        resource: &entity("Doc", "0"),
        context: &context,
    };
    let world = world();
    let request = Prepared::new(&text, &world, None, Naming::Known(&set.symbols)).unwrap();
    let mut marks = Vec::new();
    let policy = &set.compiled[0];
    Evaluation::new(&request, &world).trace(policy, &mut marks);
    let letter = |mark: &Mark| {
        let letter = match mark.truth {
            None => "-",
            Some(Truth::True) => "T",
            Some(Truth::False) => "F",
            Some(Truth::Error) => "E",
        };
        format!("{letter}{}", if mark.decisive { "!" } else { "" })
    };
    let clauses: Vec<String> = policy
        .tree()
        .clauses
        .iter()
        .map(|clause| {
            let atoms: Vec<String> = (1..=clause.atoms.len())
                .map(|n| letter(&marks[clause.mark + n]))
                .collect();
            format!("{}({})", letter(&marks[clause.mark]), atoms.join(" "))
        })
        .collect();
    clauses.join(" ")
}

#[test]
fn an_atomic_condition_decides_where_nothing_masks_it() {
    let abc = |a: bool, b: bool, c: bool| json!({"a": a, "b": b, "c": c});
    let (t, f) = (true, false);
    for (clauses, context, expected) in [
        ("when { context.a && context.b }", abc(t, t, t), "T(T! T!)"),
        ("when { context.a && context.b }", abc(t, f, t), "F(T F!)"),
        ("when { context.a && context.b }", abc(f, t, t), "F(F! -)"),
        ("when { context.a || context.b }", abc(f, f, t), "F(F! F!)"),
        ("when { context.a || context.b }", abc(f, t, t), "T(F T!)"),
        ("when { context.a || context.b }", abc(t, t, t), "T(T! -)"),
        (
            "when { !(context.a && context.b) }",
            abc(t, f, t),
            "T(T F!)",
        ),
        ("unless { context.a }", abc(f, t, t), "F(F!)"),
        (
            "when { (context.a || context.b) && context.c }",
            abc(t, f, f),
            "F(T - F!)",
        ),
        ("when { context.a && false }", abc(t, t, t), "F(T)"),
        ("when { context.a && false }", abc(f, t, t), "F(F)"),
        ("when { context.a || true }", abc(t, t, t), "T(T)"),
        (
            "when { if context.a then context.b else context.c }",
            abc(t, f, t),
            "F(T! F! -)",
        ),
        (
            "when { if context.a then context.b else false }",
            abc(t, f, t),
            "F(T F!)",
        ),
        (
            "when { if context.a then context.b else false }",
            abc(t, t, t),
            "T(T! T!)",
        ),
        (
            "when { if context.a then true else true }",
            abc(t, t, t),
            "T(T)",
        ),
        (
            "when { context.a } unless { context.b }",
            abc(f, t, t),
            "F(F!) -(-)",
        ),
        ("when { context.a && context.d }", abc(t, t, t), "E(T E!)"),
        ("when { context.d || context.a }", abc(t, t, t), "E(E! -)"),
    ] {
        assert_eq!(seen(clauses, context), expected, "{clauses}");
    }
}
