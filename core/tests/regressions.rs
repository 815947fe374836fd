//! Inputs that once broke something, each as small as it could be made, and what is now said of them in
//! good time.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant as Clock};

use portcullis_core::{Instant, Workspace};

/// What no small bundle may take, on any machine and without optimisation.
const FAR_TOO_LONG: Duration = Duration::from_secs(30);

/// The codes of the findings on a bundle, sorted, each once.
fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
    let begun = Clock::now();
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert!(begun.elapsed() < FAR_TOO_LONG, "{:?}", begun.elapsed());
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
