//! `@justification` that justifies nothing.

use std::collections::BTreeSet;

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::analysis::metadata;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "weak-justification",
    severity: Severity::Medium,
    summary: "a policy has no `@justification`, or one that says nothing",
    why: "whoever approves or reviews it cannot tell whether the access is needed",
    profile: Profile::Regulated,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-6", "SOC 2 CC6.3"],
    page: include_str!("weak_justification.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let help = "say in a sentence who needs the access, and what for";
    let Some(annotation) = p.annotation("justification") else {
        let message = format!("this {} has no justification", p.effect.value.as_str());
        out.push(Finding::new(&RULE, p.effect.span, message, help));
        return;
    };
    let text = annotation.value.as_ref().map_or("", |v| v.value.as_str());
    let telling = telling_words(text);
    let least = cx.config.options.min_justification_words as usize;
    let message = if metadata::is_placeholder(text) {
        "the justification is still to be written".to_owned()
    } else if telling == 0 {
        "the justification says only that the access is needed".to_owned()
    } else if telling < least {
        format!("the justification has {telling} of at least {least} telling words")
    } else {
        return;
    };
    let span = annotation.value.as_ref().map_or(annotation.span, |v| v.span);
    out.push(Finding::new(&RULE, span, message, help));
}

/// How many different words tell something: no numbers, no single letters, none that would fit every policy.
/// A text without blanks between words, as in Chinese, counts a word for every two letters.
fn telling_words(text: &str) -> usize {
    const EMPTY: &[&str] = &[
        "access", "needed", "need", "needs", "required", "require", "requires", "necessary", "business",
        "reason", "reasons", "the", "this", "is", "it", "for", "of", "to", "an", "because", "as", "per",
        "request", "requested", "by", "policy", "rule", "permission", "grant", "please", "and", "in", "on", "we", "be",
        "test", "todo", "tbd", "temp", "fix", "asap", "approved", "ok",
    ];
    let words: BTreeSet<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic))
        .collect();
    let telling = words.iter().filter(|word| !EMPTY.contains(&word.as_str()));
    telling
        .map(|word| {
            let spaced = word.chars().all(|c| u32::from(c) < 0x2e80);
            if spaced { 1 } else { word.chars().count().div_ceil(2) }
        })
        .sum()
}
