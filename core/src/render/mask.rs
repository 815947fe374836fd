//! Sources without their secrets, for whatever shows or digests them.

use std::collections::{BTreeMap, BTreeSet};

use super::Sources;
use crate::Report;
use crate::checks::{marks_secrets, mask};
use crate::codes::ours;
use crate::config::FILE_NAME;
use crate::report::ReportedFinding;
use crate::source::Span;
use crate::suite::TestReport;

/// The sources of a check as they may be shown.
pub(super) fn masked<'a>(
    report: &'a Report,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let marking = report.findings.iter().filter(|f| marks_secrets(f.rule));
    let places = marking.map(|f| (&*f.file, f.range.span()));
    hiding(places, unread(&report.findings), sources)
}

/// The sources of a run of tests as they may be shown.
pub(super) fn masked_tests<'a>(
    report: &'a TestReport,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let places = report.secrets.iter();
    let places = places.map(|(file, at)| (&**file, at.span()));
    hiding(places, unread(&report.findings), sources)
}

/// The files that were not read, so that nobody knows what secrets they have.
fn unread(findings: &[ReportedFinding]) -> BTreeSet<&str> {
    let codes = [
        &ours::LIMIT_FILE_BYTES,
        &ours::LIMIT_BUNDLE_BYTES,
        &ours::LIMIT_FILES,
        &ours::LIMIT_STATEMENTS,
        &ours::FILE_UNKNOWN_KIND,
        &ours::FILE_NOT_READ,
    ]
    .map(|rule| rule.code);
    let is_nested_config = |f: &ReportedFinding| {
        f.rule.code == ours::FILE_NESTED_BUNDLE.code && f.file.ends_with(FILE_NAME)
    };
    let about = findings
        .iter()
        .filter(|f| codes.contains(&f.rule.code) || is_nested_config(f));
    about.map(|finding| &*finding.file).collect()
}

/// The sources with asterisks for every secret; every position is where it was. Of files that were not
/// read there is nothing to show.
fn hiding<'a>(
    places: impl Iterator<Item = (&'a str, Span)>,
    unread: BTreeSet<&'a str>,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let mut secrets: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (file, span) in places {
        secrets.entry(file).or_default().push(span);
    }
    move |path| {
        if unread.contains(path) {
            return None;
        }
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
