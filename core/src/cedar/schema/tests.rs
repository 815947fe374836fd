#![expect(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use std::collections::BTreeSet;

use super::*;
use crate::codes::cedar_schema as codes;
use crate::facts::Entity;
use crate::schema::Type;

fn files<'a>(texts: &[&'a str]) -> Vec<SchemaFile<'a>> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| SchemaFile {
            path: format!("{index}").into(),
            text,
            format: if text.trim_start().starts_with('{') {
                Format::Json
            } else {
                Format::Cedar
            },
        })
        .collect()
}

/// What is found, as code and underlined text.
fn found(texts: &[&str]) -> Vec<(&'static str, String)> {
    build(&files(texts))
        .findings
        .iter()
        .map(|(path, f)| {
            let text = texts.get(path.parse::<usize>().unwrap()).unwrap();
            assert!(!f.message.is_empty() && !f.help.is_empty(), "{f:?}");
            (f.code, f.span.text(text).to_owned())
        })
        .collect()
}

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
    for (code, _) in UNREACHABLE {
        assert!(!shown.contains(code), "{code} can be reached");
    }
    let expected: BTreeSet<&str> = codes::RULES.iter().map(|r| r.code).collect();
    shown.extend(UNREACHABLE.iter().map(|(code, _)| *code));
    assert_eq!(shown, expected);
}

#[test]
fn json_that_is_too_deep_is_a_finding() {
    let inner = "{\"type\": \"Set\", \"element\": ".repeat(200);
    let close = "}".repeat(200);
    let text = format!(
        "{{\"\": {{\"entityTypes\": {{}}, \"actions\": {{}}, \"commonTypes\": {{\"T\": {inner}{{\"type\": \"Long\"}}{close}}}}}}}"
    );
    let codes: Vec<_> = found(&[&text]).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["cedar/schema-json-too-deep"]);
}

#[test]
fn a_group_must_be_an_action() {
    let text = r#"{"": {"entityTypes": {"G": {}}, "actions": {"a": {"memberOf": [{"type": "G", "id": "x"}]}}}}"#;
    let codes: Vec<_> = found(&[text]).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["cedar/schema-action-not-defined"]);
}

#[test]
fn no_error_hides_another() {
    let texts = [
        "entity A = { x: Lng }; entity B = { y Long }; entity C { z: Nope }; entity D tags; entity A;",
        r#"{"N": {"entityTypes": {"X": {"shap": 1}, "Y": {"memberOfTypes": 3}}, "actions": {"a": {"appliesTo": 1}}}}"#,
        "action a in [g1, g2]; action a in [g3]; entity A;",
    ];
    let codes: Vec<_> = found(&texts);
    let text = |code: &str| -> Vec<&str> {
        codes
            .iter()
            .filter(|(c, _)| *c == code)
            .map(|(_, text)| text.as_str())
            .collect()
    };
    assert_eq!(text("cedar/schema-unexpected-token"), ["Long", ";"]);
    assert_eq!(text("cedar/schema-duplicate-declaration"), ["A", "a"]);
    assert_eq!(text("cedar/schema-type-not-defined"), ["Lng", "Nope"]);
    assert_eq!(text("cedar/schema-json-unknown-key"), ["\"shap\""]);
    assert_eq!(text("cedar/schema-json-value"), ["3", "1"]);
    assert_eq!(text("cedar/schema-action-not-defined"), ["g1", "g2"]);
    assert_eq!(text("cedar/schema-duplicate-entity-type"), ["A"]);
}

#[test]
fn a_missing_semicolon_is_one_finding() {
    assert_eq!(
        found(&["entity A entity B; entity C in [B];"]),
        [("cedar/schema-unexpected-token", "entity".to_owned())]
    );
}

#[test]
fn names_that_a_broken_declaration_would_declare_are_not_missed() {
    let texts = ["entity A = { oops };", "entity B in [A];"];
    assert_eq!(
        found(&texts),
        [("cedar/schema-unexpected-token", "}".to_owned())]
    );
}

#[test]
fn the_help_names_what_was_meant() {
    for (texts, help) in [
        (
            &["entity User; entity A in [Usr];"][..],
            "did you mean `User`",
        ),
        (
            &["namespace N { entity U; } entity A in [U];"],
            "did you mean `N::U`",
        ),
        (&["entity A = { x: Strng };"], "did you mean `String`"),
        (
            &["action reads; action a in [read];"],
            "did you mean `reads`",
        ),
    ] {
        let outcome = build(&files(texts));
        assert_eq!(outcome.findings.first().unwrap().1.help, help, "{texts:?}");
    }
}

const FIRST: &str = r#"
@doc("n") namespace N {
    @sensitivity("restricted")
    type Money = { @pii amount: Long, currency?: String };
    type Ctx = { @trust("attested") mfa: Bool, @trust("caller") note?: String };
    @principal_kind("human") entity User, Bot in [Group, Other::Team] = {
        @doc("own") "full name": String,
        wallet: Money,
        deep: { @pii inner: { leaf: Set<Other::Team> } },
        ip: ipaddr,
    } tags Set<String>;
    entity Group in [Group];
    entity Color enum ["red", "blue"];
    @access("read") action reads;
    action view, "look at" in [reads] appliesTo { principal: [User, Bot], resource: Other::Photo, context: Ctx };
}"#;

const SECOND: &str = r#"{"Other": {
    "entityTypes": {
        "Photo": {"annotations": {"sensitivity": "internal"}, "memberOfTypes": ["Album"], "shape": {"type": "Record", "attributes": {
            "owner": {"type": "Entity", "name": "N::User", "annotations": {"doc": "who"}},
            "cost": {"type": "N::Money", "required": false}}}},
        "Album": {"memberOfTypes": ["Team"]}, "Team": {}},
    "actions": {"upload": {"memberOf": [{"id": "reads", "type": "N::Action"}], "appliesTo": {"principalTypes": ["N::User"], "resourceTypes": ["Photo", "Album"], "context": {"type": "N::Ctx"}}}}}}"#;

#[test]
fn fragments_become_one_schema_with_annotations_and_places() {
    let texts = [FIRST, SECOND];
    let outcome = build(&files(&texts));
    assert_eq!(outcome.findings, []);
    let schema = outcome.schema.unwrap();
    let at = |d: &Option<crate::schema::Declared>| {
        let d = d.as_ref().unwrap();
        let index: usize = d.file.parse().unwrap();
        (index, d.span.text(texts.get(index).unwrap()).to_owned())
    };

    let bot = schema.entity_types.get("N::Bot").unwrap();
    assert_eq!(at(&bot.declared), (0, "Bot".to_owned()));
    assert_eq!(bot.annotations.get("principal_kind").unwrap(), "human");
    assert_eq!(bot.tags, Some(Type::Set(Box::new(Type::String))));
    assert!(bot.ancestors.contains("Other::Team") && bot.ancestors.contains("N::Group"));
    assert!(!bot.ancestors.contains("N::Bot"));
    let name = bot.attributes.get("full name").unwrap();
    assert_eq!(at(&name.declared), (0, "\"full name\"".to_owned()));
    assert_eq!(name.annotations.get("doc").unwrap(), "own");
    let wallet = bot.attributes.get("wallet").unwrap();
    assert_eq!(wallet.annotations.get("sensitivity").unwrap(), "restricted");
    let Type::Record(money) = &wallet.ty else {
        unreachable!("{wallet:?}")
    };
    assert_eq!(
        money.get("amount").unwrap().annotations.get("pii").unwrap(),
        ""
    );
    assert_eq!(
        at(&money.get("amount").unwrap().declared),
        (0, "amount".to_owned())
    );
    assert!(!money.get("currency").unwrap().required);
    let Type::Record(deep) = &bot.attributes.get("deep").unwrap().ty else {
        unreachable!("{bot:?}")
    };
    let inner = deep.get("inner").unwrap();
    assert!(inner.annotations.contains_key("pii"));
    let Type::Record(inner) = &inner.ty else {
        unreachable!("{inner:?}")
    };
    let leaf = inner.get("leaf").unwrap();
    assert_eq!(
        leaf.ty,
        Type::Set(Box::new(Type::Entity("Other::Team".into())))
    );
    assert_eq!(at(&leaf.declared), (0, "leaf".to_owned()));
    assert_eq!(
        bot.attributes.get("ip").unwrap().ty,
        Type::Extension("ipaddr".into())
    );

    let group = schema.entity_types.get("N::Group").unwrap();
    assert!(group.ancestors.contains("N::Group"));
    let color = schema.entity_types.get("N::Color").unwrap();
    assert_eq!(color.enumeration, Some(vec!["red".into(), "blue".into()]));

    let photo = schema.entity_types.get("Other::Photo").unwrap();
    assert_eq!(at(&photo.declared), (1, "Photo".to_owned()));
    assert_eq!(photo.ancestors.len(), 2);
    let owner = photo.attributes.get("owner").unwrap();
    assert_eq!(owner.ty, Type::Entity("N::User".into()));
    assert_eq!(owner.annotations.get("doc").unwrap(), "who");
    assert_eq!(at(&owner.declared), (1, "owner".to_owned()));
    let cost = photo.attributes.get("cost").unwrap();
    assert!(!cost.required && cost.annotations.contains_key("sensitivity"));

    let action = |ty: &str, id: &str| Entity {
        ty: ty.into(),
        id: id.into(),
    };
    let upload = schema
        .actions
        .get(&action("Other::Action", "upload"))
        .unwrap();
    assert_eq!(at(&upload.declared), (1, "upload".to_owned()));
    assert!(upload.ancestors.contains(&action("N::Action", "reads")));
    let mfa = upload.context.get("mfa").unwrap();
    assert_eq!(mfa.annotations.get("trust").unwrap(), "attested");
    assert_eq!(at(&mfa.declared), (0, "mfa".to_owned()));
    let look = schema.actions.get(&action("N::Action", "look at")).unwrap();
    assert_eq!(at(&look.declared), (0, "\"look at\"".to_owned()));
    assert_eq!(look.resources.len(), 1);
    assert!(look.is_requestable());
}

#[test]
fn environments_are_sorted_and_labelled() {
    let outcome = build(&files(&[
        "entity User, Bot; entity Photo; action view, edit appliesTo { principal: [User, Bot], resource: Photo }; action all;",
    ]));
    let labels: Vec<String> = outcome
        .schema
        .unwrap()
        .environments()
        .iter()
        .map(|e| e.label.to_string())
        .collect();
    assert_eq!(
        labels,
        [
            "Bot, Action::\"edit\", Photo",
            "Bot, Action::\"view\", Photo",
            "User, Action::\"edit\", Photo",
            "User, Action::\"view\", Photo"
        ]
    );
}

#[test]
fn the_schema_agrees_with_the_validator() {
    let outcome = build(&files(&[FIRST, SECOND]));
    let (schema, validator) = (outcome.schema.unwrap(), outcome.validator.unwrap());
    let names: BTreeSet<String> = validator
        .entity_type_names()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, schema.entity_types.keys().cloned().collect());
    for ty in validator.entity_types() {
        let ours = schema.entity_types.get(&ty.name().to_string()).unwrap();
        let theirs: BTreeSet<String> = ty.attributes().keys().map(ToString::to_string).collect();
        assert_eq!(theirs, ours.attributes.keys().cloned().collect());
        for other in validator.entity_type_names() {
            let ancestors = &schema
                .entity_types
                .get(&other.to_string())
                .unwrap()
                .ancestors;
            assert_eq!(
                ty.has_descendant_entity_type(other),
                ancestors.contains(&ty.name().to_string()),
                "{other} below {}",
                ty.name()
            );
        }
    }
    for action in validator.action_ids() {
        let uid = action.name();
        let entity = Entity {
            ty: uid.entity_type().to_string(),
            id: uid.eid().as_ref().to_owned(),
        };
        let ours = schema.actions.get(&entity).unwrap();
        let theirs: BTreeSet<String> = action.principals().map(ToString::to_string).collect();
        assert_eq!(theirs, ours.principals);
        let below: BTreeSet<String> = action.descendants().map(ToString::to_string).collect();
        let ours: BTreeSet<String> = schema
            .actions
            .iter()
            .filter(|(_, a)| a.ancestors.contains(&entity))
            .map(|(e, _)| e.to_string())
            .collect();
        assert_eq!(below, ours);
    }
}

#[test]
fn types_that_explode_or_nest_without_end_are_refused() {
    let doubling: String = (1..60)
        .map(|n| format!("type T{n} = {{ a: T{0}, b: T{0} }};", n - 1))
        .collect();
    let text = format!("type T0 = Long; {doubling}");
    let all = found(&[&text]);
    assert_eq!(
        all.first(),
        Some(&("cedar/schema-type-too-large", "T15".to_owned()))
    );
    let chain: String = (1..5_000)
        .map(|n| format!("type T{n} = Set<T{}>;", n - 1))
        .collect();
    let text = format!("type T0 = Long; {chain}");
    assert_eq!(
        found(&[&text]).first(),
        Some(&("cedar/schema-type-too-large", "T64".to_owned()))
    );
    let deep: String = (1..60)
        .map(|n| {
            let (open, close) = ("{ a: ".repeat(30), " }".repeat(30));
            format!("type T{n} = {open}T{}{close};", n - 1)
        })
        .collect();
    let text = format!("type T0 = Long; {deep}");
    assert_eq!(
        found(&[&text]).first(),
        Some(&("cedar/schema-type-too-large", "T3".to_owned()))
    );
}
