#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::config::governance::NO_NAMESPACE;
use crate::finding::Severity;
use crate::tier::controls::Asked;
use crate::tier::{Controls, Tier, factors};

fn config(text: &str) -> Config {
    let (config, findings) = crate::config::parse(text);
    let errors = findings.iter().filter(|of| of.severity == Severity::Error);
    assert_eq!(errors.count(), 0, "{text}");
    config
}

/// The settings that changed, those that are looser with a `!`.
fn said(base: &str, head: &str) -> Vec<String> {
    let changes = compare(&config(base), &config(head));
    let mark = |looser| if looser { "!" } else { "" };
    let said = changes
        .iter()
        .map(|of| format!("{}{}", mark(of.looser), of.setting));
    said.collect()
}

#[test]
fn each_setting_has_its_direction() {
    for (base, head, setting) in [
        ("profile: basic", "profile: governed", "profile"),
        (
            "checks: {like-star: low}",
            "checks: {like-star: high}",
            "checks.like-star",
        ),
        ("checks: {like-star: off}", "", "checks.like-star"),
        ("checks: {missing-owner: off}", "", "checks.missing-owner"),
        (
            "limits: {files: 100}",
            "limits: {files: 10}",
            "limits.files",
        ),
        (
            "validation: {level: 3}",
            "validation: {level: 2}",
            "validation.level",
        ),
        ("", "validation: {level: 9}", "validation.level"),
        (
            "options: {max_inline_ids: 5}",
            "options: {max_inline_ids: 3}",
            "options.max_inline_ids",
        ),
        (
            "",
            "options: {min_ipv4_prefix: 16}",
            "options.min_ipv4_prefix",
        ),
        (
            "",
            "options: {step_up_attributes: [mfa]}",
            "options.step_up_attributes",
        ),
        (
            "tests: {mutation: {score: 50}}",
            "tests: {mutation: {score: 60}}",
            "tests.mutation.score",
        ),
        ("", "tests: {each: {clauses: 60}}", "tests.each.clauses"),
        (
            "",
            "iam: {floors: {action.read: constrained}}",
            "iam.floors.action.read",
        ),
        ("", "iam: {max_creep: 2}", "iam.max_creep"),
        ("", "iam: {production: [live]}", "iam.production"),
        (
            "iam: {context: {ip: derived}}",
            "iam: {context: {ip: caller}}",
            "iam.context.ip",
        ),
        (
            "apps: {A: {resources: {D: {sensitivity: internal}}}}",
            "apps: {A: {resources: {D: {sensitivity: restricted}}}}",
            "apps.A.resources.A::D.sensitivity",
        ),
        (
            "apps: {A: {actions: {'Action::\"x\"': {limit: context.n <= 5}}}}",
            "apps: {A: {actions: {'Action::\"x\"': {limit: context.n <= 3}}}}",
            "apps.A.actions.A::Action::\"x\".limit",
        ),
    ] {
        assert_eq!(said(base, head), [setting], "{base} → {head}");
        assert_eq!(said(head, base), [format!("!{setting}")], "{head} → {base}");
    }
    for (base, head) in [
        (
            "options: {environments: [dev, prod]}",
            "options: {environments: [prod, dev]}",
        ),
        ("iam: {owners: [iam]}", "iam: {owners: [security]}"),
        (
            "iam: {principals: {B: service}}",
            "iam: {principals: {B: agent}}",
        ),
    ] {
        for (base, head) in [(base, head), (head, base)] {
            let said = said(base, head);
            assert!(
                said.len() == 1 && said.iter().all(|of| of.starts_with('!')),
                "{said:?}"
            );
        }
    }
}

#[test]
fn a_profile_that_is_raised_hides_no_level_that_is_lowered() {
    let said = said(
        "profile: basic",
        "profile: governed\nchecks: {missing-owner: low}",
    );
    assert_eq!(said, ["!checks.missing-owner", "profile"]);
}

#[test]
fn how_it_is_written_does_not_count() {
    let one = "iam: { owners: [iam, security], floors: { action.read: human } }\nvocabulary: {policy: [a, b]}";
    let two = "# why\nvocabulary: {policy: [b, a]}\niam:\n  floors:\n    action.read: human\n  owners: [security, iam]";
    assert!(said(one, two).is_empty());
}

#[test]
fn a_word_that_is_like_a_control_is_looser() {
    for (word, looser) in [
        ("runbook", false),
        ("jira", false),
        ("team", false),
        ("severity_note", false),
        ("cost_center", false),
        ("expire", true),
        ("expires_at", true),
        ("Expires", true),
        ("expiry", true),
        ("break_glass", true),
        ("exeption", true),
        ("jti", true),
        ("revokeOn", true),
        ("recertify", true),
    ] {
        let head = format!("vocabulary: {{policy: [{word}]}}");
        let said = said("", &head);
        let mark = if looser { "!" } else { "" };
        assert_eq!(said, [format!("{mark}vocabulary.policy")], "{word}");
    }
}

#[test]
fn what_cannot_be_read_has_no_direction() {
    let text = "profile: governd\niam: {floors: {action.read: human}}";
    let (head, findings) = crate::config::parse(text);
    assert!(!findings.is_empty());
    let changes = changes((&Config::default(), ""), (&head, text));
    assert!(changes.iter().any(|of| of.looser));
}

/// Lines of a configuration: one of each row, or none.
const ROWS: [&[&str]; 16] = [
    &["profile: basic", "profile: governed", "profile: regulated"],
    &[
        "checks: {like-star: off, missing-owner: high}",
        "checks: {like-star: error}",
        "checks: {missing-owner: off}",
        "checks: {like-star: low, missing-owner: low}",
    ],
    &[
        "tests: {coverage: {policies: 50}}",
        "tests: {coverage: {policies: 60}, mutation: {score: 20}}",
        "tests: {mutation: {score: 30}, changed_only: true}",
    ],
    &[
        "options: {max_inline_ids: 3}",
        "options: {max_inline_ids: 9, min_ipv4_prefix: 16}",
        "options: {incompatible_actions: [['Action::\"a\"', 'Action::\"b\"']]}",
        "options: {environments: [dev, prod]}",
    ],
    &["limits: {files: 9}", "limits: {files: 100}"],
    &["validation: {level: 1}", "validation: {level: 3}"],
    &["  owners: [iam]", "  owners: [security]"],
    &[
        "  floors: {action.read: constrained}",
        "  floors: {action.read: human, diff.widened: human}",
        "  floors: {diff.widened: constrained}",
    ],
    &["  max_creep: 2", "  max_creep: 7"],
    &["  max_template_links: 1", "  max_template_links: 50"],
    &["  production: [live]", "  production: [live, shop]"],
    &["  context: {mfa: attested}", "  context: {mfa: caller}"],
    &["    owners: [team:a]", "    owners: [team:b]"],
    &[
        "    floors: {action.write: human}",
        "    floors: {action.write: constrained}",
    ],
    &[
        "    actions: {'Action::\"x\"': {access: read}}",
        "    actions: {'Action::\"x\"': {access: write, effect: export}}",
        "    actions: {'Action::\"x\"': {access: write, reversible: false}}",
    ],
    &[
        "    resources: {D: {sensitivity: internal}}",
        "    resources: {D: {sensitivity: restricted, pii: true}}",
    ],
];

fn written(choices: &[u8]) -> String {
    let line = |row: usize| {
        let of = usize::from(choices.get(row).copied().unwrap_or_default());
        of.checked_sub(1)
            .and_then(|of| ROWS.get(row)?.get(of))
            .copied()
    };
    let lines = |rows: std::ops::Range<usize>| rows.filter_map(line).collect::<Vec<_>>();
    let mut out = lines(0..6);
    for (head, rows) in [("iam:", 6..12), ("apps:\n  A:", 12..16)] {
        let inner = lines(rows);
        if !inner.is_empty() {
            out.push(head);
            out.extend(inner);
        }
    }
    out.join("\n")
}

/// The least tier of a factor in an application.
fn floor(config: &Config, app: &str, factor: &'static str) -> Option<Tier> {
    let governance = &config.governance;
    let sections = [Some(&governance.iam), governance.apps.get(app)];
    let floors = sections.into_iter().flatten();
    floors.filter_map(|of| of.floors.get(factor).copied()).max()
}

/// Who must approve what is of this tier.
fn controls(config: &Config, tier: Tier, app: &str) -> Controls {
    let asked = Asked {
        governance: &config.governance,
        directory: None,
        namespaces: &BTreeSet::from([app.to_owned()]),
        step_up: false,
    };
    asked.of(tier).join(&asked.of_iam())
}

fn percents(config: &Config) -> [u32; 2] {
    [&config.tests.policies, &config.tests.score].map(|of| of.as_ref().map_or(0, |of| of.percent))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn what_is_stricter_lowers_nothing(
        base in proptest::collection::vec(0u8..5, 16),
        edits in proptest::collection::vec((0usize..16, 0u8..5), 1..4),
    ) {
        let mut head = base.clone();
        for (row, choice) in edits {
            *head.get_mut(row).unwrap() = choice;
        }
        let (base, head) = (config(&written(&base)), config(&written(&head)));
        let changes = compare(&base, &head);
        let without_digests = |config: &Config| {
            let mut config = config.clone();
            config.governance.iam.digest.clear();
            config.governance.apps.values_mut().for_each(|app| app.digest.clear());
            config.governance.apps.retain(|_, app| *app != Section::default());
            config
        };
        prop_assert_eq!(changes.is_empty(), without_digests(&base) == without_digests(&head));
        if changes.is_empty() || changes.iter().any(|of| of.looser) {
            return Ok(());
        }
        // What went one way goes the other way back.
        let back = compare(&head, &base);
        // Two levels may come to the same.
        prop_assert!(back.iter().all(|of| of.looser || of.setting.starts_with("checks.")));
        for rule in rules::all() {
            for own in Severity::ALL.into_iter().filter(|of| *of <= rule.severity) {
                prop_assert!(head.severity(rule, own) >= base.severity(rule, own), "{}", rule.code);
            }
            prop_assert!(
                base.profile <= head.profile
                    && (!rule.is_suppressible_in(head.profile) || rule.is_suppressible_in(base.profile))
            );
        }
        for app in ["A", NO_NAMESPACE] {
            for factor in factors::ALL {
                prop_assert!(floor(&head, app, factor.id) >= floor(&base, app, factor.id));
            }
            for tier in Tier::ALL {
                let (before, after) = (controls(&base, tier, app), controls(&head, tier, app));
                prop_assert_eq!(after.clone().join(&before), after);
            }
        }
        let [before, after] = [percents(&base), percents(&head)];
        prop_assert!(before.iter().zip(after).all(|(before, after)| *before <= after));
        let bound = |of: Option<u32>| of.unwrap_or(DEFAULT_BOUND);
        let (before, after) = (&base.governance.iam, &head.governance.iam);
        prop_assert!(bound(after.max_creep) <= bound(before.max_creep));
        prop_assert!(bound(after.max_template_links) <= bound(before.max_template_links));
        prop_assert!(after.production.is_superset(&before.production));
    }
}
