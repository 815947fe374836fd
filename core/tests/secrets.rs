//! A secret is reported wherever it stands in a bundle, and no report shows it, whatever else is found there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use portcullis_core::render::{self, Format, Options, TestFormat};
use portcullis_core::suite::mutation::Survivor;
use portcullis_core::suite::{TestOptions, TestReport};
use portcullis_core::{Instant, Report, Workspace};

/// Tokens of a known format that differ in their last letter, put together here so that none is in a file.
fn token(last: char) -> String {
    let body = "q7Zk2Xw9Lm4Tn8Vb3Rc6Yd1Hs5Jf0Pg2Kt7";
    ["gh", "p_", body, &last.to_string()].concat()
}

const PASSWORD: [&str; 2] = ["blue42", "sky&more"];

fn private_key() -> (String, &'static str) {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let [begin, end] =
        ["-----BEGIN", "-----END"].map(|edge| [edge, " PRIVATE", " KEY-----"].concat());
    (format!("// {begin}\n// {body}\n// {end}\n"), body)
}

fn checked(files: &[(&str, String)]) -> (Workspace, Report) {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    (workspace, report)
}

/// Every format of a report; none may show any of these texts.
#[track_caller]
fn hides(files: &[(&str, String)], secrets: &[&str]) -> Report {
    let (workspace, report) = checked(files);
    for format in Format::ALL {
        for color in [false, true] {
            let options = Options {
                color,
                ..Options::default()
            };
            let sources = |path: &str| workspace.text(path);
            let out = render::report(format, &report, &sources, &options);
            for secret in secrets {
                assert!(!out.contains(secret), "{secret} in {format:?}");
            }
        }
    }
    report
}

/// The codes of a file's findings, and what they mark.
fn found<'a>(report: &'a Report, path: &str, text: &'a str) -> Vec<(&'static str, &'a str)> {
    report
        .findings
        .iter()
        .filter(|finding| &*finding.file == path)
        .map(|finding| (finding.rule.code, finding.range.span().text(text)))
        .collect()
}

#[test]
fn every_kind_of_file_is_read_for_secrets_and_none_is_shown() {
    let t = token('a');
    let password = PASSWORD.concat();
    let files = [
        ("portcullis.yaml", format!("profile: {t}\n")),
        ("a.cedarschema", format!("// {t}\nentity User;\n")),
        (
            "b.cedarschema.json",
            format!(
                "{{\"N\": {{\"entityTypes\": {{}}, \"actions\": {{}}, \"annotations\": {{\"doc\": \"{t}\"}}}}}}"
            ),
        ),
        (
            "a.entities.json",
            format!(
                "[{{\"uid\": {{\"type\": \"{t}\", \"id\": \"x\"}}, \"attrs\": {{\"password\": \"{password}\"}}, \"parents\": []}}]"
            ),
        ),
        (
            "a.links.json",
            format!("[{{\"template_id\": \"{t}\", \"link_id\": \"x\", \"args\": {{}}}}]"),
        ),
        (
            "a.cedar",
            format!(
                "@id(\"{t}\")\npermit (principal == User::\"{t}\", action, resource);\npermit (principal == {t}, action, resource);\n"
            ),
        ),
    ];
    let report = hides(&files, &[&t[4..], &t[10..30], &password, PASSWORD[1]]);
    for (path, text) in &files {
        let secrets = found(&report, path, text)
            .into_iter()
            .filter(|(code, _)| *code == "secret-in-text")
            .map(|(_, marked)| marked)
            .collect::<Vec<_>>();
        let expected = text.matches(&t).count() + text.matches(&password).count();
        assert_eq!(secrets.len(), expected, "{path}");
        assert!(secrets.iter().all(|s| *s == t || *s == password), "{path}");
    }
    // Other findings quote what they are about, so there must be some for this to mean anything.
    for (path, code) in [
        ("portcullis.yaml", "config/invalid-value"),
        ("a.links.json", "cedar/link-unknown-template"),
        ("a.cedar", "unbound-principal"),
    ] {
        let codes: Vec<&str> = report
            .findings
            .iter()
            .filter(|f| &*f.file == path)
            .map(|f| f.rule.code)
            .collect();
        assert!(codes.len() > 1, "{path} has only {codes:?}, and not {code}");
    }
}

#[test]
fn no_line_of_a_private_key_is_shown() {
    let (key, body) = private_key();
    let files = [(
        "a.cedar",
        format!("{key}permit (principal, action, resource);\n"),
    )];
    let report = hides(&files, &[body]);
    let marks: Vec<_> = found(&report, "a.cedar", &files[0].1);
    assert!(
        marks
            .iter()
            .any(|(code, marked)| *code == "secret-in-text" && marked.ends_with("KEY-----"))
    );
}

#[test]
fn excerpts_keep_the_rest_of_the_line() {
    let password = PASSWORD.concat();
    let files = [(
        "a.cedar",
        format!("@note(\"password = {password}\") permit (principal, action, resource);"),
    )];
    let (workspace, report) = checked(&files);
    let text = render::text(&report, &|path| workspace.text(path), &Options::default());
    assert!(
        text.contains("1 | @note(\"password = **************\") permit (principal"),
        "{text}"
    );
    assert!(
        text.contains(" |                   ^^^^^^^^^^^^^^\n"),
        "{text}"
    );
}

#[test]
fn with_more_secrets_than_can_be_compared_nothing_is_quoted() {
    let tokens: Vec<String> = ('0'..='9')
        .chain('a'..='z')
        .chain('A'..='Z')
        .map(token)
        .collect();
    let text: String = tokens
        .iter()
        .flat_map(|t| [t.clone(), t.replace('Z', "z")])
        .map(|t| format!("@id(\"{t}\")\npermit (principal == User::\"{t}\", action, resource) when {{ context.x == context.x }};\n"))
        .collect();
    let body = &tokens[0][6..30];
    let report = hides(&[("a.cedar", text)], &[body]);
    assert!(report.findings.len() > 300);
}

#[test]
fn a_secret_in_another_file_cannot_be_silenced() {
    let t = token('b');
    let files = [
        (
            "portcullis.yaml",
            "checks: { secret-in-text: off }\n".to_owned(),
        ),
        (
            "a.cedarschema",
            format!(
                "// portcullis: allow(secret-in-text) until 2027-01-31 because \"old\"\n// {t}\nentity User;\n"
            ),
        ),
    ];
    let report = hides(&files, &[&t[4..]]);
    assert_eq!(
        found(&report, "a.cedarschema", &files[1].1),
        [("secret-in-text", t.as_str())]
    );
}

#[test]
fn an_edit_that_removes_the_secret_removes_the_finding() {
    let t = token('c');
    let (mut workspace, report) = checked(&[("a.entities.json", format!("[] // {t}"))]);
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.rule.code == "secret-in-text")
    );
    workspace.set_file("a.entities.json", b"[]").unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert_eq!(report.findings, []);
}

/// Every format of a run of tests; none may show any of these texts.
#[track_caller]
fn tests_hide(files: &[(&str, String)], secrets: &[&str]) -> TestReport {
    let (mut workspace, _) = checked(files);
    let report = workspace.test(&TestOptions {
        coverage: true,
        mutation: true,
        suggest: true,
        ..TestOptions::new(Instant::parse("2026-11-21").unwrap())
    });
    for format in TestFormat::ALL {
        for flag in [false, true] {
            let options = Options {
                color: flag,
                verbose: flag,
                ..Options::default()
            };
            let sources = |path: &str| workspace.text(path);
            let out = render::test_report(format, &report, &sources, &options);
            for secret in secrets {
                let at = out.find(secret);
                assert_eq!(at.and_then(|at| out.get(at.saturating_sub(90)..)), None);
            }
        }
    }
    report
}

const SCHEMA: &str = "
entity User { note: String };
action view appliesTo { principal: User, resource: User, context: { note: String } };
";

/// A bundle that has the secret wherever a run of tests quotes from.
fn tested(secret: &str) -> [(&'static str, String); 3] {
    [
        ("s.cedarschema", SCHEMA.to_owned()),
        (
            "p.cedar",
            format!(
                "@id(\"{secret}\")
permit (principal, action, resource)
when {{ context.note == \"{secret}\" && principal.note != \"x\" && resource != User::\"{secret}\" }};
permit (principal, action, resource == User::\"{secret}\") when {{ User::\"{secret}\".note == \"y\" }};
"
            ),
        ),
        (
            "a.test.yaml",
            format!(
                "name: of {secret}
fixtures:
  all:
    entities:
      alice: {{ uid: User::\"alice\", attrs: {{ note: {secret} }} }}
      other: {{ uid: User::\"{secret}\", attrs: {{ note: {secret} }} }}
use: all
cases:
  - {{ name: passes with {secret}, principal: alice, action: view, resource: alice, context: {{ note: {secret} }}, expect: allow }}
  - {{ name: fails with {secret}, principal: alice, action: view, resource: alice, context: {{ note: {secret} }}, expect: deny }}
  - {{ name: fails too, principal: other, action: view, resource: other, context: {{ note: z{secret} }}, expect: {{ decision: allow, determining: [\"{secret}\"], errors: [\"{secret}\"] }} }}
  - {{ name: broken, principal: \"{secret}\", action: view, resource: alice, context: {{ note: x }}, expect: deny }}
  - {{ name: skipped, skip: because of {secret}, principal: alice, action: view, resource: alice, context: {{ note: x }}, expect: deny }}
tables:
  - name: who sees {secret}
    principals: [alice, other]
    actions: [view]
    resources: [other]
    context: {{ note: {secret} }}
    allow: {{}}
"
            ),
        ),
    ]
}

#[test]
fn of_files_that_are_not_read_nothing_is_shown() {
    let t = token('f');
    let files = [
        (
            "portcullis.yaml",
            "limits: { file_bytes: 100 }\n".to_owned(),
        ),
        ("p.cedar", format!("// {t}\n").repeat(4)),
        ("a.test.yaml", format!("# {t}\n").repeat(4)),
        ("a.cedar.txt", format!("// {t}\n")),
        ("b.CEDAR", format!("// {t}\n")),
        ("x/portcullis.yaml", format!("# {t}\n")),
    ];
    let report = hides(&files, &[&t[4..]]);
    let codes: Vec<&str> = report.findings.iter().map(|f| f.rule.code).collect();
    assert_eq!(
        codes,
        [
            "file/unknown-kind",
            "limit/file-bytes",
            "file/not-read",
            "limit/file-bytes",
            "file/nested-bundle"
        ]
    );
    let report = tests_hide(&files, &[&t[4..]]);
    assert_eq!(report.summary.broken_suites, 1);
}

#[test]
fn a_run_of_tests_shows_no_secret() {
    let t = token('d');
    let report = tests_hide(&tested(&t), &[&t[4..]]);
    // Everything that quotes something has to be there for this to mean anything.
    let summary = report.summary;
    assert!(summary.passed > 0 && summary.failed > 1, "{summary:?}");
    assert_eq!((summary.errors, summary.skipped), (1, 1));
    assert!(!report.findings.is_empty());
    assert!(
        report.coverage.unwrap().policies.len() == 2 && report.secrets.len() > 5,
        "{:?}",
        report.secrets
    );
    let mutation = report.mutation.unwrap();
    let hidden = |survivor: &&Survivor| survivor.message.contains('…');
    assert!(mutation.survivors.iter().any(|s| hidden(&s)));
}

#[test]
fn a_run_of_tests_with_more_secrets_than_can_be_compared_quotes_nothing() {
    let (path, text) = ("more.cedarschema", "// ");
    let more: String = ('0'..='9')
        .chain('a'..='z')
        .chain('A'..='Z')
        .map(token)
        .flat_map(|t| [t.replace('Z', "z"), t])
        .map(|t| format!("{text}{t}\n"))
        .collect();
    let t = token('e');
    let mut files = tested(&t).to_vec();
    files.push((path, more));
    let report = tests_hide(&files, &[&t[4..]]);
    assert!(report.summary.failed > 1);
}

#[test]
fn a_failing_case_keeps_the_rest_of_its_line() {
    let password = PASSWORD.concat();
    let files = [
        (
            "p.cedar",
            "permit (principal, action, resource);\n".to_owned(),
        ),
        (
            "a.test.yaml",
            format!(
                "cases:\n  - {{ name: n, principal: 'U::\"a\"', action: 'Action::\"b\"', resource: 'U::\"a\"', context: {{ password: {password} }}, expect: deny }}\n"
            ),
        ),
    ];
    let (mut workspace, _) = checked(&files);
    let report = workspace.test(&TestOptions::new(Instant::parse("2026-11-21").unwrap()));
    let sources = |path: &str| workspace.text(path);
    let wide = Options {
        width: 200,
        ..Options::default()
    };
    let text = render::test_report(TestFormat::Text, &report, &sources, &wide);
    assert!(
        text.contains("context: { password: ************** }, expect: deny"),
        "{text}"
    );
}
