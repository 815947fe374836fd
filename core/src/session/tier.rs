//! Tiers through the protocol.

use serde_json::Value;

use super::fields::Fields;
use super::{Answer, instant_of, one_of};
use crate::govern::{directory, directory_of, record};
use crate::render::{self, Options, TierFormat};
use crate::tier::{Input, tier};
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &[
    "as_of",
    "base",
    "baseline",
    "directory",
    "format",
    "record",
    "whole",
];

/// The tier as JSON or, where `format` is given, a string of JSON with it in that format. Where `base` is given, it
/// is the base from now on; else the base is what was set before. With `whole` there is no base.
pub(super) fn tiered(
    fields: &Fields<'_>,
    workspace: &mut Workspace,
    base: &mut Workspace,
) -> Answer {
    let as_of = instant_of(fields, "as_of")?;
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = TierFormat::ALL.map(TierFormat::as_str);
            TierFormat::parse(one_of("format", name, names)?)
        }
    };
    let whole = fields.optional_flag("whole")?;
    if let Some(files) = fields.optional_list("base")? {
        super::compare::set(base, files)?;
    }
    let mut baseline = match fields.optional_list("baseline")? {
        None => None,
        Some(files) => {
            let mut workspace = Workspace::new();
            super::compare::set(&mut workspace, files)?;
            Some(workspace)
        }
    };
    let record = match fields.optional_text("record")? {
        None => None,
        Some(text) => {
            let (record, findings) = record::read(text);
            let first = findings.first().map(|finding| finding.message.clone());
            let Some((record, _)) = record.filter(|_| first.is_none()) else {
                return Err(format!(
                    "`record` cannot be read: {}",
                    first.unwrap_or_else(|| "it says nothing".to_owned())
                ));
            };
            Some(record)
        }
    };
    let given = fields.optional_text("directory")?;
    // Who can approve is said by what is approved already.
    let own = if whole { &*workspace } else { &*base };
    let known = given.is_some() || own.text(directory::FILE_NAME).is_some();
    let directory = known.then(|| directory_of(own, given).0);
    let tiered = tier(Input {
        base: (!whole).then_some(base),
        head: workspace,
        baseline: baseline.as_mut(),
        record: record.as_ref(),
        directory: directory.as_ref(),
        as_of,
    });
    let Some(format) = format else {
        return Ok(render::tier_json(&tiered));
    };
    let text = render::tier(format, &tiered, &Options::default());
    Ok(Value::String(text).to_string())
}
