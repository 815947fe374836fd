//! Keeps secrets out of reports: what another finding quotes of them is left out.
//!
//! Excerpts are drawn from the sources and masked where that is done, in `render`.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::{marks_secrets, mask};
use crate::report::ReportedFinding;

/// With more secrets than this no quotation is shown at all: to look for each in each would take long.
const MOST: usize = 100;

/// A shorter part of a secret tells nothing of it.
const SHORTEST: usize = 6;

/// Takes every secret that was found, and every larger part of one, out of what the findings say. A fix
/// that would insert one is left out as a whole.
pub(super) fn redact(findings: &mut [ReportedFinding], text: &dyn Fn(&str) -> Option<String>) {
    if !findings.iter().any(|finding| marks_secrets(finding.rule)) {
        return;
    }
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    let mut secrets = BTreeSet::new();
    for finding in findings.iter().filter(|f| marks_secrets(f.rule)) {
        let text = texts
            .entry(&finding.file)
            .or_insert_with(|| text(&finding.file).unwrap_or_default());
        let hidden = mask::hidden(text, finding.range.span());
        for line in hidden.text(text).split(is_space) {
            if line.len() >= SHORTEST {
                secrets.insert(line.to_owned());
            }
        }
    }
    let secrets: Vec<String> = secrets.into_iter().collect();
    for finding in findings {
        if !marks_secrets(finding.rule) {
            finding.message = without(&finding.message, &secrets);
            finding.why = without(&finding.why, &secrets);
            finding.help = without(&finding.help, &secrets);
        }
        if let Some(policy) = &finding.policy {
            finding.policy = Some(if secrets.len() > MOST {
                "…".into()
            } else {
                without(policy, &secrets).into()
            });
        }
        for label in &mut finding.labels {
            label.message = without(&label.message, &secrets);
        }
        for environment in &mut finding.environments {
            *environment = without(environment, &secrets).into();
        }
        finding.fixes.retain(|fix| {
            fix.edits
                .iter()
                .all(|(_, edit)| without(&edit.insert, &secrets) == edit.insert)
        });
        for fix in &mut finding.fixes {
            fix.title = without(&fix.title, &secrets);
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
        out = out.replace(secret, "…");
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
