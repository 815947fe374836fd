#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::cli::{Plan, Surroundings, plan};

const SCHEMA: &str = r#"
    entity Group;
    entity User in [Group] { level: Long, ip: ipaddr };
    entity Photo { owner: User, "a b"?: Set<String> } tags String;
    action view, edit appliesTo { principal: User, resource: Photo, context: { mfa: Bool } };
"#;
const BASE: &str =
    r#"@id("owners") permit (principal, action, resource) when { resource.owner == principal };"#;
const WIDER: &str = r#"@id("owners") permit (principal, action, resource) when { resource.owner == principal || (principal in Group::"staff" && resource.hasTag("it's") && resource.getTag("it's") == "x: \"y\"" && principal.ip.isInRange(ip("10.0.0.0/8")) && resource has "a b" && resource["a b"].contains("z")) };"#;

fn parsed(arguments: &[&str]) -> Result<Diff, Output> {
    let mut all = vec!["diff".to_owned()];
    all.extend(arguments.iter().map(ToString::to_string));
    let surroundings = Surroundings {
        colors: false,
        columns: None,
        now: Instant::parse("2026-11-21").unwrap(),
    };
    match plan(&all, surroundings) {
        Plan::Diff(diff) => Ok(diff),
        Plan::Done(output) => Err(output),
        Plan::Check(_) | Plan::Test(_) | Plan::Govern(_) | Plan::Tier(_) => {
            panic!("another command")
        }
    }
}

fn bundle(policies: &str) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in [("s.cedarschema", SCHEMA), ("p.cedar", policies)] {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn run(arguments: &[&str], base: &str, head: &str) -> Output {
    let all = [&["old", "new"], arguments].concat();
    parsed(&all)
        .unwrap()
        .run(&mut bundle(head), &mut bundle(base))
}

#[test]
fn what_is_compared_with_what() {
    let of = |arguments: &[&str]| {
        let diff = parsed(arguments).unwrap();
        (diff.base, diff.folder)
    };
    let folder = |name: &str| Base::Folder(name.to_owned());
    let revision = |name: &str| Base::Revision(name.to_owned());
    assert_eq!(of(&["a", "b"]), (folder("a"), "b".to_owned()));
    assert_eq!(
        of(&["--base-rev", "main"]),
        (revision("main"), ".".to_owned())
    );
    assert_eq!(
        of(&["a", "--base-rev", "main"]),
        (revision("main"), "a".to_owned())
    );
    for (arguments, because) in [
        (&["a"][..], "needs two folders"),
        (&[], "needs two folders"),
        (&["a", "b", "c"], "`c` is a third"),
        (&["a", "b", "--base-rev", "main"], "takes no second"),
        (&["a", "--base-rev", "--output=x"], "is no revision"),
        (&["a", "b", "--fail-on", "widr"], "did you mean `wider`?"),
        (&["a", "b", "--write-tests", "x.yaml"], "ends in .test.yaml"),
        (
            &["a", "b", "--write-tests", "../x.test.yaml"],
            "ends in .test.yaml",
        ),
        (
            &["a", "b", "--format", "lcov"],
            "one of text, json, github, markdown",
        ),
    ] {
        let output = parsed(arguments).unwrap_err();
        assert!(output.stderr.contains(because), "{}", output.stderr);
        assert_eq!(output.exit, 2);
    }
}

#[test]
fn what_fails_is_what_was_asked_for() {
    let broken = BASE.replace("==", "===");
    for (base, head, exits) in [
        (BASE, BASE, [0, 0, 0, 0]),
        (BASE, WIDER, [0, 0, 1, 1]),
        (WIDER, BASE, [0, 0, 0, 1]),
        (BASE, &*broken, [0, 1, 1, 1]),
    ] {
        for (fail_on, exit) in FailOn::ALL.into_iter().zip(exits) {
            let output = run(&["--fail-on", fail_on.as_str()], base, head);
            assert_eq!(output.exit, exit, "{fail_on:?} {}", output.stdout);
            assert_eq!(FailOn::parse(fail_on.as_str()), Some(fail_on));
        }
    }
    assert_eq!(run(&[], BASE, WIDER).exit, 0);
}

#[test]
fn a_guardrail_that_is_broken_fails() {
    let rail = r#"@id("no-edits") forbid (principal, action == Action::"edit", resource);"#;
    let side = || {
        let mut workspace = bundle(BASE);
        workspace
            .set_file("invariants/x.cedar", rail.as_bytes())
            .unwrap();
        workspace
    };
    let diff = parsed(&["a", "b", "--fail-on", "wider"]).unwrap();
    let output = diff.run(&mut side(), &mut side());
    assert_eq!(output.exit, 1);
    assert!(
        output.stdout.contains("broken `no-edits`"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_folder_without_anything_is_no_bundle() {
    let diff = parsed(&["a", "b"]).unwrap();
    let output = diff.run(&mut Workspace::new(), &mut Workspace::new());
    assert_eq!(output.exit, 2);
    // All that is gone is a change like any other.
    let output = diff.run(&mut Workspace::new(), &mut bundle(BASE));
    assert!(output.stdout.contains("forbid") || output.stdout.contains("`owners` is gone"));
}

#[test]
fn examples_become_cases_that_pass() {
    for (base, head) in [(BASE, WIDER), (WIDER, BASE)] {
        let output = run(&["--write-tests", "x/new.test.yaml"], base, head);
        assert_eq!(
            (&*output.stderr, output.exit),
            ("added 2 cases to `new/x/new.test.yaml`\n", 0)
        );
        let [write] = output.writes.as_slice() else {
            panic!("{:?}", output.writes)
        };
        assert_eq!(write.replaces, None);
        let mut workspace = bundle(head);
        workspace
            .set_file(&write.path, write.text.as_bytes())
            .unwrap();
        let options = TestOptions::new(Instant::parse("2026-11-21").unwrap());
        let report = workspace.test(&options);
        assert_eq!(
            (report.summary.passed, report.findings.len()),
            (2, 0),
            "{}",
            write.text
        );
        // Against base they fail: they show the difference.
        let mut workspace = bundle(base);
        workspace
            .set_file(&write.path, write.text.as_bytes())
            .unwrap();
        assert_eq!(workspace.test(&options).summary.failed, 2);

        // A second run adds to what is there, under other names.
        let mut workspace = bundle(head);
        workspace
            .set_file(&write.path, write.text.as_bytes())
            .unwrap();
        let diff = parsed(&["old", "new", "--write-tests", "x/new.test.yaml"]).unwrap();
        let output = diff.run(&mut workspace, &mut bundle(base));
        assert!(
            output.stderr.starts_with("added 2 cases"),
            "{}",
            output.stderr
        );
        assert!(output.writes.first().unwrap().replaces.is_some());
    }
    let output = run(&["--write-tests", "new.test.yaml"], BASE, BASE);
    assert_eq!(
        (&*output.stderr, output.exit),
        ("there is no case to add\n", 0)
    );
}

#[test]
fn a_suite_that_would_have_to_be_rewritten_is_left_alone() {
    let mut workspace = bundle(WIDER);
    workspace.set_file("a.test.yaml", b"cases: [}").unwrap();
    let diff = parsed(&["old", "new", "--write-tests", "a.test.yaml"]).unwrap();
    let output = diff.run(&mut workspace, &mut bundle(BASE));
    assert_eq!((output.exit, output.writes.len()), (2, 0));
    assert!(
        output
            .stderr
            .contains("name a suite that does not exist yet"),
        "{}",
        output.stderr
    );
}

#[test]
fn entities_and_settings_that_may_allow_more_count() {
    const ADMINS: &str =
        r#"permit (principal in Group::"admins", action == Action::"edit", resource);"#;
    const BANNED: &str = r#"forbid (principal in Group::"admins", action, resource);"#;
    let user = |parents: &str| {
        let attributes = r#"{"level": 1, "ip": "10.0.0.1"}"#;
        format!(
            r#"[{{"uid": {{"type": "User", "id": "a"}}, "attrs": {attributes}, "parents": [{parents}]}}]"#
        )
    };
    let admin = user(r#"{"type": "Group", "id": "admins"}"#);
    let nobody = user("");
    let exits = |policy: &str, file: &str, base: &str, head: &str| {
        ["wider", "any"].map(|fail_on| {
            let with = |text: &str| {
                let mut workspace = bundle(&format!("{BASE}\n{policy}"));
                workspace.set_file(file, text.as_bytes()).unwrap();
                workspace
            };
            let diff = parsed(&["old", "new", "--fail-on", fail_on]).unwrap();
            diff.run(&mut with(head), &mut with(base)).exit
        })
    };
    let entities = "e.entities.json";
    assert_eq!(exits(ADMINS, entities, &nobody, &admin), [1, 1]);
    assert_eq!(exits(ADMINS, entities, &admin, &nobody), [0, 1]);
    assert_eq!(exits(BANNED, entities, &admin, &nobody), [1, 1]);
    assert_eq!(exits("", entities, &admin, &nobody), [0, 0]);
    let (low, high) = ("checks: {like-star: low}", "checks: {like-star: high}");
    assert_eq!(exits("", crate::config::FILE_NAME, low, high), [0, 1]);
    assert_eq!(exits("", crate::config::FILE_NAME, high, low), [1, 1]);
    assert_eq!(
        exits(
            "",
            crate::config::FILE_NAME,
            "{profile: basic}",
            "profile: basic"
        ),
        [0, 0]
    );
}
