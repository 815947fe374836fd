//! A schema for every code, or the reason why there is none.

use std::collections::BTreeSet;

use super::found;
use crate::codes::cedar_schema as codes;

type Example = (&'static str, &'static [&'static str], &'static str);

/// A code, schema files that have it and nothing else, and the text that is underlined.
const EXAMPLES: &[Example] = &[
    (
        "cedar/schema-unexpected-token",
        &["entity A = { x String };"],
        "String",
    ),
    (
        "cedar/schema-unexpected-token",
        &["namespace N { entity A; };"],
        ";",
    ),
    ("cedar/schema-unexpected-end", &["entity A"], "A"),
    ("cedar/schema-invalid-token", &["entity É;"], "É"),
    (
        "cedar/schema-invalid-escape",
        &[r#"entity A enum ["\q"];"#],
        r#""\q""#,
    ),
    (
        "cedar/schema-reserved-identifier",
        &["entity like;"],
        "like",
    ),
    (
        "cedar/schema-duplicate-annotation",
        &["@a(\"1\") @a(\"2\") entity A;"],
        "a",
    ),
    (
        "cedar/schema-duplicate-declaration",
        &["entity A; entity A;"],
        "A",
    ),
    (
        "cedar/schema-duplicate-context",
        &["entity A; action x appliesTo { principal: A, resource: A, context: {}, context: {} };"],
        "context: {}",
    ),
    (
        "cedar/schema-duplicate-applies-to",
        &["entity A; action x appliesTo { principal: A, principal: [A], resource: A };"],
        "principal: [A]",
    ),
    (
        "cedar/schema-missing-applies-to",
        &["entity A; action x appliesTo { principal: A };"],
        "x",
    ),
    (
        "cedar/schema-missing-applies-to",
        &["entity A; action x appliesTo { principal: A, resource: [] };"],
        "resource: []",
    ),
    (
        "cedar/schema-duplicate-namespace",
        &["namespace N { entity A; } namespace N { entity B; }"],
        "N",
    ),
    (
        "cedar/schema-reserved-name",
        &["namespace __cedar { entity A; }"],
        "__cedar",
    ),
    (
        "cedar/schema-reserved-keyword",
        &["type Record = Long;"],
        "Record",
    ),
    (
        "cedar/schema-json-syntax",
        &[r#"{"": {"entityTypes": {,}}}"#],
        ",",
    ),
    (
        "cedar/schema-json-unknown-key",
        &[r#"{"": {"entityTypes": {"A": {"shap": {}}}, "actions": {}}}"#],
        "\"shap\"",
    ),
    (
        "cedar/schema-json-missing-key",
        &[r#"{"": {"entityTypes": {}}}"#],
        r#"{"entityTypes": {}}"#,
    ),
    (
        "cedar/schema-json-duplicate-key",
        &[r#"{"": {"entityTypes": {"A": {}, "A": {}}, "actions": {}}}"#],
        "\"A\"",
    ),
    (
        "cedar/schema-json-missing-namespace",
        &[r#"{"entityTypes": {}, "actions": {}}"#],
        "\"entityTypes\"",
    ),
    (
        "cedar/schema-json-value",
        &[r#"{"": {"entityTypes": {"A": {"memberOfTypes": "B"}}, "actions": {}}}"#],
        "\"B\"",
    ),
    (
        "cedar/schema-unsupported-feature",
        &[r#"{"": {"entityTypes": {}, "actions": {"a": {"attributes": {}}}}}"#],
        "attributes",
    ),
    (
        "cedar/schema-unsupported-feature",
        &[
            r#"{"": {"entityTypes": {"A": {"shape": {"type": "Record", "attributes": {}, "additionalAttributes": true}}}, "actions": {}}}"#,
        ],
        "additionalAttributes",
    ),
    (
        "cedar/schema-undeclared-entity-type",
        &["entity A; action x appliesTo { principal: Action, resource: A };"],
        "Action",
    ),
    (
        "cedar/schema-type-not-defined",
        &["entity A = { \"é\": Strin };"],
        "Strin",
    ),
    (
        "cedar/schema-type-not-defined",
        &["type T = Long; entity A in [T];"],
        "T",
    ),
    (
        "cedar/schema-type-not-defined",
        &[r#"{"N": {"entityTypes": {"A": {"memberOfTypes": ["B"]}}, "actions": {}}}"#],
        "B",
    ),
    (
        "cedar/schema-action-not-defined",
        &["action a in [\"b\"];"],
        "\"b\"",
    ),
    (
        "cedar/schema-type-shadowing",
        &["entity A; namespace N { type A = Long; }"],
        "A",
    ),
    (
        "cedar/schema-action-shadowing",
        &["action x; namespace N { action x; }"],
        "x",
    ),
    (
        "cedar/schema-duplicate-entity-type",
        &["entity A;", "entity A;"],
        "A",
    ),
    (
        "cedar/schema-duplicate-action",
        &["action a;", "action \"a\";"],
        "\"a\"",
    ),
    (
        "cedar/schema-duplicate-common-type",
        &["type T = Long;", "type T = Long;"],
        "T",
    ),
    (
        "cedar/schema-action-cycle",
        &["action b in [a]; action a in [b];"],
        "b",
    ),
    (
        "cedar/schema-common-type-cycle",
        &["type T = Set<U>; type U = { t: T };"],
        "T",
    ),
    (
        "cedar/schema-action-entity-type",
        &["entity Action;"],
        "Action",
    ),
    (
        "cedar/schema-not-a-record",
        &["entity A; type T = Long; action x appliesTo { principal: A, resource: A, context: T };"],
        "x",
    ),
    (
        "cedar/schema-not-a-record",
        &[r#"{"": {"entityTypes": {"A": {"shape": {"type": "Long"}}}, "actions": {}}}"#],
        "A",
    ),
    (
        "cedar/schema-unknown-extension-type",
        &[
            r#"{"": {"commonTypes": {"T": {"type": "Extension", "name": "ipadr"}}, "entityTypes": {}, "actions": {}}}"#,
        ],
        "ipadr",
    ),
    (
        "cedar/schema-external-enum-ancestor",
        &["entity E enum [\"a\"]; external entity X in [E];"],
        "X",
    ),
    (
        "cedar/schema-shadows-builtin",
        &["type ipaddr = Long;"],
        "ipaddr",
    ),
    (
        "cedar/schema-shadows-entity",
        &["entity A; type A = Long;"],
        "A",
    ),
];

#[test]
fn every_example_has_exactly_its_finding() {
    let wrong: Vec<_> = EXAMPLES
        .iter()
        .filter_map(|(code, texts, underlined)| {
            let found = found(texts);
            (found != [(*code, (*underlined).to_owned())]).then_some((code, underlined, found))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Codes that no text is known to bring about, each with the reason.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "cedar/schema-extra-token",
        "the grammar has no end before the end of the text",
    ),
    (
        "cedar/schema-empty-list",
        "the grammar's lists are never empty",
    ),
    (
        "cedar/schema-unknown-type-name",
        "Cedar resolves types after merging",
    ),
    (
        "cedar/schema-undeclared-action-descendant",
        "only in schemas from protobuf",
    ),
    (
        "cedar/schema-invalid-action-type",
        "only in schemas from protobuf",
    ),
    (
        "cedar/schema-enum-in-hierarchy",
        "only in schemas from protobuf",
    ),
    (
        "cedar/schema-entity-hierarchy",
        "only where ancestors are given, not computed",
    ),
    (
        "cedar/schema-action-hierarchy",
        "only where ancestors are given, not computed",
    ),
    ("cedar/schema-internal", "Cedar's own invariants"),
];

#[test]
fn every_code_has_an_example_or_a_reason() {
    let mut shown: BTreeSet<&str> = EXAMPLES.iter().map(|(code, ..)| *code).collect();
    // These have tests of their own, because their texts are long.
    shown.insert("cedar/schema-json-too-deep");
    shown.insert("cedar/schema-type-too-large");
    shown.insert("cedar/schema-hierarchy-too-large");
    for (code, _) in UNREACHABLE {
        assert!(!shown.contains(code), "{code} can be reached");
    }
    let expected: BTreeSet<&str> = codes::RULES.iter().map(|r| r.code).collect();
    shown.extend(UNREACHABLE.iter().map(|(code, _)| *code));
    assert_eq!(shown, expected);
}
