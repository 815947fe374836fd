//! An annotation of a policy that is not in the vocabulary.

use super::{Check, PolicyContext, Run};
use crate::config::Vocabulary;
use crate::config::words::{nearest, shown};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "unknown-annotation",
    severity: Severity::Medium,
    summary: "an annotation of a policy is not in the vocabulary",
    why: "Cedar accepts every annotation, so a misspelled one is silently without effect",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 CM-3"],
    page: include_str!("unknown_annotation.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

/// What people write for words of the vocabulary.
pub(crate) const OTHER_WORDS: &[(&str, &str)] = &[
    ("name", "id"),
    ("policy_id", "id"),
    ("owned_by", "owner"),
    ("team", "owner"),
    ("jira", "ticket"),
    ("issue", "ticket"),
    ("reason", "justification"),
    ("rationale", "justification"),
    ("expiry", "expires"),
    ("expiration", "expires"),
    ("expires_at", "expires"),
    ("expires_on", "expires"),
    ("valid_until", "expires"),
    ("break_glass", "breakglass"),
    ("review_by", "recertify_by"),
    ("recertify", "recertify_by"),
    ("author", "drafted_by"),
];

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let own = &cx.config.vocabulary.policy;
    for annotation in &p.annotations {
        let key = annotation.key.value.as_str();
        if Vocabulary::POLICY.contains(&key) || own.contains(key) {
            continue;
        }
        let known = Vocabulary::POLICY
            .iter()
            .copied()
            .chain(own.iter().map(String::as_str));
        let other_word = OTHER_WORDS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(key))
            .map(|(_, meant)| *meant);
        let meant = nearest(key, known).or(other_word);
        let mut finding = Finding::new(
            &RULE,
            Span::new(annotation.span.start, annotation.key.span.end),
            format!("{} is no annotation that is used here", shown(&format!("@{key}"))),
            match meant {
                Some(meant) => format!("did you mean `@{meant}`?"),
                None => "remove it, or add it to `vocabulary.policy` in portcullis.yaml".to_owned(),
            },
        );
        // A second annotation with the same key would be an error.
        if let Some(meant) = meant.filter(|meant| p.annotation(meant).is_none()) {
            finding = finding.fix(Fix::safe(
                format!("rename to `@{meant}`"),
                vec![TextEdit::replace(annotation.key.span, meant)],
            ));
        }
        out.push(finding);
    }
}
