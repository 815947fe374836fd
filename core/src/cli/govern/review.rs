//! `portcullis review`.

use serde_json::json;

use super::{Govern, Read, Refused};
use crate::cli::{Output, prefix};
use crate::govern::review::{Due, review as due_of};
use crate::wire::SCHEMA_VERSION;

/// Says what is due; the exit code is 1 where something is overdue already.
pub(super) fn review(
    govern: &Govern,
    read: &mut Read<'_>,
    within_days: u32,
    as_json: bool,
) -> Result<Output, Refused> {
    let given = read.optional(govern.directory.as_ref())?;
    let folder = govern.head.clone().unwrap_or_default();
    let Some(workspace) = read.inputs.head.as_deref_mut() else {
        return Err(Output::usage("this needs a folder"));
    };
    if workspace.paths().next().is_none() {
        return Err(Output::empty(&folder));
    }
    let has_directory = given.is_some()
        || workspace
            .paths()
            .any(|path| path == crate::govern::directory::FILE_NAME);
    let (directory, findings) = crate::govern::directory_of(workspace, given.as_deref());
    if let Some(finding) = findings.first() {
        let path = match &govern.directory {
            Some(given) => given.clone(),
            None => format!(
                "{}{}",
                prefix(&folder, None),
                crate::govern::directory::FILE_NAME
            ),
        };
        let why = format!("it cannot be relied on: {}", finding.message);
        return Err(Output::unreadable(&path, &why));
    }
    let directory = has_directory.then_some(&directory);
    let due = due_of(workspace, directory, within_days, govern.as_of);
    let stdout = match as_json {
        true => json_of(&due),
        false => text(&due, &prefix(&folder, None), within_days),
    };
    Ok(Output {
        stdout,
        exit: u8::from(due.iter().any(|due| due.kind.is_overdue())),
        ..Output::default()
    })
}

fn text(due: &[Due], prefix: &str, within_days: u32) -> String {
    if due.is_empty() {
        return format!("nothing is due within {within_days} days\n");
    }
    let mut out = String::new();
    for due in due {
        out.push_str(&format!(
            "{prefix}{}:{} {}: {}\n",
            due.file,
            due.line,
            due.kind.as_str(),
            due.message
        ));
    }
    out
}

fn json_of(due: &[Due]) -> String {
    let due: Vec<_> = due
        .iter()
        .map(|due| {
            json!({
                "kind": due.kind.as_str(),
                "overdue": due.kind.is_overdue(),
                "when": due.when.map(|when| when.to_string()),
                "file": due.file,
                "line": due.line,
                "message": due.message,
            })
        })
        .collect();
    format!(
        "{}\n",
        json!({ "schema_version": SCHEMA_VERSION, "due": due })
    )
}
