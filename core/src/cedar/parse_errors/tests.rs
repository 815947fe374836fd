#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

use cedar_policy_core::parser::cst::Ident;
use cedar_policy_core::parser::err::{ParseErrors, ToASTError, ToASTErrorKind};
use cedar_policy_core::parser::{parse_policy, parse_policy_or_template, parse_template};

mod cases;

use super::findings;
use crate::codes::cedar_parse::RULES;
use crate::finding::Finding;
use cases::CASES;

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

#[test]
fn each_case_is_underlined_and_fixed_as_the_table_says() {
    let mut wrong = Vec::new();
    for (code, text, underlined, fixed) in CASES {
        let found = check(text);
        let of_code: Vec<&Finding> = found.iter().filter(|f| f.code == *code).collect();
        let texts: Vec<&str> = of_code.iter().map(|f| f.span.text(text)).collect();
        let first = of_code.first().and_then(|f| f.fixes.first());
        let applied = first.map(|fix| fix.applied(text));
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
                let fixed = fix.applied(text);
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

/// What an editor sends while somebody types.
#[test]
fn every_beginning_of_a_text_has_findings_within_it() {
    for (_, text, _, _) in CASES {
        for (end, _) in text.char_indices() {
            let typed = &text[..end];
            for finding in check(typed) {
                assert!(
                    typed.get(finding.span.range()).is_some(),
                    "{finding:?} in {typed}"
                );
                for edit in finding.fixes.iter().flat_map(|fix| &fix.edits) {
                    assert!(
                        typed.get(edit.span.range()).is_some(),
                        "{finding:?} in {typed}"
                    );
                }
            }
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

/// `isIpv5` is as near to `isIpv4` as to `isIpv6`; processes differ in Cedar's own choice.
#[test]
fn of_equally_near_methods_the_first_in_the_alphabet_is_suggested() {
    let text = "permit (principal, action, resource) when { context.ip.isIpv5() };";
    let helps: Vec<String> = check(text).into_iter().map(|f| f.help).collect();
    assert_eq!(helps, ["did you mean `isIpv4`?"]);
}
