//! Keeps secrets out of reports: what is quoted of them is left out.
//!
//! Excerpts are drawn from the sources and masked where that is done, in `render`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checks::{marks_secrets, mask};
use crate::finding::Finding;
use crate::report::{Range, ReportedFinding};
use crate::source::Span;
use crate::suite::TestReport;
use crate::suite::outcome::Answer;

/// With more secrets than this no quotation is shown at all: to look for each in each would take long.
const MOST: usize = 100;

/// A shorter part of a secret tells nothing of it.
const SHORTEST: usize = 6;

/// Takes every secret that was found, and every larger part of one, out of what the findings say. A fix
/// that would insert one is left out as a whole.
pub(super) fn redact(findings: &mut [ReportedFinding], text: &dyn Fn(&str) -> Option<String>) {
    let secrets = Secrets::of(&places(findings), text);
    secrets.redact(findings);
}

/// The same for a run of tests and the secrets that it names. An edit or a suggested case that would write
/// one down is left out.
pub(super) fn redact_tests(report: &mut TestReport, text: &dyn Fn(&str) -> Option<String>) {
    let secrets = Secrets::of(&report.secrets, text);
    if secrets.0.is_empty() {
        return;
    }
    secrets.redact(&mut report.findings);
    for test in &mut report.tests {
        secrets.hide_in(&mut test.suite);
        secrets.hide_in(&mut test.name);
        for answer in [&mut test.expected, &mut test.got].into_iter().flatten() {
            secrets.hide_in_answer(answer);
        }
        for reason in &mut test.reasons {
            secrets.hide(reason);
        }
    }
    if let Some(coverage) = &mut report.coverage {
        for policy in &mut coverage.policies {
            secrets.hide_in(&mut policy.policy);
            for condition in policy.clauses.iter_mut().flat_map(|c| &mut c.conditions) {
                secrets.hide(&mut condition.text);
                if let Some(how) = &mut condition.fails_where {
                    secrets.hide(how);
                }
            }
            for environment in &mut policy.environments {
                secrets.hide_in(&mut environment.environment);
            }
            for missing in &mut policy.missing {
                secrets.hide(&mut missing.message);
            }
        }
    }
    if let Some(mutation) = &mut report.mutation {
        for policy in &mut mutation.policies {
            secrets.hide_in(&mut policy.policy);
        }
        for survivor in &mut mutation.survivors {
            secrets.hide_in(&mut survivor.policy);
            secrets.hide(&mut survivor.message);
            if (survivor.edits.iter()).any(|(_, edit)| secrets.are_in(&edit.insert)) {
                survivor.edits.clear();
            }
        }
    }
    report
        .suggestions
        .retain(|suggestion| !secrets.are_in(&suggestion.yaml));
    for suggestion in &mut report.suggestions {
        secrets.hide(&mut suggestion.closes);
        secrets.hide_in(&mut suggestion.policy);
    }
}

/// Where findings mark secrets.
pub(super) fn places(findings: &[ReportedFinding]) -> Vec<(Arc<str>, Range)> {
    let marking = findings.iter().filter(|f| marks_secrets(f.rule));
    marking
        .map(|finding| (Arc::clone(&finding.file), finding.range))
        .collect()
}

/// The secrets that were found, line by line.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    fn of(places: &[(Arc<str>, Range)], text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        let mut secrets = BTreeSet::new();
        for (file, range) in places {
            let text = texts
                .entry(file)
                .or_insert_with(|| text(file).unwrap_or_default());
            add(&mut secrets, text, range.span());
        }
        Self(secrets.into_iter().collect())
    }

    /// Those that findings mark in a text.
    pub(super) fn add(&mut self, findings: &[Finding], text: &str) {
        let marking = |finding: &&Finding| marks_secrets(crate::rules::named(finding.code));
        let mut secrets: BTreeSet<String> = std::mem::take(&mut self.0).into_iter().collect();
        for finding in findings.iter().filter(marking) {
            add(&mut secrets, text, finding.span);
        }
        self.0 = secrets.into_iter().collect();
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn redact(&self, findings: &mut [ReportedFinding]) {
        let Self(secrets) = self;
        if secrets.is_empty() {
            return;
        }
        for finding in findings {
            if !marks_secrets(finding.rule) {
                finding.message = without(&finding.message, secrets);
                finding.why = without(&finding.why, secrets);
                finding.help = without(&finding.help, secrets);
            }
            if let Some(policy) = &mut finding.policy {
                self.hide_in(policy);
            }
            for label in &mut finding.labels {
                label.message = without(&label.message, secrets);
            }
            for environment in &mut finding.environments {
                *environment = without(environment, secrets).into();
            }
            finding.fixes.retain(|fix| {
                fix.edits
                    .iter()
                    .all(|(_, edit)| without(&edit.insert, secrets) == edit.insert)
            });
            for fix in &mut finding.fixes {
                fix.title = without(&fix.title, secrets);
            }
        }
    }

    /// Whether a text has a secret in it; where there are too many to compare, anything may be one.
    fn are_in(&self, text: &str) -> bool {
        !text.is_empty() && (self.0.len() > MOST || without(text, &self.0) != text)
    }

    /// Takes the secrets out of a text that has no words but an author's.
    pub(super) fn hide(&self, text: &mut String) {
        if self.0.len() > MOST {
            "…".clone_into(text);
        } else {
            *text = without(text, &self.0);
        }
    }

    pub(super) fn hide_in(&self, name: &mut Arc<str>) {
        if self.are_in(name) {
            let mut text = name.to_string();
            self.hide(&mut text);
            *name = text.into();
        }
    }

    fn hide_in_answer(&self, answer: &mut Answer) {
        let determining = answer.determining.iter_mut().flatten();
        for name in determining.chain(answer.obligations.iter_mut().flatten()) {
            self.hide_in(name);
        }
        for (policy, message) in answer.errors.iter_mut().flatten() {
            self.hide_in(policy);
            self.hide(message);
        }
    }
}

fn add(secrets: &mut BTreeSet<String>, text: &str, span: Span) {
    let hidden = mask::hidden(text, span);
    for line in hidden.text(text).split(is_space) {
        if line.len() >= SHORTEST {
            secrets.insert(line.to_owned());
        }
    }
}

/// A text without the secrets, and without its words that are a part of one.
fn without(text: &str, secrets: &[String]) -> String {
    if secrets.len() > MOST {
        return without_quotations(text);
    }
    let mut out = text.to_owned();
    for secret in secrets {
        if out.contains(secret) {
            out = out.replace(secret, "…");
        }
    }
    let is_part =
        |word: &str| word.len() >= SHORTEST && secrets.iter().any(|secret| secret.contains(word));
    if !out.split(is_end).any(is_part) {
        return out;
    }
    let out: String = out
        .split_inclusive(is_end)
        .map(|word| {
            let end = word.chars().next_back().filter(|c| is_end(*c));
            let bare = end.map_or(word, |end| word.strip_suffix(end).unwrap_or(word));
            match (is_part(bare), end) {
                (true, Some(end)) => format!("…{end}"),
                (true, None) => "…".to_owned(),
                (false, _) => word.to_owned(),
            }
        })
        .collect();
    out.replace("……", "…")
}

/// A text with `…` for whatever stands in backticks or quotes.
fn without_quotations(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            None => {
                out.push(c);
                if matches!(c, '`' | '"') {
                    quote = Some(c);
                }
            }
            Some(end) if c == end => {
                out.push('…');
                out.push(c);
                quote = None;
            }
            Some(_) => {}
        }
    }
    out
}

const fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// Whether a word of a message ends here. What messages cut short ends with an ellipsis.
const fn is_end(c: char) -> bool {
    c.is_ascii_whitespace() || matches!(c, '`' | '"' | '\'' | '(' | ')' | '…' | ',' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let secrets = ["Tr0ub4dor&3-and-more".to_owned()];
        assert_eq!(without(text, &secrets), expected);
    }

    #[test]
    fn secrets_and_their_parts_are_left_out() {
        check("`Tr0ub4dor&3-and-more` is no value", "`…` is no value");
        check("a Tr0ub4dor&3-and-more", "a …");
        check("x=Tr0ub4dor&3-and-more.", "x=….");
        check("`Tr0ub4dor&3…` is cut", "`…` is cut");
        check("`3-and-more` is the end", "`…` is the end");
        check("and more words", "and more words");
    }

    #[test]
    fn of_many_secrets_no_quotation_stays() {
        let many: Vec<String> = (0..=MOST).map(|n| format!("secret-{n}")).collect();
        assert_eq!(
            without("`a` is no `secret-1`: \"b\"", &many),
            "`…` is no `…`: \"…\""
        );
    }
}
