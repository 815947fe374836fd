//! Invariant 8: an edit re-does the work of the statements that it touched, and any sequence of edits
//! gives the report that a fresh workspace gives.

#![expect(clippy::unwrap_used, reason = "tests")]

use portcullis_core::{Edit, EditRange, Instant, Workspace};
use proptest::prelude::*;

fn as_of() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

fn policy(n: usize) -> String {
    format!(
        "@id(\"p{n}\")\npermit (principal == User::\"u{n}\", action == Action::\"view\", resource is Photo)\nwhen {{ resource.owner == principal && context.mfa && context.level > {} && resource.name like \"a{n}*\" }};\n\n",
        n % 9
    )
}

const SCHEMA: &str = "entity User;\nentity Photo { owner: User, name: String };\naction view appliesTo { principal: User, resource: Photo, context: { mfa: Bool, level: Long } };\n";

fn bundle(policies: usize) -> Workspace {
    let mut workspace = Workspace::new();
    let text: String = (0..policies).map(policy).collect();
    workspace
        .set_file("schema.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    workspace
}

#[test]
fn one_character_parses_one_statement_and_type_checks_one() {
    let mut workspace = bundle(1000);
    workspace.check(as_of());
    let before = workspace.counters();
    assert_eq!(
        (before.parsed, before.type_checked, before.schemas),
        (1000, 1000, 1)
    );
    let at = workspace
        .text("policies.cedar")
        .unwrap()
        .find("p500")
        .unwrap() as u32;
    workspace
        .edit_file(
            "policies.cedar",
            &Edit {
                range: EditRange::Utf16(at + 1, at + 2),
                insert: "7".to_owned(),
            },
        )
        .unwrap();
    workspace.check(as_of());
    let after = workspace.counters();
    assert_eq!(after.parsed - before.parsed, 1);
    assert_eq!(after.type_checked - before.type_checked, 1);
    assert_eq!(after.schemas, before.schemas);
}

#[test]
fn undoing_an_edit_costs_nothing() {
    let mut workspace = bundle(10);
    workspace.check(as_of());
    for insert in ["x", "p"] {
        let text = workspace.text("policies.cedar").unwrap();
        let at = text.find("3\")\npermit").unwrap() as u32 - 1;
        workspace
            .edit_file(
                "policies.cedar",
                &Edit {
                    range: EditRange::Bytes(at, at + 1),
                    insert: insert.to_owned(),
                },
            )
            .unwrap();
        workspace.check(as_of());
    }
    assert_eq!(workspace.counters().parsed, 11);
}

#[test]
fn a_schema_edit_checks_again_and_parses_nothing() {
    let mut workspace = bundle(100);
    workspace.check(as_of());
    let before = workspace.counters();
    workspace
        .set_file(
            "schema.cedarschema",
            SCHEMA
                .replace("level: Long", "level: Long, more: Bool")
                .as_bytes(),
        )
        .unwrap();
    workspace.check(as_of());
    let after = workspace.counters();
    assert_eq!(after.parsed, before.parsed);
    assert_eq!(after.type_checked - before.type_checked, 100);
    assert_eq!(after.schemas - before.schemas, 1);
}

#[test]
fn another_validation_level_checks_again_and_parses_nothing() {
    let mut workspace = bundle(100);
    let found = |workspace: &mut Workspace| {
        let findings = workspace.check(as_of()).findings;
        let too_deep = findings
            .iter()
            .filter(|f| f.rule.code == "cedar/deref-level");
        too_deep.count()
    };
    assert_eq!(found(&mut workspace), 0);
    let before = workspace.counters();
    for (level, expected) in [("1", 0), ("0", 200), ("1", 0)] {
        let config = format!("validation: {{ level: {level} }}");
        workspace
            .set_file("portcullis.yaml", config.as_bytes())
            .unwrap();
        assert_eq!(found(&mut workspace), expected, "level {level}");
    }
    let after = workspace.counters();
    assert_eq!(after.parsed, before.parsed);
    assert_eq!(after.type_checked - before.type_checked, 300);
    workspace.remove_file("portcullis.yaml").unwrap();
    assert_eq!(found(&mut workspace), 0);
}

#[test]
fn setting_the_same_text_again_costs_nothing() {
    let mut workspace = bundle(100);
    workspace.check(as_of());
    let before = workspace.counters();
    let text = workspace.text("policies.cedar").unwrap();
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    workspace.check(as_of());
    assert_eq!(workspace.counters(), before);
}

/// Fragments that open, close and join statements when they meet.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("permit (principal, action, resource);\n".to_owned()),
        Just(
            "@id(\"é日本😀\")\nforbid (principal, action, resource)\nwhen { 1 < 2 };\r\n"
                .to_owned()
        ),
        Just("permit".to_owned()),
        Just("(".to_owned()),
        Just(" (principal, action, resource)".to_owned()),
        Just(";".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("@id(\"x\")".to_owned()),
        Just("// c; \"\n".to_owned()),
        Just("/".to_owned()),
        Just("\n".to_owned()),
        Just(".".to_owned()),
        Just("}".to_owned()),
        Just("when { principal.permit (".to_owned()),
        Just(String::new()),
        "[ -~é😀\n]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3000 }))]

    #[test]
    fn any_sequence_of_edits_gives_the_report_of_a_fresh_start(
        start in prop::collection::vec(fragment(), 0..8),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), fragment()), 1..12),
        check_between in any::<bool>(),
    ) {
        let mut text: String = start.concat();
        let mut workspace = Workspace::new();
        workspace.set_file("schema.cedarschema", SCHEMA.as_bytes()).unwrap();
        workspace.set_file("a.cedar", text.as_bytes()).unwrap();
        workspace.check(as_of());
        for (a, b, insert) in edits {
            let boundaries: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (a, b) = (*a.get(&boundaries), *b.get(&boundaries));
            let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
            let to = *boundaries.iter().rfind(|i| **i <= to).unwrap();
            let units = |byte: usize| text.get(..byte).unwrap().encode_utf16().count() as u32;
            let range = EditRange::Utf16(units(from), units(to));
            workspace.edit_file("a.cedar", &Edit { range, insert: insert.clone() }).unwrap();
            text.replace_range(from..to, &insert);
            prop_assert_eq!(workspace.text("a.cedar").unwrap(), text.clone());
            if check_between {
                workspace.check(as_of());
            }
        }
        let mut fresh = Workspace::new();
        fresh.set_file("a.cedar", text.as_bytes()).unwrap();
        fresh.set_file("schema.cedarschema", SCHEMA.as_bytes()).unwrap();
        let report = workspace.check(as_of());
        prop_assert_eq!(&report, &fresh.check(as_of()));
        for finding in &report.findings {
            let file = workspace.text(&finding.file).unwrap();
            let range = finding.range;
            for position in [range.start, range.end] {
                prop_assert!(file.is_char_boundary(position.byte as usize));
                let before = file.get(..position.byte as usize).unwrap();
                prop_assert_eq!(before.encode_utf16().count() as u32, position.utf16);
            }
            prop_assert!(range.start.byte <= range.end.byte);
        }
    }
}
