//! Inputs that once broke something or never came to an end, each as small as it could be made, and what
//! is now said of them. A test that does not end has failed.

#![expect(clippy::unwrap_used, reason = "tests")]

use portcullis_core::{Instant, Workspace};

/// The codes of the findings on a bundle, sorted, each once.
fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    let mut codes: Vec<_> = report.findings.iter().map(|f| f.rule.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Cedar compares the attributes of a record with the schema twice, and so what lies in `n` records `2^n`
/// times. In this test the schema is shallow, since without optimisation Cedar has assertions that double too.
#[test]
fn records_in_records_in_an_entity_end() {
    for (depth, in_schema, expected) in [
        (10, 10, &[][..]),
        (55, 2, &["cedar/entities-json-too-deep"]),
    ] {
        let schema = format!(
            "entity U {{ a: {}Long{} }};",
            "{ a: ".repeat(in_schema),
            " }".repeat(in_schema)
        );
        let entities = format!(
            r#"[{{"uid":{{"type":"U","id":"u"}},"attrs":{{"a":{}1{}}},"parents":[]}}]"#,
            r#"{"a":"#.repeat(depth),
            "}".repeat(depth)
        );
        let files = [("a.cedarschema", &*schema), ("a.entities.json", &*entities)];
        assert_eq!(codes(&files), expected, "{depth}");
    }
}
