//! `portcullis gate`, `change`, `log`, `review` and `authorize`.
//!
//! The door reads what [`Govern`] needs, its key file included, and calls [`Govern::run`]. Where that answers
//! with bytes to sign, the door signs them and calls it again with the signature. The key never gets here.

mod authorize;
mod change;
mod log;
mod review;
mod sign;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Output, Write};
use crate::finding::Finding;
use crate::govern::{self, Directory, PublicKey, record};
use crate::render::{GateFormat, GateSource};
use crate::source::{Limit, LineIndex, Position};
use crate::tier::{self, Assess};
use crate::time::Instant;
use crate::workspace::Workspace;

pub use authorize::{Approve, Authorize, MINUTES, MOST};
pub use change::New;
pub use sign::{Deed, Sign};

/// A command about changes, and what it needs to have read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Govern {
    /// The folder of what is published now.
    pub base: Option<String>,
    /// The folder of what is to be published.
    pub head: Option<String>,
    /// Files beside these.
    pub files: Vec<FileNeed>,
    /// The file of the private key.
    pub key: Option<String>,
    /// The path of the change record.
    pub change: String,
    /// The path of a directory that stands in for the base's.
    pub directory: Option<String>,
    /// The path of the log.
    pub log: Option<String>,
    /// The folder of what was last approved, where that is not the base.
    pub baseline: Option<String>,
    /// What counts as now.
    pub as_of: Instant,
    /// What is to be done.
    pub task: Task,
}

/// A file that a command needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNeed {
    /// Its path.
    pub path: String,
    /// Whether it must exist.
    pub required: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Say whether the change may be published.
    Gate(GateFormat),
    /// Say whether anything is wrong with the record, whoever is still to approve.
    Verify(GateFormat),
    /// Draft a record.
    New(Box<New>),
    /// Sign something.
    Sign(Sign),
    /// Answer a request, or approve one.
    Authorize(Authorize),
    /// Append to a log.
    Append(govern::log::Event),
    /// Verify a log; its last hash must be this one.
    VerifyLog(Option<govern::canonical::Digest>),
    /// Say what is due within so many days, as JSON or not.
    Review {
        /// How many days to look ahead.
        within_days: u32,
        /// Whether as JSON.
        json: bool,
    },
}

/// What the door has read.
#[derive(Debug, Default)]
pub struct Inputs<'a> {
    /// The bundle of [`Govern::base`].
    pub base: Option<&'a mut Workspace>,
    /// The bundle of [`Govern::head`].
    pub head: Option<&'a mut Workspace>,
    /// The bundle of [`Govern::baseline`].
    pub baseline: Option<&'a mut Workspace>,
    /// The files of [`Govern::files`] that exist.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The public half of [`Govern::key`].
    pub key: Option<PublicKey>,
    /// The signature that was asked for.
    pub signature: Option<[u8; 64]>,
}

/// What comes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is done.
    Done(Output),
    /// These bytes are to be signed with the key, and the command to be run again with the signature.
    Sign(Vec<u8>),
}

/// What a command has read, as text.
struct Read<'a> {
    inputs: Inputs<'a>,
    texts: BTreeMap<String, String>,
}

/// The bundles that a change is about.
struct Bundles<'r> {
    base: &'r mut Workspace,
    head: &'r mut Workspace,
    baseline: Option<&'r mut Workspace>,
}

impl<'r> Bundles<'r> {
    /// The change from the one to the other, by its record and the people of the base.
    fn with(
        self,
        record: &'r record::Record,
        directory: &'r Directory,
        as_of: Instant,
    ) -> tier::Input<'r> {
        tier::Input {
            base: Some(self.base),
            head: self.head,
            baseline: self.baseline,
            record: Some(record),
            directory: Some(directory),
            as_of,
        }
    }
}

type Refused = Output;

impl Govern {
    /// Carries the command out.
    pub fn run(&self, inputs: Inputs<'_>) -> Step {
        self.run_with(inputs, &tier::assess)
    }

    /// As [`Self::run`], with changes assessed by `assess`.
    pub fn run_with(&self, mut inputs: Inputs<'_>, assess: Assess<'_>) -> Step {
        let mut texts = BTreeMap::new();
        let files = std::mem::take(&mut inputs.files);
        for path in files.keys() {
            match text_of(path, &files) {
                Ok(text) => texts.insert(path.clone(), text.to_owned()),
                Err(refused) => return Step::Done(refused),
            };
        }
        let mut read = Read { inputs, texts };
        let step = match &self.task {
            Task::Gate(format) => self.gate(&mut read, assess, *format, false).map(Step::Done),
            Task::Verify(format) => self.gate(&mut read, assess, *format, true).map(Step::Done),
            Task::New(new) => new.run(self, &mut read, assess).map(Step::Done),
            Task::Sign(sign) => sign.run(self, &mut read, assess),
            Task::Authorize(authorize) => authorize.run(self, &mut read),
            Task::Append(event) => log::append(self, &mut read, assess, *event).map(Step::Done),
            Task::VerifyLog(head) => log::verify(self, &read, *head).map(Step::Done),
            Task::Review { within_days, json } => {
                review::review(self, &mut read, *within_days, *json).map(Step::Done)
            }
        };
        step.unwrap_or_else(Step::Done)
    }

    fn gate(
        &self,
        read: &mut Read<'_>,
        assess: Assess<'_>,
        format: GateFormat,
        verify: bool,
    ) -> Result<Output, Refused> {
        let text = read.required(&self.change)?;
        let answer = self.decide(read, assess, &text)?;
        let source = GateSource {
            path: &self.change,
            text: &text,
            as_of: self.as_of,
        };
        let mut stdout = crate::render::gate(format, &answer, source);
        if !stdout.ends_with('\n') {
            stdout.push('\n');
        }
        let fine = match verify {
            true => answer.verdict.refusals.is_empty(),
            false => answer.verdict.is_publishable(),
        };
        Ok(Output {
            stdout,
            exit: u8::from(!fine),
            ..Output::default()
        })
    }

    /// The gate's answer to a record.
    fn decide(
        &self,
        read: &mut Read<'_>,
        assess: Assess<'_>,
        record: &str,
    ) -> Result<govern::Answer, Refused> {
        let directory = read.optional(self.directory.as_ref())?;
        // A log that is begun is not there yet.
        let is_begun = matches!(self.task, Task::Append(_));
        let log = match &self.log {
            Some(path) if is_begun => read.texts.get(path).cloned(),
            path => read.optional(path.as_ref())?,
        };
        let Bundles {
            base,
            head,
            baseline,
        } = read.bundles()?;
        let request = govern::Request {
            record,
            directory: directory.as_deref(),
            log: log.as_deref(),
            baseline,
            actors: None,
            assess,
            as_of: self.as_of,
        };
        Ok(govern::decide(base, head, request))
    }

    /// The directory by which signatures are judged.
    fn people(&self, read: &mut Read<'_>) -> Result<Directory, Refused> {
        let given = read.optional(self.directory.as_ref())?;
        let Bundles { base, .. } = read.bundles()?;
        let (directory, findings) = govern::directory_of(base, given.as_deref());
        match findings.first() {
            None => Ok(directory),
            Some(finding) => Err(Output::refused(&format!(
                "the directory of the base cannot be relied on: {}",
                finding.message
            ))),
        }
    }

    /// The record, or what is wrong with it.
    fn record(&self, text: &str) -> Result<record::Record, Refused> {
        let (read, findings) = record::read(text);
        read.map(|(record, _)| record)
            .ok_or_else(|| unread(&self.change, text, &findings))
    }

    /// What writes the record back, in the format that its name says, in the place of this text.
    fn write(&self, record: &record::Record, replaced: Option<&str>) -> Write {
        let text = match self.change.ends_with(".json") {
            true => record::json(record),
            false => record::yaml(record),
        };
        Write::whole(&self.change, text, replaced)
    }
}

/// The text of a file that a door has read.
pub(super) fn text_of<'f>(
    path: &str,
    files: &'f BTreeMap<String, Vec<u8>>,
) -> Result<&'f str, Output> {
    let bytes = (files.get(path)).ok_or_else(|| Output::unreadable(path, "it does not exist"))?;
    // A door reads no more than shows that a file is too large, and what it read is not the file.
    if bytes.len() > Limit::FileBytes.ceiling() as usize {
        return Err(Output::unreadable(
            path,
            "it is larger than any file may be",
        ));
    }
    std::str::from_utf8(bytes).map_err(|_| Output::unreadable(path, "it is not UTF-8"))
}

/// What is wrong with a file that cannot be relied on.
pub(super) fn unread(path: &str, text: &str, findings: &[Finding]) -> Output {
    let index = LineIndex::new(text);
    let said: Vec<String> = findings
        .iter()
        .take(20)
        .map(|finding| {
            let at = index.position(text, finding.span.start, Position::START);
            let (message, help) = (&finding.message, &finding.help);
            format!("{path}:{}:{}: {message}: {help}", at.line, at.column)
        })
        .collect();
    Output::refused(&said.join("\nerror: "))
}

impl Read<'_> {
    fn required(&self, path: &str) -> Result<String, Refused> {
        let text = self.texts.get(path).cloned();
        text.ok_or_else(|| Output::unreadable(path, "it does not exist"))
    }

    fn optional(&self, path: Option<&String>) -> Result<Option<String>, Refused> {
        path.map(|path| self.required(path)).transpose()
    }

    fn bundles(&mut self) -> Result<Bundles<'_>, Refused> {
        let none = || Output::usage("this needs a base and a head");
        Ok(Bundles {
            base: self.inputs.base.as_deref_mut().ok_or_else(none)?,
            head: self.inputs.head.as_deref_mut().ok_or_else(none)?,
            baseline: self.inputs.baseline.as_deref_mut(),
        })
    }
}

impl Output {
    /// Something that is refused: nothing is written.
    fn refused(message: &str) -> Self {
        Self {
            stderr: format!("error: {message}\n"),
            exit: 1,
            ..Self::default()
        }
    }
}
