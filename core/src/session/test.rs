//! Running policy tests through the protocol.

use super::fields::Fields;
use super::{Answer, instant_of, one_of};
use crate::render::{self, Options, TestFormat};
use crate::suite::TestOptions;
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &[
    "as_of",
    "coverage",
    "fail_fast",
    "filter",
    "format",
    "mutation",
    "policies",
    "suggest",
    "tags",
];

/// The report as JSON or, where `format` is given, a string of JSON with the report in that format.
pub(super) fn test(fields: &Fields<'_>, workspace: &mut Workspace) -> Answer {
    let policies = fields.optional_texts("policies")?;
    let options = TestOptions {
        filter: fields.optional_text("filter")?.map(str::to_owned),
        tags: fields.optional_texts("tags")?,
        fail_fast: fields.optional_flag("fail_fast")?,
        coverage: fields.optional_flag("coverage")?,
        mutation: fields.optional_flag("mutation")?,
        suggest: fields.optional_flag("suggest")?,
        policies: (!policies.is_empty())
            .then(|| policies.iter().map(|name| name.as_str().into()).collect()),
        ..TestOptions::new(instant_of(fields, "as_of")?)
    };
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = TestFormat::ALL.map(TestFormat::as_str);
            TestFormat::parse(one_of("format", name, names)?)
        }
    };
    let report = workspace.test(&options);
    let Some(format) = format else {
        return Ok(render::test_json(&report));
    };
    let sources = |path: &str| workspace.text(path);
    let text = render::test_report(format, &report, &sources, &Options::default());
    Ok(serde_json::Value::String(text).to_string())
}
