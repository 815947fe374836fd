//! Reports as workflow commands of GitHub Actions, which become annotations in a pull request.

use super::escape::visible;
use super::{Options, text};
use crate::finding::Severity;
use crate::report::{Range, Report, ReportedFinding};

/// A report as annotations, one a line, worst first, and a line of counts. What was not looked at
/// is a notice behind it.
///
/// GitHub shows ten annotations of each level and step and drops the others.
pub fn github(report: &Report, options: &Options<'_>) -> String {
    let mut findings: Vec<&ReportedFinding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for finding in findings {
        write_finding(&mut out, finding, options);
    }
    out.push_str(&text::summary(&report.summary));
    out.push('\n');
    if let Some(note) = text::unchecked(&report.summary) {
        out.push_str(&format!("::notice title=portcullis::{note}\n"));
    }
    out
}

/// A finding as an annotation.
pub(super) fn write_finding(out: &mut String, finding: &ReportedFinding, options: &Options<'_>) {
    let level = match finding.severity {
        Severity::Error | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let why = (!finding.why.is_empty()).then(|| format!("why: {}", finding.why));
    let help = (!finding.help.is_empty()).then(|| format!("help: {}", finding.help));
    let lines: Vec<String> = std::iter::once(finding.message.clone())
        .chain(why)
        .chain(help)
        .collect();
    let command = Command {
        level,
        file: &finding.file,
        range: finding.range,
        title: finding.rule.code,
        lines: &lines,
    };
    write_command(out, &command, options);
}

/// An annotation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command<'a> {
    /// `error`, `warning` or `notice`.
    pub(super) level: &'a str,
    /// Path of the file in the bundle.
    pub(super) file: &'a str,
    /// Where, in the file.
    pub(super) range: Range,
    /// What is shown in bold.
    pub(super) title: &'a str,
    /// What is shown below; what cannot be seen in it is made visible.
    pub(super) lines: &'a [String],
}

/// Writes an annotation.
pub(super) fn write_command(out: &mut String, command: &Command<'_>, options: &Options<'_>) {
    let (start, end) = (command.range.start, command.range.end);
    out.push_str(&format!(
        "::{} file={}{},line={},endLine={}",
        command.level,
        property(options.prefix),
        property(command.file),
        start.line,
        end.line
    ));
    // The runner takes columns only for a single line.
    if start.line == end.line {
        out.push_str(&format!(",col={},endColumn={}", start.column, end.column));
    }
    out.push_str(&format!(",title={}::", property(command.title)));
    let lines: Vec<_> = command.lines.iter().map(|line| visible(line)).collect();
    out.push_str(&data(&lines.join("\n")));
    out.push('\n');
}

/// Writes an annotation of no place in particular; what cannot be seen in `text` is visible already.
pub(super) fn write_unplaced(out: &mut String, level: &str, title: &str, text: &str) {
    out.push_str(&format!(
        "::{level} title={}::{}\n",
        property(title),
        data(text)
    ));
}

/// Text behind the last `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property. A path is left as it is, whatever is in it: it has to name a file.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::github;
    use crate::finding::Severity;
    use crate::render::Options;
    use crate::render::sample::{self, Builder, CEDAR, SECURITY};

    #[test]
    fn worst_first_with_place_title_and_sentences() {
        let options = Options {
            prefix: "app/",
            ..Options::default()
        };
        assert_eq!(
            github(&sample::report(), &options),
            "::error file=app/policies/naïve file.cedar,line=3,endLine=3,col=8,endColumn=12,title=cedar/unexpected-type::expected a long, found a string%0Awhy: the policy would always err%0Ahelp: do it right
::error file=app/policies/naïve file.cedar,line=1,endLine=1,col=20,endColumn=26,title=open-action::`action` is not constrained%0Awhy: actions that are added later are granted too%0Ahelp: do it right
2 findings: 1 error, 1 high in 2 files, 2 policies
"
        );
    }

    #[test]
    fn severities_become_levels() {
        let text = "permit";
        let finding = |severity| {
            Builder::new(&SECURITY, "a", text, text)
                .severity(severity)
                .build()
        };
        let out = github(
            &sample::of(Severity::ALL.map(finding).into()),
            &Options::default(),
        );
        let levels: Vec<&str> = out
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(levels, ["::error", "::error", "::warning", "::notice", "4"]);
    }

    #[test]
    fn of_several_lines_there_are_no_columns() {
        let text = "permit (\n);";
        let finding = Builder::new(&SECURITY, "a", text, text).terse().build();
        let out = github(&sample::of(vec![finding]), &Options::default());
        assert!(
            out.starts_with("::error file=a,line=1,endLine=2,title=open-action::this is wrong\n"),
            "{out}"
        );
    }

    #[test]
    fn user_text_cannot_start_a_command_or_a_property() {
        let evil = "50%,line=9::x\r\n::stop-commands::t\x1b[2K";
        let finding = Builder::new(&CEDAR, evil, evil, "50")
            .message(evil)
            .terse()
            .build();
        let out = github(&sample::of(vec![finding]), &Options::default());
        assert_eq!(
            out,
            r"::error file=50%25%2Cline=9%3A%3Ax%0D%0A%3A%3Astop-commands%3A%3At[2K,line=1,endLine=1,col=1,endColumn=3,title=cedar/unexpected-type::50%25,line=9::x\r\n::stop-commands::t\u{1b}[2K
1 finding: 1 error in 2 files, 2 policies
"
            .replace("t[2K,", "t\x1b[2K,")
        );
    }

    #[test]
    fn nothing_found_is_said() {
        assert_eq!(
            github(&sample::of(Vec::new()), &Options::default()),
            "no findings in 2 files, 2 policies\n"
        );
    }
}
