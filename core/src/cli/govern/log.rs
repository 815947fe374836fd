//! `portcullis log`.

use super::{Govern, Read, Refused};
use crate::cli::{Output, Write, held};
use crate::govern::Log;
use crate::govern::canonical::Digest;
use crate::govern::log::Event;
use crate::render::GateFormat;
use crate::tier::Assess;

/// Appends an event of the change record to the log, which is begun where there is none. What the gate refuses
/// is not published.
pub(super) fn append(
    govern: &Govern,
    read: &mut Read<'_>,
    assess: Assess<'_>,
    event: Event,
) -> Result<Output, Refused> {
    if event == Event::Published {
        let refused = govern.gate(read, assess, GateFormat::Text, false)?;
        if refused.exit != 0 {
            return Err(Output {
                stderr:
                    "error: the gate refuses the change, so it is not written down as published\n"
                        .to_owned(),
                ..refused
            });
        }
    }
    let path = govern.log.clone().unwrap_or_default();
    let text = read.texts.get(&path).cloned();
    let log = verified(&path, text.as_deref().unwrap_or_default())?;
    let record = govern.record(&read.required(&govern.change)?)?;
    let line = log
        .append(event, &record, govern.as_of)
        .map_err(|reason| Output::refused(&format!("`{path}`: {reason}")))?;
    let after = verified(&path, &(text.clone().unwrap_or_default() + &line))?;
    Ok(Output {
        stdout: format!("{}\n", after.head()),
        writes: vec![Write {
            path,
            text: line,
            replaces: text.as_deref().map(|text| held(text.as_bytes())),
            appends: true,
        }],
        ..Output::default()
    })
}

/// Verifies the log, and that it ends with this hash where one is given.
pub(super) fn verify(
    govern: &Govern,
    read: &Read<'_>,
    head: Option<Digest>,
) -> Result<Output, Refused> {
    let path = govern.log.clone().unwrap_or_default();
    let log = verified(&path, &read.required(&path)?)?;
    if let Some(head) = head.filter(|head| *head != log.head()) {
        return Err(Output::refused(&format!(
            "`{path}` ends with `{}`, and not with `{head}`: entries were taken out, or it was written anew",
            log.head()
        )));
    }
    Ok(Output {
        stdout: format!(
            "{} {}\n",
            log.head(),
            match log.entries.len() {
                1 => "1 entry".to_owned(),
                many => format!("{many} entries"),
            }
        ),
        ..Output::default()
    })
}

pub(super) fn verified(path: &str, text: &str) -> Result<Log, Refused> {
    Log::read(text)
        .map_err(|broken| Output::refused(&format!("{path}:{}: {}", broken.line, broken.message)))
}
