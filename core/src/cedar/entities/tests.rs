#![expect(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use std::collections::BTreeSet;

use super::*;
use crate::cedar::schema::{Format, SchemaFile, build};

const SCHEMA: &str = r#"
    entity User in [Team] = { name: String, age?: Long, ip?: ipaddr, home?: { city: String, zip?: Long }, color?: Color, boss?: User };
    entity Team in [Team] tags Long;
    entity Color enum ["red"];
    external entity Far;
    action reads;
    action view in [reads] appliesTo { principal: User, resource: Team };"#;

fn schema() -> Arc<ValidatorSchema> {
    let outcome = build(&[SchemaFile {
        path: "s".into(),
        text: SCHEMA,
        format: Format::Cedar,
    }]);
    assert_eq!(outcome.findings, []);
    outcome.validator.unwrap()
}

fn found(text: &str, schema: Option<&ValidatorSchema>) -> Vec<(&'static str, String)> {
    let outcome = check(text, schema);
    assert_eq!(outcome.entities.is_some(), outcome.findings.is_empty());
    outcome
        .findings
        .iter()
        .map(|f| {
            assert!(!f.message.is_empty() && !f.help.is_empty(), "{f:?}");
            (f.code, f.span.text(text).to_owned())
        })
        .collect()
}

/// A user with these attributes and parents.
fn user(attrs: &str, parents: &str) -> String {
    format!(
        r#"[{{"uid": {{"type": "User", "id": "a"}}, "attrs": {{"name": "A"{attrs}}}, "parents": [{parents}]}}]"#
    )
}

/// An entity without attributes.
fn bare(ty: &str, id: &str) -> String {
    format!(r#"[{{"uid": {{"type": "{ty}", "id": "{id}"}}, "attrs": {{}}, "parents": []}}]"#)
}

/// A code, a file that has it and nothing else, and the text that is underlined.
fn examples() -> Vec<(&'static str, String, &'static str)> {
    let user_uid = r#"{"type": "User", "id": "a"}"#;
    vec![
        ("cedar/entities-json-syntax", "[{]".into(), "]"),
        ("cedar/entities-json-too-deep", "[".repeat(200), "["),
        ("cedar/entities-not-a-list", r#"{"a": 1}"#.into(), r#"{"a": 1}"#),
        ("cedar/entities-value", r#"[{"uid": 1, "attrs": {}}]"#.into(), r#"{"uid": 1, "attrs": {}}"#),
        ("cedar/entities-value", "[3]".into(), "3"),
        (
            "cedar/entities-escape",
            bare("no type", "a"),
            r#"{"type": "no type", "id": "a"}"#,
        ),
        ("cedar/entities-expected-entity", user(r#", "boss": 5"#, ""), "5"),
        (
            "cedar/entities-argument-count",
            user(r#", "ip": {"__extn": {"fn": "ip", "args": ["1.1.1.1", "2"]}}"#, ""),
            r#"{"__extn": {"fn": "ip", "args": ["1.1.1.1", "2"]}}"#,
        ),
        (
            "cedar/entities-action-parent",
            r#"[{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": [{"type": "User", "id": "a"}]}]"#.into(),
            user_uid,
        ),
        (
            "cedar/entities-unknown-function",
            user(r#", "ip": {"__extn": {"fn": "ipp", "arg": "1.1.1.1"}}"#, ""),
            r#"{"__extn": {"fn": "ipp", "arg": "1.1.1.1"}}"#,
        ),
        ("cedar/entities-duplicate-key", user(r#", "age": 1, "age": 2"#, ""), "\"age\""),
        ("cedar/entities-evaluation", user(r#", "ip": "1.1.1""#, ""), "\"1.1.1\""),
        (
            "cedar/entities-unexpected-field",
            user(r#", "home": {"city": "x", "zap": 1}"#, ""),
            "\"zap\"",
        ),
        ("cedar/entities-missing-field", user(r#", "home": {"zip": 1}"#, ""), r#"{"zip": 1}"#),
        ("cedar/entities-type-mismatch", user(r#", "age": "1""#, ""), "\"1\""),
        ("cedar/entities-type-mismatch", user(r#", "home": {"city": 7}"#, ""), r#"{"city": 7}"#),
        ("cedar/entities-expr-escape", user(r#", "age": {"__expr": "1"}"#, ""), "\"__expr\""),
        ("cedar/entities-null", user(r#", "home": {"city": null}"#, ""), "null"),
        ("cedar/entities-unexpected-attribute", user(r#", "nam": "1""#, ""), "\"nam\""),
        (
            "cedar/entities-unexpected-tag",
            r#"[{"uid": {"type": "User", "id": "a"}, "attrs": {"name": ""}, "parents": [], "tags": {"t": 1}}]"#.into(),
            "\"t\"",
        ),
        ("cedar/entities-missing-attribute", bare("User", "a"), user_uid),
        (
            "cedar/entities-invalid-ancestor",
            user("", r#"{"type": "User", "id": "b"}"#),
            r#"{"type": "User", "id": "b"}"#,
        ),
        ("cedar/entities-undeclared-type", bare("Usr", "a"), r#"{"type": "Usr", "id": "a"}"#),
        ("cedar/entities-external-type", bare("Far", "a"), r#"{"type": "Far", "id": "a"}"#),
        (
            "cedar/entities-undeclared-action",
            bare("Action", "edit"),
            r#"{"type": "Action", "id": "edit"}"#,
        ),
        (
            "cedar/entities-action-mismatch",
            bare("Action", "view"),
            r#"{"type": "Action", "id": "view"}"#,
        ),
        (
            "cedar/entities-invalid-enum",
            user(r#", "color": {"type": "Color", "id": "blue"}"#, ""),
            r#"{"type": "Color", "id": "blue"}"#,
        ),
        (
            "cedar/entities-duplicate",
            r#"[{"uid": {"type": "Team", "id": "é"}, "attrs": {}, "parents": []}, {"uid": {"__entity": {"type": "Team", "id": "é"}}, "attrs": {}, "parents": []}]"#.into(),
            r#"{"__entity": {"type": "Team", "id": "é"}}"#,
        ),
        (
            "cedar/entities-cycle",
            r#"[{"uid": {"type": "Team", "id": "a"}, "attrs": {}, "parents": [{"type": "Team", "id": "a"}]}]"#.into(),
            r#"{"type": "Team", "id": "a"}"#,
        ),
    ]
}

#[test]
fn every_example_has_exactly_its_finding() {
    let schema = schema();
    let wrong: Vec<_> = examples()
        .into_iter()
        .filter_map(|(code, text, underlined)| {
            let found = found(&text, Some(&schema));
            (found != [(code, underlined.to_owned())]).then_some((code, underlined, found))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Codes that no text is known to bring about, each with the reason.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "cedar/entities-restricted-expression",
        "JSON values make no expressions",
    ),
    (
        "cedar/entities-missing-constructor",
        "every extension type has a constructor",
    ),
    (
        "cedar/entities-expected-extension",
        "such a value fails as an argument instead",
    ),
    (
        "cedar/entities-reserved-name",
        "a reserved name fails as an escape instead",
    ),
    (
        "cedar/entities-structure",
        "ancestors are computed, not given",
    ),
    ("cedar/entities-internal", "Cedar's own invariants"),
];

#[test]
fn every_code_has_an_example_or_a_reason() {
    let mut shown: BTreeSet<&str> = examples().iter().map(|(code, ..)| *code).collect();
    for (code, _) in UNREACHABLE {
        assert!(shown.insert(code), "{code} can be reached");
    }
    // Has a test of its own.
    shown.insert("cedar/entities-hierarchy-too-large");
    let expected: BTreeSet<&str> = codes::RULES.iter().map(|r| r.code).collect();
    assert_eq!(shown, expected);
}

#[test]
fn no_error_hides_another() {
    let text = r#"[
        {"uid": {"type": "User", "id": "a"}, "attrs": {"age": "x", "nam": 1, "home": {"zip": 1}}, "parents": [{"type": "Color", "id": "red"}, {"type": "Team", "id": "t"}]},
        {"uid": 5, "attrs": {}, "parents": []},
        {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": [], "tags": {"x": "y"}},
        {"uid": {"type": "Nope", "id": "n"}, "attrs": {"q": null}, "parents": []}]"#;
    let codes: Vec<_> = found(text, Some(&schema()))
        .into_iter()
        .map(|(c, _)| c)
        .collect();
    assert_eq!(
        codes,
        [
            "cedar/entities-missing-attribute",
            "cedar/entities-type-mismatch",
            "cedar/entities-unexpected-attribute",
            "cedar/entities-missing-field",
            "cedar/entities-invalid-ancestor",
            "cedar/entities-expected-entity",
            "cedar/entities-type-mismatch",
            "cedar/entities-undeclared-type",
        ]
    );
}

#[test]
fn several_actions_that_differ_are_all_found() {
    let text = r#"[{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": []},
        {"uid": {"type": "Action", "id": "reads"}, "attrs": {}, "parents": [{"type": "Action", "id": "view"}]}]"#;
    let codes: Vec<_> = found(text, Some(&schema()))
        .into_iter()
        .map(|(c, _)| c)
        .collect();
    assert_eq!(codes, ["cedar/entities-action-mismatch"; 2]);
}

#[test]
fn good_entities_get_their_ancestors_and_the_actions() {
    let text = r#"[{"uid": {"type": "User", "id": "a"}, "attrs": {"name": "A", "ip": "10.0.0.1", "boss": {"type": "User", "id": "b"}}, "parents": [{"type": "Team", "id": "t"}]},
        {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": [{"type": "Team", "id": "u"}], "tags": {"x": 1}},
        {"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": [{"type": "Action", "id": "reads"}]}]"#;
    let entities = check(text, Some(&schema())).entities.unwrap();
    let a: cedar_policy_core::ast::EntityUID = "User::\"a\"".parse().unwrap();
    let found = entities.iter().find(|e| *e.uid() == a).unwrap();
    assert_eq!(found.ancestors().count(), 2);
    assert_eq!(entities.len(), 4);
}

#[test]
fn duplicates_across_files_are_found_and_without_a_schema_too() {
    let one = bare("X", "a");
    let outcome = check_files(&[("1".into(), &one), ("2".into(), &one)], None);
    assert!(outcome.entities.is_none());
    let [(path, finding)] = outcome.findings.as_slice() else {
        unreachable!("{:?}", outcome.findings)
    };
    assert_eq!(path.as_ref(), "2");
    assert_eq!(
        finding.message,
        "the entity `X::\"a\"` is also given in `1`"
    );
    let merged = check_files(&[("1".into(), &one), ("2".into(), &bare("X", "b"))], None);
    assert_eq!(merged.entities.unwrap().len(), 2);
}

/// Cedar would take most of a minute and gigabytes.
#[test]
fn a_long_chain_is_refused_before_cedar_sees_it() {
    let chain = |length: usize| {
        let all: Vec<String> = (0..length)
            .map(|n| {
                let uid = |n: usize| format!(r#"{{"type": "X", "id": "{n}"}}"#);
                format!(
                    r#"{{"uid": {}, "attrs": {{}}, "parents": [{}]}}"#,
                    uid(n),
                    uid(n + 1)
                )
            })
            .collect();
        let top = format!(
            r#"{{"uid": {{"type": "X", "id": "{length}"}}, "attrs": {{}}, "parents": []}}"#
        );
        format!("[{},{top}]", all.join(","))
    };
    let long = chain(8000);
    let refused = "cedar/entities-hierarchy-too-large";
    assert_eq!(
        found(&long, None),
        [(refused, r#"{"type": "X", "id": "7743"}"#.to_owned())]
    );
    let read = crate::cedar::evaluate::entities;
    assert_eq!(
        read(&long, None).unwrap_err(),
        r#"more than 256 levels of parents are above `X::"7743"`"#
    );
    assert_eq!(found(&chain(256), None), []);
    assert!(read(&chain(256), None).is_ok());
}

#[test]
fn a_parent_that_is_defined_nowhere_is_found_where_others_are() {
    let with_team = |team: &str, parents: &str| {
        let user = user("", parents);
        format!(
            "[{},{}",
            bare("Team", team).trim_matches(['[', ']']),
            user.trim_start_matches('[')
        )
    };
    let editors = r#"{"type": "Team", "id": "editors"}"#;
    let typo = r#"{"type": "Team", "id": "edtors"}"#;
    let far = r#"{"type": "Team", "id": "accounting"}"#;
    let code = "entities/unknown-parent";
    for schema in [None, Some(&*schema())] {
        let text = with_team("editors", &format!("{editors}, {typo}, {far}"));
        let outcome = check(&text, schema);
        let seen: Vec<_> = outcome
            .findings
            .iter()
            .map(|f| {
                (
                    f.code,
                    f.span.text(&text),
                    f.severity.as_str(),
                    f.help.as_str(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (code, typo, "medium", "did you mean `Team::\"editors\"`?"),
                (code, far, "low", "correct the id, or define the entity"),
            ]
        );
        let numbered = r#"{"type": "Team", "id": "team-1043"}"#;
        let outcome = check(&with_team("team-1042", numbered), schema);
        assert_eq!(outcome.findings.len(), 1);
        assert_eq!(outcome.findings.first().unwrap().severity.as_str(), "low");
        assert!(outcome.entities.is_some());
        assert_eq!(check(&user("", typo), schema).findings, []);
    }
    // Another file of the bundle may have it.
    let files = [
        (Arc::from("a.entities.json"), bare("Team", "editors")),
        (Arc::from("b.entities.json"), with_team("owners", editors)),
    ];
    let files: Vec<(Arc<str>, &str)> = files
        .iter()
        .map(|(p, t)| (Arc::clone(p), t.as_str()))
        .collect();
    assert_eq!(check_files(&files, None).findings, []);
}
