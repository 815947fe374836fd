//! Readings held against Cedar's evaluator.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::cedar::evaluate::{
    Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict, entities,
};
use crate::cedar::parse::parse;
use crate::facts::Entity;

/// What Cedar's evaluator says of a policy for a context.
pub(in crate::analysis) fn verdict(policy: &str, context: &serde_json::Value) -> Verdict {
    let entity = |ty: &str, id: &str| Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    };
    let (user, action, doc) = (
        entity("User", "u"),
        entity("Action", "view"),
        entity("Doc", "d"),
    );
    let text = RequestText {
        principal: &user,
        action: &action,
        resource: &doc,
        context,
    };
    let none = entities("[]", None).unwrap();
    let mut symbols = Symbols::default();
    let request = Prepared::new(&text, &none, None, Naming::Add(&mut symbols)).unwrap();
    let parsed = parse(&policy.to_owned().into()).unwrap();
    let compiled = Compiled::new(&parsed, None, &mut symbols).unwrap();
    Evaluation::new(&request, &none).verdict(&compiled)
}

/// Conditions over these tests, joined in every way.
pub(in crate::analysis) fn conditions(tests: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(tests)
        .prop_map(str::to_owned)
        .prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
                inner.clone().prop_map(|a| format!("!({a})")),
                inner.clone().prop_map(|a| format!("(({a}) == false)")),
                inner.clone().prop_map(|a| format!("({{x: {a}}}.x)")),
                inner.clone().prop_map(|a| format!("[true].contains({a})")),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            ]
        })
        .boxed()
}

fn holds(form: &Form<'_>, text: &str, context: &serde_json::Value) -> bool {
    match form {
        Form::Constant(value) => *value,
        Form::Test(test, outcome) => {
            let policy = format!(
                "permit (principal, action, resource) when {{ {} }};",
                test.span.text(text)
            );
            (verdict(&policy, context) == Verdict::Applies) == *outcome
        }
        Form::All(items) => items.iter().all(|item| holds(item, text, context)),
        Form::Any(items) => items.iter().any(|item| holds(item, text, context)),
    }
}

const TESTS: &[&str] = &[
    "context.f",
    "context.g",
    "context.a > 1",
    "context has a",
    "{c: context}.c.f",
    "{c: context} has c.f",
    "{c: context} has d",
    "true",
    "context.f != context.g",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_form_holds_where_the_policy_applies(
        when in conditions(TESTS),
        unless in conditions(TESTS),
        forbids: bool,
    ) {
        let effect = if forbids { "forbid" } else { "permit" };
        let text = format!("{effect} (principal, action, resource) when {{ {when} }} unless {{ {unless} }};");
        let policy = parse(&text.clone().into()).unwrap().policy;
        let plain = plain(&policy);
        for f in [false, true] {
            for g in [false, true] {
                let context = serde_json::json!({"a": 2, "f": f, "g": g});
                let applies = verdict(&text, &context) == Verdict::Applies;
                prop_assert_eq!(holds(&Form::applies(&plain), &text, &context), applies);
                prop_assert_eq!(holds(&Form::lets_through(&plain), &text, &context), applies != forbids);
            }
        }
    }
}

#[test]
fn what_every_way_asks_for() {
    for (conditions, expected) in [
        ("when { context.f }", true),
        ("unless { !context.f }", true),
        ("when { !(!context.f || context.g) }", true),
        ("when { context.f || context.g }", false),
        ("when { if context.g then context.f else false }", true),
        (
            "when { if context.g then context.f else context.f && context.h }",
            true,
        ),
        ("when { if context.f then context.g else true }", false),
        ("when { {x: context.f}.x == true }", true),
        ("when { [true].contains(context.f) }", true),
        ("", false),
    ] {
        let text = format!("permit (principal, action, resource) {conditions};");
        let policy = parse(&text.into()).unwrap().policy;
        let plain = plain(&policy);
        let found = Form::applies(&plain).always(&mut |test, outcome| {
            outcome && matches!(&test.kind, ExprKind::Attr(_, name) if name.value == "f")
        });
        assert_eq!(found, expected, "{conditions}");
    }
}
