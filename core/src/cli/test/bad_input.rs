//! What is wrong with a suite is told with its line, and every other suite runs.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::tests::{SUITE, bundle, parsed, run};

/// Runs a suite beside one that is right, and alone. `at` is where it is told what is wrong; nothing but
/// that must be wrong.
#[track_caller]
fn wrong(text: &str, at: &str, code: &str, says: &str, runs: bool) {
    let place = format!("--> bad.test.yaml:{at}\n");
    let told = |out: &str| {
        assert!(out.contains(&place), "{place}{out}");
        assert!(out.contains(&format!("error[{code}]")), "{out}");
        assert!(out.contains(says), "{out}");
        assert_eq!(out.matches("error[").count(), 1, "{out}");
    };
    let beside = run(&[], &[("bad.test.yaml", text), ("a.test.yaml", SUITE)]);
    told(&beside.stdout);
    assert_eq!((beside.exit, beside.stderr.as_str()), (1, ""));
    let last = beside.stdout.lines().last().unwrap();
    assert!(
        last.contains(if runs { "2 passed" } else { "1 passed" }),
        "{last}"
    );

    let alone = run(&[], &[("bad.test.yaml", text)]);
    told(&alone.stdout);
    assert_eq!(alone.exit, if runs { 1 } else { 2 }, "{}", alone.stdout);
    assert_eq!(alone.stderr.is_empty(), runs, "{}", alone.stderr);
}

/// The suite that is right, without its first line.
fn case() -> &'static str {
    SUITE.strip_prefix("\ncases:\n").unwrap()
}

#[test]
fn what_the_schema_forbids() {
    wrong(
        &SUITE.replace(
            "context: { mfa: false }",
            "context: { mfa: false, vpn: true }",
        ),
        "8:28",
        "suite/undeclared",
        "`vpn`",
        false,
    );
    wrong(
        &SUITE.replace(
            "    expect: allow",
            "    expect: { decision: allow, obligations: [approval: step_up] }",
        ),
        "10:46",
        "suite/impossible-expectation",
        "step_up",
        false,
    );
}

#[test]
fn two_cases_of_one_name() {
    wrong(
        &format!("{SUITE}{}", case()),
        "11:11",
        "suite/duplicate-case",
        "`alice views her photo`",
        true,
    );
}

#[test]
fn a_cycle_of_fixtures() {
    wrong(
        &format!(
            "use: here\nfixtures:\n  here: {{ extends: there }}\n  there: {{ extends: here }}{SUITE}"
        ),
        "3:3",
        "suite/cycle",
        "`here`",
        false,
    );
}

#[test]
fn a_file_that_is_not_there() {
    wrong(
        &format!("use: here\nfixtures: {{ here: {{ files: [lost.entities.json] }} }}{SUITE}"),
        "2:29",
        "suite/missing-file",
        "`lost.entities.json`",
        false,
    );
}

#[test]
fn an_as_of_that_is_no_date() {
    wrong(
        &format!("as_of: tomorrow{SUITE}"),
        "1:8",
        "suite/invalid-value",
        "`tomorrow`",
        true,
    );
}

#[test]
fn a_table_with_a_column_that_does_not_exist() {
    let table = "
use: all
fixtures: { all: { entities: { p: { uid: Photo::\"p\", attrs: { owner: User::\"alice\" } } } } }
tables:
  - name: who views
    principals: [User::\"alice\"]
    actions: [view]
    resources: [p]
    context: { mfa: false }
    allow:
      User::\"alice\": { view: q }
";
    wrong(table, "11:30", "suite/unknown-name", "`q`", false);
    let known = table.replace("view: q", "view: p");
    let key = known.replace("resources: [p]", "resources: [p]\n    columns: [p]");
    wrong(&key, "9:5", "suite/unknown-key", "`columns`", false);
}

#[test]
fn more_megabytes_than_a_file_may_have() {
    let line = "# nothing to see here, and much of it\n";
    let text = format!("{}{SUITE}", line.repeat(9_000_000 / line.len()));
    wrong(&text, "1:1", "limit/file-bytes", "8388608", false);
}

#[test]
fn where_no_case_can_be_run_that_is_said() {
    let broken = SUITE.replace("action: view", "action: veiw");
    let output = parsed(&[])
        .unwrap()
        .run(&mut bundle(&[("a.test.yaml", &broken)]), None);
    assert_eq!(
        (output.exit, output.stderr.as_str()),
        (2, "error: no case could be run, so nothing was tested\n")
    );
}
