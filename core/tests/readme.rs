//! The numbers that README.md and CHANGELOG.md give are those of the registry, and the output that
//! README.md shows is what the command prints.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::cli::{Output, Plan, Surroundings, plan};
use portcullis_core::render::{self, Options};
use portcullis_core::{Instant, Workspace, is_bundle_file, rules};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// How many codes pass.
fn codes(test: impl Fn(&str) -> bool) -> usize {
    rules::all().filter(|rule| test(rule.code)).count()
}

#[test]
fn the_numbers_of_codes_are_those_of_the_registry() {
    let ours = codes(|code| !code.contains('/'));
    let cedar = codes(|code| code.starts_with("cedar/"));
    let suites = codes(|code| code.starts_with("suite/"));
    let governance = codes(|code| code.starts_with("governance/"));
    let others = codes(|code| code.contains('/')) - cedar - suites - governance;
    let all = ours + cedar + suites + governance + others;
    let readme = read("README.md");
    for (number, sentence) in [
        (all, format!("one of {all} codes")),
        (ours, format!("| `always-true`, `open-action` … | {ours} |")),
        (cedar, format!("| `cedar/…` | {cedar} |")),
        (suites, format!("| `suite/…` | {suites} |")),
        (governance, format!("| `governance/…` | {governance} |")),
        (others, format!("`file/…`, `tests/…` | {others} |")),
        (ours, format!("| {ours}, mostly on security |")),
    ] {
        assert!(
            readme.contains(&sentence),
            "README.md should have {number}: {sentence}"
        );
    }
    let changelog = read("CHANGELOG.md");
    let sentence = format!(
        "- {ours} codes for what Cedar accepts, {cedar} for what Cedar refuses or warns about, {others} for"
    );
    assert!(
        changelog.contains(&sentence),
        "CHANGELOG.md should have: {sentence}"
    );
}

/// What README.md shows of a command's output: what stands between the ellipses.
fn shown(command: &str) -> Vec<String> {
    let readme = read("README.md");
    let output: String = readme
        .split_once(&format!("    $ {command}\n"))
        .unwrap()
        .1
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect();
    let parts: Vec<String> = output
        .split("…\n")
        .map(|part| part.trim_matches('\n').to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    assert!(parts.len() > 2, "{parts:?}");
    parts
}

#[track_caller]
fn prints(command: &str, output: &str) {
    let mut rest = output;
    for part in shown(command) {
        let Some((_, behind)) = rest.split_once(&part) else {
            panic!("README.md shows what is not printed, or not there:\n{part}\n\n{output}");
        };
        rest = behind;
    }
    assert_eq!(rest, "\n", "README.md ends before the output does");
}

const FLAWED: &str = "examples/payments-flawed/";

fn flawed() -> Workspace {
    bundle(FLAWED)
}

fn bundle(folder: &str) -> Workspace {
    let folder = repository().join(folder);
    let mut workspace = Workspace::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if is_bundle_file(&name) {
            let contents = fs::read(folder.join(&name)).unwrap();
            workspace.set_file(&name, &contents).unwrap();
        }
    }
    workspace
}

fn now() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

#[test]
fn the_output_of_check_is_that_of_the_example() {
    let mut workspace = flawed();
    let report = workspace.check(now());
    let options = Options {
        prefix: FLAWED,
        ..Options::default()
    };
    let text = render::text(&report, &|path| workspace.text(path), &options);
    prints(
        "portcullis check examples/payments-flawed --as-of 2026-11-21",
        &text,
    );
}

/// Runs a command line on a bundle, as it would be run at this time.
fn run(command: &str, workspace: &mut Workspace) -> Output {
    let arguments: Vec<String> = command.split(' ').skip(1).map(str::to_owned).collect();
    let surroundings = Surroundings {
        colors: false,
        columns: None,
        now: now(),
    };
    match plan(&arguments, surroundings) {
        Plan::Test(test) => test.run(workspace, None),
        Plan::Diff(diff) => diff.run(workspace, &mut flawed()),
        _ => panic!("`{command}` is another command"),
    }
}

#[test]
fn the_output_of_diff_is_that_of_the_examples() {
    let command = "portcullis diff examples/payments-flawed examples/payments";
    let output = run(command, &mut bundle("examples/payments/"));
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
    prints(command, &output.stdout);
}

#[test]
fn the_output_of_test_is_that_of_the_example() {
    let command = "portcullis test examples/payments-flawed --mutation";
    let output = run(command, &mut flawed());
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
    prints(command, &output.stdout);
}

/// The files that a page shows: where a paragraph ends with a name in backticks and a colon, code follows.
fn files(page: &str) -> Workspace {
    let mut workspace = Workspace::new();
    for (before, behind) in page
        .match_indices("`:\n\n```")
        .map(|(at, _)| page.split_at(at))
    {
        let name = before.rsplit('`').next().unwrap();
        let code = behind.split_once("\n\n```").unwrap().1;
        let code = code.split_once('\n').unwrap().1;
        let (code, _) = code.split_once("```").unwrap();
        workspace.set_file(name, code.as_bytes()).unwrap();
    }
    workspace
}

#[test]
fn the_suites_on_the_page_about_tests_are_read_and_pass() {
    let page = read("docs/testing.md");
    let mut workspace = files(&page);
    let paths: Vec<&str> = workspace.paths().collect();
    assert_eq!(
        paths,
        [
            "bank.cedar",
            "bank.cedarschema",
            "bank.test.json",
            "bank.test.yaml"
        ]
    );
    let report = workspace.check(now());
    let errors = report.findings.iter().filter(|f| f.rule.code.contains('/'));
    assert_eq!(errors.count(), 0);

    let json = run("portcullis test", &mut workspace);
    assert_eq!(
        (json.stdout.as_str(), json.exit),
        ("8 cases: 8 passed in 2 suites\n", 0)
    );
    workspace.remove_file("bank.test.json").unwrap();
    let yaml = run("portcullis test", &mut workspace);
    let shown = page.split_once("    $ portcullis test\n    ").unwrap().1;
    assert_eq!(Some(yaml.stdout.trim_end()), shown.lines().next());
}

#[test]
fn the_first_command_finds_what_readme_says() {
    let folder = repository().join("examples/payments");
    let mut workspace = Workspace::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if is_bundle_file(&name) {
            let contents = fs::read(folder.join(&name)).unwrap();
            workspace.set_file(&name, &contents).unwrap();
        }
    }
    let report = workspace.check(now());
    let text = render::text(&report, &|path| workspace.text(path), &Options::default());
    let readme = read("README.md");
    assert!(
        readme.contains(&format!("\n    {text}\n")),
        "README.md should have: {text}"
    );
}
