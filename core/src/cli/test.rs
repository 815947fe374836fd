//! `portcullis test`.

use std::collections::BTreeSet;

use super::{Base, Output, Write, prefix};
use crate::finding::Severity;
use crate::render::{self, TestFormat};
use crate::suite::insert::insert;
use crate::suite::{TestOptions, TestReport};
use crate::workspace::{Kind, Workspace};

/// `portcullis test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The folder to read, or the file.
    pub folder: String,
    /// Of a file, its path in the bundle that was read: of a suite only its cases are run, of policies only
    /// they count.
    pub only: Option<String>,
    /// Where to read what the policies were before; `None` where nobody asks.
    pub base: Option<Base>,
    /// Whether only policies count that the base does not have like this.
    pub changed_only: bool,
    /// What is run and found out.
    pub options: TestOptions,
    /// The policies that cases are to reach, and that count, as they were named.
    pub policies: Vec<String>,
    /// Whether suggested cases are written into the suites.
    pub write: bool,
    /// What the report is turned into.
    pub format: TestFormat,
    /// Whether everything is listed, and not only what needs attention.
    pub verbose: bool,
    /// Whether to use colours.
    pub color: bool,
    /// Columns to write in.
    pub columns: usize,
}

/// How a suite is written, for somebody who has none.
const EXAMPLE: &str = r#"
as in `app.test.yaml`:

    cases:
      - name: alice views her photo
        principal: User::"alice"
        action: Action::"view"
        resource: Photo::"holiday.jpg"
        expect: allow
"#;

impl Test {
    /// Runs the tests of the bundle in `workspace` and renders the report. `base` is the bundle of
    /// [`Self::base`].
    pub fn run(&self, workspace: &mut Workspace, base: Option<&mut Workspace>) -> Output {
        if workspace.paths().next().is_none() {
            return Output::empty(&self.folder);
        }
        self.leave_out_others(workspace);
        let options = match self.resolved(workspace, base) {
            Ok(options) => options,
            Err(message) => return Output::usage(message),
        };
        let report = workspace.test(&options);
        let mut output = self.report(&report, &options, workspace);
        if self.write && output.exit < 2 {
            self.write(&report, workspace, &options, &mut output);
        }
        output
    }

    /// Takes out the suites that are not to be run, where a file is one.
    fn leave_out_others(&self, workspace: &mut Workspace) {
        let Some(only) = self.only.as_deref().filter(|only| is_suite(only)) else {
            return;
        };
        let paths = workspace
            .paths()
            .filter(|path| is_suite(path) && *path != only);
        for path in paths.map(str::to_owned).collect::<Vec<_>>() {
            // It is there.
            let _ = workspace.remove_file(&path);
        }
    }

    /// The options with the policies that count.
    fn resolved(
        &self,
        workspace: &mut Workspace,
        base: Option<&mut Workspace>,
    ) -> Result<TestOptions, String> {
        let mut options = self.options.clone();
        if !self.policies.is_empty() {
            options.policies = Some(workspace.policies_named(&self.policies)?);
            options.reaching.clone_from(&options.policies);
        }
        match &self.only {
            // Nobody expects of one suite that it reaches what all of them are to reach.
            Some(only) if is_suite(only) => {
                options.filter.get_or_insert_default();
            }
            Some(only) if Kind::of(only) == Kind::Policies && options.policies.is_none() => {
                options.policies = Some(workspace.policy_names_in(only));
            }
            _ => {}
        }
        let configured = workspace.config().tests.changed_only;
        match base {
            Some(base) if self.changed_only || configured => {
                let mut changed: BTreeSet<_> = workspace.policies_not_in(base);
                if let Some(named) = &options.policies {
                    changed.retain(|name| named.contains(name));
                }
                options.policies = Some(changed);
            }
            Some(_) => {
                return Err(
                    "a base is for `--changed-only`, or `tests: {changed_only: true}` in portcullis.yaml".to_owned(),
                );
            }
            None => {}
        }
        Ok(options)
    }

    /// What to write of a report, and how to end.
    fn report(&self, report: &TestReport, options: &TestOptions, workspace: &Workspace) -> Output {
        let summary = &report.summary;
        let run = summary.passed + summary.failed + summary.errors + summary.skipped;
        let nothing = if summary.suites + summary.broken_suites == 0 {
            Some(format!(
                "`{}` has no policy tests: write them in files that end in .test.yaml, {}",
                self.folder,
                EXAMPLE.trim_start()
            ))
        } else if run == 0 && summary.left_out > 0 {
            // That no case reaches a policy is what somebody may be about to change.
            let is_asked = options.coverage || options.mutation || options.suggest;
            let why = match &options.reaching {
                Some(_) if is_asked => None,
                Some(_) if options.filter.is_some() || !options.tags.is_empty() => {
                    Some("no case that is selected can reach what `--policy` names")
                }
                Some(_) => Some("no case can reach what `--policy` names"),
                None => Some("no case is selected"),
            };
            why.map(|why| format!("{why}, so nothing was tested\n"))
        } else if run == 0 {
            Some("no suite has a case that can be read, so nothing was tested\n".to_owned())
        } else if run == summary.errors {
            Some("no case could be run, so nothing was tested\n".to_owned())
        } else {
            None
        };
        let failed = summary.failed + summary.errors > 0
            || report
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error);
        // Somebody who has no tests needs to be told how to write one, and not that there are none.
        let silent = summary.suites + summary.broken_suites == 0 && self.format == TestFormat::Text;
        Output {
            stdout: if silent {
                String::new()
            } else {
                self.render(report, workspace)
            },
            exit: match &nothing {
                Some(_) => 2,
                None => u8::from(failed),
            },
            stderr: nothing.map_or_else(String::new, |message| format!("error: {message}")),
            writes: Vec::new(),
        }
    }

    fn render(&self, report: &TestReport, workspace: &Workspace) -> String {
        let prefix = prefix(&self.folder, self.only.as_deref());
        let options = render::Options {
            color: self.color,
            width: self.columns,
            prefix: &prefix,
            verbose: self.verbose,
        };
        let sources = |path: &str| workspace.text(path);
        let mut text = render::test_report(self.format, report, &sources, &options);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Adds the suggested cases to the suites, if all of what comes of it can be read and passes.
    fn write(
        &self,
        report: &TestReport,
        workspace: &mut Workspace,
        options: &TestOptions,
        output: &mut Output,
    ) {
        let mut suggestions: Vec<_> = report.suggestions.iter().collect();
        suggestions.sort_by(|a, b| a.file.cmp(&b.file));
        let mut said = String::new();
        for group in suggestions.chunk_by(|a, b| a.file == b.file) {
            let Some(path) = group.first().map(|first| &first.file) else {
                continue;
            };
            let old = workspace.text(path);
            let cases: Vec<&str> = group.iter().map(|suggestion| &*suggestion.yaml).collect();
            let counted = render::counted(cases.len(), "case");
            let shown = format!("{}{path}", prefix(&self.folder, self.only.as_deref()));
            if !workspace.is_utf8(path) {
                said.push_str(&format!(
                    "{counted} could not be added to `{shown}`: it is not UTF-8 throughout; repair that first\n"
                ));
                continue;
            }
            let new = insert(old.as_deref().unwrap_or_default(), &cases)
                .filter(|new| passes(new, path, old.as_deref(), cases.len(), workspace, options));
            match new {
                Some(text) => {
                    said.push_str(&format!("added {counted} to `{shown}`\n"));
                    output.writes.push(Write::whole(path, text, old.as_deref()));
                }
                None => said.push_str(&format!(
                    "{counted} could not be added to `{shown}` without rewriting it: paste what `--suggest` shows\n"
                )),
            }
        }
        if suggestions.is_empty() {
            said.push_str("there is no case to add\n");
        }
        output.stderr.push_str(&said);
    }
}

fn is_suite(path: &str) -> bool {
    Kind::of(path) == Kind::Suite
}

/// Whether a suite with new text has that many more cases that pass, and is as right as before. The
/// workspace is left as it was.
pub(super) fn passes(
    new: &str,
    path: &str,
    old: Option<&str>,
    added: usize,
    workspace: &mut Workspace,
    options: &TestOptions,
) -> bool {
    let all = TestOptions::new(options.as_of);
    let count = |workspace: &mut Workspace| {
        let report = workspace.test(&all);
        let broken = report.findings.iter().filter(|f| *f.file == *path).count();
        (report.summary.passed, report.summary, broken)
    };
    let (passed_before, before, broken_before) = count(workspace);
    if workspace.set_file(path, new.as_bytes()).is_err() {
        return false;
    }
    let (passed_after, after, broken_after) = count(workspace);
    let restored = match old {
        Some(old) => workspace.set_file(path, old.as_bytes()),
        None => workspace.remove_file(path),
    };
    restored.is_ok()
        && passed_after == passed_before + added
        && (after.failed, after.errors) == (before.failed, before.errors)
        && broken_after <= broken_before
}

#[cfg(test)]
mod bad_input;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::cli::{Plan, Surroundings, plan};
    use crate::time::Instant;

    const SCHEMA: &str = r#"
        entity User;
        entity Photo { owner: User };
        action view, edit appliesTo { principal: User, resource: Photo, context: { mfa: Bool } };
    "#;
    const POLICIES: &str = r#"
        @id("owners")
        permit (principal, action, resource) when { resource.owner == principal };
        @id("editors-need-mfa")
        forbid (principal, action == Action::"edit", resource) unless { context.mfa };
    "#;
    pub(super) const SUITE: &str = r#"
cases:
  - name: alice views her photo
    tags: [view]
    principal: User::"alice"
    action: view
    resource: Photo::"p"
    context: { mfa: false }
    entities: { p: { uid: Photo::"p", attrs: { owner: User::"alice" } } }
    expect: allow
"#;

    pub(super) fn bundle(files: &[(&str, &str)]) -> Workspace {
        let mut workspace = Workspace::new();
        for (path, text) in [("s.cedarschema", SCHEMA), ("p.cedar", POLICIES)]
            .iter()
            .chain(files)
        {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        workspace
    }

    pub(super) fn parsed(arguments: &[&str]) -> Result<Test, Output> {
        let mut all = vec!["test".to_owned()];
        all.extend(arguments.iter().map(ToString::to_string));
        let surroundings = Surroundings {
            colors: false,
            columns: None,
            now: Instant::parse("2026-11-21").unwrap(),
        };
        match plan(&all, surroundings) {
            Plan::Test(test) => Ok(test),
            Plan::Done(output) => Err(output),
            Plan::Check(_) | Plan::Diff(_) | Plan::Govern(_) | Plan::Tier(_) => {
                panic!("another command")
            }
        }
    }

    pub(super) fn run(arguments: &[&str], files: &[(&str, &str)]) -> Output {
        parsed(arguments).unwrap().run(&mut bundle(files), None)
    }

    #[track_caller]
    fn refused(output: &Output, because: &str) {
        assert_eq!(output.exit, 2);
        assert!(output.stderr.contains(because), "{}", output.stderr);
        assert_eq!(output.writes, []);
    }

    #[test]
    fn passing_is_0_and_failing_is_1() {
        let output = run(&[], &[("a.test.yaml", SUITE)]);
        assert_eq!(
            (output.stdout.as_str(), output.exit),
            ("1 case: 1 passed in 1 suite\n", 0)
        );
        let failing = SUITE.replace("expect: allow", "expect: deny");
        let output = run(&[], &[("a.test.yaml", &failing)]);
        assert_eq!((output.exit, output.stderr.as_str()), (1, ""));
        assert!(output.stdout.contains("FAIL a > alice views her photo\n"));
        let broken = SUITE.replace("alice\"\n    action: view", "alice\"\n    action: veiw");
        let output = run(&[], &[("a.test.yaml", &broken), ("b.test.yaml", SUITE)]);
        assert_eq!(output.exit, 1);
        assert!(
            output.stdout.contains("1 could not be run, 1 passed"),
            "{}",
            output.stdout
        );
    }

    #[test]
    fn where_nothing_can_be_run_it_is_2() {
        let output = run(&[], &[]);
        refused(&output, "write them in files that end in .test.yaml");
        assert!(
            output.stderr.contains("\n    cases:\n"),
            "{}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
        let output = run(&["--format", "json"], &[]);
        refused(&output, "has no policy tests");
        assert!(output.stdout.starts_with('{'));
        let output = run(&[], &[("a.test.yaml", "cases: [")]);
        refused(&output, "no suite has a case");
        assert!(output.stdout.contains("suite/syntax"), "{}", output.stdout);
        let output = run(&["--filter", "bob"], &[("a.test.yaml", SUITE)]);
        refused(&output, "no case is selected");
        let empty = parsed(&[]).unwrap().run(&mut Workspace::new(), None);
        refused(&empty, "holds no file of a bundle");
    }

    /// The suite that nothing is written to has to be one that works.
    #[test]
    fn the_example_for_those_who_have_no_tests_can_be_read() {
        let (_, yaml) = EXAMPLE.split_once(":\n\n").unwrap();
        let example: String = yaml
            .lines()
            .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
            .collect();
        let mut workspace = Workspace::new();
        workspace
            .set_file("a.test.yaml", example.as_bytes())
            .unwrap();
        workspace
            .set_file("p.cedar", b"permit(principal, action, resource);")
            .unwrap();
        let output = parsed(&[]).unwrap().run(&mut workspace, None);
        assert_eq!(
            (output.stderr.as_str(), output.exit),
            ("", 0),
            "{}",
            output.stdout
        );
    }

    #[test]
    fn filters_and_tags_leave_out() {
        let files = [("a.test.yaml", SUITE)];
        let output = run(&["--tag", "view", "--filter", "a alice"], &files);
        assert_eq!(output.stdout, "1 case: 1 passed in 1 suite\n");
        refused(&run(&["--tag", "other"], &files), "no case is selected");
    }

    #[test]
    fn shares_that_are_asked_for_are_measured_and_held_against() {
        let asked = "tests: {coverage: {clauses: 100}, changed_only: false}\n";
        let files = [("a.test.yaml", SUITE), ("portcullis.yaml", asked)];
        let output = run(&[], &files);
        assert_eq!(output.exit, 1);
        assert!(
            output
                .stdout
                .contains("error[tests/below-threshold]: clauses: "),
            "{}",
            output.stdout
        );
        // Part of the cases says nothing of what all of them reach.
        let skipped = format!(
            "{SUITE}  - name: bob\n    skip: later\n    principal: User::\"b\"\n    action: view\n    resource: Photo::\"p\"\n    context: {{ mfa: false }}\n    entities: {{ p: {{ uid: Photo::\"p\", attrs: {{ owner: User::\"alice\" }} }} }}\n    expect: deny\n"
        );
        let files = [
            ("a.test.yaml", skipped.as_str()),
            ("portcullis.yaml", asked),
        ];
        let output = run(&["--filter", "alice"], &files);
        assert_eq!(output.exit, 0, "{}", output.stdout);
        let lower = asked.replace("100", "1");
        let files = [("a.test.yaml", SUITE), ("portcullis.yaml", lower.as_str())];
        assert_eq!(run(&[], &files).exit, 0);
    }

    #[test]
    fn only_what_the_base_does_not_have_counts() {
        let test = parsed(&["--coverage", "--changed-only", "--base", "old"]).unwrap();
        assert_eq!(test.base, Some(Base::Folder("old".to_owned())));
        let mut base = Workspace::new();
        let old = POLICIES
            .replace("context.mfa", "true")
            .replace("when {", "// same\n when {");
        base.set_file("p.cedar", old.as_bytes()).unwrap();
        let mut workspace = bundle(&[("a.test.yaml", SUITE)]);
        let output = test.run(&mut workspace, Some(&mut base));
        assert!(
            output.stdout.contains("\neditors-need-mfa "),
            "{}",
            output.stdout
        );
        assert!(!output.stdout.contains("\nowners "), "{}", output.stdout);
        let mut same = bundle(&[]);
        let output = test.run(&mut workspace, Some(&mut same));
        let nothing = "no policy counts here, so there is nothing to cover\n";
        assert!(output.stdout.contains(nothing), "{}", output.stdout);
        assert!(!output.stdout.contains("0 of 0"), "{}", output.stdout);

        let idle = parsed(&["--base", "old"]).unwrap();
        refused(
            &idle.run(&mut workspace, Some(&mut base)),
            "a base is for `--changed-only`",
        );
        refused(
            &parsed(&["--changed-only"]).unwrap_err(),
            "needs `--base DIR`",
        );
    }

    #[test]
    fn policies_are_named_as_reports_name_them() {
        let files = [("a.test.yaml", SUITE)];
        let output = run(&["--coverage", "--policy", "owners"], &files);
        assert!(output.stdout.contains("\nowners "), "{}", output.stdout);
        assert!(!output.stdout.contains("editors"), "{}", output.stdout);
        refused(
            &run(&["--coverage", "--policy", "owner"], &files),
            "there is no policy `owner`, did you mean `owners`?",
        );
        // The name alone selects the cases that can reach the policy.
        let output = run(&["--policy", "owners"], &files);
        assert_eq!(output.stdout, "1 case: 1 passed in 1 suite\n");
        let others = ["--policy", "editors-need-mfa"];
        refused(&run(&others, &files), "no case can reach what `--policy`");
        let both = ["--policy", "editors-need-mfa", "--policy", "owners"];
        assert_eq!(run(&both, &files).exit, 0);
    }

    #[test]
    fn a_case_is_written_for_a_policy_that_no_case_reaches() {
        let files = [("a.test.yaml", SUITE)];
        let output = run(&["--policy", "editors-need-mfa", "--write"], &files);
        assert_eq!(output.exit, 0, "{}", output.stderr);
        let [write] = output.writes.as_slice() else {
            panic!("{}", output.stderr)
        };
        assert!(write.text.contains("editors-need-mfa denies"));
    }

    #[test]
    fn suggestions_are_written_where_they_pass() {
        let case = SUITE.trim_start().strip_prefix("cases:\n").unwrap();
        let unindented: String = case
            .lines()
            .map(|line| format!("{}\n", line.get(2..).unwrap()))
            .collect();
        let second = unindented.replace("alice views", "alice sees");
        let wrong = second.replace("expect: allow", "expect: deny");
        let suggestion = |file: &str, yaml: &str| crate::suite::outcome::Suggestion {
            closes: "a gap".to_owned(),
            policy: "owners".into(),
            file: file.into(),
            yaml: yaml.to_owned(),
        };
        let test = parsed(&["--write"]).unwrap();
        let mut workspace = bundle(&[("a.test.yaml", SUITE)]);
        let mut report = workspace.test(&test.options);
        report.suggestions = vec![
            suggestion("new.test.yaml", &unindented),
            suggestion("a.test.yaml", &second),
            suggestion("wrong.test.yaml", &wrong),
        ];
        let mut output = Output::default();
        test.write(&report, &mut workspace, &test.options, &mut output);
        let writes: Vec<(&str, bool)> = output
            .writes
            .iter()
            .map(|write| (write.path.as_str(), write.replaces.is_some()))
            .collect();
        assert_eq!(writes, [("a.test.yaml", true), ("new.test.yaml", false)]);
        assert_eq!(
            output.writes.first().unwrap().text,
            format!("{SUITE}{}", case.replace("alice views", "alice sees"))
        );
        assert!(
            output.stderr.starts_with("added 1 case to `a.test.yaml`\n"),
            "{}",
            output.stderr
        );
        assert!(
            output
                .stderr
                .contains("1 case could not be added to `wrong.test.yaml`"),
            "{}",
            output.stderr
        );
        // As it was.
        assert_eq!(workspace.text("a.test.yaml").as_deref(), Some(SUITE));
        assert_eq!(workspace.paths().count(), 3);
    }
}
