//! Patterns on hosts, mail addresses and paths that match more than they seem to.

use super::{Check, PolicyContext, Run};
use crate::facts::{ExprKind, PatternElement};
use crate::finding::{Finding, Severity};
use crate::analysis::logic::for_each_atom;
use crate::analysis::names::{has_word, last_name};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "loose-like",
    severity: Severity::Medium,
    summary: "a pattern on a host, mail address or path is not anchored",
    why: "whoever chooses the value can make one that the pattern matches, as `evil-corp.com` for `*corp.com`",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("loose_like.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    for_each_atom(cx.policy, |atom, polarity| {
        let ExprKind::Like(of, pattern) = &atom.kind else {
            return;
        };
        // A pattern that is too wide only denies too much in a restriction.
        if !polarity.grants(cx.policy.effect.value) {
            return;
        }
        let Some(kind) = last_name(of).and_then(kind) else {
            return;
        };
        if let Some(example) = slips_through(kind, &pattern.value) {
            out.push(Finding::new(
                &RULE,
                pattern.span,
                format!(
                    "`{}` matches more than it seems to: {example}",
                    cx.policy.at(pattern.span)
                ),
                "anchor the pattern at a separator, as `*.corp.com`, `*@corp.com` or `https://corp.com/*`, or compare with `==`",
            ));
        }
    });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Host,
    Url,
    Mail,
    Path,
}

fn kind(name: &str) -> Option<Kind> {
    let is = |list: &[&str]| has_word(name, list);
    if is(&["url", "uri", "origin", "referer", "referrer", "issuer"]) {
        Some(Kind::Url)
    } else if is(&["host", "hostname", "domain", "fqdn"]) {
        Some(Kind::Host)
    } else if is(&["mail", "email", "upn"]) {
        Some(Kind::Mail)
    } else if is(&["path", "route", "endpoint"]) {
        Some(Kind::Path)
    } else {
        None
    }
}

/// What the author hardly meant to match; `None` where the pattern is anchored well enough.
fn slips_through(kind: Kind, pattern: &[PatternElement]) -> Option<String> {
    let text: String = pattern
        .iter()
        .filter_map(|element| match element {
            PatternElement::Char(c) => Some(*c),
            PatternElement::Wildcard => None,
        })
        .collect();
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let wild = |element: Option<&PatternElement>| element == Some(&PatternElement::Wildcard);
    let (open_start, open_end) = (wild(pattern.first()), wild(pattern.last()));
    let next_to_word = |element: Option<&PatternElement>| {
        matches!(element, Some(PatternElement::Char(c)) if c.is_alphanumeric())
    };
    let starts_in_word = open_start && next_to_word(pattern.get(1));
    let ends_in_word = open_end
        && pattern.len() >= 2
        && next_to_word(pattern.get(pattern.len().saturating_sub(2)));
    match kind {
        Kind::Path => (open_start && open_end).then(|| {
            format!("the text may stand anywhere, as in `/x{}y`", text)
        }),
        Kind::Host | Kind::Mail if starts_in_word => Some(format!("so is `evil{text}`")),
        Kind::Url if open_start => Some(format!("so is `https://evil.example/{text}`")),
        Kind::Host if open_end => Some(format!("so is `{text}.evil.example`")),
        Kind::Mail if open_end && text.contains('@') => {
            Some(format!("so is `{text}.evil.example`"))
        }
        Kind::Url if ends_in_word && !path_begun(&text) => {
            Some(format!("so is `{text}.evil.example`"))
        }
        _ => None,
    }
}

/// Whether a URL's host is complete: a `/` follows it.
fn path_begun(url: &str) -> bool {
    url.split_once("://")
        .map_or(url, |(_, rest)| rest)
        .contains('/')
}
