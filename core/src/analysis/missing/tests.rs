//! The reading of a condition without an attribute, held against Cedar's evaluator.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::analysis::reading::plain;
use crate::analysis::reading::tests::{conditions, verdict};
use crate::cedar::evaluate::Verdict;
use crate::cedar::parse::parse;

fn policy(text: &str) -> std::sync::Arc<Policy> {
    parse(&text.to_owned().into()).unwrap().policy
}

fn found(text: &str) -> Vec<String> {
    let policy = policy(text);
    let plain = plain(&policy);
    open_where_missing(&plain, |_| true)
        .into_iter()
        .map(|open| policy.at(open.test.span).to_owned())
        .collect()
}

#[test]
fn a_forbid_that_lets_pass_what_is_missing() {
    for (conditions, expected) in [
        ("when { context has x && context.x > 1 }", 1),
        ("when { if context has x then context.x > 1 else false }", 1),
        ("when { if context has x then context.x > 1 else true }", 0),
        (
            "when { if !(context has x) then false else context.x > 1 }",
            1,
        ),
        (
            "when { if context has x && context.x > 1 then true else false }",
            1,
        ),
        (
            "when { if context has x && context.x > 1 then false else true }",
            0,
        ),
        ("when { (if context has x then context.x else 0) > 1 }", 1),
        ("when { (if context has x then context.x else 9) > 1 }", 0),
        (
            "when { (if context has x then context.x else context.y) > 1 }",
            0,
        ),
        ("when { context has x } when { context.x > 1 }", 1),
        ("when { context has x }", 0),
        ("unless { !(context has x) || context.x < 1 }", 1),
        ("unless { !(context has x && context.x > 1) }", 1),
        ("unless { context has x && context.x < 1 }", 0),
        ("when { !(context has x) || context.x > 1 }", 0),
        (
            "when { !(context has x) || (context has x && context.x > 1) }",
            0,
        ),
        ("when { context.y || (context has x && context.x > 1) }", 1),
        (
            "when { (context has x && context.x > 1) || (!(context has x) && context.y) }",
            0,
        ),
        (
            "when { if context has x then context.x > 1 else context.y }",
            0,
        ),
        ("when { (context has x && context.x > 1) == true }", 1),
        ("when { {c: context}.c has x && {c: context}.c.x > 1 }", 1),
        (
            "when { resource.hasTag(\"x\") && resource.getTag(\"x\") == \"y\" }",
            1,
        ),
        ("when { context has x.y && context.x.y > 1 }", 1),
        (
            "when { context has x && context.x has y && context.x.y > 1 }",
            2,
        ),
    ] {
        let text = format!("forbid (principal, action, resource) {conditions};");
        assert_eq!(
            found(&text).len(),
            expected,
            "{conditions}: {:?}",
            found(&text)
        );
    }
}

#[test]
fn a_permit_that_allows_what_is_missing() {
    for (conditions, expected) in [
        ("unless { context has x && context.x }", 1),
        ("when { if context has x then !context.x else true }", 1),
        ("when { if context has x then !context.x else false }", 0),
        ("when { !(context has x) || !context.x }", 1),
        ("when { (context has x && context.x) == false }", 1),
        (
            "when { (context has x && context.x) != true && context.y }",
            1,
        ),
        ("when { context has x && !context.x }", 0),
        (
            "when { context has x } unless { context has x && context.x }",
            0,
        ),
        ("when { (if context has x then context.x else 0) < 5 }", 1),
        (
            "when { if context has x then context.x < 5 else context.y }",
            0,
        ),
        ("unless { context has x }", 0),
    ] {
        let text = format!("permit (principal, action, resource) {conditions};");
        assert_eq!(
            found(&text).len(),
            expected,
            "{conditions}: {:?}",
            found(&text)
        );
    }
}

const TESTS: &[&str] = &[
    "context has x",
    "context has x && context.x > 1",
    "!(context has x) || context.x > 1",
    "context.x > 1",
    "(if context has x then context.x else 5) > 1",
    "(if context.f then context.x else 5) > 1",
    "context.f",
    "context.g",
    "true",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever Cedar makes of a policy without the attribute is among what is said of it.
    #[test]
    fn what_cedar_makes_of_it_is_among_the_outcomes(
        when in conditions(TESTS),
        unless in conditions(TESTS),
    ) {
        let text = format!("forbid (principal, action, resource) when {{ {when} }} unless {{ {unless} }};");
        let policy = policy(&text);
        let plain = plain(&policy);
        let place = Place(vec!["context".to_owned(), "x".to_owned()]);
        let missing = policy_outcomes(&plain, &|expr| place.when_missing(expr));
        let of_f = Place(vec!["context".to_owned(), "f".to_owned()]);
        for f in [false, true] {
            let known = policy_outcomes(&plain, &|expr| match Place::of(expr) == of_f {
                true => Some(Outcomes::is(f)),
                false => place.when_missing(expr),
            });
            for g in [false, true] {
                let verdict = verdict(&text, &serde_json::json!({"f": f, "g": g}));
                for said in [missing, known] {
                    let is_among = match verdict {
                        Verdict::Applies => said.can_be(true),
                        Verdict::DoesNot => said.can_be(false),
                        Verdict::Fails(_) => said.can_fail(),
                    };
                    prop_assert!(is_among, "{text}: {said:?}");
                }
            }
        }
    }
}
