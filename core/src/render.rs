//! Reports for people and for other tools.

/// A report as JSON, without a final line break.
pub fn json(report: &crate::Report) -> String {
    serde_json::to_string(&crate::wire::Report::from(report)).unwrap_or_default()
}
