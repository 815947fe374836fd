//! The native command line and the one of the npm package: the same output and exit code for the same
//! arguments over the same folders.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const CLOCK: [&str; 2] = ["--as-of", "2026-11-21T09:00:00Z"];
const POLICY: &str = "permit(principal, action, resource);\n";

#[test]
fn arguments_that_read_nothing() {
    let root = repository();
    for line in [
        &[][..],
        &["help"],
        &["--help"],
        &["-h"],
        &["help", "check"],
        &["help", "rules"],
        &["help", "chekc"],
        &["help", "--x"],
        &["help", "check", "more"],
        &["version"],
        &["--version"],
        &["-V"],
        &["chekc"],
        &["é日本😀"],
        &["--verison"],
        &["-x"],
        &["rules"],
        &["rules", "--help"],
        &["rules", "permit-everything"],
        &["rules", "permit-everithing"],
        &["rules", "a", "b"],
        &["rules", "--color"],
        &["check", "--help"],
        &["check", "--format"],
        &["check", "--format", "jsno"],
        &["check", "--fail-on", "hihg"],
        &["check", "--as-of", "yesterday"],
        &["check", "--color", "sometimes"],
        &["check", "a", "b"],
        &["check", "--fromat", "json"],
        &["help", "test"],
        &["test", "--help"],
        &["test", "--format", "sarif"],
        &["test", "--changed-only"],
        &["test", "--policy", "a"],
        &["test", "--as-of", "yesterday"],
        &["test", "a", "b"],
        &["test", "--covrage"],
        &["test", "--base-rev", "-x"],
        &["help", "diff"],
        &["diff"],
        &["diff", "--help"],
        &["diff", "a"],
        &["diff", "a", "b", "c"],
        &["diff", "a", "b", "--base-rev", "main"],
        &["diff", "--base-rev", "--upload-pack=x"],
        &["diff", "a", "b", "--format", "sarif"],
        &["diff", "a", "b", "--fail-on", "widr"],
        &["diff", "a", "b", "--write-tests", "x"],
        &["gate", "--help"],
        &["gate", "a", "b"],
        &["gate", "a", "b", "--change", "c", "--format", "xml"],
        &["change"],
        &["change", "aprove"],
        &[
            "change",
            "new",
            "a",
            "b",
            "--change",
            "c",
            "--expires",
            "soon",
        ],
        &["log", "--help"],
        &["log", "append", "l", "--change", "c", "--event", "done"],
        &["review", "--help"],
        &["review", "--within", "soon"],
    ] {
        same(&root, line);
    }
}

#[test]
fn every_format_of_every_example() {
    let root = repository();
    for entry in std::fs::read_dir(root.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let folder = format!("examples/{}", path.file_name().unwrap().to_str().unwrap());
        for format in ["text", "json", "sarif", "github", "markdown"] {
            check(&root, &[&folder, "--format", format]);
        }
        check(&root, &[&folder, "--color", "always"]);
        check(&root, &[&folder, "--fail-on", "low"]);
        check(&root, &[&folder, "--fail-on", "never"]);
        check(&path, &[]);
        check(&path, &["."]);
        check(&root, &[&format!("./{folder}/")]);
    }
}

#[test]
fn tests_with_every_option() {
    let root = scratch("tests");
    write_tested_bundle(&root.join("app"));
    std::fs::create_dir_all(root.join("old")).unwrap();
    std::fs::write(
        root.join("old/a.cedar"),
        "// other\n@id(\"never\") forbid(principal, action, resource);",
    )
    .unwrap();
    std::fs::create_dir_all(root.join("untested")).unwrap();
    std::fs::write(root.join("untested/a.cedar"), POLICY).unwrap();
    for format in ["text", "json", "junit", "github", "markdown", "lcov"] {
        let all = ["--coverage", "--mutation", "--suggest", "--verbose"];
        test(&root, &[&["app", "--format", format][..], &all].concat());
        test(&root, &["app", "--format", format]);
    }
    for arguments in [
        &["app", "--color", "always", "--coverage", "--mutation"][..],
        &["app", "--fail-fast"],
        &["app", "--filter", "alice"],
        &["app", "--filter", "nobody"],
        &["app", "--tag", "none"],
        &["app", "--coverage", "--policy", "pay"],
        &["app", "--coverage", "--policy", "pya"],
        &["app", "--coverage", "--changed-only", "--base", "old"],
        &["app", "--base", "old"],
        &["app", "--changed-only", "--base", "nowhere"],
        &["app/a.test.yaml"],
        &["app/a.cedar", "--coverage"],
        &["app/a.cedarschema"],
        &["untested"],
        &["untested", "--format", "json"],
        &["nowhere"],
    ] {
        test(&root, arguments);
    }
}

#[test]
fn both_draft_and_sign_the_same_records() {
    use ed25519_dalek::SigningKey;
    use ed25519_dalek::pkcs8::EncodePrivateKey;
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;

    let signing = SigningKey::from_bytes(&[7; 32]);
    let public = portcullis_core::govern::PublicKey::from_bytes(signing.verifying_key().to_bytes());
    let directory = format!(
        "people:\n  alice: {{ issuer: i, kind: human, keys: ['{}'] }}\n",
        public.unwrap()
    );
    let outcomes = ["native", "npm"].map(|door| {
        let root = scratch(&format!("govern-{door}"));
        for folder in ["base", "head"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
            std::fs::write(root.join(folder).join("a.cedar"), POLICY).unwrap();
            std::fs::write(root.join(folder).join("directory.yaml"), &directory).unwrap();
        }
        // Without the public half, as other tools write keys.
        let private = ed25519_dalek::pkcs8::KeypairBytes {
            secret_key: signing.to_bytes(),
            public_key: None,
        };
        let pem = private.to_pkcs8_pem(LineEnding::LF).unwrap();
        std::fs::write(root.join("key.pem"), pem.as_bytes()).unwrap();
        let on = ["base", "head", "--change", "c.change.yaml"];
        let mut said = Vec::new();
        for (before, after) in [
            (
                &["change", "new"][..],
                &["--id", "c", "--author", "alice"][..],
            ),
            (&["change", "new"], &["--id", "c", "--author", "alice"]),
            (&["change", "submit"], &["--key", "key.pem"]),
            (&["change", "submit"], &["--key", "c.change.yaml"]),
            (&["change", "submit"], &["--key", "none.pem"]),
            (
                &["change", "approve"],
                &["--key", "key.pem", "--slot", "owner"],
            ),
            (&["gate"], &[]),
            (&["gate"], &["--log", "none.jsonl"]),
        ] {
            let [native, npm] = doors();
            let mut command = if door == "npm" { npm } else { native };
            let output = run(
                command.args([before, &on[..], after, &CLOCK[..]].concat()),
                &root,
            );
            said.push(output);
        }
        for line in [
            &[
                "log",
                "append",
                "log.jsonl",
                "--change",
                "c.change.yaml",
                "--event",
                "recorded",
            ][..],
            &[
                "log",
                "append",
                "log.jsonl",
                "base",
                "head",
                "--change",
                "c.change.yaml",
                "--event",
                "published",
            ],
        ] {
            let [native, npm] = doors();
            let mut command = if door == "npm" { npm } else { native };
            said.push(run(command.args([line, &CLOCK[..]].concat()), &root));
        }
        let read = |path: &str| std::fs::read(root.join(path)).unwrap();
        let text = String::from_utf8(read("c.change.yaml")).unwrap();
        assert!(text.contains("submission:"), "{text} {said:#?}");
        (said, text, read("log.jsonl"))
    });
    let [native, npm] = outcomes;
    assert_eq!(native, npm);
}

#[test]
fn both_add_the_same_cases() {
    let outcomes = ["native", "npm"].map(|door| {
        let root = scratch(&format!("write-{door}"));
        let app = root.join("app");
        write_tested_bundle(&app);
        let [native, npm] = doors();
        let mut command = if door == "npm" { npm } else { native };
        let line = ["test", "app", "--write", "--mutation", CLOCK[0], CLOCK[1]];
        let output = run(command.args(line), &root);
        let mut files: Vec<_> = std::fs::read_dir(&app)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (
                    path.file_name().unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                )
            })
            .collect();
        files.sort();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
            files,
        )
    });
    let [native, npm] = outcomes;
    assert_eq!(npm, native);
}

/// A bundle with a test that passes and one that fails, and with policies that they do not cover.
fn write_tested_bundle(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (path, text) in [
        (
            "a.cedarschema",
            "entity User; entity Account; action pay appliesTo { principal: User, resource: Account, context: { mfa: Bool } };",
        ),
        (
            "a.cedar",
            "@id(\"pay\") permit (principal, action == Action::\"pay\", resource) when { context.mfa };\n@id(\"never\") forbid (principal == User::\"mallory\", action, resource);\n",
        ),
        (
            "a.test.yaml",
            "cases:\n  - name: alice pays\n    principal: User::\"alice\"\n    action: pay\n    resource: Account::\"a\"\n    context: { mfa: true }\n    expect: allow\n  - name: bob pays\n    principal: User::\"bob\"\n    action: pay\n    resource: Account::\"a\"\n    context: { mfa: true }\n    expect: deny\n",
        ),
    ] {
        std::fs::write(folder.join(path), text).unwrap();
    }
}

fn test(folder: &Path, arguments: &[&str]) {
    same(folder, &[&["test"], arguments, &CLOCK].concat());
}

#[test]
fn examples_against_their_flawed_twins() {
    let root = repository();
    for name in ["documents", "hospital", "payments"] {
        let (good, flawed) = (
            format!("examples/{name}"),
            format!("examples/{name}-flawed"),
        );
        for format in ["text", "json", "github", "markdown"] {
            diff(&root, &[&flawed, &good, "--format", format]);
        }
        diff(
            &root,
            &[&good, &flawed, "--fail-on", "wider", "--color", "always"],
        );
        diff(&root, &[&good, &good, "--fail-on", "any"]);
    }
    diff(&root, &["nowhere", "examples/payments"]);
    diff(&root, &["examples/payments", "nowhere"]);
}

#[test]
fn the_base_from_git() {
    let root = scratch("git");
    let repository = root.join("repository");
    let app = repository.join("app é");
    std::fs::create_dir_all(app.join("sub/.hidden")).unwrap();
    std::fs::create_dir_all(app.join("node_modules")).unwrap();
    write_tested_bundle(&app);
    for path in [
        "sub/b.cedar",
        "sub/.hidden/no.cedar",
        "node_modules/no.cedar",
        "two\nlines.cedar",
        "README.md",
    ] {
        std::fs::write(app.join(path), POLICY).unwrap();
    }
    std::fs::write(app.join("bytes.cedar"), b"// \xff\n").unwrap();
    std::os::unix::fs::symlink("a.cedar", app.join("link.cedar")).unwrap();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        let who = ["-c", "user.name=a", "-c", "user.email=a@localhost"];
        let output = run(command.args(who).args(arguments), &repository);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["tag", "v1"]);
    let wider = "@id(\"pay\") permit (principal, action == Action::\"pay\", resource);\n";
    std::fs::write(app.join("a.cedar"), wider).unwrap();
    std::fs::remove_file(app.join("two\nlines.cedar")).unwrap();
    git(&["commit", "-q", "-a", "-m", "two"]);
    // What is not committed is compared as well.
    std::fs::write(app.join("new.cedar"), POLICY).unwrap();
    for revision in [
        "HEAD",
        "HEAD~1",
        "main",
        "v1",
        "HEAD~9",
        "v2",
        "HEAD^{tree}",
        "é",
    ] {
        diff(&repository, &["app é", "--base-rev", revision]);
        diff(&app, &["--base-rev", revision, "--format", "json"]);
        diff(&app, &["a.cedar", "--base-rev", revision]);
        diff(&root, &["repository/app é/sub", "--base-rev", revision]);
    }
    test(&app, &["--coverage", "--changed-only", "--base-rev", "v1"]);
    diff(&app, &["nowhere", "--base-rev", "v1"]);
    let [mut native, _] = doors();
    let stop = "forbid (principal, action, resource);\n";
    std::fs::write(app.join("new.cedar"), stop).unwrap();
    let line = ["diff", "app é", "--base-rev", "HEAD", "--fail-on", "any"];
    let output = run(native.args(line), &repository);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    // A folder that the revision does not have was empty then; one in no repository has no revisions.
    std::fs::create_dir_all(repository.join("later")).unwrap();
    std::fs::write(repository.join("later/a.cedar"), POLICY).unwrap();
    diff(&repository, &["later", "--base-rev", "v1"]);
    std::fs::remove_dir_all(repository.join(".git")).unwrap();
    let [native, npm] = doors().map(|mut command| {
        let command = command.args(["diff", "app é", "--base-rev", "v1"]);
        run(command.env("GIT_CEILING_DIRECTORIES", &root), &repository)
    });
    assert_eq!(npm.stderr, native.stderr);
    let stderr = String::from_utf8(native.stderr).unwrap();
    assert!(stderr.contains("is in no repository"), "{stderr}");
    assert_eq!(
        (native.status.code(), npm.status.code()),
        (Some(2), Some(2))
    );
}

#[test]
fn both_write_the_same_examples() {
    let outcomes = ["native", "npm"].map(|door| {
        let root = scratch(&format!("examples-{door}"));
        write_tested_bundle(&root.join("old"));
        write_tested_bundle(&root.join("new"));
        std::fs::write(root.join("new/b.cedar"), POLICY).unwrap();
        let [native, npm] = doors();
        let mut command = if door == "npm" { npm } else { native };
        let line = [
            "diff",
            "old",
            "new",
            "--write-tests",
            "b.test.yaml",
            CLOCK[0],
            CLOCK[1],
        ];
        let output = run(command.args(line), &root);
        let written = std::fs::read_to_string(root.join("new/b.test.yaml")).unwrap();
        (output.status.code(), output.stdout, output.stderr, written)
    });
    let [native, npm] = outcomes;
    assert_eq!(npm, native);
    assert!(native.3.contains("expect: allow"), "{}", native.3);
}

fn diff(folder: &Path, arguments: &[&str]) {
    same(folder, &[&["diff"], arguments, &CLOCK].concat());
}

#[test]
fn folders_of_every_kind() {
    let root = scratch("folders");
    let write = |path: &str, contents: &[u8]| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    };
    for path in [
        "kinds/b.cedar",
        "kinds/a.cedar",
        "kinds/a/z.cedar",
        "kinds/a-b/z.cedar",
        "kinds/Z.cedar",
        "kinds/é.cedar",
        "kinds/日本.cedar",
        "kinds/😀.cedar",
        "kinds/\u{fffd}.cedar",
        "kinds/.hidden.cedar",
        "kinds/.git/no.cedar",
        "kinds/node_modules/no.cedar",
        "kinds/target/no.cedar",
        "kinds/sub/target/no.cedar",
        "kinds/sub/targets/yes.cedar",
        "kinds/README.md",
        "backslash/a\\b.cedar",
        ".hidden/a.cedar",
        "single/notes.txt",
        "nothing/README.md",
    ] {
        write(path, POLICY.as_bytes());
    }
    write(
        "bytes/no.cedar",
        b"permit(principal, action, resource);\xff",
    );
    write(
        "bytes/mark.cedar",
        "\u{feff}permit(principal);\r\n".as_bytes(),
    );
    write("bytes/empty.cedar", b"");
    write("bytes/portcullis.yaml", b"profil: basic\n");
    std::fs::create_dir_all(root.join("empty")).unwrap();
    std::fs::create_dir_all(root.join("named/a.cedar")).unwrap();
    // Larger than any limit: neither reads it whole.
    std::fs::create_dir_all(root.join("large")).unwrap();
    let large = std::fs::File::create(root.join("large/a.cedar")).unwrap();
    large.set_len((64 << 20) + 5).unwrap();
    for (link, to) in [
        ("kinds/link.cedar", "b.cedar"),
        ("kinds/linked", "a"),
        ("link-to-folder", "kinds"),
        ("link-to-file.cedar", "kinds/b.cedar"),
        ("broken", "nowhere"),
        ("loop", "loop"),
    ] {
        std::os::unix::fs::symlink(to, root.join(link)).unwrap();
    }
    for name in [
        &b"name/\xff.cedar"[..],
        b"name-of-folder/\xff/a.cedar",
        b"name-of-other/\xff.md",
    ] {
        let path = root.join(OsStr::from_bytes(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, POLICY).unwrap();
    }
    let long = "x".repeat(300);
    for folder in [
        "kinds",
        "kinds/",
        "./kinds",
        "kinds/../kinds",
        "kinds/b.cedar",
        "kinds/b.cedar/",
        "kinds/.hidden.cedar",
        "bytes/no.cedar",
        "bytes/portcullis.yaml",
        "kinds/a/../b.cedar",
        "kinds/node_modules/no.cedar",
        ".hidden",
        "backslash",
        "single/notes.txt",
        "nothing",
        "bytes",
        "empty",
        "named",
        "large",
        "link-to-folder",
        "link-to-folder/",
        "link-to-file.cedar",
        "broken",
        "loop",
        "name",
        "name-of-folder",
        "name-of-other",
        "nowhere",
        "",
        "/dev/null",
        &long,
    ] {
        check(&root, &[folder]);
        check(&root, &[folder, "--format", "json"]);
        same(&root, &[&["tier", folder], &CLOCK[..]].concat());
    }
    // What the gate does not read and others may read, it refuses.
    let record = root.join("c.change.yaml");
    std::fs::write(record, "id: c\n").unwrap();
    for (base, head) in [("kinds", "bytes"), ("bytes", "kinds")] {
        let line = ["gate", base, head, "--change", "c.change.yaml"];
        let line = [&line[..], &CLOCK].concat();
        same(&root, &line);
        let [mut native, _] = doors();
        let output = run(native.args(&line), &root);
        let said = String::from_utf8(output.stdout).unwrap();
        for path in [
            "link.cedar",
            "linked",
            "target/no.cedar",
            "sub/target/no.cedar",
        ] {
            // What only the base has, the change repairs.
            let refusal = format!("`{path}` of the head");
            assert_eq!(said.contains(&refusal), head == "kinds", "{said}");
            assert!(!said.contains(&format!("`{path}` of the base")), "{said}");
        }
        assert!(!said.contains(".git/no.cedar"), "{said}");
    }
}

#[test]
fn a_folder_that_is_none_is_named_with_what_to_do() {
    let root = scratch("no-folder");
    std::fs::write(root.join("a.cedar"), POLICY).unwrap();
    for (folder, says) in [
        ("nope", "does not exist; name a folder"),
        ("a.cedar/b", "is not a folder; name a folder"),
        ("/dev/null", "is not a folder; name a folder"),
    ] {
        for mut command in doors() {
            let output = run(command.args(["check", folder]), &root);
            let stderr = String::from_utf8(output.stderr).unwrap();
            let expected = format!("error: `{folder}` cannot be read: it {says}");
            assert!(stderr.starts_with(&expected), "{stderr}");
            assert_eq!(output.status.code(), Some(2));
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let root = repository();
    for mut command in doors() {
        let mut child = command
            .current_dir(&root)
            .args(["rules", "permit-everything"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn a_fault_of_portcullis_is_told_from_findings() {
    let root = repository();
    // The engine traps at its first call.
    let trap = "WebAssembly.Instance = class { constructor(module, imports) { \
        return { exports: new Proxy({}, { get: () => () => { throw new WebAssembly.RuntimeError('unreachable') } }) } } }";
    let output = Command::new("node")
        .args([
            "--import",
            &format!("data:text/javascript,{}", trap.replace(' ', "%20")),
        ])
        .arg(script())
        .args(["check", "examples/hospital"])
        .current_dir(&root)
        .output()
        .unwrap();
    let sentence =
        "error: this is a fault of Portcullis; please report it with the files that led to it\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), sentence);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"");
    let native = std::fs::read_to_string(root.join("host/src/main.rs")).unwrap();
    assert!(
        native.contains(sentence.trim_end()),
        "the native one says otherwise"
    );
}

/// `portcullis check` with a clock of its own.
fn check(folder: &Path, arguments: &[&str]) {
    let line: Vec<&str> = ["check"]
        .iter()
        .chain(arguments)
        .chain(&CLOCK)
        .copied()
        .collect();
    same(folder, &line);
}

fn same(folder: &Path, arguments: &[&str]) {
    let [native, npm] = doors().map(|mut command| run(command.args(arguments), folder));
    assert_eq!(npm.status.code(), native.status.code(), "{arguments:?}");
    for (got, expected) in [(npm.stderr, native.stderr), (npm.stdout, native.stdout)] {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&got), text(&expected), "{arguments:?}");
        assert_eq!(got, expected, "{arguments:?}");
    }
}

fn run(command: &mut Command, folder: &Path) -> Output {
    command.current_dir(folder).output().unwrap()
}

fn doors() -> [Command; 2] {
    let mut npm = Command::new("node");
    npm.arg(script());
    [Command::new(env!("CARGO_BIN_EXE_portcullis")), npm]
}

fn script() -> PathBuf {
    let root = repository();
    assert!(
        root.join("npm/dist/portcullis_bg.wasm").is_file(),
        "npm/dist has no module: run `cargo xtask build` first"
    );
    root.join("npm/bin/portcullis.mjs")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a package of the workspace")
        .to_owned()
}

/// An empty folder.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
