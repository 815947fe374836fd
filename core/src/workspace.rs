//! Files in by value, memoised answers out.

mod annotated;
mod approved;
mod assemble;
mod authorize;
mod cases;
mod changes;
mod compare;
mod data;
mod digests;
mod file;
mod governed;
mod guardrails;
mod limits;
mod named;
mod near;
mod nested;
mod policy_file;
pub(crate) mod proofs;
mod read;
mod redact;
mod schema;
mod statement;
mod store;
mod suite;
mod test;
mod tier;
mod untested;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use annotated::Annotated;
pub use changes::{Answer, Changes, Known};
pub(crate) use file::Kind;
pub use proofs::{EnvironmentRelations, PolicyRelations};

use crate::report::Report;
use crate::time::Instant;
use data::DataState;
use file::{Contents, File, TextFile};
use schema::SchemaState;
use statement::Statement;
use store::Store;

/// A bundle: its files, and everything computed from them so far.
#[derive(Debug, Default)]
pub struct Workspace {
    files: BTreeMap<Arc<str>, File>,
    store: Store,
    config: ConfigState,
    schema: SchemaState,
    data: DataState,
    named: named::NamedState,
    relations: proofs::Relations,
    suites: suite::SuiteState,
    proofs: crate::change::Memo,
    counters: Counters,
    /// What every statement in use was analysed under, but for those that came into use since.
    analysed_under: Option<statement::Epochs>,
    /// The only suppressions of policies that count; `None` for all.
    approved: Option<approved::Suppressed>,
    /// What lies in the folder and was not read.
    left_out: std::collections::BTreeSet<String>,
    /// What is known of the whole bundle, as long as nothing changes.
    since_edit: SinceEdit,
}

/// What is computed once and holds until the next edit.
#[derive(Debug, Default)]
struct SinceEdit {
    digests: Option<crate::govern::Digests>,
    deciding: Option<Arc<authorize::Deciding>>,
}

/// What checks found that look at more than what is there to read.
#[derive(Debug, Default)]
struct Found {
    untested: untested::Untested,
    /// By the number of the guardrail.
    of_guardrails: Vec<(usize, crate::finding::Finding)>,
}

/// The configuration in force and what is wrong with it.
#[derive(Debug, Default)]
struct ConfigState {
    config: crate::config::Config,
    /// What the file names that must exist elsewhere.
    mentions: Vec<crate::config::mentions::Mention>,
    findings: Vec<crate::finding::Finding>,
    /// Raised by every change of what the file says.
    epoch: u64,
    /// Raised by every change of its text.
    revision: u64,
}

/// How much work was done since the workspace was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Statements given to Cedar's parser.
    pub parsed: u64,
    /// Policies given to Cedar's type-checker.
    pub type_checked: u64,
    /// Schemas built from fragments.
    pub schemas: u64,
    /// Suites read.
    pub suites_read: u64,
    /// Cases of suites whose policies were evaluated.
    pub cases_evaluated: u64,
    /// Policies that, evaluated part by part for coverage, came to something else than in one piece. A
    /// fault of ours wherever it is not 0; the case is then reported as one that could not be run.
    pub coverage_faults: u64,
    /// Policies of which mutants were made.
    pub mutated: u64,
    /// Kinds of request that were compared with a base.
    pub compared: u64,
    /// Of these, those in which the same policies decide on both sides, so that nothing was asked.
    pub settled: u64,
    /// Questions asked of the prover; what was proved before is not asked again.
    pub questions: u64,
    /// Witnesses that Cedar's evaluator did not confirm. A fault of ours wherever it is not 0; the answer is then
    /// unknown.
    pub unconfirmed: u64,
}

/// A replacement of a range of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub range: EditRange,
    /// What takes its place.
    pub insert: String,
}

/// A half-open range in one of the encodings that editors count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditRange {
    /// UTF-8 bytes.
    Bytes(u32, u32),
    /// UTF-16 code units.
    Utf16(u32, u32),
}

/// The API was used in a way that it does not allow. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageError {
    /// A path that is empty, absolute, or has a `..`, backslash or NUL in it.
    InvalidPath(String),
    /// There is no file at this path.
    NoSuchFile(String),
    /// The range does not lie in the file, or an end of it lies inside a character.
    InvalidRange {
        /// The file.
        path: String,
        /// The range as it was given.
        range: EditRange,
        /// The file's length in the range's encoding.
        length: u32,
    },
    /// The file is not UTF-8 and so cannot be edited, only replaced.
    NotText(String),
    /// A point in time that is not RFC 3339.
    InvalidInstant(String),
}

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InvalidPath(path) => write!(
                f,
                "`{}` is no path of a bundle: use a relative path with `/` and without `..`",
                path.escape_debug()
            ),
            Self::NoSuchFile(path) => write!(f, "there is no file `{path}` in this bundle"),
            Self::InvalidRange {
                path,
                range,
                length,
            } => {
                let (from, to, unit) = match range {
                    EditRange::Bytes(from, to) => (from, to, "bytes"),
                    EditRange::Utf16(from, to) => (from, to, "UTF-16 code units"),
                };
                write!(
                    f,
                    "{from}..{to} is no range of `{path}`, which has {length} {unit}: ends must be in order and between characters"
                )
            }
            Self::NotText(path) => write!(
                f,
                "`{path}` is not UTF-8, so it can only be replaced as a whole"
            ),
            Self::InvalidInstant(text) => write!(
                f,
                "`{}` is no point in time: write it as in RFC 3339, like 2026-11-21T09:00:00Z, or as a date, like 2026-11-21",
                text.escape_debug()
            ),
        }
    }
}

impl std::error::Error for UsageError {}

impl Workspace {
    /// An empty bundle.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lends the workspace threads. What it says is the same with them and without.
    pub fn set_workers(&mut self, workers: Arc<dyn crate::Workers>) {
        self.suites.runner.set_workers(workers);
    }

    /// Adds or replaces a file. What it is follows from its path. Bytes that are not UTF-8 are kept in
    /// mind and reported by [`Self::check`].
    ///
    /// # Errors
    ///
    /// [`UsageError::InvalidPath`].
    pub fn set_file(&mut self, path: &str, contents: &[u8]) -> Result<(), UsageError> {
        if !is_bundle_path(path) {
            return Err(UsageError::InvalidPath(path.to_owned()));
        }
        let (text, not_utf8) = file::decode(contents);
        self.set_text(path, &text, not_utf8);
        Ok(())
    }

    /// Notes what a door found in the folder and did not read: a link, or what looks like a file of a bundle in
    /// a folder that is left out. Others may read it, so no change with it passes the gate.
    pub fn leave_out(&mut self, path: &str) {
        self.since_edit = SinceEdit::default();
        self.left_out.insert(path.to_owned());
    }

    /// What was left out, sorted.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().map(String::as_str)
    }

    /// Replaces a range of a file.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoSuchFile`], [`UsageError::InvalidRange`], [`UsageError::NotText`].
    pub fn edit_file(&mut self, path: &str, edit: &Edit) -> Result<(), UsageError> {
        self.since_edit = SinceEdit::default();
        let file = self
            .files
            .get_mut(path)
            .ok_or_else(|| UsageError::NoSuchFile(path.to_owned()))?;
        if file.not_utf8.is_some() {
            return Err(UsageError::NotText(path.to_owned()));
        }
        let invalid = |length| UsageError::InvalidRange {
            path: path.to_owned(),
            range: edit.range,
            length,
        };
        match &mut file.contents {
            Contents::Policies(policies) => {
                let range = policies.offsets(edit.range, &self.store).map_err(invalid)?;
                file.bytes = file.bytes - (range.to - range.from) + edit.insert.len() as u32;
                let limits = self.config.config.limits;
                let parsed = &mut self.counters.parsed;
                policies.replace(range, &edit.insert, &mut self.store, &mut |texts| {
                    Statement::read(texts, &limits, parsed)
                });
                Ok(())
            }
            Contents::Unread(text) => {
                let range = TextFile::new(text).offsets(edit.range).map_err(invalid)?;
                text.replace_range(range.from as usize..range.to as usize, &edit.insert);
                file.bytes = text.len() as u32;
                Ok(())
            }
            Contents::Text(text) => {
                let range = text.offsets(edit.range).map_err(invalid)?;
                let mut new = text.text.to_string();
                new.replace_range(range.from as usize..range.to as usize, &edit.insert);
                self.set_text(path, &new, None);
                Ok(())
            }
        }
    }

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// [`UsageError::NoSuchFile`].
    pub fn remove_file(&mut self, path: &str) -> Result<(), UsageError> {
        self.since_edit = SinceEdit::default();
        let mut file = self
            .files
            .remove(path)
            .ok_or_else(|| UsageError::NoSuchFile(path.to_owned()))?;
        if let Contents::Policies(policies) = &mut file.contents {
            policies.release(&mut self.store);
        }
        if file.kind == Kind::Config {
            self.set_config("");
        }
        Ok(())
    }

    /// The paths of all files, sorted by their bytes.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(AsRef::as_ref)
    }

    /// The text of a file; every byte of it that is not UTF-8 is a `?`.
    pub fn text(&self, path: &str) -> Option<String> {
        match &self.files.get(path)?.contents {
            Contents::Policies(policies) => Some(policies.text(&self.store)),
            Contents::Unread(text) => Some(text.clone()),
            Contents::Text(text) => Some(text.text.to_string()),
        }
    }

    /// Whether what [`Self::text`] gives is all that the file has: every byte of it is UTF-8.
    pub(crate) fn is_utf8(&self, path: &str) -> bool {
        (self.files.get(path)).is_none_or(|file| file.not_utf8.is_none())
    }

    /// Whether there is a file at this path with these contents, all of it UTF-8.
    pub(crate) fn is_file(&self, path: &str, contents: &[u8]) -> bool {
        let text_only = (self.files.get(path)).is_some_and(|file| file.not_utf8.is_none());
        text_only
            && self
                .text(path)
                .is_some_and(|text| text.as_bytes() == contents)
    }

    /// The bundle's own directory and what is wrong with it, where it has one.
    pub(crate) fn directory(
        &self,
    ) -> Option<&(crate::govern::Directory, Vec<crate::finding::Finding>)> {
        match &self
            .files
            .get(crate::govern::directory::FILE_NAME)?
            .contents
        {
            Contents::Text(text) => Some(text.directory()),
            _ => None,
        }
    }

    /// The texts of the rules of governance, by path.
    pub(crate) fn governance_rules(&self) -> crate::govern::Rules {
        let texts = (self.files.iter()).filter_map(|(path, file)| match &file.contents {
            Contents::Text(text) if file.kind == Kind::Rules => Some((path.as_ref(), &*text.text)),
            _ => None,
        });
        crate::govern::Rules::read(texts)
    }

    /// Finds everything that is wrong with the bundle. `as_of` is what counts as now. Only what changed
    /// since the last call is computed again.
    pub fn check(&mut self, as_of: Instant) -> Report {
        self.check_with(as_of, crate::suite::read::read, false)
    }

    /// As [`Self::check`], with suites read by `read`; `coverage` says that they will be run with coverage.
    fn check_with(&mut self, as_of: Instant, read: suite::ReadFn, coverage: bool) -> Report {
        let (excluded, found) = self.update(read, coverage);
        self.assemble(as_of, &excluded, &found, None)
    }

    /// As [`Self::check`], but of the bundle's file at `path` alone. Errors in the schema and the configuration
    /// stay, since they decide what is found in it.
    pub fn check_file(&mut self, path: &str, as_of: Instant) -> Report {
        let (excluded, found) = self.update(crate::suite::read::read, false);
        self.assemble(as_of, &excluded, &found, Some(path))
    }

    /// Brings everything up to date that a report is put together from.
    fn update(&mut self, read: suite::ReadFn, coverage: bool) -> (read::Excluded, Found) {
        let excluded = self.read();
        self.update_schema(&excluded);
        self.update_named();
        self.analyse(&excluded);
        self.update_data(&excluded);
        self.prove(&excluded);
        let found = Found {
            untested: self.untested(&excluded, read, coverage),
            of_guardrails: self.check_guardrails(&excluded),
        };
        (excluded, found)
    }

    /// How much work was done so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    fn set_text(&mut self, path: &str, text: &str, not_utf8: Option<file::NotUtf8>) {
        self.since_edit = SinceEdit::default();
        let kind = Kind::of(path);
        if kind == Kind::Config {
            self.set_config(text);
        }
        let file = File {
            kind,
            bytes: text.len() as u32,
            not_utf8,
            contents: Contents::unread(kind, text),
        };
        if let Some(File {
            contents: Contents::Policies(mut policies),
            ..
        }) = self.files.insert(path.into(), file)
        {
            policies.release(&mut self.store);
        }
    }

    fn set_config(&mut self, text: &str) {
        let old_limits = self.config.config.limits;
        let (config, mentions, findings) = crate::config::read(text);
        if self.config.config != config {
            self.config.epoch += 1;
        }
        self.config.config = config;
        self.config.mentions = mentions;
        self.config.revision += 1;
        self.config.findings = findings;
        if self.config.config.limits != old_limits {
            self.forget_statements();
        }
    }

    /// Makes every policy file unread: the limits under which it was read have changed.
    fn forget_statements(&mut self) {
        for file in self.files.values_mut() {
            if let Contents::Policies(policies) = &file.contents {
                file.contents = Contents::Unread(policies.text(&self.store));
            }
        }
        self.store = Store::default();
        self.analysed_under = None;
    }
}

/// Whether a tool that reads a folder should read this file: it is of a kind that a bundle has, or its
/// name is so near to one that leaving it out without a word would hide a mistake.
pub fn is_bundle_file(path: &str) -> bool {
    // To a file system that ignores case `Entities.json` is `entities.json`.
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or(&path);
    Kind::of(&path) != Kind::Unknown
        || near::is_near(name)
        || !path.contains('/') && near::is_like_directory(name)
}

/// Whether a path names a suite that cases in YAML can be added to.
pub(crate) fn is_suite(path: &str) -> bool {
    is_bundle_path(path) && Kind::of(path) == Kind::Suite && path.ends_with(".yaml")
}

/// Whether a path can name a file of a bundle: relative, with `/`, without empty parts, `.` and `..`.
fn is_bundle_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0', '\n', '\r'])
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

/// A finding for the first NUL byte of a text.
fn nul_byte(text: &str) -> Option<crate::finding::Finding> {
    let at = text.find('\0')?;
    Some(crate::finding::Finding::new(
        &crate::codes::ours::FILE_NUL_BYTE,
        crate::source::Span::from_usize(at, at + 1),
        "the file has a NUL byte",
        "remove it; a text file has none, and tools written in C stop reading there",
    ))
}
