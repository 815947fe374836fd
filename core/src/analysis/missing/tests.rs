//! The reading of a condition without an attribute, held against Cedar's evaluator.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::analysis::reading::plain;
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
        ("when { if !(context has x) then false else context.x > 1 }", 1),
        ("when { if context has x && context.x > 1 then true else false }", 1),
        ("when { if context has x && context.x > 1 then false else true }", 0),
        ("when { (if context has x then context.x else 0) > 1 }", 1),
        ("when { (if context has x then context.x else 9) > 1 }", 0),
        ("when { (if context has x then context.x else context.y) > 1 }", 0),
        ("when { context has x } when { context.x > 1 }", 1),
        ("when { context has x }", 0),
        ("unless { !(context has x) || context.x < 1 }", 1),
        ("unless { !(context has x && context.x > 1) }", 1),
        ("unless { context has x && context.x < 1 }", 0),
        ("when { !(context has x) || context.x > 1 }", 0),
        ("when { !(context has x) || (context has x && context.x > 1) }", 0),
        ("when { context.y || (context has x && context.x > 1) }", 1),
        ("when { (context has x && context.x > 1) || (!(context has x) && context.y) }", 0),
        ("when { if context has x then context.x > 1 else context.y }", 0),
        ("when { (context has x && context.x > 1) == true }", 1),
        ("when { {c: context}.c has x && {c: context}.c.x > 1 }", 1),
        ("when { resource.hasTag(\"x\") && resource.getTag(\"x\") == \"y\" }", 1),
        ("when { context has x.y && context.x.y > 1 }", 1),
        ("when { context has x && context.x has y && context.x.y > 1 }", 2),
    ] {
        let text = format!("forbid (principal, action, resource) {conditions};");
        assert_eq!(found(&text).len(), expected, "{conditions}: {:?}", found(&text));
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
        ("when { (context has x && context.x) != true && context.y }", 1),
        ("when { context has x && !context.x }", 0),
        ("when { context has x } unless { context has x && context.x }", 0),
        ("when { (if context has x then context.x else 0) < 5 }", 1),
        ("when { if context has x then context.x < 5 else context.y }", 0),
        ("unless { context has x }", 0),
    ] {
        let text = format!("permit (principal, action, resource) {conditions};");
        assert_eq!(found(&text).len(), expected, "{conditions}: {:?}", found(&text));
    }
}
