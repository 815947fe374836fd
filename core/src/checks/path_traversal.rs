//! Path prefixes that `..` leads out of.

use super::{Check, Run, SetContext};
use crate::analysis::names::{has_word, last_name};
use crate::analysis::prefixes::{Prefix, is_of_request, prefixes, slips_through};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "path-traversal",
    severity: Severity::Medium,
    summary: "a pattern for the paths below a folder also matches paths that `..` leads out of it",
    why: "whoever chooses the path can reach any file, unless every service normalizes the path before it asks",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("path_traversal.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        for prefix in prefixes(member.policy) {
            let begin = prefix.begin();
            let Some(separator) = separator(&prefix, &begin) else {
                continue;
            };
            let inside = match begin.ends_with(separator) {
                true => String::new(),
                false => separator.to_string(),
            };
            // What a pattern that excludes `..` right behind the prefix leaves open, second.
            let inserts = [
                format!("{inside}..{separator}x"),
                format!("{inside}x{separator}..{separator}..{separator}x"),
            ];
            let inserts: Vec<&str> = inserts.iter().map(String::as_str).collect();
            let Some(example) = slips_through(cx, member, &prefix, &inserts) else {
                continue;
            };
            let text = member.policy.at(prefix.pattern.span);
            let finding = Finding::new(
                &RULE,
                prefix.pattern.span,
                format!("`{text}` also matches `{example}`, which leads out of the folder"),
                format!(
                    "add `&& !({} like \"*..*\")`, or have the service normalize the path and say so in the field's name",
                    member.policy.at(prefix.of.span)
                ),
            );
            let finding = match is_of_request(prefix.of) {
                true => finding,
                // Of an entity the path is more likely what a service stored.
                false => finding.severity(Severity::Low),
            };
            out.push((index, finding));
        }
    }
}

/// What separates folders in the pattern; `None` where it is not about the paths below a folder.
fn separator(prefix: &Prefix<'_>, begin: &str) -> Option<char> {
    let separator = ['/', '\\'].into_iter().find(|c| begin.contains(*c))?;
    let name = last_name(prefix.of).unwrap_or_default();
    // Below the root there is nothing to get out of.
    let names_a_folder = begin.chars().any(char::is_alphanumeric) && !begin.contains("://");
    let is_path = has_word(name, PATHS) || (starts_as_path(begin) && !has_word(name, OTHERS));
    (names_a_folder && is_path && !has_word(name, NORMALIZED)).then_some(separator)
}

/// `/srv`, `~/notes`, `./notes`, `C:\notes`
fn starts_as_path(begin: &str) -> bool {
    let mut chars = begin.chars();
    let drive =
        matches!((chars.next(), chars.next()), (Some(of), Some(':')) if of.is_ascii_alphabetic());
    drive
        || ["/", "~/", "./"]
            .iter()
            .any(|start| begin.starts_with(start))
}

const PATHS: &[&str] = &[
    "path",
    "paths",
    "filepath",
    "file",
    "filename",
    "dir",
    "directory",
    "folder",
    "pathname",
];

/// Names of texts with slashes that nobody resolves as paths.
const OTHERS: &[&str] = &[
    "arn",
    "branch",
    "channel",
    "endpoint",
    "image",
    "key",
    "permission",
    "ref",
    "repo",
    "repository",
    "role",
    "route",
    "scope",
    "subject",
    "tag",
    "topic",
    "uri",
    "url",
    "zone",
];

const NORMALIZED: &[&str] = &[
    "canonical",
    "canonicalized",
    "normalized",
    "normalised",
    "real",
    "realpath",
    "resolved",
    "sanitized",
];
