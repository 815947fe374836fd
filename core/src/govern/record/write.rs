//! Writes a change record, always the same way.

use serde_json::{Map, Value, json};

use super::{Approval, Dismissal, Record, State, TemplateApproval};

/// As YAML.
pub fn yaml(record: &Record) -> String {
    let mut out = String::new();
    mapping(&mut out, &members(record), 0);
    out
}

/// As JSON.
pub fn json(record: &Record) -> String {
    // A `Value` has nothing that cannot be written.
    let mut text =
        serde_json::to_string_pretty(&Value::Object(members(record))).unwrap_or_default();
    text.push('\n');
    text
}

/// The record's keys in the order in which a person reads them. What is not there is left out.
fn members(record: &Record) -> Map<String, Value> {
    let Record {
        id,
        base,
        head,
        engine,
        report,
        tests,
        tier,
        reasons,
        requirements,
        author,
        drafter,
        last_editor,
        owner,
        ticket,
        justification,
        valid_from,
        expires,
        recertify_by,
        retain_until,
        rollback,
        previous,
        submission,
        approvals,
        dismissals,
        template,
    } = record;
    let text = |value: Option<String>| value.map_or(Value::Null, Value::String);
    let shown = |value: &dyn ToString| Some(value.to_string());
    present([
        ("id", json!(id)),
        ("base", state(base)),
        ("head", state(head)),
        ("engine", json!(engine)),
        ("report", text(report.as_ref().and_then(|d| shown(d)))),
        ("tests", text(tests.as_ref().and_then(|d| shown(d)))),
        ("tier", json!(tier.as_str())),
        ("reasons", json!(reasons)),
        ("requirements", json!(requirements)),
        ("author", json!(author)),
        (
            "drafter",
            Value::Object(present([
                ("kind", json!(drafter.kind.as_str())),
                ("id", json!(drafter.id)),
                (
                    "prompt",
                    text(drafter.prompt.as_ref().and_then(|d| shown(d))),
                ),
            ])),
        ),
        ("last_editor", json!(last_editor)),
        ("owner", json!(owner)),
        ("ticket", json!(ticket)),
        ("justification", json!(justification)),
        (
            "valid_from",
            text(valid_from.as_ref().and_then(|t| shown(t))),
        ),
        ("expires", text(expires.as_ref().and_then(|t| shown(t)))),
        (
            "recertify_by",
            text(recertify_by.as_ref().and_then(|t| shown(t))),
        ),
        (
            "retain_until",
            text(retain_until.as_ref().and_then(|t| shown(t))),
        ),
        ("rollback", text(rollback.as_ref().and_then(|d| shown(d)))),
        ("previous", text(previous.as_ref().and_then(|d| shown(d)))),
        (
            "submission",
            submission
                .as_ref()
                .map_or(Value::Null, super::Envelope::to_json),
        ),
        ("approvals", approvals.iter().map(approval).collect()),
        ("dismissals", dismissals.iter().map(dismissal).collect()),
        (
            "template",
            template.as_ref().map_or(Value::Null, of_template),
        ),
    ])
}

fn state(state: &State) -> Value {
    json!({ "semantic": state.semantic.to_string(), "source": state.source.to_string() })
}

fn approval(approval: &Approval) -> Value {
    Value::Object(present([
        ("person", json!(approval.person)),
        ("issuer", json!(approval.issuer)),
        ("role", json!(approval.role)),
        ("slot", json!(approval.slot)),
        ("on_behalf_of", json!(approval.on_behalf_of)),
        ("decision", json!(approval.decision.as_str())),
        ("reason", json!(approval.reason)),
        ("acknowledgements", json!(approval.acknowledgements)),
        ("time", json!(approval.time.to_string())),
        ("step_up", json!(approval.step_up)),
        ("envelope", approval.envelope.to_json()),
    ]))
}

fn dismissal(dismissal: &Dismissal) -> Value {
    json!({
        "person": dismissal.person,
        "issuer": dismissal.issuer,
        "reason": dismissal.reason,
        "time": dismissal.time.to_string(),
        "dismisses": dismissal.dismisses.to_string(),
        "envelope": dismissal.envelope.to_json(),
    })
}

fn of_template(of: &TemplateApproval) -> Value {
    json!({
        "name": of.name,
        "digest": of.digest.to_string(),
        "person": of.person,
        "issuer": of.issuer,
        "role": of.role,
        "time": of.time.to_string(),
        "envelope": of.envelope.to_json(),
    })
}

fn present<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty()))
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn mapping(out: &mut String, members: &Map<String, Value>, indent: usize) {
    for (at, (key, value)) in members.iter().enumerate() {
        // The first key of an item stands behind its hyphen.
        if at > 0 || out.ends_with('\n') || out.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(key);
        out.push(':');
        match value {
            Value::Object(members) => {
                out.push('\n');
                mapping(out, members, indent + 2);
            }
            Value::Array(items) => {
                out.push('\n');
                for item in items {
                    out.push_str(&" ".repeat(indent + 2));
                    out.push_str("- ");
                    match item {
                        Value::Object(members) => mapping(out, members, indent + 4),
                        item => scalar(out, item),
                    }
                }
            }
            value => {
                out.push(' ');
                scalar(out, value);
            }
        }
    }
}

/// A scalar on one line. Texts that could be taken for something else are in quotes.
fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::String(text) if is_plain(text) => out.push_str(text),
        Value::String(text) => quoted(out, text),
        value => out.push_str(&value.to_string()),
    }
    out.push('\n');
}

/// Whether a text means itself without quotes, whatever reads it.
fn is_plain(text: &str) -> bool {
    let word =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '=' | ':');
    let is_colon_safe = !text.ends_with(':') && !text.contains("::");
    let is_keyword = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|keyword| text.eq_ignore_ascii_case(keyword));
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(word)
        && is_colon_safe
        && !is_keyword
}

/// In double quotes, with the escapes that YAML and JSON share.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || crate::config::words::is_invisible(c) => {
                let mut units = [0; 2];
                // Beyond the first 65,536 characters YAML has an escape of its own.
                match c.encode_utf16(&mut units) {
                    [unit] => out.push_str(&format!("\\u{unit:04x}")),
                    _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
