#![expect(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use std::collections::BTreeSet;

use super::*;
use crate::cedar::schema::{Format, SchemaFile, build};

const POLICIES: [&str; 3] = [
    "@id(\"both\") permit (principal == ?principal, action == Action::\"view\", resource in ?resource);",
    "permit (principal in ?principal, action, resource);",
    "@id(\"static\") permit (principal, action, resource);",
];

fn policies() -> Vec<Linkable> {
    POLICIES
        .iter()
        .enumerate()
        .map(|(position, text)| {
            let template = cedar_policy_core::parser::parse_policy_or_template(None, text).unwrap();
            Linkable::new(Arc::new(template), position)
        })
        .collect()
}

fn schema() -> Arc<ValidatorSchema> {
    build(&[SchemaFile {
        path: "s".into(),
        text: "entity User; entity Album; entity Color enum [\"red\"]; action view appliesTo { principal: User, resource: Album };",
        format: Format::Cedar,
    }])
    .validator
    .unwrap()
}

fn found(text: &str) -> Vec<(&'static str, String)> {
    check(text, &policies(), Some(&schema()))
        .1
        .iter()
        .map(|f| {
            assert!(!f.message.is_empty() && !f.help.is_empty(), "{f:?}");
            (f.code, f.span.text(text).to_owned())
        })
        .collect()
}

fn link(template: &str, id: &str, args: &str) -> String {
    format!(r#"{{"template_id": "{template}", "link_id": "{id}", "args": {{{args}}}}}"#)
}

const USER: &str = r#""?principal": "User::\"a\"""#;
const ALBUM: &str = r#""?resource": "Album::\"é\"""#;

/// A code, a file that has it and nothing else, and the text that is underlined.
fn examples() -> Vec<(&'static str, String, String)> {
    let both = format!("{USER}, {ALBUM}");
    let one = |text: String| format!("[{text}]");
    vec![
        ("cedar/links-json-syntax", "[,]".into(), ",".into()),
        ("cedar/links-json-too-deep", "[".repeat(200), "[".into()),
        ("cedar/links-value", "{}".into(), "{}".into()),
        ("cedar/links-value", "[7]".into(), "7".into()),
        (
            "cedar/links-value",
            one(link("policy1", "l", r#""?principal": {"type": "User"}"#)),
            r#"{"type": "User"}"#.into(),
        ),
        (
            "cedar/links-unknown-key",
            one(link("policy1", "l", USER).replace("\"args\"", "\"arg\": 1, \"args\"")),
            "\"arg\"".into(),
        ),
        (
            "cedar/links-missing-key",
            r#"[{"template_id": "policy1", "args": {"?principal": "User::\"a\""}}]"#.into(),
            r#"{"template_id": "policy1", "args": {"?principal": "User::\"a\""}}"#.into(),
        ),
        (
            "cedar/links-duplicate-key",
            one(link("policy1", "l", &format!("{USER}, {USER}"))),
            "\"?principal\"".into(),
        ),
        (
            "cedar/links-unknown-template",
            one(link("bth", "l", &both)),
            "\"bth\"".into(),
        ),
        (
            "cedar/links-not-a-template",
            one(link("static", "l", "")),
            "\"static\"".into(),
        ),
        (
            "cedar/links-unknown-slot",
            one(link("policy1", "l", &format!(r#"{USER}, "principal": """#))),
            "\"principal\"".into(),
        ),
        (
            "cedar/links-extra-slot",
            one(link("policy1", "l", &both)),
            "\"?resource\"".into(),
        ),
        (
            "cedar/links-missing-slot",
            one(link("both", "l", USER)),
            format!("{{{USER}}}"),
        ),
        (
            "cedar/links-invalid-entity",
            one(link("policy1", "l", r#""?principal": "User::a""#)),
            "\"User::a\"".into(),
        ),
        (
            "cedar/links-duplicate-id",
            format!("[{0}, {0}]", link("both", "l", &both)),
            "\"l\"".into(),
        ),
        (
            "cedar/links-duplicate-id",
            one(link("both", "static", &both)),
            "\"static\"".into(),
        ),
        (
            "cedar/links-type",
            one(link(
                "both",
                "l",
                &format!(r#""?principal": "Usr::\"a\"", {ALBUM}"#),
            )),
            r#""Usr::\"a\"""#.into(),
        ),
        (
            "cedar/links-type",
            one(link("policy1", "l", r#""?principal": "Color::\"blue\"""#)),
            r#""Color::\"blue\"""#.into(),
        ),
    ]
}

#[test]
fn every_example_has_exactly_its_finding() {
    let wrong: Vec<_> = examples()
        .into_iter()
        .filter_map(|(code, text, underlined)| {
            let found = found(&text);
            let expected = [(code, underlined)];
            (found != expected).then_some((expected, found))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_link_that_can_never_apply_is_a_warning() {
    let text = format!(
        "[{}]",
        link(
            "both",
            "l",
            &format!(r#""?principal": "Color::\"red\"", {ALBUM}"#)
        )
    );
    let (links, findings) = check(&text, &policies(), Some(&schema()));
    assert_eq!(links.len(), 1);
    let found: Vec<_> = findings.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(
        found,
        [("cedar/links-type", crate::finding::Severity::Medium)]
    );
}

#[test]
fn every_code_has_an_example() {
    let shown: BTreeSet<&str> = examples().iter().map(|(code, ..)| *code).collect();
    let expected: BTreeSet<&str> = codes::RULES.iter().map(|r| r.code).collect();
    assert_eq!(shown, expected);
}

#[test]
fn good_links_are_returned_by_id_and_by_position() {
    let text = format!(
        "[{}, {}, {}]",
        link("both", "a", &format!("{USER}, {ALBUM}")),
        link("policy1", "b", USER),
        link("policy0", "c", &format!("{ALBUM}, {USER}"))
    );
    let (links, findings) = check(&text, &policies(), Some(&schema()));
    assert_eq!(findings, []);
    let templates: Vec<_> = links
        .iter()
        .map(|l| (l.template, l.values().len()))
        .collect();
    assert_eq!(templates, [(0, 2), (1, 1), (0, 2)]);
    let resource = links.first().unwrap().resource.as_ref().unwrap();
    assert_eq!(resource.0.to_string(), "Album::\"é\"");
}

#[test]
fn all_errors_of_all_links_come_out_at_once() {
    let text = r#"[{"template_id": "nope", "linkid": "x", "args": {"?princpal": "a", "?resource": 3}}, {"template_id": 4}]"#;
    let (_, findings) = check(text, &policies(), None);
    let found: Vec<_> = findings.iter().map(|f| (f.code, f.help.as_str())).collect();
    assert_eq!(
        found,
        [
            ("cedar/links-missing-key", "add `link_id`"),
            (
                "cedar/links-unknown-template",
                "use a template's `@id`, or its position as `policy0`"
            ),
            ("cedar/links-unknown-key", "did you mean `link_id`"),
            ("cedar/links-unknown-slot", "did you mean `?principal`"),
            ("cedar/links-value", "write a string"),
            ("cedar/links-missing-key", "add `args`"),
            ("cedar/links-missing-key", "add `link_id`"),
            ("cedar/links-value", "write a string"),
        ]
    );
}

#[test]
fn a_position_that_several_files_have_names_nothing() {
    let mut twice = policies();
    twice.extend(policies());
    let text = format!("[{}]", link("policy1", "l", USER));
    let (links, findings) = check(&text, &twice, None);
    assert!(links.is_empty());
    assert_eq!(
        findings.first().unwrap().code,
        "cedar/links-unknown-template"
    );
}

#[test]
fn ids_are_unique_across_files() {
    let text = format!("[{}]", link("policy1", "l", USER));
    let (links, findings) = check_files(
        &[("1".into(), &text), ("2".into(), &text)],
        &policies(),
        None,
    );
    assert_eq!(links.len(), 2);
    let [(path, finding)] = findings.as_slice() else {
        unreachable!("{findings:?}")
    };
    assert_eq!(
        (path.as_ref(), finding.message.as_str()),
        ("2", "a link in `1` has the id `l` too")
    );
}
