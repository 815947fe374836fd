//! A person's data as a literal: a mail address, a phone number, a government or card number.

use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Run, TextContext};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;
use crate::analysis::names::words;
use crate::analysis::wording::{Role, role};

static RULE: Rule = Rule {
    code: "pii-literal",
    severity: Severity::Medium,
    summary: "a person's mail address, phone number or identity number stands in a policy",
    why: "policies are copied, reviewed and kept in history, where a person's data can neither be corrected nor erased",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["ISO 27001:2022 A.5.12"],
    page: include_str!("pii_literal.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Text(run),
};

/// What personal data looks like, and what tells it from a number or word that only looks like it.
struct Kind {
    name: &'static str,
    group: &'static str,
    holds: fn(&str) -> bool,
}

static KINDS: &[Kind] = &[
    Kind {
        name: "a mail address",
        group: "mail",
        holds: is_personal,
    },
    Kind {
        name: "a phone number",
        group: "phone",
        holds: |text| (8..=15).contains(&digits(text).count()),
    },
    Kind {
        name: "a social security number",
        group: "ssn",
        holds: is_ssn,
    },
    Kind {
        name: "a taxpayer number (CPF)",
        group: "cpf",
        holds: is_cpf,
    },
    Kind {
        name: "a bank account number (IBAN)",
        group: "iban",
        holds: is_iban,
    },
    Kind {
        name: "a payment card number",
        group: "card",
        holds: is_card,
    },
];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)(?P<mail>\b[A-Za-z0-9][A-Za-z0-9._%+\-]*@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}\b)",
        r"|(?P<phone>\+[1-9][0-9]{0,2}[ \-.]?(?:\([0-9]{1,4}\)[ \-.]?)?[0-9](?:[ \-.]?[0-9]){6,12}\b)",
        r"|(?P<ssn>\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b)",
        r"|(?P<cpf>\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b)",
        r"|(?P<iban>\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b)",
        r"|(?P<card>\b[2-6][0-9]{3}(?:[ \-]?[0-9]{4}){3}\b|\b3[47][0-9]{2}[ \-]?[0-9]{6}[ \-]?[0-9]{5}\b)",
    ))
    .ok()
});

fn run(cx: &TextContext<'_>, out: &mut Vec<Finding>) {
    for string in cx.strings {
        let text = string.text(cx.text);
        let possible = text.len() >= 8
            && text
                .bytes()
                .any(|b| b == b'@' || b == b'+' || b.is_ascii_digit());
        // Who answers for a policy is meant to be reached.
        let role = role(cx.text, *string);
        if !possible || matches!(role, Role::Annotation(key) if CONTACTS.contains(&key)) {
            continue;
        }
        let Some(pattern) = PATTERN.as_ref() else {
            return;
        };
        for found in pattern.captures_iter(text) {
            let kind = KINDS
                .iter()
                .find_map(|kind| Some((kind, found.name(kind.group)?)));
            let Some((kind, at)) = kind else {
                continue;
            };
            if (kind.holds)(at.as_str()) && (kind.group != "card" || is_grouped(at.as_str()) || is_of_card(role)) {
                out.push(Finding::new(
                    &RULE,
                    Span::from_usize(at.start(), at.end()).offset(string.start),
                    format!("this string holds {}", kind.name),
                    "name people by the opaque ids of the directory, or through a group",
                ));
            }
        }
    }
}

const CONTACTS: &[&str] = &["owner", "drafted_by", "approved_by", "contact", "reviewer"];

fn digits(text: &str) -> impl Iterator<Item = u32> + '_ {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// One in ten of all long numbers passes as a card's, so a number alone is not enough: it is written in
/// groups, or its name tells.
fn is_grouped(number: &str) -> bool {
    number.contains([' ', '-'])
}

fn is_of_card(role: Role<'_>) -> bool {
    match role {
        Role::Annotation(name) | Role::ValueOf(name) => words(name)
            .iter()
            .any(|word| ["card", "pan", "credit"].contains(&word.as_str())),
        Role::Id | Role::Other => false,
    }
}

/// Not the mailbox of a function or a service.
fn is_personal(mail: &str) -> bool {
    const FUNCTIONS: &[&str] = &[
        "abuse", "admin", "alerts", "api", "billing", "bot", "compliance", "contact", "devops", "finance",
        "help", "helpdesk", "hostmaster", "info", "it", "legal", "marketing", "no-reply", "noreply",
        "office", "oncall", "operations", "ops", "platform", "postmaster", "privacy", "sales", "security",
        "service", "sre", "support", "team", "webmaster", "git",
    ];
    let mail = mail.to_ascii_lowercase();
    let Some((name, domain)) = mail.split_once('@') else {
        return false;
    };
    let mut words = name.split(['-', '_', '.', '+']);
    !domain.ends_with(".gserviceaccount.com")
        && !FUNCTIONS.contains(&name) && !words.any(|word| FUNCTIONS.contains(&word))
}

fn is_ssn(text: &str) -> bool {
    let mut parts = text.split('-');
    let (area, group, serial) = (parts.next(), parts.next(), parts.next());
    area.is_some_and(|a| a != "000" && a != "666" && !a.starts_with('9'))
        && group != Some("00")
        && serial != Some("0000")
}

/// Two check digits, each modulo 11 over all digits before it.
fn is_cpf(text: &str) -> bool {
    let all: Vec<u32> = digits(text).collect();
    let check = |length: usize| {
        let sum: u32 = all
            .iter()
            .take(length)
            .zip((2..=length as u32 + 1).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        all.get(length) == Some(&(sum * 10 % 11 % 10))
    };
    all.windows(2).any(|pair| pair.first() != pair.last()) && check(9) && check(10)
}

/// ISO 13616: with the first four characters at the end and letters as 10 to 35, 1 modulo 97.
fn is_iban(text: &str) -> bool {
    let plain: Vec<u32> = text.chars().filter_map(|c| c.to_digit(36)).collect();
    let (head, tail) = plain.split_at(plain.len().min(4));
    (15..=34).contains(&plain.len())
        && tail
            .iter()
            .chain(head)
            .fold(0, |sum, digit| (sum * if *digit < 10 { 10 } else { 100 } + digit) % 97)
            == 1
}

/// ISO 7812: doubling every second digit from the right, the digits sum up to a multiple of ten. A number of
/// one digit repeated is none.
fn is_card(text: &str) -> bool {
    let all: Vec<u32> = digits(text).collect();
    let sum: u32 = all
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| match n % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10) && all.windows(2).any(|pair| pair.first() != pair.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert!(is_iban("GB82 WEST 1234 5698 7654 32"));
        assert!(!is_iban("GB82 WEST 1234 5698 7654 33"));
        assert!(is_card("4111 1111 1111 1111"));
        assert!(!is_card("4111 1111 1111 1112"));
        assert!(!is_card("0000000000000000"));
        assert!(is_cpf("111.444.777-35"));
        assert!(!is_cpf("111.444.777-36"));
        assert!(!is_cpf("111.111.111-11"));
        assert!(is_ssn("123-45-6789"));
        assert!(!is_ssn("000-12-3456"));
    }

    #[test]
    fn mailboxes_of_functions_are_nobodys() {
        assert!(is_personal("alice@corp.com"));
        assert!(!is_personal("payments-team@corp.com"));
        assert!(!is_personal("sync@project.iam.gserviceaccount.com"));
    }
}
