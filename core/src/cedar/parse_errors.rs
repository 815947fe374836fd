//! Cedar's parse errors as findings.
//!
//! Every kind of error has a code of its own in [`crate::codes`]; none is passed on as a bare text.

mod excerpt;
mod structure;
mod syntax;
#[cfg(test)]
mod tests;

use cedar_policy_core::parser::err::{ParseError, ParseErrors};
use miette::Diagnostic;

use crate::finding::Finding;
use crate::source::Span;
use excerpt::Excerpt;

/// Every error of one statement's parse, in the order of position and code, each one once.
///
/// `text` is the text that was parsed. Spans count from its start, lie in it and on character
/// boundaries; an error at the end points at the end of the last token.
pub fn findings(errors: &ParseErrors, text: &str) -> Vec<Finding> {
    let excerpt = Excerpt::new(text);
    let mut found: Vec<Finding> = errors
        .iter()
        .map(|error| match error {
            ParseError::ToCST(error) => syntax::finding(error, &excerpt),
            ParseError::ToAST(error) => structure::finding(error, &excerpt),
        })
        .collect();
    found.sort_by(|a, b| key(a).cmp(&key(b)));
    found.dedup_by(|a, b| key(a) == key(b));
    found
}

fn key(finding: &Finding) -> (Span, &'static str, &str) {
    (finding.span, finding.code, &finding.message)
}

/// Where Cedar says that an error is, as byte offsets, and what it says there.
pub(super) fn cedar_label(error: &dyn Diagnostic) -> Option<(usize, usize, Option<String>)> {
    let label = error.labels()?.next()?;
    let start = label.offset();
    let end = start.saturating_add(label.len());
    Some((start, end, label.label().map(str::to_owned)))
}
