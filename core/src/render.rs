//! Reports for people and for other tools.

/// A report as JSON, without a final line break.
pub fn json(report: &crate::Report) -> String {
    serde_json::to_string(&crate::wire::Report::from(report)).unwrap_or_default()
}

/// Stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}
impl Format {
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];
    pub fn parse(n: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == n)
    }
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}
#[derive(Debug, Default)]
pub struct Options<'a> {
    pub color: bool,
    pub width: usize,
    pub prefix: &'a str,
    pub docs: &'a str,
}
pub fn report(
    _: Format,
    r: &crate::Report,
    _: &dyn Fn(&str) -> Option<String>,
    _: &Options<'_>,
) -> String {
    r.findings
        .iter()
        .map(|f| {
            format!(
                "{}:{}:{} {} {}\n",
                f.file, f.range.start.line, f.range.start.column, f.rule.code, f.message
            )
        })
        .collect()
}
pub fn rules_list() -> String {
    String::new()
}
pub fn rule_page(_: &str) -> Option<String> {
    None
}
