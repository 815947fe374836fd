//! `portcullis.yaml` with what is expected under each line: `#^^^ code`, carets under the marked text.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::source::{Limit, Span};

/// Parses the text and compares codes and underlined texts with the lines that begin with `#` and carets.
/// In the first column, where the comment's sign stands, `#<^^` marks three characters. The caret lines are comments to YAML, so the text is given to the parser as it is.
#[track_caller]
fn check(yaml: &str) -> Config {
    check_with(yaml, |text| text.to_owned())
}

#[track_caller]
fn check_with(yaml: &str, change: impl Fn(&str) -> String) -> Config {
    let mut expected: Vec<(String, String)> = Vec::new();
    let mut last = "";
    for line in yaml.lines() {
        let marks = line.trim_start_matches('#');
        if line.starts_with('#') && marks.trim_start().starts_with('^') {
            let from = line.chars().position(|c| c == '^').unwrap();
            let count = line.chars().filter(|c| *c == '^').count();
            let underlined: String = last.chars().skip(from).take(count).collect();
            let code = line.trim_start_matches(['#', ' ', '^']);
            expected.push((code.to_owned(), underlined));
        } else if let Some(rest) = line.strip_prefix("#<") {
            let carets = rest.chars().take_while(|c| *c == '^').count();
            let underlined: String = last.chars().take(1 + carets).collect();
            expected.push((rest.trim_start_matches(['^', ' ']).to_owned(), underlined));
        } else {
            last = line;
        }
    }
    let text = change(yaml);
    let (config, findings) = parse(&text);
    let found: Vec<(String, String)> = findings
        .iter()
        .map(|f| {
            (
                format!("config/{}", f.code.trim_start_matches("config/")),
                f.span.text(&text).to_owned(),
            )
        })
        .collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(code, text)| (format!("config/{code}"), text))
        .collect();
    assert_eq!(found, expected);
    for finding in &findings {
        let style = &finding.message;
        assert!(
            !style.ends_with('.') && !finding.help.ends_with('.'),
            "{style}"
        );
        assert!(
            style.starts_with(|c: char| c.is_lowercase() || c == '`'),
            "{style}"
        );
        assert!(!finding.help.is_empty());
    }
    config
}

#[track_caller]
fn only(yaml: &str) -> crate::finding::Finding {
    let (_, findings) = parse(yaml);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().unwrap()
}

const WHOLE: &str = r#"
profile: regulated
checks:
  self-comparison: off
  permit-everything: high
limits:
  file_bytes: 1000
  nesting_depth: 0x20
vocabulary:
  policy: [region, cost_center]
  schema:
  - region
options:
  min_ipv4_prefix: 16
  min_ipv6_prefix: 48
  max_deref_level: 0
  max_expiry_days: 90
  max_policy_lines: 30
  max_inline_ids: 3
  min_justification_words: 5
  incompatible_actions:
    - ['App::Action::"pay"', 'App::Action::"approve"']
  step_up_attributes: ["mfa"]
  environments:
    - lab   # a comment
    - 'live'
tests:
  coverage: {policies: 100, clauses: 90, conditions: 80, decisive: 70, environments: 0}
  mutation:
    score: 85
  changed_only: true
"#;

#[test]
fn every_key_takes_effect() {
    let config = check(WHOLE);
    assert_eq!(config.profile, Profile::Regulated);
    assert_eq!(config.levels.get("self-comparison"), Some(&Level::Off));
    assert_eq!(
        config.levels.get("permit-everything"),
        Some(&Level::At(Severity::High))
    );
    assert_eq!(config.limits.get(Limit::FileBytes), 1000);
    assert_eq!(config.limits.get(Limit::NestingDepth), 32);
    assert_eq!(
        config.limits.get(Limit::Files),
        Limit::Files.default_value()
    );
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        config.vocabulary.policy.iter().cloned().collect::<Vec<_>>(),
        words(&["cost_center", "region"])
    );
    let tests = &config.tests;
    let percent = |of: Option<Threshold>| of.map(|threshold| threshold.percent);
    let read = [
        (tests.policies, 100),
        (tests.clauses, 90),
        (tests.conditions, 80),
        (tests.decisive, 70),
        (tests.environments, 0),
        (tests.score, 85),
    ];
    for (threshold, expected) in read {
        assert_eq!(percent(threshold), Some(expected));
        let span = threshold.unwrap().span;
        assert_eq!(span.text(WHOLE), expected.to_string());
    }
    assert!(tests.changed_only && tests.need_coverage() && tests.need_mutation());
    assert_eq!(
        config.options,
        Options {
            min_ipv4_prefix: 16,
            min_ipv6_prefix: 48,
            max_deref_level: 0,
            max_expiry_days: 90,
            max_policy_lines: 30,
            max_inline_ids: 3,
            min_justification_words: 5,
            incompatible_actions: vec![(
                r#"App::Action::"pay""#.to_owned(),
                r#"App::Action::"approve""#.to_owned()
            )],
            step_up_attributes: words(&["mfa"]),
            environments: words(&["lab", "live"]),
        }
    );
}

#[test]
fn absent_sections_are_empty() {
    for text in [
        "checks:\n",
        "checks: {}\nlimits: ~\n",
        "vocabulary:\n  policy:\noptions: # none\n",
    ] {
        assert_eq!(check(text), Config::default());
    }
}

#[test]
fn nothing_at_all_is_said() {
    for text in [
        "",
        "\n\n",
        "# only a comment\n",
        "---\n",
        "---\n...\n",
        "~",
        "\u{feff}",
    ] {
        let finding = only(text);
        assert_eq!(
            (finding.code, finding.span),
            ("config/empty", Span::at(0)),
            "{text:?}"
        );
    }
}

#[test]
fn unknown_keys_at_every_level() {
    let config = check(
        r"
x: {profil: governed, iam: 1}
#< unknown-key
limits: {file-bytes: 5, nesting_depth: 7}
#        ^^^^^^^^^^ unknown-key
vocabulary: {policies: [a], schema: [b]}
#            ^^^^^^^^ unknown-key
options: {frobnicate: 1, max_expiry_days: 3}
#         ^^^^^^^^^^ unknown-key
tests: {coverage: {clause: 90}, mutation: {scores: 5}, change_only: true}
#                  ^^^^^^ unknown-key
#                                          ^^^^^^ unknown-key
#                                                      ^^^^^^^^^^^ unknown-key
checks: {missing-idd: off, no/such: low, self-comparison: low}
#        ^^^^^^^^^^^ unknown-check
#                          ^^^^^^^ unknown-check
",
    );
    assert_eq!(config.limits.get(Limit::NestingDepth), 7);
    assert_eq!(config.options.max_expiry_days, 3);
    assert!(config.vocabulary.schema.contains("b"));
    assert_eq!(config.levels.len(), 1);
}

#[test]
fn later_sections_are_not_known_yet() {
    for key in ["iam", "apps"] {
        assert_eq!(only(&format!("{key}: {{}}")).code, "config/unknown-key");
    }
}

#[test]
fn near_misses_are_named_and_can_be_replaced() {
    let finding = only("profil: governed\n");
    assert_eq!(finding.help, "did you mean `profile`?");
    assert_eq!(
        finding.fixes.first().unwrap().edits.first().unwrap().insert,
        "profile"
    );
    assert_eq!(
        only("checks: {self-comparision: low}").help,
        "did you mean `self-comparison`?"
    );
    assert_eq!(only("profile: goverend").help, "did you mean `governed`?");
    assert!(only("zzz: 1").fixes.is_empty());
}

#[test]
fn values_of_the_wrong_type() {
    let config = check(
        r#"
profile: [basic]
#        ^^^^^^^ wrong-type
checks: {self-comparison: false, permit-everything: {a: 1}}
#                         ^^^^^ wrong-type
#                                                   ^^^^^^ wrong-type
limits: {files: "5", statements: 1.5, file_bytes: 5 MB, bundle_bytes: 1_000, nesting_depth: 9}
#               ^^^ wrong-type
#                                ^^^ wrong-type
#                                                 ^^^^ wrong-type
#                                                                     ^^^^^ wrong-type
vocabulary: {policy: region, schema: [1, ok, true, [x]]}
#                    ^^^^^^ wrong-type
#                                     ^ wrong-type
#                                            ^^^^ wrong-type
#                                                  ^^^ wrong-type
options: {environments: {a: b}, incompatible_actions: [a, [b]]}
#                       ^^^^^^ wrong-type
#                                                      ^ wrong-type
#                                                         ^^^ invalid-value
tests: {coverage: 90, mutation: {score: "80"}, changed_only: "yes"}
#                 ^^ wrong-type
#                                       ^^^^ wrong-type
#                                                            ^^^^^ wrong-type
"#,
    );
    assert_eq!(config.tests, Thresholds::default());
    assert_eq!(config.limits.get(Limit::NestingDepth), 9);
    assert_eq!(config.vocabulary.schema.len(), 1);
    assert_eq!(config.options, Options::default());
}

#[test]
fn a_scalar_without_a_value_is_marked_at_its_key() {
    let finding = only("limits:\n  files:\n  statements: 5\n");
    assert_eq!(finding.code, "config/wrong-type");
    assert_eq!(finding.span, Span::new(10, 15));
    let finding = only("profile:\n\n# end\n");
    assert_eq!(finding.span, Span::new(0, 7));
    assert_eq!(
        finding.message,
        "`profile` has no value, but must be a word"
    );
}

#[test]
fn roots_that_are_no_mapping() {
    for text in ["basic", "[a, b]", "- a\n- b", "42", "'x'"] {
        let finding = only(text);
        assert_eq!(finding.code, "config/wrong-type");
        assert_eq!(finding.span.text(text), text);
    }
}

#[test]
fn numbers_out_of_range() {
    let config = check(
        r"
limits: {files: 0, statements: -5, nesting_depth: 65, file_bytes: 99999999999999999999999999999999999999999999}
#               ^ invalid-value
#                              ^^ invalid-value
#                                                 ^^ above-ceiling
#                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ above-ceiling
options: {min_ipv4_prefix: 33, min_ipv6_prefix: 129, max_expiry_days: 0, max_policy_lines: 5000000000, max_inline_ids: -1}
#                          ^^ invalid-value
#                                               ^^^ invalid-value
#                                                                     ^ invalid-value
#                                                                                          ^^^^^^^^^^ invalid-value
#                                                                                                                      ^^ invalid-value
tests: {coverage: {clauses: 101, conditions: -1}}
#                           ^^^ invalid-value
#                                            ^^ invalid-value
",
    );
    assert_eq!(config, Config::default());
    assert!(
        only("limits: {nesting_depth: 65}")
            .message
            .ends_with("ceiling of 64")
    );
}

#[test]
fn words_that_are_not_allowed() {
    check(
        r#"
profile: strict
#        ^^^^^^ invalid-value
checks: {self-comparison: fatal}
#                         ^^^^^ invalid-value
vocabulary: {policy: [cost-center, "", "a b", 2x, "ok"]}
#                     ^^^^^^^^^^^ invalid-value
#                                  ^^ invalid-value
#                                      ^^^^^ invalid-value
#                                             ^^ invalid-value
options: {environments: [dev, dev, " "], step_up_attributes: [mfa, mfa]}
#                             ^^^ invalid-value
#                                  ^^^ invalid-value
#                                                                  ^^^ invalid-value
"#,
    );
}

#[test]
fn pairs_of_actions() {
    let config = check(
        r#"
options:
  incompatible_actions:
    - ['Action::"a"', 'Action::"b"']
    - ['Action::"a"', 'Action::"a"']
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid-value
    - ['Action::"a"', 'Action::"b"', 'Action::"c"']
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid-value
    - ['User::"a"', Action::b]
#      ^^^^^^^^^^^ invalid-value
#                   ^^^^^^^^^ invalid-value
    - ['::Action::"a"', 'A B::Action::"b"']
#      ^^^^^^^^^^^^^^^ invalid-value
#                       ^^^^^^^^^^^^^^^^^^ invalid-value
    - ['Action::"a" ', 'Action::"a\"']
#      ^^^^^^^^^^^^^^ invalid-value
#                      ^^^^^^^^^^^^^^ invalid-value
"#,
    );
    assert_eq!(config.options.incompatible_actions.len(), 1);
}

#[test]
fn errors_that_nothing_may_silence_are_locked() {
    let config = check(
        r"
checks:
  config/syntax: off
#                ^^^ locked-check
  limit/files: low
#              ^^^ locked-check
  config/unknown-key: error
  config/empty: off
  permit-everything: off
",
    );
    assert_eq!(config.levels.len(), 3);
    assert!(
        crate::rules::all()
            .filter(|r| r.code.starts_with("limit/"))
            .all(locked)
    );
}

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
