//! YAML as such: what of it is read, and where things stand in it.

use proptest::prelude::*;

use super::*;

#[test]
fn a_key_for_the_second_time_is_not_read() {
    let config = check(
        r#"
profile: governed
checks: {self-comparison: low, "self-comparison": off}
#                              ^^^^^^^^^^^^^^^^^ duplicate-key
limits:
  files: 5
  'files': 6
# ^^^^^^^ duplicate-key
x: 1
#< unknown-key
x: 2
#< duplicate-key
"#,
    );
    assert_eq!(config.limits.get(Limit::Files), 5);
    assert_eq!(
        config.levels.get("self-comparison"),
        Some(&Level::At(Severity::Low))
    );
    let finding = only("profile: basic\nprofile: basic\n");
    assert_eq!(
        finding.labels.first().unwrap().at,
        crate::finding::Place::Here(Span::new(0, 7))
    );
}

#[test]
fn parts_of_yaml_that_are_not_read() {
    let config = check(
        r"
vocabulary: &v {policy: &words [a], schema: *words}
#           ^^ unsupported-yaml
#                       ^^^^^^ unsupported-yaml
#                                           ^^^^^^ unsupported-yaml
limits: {<<: *v, files: !!int 5, [a]: 3, ? {b: c} : 4}
#        ^^ unsupported-yaml
#            ^^ unsupported-yaml
#                       ^^^^^ unsupported-yaml
#                                ^^^ unsupported-yaml
#                                          ^^^^^^ unsupported-yaml
checks: !map
#       ^^^^ unsupported-yaml
  self-comparison: off
profile: *unknown
#        ^^^^^^^^ unsupported-yaml
",
    );
    assert_eq!(config.limits.get(Limit::Files), 5);
    assert_eq!(config.vocabulary.policy.len(), 1);
    assert_eq!(config.levels.len(), 1);
}

#[test]
fn one_document() {
    let (config, findings) = parse("---\nprofile: governed\n---\nprofile: basic\n");
    assert_eq!(config.profile, Profile::Governed);
    let found: Vec<_> = findings.iter().map(|f| (f.code, f.span)).collect();
    assert_eq!(found, [("config/unsupported-yaml", Span::new(22, 25))]);
    assert!(
        parse("%YAML 1.2\n---\nprofile: governed\n...\n")
            .1
            .is_empty()
    );
}

#[test]
fn no_yaml_from_some_place_on() {
    for (text, marked) in [
        ("profile: governed\nchecks: {a: b\n", "b"),
        ("profile: governed\nlimits: ]\n", "]"),
        ("profile: governed\nlimits:\n\tfiles: 1\n", "\t"),
        ("profile: governed\nlimits: \"é😀\n", "\""),
        ("profile: governed\nlimits: @x\n", "@"),
        ("profile: governed\nlimits:\n  files: 5\n bad: 1\n", "b"),
        ("profile: governed\nx\n", "x"),
    ] {
        let (config, findings) = parse(text);
        let syntax: Vec<_> = findings
            .iter()
            .filter(|f| f.code == "config/syntax")
            .collect();
        let [finding] = syntax.as_slice() else {
            panic!("{text:?}: {findings:?}");
        };
        assert_eq!(
            finding.span.text(text),
            marked,
            "{text:?} {}",
            finding.message
        );
        assert!(finding.message.starts_with("this is not YAML: "));
        assert_eq!(config.profile, Profile::Governed, "{text:?}");
    }
}

#[test]
fn deep_nesting_stops_before_anything_recurses() {
    for (open, levels) in [
        ("[", 64),
        ("[", 200),
        ("[", 100_000),
        ("{a: ", 70),
        ("- ", 100_000),
        ("? ", 70),
        ("{a: [", 40),
    ] {
        let text = format!("options: {{environments: \n{}", open.repeat(levels));
        let text = if open.starts_with(['-', '?']) {
            open.repeat(levels)
        } else {
            text
        };
        let (_, findings) = parse(&text);
        assert!(
            findings.iter().any(|f| f.code == "config/too-deep"),
            "{open} {levels}: {findings:?}"
        );
    }
    let fine = format!("{}x{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(only(&fine).code, "config/wrong-type");
    let lines: String = (0..70).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let (_, findings) = parse(&lines);
    assert!(findings.iter().any(|f| f.code == "config/too-deep"));
}

#[test]
fn many_aliases_cost_nothing() {
    let mut text = "a: &a [x]\n".to_owned();
    for n in 0..50 {
        text += &format!("k{n}: &k{n} [*a, *a, *a, *a]\n");
    }
    let (config, findings) = parse(&text);
    assert_eq!(config, Config::default());
    assert!(findings.len() > 250);
}

#[test]
fn positions_are_bytes_whatever_the_text() {
    let text = r#"
# é日本😀 before
vocabulary: {policy: ["日本", é, ok]} # 😀😀😀
#                     ^^^^ invalid-value
#                           ^ invalid-value
"x😀": 1
#<^^^ unknown-key
checks: {é日本😀: low}
#        ^^^^ unknown-check
"#;
    check_with(text, str::to_owned);
    check_with(text, |t| t.replace('\n', "\r\n"));
    check_with(text, |t| t.replace('\n', "\r"));
    check_with(text, |t| format!("\u{feff}{t}"));
    check_with(text, |t| format!("\u{feff}{}", t.replace('\n', "\r\n")));
    check_with(text, |t| format!("#{}\n{t}", "é".repeat(200)));
    assert_eq!(
        check_with(WHOLE, |t| format!("\u{feff}{}", t.replace('\n', "\r\n"))),
        check(WHOLE)
    );
    let first = only("\u{feff}profil: basic");
    assert_eq!(first.span, Span::new(3, 9));
}

#[test]
fn spans_of_collections_end_with_their_last_item() {
    let text = "profile:\n  - a\n  - b   # c\n\nlimits: {}\n";
    assert_eq!(only(text).span.text(text), "- a\n  - b");
    let text = "profile:\n- a\nlimits: {}\n";
    assert_eq!(only(text).span.text(text), "- a");
    let text = "profile:\n  a: [1,\n    2 ]  \n# end\nlimits: {}\n";
    assert_eq!(only(text).span.text(text), "a: [1,\n    2 ]");
    let text = "profile: {a: [b,], c: d, # }\n } # e\n";
    assert_eq!(only(text).span.text(text), "{a: [b,], c: d, # }\n }");
    let text = "profile: |\n  gov\n  x\n\nlimits: {}\n";
    assert_eq!(only(text).span.text(text), "|\n  gov\n  x");
}

/// Every span lies in the text and between characters; findings come in order.
fn sound(text: &str) -> Result<(), TestCaseError> {
    let (_, findings) = parse(text);
    for finding in &findings {
        prop_assert!(text.get(finding.span.range()).is_some(), "{finding:?}");
        for fix in &finding.fixes {
            for edit in &fix.edits {
                prop_assert!(text.get(edit.span.range()).is_some(), "{finding:?}");
            }
        }
    }
    prop_assert!(findings.is_sorted_by_key(|f| f.span));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        sound(&text)?;
    }

    #[test]
    fn no_mix_of_yaml_signs_panics(parts in proptest::collection::vec(prop_oneof![
        Just("\n"), Just("  "), Just(" "), Just("\t"), Just("\r"), Just("- "), Just("? "), Just(": "), Just(":"),
        Just("["), Just("]"), Just("{"), Just("}"), Just(","), Just("&a "), Just("*a"), Just("!t "), Just("!!str "),
        Just("|"), Just(">"), Just("|2-\n"), Just("'"), Just("\""), Just("\\x4"), Just("#"), Just("---"), Just("...\n"),
        Just("%YAML 1.2\n"), Just("%TAG ! x\n"), Just("<<"), Just("a"), Just("é日本😀"), Just("\u{feff}"), Just("\0"),
        Just("\u{85}"), Just("\u{2028}"), Just("profile"), Just("limits"), Just("5"), Just("~"),
    ], 0..60)) {
        sound(&parts.concat())?;
    }

    #[test]
    fn no_change_of_a_good_file_panics(
        at in 0..WHOLE.len(),
        len in 0_usize..20,
        insert in prop_oneof![".{0,4}", "[\\[\\]{}:,&*!|>'\"#%@\\-?\\n\\t \\x00]{1,6}"],
    ) {
        let end = (at + len).min(WHOLE.len());
        let text = format!("{}{insert}{}", WHOLE.get(..at).unwrap(), WHOLE.get(end..).unwrap());
        sound(&text)?;
    }

    #[test]
    fn a_value_is_marked_exactly(before in "[ -~é日😀]{0,90}", value in "[a-zé日😀]{1,9}", quoted in any::<bool>()) {
        let value = if quoted { format!("\"{value}\"") } else { format!("x{value}") };
        let text = format!("# {before}\nlimits: {{files: {value} }} # {before}\n");
        let (_, findings) = parse(&text);
        prop_assert_eq!(findings.len(), 1);
        for finding in findings {
            prop_assert_eq!(finding.span.text(&text), &value);
        }
    }
}
