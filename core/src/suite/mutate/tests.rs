#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::cedar::Validator;
use crate::cedar::parse::{Parsed, parse};
use crate::cedar::schema::{Format, SchemaFile, build};
use crate::source::Limits;

const SCHEMA: &str = r#"
entity User in [Team] { level: Long, manager: User };
entity Robot;
entity Team in [Team];
entity Doc in [Folder] { owner: User, tags: Set<String>, title?: String };
entity Folder in [Folder];
action read, list;
action view, print in [read] appliesTo {
  principal: [User, Robot], resource: [Doc],
  context: { mfa: Bool, amount: Long, at: datetime, from: ipaddr, rate: decimal, note?: String }
};
action remove appliesTo {
  principal: [User], resource: [Doc, Folder], context: { mfa: Bool, amount: Long }
};
"#;

fn policy(text: &str) -> Parsed {
    parse(&text.into()).unwrap()
}

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

/// The mutants of one operator, each as its text without blanks doubled and its sentence without the beginning
/// that all share.
fn found(operator: &str, text: &str, schema: Option<&Schema>) -> Vec<(String, String)> {
    let parsed = policy(text);
    let scope = schema.map(|schema| schema.type_scope(&parsed.policy));
    mutants(&parsed.policy, schema.zip(scope.as_ref()))
        .into_iter()
        .filter(|mutant| mutant.operator.id == operator)
        .map(|mutant| {
            let after = mutant.text(&parsed.policy).unwrap_or_default();
            let message = mutant.message("pay");
            (
                after.split_whitespace().collect::<Vec<_>>().join(" "),
                message
                    .strip_prefix("no test would notice if ")
                    .unwrap()
                    .to_owned(),
            )
        })
        .collect()
}

/// Rows of operator, policy, and the texts and sentences of its mutants. `…` at the beginning of a text stands for
/// `permit (principal, action, resource)`.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const HEAD: &str = "permit (principal, action, resource)";

fn check(rows: &[Row], schema: Option<&Schema>) {
    for (operator, text, expected) in rows {
        let text = text.replacen('…', HEAD, 1);
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(text, sentence)| (text.replacen('…', HEAD, 1), (*sentence).to_owned()))
            .collect();
        assert_eq!(
            found(operator, &text, schema),
            expected,
            "{operator}: {text}"
        );
    }
}

const ROWS: &[Row] = &[
    ("policy-removed", "…;", &[("", "`pay` were removed")]),
    (
        "effect-flipped",
        "…;",
        &[(
            "forbid (principal, action, resource);",
            "`pay` were a `forbid`",
        )],
    ),
    (
        "effect-flipped",
        "forbid (principal, action, resource);",
        &[("…;", "`pay` were a `permit`")],
    ),
    (
        "scope-widened",
        "permit (principal == User::\"a\", action, resource is Doc in Folder::\"f\");",
        &[
            (
                "permit (principal is User, action, resource is Doc in Folder::\"f\");",
                "`pay` applied to every `User`, not only where `principal == User::\"a\"`",
            ),
            (
                "permit (principal, action, resource is Doc in Folder::\"f\");",
                "`pay` applied to every principal, not only where `principal == User::\"a\"`",
            ),
            (
                "permit (principal == User::\"a\", action, resource is Doc);",
                "`pay` applied to every `Doc`, not only where `resource is Doc in Folder::\"f\"`",
            ),
            (
                "permit (principal == User::\"a\", action, resource in Folder::\"f\");",
                "`pay` applied to every resource in `Folder::\"f\"`, not only where `resource is Doc in Folder::\"f\"`",
            ),
            (
                "permit (principal == User::\"a\", action, resource);",
                "`pay` applied to every resource, not only where `resource is Doc in Folder::\"f\"`",
            ),
        ],
    ),
    (
        "scope-widened",
        "permit (principal == ?principal, action, resource is Doc in ?resource);",
        &[],
    ),
    (
        "action-dropped",
        "permit (principal, action in [Action::\"a\", Action::\"b\"], resource);",
        &[
            (
                "permit (principal, action in [Action::\"b\"], resource);",
                "`Action::\"a\"` were dropped from the actions of `pay`",
            ),
            (
                "permit (principal, action in [Action::\"a\"], resource);",
                "`Action::\"b\"` were dropped from the actions of `pay`",
            ),
        ],
    ),
    (
        "action-widened",
        "permit (principal, action == Action::\"a\", resource);",
        &[(
            "…;",
            "`pay` applied to every action, not only where `action == Action::\"a\"`",
        )],
    ),
    (
        "clause-dropped",
        "… when { context.mfa } unless { context.old };",
        &[
            (
                "… unless { context.old };",
                "`when { context.mfa }` were dropped from `pay`",
            ),
            (
                "… when { context.mfa } ;",
                "`unless { context.old }` were dropped from `pay`",
            ),
        ],
    ),
    (
        "clause-turned",
        "… when { context.mfa };",
        &[(
            "… unless { context.mfa };",
            "`when { context.mfa }` of `pay` were `unless`",
        )],
    ),
    (
        "operand-dropped",
        "… when { context.a && // why\n (context.b || context.c) };",
        &[
            (
                "… when { (context.b || context.c) };",
                "`context.a` were dropped from `pay`",
            ),
            (
                "… when { context.a };",
                "`(context.b || context.c)` were dropped from `pay`",
            ),
            (
                "… when { context.a && // why (context.c) };",
                "`context.b` were dropped from `pay`",
            ),
            (
                "… when { context.a && // why (context.b) };",
                "`context.c` were dropped from `pay`",
            ),
        ],
    ),
    (
        "guard-dropped",
        "… when { context has note && context.note == \"x\" && context.mfa };",
        &[(
            "… when { context.mfa };",
            "`context has note` and what it guards were dropped from `pay`",
        )],
    ),
    (
        "guard-dropped",
        "… when { context has note && context.note == \"x\" };",
        &[],
    ),
    (
        "operator-swapped",
        "… when { context.a && context.b && context.c };",
        &[(
            "… when { context.a || context.b || context.c };",
            "`context.a && context.b && context.c` of `pay` were joined by `||`",
        )],
    ),
    (
        "operator-swapped",
        "… when { context.a || context.b };",
        &[(
            "… when { context.a && context.b };",
            "`context.a || context.b` of `pay` were joined by `&&`",
        )],
    ),
    (
        "comparison-shifted",
        "… when { context.amount <= 500 && context.rate.lessThan(decimal(\"1.5\")) };",
        &[
            (
                "… when { context.amount < 500 && context.rate.lessThan(decimal(\"1.5\")) };",
                "`context.amount <= 500` of `pay` were `context.amount < 500`",
            ),
            (
                "… when { context.amount <= 500 && context.rate.lessThanOrEqual(decimal(\"1.5\")) };",
                "`context.rate.lessThan(decimal(\"1.5\"))` of `pay` were `context.rate.lessThanOrEqual(decimal(\"1.5\"))`",
            ),
        ],
    ),
    (
        "comparison-turned",
        "… when { context.amount > 5 && context.a != 1 };",
        &[
            (
                "… when { context.amount < 5 && context.a != 1 };",
                "`context.amount > 5` of `pay` were `context.amount < 5`",
            ),
            (
                "… when { context.amount > 5 && context.a == 1 };",
                "`context.a != 1` of `pay` were `context.a == 1`",
            ),
        ],
    ),
    (
        "membership-narrowed",
        "permit (principal in Team::\"t\", action in Action::\"read\", resource) when { resource in principal.folders };",
        &[
            (
                "permit (principal == Team::\"t\", action in Action::\"read\", resource) when { resource in principal.folders };",
                "`principal in Team::\"t\"` of `pay` were `principal == Team::\"t\"`",
            ),
            (
                "permit (principal in Team::\"t\", action == Action::\"read\", resource) when { resource in principal.folders };",
                "`action in Action::\"read\"` of `pay` were `action == Action::\"read\"`",
            ),
            (
                "permit (principal in Team::\"t\", action in Action::\"read\", resource) when { resource == principal.folders };",
                "`resource in principal.folders` of `pay` were `resource == principal.folders`",
            ),
        ],
    ),
    (
        "membership-widened",
        "permit (principal == User::\"a\", action == Action::\"view\", resource) when { resource.owner == principal && context.a == 1 };",
        &[
            (
                "permit (principal in User::\"a\", action == Action::\"view\", resource) when { resource.owner == principal && context.a == 1 };",
                "`principal == User::\"a\"` of `pay` were `principal in User::\"a\"`",
            ),
            (
                "permit (principal == User::\"a\", action in Action::\"view\", resource) when { resource.owner == principal && context.a == 1 };",
                "`action == Action::\"view\"` of `pay` were `action in Action::\"view\"`",
            ),
            (
                "permit (principal == User::\"a\", action == Action::\"view\", resource) when { resource.owner in principal && context.a == 1 };",
                "`resource.owner == principal` of `pay` were `resource.owner in principal`",
            ),
        ],
    ),
    (
        "set-test-swapped",
        "… when { resource.tags.containsAll([\"a\", \"b\"]) };",
        &[(
            "… when { resource.tags.containsAny([\"a\", \"b\"]) };",
            "`resource.tags.containsAll([\"a\", \"b\"])` of `pay` were `resource.tags.containsAny([\"a\", \"b\"])`",
        )],
    ),
    (
        "condition-negated",
        "… when { context.a && !context.b };",
        &[
            (
                "… when { !(context.a) && !context.b };",
                "`context.a` of `pay` were negated",
            ),
            (
                "… when { context.a && context.b };",
                "`!context.b` of `pay` were negated",
            ),
        ],
    ),
    ("condition-negated", "… when { context.a };", &[]),
    (
        "condition-true",
        "… when { if context.a then context.b else context.c };",
        &[
            (
                "… when { if true then context.b else context.c };",
                "`context.a` of `pay` were always true",
            ),
            (
                "… when { if context.a then true else context.c };",
                "`context.b` of `pay` were always true",
            ),
            (
                "… when { if context.a then context.b else true };",
                "`context.c` of `pay` were always true",
            ),
        ],
    ),
    (
        "condition-false",
        "… when { if context.a then context.b else context.c };",
        &[
            (
                "… when { if false then context.b else context.c };",
                "`context.a` of `pay` were always false",
            ),
            (
                "… when { if context.a then false else context.c };",
                "`context.b` of `pay` were always false",
            ),
            (
                "… when { if context.a then context.b else false };",
                "`context.c` of `pay` were always false",
            ),
        ],
    ),
    (
        "number-shifted",
        "… when { context.amount < 500 && context.a == -3 };",
        &[
            (
                "… when { context.amount < 501 && context.a == -3 };",
                "the limit 500 of `pay` were 501",
            ),
            (
                "… when { context.amount < 499 && context.a == -3 };",
                "the limit 500 of `pay` were 499",
            ),
            (
                "… when { context.amount < 500 && context.a == -2 };",
                "the number -3 of `pay` were -2",
            ),
            (
                "… when { context.amount < 500 && context.a == -4 };",
                "the number -3 of `pay` were -4",
            ),
        ],
    ),
    (
        "number-shifted",
        "… when { context.a == -9223372036854775808 };",
        &[(
            "… when { context.a == -9223372036854775807 };",
            "the number -9223372036854775808 of `pay` were -9223372036854775807",
        )],
    ),
    (
        "literal-changed",
        "… when { context.s == \"x\" && context.t == \"\" && context.b == true && context.u == User::\"a\" };",
        &[
            (
                "… when { context.s == \"\" && context.t == \"\" && context.b == true && context.u == User::\"a\" };",
                "`\"x\"` of `pay` were `\"\"`",
            ),
            (
                "… when { context.s == \"x\" && context.t == \"other\" && context.b == true && context.u == User::\"a\" };",
                "`\"\"` of `pay` were `\"other\"`",
            ),
            (
                "… when { context.s == \"x\" && context.t == \"\" && context.b == false && context.u == User::\"a\" };",
                "`true` of `pay` were `false`",
            ),
            (
                "… when { context.s == \"x\" && context.t == \"\" && context.b == true && context.u == User::\"other\" };",
                "`User::\"a\"` of `pay` were `User::\"other\"`",
            ),
        ],
    ),
    (
        "literal-changed",
        "… when { [\"a\", \"b\"].contains(context.s) && resource.getTag(\"t\") == ip(\"10.0.0.1\") };",
        &[],
    ),
    (
        "element-dropped",
        "… when { [\"a\", \"b\"].contains(context.s) && [\"c\"].contains(context.s) };",
        &[
            (
                "… when { [\"b\"].contains(context.s) && [\"c\"].contains(context.s) };",
                "`\"a\"` were dropped from a set of `pay`",
            ),
            (
                "… when { [\"a\"].contains(context.s) && [\"c\"].contains(context.s) };",
                "`\"b\"` were dropped from a set of `pay`",
            ),
        ],
    ),
    (
        "like-loosened",
        "… when { context.path like \"/api/*\" };",
        &[
            (
                "… when { context.path like \"*/api/*\" };",
                "the pattern `\"/api/*\"` of `pay` were `\"*/api/*\"`",
            ),
            (
                "… when { context.path like \"*\" };",
                "the pattern `\"/api/*\"` of `pay` were `\"*\"`",
            ),
        ],
    ),
    (
        "ip-widened",
        "… when { context.from.isInRange(ip(\"10.1.0.0/24\")) };",
        &[
            (
                "… when { context.from.isInRange(ip(\"10.1.0.0/16\")) };",
                "the range 10.1.0.0/24 of `pay` were 10.1.0.0/16",
            ),
            (
                "… when { context.from.isInRange(ip(\"10.1.0.0/0\")) };",
                "the range 10.1.0.0/24 of `pay` were 10.1.0.0/0",
            ),
        ],
    ),
    (
        "ip-widened",
        "… when { context.from == ip(\"2001:db8::1\") && context.from == ip(\"0.0.0.0/0\") };",
        &[
            (
                "… when { context.from == ip(\"2001:db8::1/64\") && context.from == ip(\"0.0.0.0/0\") };",
                "the range 2001:db8::1 of `pay` were 2001:db8::1/64",
            ),
            (
                "… when { context.from == ip(\"2001:db8::1/0\") && context.from == ip(\"0.0.0.0/0\") };",
                "the range 2001:db8::1 of `pay` were 2001:db8::1/0",
            ),
        ],
    ),
    (
        "date-moved",
        "… when { context.at < datetime(\"2026-12-31T23:00:00Z\") };",
        &[
            (
                "… when { context.at < datetime(\"2027-01-01T23:00:00Z\") };",
                "the date 2026-12-31T23:00:00Z of `pay` were 2027-01-01T23:00:00Z",
            ),
            (
                "… when { context.at < datetime(\"2026-12-30T23:00:00Z\") };",
                "the date 2026-12-31T23:00:00Z of `pay` were 2026-12-30T23:00:00Z",
            ),
        ],
    ),
    (
        "duration-shifted",
        "… when { context.age < duration(\"1h30m\") };",
        &[
            (
                "… when { context.age < duration(\"1h31m\") };",
                "the duration 1h30m of `pay` were 1h31m",
            ),
            (
                "… when { context.age < duration(\"1h29m\") };",
                "the duration 1h30m of `pay` were 1h29m",
            ),
        ],
    ),
    (
        "offset-dropped",
        "… when { context.at < resource.made.offset(duration(\"7d\")) };",
        &[(
            "… when { context.at < resource.made };",
            "`resource.made.offset(duration(\"7d\"))` of `pay` were `resource.made`",
        )],
    ),
    (
        "decimal-shifted",
        "… when { context.rate.lessThan(decimal(\"1.00\")) || context.rate.lessThan(decimal(\"-0.5\")) };",
        &[
            (
                "… when { context.rate.lessThan(decimal(\"1.01\")) || context.rate.lessThan(decimal(\"-0.5\")) };",
                "the number 1.00 of `pay` were 1.01",
            ),
            (
                "… when { context.rate.lessThan(decimal(\"0.99\")) || context.rate.lessThan(decimal(\"-0.5\")) };",
                "the number 1.00 of `pay` were 0.99",
            ),
            (
                "… when { context.rate.lessThan(decimal(\"1.00\")) || context.rate.lessThan(decimal(\"-0.4\")) };",
                "the number -0.5 of `pay` were -0.4",
            ),
            (
                "… when { context.rate.lessThan(decimal(\"1.00\")) || context.rate.lessThan(decimal(\"-0.6\")) };",
                "the number -0.5 of `pay` were -0.6",
            ),
        ],
    ),
];

/// Rows that need the schema.
const TYPED_ROWS: &[Row] = &[
    (
        "membership-narrowed",
        "… when { resource.owner in Team::\"t\" && resource.owner in principal };",
        &[(
            "… when { resource.owner in Team::\"t\" && resource.owner == principal };",
            "`resource.owner in principal` of `pay` were `resource.owner == principal`",
        )],
    ),
    (
        "action-added",
        "permit (principal, action == Action::\"view\", resource);",
        &[(
            "permit (principal, action in [Action::\"view\", Action::\"print\"], resource);",
            "`pay` also applied to `Action::\"print\"`",
        )],
    ),
    (
        "action-added",
        "permit (principal, action in Action::\"read\", resource);",
        &[(
            "permit (principal, action in [Action::\"read\", Action::\"remove\"], resource);",
            "`pay` also applied to `Action::\"remove\"`",
        )],
    ),
    (
        "action-widened",
        "permit (principal, action == Action::\"view\", resource);",
        &[
            (
                "permit (principal, action in Action::\"read\", resource);",
                "`pay` applied to every action in `Action::\"read\"`, not only where `action == Action::\"view\"`",
            ),
            (
                "…;",
                "`pay` applied to every action, not only where `action == Action::\"view\"`",
            ),
        ],
    ),
    (
        "action-widened",
        "permit (principal, action in [Action::\"view\", Action::\"print\"], resource);",
        &[
            (
                "permit (principal, action in Action::\"read\", resource);",
                "`pay` applied to every action in `Action::\"read\"`, not only where `action in [Action::\"view\", Action::\"print\"]`",
            ),
            (
                "…;",
                "`pay` applied to every action, not only where `action in [Action::\"view\", Action::\"print\"]`",
            ),
        ],
    ),
    (
        "scope-widened",
        "permit (principal in Team::\"t\", action, resource);",
        &[
            (
                "permit (principal is User, action, resource);",
                "`pay` applied to every `User`, not only where `principal in Team::\"t\"`",
            ),
            (
                "…;",
                "`pay` applied to every principal, not only where `principal in Team::\"t\"`",
            ),
        ],
    ),
    (
        "membership-widened",
        "… when { resource.owner.manager == resource.owner };",
        &[(
            "… when { resource.owner.manager in resource.owner };",
            "`resource.owner.manager == resource.owner` of `pay` were `resource.owner.manager in resource.owner`",
        )],
    ),
];

#[test]
fn every_operator_does_what_its_row_says() {
    check(ROWS, None);
    check(TYPED_ROWS, Some(&schema().0));
    let tested: BTreeSet<&str> = ROWS.iter().chain(TYPED_ROWS).map(|row| row.0).collect();
    let all: BTreeSet<&str> = OPERATORS.iter().map(|operator| operator.id).collect();
    assert_eq!(tested, all);
    assert_eq!(all.len(), OPERATORS.len(), "ids are unique");
}

#[test]
fn a_scope_widens_to_what_its_entity_is_in() {
    let entity = |ty: &str, id: &str| Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    };
    let parents = Parents::from([
        (entity("Team", "t"), [entity("Team", "all")].into()),
        (entity("User", "a"), [entity("Team", "t")].into()),
        (entity("Folder", "f"), [entity("Folder", "top")].into()),
    ]);
    let (schema, _) = schema();
    let widened = |text: &str| -> Vec<String> {
        let parsed = policy(text);
        let scope = schema.type_scope(&parsed.policy);
        let all = mutants_among(&parsed.policy, Some((&schema, &scope)), &parents);
        let of = all.iter().filter(|m| m.operator.id == "scope-widened");
        of.map(|m| m.text(&parsed.policy).unwrap()).collect()
    };
    let found = widened("permit (principal in Team::\"t\", action, resource);");
    let parent = "permit (principal in Team::\"all\", action, resource);";
    assert!(found.contains(&parent.to_owned()), "{found:?}");
    let found = widened("permit (principal == User::\"a\", action, resource);");
    let parent = "permit (principal in Team::\"t\", action, resource);";
    assert!(found.contains(&parent.to_owned()), "{found:?}");
    let found = widened("permit (principal, action, resource is Doc in Folder::\"f\");");
    let parent = "permit (principal, action, resource is Doc in Folder::\"top\");";
    assert!(found.contains(&parent.to_owned()), "{found:?}");
    let found = widened("permit (principal in Team::\"other\", action, resource);");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn mutants_come_in_the_order_of_positions() {
    let parsed = policy(
        "@id(\"x\") permit (principal, action, resource) when { context.a < 5 && context.b };",
    );
    let all = mutants(&parsed.policy, None);
    let starts: Vec<u32> = all.iter().map(|mutant| mutant.span.start).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    assert_eq!(all.first().unwrap().operator.id, "policy-removed");
}

/// The operators of the mutants that are run, and the counts of those that are not.
fn run(text: &str, typed: bool) -> (Vec<String>, u32, u32) {
    let (schema, validator) = schema();
    let parsed = policy(text);
    let prepared = prepare(
        &parsed.policy,
        typed.then_some((schema.as_ref(), &validator)),
        &Limits::default(),
        usize::MAX,
    );
    let names = prepared
        .candidates
        .iter()
        .map(|c| {
            c.mutant
                .message("pay")
                .replace("no test would notice if ", "")
        })
        .collect();
    (names, prepared.invalid, prepared.equivalent)
}

#[test]
fn what_says_the_same_is_run_once() {
    // `< 501` is `<= 500`, and `!(a <= 500)` is `unless`.
    let (names, invalid, _) = run(
        "permit (principal, action, resource) when { context.amount <= 500 };",
        true,
    );
    assert_eq!(
        names,
        [
            "`pay` were removed",
            "`pay` were a `forbid`",
            "`when { context.amount <= 500 }` were dropped from `pay`",
            "`when { context.amount <= 500 }` of `pay` were `unless`",
            "`context.amount <= 500` of `pay` were `context.amount < 500`",
            "`context.amount <= 500` of `pay` were `context.amount >= 500`",
            "the limit 500 of `pay` were 501",
        ]
    );
    assert_eq!(invalid, 0);
}

#[test]
fn what_the_schema_makes_equal_is_not_run() {
    // Only users can remove, nothing is in a user, and every resource of `view` is a document.
    let (names, ..) = run(
        "permit (principal == User::\"a\", action == Action::\"remove\", resource is Doc);",
        true,
    );
    assert_eq!(
        names,
        [
            "`pay` were removed",
            "`pay` were a `forbid`",
            "`pay` applied to every `User`, not only where `principal == User::\"a\"`",
            "`pay` also applied to `Action::\"print\"`",
            "`pay` applied to every action, not only where `action == Action::\"remove\"`",
            "`pay` applied to every resource, not only where `resource is Doc`",
        ]
    );
}

#[test]
fn what_does_not_type_check_is_counted() {
    let text = "permit (principal, action == Action::\"view\", resource) when { context has note && context.note == \"x\" };";
    let (typed, invalid, _) = run(text, true);
    assert!(invalid >= 1, "{typed:?}");
    let dropped = "`context has note` were dropped from `pay`".to_owned();
    assert!(!typed.contains(&dropped), "{typed:?}");
    let (untyped, invalid, _) = run(text, false);
    assert_eq!(invalid, 0);
    assert!(untyped.contains(&dropped), "{untyped:?}");
}

#[test]
fn a_mutant_that_never_applies_is_the_policy_removed() {
    let (names, ..) = run(
        "permit (principal, action == Action::\"view\", resource) when { if context.mfa then false else false };",
        true,
    );
    assert!(
        !names.iter().any(|name| name.contains("always false")),
        "{names:?}"
    );
}

#[test]
fn of_too_many_some_are_left_out_evenly() {
    let parsed = policy(
        "permit (principal, action, resource) when { context.a < 5 && context.b > 6 && context.c == 7 };",
    );
    let all = prepare(&parsed.policy, None, &Limits::default(), usize::MAX);
    let some = prepare(&parsed.policy, None, &Limits::default(), 5);
    assert_eq!(some.candidates.len(), 5);
    assert_eq!(some.left_out as usize, all.candidates.len() - 5);
    let last = some.candidates.last().unwrap().mutant.span.start;
    assert!(last > parsed.policy.scope.end, "also of the conditions");
}

#[test]
fn the_documentation_lists_every_operator() {
    let page = include_str!("../../../../docs/mutation.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let expected: Vec<String> = OPERATORS
        .iter()
        .map(|o| format!("| `{}` | {} |", o.id, o.does))
        .collect();
    assert_eq!(rows, expected);
}
