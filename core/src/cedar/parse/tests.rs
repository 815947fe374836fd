//! No statement shows whether it was parsed alone or with others.

use std::sync::Arc;

use cedar_policy_core::parser::Loc;
use proptest::prelude::*;

use super::*;
use crate::cedar::parse_errors;
use crate::finding::Finding;

/// Every shape of tree, right and wrong.
const STATEMENTS: &[&str] = &[
    "permit (principal, action, resource);",
    "// first\n@id(\"é日本😀\") @flag permit (principal == A::B::\"x\", action in [Action::\"a\", Action::\"b\"], resource is C::D in E::\"e\"); // behind",
    "\n\nforbid (principal in ?principal, action == Action::\"a\", resource == ?resource) unless { context has a.b.c };",
    "permit (principal is User, action, resource) when { if context.a then [1, -2, !true] else {\"k\": 1, j: resource[\"é\"]} };",
    "permit (principal is User, action, resource) when { if a::f(1) then [1, -2, !true] else {\"k\": 1, j: resource[\"é\"]} };",
    "permit (principal, action, resource) when { principal.a.b == 1 + 2 - 3 * -4 || (context.x like \"*é\\u{1F600}\" && resource is T in G::\"g\") } unless { decimal(\"1.0\").lessThan(context.d) };",
    "permit (principal, action, resource) when { !!(context.a != 1) && \"a\" >= principal.getTag(\"t\") && resource in [A::\"a\"] };",
    // Not accepted: by the grammar,
    "permit (principal, action, resource) when { 1 ++ };",
    "permit (principal action, resource);",
    "permit (principal, action, resource) when { # };",
    "permit (principal, action, resource) when { \"\\\n\" == \"a\" };",
    "permit (principal, action, resource) when {",
    "permit (principal, action, resource) // no end",
    "when { true };",
    "\"open;",
    ";",
    "",
    "// nothing else",
    "permit (principal, action, resource)); permit (principal, action, resource);",
    // and by what follows.
    "@a @a(\"é\") permit (principal: User, action, resource);",
    "permit (principal, action, resource) when { User::{é: 1} };",
    "permit (principal, action, resource) when { User::{a: \"é\"} == 1 };",
    "permit (principal == ?resource, action, resource) when { ?other == ?principal };",
    "grant (principal, action) where { foo && principal.bar() };",
    "permit (principal, action in 1, resource == [2]) when {} unless { 1 = 2 / 3 % 4 };",
    "permit (principal, action, resource) when { \"\\q\" like 1 && 99999999999999999999 < 1 < 2 };",
    "\u{feff}permit (principal, action, resource) when { context.a };",
    "permit (principal, action, resource) when { true\u{a0}};",
];

fn places(
    result: &Result<Parsed, Box<ParseErrors>>,
    text: &str,
) -> (String, Vec<Place>, Vec<Finding>) {
    let mut places = Vec::new();
    let findings = match result {
        Ok(parsed) => {
            places.push(place(parsed.template.loc()));
            places.extend(
                parsed
                    .template
                    .non_scope_constraints()
                    .into_iter()
                    .flat_map(|body| body.subexpressions())
                    .map(|expr| place(expr.source_loc())),
            );
            places.extend(
                parsed
                    .template
                    .annotations()
                    .map(|(_, annotation)| place(annotation.loc.as_ref())),
            );
            Vec::new()
        }
        Err(errors) => parse_errors::findings(errors, text),
    };
    (format!("{result:?}"), places, findings)
}

type Place = Option<(usize, usize, Arc<str>)>;

fn place(loc: Option<&Loc>) -> Place {
    loc.map(|loc| (loc.start(), loc.end(), Arc::clone(&loc.src)))
}

#[track_caller]
fn assert_alike(texts: &[Arc<str>]) {
    let together = parse_all(texts);
    assert_eq!(together.len(), texts.len());
    for (text, together) in texts.iter().zip(&together) {
        assert_eq!(places(together, text), places(&parse(text), text), "{text}");
    }
}

#[test]
fn what_is_parsed_together_is_as_if_parsed_alone() {
    let texts: Vec<Arc<str>> = STATEMENTS.iter().map(|text| (*text).into()).collect();
    assert_alike(&texts);
    // Whatever stands beside it.
    for first in &texts {
        for second in &texts {
            assert_alike(&[Arc::clone(first), Arc::clone(second)]);
        }
    }
}

#[test]
fn accepted_statements_are_parsed_in_one_call() {
    let texts: Vec<Arc<str>> = STATEMENTS
        .iter()
        .map(|text| (*text).into())
        .filter(|text| parse(text).is_ok() && !text.contains(['\u{feff}', '\u{a0}']))
        .collect();
    assert!(texts.len() >= 6);
    assert!(batch::parse_together(&texts).iter().all(Option::is_some));
}

#[test]
fn a_broken_statement_leaves_the_others_together() {
    let texts: Vec<Arc<str>> = STATEMENTS.iter().map(|text| (*text).into()).collect();
    for (text, together) in texts.iter().zip(batch::parse_together(&texts)) {
        let plain = parse(text).is_ok() && !text.contains(['\u{feff}', '\u{a0}']);
        assert!(together.is_some() || !plain, "{text}");
    }
}

#[test]
fn more_than_one_batch() {
    let texts: Vec<Arc<str>> = (0..400)
        .map(|n| {
            let end = if n % 97 == 5 { "" } else { ";" };
            format!(
                "// é {n}\npermit (principal, action, resource) when {{ context.n == {n} }}{end}\n"
            )
            .into()
        })
        .collect();
    assert_alike(&texts);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 5000 }))]

    #[test]
    fn pieces_of_statements_do_not_join(
        texts in prop::collection::vec(prop::collection::vec(piece(), 0..4), 0..6)
    ) {
        let texts: Vec<Arc<str>> = texts.iter().map(|pieces| pieces.concat().into()).collect();
        assert_alike(&texts);
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("permit (principal, action, resource);".to_owned()),
        Just("@id(\"é\") forbid (principal, action, resource) when { 1 < 2 };".to_owned()),
        Just("permit (principal, action, resource)".to_owned()),
        Just("when { true }".to_owned()),
        Just("when {".to_owned()),
        Just("}".to_owned()),
        Just(";".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("// c".to_owned()),
        Just("\n".to_owned()),
        "[ -~é😀\n]{0,6}",
    ]
}
