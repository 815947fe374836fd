//! Which way a change of `portcullis.yaml` goes, setting by setting.
//!
//! A setting is stricter where nothing that was reported, asked for or refused by it before can pass now. What is
//! not plainly stricter counts as looser.

use std::collections::{BTreeMap, BTreeSet};

use super::governance::{ActionWords, Governance, ResourceWords, Section};
use super::thresholds::{Each, Threshold, Thresholds};
use super::words::{nearest, shown};
use super::{Config, Level, Options, Validation, Vocabulary};
use crate::checks::OTHER_WORDS;
use crate::finding::Severity;
use crate::rules;
use crate::schema::classify::effects;
use crate::source::{Limit, Limits};
use crate::tier::is_tighter;

/// A setting that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingChange {
    /// Where it stands, as `iam.floors.action.write`.
    pub setting: String,
    /// The namespace, where it is of `apps`.
    pub app: Option<String>,
    /// Whether it is not plainly stricter.
    pub looser: bool,
    /// What changed, in a few words.
    pub what: String,
}

/// What `iam.max_template_links` and `iam.max_creep` are unless they are set; see the factors that read them.
const DEFAULT_BOUND: u32 = 5;

/// Every setting that is not the same in two files, sorted. What cannot be read in full has no direction.
pub(crate) fn changes(base: (&Config, &str), head: (&Config, &str)) -> Vec<SettingChange> {
    let mut all = compare(base.0, head.0);
    let is_broken = |text: &str| {
        let (_, findings) = super::parse(text);
        let mut severities = findings.iter().map(|finding| finding.severity);
        severities.any(|severity| severity == Severity::Error)
    };
    if base.1 != head.1 && (is_broken(base.1) || is_broken(head.1)) {
        all.push(SettingChange {
            setting: super::FILE_NAME.to_owned(),
            app: None,
            looser: true,
            what: "it cannot be read in full".to_owned(),
        });
    }
    all
}

/// Every setting that is not the same, sorted.
pub(crate) fn compare(base: &Config, head: &Config) -> Vec<SettingChange> {
    // Taken apart so that a new setting cannot be forgotten here.
    let Config {
        profile,
        levels,
        limits,
        validation,
        vocabulary,
        options,
        tests,
        governance,
    } = base;
    let mut out = Found::default();
    if *profile != head.profile {
        let what = format!("{} became {}", profile.as_str(), head.profile.as_str());
        out.add("profile", head.profile < *profile, what);
    }
    of_levels(base, head, levels, &mut out);
    of_limits(limits, &head.limits, &mut out);
    let (Validation { level }, after) = (validation, head.validation.level);
    out.bound("validation.level", *level, after, u32::MAX);
    of_vocabulary(vocabulary, &head.vocabulary, &mut out);
    of_options(options, &head.options, &mut out);
    of_tests(tests, &head.tests, &mut out);
    of_governance(governance, &head.governance, &mut out);
    let mut all = out.all;
    all.sort();
    all
}

#[derive(Default)]
struct Found {
    app: Option<String>,
    all: Vec<SettingChange>,
}

impl Found {
    fn add(&mut self, setting: impl Into<String>, looser: bool, what: impl Into<String>) {
        self.all.push(SettingChange {
            setting: setting.into(),
            app: self.app.clone(),
            looser,
            what: what.into(),
        });
    }

    /// A number, stricter where it is smaller; without it `default` counts.
    fn bound(&mut self, setting: &str, before: Option<u32>, after: Option<u32>, default: u32) {
        if before != after {
            let looser = after.unwrap_or(default) > before.unwrap_or(default);
            self.add(setting, looser, words(before, after));
        }
    }

    /// A number, stricter where it is larger.
    fn least(&mut self, setting: &str, before: Option<u32>, after: Option<u32>) {
        if before != after {
            self.add(setting, after < before, words(before, after));
        }
    }

    /// What no direction is known of.
    fn other<T: PartialEq>(&mut self, setting: &str, before: &T, after: &T) {
        if before != after {
            self.add(setting, true, "it changed");
        }
    }

    /// A class that is stricter where it is higher, and looser where it is gone.
    fn higher<T: PartialOrd>(&mut self, setting: &str, before: &Option<T>, after: &Option<T>) {
        if before != after {
            let looser = after < before;
            self.add(setting, looser, direction(looser));
        }
    }

    /// A set that is stricter where it has more.
    fn more<T: Ord>(&mut self, setting: &str, before: &BTreeSet<T>, after: &BTreeSet<T>) {
        if before != after {
            let looser = !after.is_superset(before);
            self.add(setting, looser, direction(looser));
        }
    }

    /// What stands under names; what is gone is looser.
    fn each<K: Ord + ToString, V>(
        &mut self,
        setting: &str,
        (before, after): (&BTreeMap<K, V>, &BTreeMap<K, V>),
        mut compare: impl FnMut(&mut Self, &str, Option<&V>, Option<&V>),
    ) {
        let names: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
        for name in names {
            let called = format!("{setting}.{}", name.to_string());
            compare(self, &called, before.get(name), after.get(name));
        }
    }
}

fn direction(looser: bool) -> &'static str {
    match looser {
        true => "it says less, or something else",
        false => "it says more",
    }
}

fn words(before: Option<u32>, after: Option<u32>) -> String {
    let word = |of: Option<u32>| of.map_or_else(|| "nothing".to_owned(), |of| of.to_string());
    format!("{} became {}", word(before), word(after))
}

/// Levels by what they come to: of each rule, at which severity each of its findings is reported.
fn of_levels(
    base: &Config,
    head: &Config,
    before: &BTreeMap<&'static str, Level>,
    out: &mut Found,
) {
    for rule in rules::all() {
        let said = (before.get(rule.code), head.levels.get(rule.code));
        if said.0 == said.1 {
            continue;
        }
        // In the profiles of both sides: a profile that is raised must not hide a level that is lowered. No finding
        // is more severe than its rule.
        let looser = [base.profile, head.profile].into_iter().any(|profile| {
            let mut own = Severity::ALL.into_iter().filter(|of| *of <= rule.severity);
            own.any(|own| {
                let reported = |of: &Config| match of.levels.get(rule.code) {
                    Some(Level::Off) => None,
                    Some(Level::At(severity)) => Some(*severity),
                    None => (rule.profile <= profile).then_some(own),
                };
                reported(head) < reported(base)
            })
        });
        // What is off stays off, whatever the profile comes to be.
        let looser = looser || said.1 == Some(&Level::Off);
        let word = |of: Option<&Level>| match of {
            None => "its own level",
            Some(Level::Off) => "off",
            Some(Level::At(severity)) => severity.as_str(),
        };
        let what = format!("{} became {}", word(said.0), word(said.1));
        out.add(format!("checks.{}", rule.code), looser, what);
    }
}

fn of_limits(before: &Limits, after: &Limits, out: &mut Found) {
    for limit in Limit::ALL {
        let (before, after) = (before.get(limit), after.get(limit));
        let name = format!("limits.{}", limit.key());
        out.bound(&name, Some(before), Some(after), limit.default_value());
    }
}

/// One word less is one more that is reported. One word more lets a misspelt control pass where it is like one.
fn of_vocabulary(before: &Vocabulary, after: &Vocabulary, out: &mut Found) {
    let Vocabulary { policy, schema } = before;
    let sets = [
        (
            "vocabulary.policy",
            policy,
            &after.policy,
            Vocabulary::POLICY,
        ),
        (
            "vocabulary.schema",
            schema,
            &after.schema,
            Vocabulary::SCHEMA,
        ),
    ];
    for (name, before, after, own) in sets {
        for word in after.difference(before) {
            let like = like_a_control(word, own);
            let what = match like {
                Some(control) => format!("{} was added, which is like `{control}`", shown(word)),
                None => format!("{} was added", shown(word)),
            };
            out.add(name, like.is_some(), what);
        }
        for word in before.difference(after) {
            out.add(name, false, format!("{} was taken away", shown(word)));
        }
    }
}

/// The built-in word that people may have meant by another: one that is near it, has it as a part, or stands for it.
fn like_a_control(word: &str, own: &'static [&'static str]) -> Option<&'static str> {
    /// Says nothing that anybody relies on.
    const HARMLESS: &[&str] = &["doc", "ticket", "owner", "id", "justification"];
    let plain = word.to_lowercase();
    let controls = || own.iter().copied().filter(|of| !HARMLESS.contains(of));
    let is_part = |control: &&str| {
        let control = control.replace('_', "");
        let joined: String = plain.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut parts = plain.split(|c: char| !c.is_alphanumeric());
        joined.starts_with(&control) || parts.any(|part| part == control)
    };
    let meant = OTHER_WORDS
        .iter()
        .find(|(other, _)| *other == plain)
        .and_then(|(_, meant)| controls().find(|of| of == meant));
    meant
        .or_else(|| controls().find(is_part))
        .or_else(|| nearest(word, controls()).and_then(|near| controls().find(|of| *of == near)))
}

fn of_options(before: &Options, after: &Options, out: &mut Found) {
    let Options {
        min_ipv4_prefix,
        min_ipv6_prefix,
        max_deref_level,
        max_expiry_days,
        max_policy_lines,
        max_inline_ids,
        min_justification_words,
        incompatible_actions,
        step_up_attributes,
        environments,
    } = before;
    let most = [
        ("max_deref_level", *max_deref_level, after.max_deref_level),
        ("max_expiry_days", *max_expiry_days, after.max_expiry_days),
        (
            "max_policy_lines",
            *max_policy_lines,
            after.max_policy_lines,
        ),
        ("max_inline_ids", *max_inline_ids, after.max_inline_ids),
    ];
    for (name, before, after) in most {
        out.bound(&format!("options.{name}"), Some(before), Some(after), 0);
    }
    let least = [
        (
            "min_ipv4_prefix",
            u32::from(*min_ipv4_prefix),
            u32::from(after.min_ipv4_prefix),
        ),
        (
            "min_ipv6_prefix",
            u32::from(*min_ipv6_prefix),
            u32::from(after.min_ipv6_prefix),
        ),
        (
            "min_justification_words",
            *min_justification_words,
            after.min_justification_words,
        ),
    ];
    for (name, before, after) in least {
        out.least(&format!("options.{name}"), Some(before), Some(after));
    }
    // A pair is the same either way round.
    let pairs = |list: &[(String, String)]| -> BTreeSet<BTreeSet<String>> {
        list.iter()
            .map(|(one, other)| BTreeSet::from([one.clone(), other.clone()]))
            .collect()
    };
    out.more(
        "options.incompatible_actions",
        &pairs(incompatible_actions),
        &pairs(&after.incompatible_actions),
    );
    let set = |list: &[String]| -> BTreeSet<String> { list.iter().cloned().collect() };
    let (before_set, after_set) = (set(step_up_attributes), set(&after.step_up_attributes));
    if before_set != after_set {
        // If fewer fields count as a step-up, more policies lack one.
        let looser = !after_set.is_subset(&before_set);
        let what = match looser {
            true => "other fields count as a step-up",
            false => "fewer fields count as a step-up",
        };
        out.add("options.step_up_attributes", looser, what);
    }
    // From the least protected to the most: the order says what may reach what.
    out.other("options.environments", environments, &after.environments);
}

fn of_tests(before: &Thresholds, after: &Thresholds, out: &mut Found) {
    let Thresholds {
        policies,
        clauses,
        conditions,
        decisive,
        environments,
        score,
        each,
        changed_only,
    } = before;
    let Each {
        clauses: each_clauses,
        conditions: each_conditions,
        score: each_score,
    } = each;
    let all = [
        ("coverage.policies", policies, &after.policies),
        ("coverage.clauses", clauses, &after.clauses),
        ("coverage.conditions", conditions, &after.conditions),
        ("coverage.decisive", decisive, &after.decisive),
        ("coverage.environments", environments, &after.environments),
        ("mutation.score", score, &after.score),
        ("each.clauses", each_clauses, &after.each.clauses),
        ("each.conditions", each_conditions, &after.each.conditions),
        ("each.score", each_score, &after.each.score),
    ];
    let percent = |of: &Option<Threshold>| of.map(|of| of.percent);
    for (name, before, after) in all {
        out.least(&format!("tests.{name}"), percent(before), percent(after));
    }
    if *changed_only != after.changed_only {
        out.add("tests.changed_only", after.changed_only, "it changed");
    }
}

fn of_governance(before: &Governance, after: &Governance, out: &mut Found) {
    let Governance { iam, apps } = before;
    of_section("iam", iam, &after.iam, out);
    let nothing = Section::default();
    let names: BTreeSet<&String> = apps.keys().chain(after.apps.keys()).collect();
    for name in names {
        out.app = Some(name.clone());
        let section = |of: Option<&'_ Section>| of.cloned().unwrap_or_else(|| nothing.clone());
        let (before, after) = (section(apps.get(name)), section(after.apps.get(name)));
        of_section(&format!("apps.{name}"), &before, &after, out);
    }
    out.app = None;
}

fn of_section(name: &str, before: &Section, after: &Section, out: &mut Found) {
    let Section {
        owners,
        // What it says counts, and not how.
        digest: _,
        actions,
        resources,
        principals,
        context,
        floors,
        max_template_links,
        max_creep,
        production,
    } = before;
    out.other(&format!("{name}.owners"), owners, &after.owners);
    let called = format!("{name}.actions");
    out.each(
        &called,
        (actions, &after.actions),
        |out, name, before, after| {
            let nothing = ActionWords::default();
            of_action(
                name,
                before.unwrap_or(&nothing),
                after.unwrap_or(&nothing),
                out,
            );
        },
    );
    let called = format!("{name}.resources");
    out.each(
        &called,
        (resources, &after.resources),
        |out, name, before, after| {
            let nothing = ResourceWords::default();
            of_resource(
                name,
                before.unwrap_or(&nothing),
                after.unwrap_or(&nothing),
                out,
            );
        },
    );
    let keys: BTreeSet<_> = principals.keys().chain(after.principals.keys()).collect();
    for ty in keys {
        let (before, after) = (principals.get(ty), after.principals.get(ty));
        if before != after {
            // Kinds are looked at by different checks, so that none is stricter than another.
            out.add(
                format!("{name}.principals.{ty}"),
                before.is_some(),
                direction(before.is_some()),
            );
        }
    }
    let keys: BTreeSet<_> = context.keys().chain(after.context.keys()).collect();
    for field in keys {
        let (before, after) = (context.get(field), after.context.get(field));
        if before != after {
            // Of all who vouch for a field the least counts.
            let looser = match (before, after) {
                (Some(before), Some(after)) => after > before,
                (before, _) => before.is_some(),
            };
            out.add(format!("{name}.context.{field}"), looser, direction(looser));
        }
    }
    let keys: BTreeSet<_> = floors.keys().chain(after.floors.keys()).collect();
    for factor in keys {
        let called = format!("{name}.floors.{factor}");
        out.higher(&called, &floors.get(factor), &after.floors.get(factor));
    }
    let bounds = [
        (
            "max_template_links",
            max_template_links,
            after.max_template_links,
        ),
        ("max_creep", max_creep, after.max_creep),
    ];
    for (key, before, after) in bounds {
        out.bound(&format!("{name}.{key}"), *before, after, DEFAULT_BOUND);
    }
    out.more(&format!("{name}.production"), production, &after.production);
}

fn of_action(name: &str, before: &ActionWords, after: &ActionWords, out: &mut Found) {
    let ActionWords {
        access,
        effect,
        reversible,
        limit,
        approval,
    } = before;
    out.higher(&format!("{name}.access"), access, &after.access);
    let set = |of: &Option<String>| -> BTreeSet<String> {
        let words = of.iter().flat_map(|of| effects(of));
        words.map(str::to_lowercase).collect()
    };
    out.more(&format!("{name}.effect"), &set(effect), &set(&after.effect));
    if *reversible != after.reversible {
        let looser = after.reversible != Some(false);
        out.add(format!("{name}.reversible"), looser, direction(looser));
    }
    if *limit != after.limit {
        let looser = match (limit, &after.limit) {
            (None, Some(_)) => false,
            (Some(before), Some(after)) => !is_tighter(after, before),
            (_, None) => true,
        };
        out.add(format!("{name}.limit"), looser, direction(looser));
    }
    if *approval != after.approval {
        let looser = approval.is_some();
        out.add(format!("{name}.approval"), looser, direction(looser));
    }
}

fn of_resource(name: &str, before: &ResourceWords, after: &ResourceWords, out: &mut Found) {
    let ResourceWords {
        sensitivity,
        regulated,
        pii,
    } = before;
    out.higher(
        &format!("{name}.sensitivity"),
        sensitivity,
        &after.sensitivity,
    );
    if *regulated != after.regulated {
        let looser = regulated.is_some();
        out.add(format!("{name}.regulated"), looser, direction(looser));
    }
    if *pii != after.pii {
        out.add(format!("{name}.pii"), *pii, direction(*pii));
    }
}

#[cfg(test)]
mod tests;
