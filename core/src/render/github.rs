//! Reports as workflow commands of GitHub Actions, which become annotations in a pull request.

use super::escape::visible;
use super::{Options, text};
use crate::finding::Severity;
use crate::report::{Report, ReportedFinding};

/// A report as annotations, one a line, worst first, and a last line of counts.
///
/// GitHub shows ten annotations of each level and step and drops the others.
pub fn github(report: &Report, options: &Options<'_>) -> String {
    let mut findings: Vec<&ReportedFinding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for finding in findings {
        write_command(&mut out, finding, options);
    }
    out.push_str(&text::summary(&report.summary));
    out.push('\n');
    out
}

fn write_command(out: &mut String, finding: &ReportedFinding, options: &Options<'_>) {
    let level = match finding.severity {
        Severity::Error | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let (start, end) = (finding.range.start, finding.range.end);
    out.push_str(&format!(
        "::{level} file={}{},line={},endLine={}",
        property(options.prefix),
        property(&finding.file),
        start.line,
        end.line
    ));
    // The runner takes columns only for a single line.
    if start.line == end.line {
        out.push_str(&format!(",col={},endColumn={}", start.column, end.column));
    }
    out.push_str(&format!(",title={}::", property(finding.rule.code)));
    let why = (!finding.why.is_empty()).then(|| format!("why: {}", visible(&finding.why)));
    let help = (!finding.help.is_empty()).then(|| format!("help: {}", visible(&finding.help)));
    let message: Vec<String> = std::iter::once(visible(&finding.message).into_owned())
        .chain(why)
        .chain(help)
        .collect();
    out.push_str(&data(&message.join("\n")));
    out.push('\n');
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
