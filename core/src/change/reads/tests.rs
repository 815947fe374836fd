#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "tests"
)]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cedar::evaluate::{Candidate, RequestText, decide, entities};
use crate::cedar::parse::parse;
use crate::change::{Change, EntityChange, Options};
use crate::facts::Entity;
use crate::workspace::Workspace;

const SCOPES: [&str; 6] = [
    "principal, action, resource",
    "principal in G::\"0\", action, resource",
    "principal is U in G::\"1\", action, resource",
    "principal == U::\"0\", action, resource in F::\"0\"",
    "principal, action, resource in F::\"1\"",
    "principal is G, action, resource",
];

const CONDITIONS: [&str; 20] = [
    "true",
    "principal.level > 2",
    "principal has level && principal.level > 2",
    "!(principal has level)",
    "!(principal has level) || principal.level < 2",
    "principal in G::\"0\"",
    "!(principal in G::\"0\")",
    "principal in [G::\"0\", G::\"1\"]",
    "principal in G::\"0\" || resource.open",
    "!(principal in G::\"0\" && resource.open)",
    "if principal in G::\"0\" then resource.open else true",
    "principal in resource.team",
    "!(principal in resource.team)",
    "resource.owner == principal",
    "resource.owner in G::\"1\"",
    "resource.owner.level > 2",
    "principal.hasTag(\"x\") && principal.getTag(\"x\") == 1",
    "!(principal.hasTag(\"x\"))",
    "(principal in G::\"0\") == resource.open",
    "resource is D in F::\"1\" && principal.level < 3",
];

/// A policy: whether it permits, its scope, and its condition with whether it must hold.
type Shape = (bool, usize, usize, bool);

fn text(policies: &[Shape]) -> String {
    let policy = |(number, (permits, scope, condition, holds)): (usize, &Shape)| {
        let effect = if *permits { "permit" } else { "forbid" };
        let keyword = if *holds { "when" } else { "unless" };
        let (scope, condition) = (SCOPES[*scope], CONDITIONS[*condition]);
        format!("@id(\"p{number}\") {effect} ({scope}) {keyword} {{ {condition} }};")
    };
    let all = policies.iter().enumerate().map(policy);
    all.collect::<Vec<_>>().join("\n")
}

/// What an entity is: not there, or with these parents, a level, tags and an open door.
type Place = Option<(u8, Option<u8>, Option<u8>, bool)>;

/// Users 0 and 1, groups 0 to 2, documents 0 and 1, folders 0 and 1.
fn world(places: &[Place]) -> Value {
    let names = [
        ("U", "0"),
        ("U", "1"),
        ("G", "0"),
        ("G", "1"),
        ("G", "2"),
        ("D", "0"),
        ("D", "1"),
        ("F", "0"),
        ("F", "1"),
    ];
    let all = names.iter().zip(places).filter_map(|((ty, id), place)| {
        let (parents, level, tag, open) = (*place)?;
        let number: u8 = id.parse().unwrap();
        // Only in what comes later, so that nothing is in itself.
        let groups = match *ty {
            "U" => vec![("G", 0), ("G", 1), ("G", 2)],
            "G" => vec![("G", number + 1), ("G", number + 2)],
            "D" => vec![("F", 0), ("F", 1)],
            _ => vec![("F", number + 1)],
        };
        let last = if matches!(*ty, "U" | "G") { 2 } else { 1 };
        let parents: Vec<Value> = groups
            .into_iter()
            .enumerate()
            .filter(|(at, (_, id))| parents & (1 << at) != 0 && *id <= last)
            .map(|(_, (ty, id))| json!({"type": ty, "id": id.to_string()}))
            .collect();
        let mut attributes = serde_json::Map::new();
        if let Some(level) = level {
            attributes.insert("level".to_owned(), json!(level));
        }
        if *ty == "D" {
            let owner =
                json!({"__entity": {"type": "U", "id": (level.unwrap_or(0) % 2).to_string()}});
            attributes.insert("owner".to_owned(), owner);
            let team =
                json!({"__entity": {"type": "G", "id": (level.unwrap_or(0) % 3).to_string()}});
            attributes.insert("team".to_owned(), team);
            attributes.insert("open".to_owned(), json!(open));
        }
        let mut entity = json!({
            "uid": {"type": ty, "id": id}, "attrs": attributes, "parents": parents,
        });
        if let Some(tag) = tag {
            entity["tags"] = json!({ "x": tag });
        }
        Some(entity)
    });
    Value::Array(all.collect())
}

fn change(policies: &str, base: &Value, head: &Value) -> Change {
    let workspace = |world: &Value| {
        let mut workspace = Workspace::new();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        let world = world.to_string();
        workspace
            .set_file("e.entities.json", world.as_bytes())
            .unwrap();
        workspace
    };
    workspace(head).compare(&mut workspace(base), &Options::default())
}

/// What Cedar decides of every request.
fn decisions(policies: &str, world: &Value) -> Vec<bool> {
    let world = entities(&world.to_string(), None).unwrap();
    let parsed: Vec<_> = policies
        .lines()
        .map(|line| parse(&Arc::from(line)).unwrap())
        .collect();
    let entity = |ty: &str, id: u8| Entity {
        ty: ty.to_owned(),
        id: id.to_string(),
    };
    let mut out = Vec::new();
    for principal in [
        entity("U", 0),
        entity("U", 1),
        entity("G", 0),
        entity("G", 1),
    ] {
        for resource in [entity("D", 0), entity("D", 1), entity("F", 0)] {
            let candidates = parsed.iter().enumerate().map(|(number, parsed)| Candidate {
                name: number.to_string(),
                template: &parsed.template,
                link: None,
            });
            let request = RequestText {
                principal: &principal,
                action: &entity("Action", 0),
                resource: &resource,
                context: &json!({}),
            };
            out.push(decide(candidates, &world, &request, None).unwrap().allowed);
        }
    }
    out
}

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = (
        0u8..8,
        proptest::option::of(0u8..5),
        proptest::option::of(0u8..2),
        any::<bool>(),
    );
    proptest::collection::vec(proptest::option::weighted(0.85, place), 9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    /// Whatever is decided differently is told of, and which way.
    #[test]
    fn no_decision_changes_unseen(
        policies in proptest::collection::vec((any::<bool>(), 0usize..6, 0usize..20, any::<bool>()), 1..4),
        base in places(),
        edits in proptest::collection::vec((0usize..9, places()), 1..3),
    ) {
        let mut head = base.clone();
        for (at, new) in edits {
            head[at] = new[at];
        }
        let policies = text(&policies);
        let (base, head) = (world(&base), world(&head));
        let change = change(&policies, &base, &head);
        let (before, after) = (decisions(&policies, &base), decisions(&policies, &head));
        for (before, after) in before.into_iter().zip(after) {
            if after && !before {
                prop_assert!(change.entities.iter().any(EntityChange::may_widen), "{policies}\n{base}\n{head}");
            }
            if before && !after {
                let narrows = |of: &EntityChange| !of.reach.narrower.is_empty();
                prop_assert!(change.entities.iter().any(narrows), "{policies}\n{base}\n{head}");
            }
        }
    }
}

#[test]
fn leaving_a_group_goes_the_way_of_the_policy_that_names_it() {
    let user = |parents: &[&str]| {
        let parents: Vec<Value> = parents
            .iter()
            .map(|id| json!({"type": "G", "id": id}))
            .collect();
        json!([{"uid": {"type": "U", "id": "0"}, "attrs": {}, "parents": parents}])
    };
    for (policy, wider, narrower) in [
        (
            "permit (principal in G::\"0\", action, resource);",
            false,
            true,
        ),
        (
            "forbid (principal in G::\"0\", action, resource);",
            true,
            false,
        ),
        (
            "permit (principal, action, resource) unless { principal in G::\"0\" };",
            true,
            false,
        ),
        (
            "permit (principal, action, resource) when { resource.open && principal in G::\"0\" };",
            false,
            true,
        ),
        (
            "permit (principal, action, resource) when { resource.open || principal in G::\"0\" };",
            true,
            true,
        ),
        (
            "permit (principal, action, resource in G::\"7\");",
            false,
            false,
        ),
        (
            "permit (principal in ?principal, action, resource);",
            false,
            true,
        ),
    ] {
        let change = change(policy, &user(&["0"]), &user(&[]));
        let [of] = change.entities.as_slice() else {
            unreachable!()
        };
        assert_eq!(!of.reach.wider.is_empty(), wider, "{policy}");
        assert_eq!(!of.reach.narrower.is_empty(), narrower, "{policy}");
        assert!(!of.reach.joins);
    }
}
