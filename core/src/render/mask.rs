//! Sources without their secrets, for whatever shows or digests them.

use std::collections::BTreeMap;

use super::Sources;
use crate::Report;
use crate::checks::{marks_secrets, mask};
use crate::source::Span;

/// The sources as they may be shown: asterisks stand for every secret that the report marks, and every
/// position is where it was.
pub(super) fn masked<'a>(
    report: &'a Report,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let mut secrets: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for finding in &report.findings {
        if marks_secrets(finding.rule) {
            let spans = secrets.entry(&finding.file).or_default();
            spans.push(finding.range.span());
        }
    }
    move |path| {
        let text = sources(path)?;
        let Some(spans) = secrets.get(path) else {
            return Some(text);
        };
        let mut hidden: Vec<Span> = spans
            .iter()
            .map(|span| mask::hidden(&text, *span))
            .collect();
        hidden.sort();
        Some(mask::masked(&text, &hidden))
    }
}
