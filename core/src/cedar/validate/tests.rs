#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cases;

use std::collections::HashSet;
use std::str::FromStr;

use cedar_policy_core::ast::PolicyID;
use cedar_policy_core::parser::parse_policy_or_template;
use cedar_policy_core::validator::validation_errors::{
    InternalInvariantViolation, NoTagsAllowed, UndefinedFunction,
};

use super::*;
use crate::codes::cedar_validate::RULES;
use crate::finding::Severity;
use cases::{CASES, LAB_PROBE, ROBOT_VIEW, SCHEMA, USER_EDIT, USER_EDIT_ALBUM, USER_VIEW};

/// Codes whose examples stand in tests of their own.
const ELSEWHERE: &[&str] = &["cedar/deref-level", "cedar/incomplete-schema"];

/// Codes that Cedar 4.14.1 never raises for a policy that its parser accepts; made by hand below.
const MADE: &[&str] = &["cedar/undefined-function", "cedar/internal-invariant"];

fn validator(schema: &str) -> Validator {
    Validator::new(ValidatorSchema::from_str(schema).unwrap())
}

fn parse(text: &str) -> Template {
    parse_policy_or_template(Some(PolicyID::from_string("policy0")), text).unwrap()
}

#[test]
fn each_case_is_underlined_placed_and_fixed_as_the_table_says() {
    let validator = validator(SCHEMA);
    let mut wrong = Vec::new();
    for case in CASES {
        let found = validate(&parse(case.text), &validator).findings;
        let Some(first) = found.iter().find(|f| f.code == case.code) else {
            wrong.push(format!("{} in {}: {found:#?}", case.code, case.text));
            continue;
        };
        let environments: Vec<&str> = first.environments.iter().map(|e| &**e).collect();
        let fixed = first.fixes.first().map(|fix| fix.applied(case.text));
        if first.span.text(case.text) != case.underlined
            || environments != case.environments
            || fixed.as_deref() != case.fixed
        {
            wrong.push(format!(
                "{} in {}: {first:#?}\nfixed {fixed:?}",
                case.code, case.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fixes are tried on the text: what they answer is gone.
#[test]
fn a_fix_removes_its_finding() {
    let validator = validator(SCHEMA);
    for case in CASES {
        for finding in validate(&parse(case.text), &validator).findings {
            for fix in &finding.fixes {
                let fixed = fix.applied(case.text);
                let after = validate(&parse(&fixed), &validator).findings;
                assert!(
                    !after
                        .iter()
                        .any(|f| f.code == finding.code && f.message == finding.message),
                    "{} stays in {fixed}",
                    finding.code
                );
            }
        }
    }
}

/// Two ways of asking Cedar agree: environment by environment, and its validator as a whole.
#[test]
fn the_findings_are_exactly_those_of_cedars_own_validator() {
    let validator = validator(SCHEMA);
    for case in CASES {
        let template = parse(case.text);
        let whole = run(&validator, &template, None);
        let errors: HashSet<_> = whole.validation_errors().collect();
        // Of a wrong name only the name is reported.
        let wrong_name = errors.iter().any(|error| is_unrecognized(error));
        let is_idle = |w: &ValidationWarning| {
            use ValidationWarning::{ImpossiblePolicy, InvalidActionApplication};
            matches!(w, ImpossiblePolicy(_) | InvalidActionApplication(_))
        };
        let warnings: HashSet<String> = causes(whole.validation_warnings())
            .filter(|w| !(wrong_name && is_idle(w)))
            .map(|w| format!("{w:?}"))
            .collect();
        let found = validate(&template, &validator).findings;
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        assert_eq!(
            found.iter().filter(is_error).count(),
            errors.len(),
            "{}: {found:#?}",
            case.text
        );
        assert_eq!(
            found.iter().filter(|f| !is_error(f)).count(),
            warnings.len(),
            "{}: {found:#?}",
            case.text
        );
    }
}

#[test]
fn spans_lie_in_the_text_and_messages_name_no_positional_id() {
    let validator = validator(SCHEMA);
    for case in CASES {
        let first = validate(&parse(case.text), &validator);
        for finding in &first.findings {
            assert!(
                case.text
                    .get(finding.span.range())
                    .is_some_and(|t| !t.is_empty()),
                "{finding:?}"
            );
            for text in [&finding.message, &finding.why, &finding.help] {
                assert!(
                    !text.contains("policy0") && !text.ends_with('.'),
                    "{finding:?}"
                );
                assert!(!text.contains("__cedar"), "{finding:?}");
            }
        }
        assert_eq!(
            first,
            validate(&parse(case.text), &validator),
            "{}",
            case.text
        );
    }
}

#[test]
fn environments_are_those_that_the_types_leave_open() {
    let validator = validator(SCHEMA);
    for (text, expected) in [
        (
            "permit (principal, action, resource);",
            &[LAB_PROBE, ROBOT_VIEW, USER_EDIT_ALBUM, USER_EDIT, USER_VIEW] as &[&str],
        ),
        (
            "permit (principal is User, action, resource is Photo);",
            &[USER_EDIT, USER_VIEW],
        ),
        (
            "permit (principal in Group::\"g\", action in Action::\"read\", resource);",
            &[USER_VIEW],
        ),
        (
            "permit (principal in ?principal, action == Action::\"edit\", resource == ?resource);",
            &[USER_EDIT_ALBUM, USER_EDIT],
        ),
        (
            "permit (principal, action, resource) when { resource is Album };",
            &[USER_EDIT_ALBUM],
        ),
        (
            "permit (principal, action == Action::\"read\", resource);",
            &[],
        ),
    ] {
        let environments = validate(&parse(text), &validator).environments;
        let environments: Vec<&str> = environments.iter().map(|e| &**e).collect();
        assert_eq!(environments, expected, "{text}");
    }
}

#[test]
fn errors_that_read_differently_by_environment_stay_apart() {
    let validator = validator(SCHEMA);
    let text =
        "permit (principal, action == Action::\"view\", resource) when { principal.rank > 1 };";
    let found = validate(&parse(text), &validator).findings;
    let seen: Vec<(&str, &str)> = found
        .iter()
        .map(|f| (f.message.as_str(), &*f.environments[0]))
        .collect();
    assert_eq!(
        seen,
        [
            (
                "there is no attribute `rank` on entity type `Robot`",
                ROBOT_VIEW
            ),
            (
                "there is no attribute `rank` on entity type `User`",
                USER_VIEW
            ),
        ]
    );
}

#[test]
fn a_template_names_an_environment_once_however_its_slots_are_linked() {
    let validator = validator(SCHEMA);
    let text = "permit (principal in ?principal, action == Action::\"view\", resource) when { resource.title == \"\" };";
    let found = validate(&parse(text), &validator).findings;
    let environments: Vec<Vec<&str>> = found
        .iter()
        .map(|f| f.environments.iter().map(|e| &**e).collect())
        .collect();
    assert_eq!(environments, [vec![ROBOT_VIEW, USER_VIEW]], "{found:#?}");
}

#[test]
fn a_forbid_that_never_applies_is_worse_than_a_permit() {
    let validator = validator(SCHEMA);
    for (text, severity) in [
        (
            "permit (principal, action, resource) when { false };",
            Severity::Medium,
        ),
        (
            "forbid (principal, action, resource) when { false };",
            Severity::High,
        ),
    ] {
        let found = validate(&parse(text), &validator).findings;
        let [only] = found.as_slice() else {
            panic!("{found:#?}")
        };
        assert_eq!(
            (only.code, only.severity),
            ("cedar/impossible-policy", severity)
        );
    }
}

#[test]
fn references_are_followed_as_far_as_the_level_allows() {
    let validator = validator(SCHEMA);
    let text = "permit (principal, action == Action::\"edit\", resource is Photo) when { \"é\" == resource.owner.name };";
    assert_eq!(deref_level(&parse(text), &validator, 2), []);
    let found = deref_level(&parse(text), &validator, 1);
    let [only] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(
        (only.code, only.span.text(text), only.message.as_str()),
        (
            "cedar/deref-level",
            "resource.owner.name",
            "this follows references over 2 levels, 1 are allowed"
        )
    );
    let text =
        "permit (principal, action == Action::\"edit\", resource) when { User::\"é\".level > 1 };";
    let found = deref_level(&parse(text), &validator, 9);
    let [only] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert_eq!(
        (only.code, only.span.text(text)),
        ("cedar/deref-level", "User::\"é\"")
    );
}

#[test]
fn an_incomplete_schema_is_all_that_is_said() {
    let validator = validator(
        "entity User, Photo; external action edit; action view appliesTo { principal: User, resource: Photo };",
    );
    let text = "permit (principal, action, resource) when { principal.x };";
    let validated = validate(&parse(text), &validator);
    let [only] = validated.findings.as_slice() else {
        panic!("{validated:#?}")
    };
    assert_eq!(
        (only.code, only.span.text(text), only.message.as_str()),
        (
            "cedar/incomplete-schema",
            text,
            "schema is incomplete: `Action::\"edit\"` is declared `external` but not defined"
        )
    );
}

#[test]
fn errors_that_a_parsed_policy_never_raises_have_their_codes_too() {
    let text = "permit (principal, action, resource);";
    let template = parse(text);
    let validator = validator(SCHEMA);
    let policy_id = template.id().clone();
    let errors: [ValidationError; 3] = [
        UndefinedFunction {
            source_loc: None,
            policy_id: policy_id.clone(),
            name: "f".to_owned(),
        }
        .into(),
        InternalInvariantViolation {
            source_loc: None,
            policy_id: policy_id.clone(),
        }
        .into(),
        NoTagsAllowed {
            source_loc: None,
            policy_id,
            entity_ty: None,
        }
        .into(),
    ];
    let schema = validator.schema();
    let found = errors::findings(
        Subject {
            template: &template,
            schema,
        },
        &errors,
    );
    let codes: Vec<&str> = found.iter().map(|f| f.code).collect();
    assert_eq!(codes, [MADE[0], MADE[1], "cedar/no-tags"]);
    assert!(found.iter().all(|f| f.span.text(text) == text));
}

#[test]
fn every_code_has_an_example() {
    for rule in RULES {
        let shown = CASES.iter().filter(|case| case.code == rule.code).count();
        let named = ELSEWHERE
            .iter()
            .chain(MADE)
            .filter(|code| **code == rule.code)
            .count();
        assert!(
            (shown > 0) != (named > 0),
            "{} needs one example or reason",
            rule.code
        );
    }
}

#[test]
fn the_examples_on_a_page_hold() {
    fn part<'a>(page: &'a str, opening: &str) -> Option<&'a str> {
        page.split_once(opening)?.1.split("\n```").next()
    }
    for rule in RULES {
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.code)),
            "{}",
            rule.code
        );
        let validator = validator(part(rule.page, "```cedarschema\n").unwrap());
        for (heading, expected) in [("Found", true), ("Not found", false), ("Accepted", false)] {
            let Some(text) = part(rule.page, &format!("## {heading}\n\n```cedar\n")) else {
                continue;
            };
            let template = parse(text);
            let mut found = validate(&template, &validator).findings;
            found.extend(deref_level(&template, &validator, 1));
            assert_eq!(
                found.iter().any(|f| f.code == rule.code),
                expected,
                "{}: {found:#?}",
                rule.code
            );
            assert!(expected || found.is_empty(), "{}: {found:#?}", rule.code);
        }
    }
}

/// Cedar keeps a schema's names in maps whose order is another one each time.
#[test]
fn of_equally_near_names_the_same_one_is_suggested_every_time() {
    const SCHEMA: &str = r#"namespace Docs {
        entity User, Usex, Usey, Usez, Folder;
        action read, comment, listFolder, viewHistory, reab, reac, "Action::go"
            appliesTo { principal: User, resource: Folder };
        action "Docs::Action::go" appliesTo { principal: User, resource: Folder };
    }"#;
    for (text, help) in [
        (
            r#"permit (principal, action == Docs::Action::"reax", resource);"#,
            r#"did you mean `Docs::Action::"reab"`?"#,
        ),
        (
            r#"permit (principal, action == Dcs::Action::"listFolder", resource);"#,
            r#"did you mean `Docs::Action::"listFolder"`?"#,
        ),
        (
            r#"permit (principal, action == Docs::Action::"go", resource);"#,
            r#"the schema has the type in the id, as `Docs::Action::"Action::go"`: declare `action go` there"#,
        ),
        (
            "permit (principal is Docs::Used, action, resource);",
            "did you mean `Docs::User`?",
        ),
    ] {
        let found = validate(&parse(text), &validator(SCHEMA)).findings;
        assert!(found.iter().any(|f| f.help == help), "{text}: {found:#?}");
        for _ in 0..40 {
            assert_eq!(validate(&parse(text), &validator(SCHEMA)).findings, found);
        }
    }
}

#[test]
fn what_follows_from_a_wrong_name_is_not_reported_beside_it() {
    let validator = validator(SCHEMA);
    for (text, expected) in [
        (
            "permit (principal, action == Action::\"publish\", resource);",
            &["cedar/unrecognized-action"] as &[_],
        ),
        (
            "forbid (principal is Usr, action, resource) when { principal.level > 1 };",
            &["cedar/unrecognized-entity-type"],
        ),
        (
            "permit (principal, action, resource) when { principal is Usr };",
            &["cedar/unrecognized-entity-type"],
        ),
        (
            "permit (principal is Album, action, resource);",
            &["cedar/inapplicable-action"],
        ),
    ] {
        let found = validate(&parse(text), &validator).findings;
        let codes: Vec<&str> = found.iter().map(|f| f.code).collect();
        assert_eq!(codes, expected, "{text}");
    }
}

#[test]
fn a_list_of_wrong_actions_costs_no_more_than_its_bound() {
    let declared: String = (0..400)
        .map(|n| format!("action b{n} appliesTo {{ principal: U, resource: U }};"))
        .collect();
    let validator = validator(&format!("entity U; {declared}"));
    let wrong: Vec<String> = (0..1000).map(|n| format!("Action::\"a{n}\"")).collect();
    let text = format!(
        "permit (principal, action in [{}], resource);",
        wrong.join(", ")
    );
    let found = validate(&parse(&text), &validator).findings;
    assert_eq!(found.len(), 1000);
    let guessed = found.iter().filter(|f| f.help.starts_with("did you mean"));
    // Each takes a look at all actions.
    assert_eq!(guessed.count(), names::MOST_GUESSES / 400);
}
