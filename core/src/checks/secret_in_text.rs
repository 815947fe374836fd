//! A key, token or password in a comment, an annotation, an id or a literal, in any file of a bundle.

mod escaped;
mod integrity;
mod jwt;
pub(crate) mod mask;
mod named;
mod patterns;
mod randomness;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{Check, Run, TextContext};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::{Span, TokenKind, tokens};
use crate::analysis::wording::{Role, role};
use patterns::FORMATS;
use randomness::{Class, is_uuid, measure, variety};

static RULE: Rule = Rule {
    code: "secret-in-text",
    severity: Severity::Error,
    summary: "a key, token or password stands in the text",
    why: "a bundle is read by reviewers, copied and kept in history, so whoever can read one of these can use the secret",
    profile: Profile::Basic,
    suppressible: None,
    refs: &["NHI2", "NHI7", "NIST CSF 2.0 PR.AA-01"],
    page: include_str!("secret_in_text.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Text(run),
};

fn run(cx: &TextContext<'_>, out: &mut Vec<Finding>) {
    out.extend(in_statement(cx.text, cx.comments, cx.strings));
}

/// The secrets of a statement; spans count from its start.
pub(crate) fn in_statement(
    text: &str,
    comments: &[Span],
    strings: &[Span],
) -> Vec<Finding> {
    let parts = Parts {
        text,
        comments,
        strings,
        comment: "this comment",
    };
    let mut out = Vec::new();
    findings(&parts, &mut out);
    out
}

/// How a file that is no policy file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Comments and strings as Cedar has them; JSON's strings are alike.
    CedarOrJson,
    /// Any line may be a comment or a value.
    Yaml,
}

/// The secrets of a file that is no policy file; spans count from its start.
pub(crate) fn in_file(text: &str, syntax: Syntax) -> Vec<Finding> {
    let mut comments = Vec::new();
    let mut strings = Vec::new();
    let mut comment = "this comment";
    match syntax {
        Syntax::CedarOrJson => {
            for token in tokens(text) {
                match token.kind {
                    TokenKind::Comment => comments.push(token.span),
                    TokenKind::String | TokenKind::UnterminatedString => strings.push(token.span),
                    _ => {}
                }
            }
        }
        Syntax::Yaml => {
            comment = "this line";
            comments.extend(spans(text, |b| !matches!(b, b'\n' | b'\r')));
        }
    }
    let parts = Parts {
        text,
        comments: &comments,
        strings: &strings,
        comment,
    };
    let mut out = Vec::new();
    findings(&parts, &mut out);
    out
}

/// Whether a rule is about secrets, so that what it marks is not to be shown.
pub(crate) fn marks_secrets(rule: &Rule) -> bool {
    rule.code == RULE.code
}

/// A text, and where in it people write freely. Spans are in order.
struct Parts<'a> {
    text: &'a str,
    comments: &'a [Span],
    strings: &'a [Span],
    /// What a place is called that is in no string, but in one of `comments`.
    comment: &'static str,
}

fn findings(parts: &Parts<'_>, out: &mut Vec<Finding>) {
    let mut found = secrets(parts);
    escaped::add(parts, &mut found);
    for secret in found {
        let begins = mask::known_prefix(secret.span.text(parts.text));
        let place = place(parts, secret.span);
        let begins = if begins.is_empty() {
            String::new()
        } else {
            format!(" that begins with `{begins}`")
        };
        out.push(Finding::new(
            &RULE,
            secret.span,
            format!("{place} holds {}{begins}", secret.kind),
            "revoke it now and keep its successor in a secret store; deleting the text is not enough, history keeps it",
        ));
    }
}

#[derive(Debug, Clone, Copy)]
struct Secret {
    span: Span,
    kind: &'static str,
}

/// What is secret in a text, in order of position. No two overlap: where two ways of looking find the
/// same, the surer one counts.
fn secrets(parts: &Parts<'_>) -> Vec<Secret> {
    let mut found = Vec::new();
    private_keys(parts.text, &mut found);
    for run in runs(parts.text) {
        by_shape(parts.text, run, &mut found);
    }
    let mut named = Vec::new();
    named::url_credentials(parts.text, &mut named);
    for span in parts.comments.iter().chain(parts.strings) {
        let text = span.text(parts.text);
        // The search costs more than all else here; most texts have no sign of an assignment.
        if text.bytes().any(|b| matches!(b, b'=' | b':')) || text.contains("earer ") {
            named::assignments(text, span.start, &mut named);
        }
    }
    for span in parts.strings {
        named.extend(of_named_string(parts.text, *span));
    }
    for one in named {
        add(&mut found, one.span, one.kind);
    }
    for span in parts.comments.iter().chain(parts.strings) {
        if span.len() >= 20 {
            by_randomness(parts.text, *span, &mut found);
        }
    }
    if !found.is_empty() {
        let public = integrity::public(parts.text);
        found.retain(|secret| !public.iter().any(|hash| hash.contains(secret.span)));
    }
    found
}

/// Keeps the list in order, so that a text full of secrets costs no search through all of them.
fn add(found: &mut Vec<Secret>, span: Span, kind: &'static str) {
    let at = found.partition_point(|other| other.span.start < span.end);
    let before = at.checked_sub(1).and_then(|before| found.get(before));
    if before.is_none_or(|before| before.span.end <= span.start) {
        found.insert(at, Secret { span, kind });
    }
}

/// The header of a PEM block with a private key (RFC 7468), or of an armoured PGP one (RFC 9580).
fn private_keys(text: &str, found: &mut Vec<Secret>) {
    const BEGIN: &str = "-----BEGIN ";
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(BEGIN)) {
        let start = from + at;
        from = start + BEGIN.len();
        let Some((label, _)) = text.get(from..).and_then(|rest| rest.split_once("-----")) else {
            return;
        };
        if label.len() < 40 && (label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")) {
            add(found, Span::from_usize(start, from + label.len() + 5), "a private key");
        }
    }
}

/// No token that is told by its shape is shorter.
const SHORTEST: usize = 18;

/// Every run of characters that tokens are made of and that is long enough for one.
fn runs(text: &str) -> impl Iterator<Item = Span> + '_ {
    spans(text, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
    })
    .filter(|run| run.len() as usize >= SHORTEST)
}

/// The tokens in a run that are told by their shape.
fn by_shape(text: &str, run: Span, found: &mut Vec<Secret>) {
    let run_text = run.text(text);
    let mut last = b' ';
    let mut next = 0;
    for (at, b) in run_text.bytes().enumerate() {
        let begins = !last.is_ascii_alphanumeric();
        last = b;
        if at < next || !begins || run_text.len() - at < SHORTEST {
            continue;
        }
        let rest = run_text.get(at..).unwrap_or_default();
        let Some((kind, length)) = shape(rest) else {
            continue;
        };
        let start = run.start as usize + at;
        add(found, Span::from_usize(start, start + length), kind);
        next = at + length;
    }
}

/// What a text begins with, and its length.
fn shape(text: &str) -> Option<(&'static str, usize)> {
    if text.starts_with("eyJ") {
        let end = text
            .bytes()
            .position(|b| !patterns::Alphabet::Dotted.has(b))
            .unwrap_or(text.len());
        let token = text.get(..end)?.trim_end_matches('.');
        return jwt::is_jwt(token).then_some(("a JSON web token", token.len()));
    }
    let first = text.bytes().next();
    for format in FORMATS {
        if format.prefix.bytes().next() != first {
            continue;
        }
        let Some(rest) = text.strip_prefix(format.prefix) else {
            continue;
        };
        let end = rest
            .bytes()
            .position(|b| !format.alphabet.has(b))
            .unwrap_or(rest.len());
        let body = rest.get(..end)?.trim_end_matches(['.', '-']);
        if (format.min..=format.max).contains(&body.len())
            && variety(body) >= 7
            && (!format.alphabet.needs_digit() || body.bytes().any(|b| b.is_ascii_digit()))
        {
            return Some((format.kind, format.prefix.len() + body.len()));
        }
    }
    None
}

/// A string that an annotation, an attribute or a field with a telling name has as its value.
fn of_named_string(text: &str, string: Span) -> Option<named::Named> {
    let name = match role(text, string) {
        Role::Annotation(name) | Role::ValueOf(name) => name,
        Role::Id | Role::Other => return None,
    };
    let lower = name.to_ascii_lowercase();
    let telling = ["password", "passwd", "passphrase", "pwd", "secret", "token", "key"]
        .iter()
        .any(|end| lower.ends_with(end));
    if !telling || lower.contains("public") {
        return None;
    }
    let inner = Span::new(string.start + 1, string.end.saturating_sub(1));
    let value = inner.text(text);
    if value.contains(char::is_whitespace) {
        return None;
    }
    Some(named::Named {
        span: inner,
        kind: named::secret_value(name, value, false)?,
    })
}

/// Runs that look as if drawn at random, as far as the place where they stand lets that mean a secret.
fn by_randomness(text: &str, part: Span, found: &mut Vec<Secret>) {
    let role = role(text, part);
    let part_text = part.text(text);
    for word in words(part_text) {
        // What a link leads to is often random, and no secret.
        if word.text(part_text).contains("://") {
            continue;
        }
        let word_text = word.text(part_text);
        for run in token_runs(word_text) {
            let run = run.offset(word.start);
            let run_text = run.text(part_text);
            let hint = hint(role, part_text, run.start);
            if hint != Hint::Digest && is_random(run_text, role, hint) {
                add(found, run.offset(part.start), "what looks like a random key");
            }
        }
    }
}

fn is_random(run: &str, role: Role<'_>, hint: Hint) -> bool {
    if is_uuid(run) {
        return false;
    }
    let measured = measure(run);
    let in_both_cases = measured.class == Class::Mixed && measured.unrest >= 0.45;
    if hint == Hint::Secret {
        // With separators it is a path or a name of several words.
        let in_one_case = matches!(measured.class, Class::Hex | Class::OneCase)
            && run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'=');
        let bits = if measured.class == Class::Hex { 3.0 } else { 3.5 };
        return run.len() >= 20
            && measured.bits >= bits
            && (in_both_cases || in_one_case)
            && measured.unrest >= 0.25;
    }
    // Ids are drawn at random too, but shorter than keys.
    let (length, bits) = match role {
        Role::Id | Role::ValueOf("id") => (40, 4.4),
        _ => (32, 4.2),
    };
    in_both_cases && run.len() >= length && measured.bits >= bits && !is_encoded_text(run)
}

/// Whether it is text in base64, as the ids that some directories make of a name: what is drawn at random has few bytes
/// that can be printed.
fn is_encoded_text(run: &str) -> bool {
    let run = run.trim_end_matches('=');
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].iter().any(|base64| {
        base64.decode(run).is_ok_and(|bytes| {
            let printable = bytes.iter().filter(|byte| matches!(byte, b' '..=b'~'));
            printable.count() * 10 >= bytes.len() * 9
        })
    })
}

/// What the words in front of a run say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    None,
    Secret,
    Digest,
}

fn hint(role: Role<'_>, part: &str, run: u32) -> Hint {
    let before = part.get(..run as usize).unwrap_or_default();
    let from = before
        .char_indices()
        .rev()
        .nth(32)
        .map_or(0, |(at, _)| at);
    let name = match role {
        Role::Annotation(name) | Role::ValueOf(name) => name,
        Role::Id | Role::Other => "",
    };
    let near = format!("{name} {}", before.get(from..).unwrap_or_default()).to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| near.contains(word));
    if says(&[
        "sha1", "sha2", "sha5", "sha-", "sha:", "md5", "digest", "hash", "checksum", "commit", "revision",
        "fingerprint", "thumbprint", "etag", "integrity", "public", "uuid", "ulid",
    ]) {
        Hint::Digest
    } else if says(&["secret", "token", "password", "passwd", "credential", "bearer", "key", "private"]) {
        Hint::Secret
    } else {
        Hint::None
    }
}

fn words(text: &str) -> impl Iterator<Item = Span> + '_ {
    spans(text, |b| !b.is_ascii_whitespace() && b != b'"')
}

fn token_runs(text: &str) -> impl Iterator<Item = Span> + '_ {
    spans(text, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=')
    })
    .filter(|run| run.len() >= 20)
}

/// The longest runs of bytes that pass `test`.
fn spans(text: &str, test: fn(u8) -> bool) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let start = at + bytes.get(at..)?.iter().position(|b| test(*b))?;
        let end = bytes
            .get(start..)?
            .iter()
            .position(|b| !test(*b))
            .map_or(bytes.len(), |n| start + n);
        at = end;
        Some(Span::from_usize(start, end))
    })
}

/// Where a secret stands, as the beginning of a message.
fn place(parts: &Parts<'_>, at: Span) -> String {
    let within = |spans: &[Span]| {
        let next = spans.partition_point(|span| span.start <= at.start);
        let span = spans.get(next.checked_sub(1)?)?;
        span.contains(at).then_some(*span)
    };
    if within(parts.comments).is_some() {
        return parts.comment.to_owned();
    }
    match within(parts.strings) {
        Some(string) => match role(parts.text, string) {
            Role::Annotation(name) => format!("the annotation `@{name}`"),
            Role::Id => "this id".to_owned(),
            Role::ValueOf(_) | Role::Other => "this string".to_owned(),
        },
        None => "this text".to_owned(),
    }
}
