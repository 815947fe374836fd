//! `portcullis.yaml` with what is expected under each line: `#^^^ code`, carets under the marked text.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod yaml;

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
  past-date: high
limits:
  file_bytes: 1000
  nesting_depth: 0x20
validation:
  level: 2
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
        config.levels.get("past-date"),
        Some(&Level::At(Severity::High))
    );
    assert_eq!(config.limits.get(Limit::FileBytes), 1000);
    assert_eq!(config.limits.get(Limit::NestingDepth), 32);
    assert_eq!(
        config.limits.get(Limit::Files),
        Limit::Files.default_value()
    );
    assert_eq!(config.validation.level, Some(2));
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
validation: {levels: 1, level: 0}
#            ^^^^^^ unknown-key
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
    assert_eq!(config.validation.level, Some(0));
    assert!(config.vocabulary.schema.contains("b"));
    assert_eq!(config.levels.len(), 1);
}

#[test]
fn sections_of_governance_know_their_keys() {
    for text in ["iam: {x: 1}", "apps: {_: {x: 1}}", "governance: {}"] {
        assert_eq!(only(text).code, "config/unknown-key");
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
validation: {level: "2"}
#                   ^^^ wrong-type
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
validation: {level: 101}
#                   ^^^ invalid-value
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
fn a_stricter_profile_locks_more() {
    for (profile, found) in [("basic", 0), ("governed", 0), ("regulated", 1)] {
        let text = format!("checks: {{permit-everything: off}}\nprofile: {profile}\n");
        let (_, findings) = parse(&text);
        assert_eq!(findings.len(), found, "{profile}");
        assert!(findings.iter().all(|f| f.code == "config/locked-check"));
    }
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
            .all(|rule| locked(rule, Profile::Basic))
    );
}
