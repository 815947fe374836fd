//! Schema files to one schema: every error of every file at its place, and the merged result.

mod expansion;
mod hierarchy;
pub(in crate::cedar) mod json;
pub(in crate::cedar) mod merge;
mod model;
mod outline;
pub(in crate::cedar) mod repair;
pub(in crate::cedar) mod syntax;

use std::sync::Arc;

use cedar_policy_core::validator::{RawName, ValidatorSchema, json_schema};

use crate::finding::{Finding, Severity};
use outline::Outline;

/// A schema file of a bundle.
#[derive(Debug, Clone)]
pub struct SchemaFile<'a> {
    /// Its path in the bundle.
    pub path: Arc<str>,
    /// Its text, within the limits.
    pub text: &'a str,
    /// Its syntax.
    pub format: Format,
}

/// The two syntaxes of schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cedar's schema syntax: `*.cedarschema`
    Cedar,
    /// JSON: `*.cedarschema.json`
    Json,
}

/// What the schema files of a bundle amount to.
#[derive(Debug, Clone, Default)]
pub struct SchemaOutcome {
    /// What Cedar validates against; `None` where there is no schema file or an error.
    pub validator: Option<Arc<ValidatorSchema>>,
    /// The same for the checks.
    pub schema: Option<Arc<crate::schema::Schema>>,
    /// What is wrong, each with the path of its file, sorted by file and position.
    pub findings: Vec<(Arc<str>, Finding)>,
}

/// A file with what was read from it.
struct Part<'a> {
    file: &'a SchemaFile<'a>,
    outline: Outline,
    /// What Cedar accepts of it.
    fragment: Option<json_schema::Fragment<RawName>>,
    /// Whether some of it is missing from `fragment`.
    broken: bool,
}

/// Reads and merges schema files. No file's errors hide another's.
pub fn build(files: &[SchemaFile<'_>]) -> SchemaOutcome {
    if files.is_empty() {
        return SchemaOutcome::default();
    }
    let mut findings = Vec::new();
    let parts: Vec<Part<'_>> = files
        .iter()
        .map(|file| {
            let (part, found) = read(file);
            findings.extend(found.into_iter().map(|f| (Arc::clone(&file.path), f)));
            part
        })
        .collect();
    let merged = merge::merge(&parts);
    findings.extend(merged.findings);
    findings.sort_by(|a, b| {
        let key =
            |(path, f): &(Arc<str>, Finding)| (Arc::clone(path), f.span, f.code, f.message.clone());
        key(a).cmp(&key(b))
    });
    findings.dedup();
    let failed = findings.iter().any(|(_, f)| f.severity == Severity::Error);
    let validator = merged.validator.filter(|_| !failed).map(Arc::new);
    let schema = validator.as_ref().map(|_| Arc::new(model::schema(&parts)));
    SchemaOutcome {
        validator,
        schema,
        findings,
    }
}

fn read<'a>(file: &'a SchemaFile<'a>) -> (Part<'a>, Vec<Finding>) {
    let (outline, fragment, findings) = match file.format {
        Format::Cedar => {
            let outline = Outline::cedar(file.text);
            let (fragment, findings) = syntax::parse(file.text, &outline);
            (outline, fragment, findings)
        }
        Format::Json => {
            let outline = crate::source::json::parse(file.text)
                .map(|root| Outline::json(&root))
                .unwrap_or_default();
            match json::parse(file.text) {
                Ok(fragment) => (outline, Some(fragment), Vec::new()),
                Err(findings) => (outline, None, findings),
            }
        }
    };
    let broken = findings.iter().any(|f| f.severity == Severity::Error);
    // One finding for the mark, and not one for each thing that it makes Cedar take for something else.
    let findings = match broken && file.text.starts_with('\u{feff}') {
        true => vec![crate::codes::byte_order_mark()],
        false => findings,
    };
    let part = Part {
        file,
        outline,
        fragment,
        broken,
    };
    (part, findings)
}

#[cfg(test)]
mod tests;
