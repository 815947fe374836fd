//! Answers at run time through the protocol.

use serde_json::Value;

use super::fields::Fields;
use super::{Answer, instant_of};
use crate::govern::authorization::read;
use crate::render;
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &["approvals", "as_of", "directory", "request"];

/// Each costs the verification of a signature for each key of whom it names.
const MOST_APPROVALS: usize = 100;

/// What the policies say to a request, and what it must wait for, as JSON.
pub(super) fn authorize(fields: &Fields<'_>, workspace: &mut Workspace) -> Answer {
    let as_of = instant_of(fields, "as_of")?;
    let request = match fields.value("request")? {
        // JavaScript rounds large numbers, so that a host may have to write them itself.
        Value::String(text) => read::request_text(text)?,
        value => read::request(value)?,
    };
    let given = fields.optional_list("approvals")?.unwrap_or_default();
    if given.len() > MOST_APPROVALS {
        return Err(format!("`approvals` has more than {MOST_APPROVALS} items"));
    }
    let approvals = (given.iter().enumerate())
        .map(|(number, value)| {
            let text = match value {
                Value::Object(_) => value.to_string(),
                _ => {
                    return Err(format!(
                        "`approvals[{number}]` must be a DSSE envelope, an object"
                    ));
                }
            };
            read::envelope(&text).map_err(|why| format!("`approvals[{number}]`: {why}"))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let directory = fields.optional_text("directory")?;
    let answer = workspace.authorize(&request, &approvals, directory, as_of)?;
    Ok(render::authorization_json(&answer))
}
