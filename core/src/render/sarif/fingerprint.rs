//! What makes a finding the same finding in the next run.

use std::collections::BTreeMap;

use crate::render::Sources;
use crate::report::ReportedFinding;

/// The name of the fingerprint; its number rises when the same finding would get another value.
///
/// GitHub's upload action adds its own `primaryLocationLineHash` and complains of a different one, so
/// that name is left to it.
pub(super) const KEY: &str = "portcullis/v1";

/// How much of the text around a place is looked at, each way: enough to tell statements apart, and
/// bounded because a file may be a single line.
const REACH: usize = 512;

/// A fingerprint for every finding: of its code, file, policy and the text that it marks, with blanks
/// normalised, but not of any line number. Where a policy has no `@id`, the whole lines stand for it.
/// Findings that are alike in all of this are numbered.
pub(super) fn all(findings: &[&ReportedFinding], sources: Sources<'_>) -> Vec<String> {
    let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let text = texts
                .entry(&finding.file)
                .or_insert_with(|| sources(&finding.file))
                .as_deref();
            let digest = digest(finding, text);
            let count = seen.entry(digest.clone()).or_default();
            *count += 1;
            format!("{digest}:{count}")
        })
        .collect()
}

fn digest(finding: &ReportedFinding, text: Option<&str>) -> String {
    let marked = text.map(|text| finding.range.span().text(text)).map(normal);
    let marked = marked
        .filter(|marked| !marked.is_empty())
        .unwrap_or_else(|| normal(&finding.message));
    let around = match &finding.policy {
        Some(id) => format!("policy {id}"),
        None => text.map_or_else(String::new, |text| normal(lines(finding, text))),
    };
    let hash = crate::encode::digest("fingerprint", |nodes| {
        for part in [finding.rule.code, &finding.file, &around, &marked] {
            nodes.text("part", part);
        }
    });
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The lines that the finding touches, as far as they are near.
fn lines<'a>(finding: &ReportedFinding, text: &'a str) -> &'a str {
    let span = finding.range.span();
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.floor_char_boundary(span.end as usize).max(start);
    let from = text.ceil_char_boundary(start.saturating_sub(REACH));
    let to = text.floor_char_boundary(end.saturating_add(REACH)).max(end);
    let before = text.get(from..start).unwrap_or_default();
    let after = text.get(end..to).unwrap_or_default();
    let from = before.rfind(['\n', '\r']).map_or(from, |at| from + at + 1);
    let to = after.find(['\n', '\r']).map_or(to, |at| end + at);
    text.get(from..to).unwrap_or_default()
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

    use super::all;
    use crate::render::sample::{Builder, SECURITY, place};
    use crate::report::ReportedFinding;

    const TEXT: &str =
        "permit (principal, action, resource);\nforbid (principal, action, resource);\n";

    fn fingerprints(text: &str, findings: &[ReportedFinding]) -> Vec<String> {
        let findings: Vec<&ReportedFinding> = findings.iter().collect();
        all(&findings, &|_| Some(text.to_owned()))
    }

    fn one(text: &str, at: &str) -> String {
        fingerprints(
            text,
            &[Builder::new(&SECURITY, "a.cedar", text, at).build()],
        )
        .concat()
    }

    #[test]
    fn other_lines_and_layout_do_not_matter() {
        let moved = TEXT.replace("forbid (principal,", "\r\n// more\n\tforbid  (principal,");
        assert_eq!(one(TEXT, "forbid"), one(&moved, "forbid"));
        let above = format!("@id(\"x\")\n{TEXT}");
        assert_eq!(one(TEXT, "permit"), one(&above, "permit"));
    }

    #[test]
    fn code_file_policy_and_text_matter() {
        let base = || Builder::new(&SECURITY, "a.cedar", TEXT, "permit");
        let mut values = [
            base(),
            base().policy("x"),
            base().policy("y"),
            Builder::new(&SECURITY, "b.cedar", TEXT, "permit"),
            Builder::new(&SECURITY, "a.cedar", TEXT, "forbid"),
            Builder::new(&SECURITY, "a.cedar", TEXT, "action"),
            Builder::new(&crate::render::sample::CEDAR, "a.cedar", TEXT, "permit"),
        ]
        .map(|builder| fingerprints(TEXT, &[builder.build()]).concat());
        values.sort();
        assert!(
            values.windows(2).all(|pair| pair[0] != pair[1]),
            "{values:?}"
        );
    }

    #[test]
    fn with_an_id_the_rest_of_the_line_does_not_matter() {
        let edited = TEXT.replace("principal, action", "principal == User::\"a\", action");
        let at = |text| {
            let finding = Builder::new(&SECURITY, "a.cedar", text, "action").policy("x");
            fingerprints(text, &[finding.build()])
        };
        assert_eq!(at(TEXT), at(&edited));
    }

    #[test]
    fn twins_are_numbered() {
        let text = "a == a && a == a";
        let first = Builder::new(&SECURITY, "a.cedar", text, "a == a").build();
        let mut second = place(text, "a == a");
        second = second.offset(10);
        let second = Builder::at(&SECURITY, "a.cedar", text, second).build();
        let both = fingerprints(text, &[first, second]);
        let [first, second] = both.as_slice() else {
            unreachable!("two findings")
        };
        assert_eq!(first.replace(":1", ":2"), *second);
    }

    #[test]
    fn without_a_source_the_message_stands_for_the_text() {
        let finding = |message| {
            Builder::new(&SECURITY, "a", TEXT, "permit")
                .message(message)
                .build()
        };
        let of = |finding: ReportedFinding| all(&[&finding], &|_| None);
        assert_ne!(of(finding("one")), of(finding("two")));
        assert_eq!(of(finding("one")), of(finding("one ")));
    }
}
