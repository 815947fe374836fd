//! Comments that suppress findings:
//! `// portcullis: allow(code) until 2027-01-31 because "reason"` on a line of its own above a policy.
//!
//! [`parse_suppressions`] reads them from a statement's text once; [`apply`] sorts the statement's findings
//! by them in every report, since a suppression ends with its last day.

mod suite;

pub(crate) use suite::of_yaml;
pub use suite::parse_in_suite;

use std::collections::BTreeSet;

use crate::codes::ours;
use crate::config::reader::did_you_mean;
use crate::config::words::shown;
use crate::facts::Spanned;
use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::{self, Profile};
use crate::source::{Span, TokenKind, tokens};
use crate::time::Instant;

/// One comment that suppresses findings of the policy below it. Spans count from the start of the
/// statement's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The codes that it suppresses: at least one, all known and suppressible in some profile.
    pub codes: Vec<Spanned<&'static str>>,
    /// When it stops working: the end of the day that it names.
    pub until: Option<Spanned<Instant>>,
    /// The reason, unescaped; never blank. Its span covers the quotes.
    pub because: Option<Spanned<String>>,
    /// The comment.
    pub span: Span,
}

/// What the comments of one statement say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressions {
    /// Those that can be read, in the order written.
    pub list: Vec<Suppression>,
    /// What is wrong with them, whatever the time.
    pub findings: Vec<Finding>,
}

/// A statement's findings, sorted by its suppressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Those that remain, in the order given.
    pub kept: Vec<Finding>,
    /// Those that are suppressed, in the order given.
    pub suppressed: Vec<Finding>,
    /// What is wrong with the suppressions at this time.
    pub extra: Vec<Finding>,
}

/// Reads the suppressions of one statement: `text` with the comments and blanks before it, `comments` the
/// spans of all its comments with their slashes. A comment after the policy's first word suppresses
/// nothing; neither does one that cannot be read.
pub fn parse_suppressions(text: &str, comments: &[Span]) -> Suppressions {
    let mut out = Suppressions::default();
    let first_word = tokens(text)
        .find(|token| {
            !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)
                && token.span.text(text) != "\u{feff}"
        })
        .map_or(0, |token| token.span.start);
    for comment in comments {
        match directive(text, *comment, "//") {
            Directive::None => {}
            Directive::Misspelled(word) => out.findings.push(malformed(text, word)),
            Directive::Body(_) if comment.start >= first_word => {
                out.findings.push(Finding::new(
                    &ours::SUPPRESSION_MISPLACED,
                    *comment,
                    "this suppression does not stand above a policy",
                    "move it to a line of its own above the policy and its annotations",
                ));
            }
            Directive::Body(body) => suppression(text, *comment, body, &mut out),
        }
    }
    out
}

/// Sorts the findings of one statement by its suppressions.
///
/// `findings` should be those of all profiles and levels; otherwise a suppression of a check that is off
/// counts as unused. A date more than `most_days` away is found, and counts all the same.
pub fn apply(
    suppressions: &[Suppression],
    as_of: Instant,
    profile: Profile,
    most_days: u32,
    findings: Vec<Finding>,
) -> Applied {
    let mut out = Applied::default();
    let mut active = Vec::new();
    for suppression in suppressions {
        match &suppression.until {
            Some(until) if until.value <= as_of => out.extra.push(Finding::new(
                &ours::SUPPRESSION_EXPIRED,
                until.span,
                "this suppression is past its date and suppresses nothing",
                "correct what is found and delete the comment, or have a later date approved",
            )),
            until => {
                out.extra.extend(
                    until
                        .as_ref()
                        .and_then(|end| too_far(end, as_of, most_days)),
                );
                active.push(suppression);
            }
        }
    }
    let is_suppressible =
        |code: &str| rules::find(code).is_some_and(|rule| rule.is_suppressible_in(profile));
    let codes: BTreeSet<&str> = active
        .iter()
        .flat_map(|suppression| &suppression.codes)
        .map(|code| code.value)
        .filter(|code| is_suppressible(code))
        .collect();
    for finding in findings {
        if codes.contains(finding.code) {
            out.suppressed.push(finding);
        } else {
            out.kept.push(finding);
        }
    }
    let used: BTreeSet<&str> = out.suppressed.iter().map(|f| f.code).collect();
    for suppression in active {
        for code in &suppression.codes {
            if !codes.contains(code.value) {
                let message = format!(
                    "`{}` cannot be suppressed in the profile `{}`",
                    code.value,
                    profile.as_str()
                );
                out.extra.push(not_allowed(code.span, message));
            } else if !used.contains(code.value) {
                out.extra.push(unused(suppression, code));
            }
        }
    }
    out
}

/// A date so far away that it ends nothing.
fn too_far(until: &Spanned<Instant>, as_of: Instant, most_days: u32) -> Option<Finding> {
    // `until` is the end of its day.
    let latest = as_of.plus_days(i64::from(most_days))?;
    if until.value <= latest.plus_days(1)? {
        return None;
    }
    Some(Finding::new(
        &ours::BARE_SUPPRESSION,
        until.span,
        format!(
            "this suppression ends in {} days, and {most_days} are allowed",
            until.value.days_since(as_of)
        ),
        format!(
            "set a date up to {} and renew it when it comes",
            latest.date()
        ),
    ))
}

fn unused(suppression: &Suppression, code: &Spanned<&'static str>) -> Finding {
    let finding = Finding::new(
        &ours::SUPPRESSION_UNUSED,
        code.span,
        format!("this policy has no finding `{}`", code.value),
        "delete the code, and the comment if it has no other",
    );
    if suppression.codes.len() == 1 {
        finding.fix(Fix::safe(
            "delete the comment",
            vec![TextEdit::delete(suppression.span)],
        ))
    } else {
        finding
    }
}

fn not_allowed(code: Span, message: String) -> Finding {
    Finding::new(
        &ours::SUPPRESSION_NOT_ALLOWED,
        code,
        message,
        "delete the code and correct what it finds",
    )
}

/// A word that is nearly `portcullis`, or is that and has no colon behind it.
fn malformed(text: &str, word: Span) -> Finding {
    if word.text(text) == NAME {
        let edit = TextEdit::insert(word.end, ":");
        return Finding::new(
            &ours::SUPPRESSION_MALFORMED,
            word,
            "without a colon this begins no suppression",
            "write `portcullis:`",
        )
        .fix(Fix::suggestion("add the colon", vec![edit]));
    }
    did_you_mean(
        Finding::new(
            &ours::SUPPRESSION_MALFORMED,
            word,
            format!("{} begins no suppression", shown(word.text(text))),
            "write `portcullis:`",
        ),
        word.text(text),
        [NAME],
    )
}

/// The word that suppressions begin with.
const NAME: &str = "portcullis";

/// What a comment is to us.
enum Directive {
    /// Nothing.
    None,
    /// It begins with `portcullis:`, and this follows.
    Body(Span),
    /// It begins with nearly that, or with that and no colon, at this place, and goes on as a suppression does.
    Misspelled(Span),
}

/// `sign` is what comments begin with.
fn directive(text: &str, comment: Span, sign: &str) -> Directive {
    let mut cursor = Cursor::new(text, comment);
    if !cursor.eat(sign) {
        return Directive::None;
    }
    cursor.skip_blanks();
    let word = cursor.take_while(char::is_alphanumeric);
    cursor.skip_blanks();
    let has_colon = cursor.eat(":");
    cursor.skip_blanks();
    let body = cursor.rest();
    let name = word.text(text);
    if name == NAME && has_colon {
        return Directive::Body(body);
    }
    let mut goes_on = || {
        let says_allow = cursor.eat("allow");
        cursor.skip_blanks();
        // Prose may go on with `allow` too.
        says_allow && (has_colon || cursor.eat("("))
    };
    match goes_on() && crate::config::words::nearest(name, [NAME]).is_some() {
        true => Directive::Misspelled(word),
        false => Directive::None,
    }
}

fn suppression(text: &str, comment: Span, body: Span, out: &mut Suppressions) {
    let parts = match parts(text, body) {
        Ok(parts) => parts,
        Err((span, message)) => {
            out.findings.push(Finding::new(
                &ours::SUPPRESSION_MALFORMED,
                if span.is_empty() {
                    last_character(text, comment)
                } else {
                    span
                },
                message,
                r#"write `// portcullis: allow(code) until 2027-01-31 because "reason"`"#,
            ));
            return;
        }
    };
    let mut codes: Vec<Spanned<&'static str>> = Vec::new();
    for span in parts.codes {
        let code = span.text(text);
        match rules::find(code) {
            None => {
                let known = rules::all()
                    .filter(|r| r.suppressible.is_some())
                    .map(|r| r.code);
                let finding = Finding::new(
                    &ours::SUPPRESSION_UNKNOWN_CODE,
                    span,
                    format!("{} is no check", shown(code)),
                    "use a code that `portcullis rules` lists",
                );
                out.findings.push(did_you_mean(finding, code, known));
            }
            Some(rule) if rule.suppressible.is_none() => out
                .findings
                .push(not_allowed(span, format!("`{code}` cannot be suppressed"))),
            Some(rule) => codes.push(Spanned {
                value: rule.code,
                span,
            }),
        }
    }
    if codes.is_empty() {
        return;
    }
    let because = parts
        .because
        .filter(|reason| !reason.value.trim().is_empty());
    let missing = match (&because, &parts.until) {
        (None, None) => Some((
            "reason and no date",
            "`until 2027-01-31 because \"reason\"`",
        )),
        (None, Some(_)) => Some(("reason", "`because \"reason\"`")),
        (Some(_), None) => Some(("date", "`until 2027-01-31`")),
        (Some(_), Some(_)) => None,
    };
    if let Some((what, help)) = missing {
        out.findings.push(Finding::new(
            &ours::BARE_SUPPRESSION,
            comment,
            format!("this suppression has no {what}"),
            format!("add {help} with what holds here"),
        ));
    }
    if let Some(reason) = &because
        && !reason.value.contains(char::is_alphabetic)
    {
        out.findings.push(Finding::new(
            &ours::BARE_SUPPRESSION,
            reason.span,
            "the reason of this suppression has no word",
            "say why the exception is needed",
        ));
    }
    out.list.push(Suppression {
        codes,
        until: parts.until,
        because,
        span: comment,
    });
}

fn last_character(text: &str, comment: Span) -> Span {
    let visible = comment.text(text).trim_end();
    let last = visible.chars().next_back().map_or(0, char::len_utf8);
    Span::from_usize(visible.len() - last, visible.len()).offset(comment.start)
}

/// A suppression as written.
struct Parts {
    codes: Vec<Span>,
    until: Option<Spanned<Instant>>,
    because: Option<Spanned<String>>,
}

/// Where a suppression is malformed, and how. An empty span means its end.
type Malformed = (Span, String);

fn parts(text: &str, body: Span) -> Result<Parts, Malformed> {
    let mut cursor = Cursor::new(text, body);
    let verb = cursor.word();
    if verb.text(text) != "allow" {
        let written = shown(verb.text(text));
        return Err(if verb.is_empty() {
            (cursor.rest(), "`allow` is missing".to_owned())
        } else {
            (verb, format!("{written} is not `allow`"))
        });
    }
    let mut parts = Parts {
        codes: codes(&mut cursor)?,
        until: None,
        because: None,
    };
    loop {
        cursor.skip_blanks();
        let word = cursor.word();
        match word.text(text) {
            "until" if parts.until.is_none() => {
                cursor.skip_blanks();
                let span = cursor.take_while(|c| !c.is_whitespace());
                let value = Instant::parse_end(span.text(text))
                    .ok_or_else(|| (span, format!("{} is not a date", shown(span.text(text)))))?;
                parts.until = Some(Spanned { value, span });
            }
            "because" if parts.because.is_none() => parts.because = Some(reason(&mut cursor)?),
            "until" | "because" => {
                let message = format!("`{}` is here for the second time", word.text(text));
                return Err((word, message));
            }
            "" if cursor.rest().is_empty() => return Ok(parts),
            _ => {
                let span = Span::new(word.start, cursor.rest().end);
                let message = format!("{} is not `until` or `because`", shown(span.text(text)));
                return Err((span, message));
            }
        }
    }
}

fn codes(cursor: &mut Cursor<'_>) -> Result<Vec<Span>, Malformed> {
    cursor.skip_blanks();
    if !cursor.eat("(") {
        return Err((
            cursor.next(),
            "the codes in parentheses are missing".to_owned(),
        ));
    }
    let mut codes = Vec::new();
    loop {
        cursor.skip_blanks();
        let code = cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '(' | ')' | '"'));
        if code.is_empty() {
            let message = "a code is missing".to_owned();
            return Err((cursor.next(), message));
        }
        codes.push(code);
        cursor.skip_blanks();
        if cursor.eat(")") {
            return Ok(codes);
        }
        if !cursor.eat(",") {
            return Err((cursor.next(), "`)` is missing after the codes".to_owned()));
        }
    }
}

fn reason(cursor: &mut Cursor<'_>) -> Result<Spanned<String>, Malformed> {
    cursor.skip_blanks();
    let start = cursor.rest().start;
    if !cursor.eat("\"") {
        return Err((
            cursor.next(),
            "the reason must be in double quotes".to_owned(),
        ));
    }
    let mut value = String::new();
    while let Some(c) = cursor.bump() {
        match c {
            '"' => {
                let span = Span::new(start, cursor.rest().start);
                return Ok(Spanned { value, span });
            }
            '\\' => value.extend(cursor.bump()),
            _ => value.push(c),
        }
    }
    let span = Span::new(start, cursor.rest().end);
    Err((span, "the reason has no closing quote".to_owned()))
}

/// Reads a part of a text from left to right.
struct Cursor<'a> {
    text: &'a str,
    rest: Span,
}

impl<'a> Cursor<'a> {
    /// Leaves out blanks at the end.
    fn new(text: &'a str, span: Span) -> Self {
        let length = span.text(text).trim_end().len();
        Self {
            text,
            rest: Span::from_usize(span.start as usize, span.start as usize + length),
        }
    }

    /// What is not read yet.
    const fn rest(&self) -> Span {
        self.rest
    }

    /// The next character, to point at it; empty at the end.
    fn next(&self) -> Span {
        let next = self.rest.text(self.text).chars().next();
        let start = self.rest.start as usize;
        Span::from_usize(start, start + next.map_or(0, char::len_utf8))
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.text(self.text).chars().next()?;
        self.rest.start = self.next().end;
        Some(c)
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest.text(self.text).starts_with(expected);
        if found {
            let start = self.rest.start as usize + expected.len();
            self.rest = Span::from_usize(start, self.rest.end as usize);
        }
        found
    }

    fn word(&mut self) -> Span {
        self.take_while(char::is_alphanumeric)
    }

    fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, test: impl Fn(char) -> bool) -> Span {
        let start = self.rest.start;
        while self.rest.text(self.text).starts_with(&test) {
            self.rest.start = self.next().end;
        }
        Span::new(start, self.rest.start)
    }
}

#[cfg(test)]
mod tests;
