//! The command line, without the I/O: every door that has one gives the same options, output and exit
//! codes. The door reads the arguments, the folder and the clock, and writes what comes back.
//!
//! Exit codes: 0 fine; 1 findings at or above `--fail-on`; 2 bad usage or unreadable input; 3 a fault of
//! Portcullis.

mod arguments;
mod help;

pub use arguments::plan;

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
            return Output::usage(format!(
                "`{}` holds no file of a bundle: no .cedar, no .cedarschema, no portcullis.yaml",
                self.folder
            ));
        }
        let report = workspace.check(self.as_of);
        Output {
            exit: u8::from(self.fails(&report)),
            stdout: self.render(&report, workspace),
            stderr: String::new(),
        }
    }

    fn fails(&self, report: &Report) -> bool {
        self.fail_on
            .is_some_and(|least| report.findings.iter().any(|f| f.severity >= least))
    }

    fn render(&self, report: &Report, workspace: &Workspace) -> String {
        let prefix = match self.folder.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        };
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

impl Output {
    /// A command line that cannot be carried out.
    pub fn usage(message: impl AsRef<str>) -> Self {
        Self {
            stdout: String::new(),
            stderr: format!("error: {}\n\ntry `portcullis help`\n", message.as_ref()),
            exit: 2,
        }
    }

    /// Input that cannot be read.
    pub fn unreadable(path: &str, reason: &str) -> Self {
        Self {
            stdout: String::new(),
            stderr: format!("error: `{path}` cannot be read: {reason}\n"),
            exit: 2,
        }
    }

    fn text(stdout: String) -> Self {
        Self {
            stdout,
            ..Self::default()
        }
    }
}
