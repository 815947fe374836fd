//! Schema fragments in Cedar's syntax: every error of Cedar's parser, and what is left without them.

use std::collections::BTreeSet;

use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::cedar_schema::SchemaWarning;
use cedar_policy_core::validator::cedar_schema::parser::{
    CedarSchemaParseErrors, parse_cedar_schema_fragment,
};
use cedar_policy_core::validator::json_schema::Fragment;
use miette::Diagnostic;

use super::outline::Outline;
use crate::codes::cedar_schema as codes;
use crate::finding::{Finding, Place};
use crate::rules::Rule;
use crate::source::{Span, TokenKind, tokens};

/// Cedar stops at the first error, so a text is parsed again without the declarations that are wrong.
/// More rounds than this would make a broken file expensive.
const MAX_ROUNDS: usize = 32;

/// Parses a fragment. Where there are errors, the fragment lacks the declarations that they are in.
pub(super) fn parse(text: &str, outline: &Outline) -> (Option<Fragment<RawName>>, Vec<Finding>) {
    let mut rest = text.to_owned();
    let mut findings: Vec<Finding> = Vec::new();
    let mut removed = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        let errors = match parse_cedar_schema_fragment(&rest, Extensions::all_available()) {
            Ok((fragment, warnings)) => {
                findings.extend(warnings.map(|w| warning(text, &w)));
                return (Some(fragment), findings);
            }
            Err(CedarSchemaParseErrors::SyntaxError(errors)) => {
                errors.iter().map(|e| finding(text, e)).collect::<Vec<_>>()
            }
            Err(CedarSchemaParseErrors::JsonError(errors)) => {
                errors.iter().map(|e| finding(text, e)).collect()
            }
            Err(other) => vec![Finding::new(
                &codes::INTERNAL,
                first_token(text),
                lower_first(&other.to_string()),
                "report it with the schema that causes it",
            )],
        };
        let mut progress = false;
        for error in errors {
            if let Some(index) = culprit(text, outline, error.span)
                && removed.insert(index)
                && let Some(statement) = outline.statements.get(index)
            {
                blank(&mut rest, *statement);
                progress = true;
            }
            // What a removed declaration leaves behind may be reported again at the same place.
            if !findings.iter().any(|f| f.span == error.span) {
                findings.push(error);
            }
        }
        if !progress {
            break;
        }
    }
    (None, findings)
}

/// The declaration that an error is in. A token that begins a declaration is wrong because the one
/// before was not ended.
fn culprit(text: &str, outline: &Outline, at: Span) -> Option<usize> {
    let statements = &outline.statements;
    let index = statements
        .iter()
        .position(|s| s.start <= at.start && at.start < s.end)?;
    let begins = statements.get(index)?.start == at.start;
    let previous = index.checked_sub(1).filter(|i| {
        begins
            && statements
                .get(*i)
                .is_some_and(|s| !s.text(text).ends_with([';', '}']))
    });
    Some(previous.unwrap_or(index))
}

/// Overwrites a part with blanks of the same number of bytes, so that positions stay.
fn blank(text: &mut String, span: Span) {
    if text.get(span.range()).is_some() {
        text.replace_range(span.range(), &" ".repeat(span.len() as usize));
    }
}

fn finding(text: &str, error: &dyn Diagnostic) -> Finding {
    let message = error.to_string();
    let labels: Vec<_> = error.labels().into_iter().flatten().collect();
    let spans: Vec<Span> = labels
        .iter()
        .map(|l| Span::from_usize(l.offset(), l.offset() + l.len()))
        .collect();
    let rule = rule_of(&message);
    // Cedar labels the earlier place first where it names two; the later one is what has to go.
    let mut ordered = spans.clone();
    let is_pair = is_duplicate(rule) || rule == &codes::MISSING_APPLIES_TO;
    if is_pair {
        ordered.sort();
        ordered.reverse();
    }
    let span = widen(text, ordered.first().copied().unwrap_or_default());
    let expected = labels.first().and_then(|l| l.label()).unwrap_or_default();
    let help = match error.help() {
        Some(help) => lower_first(help.to_string().trim_end_matches('.')),
        None if expected.is_empty() => advice(rule).to_owned(),
        None => format!("{expected} here"),
    };
    let mut finding = Finding::new(rule, span, sentence(rule, &message), help);
    if is_pair {
        let said = if is_duplicate(rule) {
            "the other declaration"
        } else {
            "for this action"
        };
        for other in ordered.iter().skip(1) {
            finding = finding.label(Place::Here(*other), said);
        }
    }
    finding
}

fn is_duplicate(rule: &Rule) -> bool {
    [
        codes::DUPLICATE_ANNOTATION,
        codes::DUPLICATE_APPLIES_TO,
        codes::DUPLICATE_CONTEXT,
        codes::DUPLICATE_DECLARATION,
        codes::DUPLICATE_NAMESPACE,
    ]
    .iter()
    .any(|r| r == rule)
}

/// Cedar keeps the kinds of these errors to itself; the message's fixed part tells them apart.
fn rule_of(message: &str) -> &'static Rule {
    let begins: [(&str, &'static Rule); 17] = [
        ("invalid token", &codes::INVALID_TOKEN),
        ("unexpected end of input", &codes::UNEXPECTED_END),
        ("unexpected token", &codes::UNEXPECTED_TOKEN),
        ("extra token", &codes::EXTRA_TOKEN),
        ("An empty list", &codes::EMPTY_LIST),
        ("Invalid escape", &codes::INVALID_ESCAPE),
        ("duplicate annotations", &codes::DUPLICATE_ANNOTATION),
        ("duplicate context", &codes::DUPLICATE_CONTEXT),
        ("duplicate namespace", &codes::DUPLICATE_NAMESPACE),
        ("duplicate `", &codes::DUPLICATE_APPLIES_TO),
        ("missing `", &codes::MISSING_APPLIES_TO),
        ("for action `", &codes::MISSING_APPLIES_TO),
        ("unknown type name", &codes::UNKNOWN_TYPE_NAME),
        ("use of the reserved", &codes::RESERVED_NAME),
        ("this uses a reserved", &codes::RESERVED_KEYWORD),
        ("`", &codes::DUPLICATE_DECLARATION),
        ("", &codes::INTERNAL),
    ];
    if message.ends_with("is a reserved identifier") {
        return &codes::RESERVED_IDENTIFIER;
    }
    begins
        .into_iter()
        .find(|(start, _)| message.starts_with(start))
        .map_or(&codes::INTERNAL, |(_, rule)| rule)
}

fn sentence(rule: &Rule, message: &str) -> String {
    if *rule == codes::INVALID_TOKEN {
        "this starts no token of the schema syntax".to_owned()
    } else if *rule == codes::INVALID_ESCAPE {
        "this string has an escape sequence that Cedar does not know".to_owned()
    } else if *rule == codes::UNEXPECTED_END {
        "the file ends in the middle of a declaration".to_owned()
    } else {
        lower_first(message)
    }
}

/// What to do where Cedar does not say: what the rule's page says, as one sentence.
fn advice(rule: &Rule) -> &'static str {
    rule.page
        .split_once("What to do: ")
        .map_or("", |(_, advice)| advice.trim_end_matches(['.', '\n']))
}

fn warning(text: &str, warning: &SchemaWarning) -> Finding {
    let rule: &'static Rule = match warning {
        SchemaWarning::ShadowsEntity(_) => &codes::SHADOWS_ENTITY,
        _ => &codes::SHADOWS_BUILTIN,
    };
    // An entity type that is shadowed is labelled before the common type that shadows it.
    let span = warning
        .labels()
        .into_iter()
        .flatten()
        .last()
        .map_or_else(Span::default, |l| {
            Span::from_usize(l.offset(), l.offset() + l.len())
        });
    let name = span.text(text);
    let message = if *rule == codes::SHADOWS_ENTITY {
        format!("the common type `{name}` hides the entity type `{name}`")
    } else {
        format!("`{name}` hides Cedar's own type of that name")
    };
    Finding::new(rule, span, message, advice(rule))
}

/// At least one character: the one at the place or, at the end of the text, the last token.
fn widen(text: &str, span: Span) -> Span {
    if !span.is_empty() && !span.text(text).trim().is_empty() {
        return span;
    }
    let at = span.start as usize;
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) if !c.is_whitespace() => Span::from_usize(at, at + c.len_utf8()),
        _ => tokens(text)
            .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
            .last()
            .map_or(span, |t| t.span),
    }
}

/// The first token, for what has no better place.
pub(super) fn first_token(text: &str) -> Span {
    tokens(text)
        .find(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
        .map_or_else(Span::default, |t| t.span)
}

/// Cedar's sentence in our style.
pub(in crate::cedar) fn lower_first(message: &str) -> String {
    let mut rest = message.chars();
    match rest.next() {
        Some(first)
            if rest
                .as_str()
                .starts_with(|c: char| c.is_lowercase() || c == ' ') =>
        {
            first.to_lowercase().chain(rest).collect()
        }
        _ => message.to_owned(),
    }
}
