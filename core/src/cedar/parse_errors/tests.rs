#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use cedar_policy_core::parser::cst::Ident;
use cedar_policy_core::parser::err::{ParseErrors, ToASTError, ToASTErrorKind};
use cedar_policy_core::parser::{parse_policy, parse_policy_or_template, parse_template};

use super::findings;
use crate::codes::cedar_parse::RULES;
use crate::finding::{Finding, Fix};

/// Code, text, what is underlined (each of them), and the text after the first fix of the first one.
type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
);

const CASES: &[Case] = &[
    (
        "cedar/unexpected-token",
        "permit (principal, action, resource) when { \"é\" == context.x and true };",
        &["and"],
        Some("permit (principal, action, resource) when { \"é\" == context.x && true };"),
    ),
    (
        "cedar/unexpected-token",
        "permit (principal, action, resource) when { /* e */ true };",
        &["/"],
        None,
    ),
    (
        "cedar/unexpected-token",
        "permit (principal, action, resource) when { context.x === 1 };",
        &["="],
        None,
    ),
    (
        "cedar/unexpected-end",
        "// schließt nicht\npermit (principal, action, resource)  // ende\n",
        &[""],
        Some("// schließt nicht\npermit (principal, action, resource);  // ende\n"),
    ),
    (
        "cedar/unexpected-end",
        "permit (principal, action, ",
        &[""],
        None,
    ),
    ("cedar/unexpected-end", "", &[""], None),
    (
        "cedar/invalid-token",
        "permit (principal, action, resource) when { context.ä };",
        &["ä"],
        None,
    ),
    (
        "cedar/invalid-token",
        "permit (principal, action, resource) when { context.a | context.b };",
        &["|"],
        Some("permit (principal, action, resource) when { context.a || context.b };"),
    ),
    (
        "cedar/invalid-token",
        "permit (principal, action, resource) when { “a” };",
        &["“"],
        None,
    ),
    (
        "cedar/unterminated-string",
        "permit (principal, action, resource) when { \"ü\" == \"OPS };",
        &["\""],
        None,
    ),
    (
        "cedar/single-quoted-string",
        "permit (principal, action, resource) when { \"ü\" == 'ö' };",
        &["'"],
        Some("permit (principal, action, resource) when { \"ü\" == \"ö\" };"),
    ),
    (
        "cedar/single-quoted-string",
        "permit (principal, action, resource) when { 'it };",
        &["'"],
        None,
    ),
    (
        "cedar/number-too-long",
        "permit (principal, action, resource) when { 99999999999999999999 > 1 };",
        &["99999999999999999999"],
        None,
    ),
    (
        "cedar/duplicate-annotation",
        "@a(\"ä\")\n@a(\"b\")\npermit (principal, action, resource);",
        &["@a(\"b\")"],
        Some("@a(\"ä\")\n\npermit (principal, action, resource);"),
    ),
    (
        "cedar/slot-in-condition",
        "permit (principal == ?principal, action, resource) when { \"é\" == ?resource };",
        &["?resource"],
        None,
    ),
    (
        "cedar/missing-scope-variable",
        "permit (principal, action);",
        &[")"],
        Some("permit (principal, action, resource);"),
    ),
    (
        "cedar/missing-scope-variable",
        "permit (principal in G::\"é)\", action,);",
        &[")"],
        Some("permit (principal in G::\"é)\", action,resource);"),
    ),
    (
        "cedar/missing-scope-variable",
        "permit ();",
        &[")", ")", ")"],
        Some("permit (action);"),
    ),
    (
        "cedar/extra-scope-element",
        "permit (principal, action, resource == R::\"é\", context);",
        &["context"],
        None,
    ),
    (
        "cedar/reserved-identifier",
        "permit (principal, action, resource) when { resource . in == 1 };",
        &["in"],
        Some("permit (principal, action, resource) when { resource [\"in\"] == 1 };"),
    ),
    (
        "cedar/reserved-identifier",
        "permit (principal, action, resource) when { resource has a.in };",
        &["in"],
        None,
    ),
    (
        "cedar/single-equals",
        "permit (principal, action, resource) when { \"é=\" == context.x && resource.owner = principal };",
        &["="],
        Some(
            "permit (principal, action, resource) when { \"é=\" == context.x && resource.owner == principal };",
        ),
    ),
    (
        "cedar/single-equals",
        "permit (principal = User::\"é\", action = Action::\"a\", resource);",
        &["=", "="],
        Some("permit (principal == User::\"é\", action = Action::\"a\", resource);"),
    ),
    (
        "cedar/invalid-effect",
        "@a(\"é\") allow (principal, action, resource);",
        &["allow"],
        Some("@a(\"é\") permit (principal, action, resource);"),
    ),
    (
        "cedar/invalid-effect",
        "forbit (principal, action, resource);",
        &["forbit"],
        Some("forbid (principal, action, resource);"),
    ),
    (
        "cedar/invalid-condition",
        "permit (principal, action, resource == R::\"é\") whem { true };",
        &["whem"],
        Some("permit (principal, action, resource == R::\"é\") when { true };"),
    ),
    (
        "cedar/invalid-condition",
        "permit (principal, action, resource) where { true };",
        &["where"],
        Some("permit (principal, action, resource) when { true };"),
    ),
    (
        "cedar/invalid-scope-variable",
        "permit (principle == User::\"é\", action, resource);",
        &["principle"],
        Some("permit (principal == User::\"é\", action, resource);"),
    ),
    (
        "cedar/incorrect-scope-variable",
        "permit (principal == User::\"é\", resource in F::\"f\", action);",
        &["resource", "action"],
        None,
    ),
    (
        "cedar/invalid-scope-operator",
        "permit (principal != User::\"é\", action, resource <= R::\"r\");",
        &["!=", "<="],
        None,
    ),
    (
        "cedar/invalid-action-scope-operator",
        "permit (principal == User::\"é\", action > Action::\"a\", resource);",
        &[">"],
        None,
    ),
    (
        "cedar/is-in-action-scope",
        "permit (principal == User::\"é\", action is Action, resource);",
        &["is"],
        None,
    ),
    (
        "cedar/is-with-equals",
        "permit (principal is User == User::\"é\", action, resource);",
        &["is"],
        Some("permit (principal == User::\"é\", action, resource);"),
    ),
    (
        "cedar/invalid-action-type",
        "permit (principal == User::\"é\", action == Act::\"a\", resource);",
        &["Act::\"a\""],
        None,
    ),
    (
        "cedar/empty-condition",
        "permit (principal == User::\"é\", action, resource) unless {};",
        &["unless {}"],
        None,
    ),
    (
        "cedar/invalid-string",
        "permit (principal == User::\"é\", action, resource) when { resource[owner] == 1 };",
        &["owner"],
        None,
    ),
    (
        "cedar/unknown-variable",
        "permit (principal == User::\"é\", action, resource) when { contex == resource };",
        &["contex"],
        Some("permit (principal == User::\"é\", action, resource) when { context == resource };"),
    ),
    (
        "cedar/unknown-variable",
        "permit (principal, action, resource) when { resource.kind == invoice };",
        &["invoice"],
        Some("permit (principal, action, resource) when { resource.kind == \"invoice\" };"),
    ),
    (
        "cedar/invalid-attribute-name",
        "permit (principal == User::\"é\", action, resource) when { {1: 2} == {} };",
        &["1"],
        None,
    ),
    (
        "cedar/invalid-has-operand",
        "permit (principal == User::\"é\", action, resource) when { resource has [] };",
        &["[]"],
        None,
    ),
    (
        "cedar/namespaced-attribute",
        "permit (principal == User::\"é\", action, resource) when { resource has A::b };",
        &["A::b"],
        None,
    ),
    (
        "cedar/method-called-as-function",
        "permit (principal == User::\"é\", action, resource) when { isEmpty([1]) };",
        &["isEmpty"],
        None,
    ),
    (
        "cedar/function-called-as-method",
        "permit (principal == User::\"é\", action, resource) when { \"1.0\".decimal() == 1 };",
        &["decimal"],
        None,
    ),
    (
        "cedar/invalid-like-pattern",
        "permit (principal == User::\"é\", action, resource) when { resource.p like 1 };",
        &["1"],
        None,
    ),
    (
        "cedar/invalid-is-type",
        "permit (principal == User::\"é\", action, resource) when { principal is \"A::User\" };",
        &["\"A::User\""],
        Some("permit (principal == User::\"é\", action, resource) when { principal is A::User };"),
    ),
    (
        "cedar/invalid-is-type",
        "permit (principal is User::\"é\", action, resource);",
        &["User::\"é\""],
        None,
    ),
    (
        "cedar/unexpected-scope-expression",
        "permit (principal == User::\"é\", action == \"a\", resource in if true then R::\"r\" else R::\"s\");",
        &["\"a\"", "if true then R::\"r\" else R::\"s\""],
        None,
    ),
    (
        "cedar/ambiguous-operators",
        "permit (principal == User::\"é\", action, resource) when { 1 < 2 < 3 };",
        &["1 < 2 < 3"],
        None,
    ),
    (
        "cedar/unsupported-division",
        "permit (principal == User::\"é\", action, resource) when { (4 / 2) == 2 };",
        &["/"],
        None,
    ),
    (
        "cedar/unsupported-modulo",
        "permit (principal == User::\"é\", action, resource) when { 4 * 1 % 2 == 2 };",
        &["%"],
        None,
    ),
    (
        "cedar/duplicate-record-key",
        "permit (principal == User::\"é\", action, resource) when { {a: {b: 1}, \"a\": 2} == {} };",
        &["\"a\""],
        None,
    ),
    (
        "cedar/integer-too-large",
        "permit (principal == User::\"é\", action, resource) when { 9223372036854775808 > 1 };",
        &["9223372036854775808"],
        None,
    ),
    (
        "cedar/integer-too-large",
        "permit (principal == User::\"é\", action, resource) when { -9223372036854775809 < 1 };",
        &["-9223372036854775809"],
        None,
    ),
    (
        "cedar/unary-operator-limit",
        "permit (principal == User::\"é\", action, resource) when { -----1 < 1 };",
        &["-----1"],
        None,
    ),
    (
        "cedar/variable-called",
        "permit (principal == User::\"é\", action, resource) when { context() };",
        &["context()"],
        None,
    ),
    (
        "cedar/no-methods",
        "permit (principal == User::\"é\", action, resource) when { user.contains(1) };",
        &["user"],
        None,
    ),
    (
        "cedar/unknown-method",
        "permit (principal == User::\"é\", action, resource) when { resource.a.contain(1).b };",
        &["contain"],
        Some(
            "permit (principal == User::\"é\", action, resource) when { resource.a.contains(1).b };",
        ),
    ),
    (
        "cedar/unknown-method",
        "permit (principal, action, resource) when { resource.tags.somethingElse() };",
        &["somethingElse"],
        None,
    ),
    (
        "cedar/unknown-function",
        "permit (principal == User::\"é\", action, resource) when { decimla(\"1.0\") == 1 };",
        &["decimla"],
        Some("permit (principal == User::\"é\", action, resource) when { decimal(\"1.0\") == 1 };"),
    ),
    (
        "cedar/unknown-function",
        "permit (principal, action, resource) when { App::f(1) };",
        &["App::f"],
        None,
    ),
    (
        "cedar/invalid-entity-literal",
        "permit (principal == User::\"é\", action, resource) when { User::{id: 1} == 1 };",
        &["User::{id: 1}"],
        None,
    ),
    (
        "cedar/expression-called",
        "permit (principal == User::\"é\", action, resource) when { (1)(2) };",
        &["(1)(2)"],
        None,
    ),
    (
        "cedar/invalid-access",
        "permit (principal == User::\"é\", action, resource) when { user.a };",
        &["user"],
        None,
    ),
    (
        "cedar/invalid-index",
        "permit (principal == User::\"é\", action, resource) when { user[\"a\"] };",
        &["user"],
        None,
    ),
    (
        "cedar/type-constraint",
        "permit (principal: A::User in G::\"é\", action, resource);",
        &["A::User"],
        Some("permit (principal is A::User in G::\"é\", action, resource);"),
    ),
    (
        "cedar/wrong-arity",
        "permit (principal == User::\"é\", action, resource) when { [1].contains(1, (2)) };",
        &["contains(1, (2))"],
        None,
    ),
    (
        "cedar/invalid-escape",
        "@a(\"é\\q\") permit (principal == User::\"é\\w\", action, resource) when { \"é\" == \"é\\u{110000}\" };",
        &["\\q", "\\w", "\\u{110000}"],
        None,
    ),
    (
        "cedar/wrong-entity-argument",
        "permit (principal == User::\"é\", action == ?principal, resource in [R::\"r\"]);",
        &["?principal", "[R::\"r\"]"],
        None,
    ),
    (
        "cedar/invalid-slot",
        "permit (principal == User::\"é\", action, resource) when { ?principl == 1 };",
        &["?principl"],
        Some("permit (principal == User::\"é\", action, resource) when { ?principal == 1 };"),
    ),
    (
        "cedar/reserved-namespace",
        "permit (principal == User::\"é\", action, resource is __cedar::T);",
        &["__cedar::T"],
        None,
    ),
    (
        "cedar/inverted-is-in",
        "permit (principal in G::\"é\" is User, action, resource);",
        &["in G::\"é\" is"],
        Some("permit (principal is User in G::\"é\", action, resource);"),
    ),
];

/// Kinds that Cedar 4.14.1 never raises for one statement's text, made by hand.
fn made() -> Vec<(&'static str, ToASTErrorKind)> {
    use cedar_policy_core::ast::PolicyID;
    vec![
        (
            "cedar/duplicate-template-id",
            ToASTErrorKind::DuplicateTemplateId(PolicyID::from_string("t")),
        ),
        (
            "cedar/duplicate-policy-id",
            ToASTErrorKind::DuplicatePolicyId(PolicyID::from_string("p")),
        ),
        (
            "cedar/invalid-identifier",
            ToASTErrorKind::InvalidIdentifier("é".to_owned()),
        ),
        (
            "cedar/membership-invariant",
            ToASTErrorKind::MembershipInvariantViolation,
        ),
        ("cedar/non-string-index", ToASTErrorKind::NonStringIndex),
        (
            "cedar/empty-node-invariant",
            ToASTErrorKind::EmptyNodeInvariantViolation,
        ),
        (
            "cedar/not-normalized",
            ToASTErrorKind::NonNormalizedString {
                kind: "name",
                src: "A ::B".to_owned(),
                normalized_src: "A::B".to_owned(),
            },
        ),
    ]
}

/// Codes that no test can produce, each with the reason.
const NEVER: &[(&str, &str)] = &[
    (
        "cedar/extra-token",
        "the generated parser reports what follows a statement as an unexpected token",
    ),
    (
        "cedar/syntax",
        "stands for kinds of errors that only a later version of Cedar has",
    ),
];

fn check(text: &str) -> Vec<Finding> {
    match parse_policy_or_template(None, text) {
        Ok(_) => Vec::new(),
        Err(errors) => findings(&errors, text),
    }
}

fn apply(fix: &Fix, text: &str) -> String {
    let mut fixed = text.to_owned();
    for edit in fix.edits.iter().rev() {
        fixed.replace_range(edit.span.range(), &edit.insert);
    }
    fixed
}

#[test]
fn each_case_is_underlined_and_fixed_as_the_table_says() {
    let mut wrong = Vec::new();
    for (code, text, underlined, fixed) in CASES {
        let found = check(text);
        let of_code: Vec<&Finding> = found.iter().filter(|f| f.code == *code).collect();
        let texts: Vec<&str> = of_code.iter().map(|f| f.span.text(text)).collect();
        let first = of_code.first().and_then(|f| f.fixes.first());
        let applied = first.map(|fix| apply(fix, text));
        if &texts != underlined || applied.as_deref() != *fixed {
            wrong.push(format!(
                "{code} in {text}: underlines {texts:?}, fixes to {applied:?}, found {found:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_safe_fix_removes_its_finding() {
    for (_, text, _, _) in CASES {
        let before = check(text);
        for finding in &before {
            for fix in finding.fixes.iter().filter(|fix| fix.safe) {
                let count = |all: &[Finding]| all.iter().filter(|f| f.code == finding.code).count();
                let fixed = apply(fix, text);
                assert!(
                    count(&check(&fixed)) < count(&before),
                    "{} in {text}\n{fixed}",
                    finding.code
                );
            }
        }
    }
}

#[test]
fn spans_lie_in_the_text_and_messages_are_in_style() {
    for (_, text, _, _) in CASES {
        for finding in check(text) {
            assert!(text.get(finding.span.range()).is_some(), "{finding:?}");
            assert!(
                !finding.message.is_empty() && !finding.help.is_empty(),
                "{finding:?}"
            );
            assert!(!finding.message.ends_with('.'), "{finding:?}");
            assert!(!finding.message.contains("policy0"), "{finding:?}");
        }
    }
}

#[test]
fn an_error_at_the_end_points_at_the_end_of_the_last_token() {
    let text = "permit (principal, action, resource) // é\n\n";
    let found = check(text);
    assert_eq!(found.first().unwrap().span, crate::source::Span::at(36));
}

#[test]
fn an_unterminated_string_is_named_with_its_place() {
    let found = check(
        "permit (principal, action, resource)\nwhen { \"é\" == \"a long string that is never closed };",
    );
    assert_eq!(
        found.first().unwrap().message,
        "the string that opens with `\"a long string that …` in line 2 of the statement is never closed"
    );
}

#[test]
fn the_beginnings_of_an_expression_are_folded_into_one_word() {
    let found = check("permit (principal, action, resource) when { context.a && };");
    assert_eq!(found.first().unwrap().help, "put an expression here");
}

#[test]
fn every_error_of_a_statement_is_reported_once() {
    let text = "@a @a allow (principal = U::\"a\", resource) whem { context.x / 2 / 3 == y };";
    let found = check(text);
    let codes: Vec<&str> = found.iter().map(|f| f.code).collect();
    assert_eq!(
        codes,
        [
            "cedar/duplicate-annotation",
            "cedar/invalid-effect",
            "cedar/single-equals",
            "cedar/incorrect-scope-variable",
            "cedar/missing-scope-variable",
            "cedar/invalid-condition",
        ],
        "{found:#?}"
    );
}

#[test]
fn a_slot_where_a_policy_is_asked_for_and_none_where_a_template_is() {
    let text = "permit (principal == ?principal, action, resource);";
    let found = findings(&parse_policy(None, text).unwrap_err(), text);
    let [only] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(
        (only.code, only.span.text(text)),
        ("cedar/expected-static-policy", "?principal")
    );

    let text = "permit (principal, action, resource);";
    let found = findings(&parse_template(None, text).unwrap_err(), text);
    let [only] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(
        (only.code, only.span.text(text)),
        ("cedar/expected-template", text)
    );
}

#[test]
fn kinds_that_a_statement_never_raises_have_their_codes_too() {
    let text = "permit (principal, action, resource);";
    for (code, kind) in made() {
        let errors = ParseErrors::from(ToASTError::new(kind, None));
        let found = findings(&errors, text);
        let [only] = found.as_slice() else {
            panic!("{found:#?}")
        };
        assert_eq!((only.code, only.span.text(text)), (code, text));
    }
    let keyword = ToASTErrorKind::ReservedIdentifier(Ident::In);
    let found = findings(&ParseErrors::from(ToASTError::new(keyword, None)), "é");
    assert_eq!(found.first().unwrap().code, "cedar/reserved-identifier");
}

#[test]
fn every_code_has_an_example() {
    let made = made();
    for rule in RULES {
        let shown = CASES.iter().any(|case| case.0 == rule.code)
            || made.iter().any(|(code, _)| *code == rule.code)
            || ["cedar/expected-static-policy", "cedar/expected-template"].contains(&rule.code);
        let never = NEVER.iter().any(|(code, _)| *code == rule.code);
        assert!(shown != never, "{} needs an example or a reason", rule.code);
    }
}

#[test]
fn the_examples_on_a_page_hold() {
    for rule in RULES {
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.code)),
            "{}",
            rule.code
        );
        for (heading, expected) in [("Found", true), ("Not found", false), ("Accepted", false)] {
            let Some((_, rest)) = rule.page.split_once(&format!("## {heading}\n\n```cedar\n"))
            else {
                continue;
            };
            let found = check(rest.split("\n```").next().unwrap());
            assert_eq!(
                found.iter().any(|f| f.code == rule.code),
                expected,
                "{}: {found:?}",
                rule.code
            );
            assert!(expected || found.is_empty(), "{}: {found:?}", rule.code);
        }
    }
}
