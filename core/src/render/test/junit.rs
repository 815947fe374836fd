//! Runs of tests as the XML that JUnit's runners write and CI systems read: the dialect of Surefire and
//! Jenkins. There are no times, since the core has no clock.

use std::collections::BTreeSet;

use super::{cases, diff, headline};
use crate::finding::Severity;
use crate::render::Options;
use crate::render::escape::{escaped, is_hidden};
use crate::report::ReportedFinding;
use crate::suite::outcome::{Outcome, TestReport, TestResult};

/// A run of tests as a `testsuites` element: each suite with its cases. Findings that are errors, such as
/// those of a suite that cannot be read, are cases of a suite `portcullis`, so that no reader of the file
/// takes the run for a good one; those for which a case could not be run stand with the case.
pub(super) fn junit(report: &TestReport, options: &Options<'_>) -> String {
    let told: BTreeSet<(&str, &str)> = report
        .tests
        .iter()
        .filter(|test| test.outcome == Outcome::Error)
        .filter_map(|test| Some((&*test.file, test.reasons.first()?.as_str())))
        .collect();
    let errors: Vec<&ReportedFinding> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter(|finding| !told.contains(&(&*finding.file, finding.message.as_str())))
        .collect();
    let summary = &report.summary;
    let mut xml = Xml::default();
    xml.open(
        "testsuites",
        &[
            ("name", "portcullis"),
            ("tests", &(cases(summary) + errors.len()).to_string()),
            ("failures", &summary.failed.to_string()),
            ("errors", &(summary.errors + errors.len()).to_string()),
            ("skipped", &summary.skipped.to_string()),
        ],
    );
    for suite in report.tests.chunk_by(|a, b| a.file == b.file) {
        write_suite(&mut xml, suite, options);
    }
    if !errors.is_empty() {
        write_errors(&mut xml, &errors, options);
    }
    xml.close("testsuites");
    xml.out
}

fn write_suite(xml: &mut Xml, suite: &[TestResult], options: &Options<'_>) {
    let Some(first) = suite.first() else {
        return;
    };
    let count = |outcome| {
        let of = suite.iter().filter(|test| test.outcome == outcome);
        of.count().to_string()
    };
    xml.open(
        "testsuite",
        &[
            ("name", &first.suite),
            ("tests", &suite.len().to_string()),
            ("failures", &count(Outcome::Failed)),
            ("errors", &count(Outcome::Error)),
            ("skipped", &count(Outcome::Skipped)),
            ("file", &format!("{}{}", options.prefix, first.file)),
        ],
    );
    for test in suite {
        write_case(xml, test, options);
    }
    xml.close("testsuite");
}

fn write_case(xml: &mut Xml, test: &TestResult, options: &Options<'_>) {
    let file = format!("{}{}", options.prefix, test.file);
    let line = test.range.start.line.to_string();
    let attributes = [
        ("name", &*test.name),
        ("classname", &test.suite),
        ("file", &file),
        ("line", &line),
    ];
    if test.outcome == Outcome::Passed {
        xml.empty("testcase", &attributes);
        return;
    }
    let message = headline(test);
    xml.open("testcase", &attributes);
    match test.outcome {
        Outcome::Passed => {}
        Outcome::Failed => xml.text("failure", &message, "failed", &details(test, &file)),
        Outcome::Error => xml.text("error", &message, "error", &details(test, &file)),
        Outcome::Skipped => xml.empty("skipped", &[("message", &message)]),
    }
    xml.close("testcase");
}

/// The place, the comparison and the reasons: what a CI system shows when one opens the case.
fn details(test: &TestResult, file: &str) -> Vec<String> {
    let at = test.range.start;
    let mut lines = vec![format!("{file}:{}:{}", at.line, at.column)];
    if let (Outcome::Failed, Some(expected), Some(got)) = (test.outcome, &test.expected, &test.got)
    {
        let rows = diff::rows(expected, got);
        lines.extend(rows.iter().map(|row| {
            let (sign, part) = (row.side.sign(), row.part.as_str());
            format!("{sign} {part}: {}", row.text)
        }));
    }
    lines.extend(test.reasons.iter().cloned());
    lines
}

fn write_errors(xml: &mut Xml, errors: &[&ReportedFinding], options: &Options<'_>) {
    let count = errors.len().to_string();
    xml.open(
        "testsuite",
        &[
            ("name", "portcullis"),
            ("tests", &count),
            ("failures", "0"),
            ("errors", &count),
            ("skipped", "0"),
        ],
    );
    for finding in errors {
        let file = format!("{}{}", options.prefix, finding.file);
        let at = finding.range.start;
        let place = format!("{file}:{}:{}", at.line, at.column);
        let name = format!("{} at {place}", finding.rule.code);
        xml.open(
            "testcase",
            &[
                ("name", &*name),
                ("classname", "portcullis"),
                ("file", &file),
                ("line", &at.line.to_string()),
            ],
        );
        let lines = [&place, &finding.why, &finding.help].map(Clone::clone);
        xml.text("error", &finding.message, finding.rule.code, &lines);
        xml.close("testcase");
    }
    xml.close("testsuite");
}

/// XML that is being written, indented by two for each element that is open.
struct Xml {
    out: String,
    depth: usize,
}

impl Default for Xml {
    fn default() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            depth: 0,
        }
    }
}

impl Xml {
    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">\n");
        self.depth += 1;
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>\n");
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// An element with a message, a type and lines of text.
    fn text(&mut self, name: &str, message: &str, kind: &str, lines: &[String]) {
        self.tag(name, &[("message", message), ("type", kind)], ">");
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.out.push('\n');
            }
            write_escaped(&mut self.out, line);
        }
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push_str(&format!(" {name}=\""));
            write_escaped(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push_str(end);
    }

    fn indent(&mut self) {
        self.out.push_str(&"  ".repeat(self.depth));
    }
}

/// Text of an element or an attribute. XML has no way to write most control characters, so they and whatever
/// else cannot be seen are shown as in reports for terminals.
fn write_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.push_str(&escaped(c)),
            c if is_hidden(c) => out.push_str(&escaped(c)),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::render::sample::test::{self, failed};
    use crate::render::sample::{Builder, CEDAR};

    #[test]
    fn everything_that_a_run_can_say() {
        let options = Options {
            prefix: "app/",
            ..Options::default()
        };
        let out = junit(&test::report(), &options);
        assert_valid(&out);
        insta::assert_snapshot!(out);
    }

    #[test]
    fn a_suite_that_cannot_be_read_is_an_error() {
        let mut report = test::of(failed());
        report.tests.clear();
        report.summary.failed = 0;
        let finding = Builder::new(&CEDAR, "a.test.yaml", "cases", "cases").build();
        report.findings.push(finding);
        let mut error = failed();
        error.outcome = Outcome::Error;
        error.file = "a.test.yaml".into();
        error.reasons = vec!["this is wrong".to_owned()];
        let mut told = report.clone();
        told.tests.push(error);
        told.summary.errors = 1;
        let out = junit(&told, &Options::default());
        assert_valid(&out);
        assert_eq!(out.matches("<error").count(), 1, "{out}");
        let out = junit(&report, &Options::default());
        assert_valid(&out);
        assert!(
            out.contains(r#"<testsuites name="portcullis" tests="1" failures="0" errors="1""#),
            "{out}"
        );
        assert!(
            out.contains(r#"<error message="this is wrong" type="cedar/unexpected-type">"#),
            "{out}"
        );
    }

    proptest! {
        #[test]
        fn any_text_leaves_valid_xml(text in any::<String>(), evil in "[]<>&\"'\\x00-\\x1f\u{fffe}]{0,20}") {
            let text = format!("{text}]]>{evil}");
            let test = TestResult {
                suite: text.as_str().into(),
                name: text.as_str().into(),
                reasons: vec![text.clone(), text],
                ..failed()
            };
            assert_valid(&junit(&test::of(test), &Options::default()));
        }
    }

    /// An element as [`parse`] reads it.
    #[derive(Debug, Default)]
    struct Element {
        name: String,
        attributes: Vec<(String, String)>,
        children: Vec<Element>,
        has_text: bool,
    }

    /// Holds the document against the rules of the schema that Jenkins publishes for its JUnit plugin:
    /// which elements stand where, and which attributes they must have. `file` and `line` are additions
    /// that GitLab and others read.
    fn assert_valid(xml: &str) {
        let root = parse(xml);
        assert_eq!(root.name, "testsuites");
        let counted = |element: &Element, inner: &str| {
            let suites = element.children.iter().flat_map(|suite| &suite.children);
            let all = suites.filter(|case| case.children.iter().any(|child| child.name == inner));
            all.count().to_string()
        };
        for (attribute, inner) in [
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ] {
            assert_eq!(value(&root, attribute), counted(&root, inner), "{xml}");
        }
        let cases: usize = root.children.iter().map(|suite| suite.children.len()).sum();
        assert_eq!(value(&root, "tests"), cases.to_string());
        for suite in &root.children {
            assert_eq!(suite.name, "testsuite");
            value(suite, "name");
            assert_eq!(value(suite, "tests"), suite.children.len().to_string());
            for case in &suite.children {
                assert_eq!(case.name, "testcase");
                assert!(!case.has_text);
                for name in ["name", "classname", "file"] {
                    value(case, name);
                }
                assert_ne!(value(case, "line").parse::<u32>().unwrap(), 0);
                assert!(case.children.len() < 2);
                for child in &case.children {
                    assert!(["failure", "error", "skipped"].contains(&child.name.as_str()));
                    value(child, "message");
                    assert!(child.children.is_empty());
                }
            }
        }
    }

    fn value<'a>(element: &'a Element, name: &str) -> &'a str {
        let mut found = element.attributes.iter().filter(|(n, _)| n == name);
        let (_, value) = found
            .next()
            .unwrap_or_else(|| panic!("{} has no {name}", element.name));
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    /// Reads the XML that is written here, strictly: everything that XML 1.0 forbids panics.
    fn parse(xml: &str) -> Element {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(xml.chars().all(allowed));
        let mut rest = xml
            .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
            .unwrap();
        let mut open = vec![Element::default()];
        while let Some((text, after)) = rest.split_once('<') {
            assert!(!text.contains("]]>") && !text.contains('>'));
            assert_references(text);
            open.last_mut().unwrap().has_text |= !text.trim().is_empty();
            let (tag, after) = after.split_once('>').unwrap();
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                let done = open.pop().unwrap();
                assert_eq!(done.name, name);
                open.last_mut().unwrap().children.push(done);
                continue;
            }
            let (tag, is_empty) = match tag.strip_suffix('/') {
                Some(tag) => (tag, true),
                None => (tag, false),
            };
            let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut element = Element {
                name: name.to_owned(),
                ..Element::default()
            };
            while !attributes.is_empty() {
                let (name, after) = attributes.split_once("=\"").unwrap();
                let (value, after) = after.split_once('"').unwrap();
                assert_references(value);
                element.attributes.push((name.to_owned(), value.to_owned()));
                attributes = after.strip_prefix(' ').unwrap_or(after);
            }
            if is_empty {
                open.last_mut().unwrap().children.push(element);
            } else {
                open.push(element);
            }
        }
        assert!(rest.trim().is_empty());
        let [document] = open.as_mut_slice() else {
            panic!("{} elements are left open", open.len() - 1)
        };
        assert_eq!(document.children.len(), 1);
        document.children.pop().unwrap()
    }

    fn assert_references(text: &str) {
        for part in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;", "apos;"];
            assert!(known.iter().any(|name| part.starts_with(name)), "{text}");
        }
    }
}
