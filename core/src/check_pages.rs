//! Every check's page is its test.
//!
//! A page has `## Found` and `## Not found`, with examples in fenced blocks:
//!
//! - `cedar` is an example. Under "Found" every finding of the check is marked by carets on the line
//!   below, with the check's id behind them: `//     ^^^^^^ check-id`. Carets that touch the slashes
//!   (`//^^^ id`) start at column 1. Of a finding that spans lines the first line is marked. Words behind
//!   `cedar` set options: `as_of=2026-01-31` (default 2026-11-21) and `cedar-errors` (the example may have
//!   errors of Cedar's own).
//! - `cedarschema` sets the schema of the examples that follow; for a check of schemas it is an example.
//! - `cedar policies` sets further policies of the examples that follow; for a check of guardrails these are the
//!   bundle's, and the examples are the guardrails.
//! - `yaml test` sets the suite of the examples that follow; for a check of suites it is an example, and
//!   `#` stands where `//` stands in Cedar.
//! - `yaml` sets portcullis.yaml of the examples that follow (default: `profile: regulated`).
//!
//! Under "Not found" the check finds nothing. Each fix of each finding is applied: afterwards the check
//! finds less and no error is new.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use crate::checks::{ALL, Check, Run};
use crate::finding::Severity;
use crate::report::{Report, ReportedFinding};
use crate::time::Instant;
use crate::{Edit, EditRange, Workspace};

#[derive(Default)]
struct Page {
    examples: Vec<Example>,
}

#[derive(Default, Clone)]
struct Example {
    line: usize,
    found: bool,
    text: String,
    schema: Option<String>,
    suite: Option<String>,
    policies: Option<String>,
    config: String,
    as_of: String,
    cedar_errors: bool,
    marks: Vec<Mark>,
}

/// What the examples of a page are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Policies,
    Schema,
    Suite,
    Guardrails,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    line: u32,
    start: u32,
    /// The column past the last caret; `None` for a finding that spans lines.
    end: Option<u32>,
}

fn parse(page: &str, of: Of) -> Page {
    let mut out = Page::default();
    let mut section = None;
    let mut schema = None;
    let mut suite = None;
    let mut policies = None;
    let mut config = "profile: regulated\n".to_owned();
    let mut block: Option<(usize, String, String)> = None;
    for (number, line) in page.lines().enumerate() {
        if let Some((start, info, text)) = &mut block {
            if line != "```" {
                text.push_str(line);
                text.push('\n');
                continue;
            }
            let mut words = info.split_whitespace();
            let language = words.next().unwrap_or_default().to_owned();
            let options: Vec<&str> = words.collect();
            let (text, marks) = marks(text);
            match language.as_str() {
                "yaml" if options.contains(&"test") && of != Of::Suite => suite = Some(text),
                "yaml" if !options.contains(&"test") => config = text,
                "cedar" if options.contains(&"policies") => policies = Some(text),
                "cedarschema" if of != Of::Schema => schema = Some(text),
                "cedar" | "cedarschema" | "yaml" => {
                    if let Some(found) = section {
                        out.examples.push(Example {
                            line: *start,
                            found,
                            text,
                            schema: schema.clone(),
                            suite: suite.clone(),
                            policies: policies.clone(),
                            config: config.clone(),
                            as_of: options
                                .iter()
                                .find_map(|o| o.strip_prefix("as_of="))
                                .unwrap_or("2026-11-21")
                                .to_owned(),
                            cedar_errors: options.contains(&"cedar-errors"),
                            marks,
                        });
                    }
                }
                _ => {}
            }
            block = None;
        } else if let Some(info) = line.strip_prefix("```") {
            block = Some((number + 1, info.to_owned(), String::new()));
        } else if let Some(title) = line.strip_prefix("## ") {
            section = match title {
                "Found" => Some(true),
                "Not found" => Some(false),
                _ => None,
            };
        }
    }
    out
}

/// The text without its lines of carets, and what those mark.
fn marks(block: &str) -> (String, Vec<Mark>) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut last = "";
    for line in block.lines() {
        let carets = line
            .strip_prefix("//")
            .or_else(|| line.strip_prefix('#'))
            .map(|rest| rest.trim_start_matches(' '))
            .filter(|rest| rest.starts_with('^'));
        let Some(rest) = carets else {
            text.push_str(line);
            text.push('\n');
            last = line;
            continue;
        };
        let count = rest.chars().take_while(|c| *c == '^').count() as u32;
        let column = (line.chars().count() - rest.chars().count()) as u32;
        let slashes = if line.starts_with('#') { 1 } else { 2 };
        let (start, end) = if column == slashes {
            (1, count + slashes + 1)
        } else {
            (column + 1, column + 1 + count)
        };
        let spans_lines = end > last.chars().count() as u32 + 1;
        marks.push(Mark {
            line: text.lines().count() as u32,
            start,
            end: (!spans_lines).then_some(end),
        });
    }
    marks.sort();
    (text, marks)
}

fn workspace(example: &Example, path: &str, text: &str) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("portcullis.yaml", example.config.as_bytes())
        .unwrap();
    if let Some(schema) = &example.schema {
        workspace
            .set_file("schema.cedarschema", schema.as_bytes())
            .unwrap();
    }
    if let Some(suite) = &example.suite {
        workspace
            .set_file("app.test.yaml", suite.as_bytes())
            .unwrap();
    }
    if let Some(policies) = &example.policies {
        workspace
            .set_file("further.cedar", policies.as_bytes())
            .unwrap();
    }
    workspace.set_file(path, text.as_bytes()).unwrap();
    workspace
}

fn of<'a>(report: &'a Report, check: &Check) -> Vec<&'a ReportedFinding> {
    report
        .findings
        .iter()
        .filter(|f| f.rule.code == check.rule.code)
        .collect()
}

fn errors(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error && f.rule.suppressible.is_none())
        .map(|f| {
            format!(
                "{}:{} {} {}",
                f.file, f.range.start.line, f.rule.code, f.message
            )
        })
        .collect()
}

fn run(check: &Check) {
    let what = match check.run {
        Run::Schema(_) => Of::Schema,
        Run::Suites(_) => Of::Suite,
        Run::Guardrail(_) => Of::Guardrails,
        _ => Of::Policies,
    };
    let page = parse(check.rule.page, what);
    let code = check.rule.code;
    for found in [true, false] {
        assert!(
            page.examples.iter().any(|e| e.found == found),
            "{code}.md has no example of what is {}found",
            if found { "" } else { "not " }
        );
    }
    for example in &page.examples {
        let place = format!("{code}.md, example in line {}", example.line);
        let path = match what {
            Of::Schema => "schema.cedarschema",
            Of::Suite => "app.test.yaml",
            Of::Policies => "policies.cedar",
            Of::Guardrails => "invariants/policies.cedar",
        };
        let as_of = Instant::parse(&example.as_of).expect("as_of is a date");
        let report = workspace(example, path, &example.text).check(as_of);
        let before = errors(&report);
        if !example.cedar_errors {
            let unexpected: Vec<_> = report
                .findings
                .iter()
                .filter(|f| {
                    f.severity == Severity::Error
                        && ["cedar/", "config/", "limit/", "suite/"]
                            .iter()
                            .any(|p| f.rule.code.starts_with(p))
                })
                .map(|f| {
                    format!(
                        "{}:{}: {} {}",
                        f.file, f.range.start.line, f.rule.code, f.message
                    )
                })
                .collect();
            assert_eq!(
                unexpected,
                Vec::<String>::new(),
                "{place}: the example itself is wrong"
            );
        }
        let findings = of(&report, check);
        let mut got: Vec<Mark> = findings
            .iter()
            .map(|f| Mark {
                line: f.range.start.line,
                start: f.range.start.column,
                end: (f.range.end.line == f.range.start.line).then_some(f.range.end.column),
            })
            .collect();
        got.sort();
        assert!(!example.found || !got.is_empty(), "{place}: nothing found");
        assert_eq!(
            got, example.marks,
            "{place}: found (left) is not what is marked (right)"
        );
        for finding in findings {
            assert_eq!(finding.file.as_ref(), path, "{place}");
            assert!(
                !finding.message.is_empty() && !finding.help.is_empty(),
                "{place}: says too little"
            );
            for fix in &finding.fixes {
                let mut workspace = workspace(example, path, &example.text);
                for (range, edit) in fix.edits.iter().rev() {
                    let edit = Edit {
                        range: EditRange::Bytes(range.start.byte, range.end.byte),
                        insert: edit.insert.clone(),
                    };
                    workspace.edit_file(path, &edit).unwrap();
                }
                let text = workspace.text(path).unwrap();
                let fixed = workspace.check(as_of);
                assert!(
                    of(&fixed, check).len() < of(&report, check).len(),
                    "{place}: `{}` does not resolve the finding:\n{text}",
                    fix.title
                );
                let after = errors(&fixed);
                assert!(
                    after.len() <= before.len(),
                    "{place}: `{}` brings errors: {after:#?}\n{text}",
                    fix.title
                );
            }
        }
    }
}

#[test]
fn every_page_holds() {
    let mut failures = Vec::new();
    for check in ALL {
        let result = std::panic::catch_unwind(|| run(check));
        if let Err(panic) = result {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_default();
            failures.push(text);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn codes_are_unique_kebab_case_and_sorted() {
    let codes: Vec<&str> = ALL.iter().map(|check| check.rule.code).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
    for check in ALL {
        let rule = check.rule;
        assert!(
            rule.code
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            rule.code
        );
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.code)),
            "{}",
            rule.code
        );
        assert!(
            !rule.summary.ends_with('.') && !rule.why.ends_with('.'),
            "{}",
            rule.code
        );
    }
}
