//! Reports as Markdown, for the summary of a job or a comment in a pull request.

use super::escape::visible;
use super::{Options, counted, text};
use crate::finding::Severity;
use crate::report::{Report, ReportedFinding, Summary};

/// GitHub refuses a job summary above this many bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// What the note about findings that are left out may take.
pub(super) const NOTE_BYTES: usize = 128;

/// A report as GitHub-flavoured Markdown: a heading with the verdict, counts, and the findings by file.
///
/// Nothing of what a policy says is read as Markdown or HTML. What does not fit GitHub's limit of 1 MiB
/// is left out and counted.
pub fn markdown(report: &Report, options: &Options<'_>) -> String {
    limited(report, options, MAX_BYTES)
}

fn limited(report: &Report, options: &Options<'_>, limit: usize) -> String {
    let mut out = head(&report.summary);
    let mut file = None;
    for (index, finding) in report.findings.iter().enumerate() {
        let mut part = String::new();
        if file != Some(&finding.file) {
            part.push_str(&format!(
                "\n### {}\n\n",
                code(&format!("{}{}", options.prefix, finding.file))
            ));
            file = Some(&finding.file);
        }
        write_finding(&mut part, finding);
        if out.len() + part.len() + NOTE_BYTES > limit {
            let left = report.findings.len() - index;
            out.push_str(&format!(
                "\n**{} left out:** the summary would be too long.\n",
                counted(left, "further finding")
            ));
            break;
        }
        out.push_str(&part);
    }
    out
}

fn head(summary: &Summary) -> String {
    let severities = text::severities(summary);
    let verdict = if severities.is_empty() {
        "no findings"
    } else {
        &severities
    };
    let count = |severity| summary.by_severity.get(&severity).copied().unwrap_or(0);
    let note = text::unchecked(summary).map(|note| format!("\nNote: {}\n", sentence(note)));
    format!(
        "## Portcullis: {verdict}\n\n\
         | error | high | medium | low | suppressed | files | policies | broken statements |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n\
         | {} | {} | {} | {} | {} | {} | {} | {} |\n{}",
        count(Severity::Error),
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low),
        summary.suppressed,
        summary.files,
        summary.policies,
        summary.broken_statements,
        note.unwrap_or_default()
    )
}

pub(super) fn write_finding(out: &mut String, finding: &ReportedFinding) {
    let name = code(finding.rule.code);
    let at = finding.range.start;
    out.push_str(&format!(
        "- **{}** {name} {}:{}",
        finding.severity.as_str(),
        at.line,
        at.column
    ));
    if let Some(policy) = &finding.policy {
        out.push_str(&format!(" in {}", code(policy)));
    }
    out.push_str(&format!(": {}", sentence(&finding.message)));
    for (name, text) in [("why", &finding.why), ("help", &finding.help)] {
        if !text.is_empty() {
            out.push_str(&format!("<br>{name}: {}", sentence(text)));
        }
    }
    out.push('\n');
}

/// A sentence of ours with the user's text in backticks, which becomes code.
pub(super) fn sentence(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, quoted, after)) = rest.split_once('`').and_then(|(before, rest)| {
        rest.split_once('`')
            .map(|(quoted, after)| (before, quoted, after))
    }) {
        write_escaped(&mut out, before);
        out.push_str(&code(quoted));
        rest = after;
    }
    write_escaped(&mut out, rest);
    out
}

/// Code as HTML: a Markdown code span cannot hold every text.
pub(super) fn code(text: &str) -> String {
    let mut out = String::from("<code>");
    write_escaped(&mut out, text);
    out.push_str("</code>");
    out
}

/// Writes every character that Markdown or HTML could give a meaning as a character reference: those are
/// never structure. That includes what GitHub makes links, mentions and formulas of.
fn write_escaped(out: &mut String, text: &str) {
    let mut previous = ' ';
    for c in visible(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '<' | '>' | '&' | '~' | ':' | '@'
            | '$' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            '.' if previous.eq_ignore_ascii_case(&'w') => out.push_str("&#46;"),
            c => out.push(c),
        }
        previous = c;
    }
}

#[cfg(test)]
mod tests {
    use super::{limited, markdown};
    use crate::render::Options;
    use crate::render::sample::{self, Builder, CEDAR, FILE, TEXT};

    #[test]
    fn verdict_counts_and_findings_by_file() {
        let options = Options {
            prefix: "app/",
            ..Options::default()
        };
        assert_eq!(
            markdown(&sample::report(), &options),
            "## Portcullis: 1 error, 1 high

| error | high | medium | low | suppressed | files | policies | broken statements |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| 1 | 1 | 0 | 0 | 0 | 2 | 2 | 0 |

### <code>app/policies/naïve file.cedar</code>

- **high** <code>open-action</code> 1:20 in <code>open</code>: <code>action</code> is not constrained<br>why: actions that are added later are granted too<br>help: do it right
- **error** <code>cedar/unexpected-type</code> 3:8: expected a long, found a string<br>why: the policy would always err<br>help: do it right
"
        );
    }

    #[test]
    fn nothing_found_is_said() {
        let out = markdown(&sample::of(Vec::new()), &Options::default());
        assert!(
            out.starts_with("## Portcullis: no findings\n\n| error |"),
            "{out}"
        );
        assert_eq!(out.lines().count(), 5, "{out}");
    }

    #[test]
    fn what_was_not_looked_at_is_said() {
        let mut report = sample::of(Vec::new());
        report.summary.schema = crate::report::SchemaUse::Missing;
        let out = markdown(&report, &Options::default());
        assert!(out.contains("|\n\nNote: nothing was type"), "{out}");
    }

    #[test]
    fn user_text_is_only_text() {
        let evil =
            "a`b<img src=x>|**x** [y](https://z) @team #1 www.z.org\n# h $m$ ``` &lt; ~s~\u{202e}";
        let finding = Builder::new(&CEDAR, evil, evil, "a")
            .message(&format!("expected `{evil}`"))
            .policy(evil)
            .terse()
            .build();
        let out = markdown(&sample::of(vec![finding]), &Options::default());
        let (_, body) = out.split_once("| 0 |\n\n").unwrap_or_default();
        let ours = body
            .replace("<code>", "")
            .replace("</code>", "")
            .replace("### ", "")
            .replace("- **error** ", "");
        let plain = regex::Regex::new("&#[0-9]+;").map(|re| re.replace_all(&ours, "").into_owned());
        let plain = plain.unwrap_or_default();
        assert!(plain.contains("img src=x"), "{plain}");
        // The colons of place and message are ours.
        let plain = plain.replace(" 1:1 in ", "").replacen(": expected", "", 1);
        assert!(
            !plain.contains([
                '<', '>', '`', '*', '[', ']', '|', '@', '#', '&', '$', '~', ':'
            ]),
            "{plain}"
        );
        assert!(!plain.contains("www."), "{plain}");
        assert_eq!(body.lines().count(), 3, "{body}");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let finding = |_| Builder::new(&CEDAR, FILE, TEXT, "permit").build();
        let report = sample::of((0..1000).map(finding).collect());
        for limit in [2_000, 2_050, 20_000] {
            let out = limited(&report, &Options::default(), limit);
            assert!(
                out.len() <= limit && out.len() + 400 > limit,
                "{} {limit}",
                out.len()
            );
            let shown = out.lines().filter(|line| line.starts_with("- ")).count();
            assert!(
                out.ends_with(&format!(
                    "\n**{} further findings left out:** the summary would be too long.\n",
                    1000 - shown
                )),
                "{out}"
            );
        }
        let all = markdown(&report, &Options::default());
        assert!(!all.contains("left out"), "{all}");
    }
}
