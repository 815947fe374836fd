#![expect(clippy::unwrap_used, reason = "tests")]

use super::can_apply;
use crate::cedar::parse::{Parsed, parse};
use crate::prove::Question;
use crate::workspace::proofs::tests::ground;
use crate::workspace::proofs::{Ground, bound};

pub(in crate::workspace::proofs) const SCHEMA: &str = r#"
    entity Org; entity Group in [Org]; entity Color enum ["red"];
    entity User in [Group, User] { level: Long, name: String, manager?: User, groups: Set<Group>, favourite: Color,
        address: { street: String, zip?: String }, since: datetime, active: Bool };
    entity Doc in [Group] { owner: User, group: Group, readers: Set<User>, labels: Set<String>, title: String, open: Bool,
        rate: decimal, colors: Set<Color> };
    action view appliesTo { principal: User, resource: Doc,
        context: { mfa: Bool, hour: Long, limit: Long, ip: ipaddr, now: datetime, left?: duration, label: String, on: User } };
    action meet appliesTo { principal: User, resource: User, context: { mfa: Bool } };
"#;

/// Conditions of every kind that is listed above, and of some that are not.
pub(in crate::workspace::proofs) const CONDITIONS: &[&str] = &[
    "true",
    "context.mfa",
    "!context.mfa",
    "context.mfa == false",
    "context.mfa != resource.open",
    "resource.open",
    "context.hour > 3",
    "context.hour < -3",
    "9223372036854775807 > context.hour",
    "9223372036854775807 >= context.limit",
    "context.hour > context.limit",
    "context.hour == principal.level",
    "principal.level != 7",
    "principal.name == \"a\"",
    "principal.name like \"a*\"",
    "!(principal.name like \"*\")",
    "!(resource.title like \"ab\")",
    "context.label == resource.title",
    "context.now < datetime(\"2026-01-01\")",
    "context.now >= principal.since",
    "context has left",
    "!(context has left)",
    "context has left && context.left > duration(\"1h\")",
    "!(context has left && context.left > duration(\"1h\"))",
    "principal has manager",
    "!(principal has manager)",
    "principal has manager && principal.manager.level > 4",
    "principal has manager && principal.manager == principal",
    "principal has address.zip",
    "!(principal has address.zip)",
    "principal has address.zip && principal.address.zip == \"1\"",
    "principal.address.street == \"x\"",
    "!(principal has address)",
    "resource.owner == principal",
    "resource.owner != principal",
    "principal == context.on",
    "resource.owner.level > 3",
    "resource.owner.active",
    "resource.owner == User::\"a\"",
    "resource.owner == User::\"b\"",
    "principal == User::\"a\"",
    "principal == User::\"b\"",
    "principal != User::\"b\"",
    "principal in Group::\"g\"",
    "principal in Org::\"o\"",
    "principal in User::\"a\"",
    "!(principal in Group::\"g\")",
    "principal in [Group::\"g\", Group::\"h\"]",
    "principal in resource.group",
    "principal in principal.groups",
    "principal in resource.owner",
    "resource in Group::\"g\"",
    "principal is User in Group::\"h\"",
    "principal is User",
    "resource.labels.contains(\"x\")",
    "!resource.labels.contains(\"x\")",
    "resource.labels.contains(context.label)",
    "resource.readers.contains(principal)",
    "resource.readers.contains(context.on)",
    "resource.readers.containsAny([User::\"a\", User::\"b\"])",
    "!resource.readers.containsAll([User::\"a\"])",
    "resource.labels.isEmpty()",
    "!resource.labels.isEmpty()",
    "context.ip.isLoopback()",
    "!context.ip.isIpv4()",
    "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "resource.rate.lessThan(decimal(\"0.5\"))",
    "resource.rate.lessThan(decimal(\"-922337203685477.5808\"))",
    "principal.favourite == Color::\"red\"",
    "principal.favourite != Color::\"red\"",
    "!resource.colors.contains(Color::\"red\")",
    "context.hour + 1 > context.limit",
    "if context.mfa then resource.open else false",
    "context.mfa || principal.level > 3",
    "!(context.mfa || principal.level > 3)",
    "!(context.mfa && principal.level > 3)",
];

fn of(scope: &str, conditions: &str) -> Parsed {
    parse(&format!("permit ({scope}) when {{ {conditions} }};").into()).unwrap()
}

/// The number of the kind of request that most is asked in.
fn number_of_view(ground: &Ground) -> u32 {
    (0..)
        .zip(&ground.environments)
        .find_map(|(number, of)| (of.action.id == "view").then_some(number))
        .unwrap()
}

/// Whether it is said to apply, in a kind of request; fails where the prover says otherwise.
fn said(ground: &Ground, number: u32, parsed: &Parsed) -> bool {
    let kind = ground.environment(number).unwrap();
    if !can_apply(&parsed.policy, kind, &ground.schema) {
        return false;
    }
    let valid = crate::cedar::validate::accepts(&parsed.template, &ground.validator);
    let mut prover = ground.prover(number).unwrap();
    let policy = prover.add(&bound(parsed), true);
    let ruled_out = prover.rules_out(Question::Applies(policy));
    assert!(
        !valid || ruled_out == Ok(false),
        "{}: {ruled_out:?}",
        parsed.policy.text
    );
    valid
}

const VIEW: &str = "principal, action == Action::\"view\", resource";

#[test]
fn what_is_said_to_apply_does() {
    let ground = ground(SCHEMA);
    let number = number_of_view(&ground);
    let mut count = 0;
    for one in CONDITIONS {
        for other in CONDITIONS {
            let parsed = of(VIEW, &format!("({one}) && ({other})"));
            count += u32::from(said(&ground, number, &parsed));
            let text = format!("forbid ({VIEW}) when {{ {one} }} unless {{ {other} }};");
            let without = parse(&text.into()).unwrap();
            count += u32::from(said(&ground, number, &without));
        }
    }
    // Of what is asked in pairs, most has nothing to do with each other.
    assert!(count > 4_000, "{count}");
}

/// Of all triples every so manieth, with the ends that a scope can have.
#[test]
fn with_what_the_scope_says_it_does_too() {
    let ground = ground(SCHEMA);
    let number = number_of_view(&ground);
    let principals = [
        "",
        " == User::\"a\"",
        " in Group::\"g\"",
        " in User::\"a\"",
        " is User in Org::\"o\"",
    ];
    let resources = ["", " == Doc::\"a\"", " in Group::\"g\"", " is Doc"];
    let (mut at, mut count) = (0_usize, 0);
    for _ in 0..6_000 {
        // 7,919 is prime, so that the triples lie all over.
        at = (at + 7_919) % (CONDITIONS.len().pow(3) * 20);
        let pick = |by: usize| CONDITIONS.get(at / by % CONDITIONS.len()).unwrap();
        let (principal, resource) = (
            principals.get(at % 5).unwrap(),
            resources.get(at % 4).unwrap(),
        );
        let scope = format!("principal{principal}, action == Action::\"view\", resource{resource}");
        let [a, b, c] = [1, CONDITIONS.len(), CONDITIONS.len().pow(2)].map(pick);
        let parsed = of(&scope, &format!("({a}) && ({b}) && ({c})"));
        count += u32::from(said(&ground, number, &parsed));
    }
    assert!(count > 500, "{count}");
}

#[test]
fn what_the_scope_names_is_not_asked_for_twice() {
    let ground = ground(SCHEMA);
    let ends = [
        "",
        " == User::\"a\"",
        " == User::\"b\"",
        " in Group::\"g\"",
        " in User::\"a\"",
        " is User",
        " is User in Group::\"g\"",
    ];
    let mut count = 0;
    for (number, kind) in (0..).zip(&ground.environments) {
        for principal in ends {
            for resource in ends {
                for condition in [
                    "context.mfa",
                    "principal == User::\"a\"",
                    "resource in principal",
                ] {
                    let scope = format!(
                        "principal{principal}, action == {}, resource{resource}",
                        kind.action
                    );
                    count += u32::from(said(&ground, number, &of(&scope, condition)));
                }
            }
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn what_may_contradict_is_left_to_the_prover() {
    let ground = ground(SCHEMA);
    let kind = |action: &str| {
        let mut kinds = ground.environments.iter();
        kinds.find(|of| of.action.id == action).unwrap()
    };
    for conditions in [
        "context.hour > 3 && context.hour < 3",
        "context.hour > 3 && context.hour < 5 && context.hour != 4",
        "principal.name like \"a*\" && !(principal.name like \"*\")",
        "!resource.colors.isEmpty() && !resource.colors.contains(Color::\"red\")",
        "9223372036854775807 < context.hour",
        "context.mfa && !context.mfa",
        "principal has manager && !(principal has manager)",
        "resource.owner == principal && resource.owner.level > 3 && principal.level < 3",
        "principal == User::\"a\" && principal == User::\"b\"",
        "resource.labels.isEmpty() && resource.labels.contains(\"x\")",
        "principal.favourite != Color::\"red\"",
        "!(principal.name like \"*\")",
        "false",
    ] {
        let parsed = of(VIEW, conditions);
        assert!(
            !can_apply(&parsed.policy, kind("view"), &ground.schema),
            "{conditions}"
        );
    }
    for scope in [
        "principal == User::\"a\", action == Action::\"meet\", resource == User::\"a\"",
        "principal == ?principal, action, resource",
    ] {
        let parsed = of(scope, "context.mfa");
        assert!(
            !can_apply(&parsed.policy, kind("meet"), &ground.schema),
            "{scope}"
        );
    }
}
