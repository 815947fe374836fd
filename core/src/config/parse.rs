//! Reads `portcullis.yaml`.

use std::collections::BTreeSet;

use super::mentions::{Mention, Named};
use super::reader::{Codes, Reader, did_you_mean};
use super::words::shown;
use super::yaml::{Node, Value};
use super::{
    Config, FILE_NAME, Level, Options, Validation, Vocabulary, governance, locked, thresholds,
};
use crate::codes::ours;
use crate::facts::Spanned;
use crate::finding::{Finding, Severity};
use crate::rules::{self, Profile};
use crate::source::{Limit, Limits, TokenKind, tokens};

static CODES: Codes = Codes {
    syntax: &ours::CONFIG_SYNTAX,
    unsupported: &ours::CONFIG_UNSUPPORTED_YAML,
    too_deep: &ours::CONFIG_TOO_DEEP,
    empty: &ours::CONFIG_EMPTY,
    empty_help: "write what differs from the defaults, or delete the file",
    duplicate_key: &ours::CONFIG_DUPLICATE_KEY,
    unknown_key: &ours::CONFIG_UNKNOWN_KEY,
    wrong_type: &ours::CONFIG_WRONG_TYPE,
    invalid_value: &ours::CONFIG_INVALID_VALUE,
};

/// Reads a configuration. What is wrong with it becomes findings, whose spans count from the start of
/// the text; everything that is right takes effect all the same.
pub fn parse(text: &str) -> (Config, Vec<Finding>) {
    let (config, _, findings) = read(text);
    (config, findings)
}

/// As [`parse`], with what the file names that must exist elsewhere, in the order of the keys that are read.
pub(crate) fn read(text: &str) -> (Config, Vec<Mention>, Vec<Finding>) {
    let mut mentions = Vec::new();
    let mut reader = Reader::new(text, &CODES);
    let mut config = Config::default();
    if let Some(root) = reader.document(FILE_NAME) {
        let mut keys = vec![
            "profile",
            "checks",
            "limits",
            "validation",
            "vocabulary",
            "options",
            "tests",
            "iam",
            "apps",
        ];
        if let Value::Mapping(entries) = &root.value
            && let Some(entry) = entries.iter().find(|entry| entry.key == "builtin")
        {
            keys.push("builtin");
            reader.invalid(
                entry.key_span,
                "`builtin` is locked, so nothing can be written there".to_owned(),
                "delete it, and raise floors under `iam` or `apps`",
            );
        }
        let fields = reader.fields(&root, FILE_NAME, &keys);
        if let Some(node) = fields.get("profile") {
            let choices = Profile::ALL.map(|p| (p.as_str(), p));
            config.profile = reader
                .choice(node, "profile", &choices)
                .unwrap_or(config.profile);
        }
        if let Some(node) = fields.get("checks") {
            checks(&mut reader, node, &mut config);
        }
        if let Some(node) = fields.get("limits") {
            limits(&mut reader, node, &mut config.limits);
        }
        if let Some(node) = fields.get("validation") {
            validation(&mut reader, node, &mut config.validation);
        }
        if let Some(node) = fields.get("vocabulary") {
            vocabulary(&mut reader, node, &mut config.vocabulary);
        }
        if let Some(node) = fields.get("options") {
            options(&mut reader, node, &mut config.options, &mut mentions);
        }
        if let Some(node) = fields.get("tests") {
            thresholds::read(&mut reader, node, &mut config.tests);
        }
        let (iam, apps) = (fields.get("iam"), fields.get("apps"));
        governance::read(
            &mut reader,
            iam,
            apps,
            &mut config.governance,
            &mut mentions,
        );
    }
    (config, mentions, reader.finish())
}

fn checks(reader: &mut Reader<'_>, node: &Node, config: &mut Config) {
    let levels = [
        ("off", Level::Off),
        ("low", Level::At(Severity::Low)),
        ("medium", Level::At(Severity::Medium)),
        ("high", Level::At(Severity::High)),
        ("error", Level::At(Severity::Error)),
    ];
    for entry in reader.mapping(node, "checks") {
        let Some(rule) = rules::find(&entry.key) else {
            let finding = Finding::new(
                &ours::CONFIG_UNKNOWN_CHECK,
                entry.key_span,
                format!("{} is no check", shown(&entry.key)),
                "use a code that `portcullis rules` lists",
            );
            let known = rules::all().map(|rule| rule.code);
            reader.report(did_you_mean(finding, &entry.key, known));
            continue;
        };
        let name = format!("checks.{}", rule.code);
        let Some(level) = reader.choice(&entry.value, &name, &levels) else {
            continue;
        };
        if locked(rule, config.profile) && level != Level::At(rule.severity) {
            reader.report(Finding::new(
                &ours::CONFIG_LOCKED_CHECK,
                entry.value.span,
                format!("`{}` is always an error", rule.code),
                "delete this line",
            ));
            continue;
        }
        config.levels.insert(rule.code, level);
    }
}

fn limits(reader: &mut Reader<'_>, node: &Node, limits: &mut Limits) {
    let keys = Limit::ALL.map(Limit::key);
    let fields = reader.fields(node, "limits", &keys);
    for limit in Limit::ALL {
        let Some(node) = fields.get(limit.key()) else {
            continue;
        };
        let name = format!("limits.{}", limit.key());
        let Some(number) = reader.integer(node, &name) else {
            continue;
        };
        let ceiling = limit.ceiling();
        if number < 1 {
            reader.invalid(
                node.span,
                format!("`{name}` must be at least 1"),
                format!("use a number from 1 to {ceiling}"),
            );
        } else if u32::try_from(number).map_or(true, |value| limits.set(limit, value).is_err()) {
            reader.report(Finding::new(
                &ours::CONFIG_ABOVE_CEILING,
                node.span,
                format!("`{name}` is above its ceiling of {ceiling}"),
                format!("use {ceiling} or less; until then the default holds"),
            ));
        }
    }
}

fn validation(reader: &mut Reader<'_>, node: &Node, validation: &mut Validation) {
    let Validation { level } = validation;
    let fields = reader.fields(node, "validation", &["level"]);
    if let Some(node) = fields.get("level") {
        *level = reader.integer_in(node, "validation.level", 0..=100);
    }
}

fn vocabulary(reader: &mut Reader<'_>, node: &Node, vocabulary: &mut Vocabulary) {
    let fields = reader.fields(node, "vocabulary", &["policy", "schema"]);
    for (key, set) in [
        ("policy", &mut vocabulary.policy),
        ("schema", &mut vocabulary.schema),
    ] {
        let Some(node) = fields.get(key) else {
            continue;
        };
        for word in reader.texts(node, &format!("vocabulary.{key}")) {
            if is_identifier(word.value) {
                set.insert(word.value.to_owned());
            } else {
                reader.invalid(
                    word.span,
                    format!("{} cannot be an annotation's key", shown(word.value)),
                    "use letters, digits and `_`, and no digit at the start",
                );
            }
        }
    }
}

fn options(
    reader: &mut Reader<'_>,
    node: &Node,
    options: &mut Options,
    mentions: &mut Vec<Mention>,
) {
    // Taken apart so that a new option cannot be forgotten here.
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
    } = options;
    let prefixes = [
        ("min_ipv4_prefix", 32, min_ipv4_prefix),
        ("min_ipv6_prefix", 128, min_ipv6_prefix),
    ];
    let numbers = [
        ("max_deref_level", 0..=100, max_deref_level),
        ("max_expiry_days", 1..=36_500, max_expiry_days),
        ("max_policy_lines", 1..=100_000, max_policy_lines),
        ("max_inline_ids", 0..=10_000, max_inline_ids),
        ("min_justification_words", 1..=100, min_justification_words),
    ];
    let name_lists = [
        ("step_up_attributes", step_up_attributes),
        ("environments", environments),
    ];
    let keys: Vec<&str> = (prefixes.iter().map(|(key, ..)| *key))
        .chain(numbers.iter().map(|(key, ..)| *key))
        .chain(name_lists.iter().map(|(key, _)| *key))
        .chain(["incompatible_actions"])
        .collect();
    let fields = reader.fields(node, "options", &keys);
    for (key, most, slot) in prefixes {
        let value = fields
            .get(key)
            .and_then(|node| reader.integer_in(node, &format!("options.{key}"), 0..=most))
            .and_then(|value| u8::try_from(value).ok());
        *slot = value.unwrap_or(*slot);
    }
    for (key, range, slot) in numbers {
        let value = fields
            .get(key)
            .and_then(|node| reader.integer_in(node, &format!("options.{key}"), range));
        *slot = value.unwrap_or(*slot);
    }
    for (key, slot) in name_lists {
        if let Some(names) = fields
            .get(key)
            .and_then(|node| names(reader, node, &format!("options.{key}")))
        {
            *slot = names;
        }
    }
    if let Some(node) = fields.get("incompatible_actions") {
        let name = "options.incompatible_actions";
        *incompatible_actions = action_pairs(reader, node, name, mentions);
    }
}

/// A list of different names; `None` where it is no list, so that the default stays.
fn names(reader: &mut Reader<'_>, node: &Node, name: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for word in reader.texts(node, name) {
        if word.value.trim().is_empty() {
            reader.invalid(
                word.span,
                format!("an item of `{name}` is blank"),
                "write a name or delete the item",
            );
        } else if seen.insert(word.value) {
            names.push(word.value.to_owned());
        } else {
            reader.invalid(
                word.span,
                format!("{} is in `{name}` twice", shown(word.value)),
                "delete one of the two",
            );
        }
    }
    matches!(node.value, Value::Sequence(_)).then_some(names)
}

fn action_pairs(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    mentions: &mut Vec<Mention>,
) -> Vec<(String, String)> {
    let help = r#"write pairs of actions, as in `- ['Action::"pay"', 'Action::"approve"']`"#;
    let item_name = format!("an item of `{name}`");
    let mut pairs = Vec::new();
    for item in reader.list(node, name) {
        if !matches!(item.value, Value::Sequence(_)) {
            reader.wrong_type(item, &item_name, "a list of two actions", help);
            continue;
        }
        let written = reader.list(item, &item_name).len();
        let actions = reader.texts(item, &item_name);
        if written != 2 {
            reader.invalid(
                item.span,
                format!("{item_name} must have two actions, but this has {written}"),
                help,
            );
        }
        let [first, second] = actions.as_slice() else {
            continue;
        };
        let valid = [first, second].map(|action| check_action(reader, action, help));
        if written != 2 || valid.contains(&false) {
            continue;
        }
        if first.value == second.value {
            reader.invalid(
                item.span,
                "an action cannot be incompatible with itself".to_owned(),
                "name two different actions",
            );
            continue;
        }
        mentions.extend([first, second].map(|action| Mention {
            of: Named::Action(action.value.to_owned(), None),
            written: action.value.to_owned(),
            span: action.span,
        }));
        pairs.push((first.value.to_owned(), second.value.to_owned()));
    }
    pairs
}

fn check_action(reader: &mut Reader<'_>, action: &Spanned<&str>, help: &str) -> bool {
    let valid = is_action(action.value);
    if !valid {
        reader.invalid(
            action.span,
            format!("{} is not an action", shown(action.value)),
            help,
        );
    }
    valid
}

/// Whether a text names an action as Cedar writes it: `Namespace::Action::"id"`, without blanks.
fn is_action(text: &str) -> bool {
    let Some((path, id)) = text.split_once('"') else {
        return false;
    };
    let is_one_string = tokens(text.get(path.len()..).unwrap_or_default())
        .map(|token| token.kind)
        .eq([TokenKind::String]);
    let Some(type_name) = path.strip_suffix("::") else {
        return false;
    };
    !id.is_empty()
        && is_one_string
        && type_name.split("::").all(is_identifier)
        && type_name.split("::").last() == Some("Action")
}

pub(super) fn is_identifier(text: &str) -> bool {
    let mut tokens = tokens(text);
    matches!(
        (tokens.next().map(|t| t.kind), tokens.next()),
        (Some(TokenKind::Ident), None)
    )
}
