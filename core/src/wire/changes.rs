//! The JSON of a report as what changed, between the module for JavaScript and the package around it.

use serde::Serialize;

use super::{Finding, List, SCHEMA_VERSION, Summary};
use crate::report::ReportedFinding;
use crate::workspace::Changes;

#[derive(Debug, Serialize)]
struct Wire<'a> {
    answer: u32,
    fresh: Vec<(u32, List<'a, ReportedFinding, Finding<'a>>)>,
    /// Five numbers for each group: its own, and byte, UTF-16 unit, line and column of its start.
    groups: Vec<u32>,
    schema_version: u32,
    summary: Summary,
    digest: &'a str,
}

/// The changes as JSON, without a final line break.
pub fn json(changes: &Changes) -> String {
    let wire = Wire {
        answer: changes.answer,
        fresh: changes
            .fresh
            .iter()
            .map(|(number, findings)| (*number, findings.as_slice().into()))
            .collect(),
        groups: changes
            .groups
            .iter()
            .flat_map(|(number, at)| [*number, at.byte, at.utf16, at.line, at.column])
            .collect(),
        schema_version: SCHEMA_VERSION,
        summary: (&changes.summary).into(),
        digest: &changes.digest,
    };
    serde_json::to_string(&wire).unwrap_or_default()
}
