//! The command line, without the I/O: every door that has one gives the same options, output and exit
//! codes. The door reads the arguments, the folder and the clock, and writes what comes back.
//!
//! Exit codes: 0 fine; 1 what `--fail-on` names, a test that did not pass, too little tested, a change that
//! may not be published or something overdue; 2 bad usage, unreadable input or nothing to test; 3 a fault
//! of Portcullis.

mod arguments;
mod diff;
pub mod govern;
mod help;
mod test;
mod tier;

pub use arguments::plan;
pub use diff::{Base, Diff, FailOn};
pub use govern::Govern;
pub use test::Test;
pub use tier::Tiering;

use crate::finding::Severity;
use crate::govern::canonical::Digest;
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
    /// Read a folder and its base, set the files of each in a workspace, and call [`Diff::run`].
    Diff(Diff),
    /// Read what it needs, and call [`Govern::run`].
    Govern(Govern),
    /// Read a folder, and perhaps its base and its baseline, set the files of each in a workspace, and call
    /// [`Tiering::run`].
    Tier(Tiering),
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
    /// What the file held when it was read, see [`held`]: one that holds something else by now is not written. One
    /// that was not read must not be there: it could be a link to another.
    pub replaces: Option<String>,
    /// Whether the text comes after what the file has already.
    pub appends: bool,
}

impl Write {
    /// Writes a file whole, in the place of this text where it was read.
    fn whole(path: &str, text: String, was: Option<&str>) -> Self {
        Self {
            path: path.to_owned(),
            text,
            replaces: was.map(|was| held(was.as_bytes())),
            appends: false,
        }
    }
}

/// What a file holds, for [`Write::replaces`]: the SHA-256 of its bytes, as 64 hexadecimal digits.
pub fn held(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
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
    /// The folder to read, or the file.
    pub folder: String,
    /// Of a file, its path in the bundle that was read: only what is found in it is reported.
    pub only: Option<String>,
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
        let report = match &self.only {
            Some(path) => workspace.check_file(path, self.as_of),
            None => workspace.check(self.as_of),
        };
        Output {
            exit: u8::from(self.fails(&report)),
            stdout: self.render(&report, workspace),
            stderr: left_out(workspace),
            ..Output::default()
        }
    }

    fn fails(&self, report: &Report) -> bool {
        self.fail_on
            .is_some_and(|least| report.findings.iter().any(|f| f.severity >= least))
    }

    fn render(&self, report: &Report, workspace: &Workspace) -> String {
        let prefix = prefix(&self.folder, self.only.as_deref());
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

/// What was found in a folder and not read, for standard error.
fn left_out(workspace: &Workspace) -> String {
    let note = |path| {
        let path = crate::config::words::shown(path);
        format!("note: {path} is not read: it is a link, or lies in a folder that is left out\n")
    };
    workspace.left_out().map(note).collect()
}

/// What stands before the path of a file in what is written: the way to the bundle's root. Of a file `only` is
/// the path in the bundle, and `given` ends like it, or is its end.
fn prefix(given: &str, only: Option<&str>) -> String {
    let given = given.trim_start_matches("./").trim_end_matches('/');
    let Some(only) = only else {
        return match given {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        };
    };
    let same = given
        .rsplit('/')
        .zip(only.rsplit('/'))
        .take_while(|(a, b)| a == b)
        .count();
    let given: Vec<&str> = given.split('/').collect();
    let kept = given.len().saturating_sub(same);
    let mut out = String::new();
    for part in given.iter().take(kept) {
        out.push_str(&format!("{part}/"));
    }
    out + &"../".repeat(only.split('/').count().saturating_sub(same))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn paths_are_shown_as_they_can_be_opened() {
        for (given, only, expected) in [
            ("app", None, "app/"),
            ("./app/", None, "app/"),
            (".", None, ""),
            ("app/a.cedar", Some("a.cedar"), "app/"),
            ("./app/sub/a.cedar", Some("sub/a.cedar"), "app/"),
            ("a.cedar", Some("a.cedar"), ""),
            ("a.cedar", Some("x/y/a.cedar"), "../../"),
            ("../x/a.cedar", Some("z/x/a.cedar"), "../../"),
            ("/app/a.cedar", Some("a.cedar"), "/app/"),
        ] {
            assert_eq!(prefix(given, only), expected, "{given}");
        }
    }

    #[test]
    fn of_a_file_only_what_is_found_in_it_is_reported() {
        let mut workspace = Workspace::new();
        for (path, text) in [
            ("portcullis.yaml", "checks: { open-actoin: off }"),
            (
                "s.cedarschema",
                "entity User; action view appliesTo { principal: User, resource: User };",
            ),
            ("a.cedar", "permit (principal is Usr, action, resource);"),
            (
                "b/b.cedar",
                "permit (principal is User, action, resource);\nallow;",
            ),
        ] {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let surroundings = Surroundings {
            colors: false,
            columns: None,
            now: Instant::parse("2026-11-21").unwrap(),
        };
        let line = ["check", "x/b/b.cedar", "--format", "github"].map(str::to_owned);
        let Plan::Check(mut check) = plan(&line, surroundings) else {
            panic!("no check");
        };
        check.only = Some("b/b.cedar".to_owned());
        let output = check.run(&mut workspace);
        let places: Vec<&str> = output
            .stdout
            .lines()
            .filter_map(|line| line.split_once("file=")?.1.split(',').next())
            .collect();
        assert!(places.contains(&"x/b/b.cedar"), "{places:?}");
        // What the file is checked against is wrong.
        assert!(places.contains(&"x/portcullis.yaml"), "{places:?}");
        assert!(!places.contains(&"x/a.cedar"), "{places:?}");
        let counts = " in 1 file, 1 policy, 1 broken statement\n";
        assert!(output.stdout.contains(counts), "{}", output.stdout);
        assert_eq!(output.exit, 1);
    }

    #[test]
    fn of_one_suite_only_its_cases_are_run() {
        let case = "cases: [{ name: n, principal: User::\"a\", action: view, resource: User::\"b\", expect: EXPECT }]\n";
        let mut workspace = Workspace::new();
        for (path, text) in [
            (
                "portcullis.yaml",
                "tests: { coverage: { clauses: 100 } }".to_owned(),
            ),
            (
                "s.cedarschema",
                "entity User; action view, edit appliesTo { principal: User, resource: User };"
                    .to_owned(),
            ),
            (
                "p.cedar",
                "@id(\"v\") permit (principal, action == Action::\"view\", resource);".to_owned(),
            ),
            ("a.test.yaml", case.replace("EXPECT", "allow")),
            ("b.test.yaml", case.replace("EXPECT", "deny")),
        ] {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let surroundings = Surroundings {
            colors: false,
            columns: None,
            now: Instant::parse("2026-11-21").unwrap(),
        };
        let line = ["test", "a.test.yaml", "--verbose"].map(str::to_owned);
        let Plan::Test(mut test) = plan(&line, surroundings) else {
            panic!("no test");
        };
        test.only = Some("a.test.yaml".to_owned());
        let output = test.run(&mut workspace, None);
        assert!(
            output.stdout.contains("1 case: 1 passed in 1 suite"),
            "{}",
            output.stdout
        );
        assert_eq!(output.exit, 0, "{}", output.stdout);
    }
}
