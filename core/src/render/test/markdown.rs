//! Runs of tests as Markdown, for the summary of a job or a comment in a pull request.

use super::{diff, headline, outcomes, percent};
use crate::render::markdown::{MAX_BYTES, NOTE_BYTES, code, sentence, write_finding};
use crate::render::{Options, counted};
use crate::suite::coverage::Ratio;
use crate::suite::outcome::{Outcome, TestReport, TestResult};

/// A run of tests as GitHub-flavoured Markdown: a heading with the verdict, counts, what did not pass, and
/// what was asked for of coverage, mutants and further cases.
///
/// Nothing of what a suite or a policy says is read as Markdown or HTML. What does not fit GitHub's limit
/// of 1 MiB is left out and counted.
pub(super) fn markdown(report: &TestReport, options: &Options<'_>) -> String {
    limited(report, options, MAX_BYTES)
}

fn limited(report: &TestReport, options: &Options<'_>, limit: usize) -> String {
    let mut out = head(report);
    let mut items = Vec::new();
    broken(&mut items, report, options);
    if !report.findings.is_empty() {
        items.push("\n### Findings\n\n".to_owned());
        for finding in &report.findings {
            let mut item = String::new();
            write_finding(&mut item, finding);
            // The findings of a check stand under their file's heading.
            let file = format!("{}{}", options.prefix, finding.file);
            items.push(item.replacen("** ", &format!("** {} ", code(&file)), 1));
        }
    }
    shares(&mut items, report);
    gaps(&mut items, report, options);
    suggestions(&mut items, report, options);
    for (index, item) in items.iter().enumerate() {
        if out.len() + item.len() + NOTE_BYTES > limit {
            let left = items.len() - index;
            out.push_str(&format!(
                "\n**{} left out:** the summary would be too long.\n",
                counted(left, "further item")
            ));
            break;
        }
        out.push_str(item);
    }
    out
}

fn head(report: &TestReport) -> String {
    let summary = &report.summary;
    let verdict = match outcomes(summary) {
        counts if counts.is_empty() => "no cases".to_owned(),
        counts => counts,
    };
    format!(
        "## Portcullis tests: {verdict}\n\n\
         | passed | failed | not run | skipped | left out | suites | broken suites |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n\
         | {} | {} | {} | {} | {} | {} | {} |\n",
        summary.passed,
        summary.failed,
        summary.errors,
        summary.skipped,
        summary.left_out,
        summary.suites,
        summary.broken_suites
    )
}

fn broken(items: &mut Vec<String>, report: &TestReport, options: &Options<'_>) {
    for (title, outcome) in [
        ("Failed", Outcome::Failed),
        ("Not run", Outcome::Error),
        ("Skipped", Outcome::Skipped),
    ] {
        let tests: Vec<&TestResult> = report
            .tests
            .iter()
            .filter(|test| test.outcome == outcome)
            .collect();
        if !tests.is_empty() {
            items.push(format!("\n### {title}\n\n"));
            items.extend(tests.into_iter().map(|test| case(test, options)));
        }
    }
}

fn case(test: &TestResult, options: &Options<'_>) -> String {
    let at = test.range.start;
    let place = format!("{}{}:{}", options.prefix, test.file, at.line);
    let mut item = format!("- **{}** {}", sentence(&test.name), code(&place));
    if let (Outcome::Failed, Some(expected), Some(got)) = (test.outcome, &test.expected, &test.got)
    {
        for row in diff::rows(expected, got) {
            item.push_str(&format!(
                "<br>{} {}",
                code(&format!("{} {}", row.side.sign(), row.part.as_str())),
                code(&row.text)
            ));
        }
    }
    let headline = headline(test);
    if test.outcome != Outcome::Failed {
        item.push_str(&format!(": {}", sentence(&headline)));
    }
    for reason in test.reasons.iter().filter(|reason| **reason != headline) {
        item.push_str(&format!("<br>why: {}", sentence(reason)));
    }
    item.push('\n');
    item
}

fn shares(items: &mut Vec<String>, report: &TestReport) {
    let Some(table) = super::text::shares(report) else {
        return;
    };
    let columns = table.columns.join(" | ");
    let mut head = format!("\n### Coverage\n\n| {} | {columns} |\n| --- |", table.title);
    head.push_str(&" ---: |".repeat(table.columns.len()));
    head.push('\n');
    items.push(head);
    let row = |name: String, cells: &[Option<Ratio>]| {
        let mut row = format!("| {name} |");
        for cell in cells {
            match cell.and_then(|ratio| Some((ratio, percent(ratio)?))) {
                Some((ratio, share)) => {
                    row.push_str(&format!(" {}/{} ({share} %) |", ratio.covered, ratio.total));
                }
                None => row.push_str(" – |"),
            }
        }
        row.push('\n');
        row
    };
    // The sum first: it must not be what is left out.
    items.push(row("**together**".to_owned(), &table.total));
    items.extend(
        table
            .rows
            .iter()
            .map(|(name, cells)| row(code(name), cells)),
    );
}

fn gaps(items: &mut Vec<String>, report: &TestReport, options: &Options<'_>) {
    let missing = report.coverage.iter().flat_map(|coverage| {
        coverage.policies.iter().flat_map(|policy| {
            let gaps = policy.missing.iter();
            gaps.map(|gap| (&policy.file, gap.range.start.line, &gap.message))
        })
    });
    let survivors = report
        .mutation
        .iter()
        .flat_map(|mutation| &mutation.survivors)
        .map(|survivor| (&survivor.file, survivor.range.start.line, &survivor.message));
    for (title, gaps) in [
        ("Not covered", missing.collect::<Vec<_>>()),
        ("Survived", survivors.collect()),
    ] {
        if !gaps.is_empty() {
            items.push(format!("\n### {title}\n\n"));
            items.extend(gaps.into_iter().map(|(file, line, message)| {
                let place = format!("{}{file}:{line}", options.prefix);
                format!("- {}: {}\n", code(&place), sentence(message))
            }));
        }
    }
}

fn suggestions(items: &mut Vec<String>, report: &TestReport, options: &Options<'_>) {
    if report.suggestions.is_empty() {
        return;
    }
    items.push("\n### Further cases\n".to_owned());
    for suggestion in &report.suggestions {
        let file = format!("{}{}", options.prefix, suggestion.file);
        // A block that ends where an empty line follows, so its own lines must not be empty.
        let yaml: Vec<String> = suggestion
            .yaml
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(code_line)
            .collect();
        items.push(format!(
            "\n{} for {}:\n\n<pre>{}</pre>\n",
            sentence(&suggestion.closes),
            code(&file),
            yaml.join("\n")
        ));
    }
}

/// A line of preformatted text.
fn code_line(line: &str) -> String {
    let text = code(line);
    text.strip_prefix("<code>")
        .and_then(|text| text.strip_suffix("</code>"))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::test::{self, failed};

    #[test]
    fn everything_that_a_run_can_say() {
        let options = Options {
            prefix: "app/",
            ..Options::default()
        };
        insta::assert_snapshot!(markdown(&test::report(), &options));
    }

    #[test]
    fn user_text_is_neither_markdown_nor_html() {
        let evil = "| `a` <b> **c** [d](e)\n# f";
        let test = TestResult {
            name: evil.into(),
            reasons: vec![evil.to_owned()],
            ..failed()
        };
        let out = markdown(&test::of(test), &Options::default());
        assert!(
            !out.contains("<b>") && !out.contains("](") && !out.contains("\n# "),
            "{out}"
        );
        assert!(
            out.contains("- **&#124; <code>a</code> &#60;b&#62; "),
            "{out}"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let out = limited(&test::report(), &Options::default(), 1000);
        assert!(out.len() <= 1000);
        assert!(
            out.ends_with(" left out:** the summary would be too long.\n"),
            "{out}"
        );
    }
}
