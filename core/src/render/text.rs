//! Reports for terminals.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr;

use super::escape::visible;
use super::excerpt::{self, Mark, Room};
use super::mask::masked;
use super::paint::{Paint, Style};
use super::{Options, Sources, counted};
use crate::finding::Severity;
use crate::report::{Report, ReportedFinding, ReportedLabel, SchemaUse, Summary};

/// How many request environments of a finding are listed.
const ENVIRONMENTS: usize = 3;

/// A report for a terminal: every finding with an excerpt of its source, and a line of counts.
///
/// Why a kind of finding matters is said once, with the first of them. Sentences are wrapped to the width of
/// the terminal; headlines are not, so that they can be searched for.
///
/// Control characters and characters that change the direction of text are shown as escapes. Findings
/// in files for which there is no source come without an excerpt.
pub fn text(report: &Report, sources: Sources<'_>, options: &Options<'_>) -> String {
    let mut out = String::new();
    write_findings(
        &mut out,
        &report.findings,
        &masked(report, sources),
        options,
    );
    write_summary(&mut out, &report.summary, options);
    out
}

/// Findings, each with an empty line behind it.
pub(super) fn write_findings(
    out: &mut String,
    findings: &[ReportedFinding],
    sources: Sources<'_>,
    options: &Options<'_>,
) {
    // Findings are sorted by file, but labels may point anywhere, again and again.
    let mut texts = BTreeMap::new();
    let mut reasons = BTreeSet::new();
    for finding in findings {
        for file in files(finding) {
            if !texts.contains_key(file) {
                texts.insert(file, sources(file));
            }
        }
        let reason = reasons.insert((finding.rule.code, &finding.why));
        write_finding(out, finding, reason, &texts, options);
        out.push('\n');
    }
}

/// The last line, in the colour of the worst that was found.
fn write_summary(out: &mut String, counts: &Summary, options: &Options<'_>) {
    let paint = Paint {
        color: options.color,
    };
    let line = summary(counts);
    let worst = counts
        .by_severity
        .iter()
        .rev()
        .find(|(_, count)| **count > 0);
    match (worst, line.split_once(" in ")) {
        (Some((severity, _)), Some((found, rest))) => {
            paint.write(out, Style::Severity(*severity), found);
            out.push_str(" in ");
            out.push_str(rest);
        }
        _ => paint.write(out, Style::Headline, &line),
    }
    out.push('\n');
    if let Some(note) = unchecked(counts) {
        paint.write(out, Style::Headline, "note");
        out.push_str(": ");
        wrap(out, note, "note: ".len(), options.width);
        out.push('\n');
    }
}

/// What was not looked at, which a report without findings would hide.
pub(super) fn unchecked(summary: &Summary) -> Option<&'static str> {
    if summary.policies == 0 && summary.broken_statements == 0 {
        if summary.of_one_file {
            return None;
        }
        return Some(
            "there are no policies here, so nothing was checked; they stand in files whose names end in `.cedar`",
        );
    }
    match summary.schema {
        SchemaUse::Used => None,
        SchemaUse::Invalid => Some(
            "nothing was type-checked, and checks that need a schema said nothing: the schema has errors",
        ),
        SchemaUse::Missing => Some(
            "nothing was type-checked, and checks that need a schema said nothing: there is no file whose name ends in `.cedarschema`",
        ),
    }
}

/// The counts of a report in one line.
pub(super) fn summary(summary: &Summary) -> String {
    let total: usize = summary.by_severity.values().sum();
    let mut line = if total == 0 {
        "no findings".to_owned()
    } else {
        format!("{}: {}", counted(total, "finding"), severities(summary))
    };
    line.push_str(&format!(
        " in {}, {}",
        counted(summary.files, "file"),
        counted_as(summary.policies, "policy", "policies")
    ));
    if summary.broken_statements > 0 {
        line.push_str(", ");
        line.push_str(&counted(summary.broken_statements, "broken statement"));
    }
    if summary.suppressed > 0 {
        line.push_str(&format!("; {} suppressed", summary.suppressed));
    }
    if summary.proofs.undecided > 0 {
        let undecided = counted(summary.proofs.undecided as usize, "question");
        line.push_str(&format!("; {undecided} not decided by proofs"));
    }
    line
}

/// The counts that are not zero, worst first: `1 error, 3 high`.
pub(super) fn severities(summary: &Summary) -> String {
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| {
            let count = summary.by_severity.get(&severity).copied().unwrap_or(0);
            match severity {
                _ if count == 0 => None,
                Severity::Error => Some(counted(count, "error")),
                _ => Some(format!("{count} {}", severity.as_str())),
            }
        })
        .collect();
    counts.join(", ")
}

/// As [`counted`], for things whose plural is irregular.
pub(crate) fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The files that a finding points to, its own first, each once.
fn files(finding: &ReportedFinding) -> Vec<&str> {
    let mut files: Vec<&str> = vec![&finding.file];
    for label in &finding.labels {
        if !files.contains(&&*label.file) {
            files.push(&label.file);
        }
    }
    files
}

fn write_finding(
    out: &mut String,
    finding: &ReportedFinding,
    reason: bool,
    texts: &BTreeMap<&str, Option<String>>,
    options: &Options<'_>,
) {
    let paint = Paint {
        color: options.color,
    };
    let severity = Style::Severity(finding.severity);
    paint.write(
        out,
        severity,
        &format!("{}[{}]", finding.severity.as_str(), finding.rule.code),
    );
    paint.write(
        out,
        Style::Headline,
        &format!(": {}", visible(&finding.message)),
    );
    out.push('\n');

    let room = Room {
        gutter: gutter(finding),
        width: options.width,
    };
    for file in files(finding) {
        let own = file == &*finding.file;
        let labels = || finding.labels.iter().filter(|label| *file == *label.file);
        let Some(text) = texts.get(file).and_then(Option::as_deref) else {
            if own {
                let at = finding.range.start;
                write_place(out, "-->", file, (at.line, at.column), "", room, options);
            }
            for label in labels() {
                let at = label.range.start;
                write_place(
                    out,
                    ":::",
                    file,
                    (at.line, at.column),
                    &label.message,
                    room,
                    options,
                );
            }
            continue;
        };
        let primary = own.then_some(Mark {
            range: finding.range,
            message: "",
            primary: Some(severity),
        });
        let marks: Vec<Mark<'_>> = primary.into_iter().chain(labels().map(mark)).collect();
        let Some(first) = marks.first() else {
            continue;
        };
        let arrow = if own { "-->" } else { ":::" };
        let at = first.range.start;
        write_place(out, arrow, file, (at.line, at.column), "", room, options);
        excerpt::bar(out, room, paint);
        out.push('\n');
        excerpt::draw(out, text, &marks, room, paint);
        excerpt::bar(out, room, paint);
        out.push('\n');
    }
    write_notes(out, finding, reason, room, paint);
}

fn write_notes(
    out: &mut String,
    finding: &ReportedFinding,
    reason: bool,
    room: Room,
    paint: Paint,
) {
    let mut note = |name: &str, text: &str| {
        if !text.is_empty() {
            let gutter = room.gutter;
            paint.write(out, Style::Frame, &format!("{:gutter$} = ", ""));
            paint.write(out, Style::Headline, name);
            out.push_str(": ");
            let indent = gutter + " = : ".len() + name.len();
            wrap(out, &visible(text), indent, room.width);
            out.push('\n');
        }
    };
    note("why", if reason { &finding.why } else { "" });
    note("help", &finding.help);
    let mut environments = finding
        .environments
        .iter()
        .take(ENVIRONMENTS)
        .map(AsRef::as_ref)
        .collect::<Vec<&str>>()
        .join("; ");
    if finding.environments.len() > ENVIRONMENTS {
        environments.push_str(&format!(
            " + {} more",
            finding.environments.len() - ENVIRONMENTS
        ));
    }
    note("in", &environments);
    for fix in &finding.fixes {
        note("fix", &fix.title);
    }
}

/// Writes a sentence that begins at column `indent`, further lines below its beginning.
pub(super) fn wrap(out: &mut String, text: &str, indent: usize, width: usize) {
    // In less room than this a column of words is harder to read than what the terminal makes of it.
    let most = if width < indent + 30 {
        usize::MAX
    } else {
        width - indent
    };
    let mut column = 0;
    for word in text.split(' ') {
        let columns = word.width();
        if column > 0 && column + 1 + columns > most {
            out.push_str(&format!("\n{:indent$}", ""));
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += columns;
    }
}

fn mark(label: &ReportedLabel) -> Mark<'_> {
    Mark {
        range: label.range,
        message: &label.message,
        primary: None,
    }
}

/// The line that names a place in a file.
pub(super) fn write_place(
    out: &mut String,
    arrow: &str,
    file: &str,
    (line, column): (u32, u32),
    message: &str,
    room: Room,
    options: &Options<'_>,
) {
    let paint = Paint {
        color: options.color,
    };
    let gutter = room.gutter;
    paint.write(out, Style::Frame, &format!("{:gutter$}{arrow}", ""));
    out.push_str(&format!(
        " {}{}:{line}:{column}",
        visible(options.prefix),
        visible(file)
    ));
    if !message.is_empty() {
        out.push_str(": ");
        out.push_str(&visible(message));
    }
    out.push('\n');
}

/// Columns of the largest line number that may be shown.
fn gutter(finding: &ReportedFinding) -> usize {
    finding
        .labels
        .iter()
        .map(|label| label.range.end.line)
        .fold(finding.range.end.line, u32::max)
        .to_string()
        .len()
}

#[cfg(test)]
mod tests {
    use super::{Report, SchemaUse, text};
    use crate::finding::Severity;
    use crate::render::Options;
    use crate::render::sample::{self, Builder, CEDAR, FILE, SECURITY, TEXT};

    fn sources(path: &str) -> Option<String> {
        (path == FILE).then(|| TEXT.to_owned())
    }

    #[test]
    fn a_finding_says_what_where_why_and_what_to_do() {
        assert_eq!(
            text(&sample::report(), &sources, &Options::default()),
            r#"high[open-action]: `action` is not constrained
 --> policies/naïve file.cedar:1:20
  |
1 | permit (principal, action, resource);
  |                    ^^^^^^
  |                            -------- nor is `resource`
  |
  = why: actions that are added later are granted too
  = help: do it right
  = in: Agent, Action::"edit", Photo; User, Action::"view", Photo
  = fix: name the action

error[cedar/unexpected-type]: expected a long, found a string
 --> policies/naïve file.cedar:3:8
  |
3 | when { "日本" == 1 };
  |        ^^^^^^
  |
  = why: the policy would always err
  = help: do it right

2 findings: 1 error, 1 high in 2 files, 2 policies
"#
        );
    }

    #[test]
    fn a_reason_is_said_once_and_every_finding_says_what_to_do() {
        let finding = |at| Builder::new(&SECURITY, FILE, TEXT, at).build();
        let mut other = finding("resource");
        other.why = "another reason".to_owned();
        let report = sample::of(vec![finding("permit"), finding("action"), other]);
        let out = text(&report, &sources, &Options::default());
        let reasons: Vec<&str> = out.lines().filter(|line| line.contains("why:")).collect();
        assert_eq!(
            reasons,
            [
                "  = why: actions that are added later are granted too",
                "  = why: another reason"
            ]
        );
        assert_eq!(out.matches("help: do it right").count(), 3);
    }

    #[test]
    fn sentences_are_wrapped_below_their_beginning() {
        let options = Options {
            width: 40,
            ..Options::default()
        };
        let mut finding = Builder::new(&SECURITY, FILE, TEXT, "permit").build();
        finding.help = format!("日本語 {} end", "x".repeat(50));
        let out = text(&sample::of(vec![finding]), &sources, &options);
        assert!(
            out.contains(
                "  = why: actions that are added later\n         are granted too\n  = help: 日本語\n          xxx"
            ),
            "{out}"
        );
        assert!(out.contains("x\n          end\n"), "{out}");
        let narrow = Options {
            width: 0,
            ..options
        };
        let out = text(&sample::report(), &sources, &narrow);
        assert!(out.contains("actions that are added later are granted too\n"));
    }

    #[test]
    fn no_more_than_three_environments_are_listed() {
        let finding = Builder::new(&SECURITY, FILE, TEXT, "action")
            .environments(&["a", "b", "c", "d", "e"])
            .build();
        let out = text(&sample::of(vec![finding]), &sources, &Options::default());
        assert!(out.contains("  = in: a; b; c + 2 more\n"), "{out}");
    }

    #[test]
    fn labels_in_other_files_have_excerpts_of_their_own() {
        let other = "@id(\"b\")\npermit (principal, action, resource);";
        let finding = Builder::new(&SECURITY, FILE, TEXT, "permit")
            .terse()
            .label("b.cedar", other, "permit", "the same here")
            .label("c.cedar", other, "permit", "and here")
            .build();
        let sources = |path: &str| match path {
            "b.cedar" => Some(other.to_owned()),
            path => sources(path),
        };
        assert_eq!(
            text(&sample::of(vec![finding]), &sources, &Options::default()),
            "high[open-action]: this is wrong
 --> policies/naïve file.cedar:1:1
  |
1 | permit (principal, action, resource);
  | ^^^^^^
  |
 ::: b.cedar:2:1
  |
2 | permit (principal, action, resource);
  | ------ the same here
  |
 ::: c.cedar:2:1: and here

1 finding: 1 high in 2 files, 2 policies
"
        );
    }

    #[test]
    fn line_numbers_are_aligned() {
        let many = format!("{}permit;\nforbid;", "\n".repeat(8));
        let finding = Builder::new(&SECURITY, FILE, &many, "permit")
            .terse()
            .label(FILE, &many, "forbid", "and this")
            .build();
        let sources = |_: &str| Some(many.clone());
        let out = text(&sample::of(vec![finding]), &sources, &Options::default());
        assert!(
            out.contains("\n  --> ") && out.contains("\n 9 | permit;\n   | ^^^^^^\n10 | forbid;\n"),
            "{out}"
        );
    }

    #[test]
    fn what_a_policy_says_cannot_drive_the_terminal() {
        let evil = "a\x1b]0;owned\x07\u{202e}\nb";
        let mut finding = Builder::new(&CEDAR, evil, evil, "a")
            .message(evil)
            .policy(evil)
            .label(evil, evil, "b", evil)
            .environments(&[evil])
            .fix(evil, false, "a", evil)
            .build();
        finding.why = evil.to_owned();
        finding.help = evil.to_owned();
        let report = sample::of(vec![finding]);
        for found in [true, false] {
            let sources = |_: &str| found.then(|| evil.to_owned());
            let options = Options {
                prefix: evil,
                ..Options::default()
            };
            let out = text(&report, &sources, &options);
            assert!(!out.contains(['\x1b', '\x07', '\u{202e}']), "{out}");
            assert!(out.contains(r"\u{1b}]0;owned\u{7}\u{202e}"), "{out}");
        }
    }

    #[test]
    fn colours_come_only_when_asked_for_and_change_nothing_else() {
        let report = sample::report();
        let plain = text(&report, &sources, &Options::default());
        let color = Options {
            color: true,
            ..Options::default()
        };
        let colored = text(&report, &sources, &color);
        assert!(!plain.contains('\x1b'));
        assert!(
            colored.contains("\x1b[1;31merror[cedar/unexpected-type]\x1b[0m"),
            "{colored}"
        );
        let mut stripped = String::new();
        for part in colored.split('\x1b') {
            stripped.push_str(part.split_once('m').map_or(part, |(code, rest)| {
                if code.starts_with('[') { rest } else { part }
            }));
        }
        assert_eq!(stripped, plain);
    }

    #[test]
    fn what_was_not_looked_at_is_said_below_the_counts() {
        let mut report = sample::of(Vec::new());
        let note = |report: &Report| {
            let out = text(report, &sources, &Options::default());
            let note = out.lines().nth(1).unwrap_or_default();
            note.split_once(',').unwrap_or_default().0.to_owned()
        };
        assert_eq!(note(&report), "");
        for schema in [SchemaUse::Missing, SchemaUse::Invalid] {
            report.summary.schema = schema;
            assert_eq!(note(&report), "note: nothing was type-checked");
        }
        report.summary.policies = 0;
        assert_eq!(note(&report), "note: there are no policies here");
        report.summary.of_one_file = true;
        assert_eq!(note(&report), "");
        report.summary.broken_statements = 1;
        assert_eq!(note(&report), "note: nothing was type-checked");
    }

    #[test]
    fn the_last_line_counts() {
        let mut report = sample::of(Vec::new());
        let last = |report: &Report| text(report, &sources, &Options::default());
        assert_eq!(last(&report), "no findings in 2 files, 2 policies\n");
        report.summary.files = 1;
        report.summary.policies = 1;
        report.summary.broken_statements = 1;
        report.summary.suppressed = 3;
        report.summary.by_severity = [
            (Severity::Error, 1),
            (Severity::High, 3),
            (Severity::Low, 8),
        ]
        .into();
        assert_eq!(
            last(&report),
            "12 findings: 1 error, 3 high, 8 low in 1 file, 1 policy, 1 broken statement; 3 suppressed\n"
        );
    }
}
