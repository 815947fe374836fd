//! Statements with what is expected under each line: carets under the marked text, then the code.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

static OTHER: Rule = Rule {
    code: "permit-everything",
    severity: Severity::Error,
    summary: "",
    why: "",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &[],
    page: "",
};

fn parse(text: &str) -> Suppressions {
    let comments: Vec<Span> = tokens(text)
        .filter(|token| token.kind == TokenKind::Comment)
        .map(|token| token.span)
        .collect();
    parse_suppressions(text, &comments)
}

/// Lines of carets are taken out before the text is read.
#[track_caller]
fn check(marked: &str) -> Suppressions {
    let mut text = String::new();
    let mut expected = Vec::new();
    let mut last = "";
    for line in marked.lines() {
        if line.trim_start().starts_with('^') {
            let from = line.chars().take_while(|c| *c == ' ').count();
            let count = line.chars().filter(|c| *c == '^').count();
            let marked: String = last.chars().skip(from).take(count).collect();
            expected.push((line.trim_start_matches([' ', '^']).to_owned(), marked));
        } else {
            last = line;
            text.push_str(line);
            text.push('\n');
        }
    }
    let out = parse(&text);
    let found: Vec<_> = (out.findings.iter())
        .map(|f| (f.code.to_owned(), f.span.text(&text).to_owned()))
        .collect();
    assert_eq!(found, expected);
    out
}

#[test]
fn a_whole_suppression() {
    let text = "\n// portcullis: allow(permit-everything, self-comparison) until 2027-01-31 because \"a \\\"b\\\" é\"\n@id(\"a\")\npermit (principal, action, resource);";
    let out = parse(text);
    assert_eq!(out.findings, []);
    let one = out.list.first().unwrap();
    let codes: Vec<_> = one
        .codes
        .iter()
        .map(|c| (c.value, c.span.text(text)))
        .collect();
    assert_eq!(
        codes,
        [
            ("permit-everything", "permit-everything"),
            ("self-comparison", "self-comparison")
        ]
    );
    let until = one.until.as_ref().unwrap();
    assert_eq!(until.value, Instant::parse("2027-02-01").unwrap());
    assert_eq!(until.span.text(text), "2027-01-31");
    let because = one.because.as_ref().unwrap();
    assert_eq!(because.value, "a \"b\" é");
    assert_eq!(because.span.text(text), "\"a \\\"b\\\" é\"");
    assert!(one.span.text(text).starts_with("// portcullis"));
}

#[test]
fn layout_and_order_are_free() {
    for comment in [
        "//portcullis:allow(self-comparison)until 2027-01-31 because\"x\"",
        "//   portcullis :  allow ( self-comparison )  because \"x\"  until 2027-01-31   ",
        "// portcullis: allow(self-comparison) until 2027-01-31T09:00:00Z because \"x\"\r",
    ] {
        let out = parse(&format!("{comment}\nforbid (principal, action, resource);"));
        assert_eq!(
            (out.findings.len(), out.list.len()),
            (0, 1),
            "{comment} {:?}",
            out.findings
        );
    }
}

#[test]
fn other_comments_are_left_alone() {
    let out = check(
        r#"
// portcullis is great
// see portcullis: allow(x)
// note: allow(x)
/// portcullis: allow(x)
// Port: allow all
//
permit (principal, action == Action::"// portcullis: allow(x)", resource);
"#,
    );
    assert_eq!(out.list, []);
}

#[test]
fn malformed_suppressions_suppress_nothing() {
    let out = check(
        r#"
// portcullis: deny(self-comparison)
               ^^^^ suppression/malformed
// portcullis:
             ^ suppression/malformed
// portcullis: allow
                   ^ suppression/malformed
// portcullis: allow self-comparison
                     ^ suppression/malformed
// portcullis: allow()
                     ^ suppression/malformed
// portcullis: allow(self-comparison
                                   ^ suppression/malformed
// portcullis: allow(self-comparison,)
                                     ^ suppression/malformed
// portcullis: allow(self-comparison permit-everything)
                                     ^ suppression/malformed
// portcullis: allow(self-comparison) until soon
                                            ^^^^ suppression/malformed
// portcullis: allow(self-comparison) until 2027-02-30 because "x"
                                            ^^^^^^^^^^ suppression/malformed
// portcullis: allow(self-comparison) until
                                          ^ suppression/malformed
// portcullis: allow(self-comparison) because migration
                                              ^ suppression/malformed
// portcullis: allow(self-comparison) because "é日😀
                                              ^^^^ suppression/malformed
// portcullis: allow(self-comparison) please 😀
                                      ^^^^^^^^ suppression/malformed
// portcullis: allow(self-comparison) until 2027-01-31 until 2027-01-31
                                                       ^^^^^ suppression/malformed
// porticullis: allow(self-comparison)
   ^^^^^^^^^^^ suppression/malformed
// Portcullis: allow(self-comparison)
   ^^^^^^^^^^ suppression/malformed
// portcullis allow(self-comparison) until 2027-01-31 because "a reason"
   ^^^^^^^^^^ suppression/malformed
// portcullis allows this, as portcullis (the gate) does
permit (principal, action, resource);
"#,
    );
    assert_eq!(out.list, []);
}

#[test]
fn codes_that_do_not_count() {
    let out = check(
        r#"
// portcullis: allow(self-comparision, limit/files, permit-everything) until 2027-01-31 because "x"
                     ^^^^^^^^^^^^^^^^ suppression/unknown-code
                                       ^^^^^^^^^^^ suppression/not-allowed
// portcullis: allow(bare-suppression)
                     ^^^^^^^^^^^^^^^^ suppression/not-allowed
permit (principal, action, resource);
"#,
    );
    assert_eq!(out.list.len(), 1);
    assert_eq!(out.list.first().unwrap().codes.len(), 1);
    assert_eq!(
        out.findings.first().unwrap().help,
        "did you mean `self-comparison`?"
    );
}

#[test]
fn bare_suppressions_work_and_are_found() {
    let out = check(
        r#"
// portcullis: allow(self-comparison)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bare-suppression
// portcullis: allow(self-comparison) because "x"
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bare-suppression
// portcullis: allow(self-comparison) until 2027-01-31 because " "
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ bare-suppression
// portcullis: allow(self-comparison) until 2027-01-31 because "_4711 ..."
                                                               ^^^^^^^^^^^ bare-suppression
permit (principal, action, resource);
"#,
    );
    assert_eq!(out.list.len(), 4);
    let messages: Vec<_> = out.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "this suppression has no reason and no date",
            "this suppression has no date",
            "this suppression has no reason",
            "the reason of this suppression has no word"
        ]
    );
}

#[test]
fn only_leading_comments_count() {
    let out = check(
        r#"
@id("a")
// portcullis: allow(self-comparison)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ suppression/misplaced
permit (principal, action, resource); // portcullis: nonsense
                                      ^^^^^^^^^^^^^^^^^^^^^^^ suppression/misplaced
"#,
    );
    assert_eq!(out.list, []);
    check(
        r"
// portcullis: allow(self-comparison)
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ suppression/misplaced
",
    );
}

fn finding(code: &str) -> Finding {
    let rule = rules::find(code).unwrap_or(&OTHER);
    Finding::new(rule, Span::at(0), "m", "h")
}

fn codes_of(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|f| f.code).collect()
}

#[track_caller]
fn apply_to(
    comments: &str,
    as_of: &str,
    codes: &[&str],
) -> (Vec<&'static str>, usize, Vec<&'static str>) {
    let text = format!("{comments}\npermit (principal, action, resource);");
    let findings = codes.iter().map(|code| finding(code)).collect();
    let out = apply(
        &parse(&text).list,
        Instant::parse(as_of).unwrap(),
        Profile::Governed,
        365,
        findings,
    );
    (
        codes_of(&out.kept),
        out.suppressed.len(),
        codes_of(&out.extra),
    )
}

#[test]
fn findings_are_suppressed_until_the_day_is_over() {
    let comment = "// portcullis: allow(self-comparison) until 2027-01-31 because \"x\"";
    let found = ["self-comparison", "permit-everything", "self-comparison"];
    assert_eq!(
        apply_to(comment, "2027-01-31T23:59:59Z", &found),
        (vec!["permit-everything"], 2, vec![])
    );
    assert_eq!(
        apply_to(comment, "2027-02-01T00:00:00Z", &found),
        (found.to_vec(), 0, vec!["suppression/expired"])
    );
    assert_eq!(
        apply_to(comment, "2027-02-01", &[]),
        (vec![], 0, vec!["suppression/expired"])
    );
}

#[test]
fn a_date_that_is_too_far_away_works_and_is_found() {
    let at = |until: &str| {
        let comment =
            format!("// portcullis: allow(self-comparison) until {until} because \"migration\"");
        apply_to(&comment, "2026-11-21T09:00:00Z", &["self-comparison"])
    };
    assert_eq!(at("2027-11-21"), (vec![], 1, vec![]));
    for far in ["2027-11-22", "9999-12-31"] {
        assert_eq!(at(far), (vec![], 1, vec!["bare-suppression"]));
    }
}

#[test]
fn an_expired_suppression_beside_a_valid_one() {
    let comments = "// portcullis: allow(self-comparison) until 2026-01-31 because \"x\"\n// portcullis: allow(self-comparison) because \"x\"";
    assert_eq!(
        apply_to(comments, "2027-01-01", &["self-comparison"]),
        (vec![], 1, vec!["suppression/expired"])
    );
}

#[test]
fn what_suppresses_nothing_is_unused() {
    let comment = "// portcullis: allow(self-comparison, permit-everything)";
    assert_eq!(
        apply_to(comment, "2027-01-01", &["permit-everything", "limit/files"]),
        (vec!["limit/files"], 1, vec!["suppression/unused"])
    );
    let text = "// portcullis: allow(self-comparison)\npermit (principal, action, resource);";
    let out = apply(
        &parse(text).list,
        Instant::parse("2027-01-01").unwrap(),
        Profile::Basic,
        365,
        Vec::new(),
    );
    let unused = out.extra.first().unwrap();
    assert_eq!(unused.span.text(text), "self-comparison");
    let edit = unused.fixes.first().unwrap().edits.first().unwrap();
    assert_eq!(
        edit.span.text(text),
        "// portcullis: allow(self-comparison)"
    );
}

#[test]
fn what_no_comment_can_suppress_stays_even_if_listed() {
    let listed = Suppression {
        codes: vec![Spanned {
            value: "limit/files",
            span: Span::at(0),
        }],
        until: None,
        because: None,
        span: Span::at(0),
    };
    let out = apply(
        &[listed],
        Instant::from_millis(0).unwrap(),
        Profile::Basic,
        365,
        vec![finding("limit/files")],
    );
    assert_eq!((out.kept.len(), out.suppressed.len()), (1, 0));
}

#[test]
fn what_a_stricter_profile_does_not_let_suppress_stays_and_is_said() {
    let text = "// portcullis: allow(permit-everything, self-comparison) until 2027-01-31 because \"x\"\npermit (principal, action, resource);";
    for (profile, kept, extra) in [
        (Profile::Basic, vec![], vec![]),
        (Profile::Governed, vec![], vec![]),
        (
            Profile::Regulated,
            vec!["permit-everything"],
            vec!["suppression/not-allowed"],
        ),
    ] {
        let found = ["permit-everything", "self-comparison"];
        let out = apply(
            &parse(text).list,
            Instant::parse("2027-01-01").unwrap(),
            profile,
            365,
            found.iter().map(|code| finding(code)).collect(),
        );
        assert_eq!(codes_of(&out.kept), kept, "{profile:?}");
        assert_eq!(codes_of(&out.extra), extra, "{profile:?}");
        assert_eq!(out.suppressed.len() + kept.len(), 2);
        for said in &out.extra {
            assert_eq!(said.span.text(text), "permit-everything");
        }
    }
}

proptest! {
    #[test]
    fn no_comment_panics(
        before in "[\\n é😀]{0,3}",
        body in prop_oneof![".{0,60}", "[ ,()\"\\\\é😀]{0,10}(until|because|allow|self-comparison|2027-01-31|[ ,()\"\\\\é😀]){0,9}"],
    ) {
        let text = format!("{before}// portcullis: allow(self-comparison{body}\npermit (principal, action, resource);");
        let out = parse(&text);
        for finding in &out.findings {
            prop_assert!(text.get(finding.span.range()).is_some_and(|t| !t.is_empty()), "{finding:?}");
        }
        for one in &out.list {
            prop_assert!(one.codes.iter().all(|code| rules::named(code.value).suppressible.is_some()));
        }
    }
}
