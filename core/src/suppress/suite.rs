//! Suppressions in suites: `# portcullis: allow(skipped-test) until 2027-01-31 because "reason"` on a line of its
//! own above a case or a table.

use super::{Directive, Suppression, Suppressions, directive, malformed, suppression};
use crate::codes::ours;
use crate::finding::Finding;
use crate::source::Span;

/// What the comments of one suite say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InSuite {
    /// Those that can be read, in the order written, each with the case or table that it is for. Spans count from
    /// the start of the text.
    pub list: Vec<(Suppression, Span)>,
    /// What is wrong with them, whatever the time.
    pub findings: Vec<Finding>,
}

/// Reads the suppressions of a suite in YAML. One is for the item of a list that begins on the next line which is
/// no comment, up to the next line that is indented no further.
pub fn parse_in_suite(text: &str) -> InSuite {
    let mut out = InSuite::default();
    if !text.contains("allow") {
        return out;
    }
    let lines = lines(text);
    for (number, line) in lines.iter().enumerate() {
        if !line.text(text).starts_with('#') {
            continue;
        }
        let body = match directive(text, *line, "#") {
            Directive::None => continue,
            Directive::Misspelled(word) => {
                out.findings.push(malformed(text, word));
                continue;
            }
            Directive::Body(body) => body,
        };
        let behind = lines.iter().skip(number + 1);
        let mut behind = behind.filter(|line| !line.text(text).starts_with('#'));
        let item = behind
            .next()
            .filter(|line| line.text(text).starts_with("- "));
        let Some(item) = item else {
            out.findings.push(Finding::new(
                &ours::SUPPRESSION_MISPLACED,
                *line,
                "this suppression does not stand above a case or a table",
                "move it to a line of its own directly above the `- ` of the case or table",
            ));
            continue;
        };
        let end = behind
            .find(|line| indent(text, line.start) <= indent(text, item.start))
            .map_or(text.len(), |line| line.start as usize);
        let place = Span::from_usize(item.start as usize, end);
        let mut read = Suppressions::default();
        suppression(text, *line, body, &mut read);
        out.list
            .extend(read.list.into_iter().map(|one| (one, place)));
        out.findings.extend(read.findings.into_iter().map(of_yaml));
    }
    out
}

/// A finding about a suppression in the words of suites.
pub(crate) fn of_yaml(mut finding: Finding) -> Finding {
    finding.help = finding.help.replace("`// portcullis", "`# portcullis");
    finding.message = finding.message.replace("this policy has", "this case has");
    finding
}

/// The lines that are not empty, without the blanks around them.
fn lines(text: &str) -> Vec<Span> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive(['\n', '\r']) {
        let start = at + line.len() - line.trim_start().len();
        let end = at + line.trim_end().len();
        if start < end {
            lines.push(Span::from_usize(start, end));
        }
        at += line.len();
    }
    lines
}

/// How far the line is indented whose first character that is no blank stands there.
fn indent(text: &str, at: u32) -> usize {
    let before = text.get(..at as usize).unwrap_or_default();
    before.len() - before.rfind(['\n', '\r']).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# portcullis: allow(skipped-test) because "not here"
cases:
  # portcullis: allow(skipped-test) until 2027-06-30 because "waits for PAY-12"

  # another comment
  - name: first
    skip: later
    tags:
      - a
  - { name: second, skip: later }
  # portcuilis: allow(skipped-test)
  # portcullis: allow(skiped-test) until 2027-06-30 because "a reason"
  - name: third
    # portcullis: allow(skipped-test)
    skip: later
"#;

    #[test]
    fn a_suppression_is_for_the_case_below_it() {
        let read = parse_in_suite(TEXT);
        let places: Vec<&str> = read
            .list
            .iter()
            .map(|(_, place)| place.text(TEXT))
            .collect();
        assert_eq!(
            places,
            ["- name: first\n    skip: later\n    tags:\n      - a\n  "]
        );
        let found: Vec<_> = read
            .findings
            .iter()
            .map(|finding| (finding.code, finding.span.text(TEXT).split('(').next()))
            .collect();
        assert_eq!(
            found,
            [
                ("suppression/misplaced", Some("# portcullis: allow")),
                ("suppression/malformed", Some("portcuilis")),
                ("suppression/unknown-code", Some("skiped-test")),
                ("suppression/misplaced", Some("# portcullis: allow")),
            ]
        );
        assert_eq!(parse_in_suite("cases: []\n"), InSuite::default());
    }
}
