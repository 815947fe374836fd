//! Values that are secret because of the name in front of them: `password = …`, `user:…@host`.

use std::sync::LazyLock;

use regex::Regex;

use super::randomness::{Class, measure};
use crate::source::Span;

/// A secret value in a text, and how sure its name makes us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    /// Where the value stands.
    pub(super) span: Span,
    /// What it is, with its article.
    pub(super) kind: &'static str,
}

/// `name = value` and `name: value`, the name ending in a word for something secret.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i-u)(?P<name>pass(?:word|wd|phrase|code)|\bpwd|secret|"#,
        r#"(?:api|access|auth|private|signing|encryption|master|account|shared|client|secret)[_\- ]?key|"#,
        r#"token|bearer|credentials?)\\?["'`]?"#,
        r#"[ \t]*(?P<sign>:=|=>|==?|:|[ ])[ \t]*\\?(?P<quote>["'`])?"#,
        r#"(?P<value>(?u:[^ \t\r\n"'`\\,;<>(){}\[\]]){6,})"#
    ))
    .ok()
});

/// The assignments in a comment or a string.
pub(super) fn assignments(text: &str, start: u32, out: &mut Vec<Named>) {
    let Some(pattern) = ASSIGNMENT.as_ref() else {
        return;
    };
    for found in pattern.captures_iter(text) {
        let (Some(name), Some(sign), Some(value)) =
            (found.name("name"), found.name("sign"), found.name("value"))
        else {
            continue;
        };
        let bearer = name.as_str().eq_ignore_ascii_case("bearer");
        if (sign.as_str() == " ") != bearer {
            continue;
        }
        let word = value.as_str().trim_end_matches(['.', ':', '!', '?']);
        // An ending that is a sign of the sentence for one is a part of the password for another.
        let rest = text.get(value.end()..).unwrap_or_default();
        let alone = found.name("quote").is_some() || rest.trim().is_empty();
        let sure = alone && sign.as_str() != ":";
        // Behind a colon a sentence may follow: `password: 12characters or more`.
        let starts_with_digit = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
        if !alone && sign.as_str() == ":" && (starts_with_digit || is_prose(name.as_str(), word)) {
            continue;
        }
        if let Some(kind) = secret_value(name.as_str(), word, sure) {
            let from = start as usize + value.start();
            out.push(Named {
                span: Span::from_usize(from, from + word.len()),
                kind,
            });
        }
    }
}

/// What `value` is, if something called `name` can have it as its secret. `sure` says that it is set off
/// from the text around it, so that it can be a word.
pub(super) fn secret_value(name: &str, value: &str, sure: bool) -> Option<&'static str> {
    if value.len() < 6 || is_placeholder(value) || is_code(value) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let letters = value.bytes().any(|b| b.is_ascii_alphabetic());
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    if name.contains("pass") || name.ends_with("pwd") {
        let signs = value.bytes().any(|b| b"!@#$%^&*+~?".contains(&b));
        return (letters && (digits || signs || sure)).then_some("a password");
    }
    let measured = measure(value);
    if name.ends_with("secret") {
        return (letters && digits && value.len() >= 8 && measured.bits >= 2.5)
            .then_some("a secret");
    }
    // A name of several words has its digits and capitals at their seams only.
    let calm = match measured.class {
        Class::Plain => true,
        Class::Mixed => measured.unrest < 0.4,
        Class::Hex | Class::OneCase => {
            measured.unrest < 0.25 || value.contains(['-', '_', '/', '.'])
        }
    };
    (value.len() >= 16 && measured.bits >= 3.0 && !calm).then_some(if name.contains("key") {
        "a key"
    } else {
        "a token"
    })
}

/// A short word behind "secret:" is more often a word of a sentence.
fn is_prose(name: &str, word: &str) -> bool {
    name.eq_ignore_ascii_case("secret") && word.len() < 12
}

/// `scheme://user:password@host`
pub(super) fn url_credentials(text: &str, out: &mut Vec<Named>) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")) {
        let authority = from + at + 3;
        from = authority;
        let rest = text.get(authority..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_whitespace() || "/?#\"'`<>\\".contains(c))
            .unwrap_or(rest.len());
        let Some((user, _)) = rest.get(..end).and_then(|a| a.rsplit_once('@')) else {
            continue;
        };
        let Some((name, password)) = user.split_once(':') else {
            continue;
        };
        if password.len() < 3 || is_placeholder(password) {
            continue;
        }
        let start = authority + name.len() + 1;
        out.push(Named {
            span: Span::from_usize(start, start + password.len()),
            kind: "the password of a URL",
        });
    }
}

/// Stands for a value, or says that there is none.
fn is_placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "access", "admin", "allowed", "attested", "basic", "bearer", "changed", "changeme",
        "default", "denied", "dummy", "empty", "enabled", "disabled", "encrypted", "example",
        "expired", "false", "forbidden", "hashed", "hidden", "invalid", "masked", "missing", "never",
        "nobody", "none", "null", "optional", "pass", "passwd", "password", "private", "protected",
        "public", "pwd", "redacted", "refresh", "removed", "required", "reset", "rotated", "secret",
        "string", "strong", "token", "true", "undefined", "unknown", "user", "username", "valid",
        "verified", "weak",
    ];
    let lower = value.to_ascii_lowercase();
    let first = value.chars().next();
    WORDS.contains(&lower.as_str())
        || matches!(first, Some('$' | '{' | '<' | '%' | '['))
        || value.chars().all(|c| Some(c) == first)
        || ["your", "my_", "my-", "xxx", "***", "..."]
            .iter()
            .any(|start| lower.starts_with(start))
        || ["placeholder", "redacted", "…", "{{", "${", "xxxx", "****"]
            .iter()
            .any(|part| lower.contains(part))
}

/// A path, a name with dots, a name in capitals, an expression or a date.
fn is_code(value: &str) -> bool {
    let first = value.bytes().next();
    value.contains("::")
        || value.contains("://")
        || value.contains("==")
        || value.contains("&&")
        || matches!(first, Some(b'/' | b'.' | b'@' | b'*' | b'='))
        || value.matches('/').count() >= 2 && measure(value).unrest < 0.35
        || value.starts_with("arn:")
        || super::randomness::is_uuid(value)
        || crate::time::Instant::parse(value).is_some()
        || is_name(value)
}

/// `context.password`, `DB_PASSWORD_2`, `sha256:…`
fn is_name(value: &str) -> bool {
    let word = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let constant = value.contains('_')
        && value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let dotted = value.contains('.') && value.split('.').all(word) && value.len() < 40;
    let digest = value
        .split_once(':')
        .is_some_and(|(name, _)| name.starts_with("sha") || name.starts_with("md5"));
    constant || dotted || digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        assignments(text, 0, &mut found);
        url_credentials(text, &mut found);
        let found: Vec<&str> = found.iter().map(|named| named.span.text(text)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn passwords() {
        check("// password = Tr0ub4dor", &["Tr0ub4dor"]);
        check("// DB_PASSWORD: 'low-risk-7'.", &["low-risk-7"]);
        check("// passwd=letmein", &["letmein"]);
        check("// client_secret: n0tVerySecret", &["n0tVerySecret"]);
        check(r#""{\"password\": \"blue42sky\"}""#, &["blue42sky"]);
        check("// password: required", &[]);
        check("// password: must be rotated every 90days", &[]);
        check("// password: 12characters or more", &[]);
        check("// password: hunter2 (the old one)", &["hunter2"]);
        check("// the password=none case", &[]);
        check("// secret: see vault", &[]);
        check("// password = ${DB_PASSWORD}", &[]);
        check("// password = context.password", &[]);
        check("// secret: /run/secrets/db1", &[]);
        check("// token: must be valid for 15minutes", &[]);
    }

    #[test]
    fn urls() {
        check("postgres://app:blue42sky@db.example.com/x", &["blue42sky"]);
        check("redis://:blue42sky@cache", &["blue42sky"]);
        check("https://user:password@example.com", &[]);
        check("https://alice@example.com/a:b@c", &[]);
        check("https://example.com:8080/a@b", &[]);
        check("mailto://x", &[]);
    }
}
