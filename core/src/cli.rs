//! The command line, without the I/O: every door that has one gives the same options, output and exit
//! codes. The door reads the arguments, the folder and the clock, and writes what comes back.
//!
//! Exit codes: 0 fine; 1 findings at or above `--fail-on`, a test that did not pass, too little tested, a
//! change that may not be published or something overdue; 2 bad usage, unreadable input or nothing to test; 3
//! a fault of Portcullis.

mod arguments;
pub mod govern;
mod help;
mod test;

pub use arguments::plan;
pub use govern::Govern;
pub use test::Test;

use crate::finding::Severity;
use crate::render::{self, Format};
use crate::report::Report;
use crate::time::Instant;
use crate::workspace::Workspace;

/// What the door knows of where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether standard output is a terminal that shows colours: it is one, `NO_COLOR` is not set and
    /// `TERM` is not `dumb`.
    pub colors: bool,
    /// Columns of the terminal.
    pub columns: Option<usize>,
    /// The clock, for a command without `--as-of`.
    pub now: Instant,
}

/// What a command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing more to be done: write this.
    Done(Output),
    /// Read a folder, set its files in a workspace, and call [`Check::run`].
    Check(Check),
    /// Read a folder and perhaps a base, set the files of each in a workspace, and call [`Test::run`].
    Test(Test),
    /// Read what it needs, and call [`Govern::run`].
    Govern(Govern),
}

/// What to write, and how to end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: u8,
    /// Files to write before that; where one cannot be written, [`Output::unwritable`] replaces what
    /// standard error and the exit code would have been.
    pub writes: Vec<Write>,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Its path in the folder that was read; of a [`Govern`], as it was given.
    pub path: String,
    /// What is to be in it.
    pub text: String,
    /// Whether the file was read before. One that was not must not be there: it could be a link to another.
    pub replaces: bool,
    /// Whether the text comes after what the file has already.
    pub appends: bool,
}

impl Surroundings {
    /// Columns to write in.
    fn width(self) -> usize {
        self.columns.unwrap_or(100).clamp(40, 400)
    }
}

/// `portcullis check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The folder to read.
    pub folder: String,
    /// What the report is turned into.
    pub format: Format,
    /// From which severity on the exit code is 1; `None` for never.
    pub fail_on: Option<Severity>,
    /// What counts as now.
    pub as_of: Instant,
    /// Whether to use colours.
    pub color: bool,
    /// Columns to write in.
    pub columns: usize,
}

impl Check {
    /// Checks the bundle in `workspace` and renders the report.
    pub fn run(&self, workspace: &mut Workspace) -> Output {
        if workspace.paths().next().is_none() {
            return Output::empty(&self.folder);
        }
        let report = workspace.check(self.as_of);
        Output {
            exit: u8::from(self.fails(&report)),
            stdout: self.render(&report, workspace),
            ..Output::default()
        }
    }

    fn fails(&self, report: &Report) -> bool {
        self.fail_on
            .is_some_and(|least| report.findings.iter().any(|f| f.severity >= least))
    }

    fn render(&self, report: &Report, workspace: &Workspace) -> String {
        let prefix = prefix(&self.folder);
        let options = render::Options {
            color: self.color,
            width: self.columns,
            prefix: &prefix,
            ..render::Options::default()
        };
        let mut text = render::report(self.format, report, &|path| workspace.text(path), &options);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

/// What stands before the path of a file in what is written.
fn prefix(folder: &str) -> String {
    match folder.trim_start_matches("./").trim_end_matches('/') {
        "" | "." => String::new(),
        folder => format!("{folder}/"),
    }
}

impl Output {
    /// A command line that cannot be carried out.
    pub fn usage(message: impl AsRef<str>) -> Self {
        Self {
            stderr: format!("error: {}\n\ntry `portcullis help`\n", message.as_ref()),
            exit: 2,
            ..Self::default()
        }
    }

    /// Input that cannot be read.
    pub fn unreadable(path: &str, reason: &str) -> Self {
        Self {
            stderr: format!("error: `{path}` cannot be read: {reason}\n"),
            exit: 2,
            ..Self::default()
        }
    }

    /// A file that cannot be written.
    pub fn unwritable(path: &str, reason: &str) -> Self {
        Self {
            stderr: format!("error: `{path}` cannot be written: {reason}\n"),
            exit: 2,
            ..Self::default()
        }
    }

    /// A folder that holds no bundle.
    fn empty(folder: &str) -> Self {
        Self::usage(format!(
            "`{folder}` holds no file of a bundle: no .cedar, no .cedarschema, no portcullis.yaml"
        ))
    }

    fn text(stdout: String) -> Self {
        Self {
            stdout,
            ..Self::default()
        }
    }
}
