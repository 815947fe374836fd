//! Cedar's validation warnings as findings.

use cedar_policy_core::ast::{Effect, Template};
use cedar_policy_core::parser::Loc;
use cedar_policy_core::parser::unescape::to_unescaped_string;
use cedar_policy_core::validator::ValidationWarning;

use super::place;
use crate::codes::cedar_validate as codes;
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::source::{Span, TokenKind, tokens};

/// One finding for each warning, in the order given.
pub(super) fn findings<'a>(
    template: &Template,
    warnings: impl IntoIterator<Item = &'a ValidationWarning>,
) -> Vec<Finding> {
    warnings
        .into_iter()
        .map(|warning| finding(template, warning))
        .collect()
}

fn finding(template: &Template, warning: &ValidationWarning) -> Finding {
    let at = |loc: Option<&Loc>| place::span(loc).unwrap_or_else(|| super::errors::whole(template));
    let named =
        |loc: Option<&Loc>, id: &str| string(loc.or(template.loc()), id).unwrap_or_else(|| at(loc));
    match warning {
        ValidationWarning::MixedScriptString(warning) => Finding::new(
            &codes::MIXED_SCRIPT_STRING,
            at(warning.source_loc.as_ref()),
            format!(
                "the string `{}` mixes scripts",
                warning.string.escape_debug()
            ),
            "write it in one script",
        ),
        ValidationWarning::BidiCharsInString(warning) => Finding::new(
            &codes::BIDI_STRING,
            at(warning.source_loc.as_ref()),
            format!(
                "the string `{}` changes the direction of writing",
                warning.string.escape_debug()
            ),
            "remove the invisible characters",
        ),
        ValidationWarning::BidiCharsInIdentifier(warning) => Finding::new(
            &codes::BIDI_IDENTIFIER,
            named(warning.source_loc.as_ref(), &warning.id),
            format!(
                "the name `{}` changes the direction of writing",
                warning.id.escape_debug()
            ),
            "remove the invisible characters",
        ),
        ValidationWarning::MixedScriptIdentifier(warning) => Finding::new(
            &codes::MIXED_SCRIPT_IDENTIFIER,
            named(warning.source_loc.as_ref(), &warning.id),
            format!("the name `{}` mixes scripts", warning.id.escape_debug()),
            "write it in one script",
        ),
        ValidationWarning::ConfusableIdentifier(warning) => Finding::new(
            &codes::CONFUSABLE_IDENTIFIER,
            named(warning.source_loc.as_ref(), &warning.id),
            format!(
                "the name `{}` contains `{}`, which Unicode advises against in names",
                warning.id.escape_debug(),
                warning.confusable_character.escape_debug()
            ),
            "write it with letters, digits and common punctuation",
        ),
        ValidationWarning::ImpossiblePolicy(warning) => idle(
            template,
            Finding::new(
                &codes::IMPOSSIBLE_POLICY,
                statement(warning.source_loc.as_ref())
                    .unwrap_or_else(|| super::errors::whole(template)),
                "the policy is false for every request that the schema allows",
                "correct the condition, or remove the policy",
            ),
        ),
        ValidationWarning::InvalidActionApplication(warning) => {
            let span = scope(warning.source_loc.as_ref())
                .unwrap_or_else(|| super::errors::whole(template));
            let mut finding = Finding::new(
                &codes::INAPPLICABLE_ACTION,
                span,
                "no action of this scope takes such a principal and resource",
                "choose a principal, an action and a resource that the schema puts together",
            );
            for (wrong, variable) in [
                (warning.would_in_fix_principal, "principal"),
                (warning.would_in_fix_resource, "resource"),
            ] {
                if let (true, Some(loc)) = (wrong, warning.source_loc.as_ref()) {
                    finding.fixes.extend(use_in(loc, span, variable));
                }
            }
            idle(template, finding)
        }
    }
}

/// A policy that never applies: a `forbid` of that kind protects nothing.
fn idle(template: &Template, finding: Finding) -> Finding {
    match template.effect() {
        Effect::Permit => finding,
        Effect::Forbid => finding.severity(Severity::High),
    }
}

/// The string literal in which a name is written. Cedar names no place for what stands in the scope.
fn string(loc: Option<&Loc>, id: &str) -> Option<Span> {
    // Annotations may hold the same text.
    let whole = statement(loc).or(place::span(loc))?;
    let text = &loc?.src;
    tokens(text)
        .filter(|t| t.kind == TokenKind::String && whole.contains(t.span))
        .map(|t| t.span)
        .find(|span| {
            let quoted = span.text(text);
            quoted
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .and_then(|inner| to_unescaped_string(inner).ok())
                .is_some_and(|value| value == id)
        })
}

/// The statement without its annotations.
fn statement(loc: Option<&Loc>) -> Option<Span> {
    let whole = place::span(loc)?;
    let head = scope(loc)?;
    Some(Span::new(head.start, whole.end))
}

/// From `permit` or `forbid` to the bracket that closes the scope.
fn scope(loc: Option<&Loc>) -> Option<Span> {
    let whole = place::span(loc)?;
    let text = &loc?.src;
    let mut depth = 0_u32;
    let mut annotation = false;
    let mut start = None;
    for token in tokens(text).filter(|t| whole.contains(t.span)) {
        match token.kind {
            TokenKind::Punct(b'@') => annotation = true,
            TokenKind::Ident if depth == 0 => {
                if !annotation {
                    start = start.or(Some(token.span.start));
                }
                annotation = false;
            }
            TokenKind::Punct(b'(' | b'[') => depth = depth.saturating_add(1),
            TokenKind::Punct(b')' | b']') => {
                depth = depth.saturating_sub(1);
                if let (0, Some(start)) = (depth, start) {
                    return Some(Span::new(start, token.span.end));
                }
            }
            _ => {}
        }
    }
    None
}

/// Replaces the `==` after `variable`.
fn use_in(loc: &Loc, scope: Span, variable: &str) -> Option<Fix> {
    let all: Vec<_> = tokens(&loc.src)
        .filter(|t| scope.contains(t.span))
        .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
        .collect();
    let equals = all.windows(3).find_map(|three| match three {
        [name, first, second]
            if name.span.text(&loc.src) == variable
                && first.span.cover(second.span).text(&loc.src) == "==" =>
        {
            Some(first.span.cover(second.span))
        }
        _ => None,
    })?;
    Some(Fix::suggestion(
        format!("replace `==` with `in` after `{variable}`"),
        vec![TextEdit::replace(equals, "in")],
    ))
}
