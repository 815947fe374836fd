#![expect(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

mod examples;
mod model;

use super::*;

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

#[test]
fn hierarchies_without_end_are_refused() {
    let chain = |length: usize, of: &dyn Fn(usize, String) -> String| -> String {
        (0..length)
            .map(|n| {
                let above = n
                    .checked_sub(1)
                    .map_or_else(String::new, |above| format!("in [n{above}]"));
                of(n, above)
            })
            .collect()
    };
    let code = "cedar/schema-hierarchy-too-large";
    let entity: &dyn Fn(usize, String) -> String = &|n, above| format!("entity n{n} {above};");
    let action: &dyn Fn(usize, String) -> String = &|n, above| format!("action n{n} {above};");
    for of in [entity, action] {
        assert_eq!(found(&[&chain(65, of)]), []);
        assert_eq!(found(&[&chain(66, of)]), [(code, "n65".to_owned())]);
        let inside = format!("namespace A {{ {} }}", chain(5000, of));
        assert_eq!(found(&[&inside]).len(), 1);
    }
    // 400 groups, and members that are each in all of them.
    let groups: Vec<String> = (0..400).map(|n| format!("g{n}")).collect();
    let wide = |members: usize| -> String {
        let all = groups.join(", ");
        let members = (0..members).map(|n| format!("entity m{n} in [{all}];"));
        format!("entity {all}; {}", members.collect::<String>())
    };
    assert_eq!(found(&[&wide(250)]), []);
    assert_eq!(found(&[&wide(251)]), [(code, "m99".to_owned())]);
}

#[test]
fn common_types_that_are_written_out_in_many_places_are_refused() {
    let doubling: String = (1..15)
        .map(|n| format!("type T{n} = {{ a: T{0}, b: T{0} }};", n - 1))
        .collect();
    let with = |actions: usize| -> String {
        let actions = (0..actions).map(|n| {
            format!("action v{n} appliesTo {{ principal: U, resource: U, context: T14 }};")
        });
        format!(
            "entity U; type T0 = Long; {doubling} {}",
            actions.collect::<String>()
        )
    };
    assert_eq!(found(&[&with(1)]), []);
    assert_eq!(
        found(&[&with(10)]),
        [("cedar/schema-type-too-large", "v2".to_owned())]
    );
}
