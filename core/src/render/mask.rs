//! Sources without their secrets, for whatever shows or digests them.

use std::collections::BTreeMap;

use super::Sources;
use crate::Report;
use crate::checks::{marks_secrets, mask};
use crate::source::Span;
use crate::suite::TestReport;

/// The sources of a check as they may be shown.
pub(super) fn masked<'a>(
    report: &'a Report,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let marking = report.findings.iter().filter(|f| marks_secrets(f.rule));
    hiding(marking.map(|f| (&*f.file, f.range.span())), sources)
}

/// The sources of a run of tests as they may be shown.
pub(super) fn masked_tests<'a>(
    report: &'a TestReport,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let places = report.secrets.iter();
    hiding(places.map(|(file, at)| (&**file, at.span())), sources)
}

/// The sources with asterisks for every secret; every position is where it was.
fn hiding<'a>(
    places: impl Iterator<Item = (&'a str, Span)>,
    sources: Sources<'a>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let mut secrets: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (file, span) in places {
        secrets.entry(file).or_default().push(span);
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
