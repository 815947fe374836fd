//! What the scope says and may not say.

use cedar_policy_core::parser::err::ToASTErrorKind as Kind;

use super::{At, mistyped};
use crate::codes::cedar_parse as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::source::Span;

pub(super) fn finding(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    const ORDER: &str = "write `principal`, `action` and `resource`, in this order";
    let excerpt = at.excerpt;
    Some(match kind {
        Kind::MissingScopeVariable(var) => missing(&var.to_string(), at),
        Kind::ExtraScopeElement(_) => at.say(
            &codes::EXTRA_SCOPE_ELEMENT,
            format!("the scope has no place for `{}`", at.text()),
            "move it into a `when` clause",
        ),
        Kind::InvalidScopeVariable(word) => {
            let at = at.narrow(excerpt.first(at.span));
            let finding = at.say(
                &codes::INVALID_SCOPE_VARIABLE,
                format!("`{word}` is no variable of the scope"),
                ORDER,
            );
            match mistyped(at.text(), &["principal", "action", "resource"]) {
                Some(var) => finding.fix(at.instead(var)),
                None => finding,
            }
        }
        Kind::IncorrectVariable { expected, got } => at.narrow(excerpt.first(at.span)).say(
            &codes::INCORRECT_SCOPE_VARIABLE,
            format!("`{got}` stands in the place of `{expected}`"),
            ORDER,
        ),
        Kind::InvalidScopeOperator(operator) => {
            at.narrow(excerpt.operators(at.span).first().copied()).say(
                &codes::INVALID_SCOPE_OPERATOR,
                format!("the scope does not allow the operator `{operator}`"),
                "use `==`, `in` or `is`, or move the comparison into a `when` clause",
            )
        }
        Kind::InvalidActionScopeOperator(operator) => {
            at.narrow(excerpt.operators(at.span).first().copied()).say(
                &codes::INVALID_ACTION_SCOPE_OPERATOR,
                format!("the action's part of the scope does not allow the operator `{operator}`"),
                "use `==` or `in`, or move the comparison into a `when` clause",
            )
        }
        Kind::IsInActionScope => at.narrow(excerpt.word(at.span, "is")).say(
            &codes::IS_IN_ACTION_SCOPE,
            "the action's part of the scope does not allow `is`",
            "use `==` or `in`, or move the test into a `when` clause",
        ),
        Kind::IsWithEq => is_with_equals(at),
        Kind::InvertedIsIn => inverted_is_in(at),
        Kind::TypeConstraints => type_constraint(at),
        Kind::InvalidActionType(_) => at.say(
            &codes::INVALID_ACTION_TYPE,
            format!("`{}` is no action", at.text()),
            "write an entity of the type `Action`, in a namespace or not",
        ),
        Kind::WrongEntityArgument(error) => at.say(
            &codes::WRONG_ENTITY_ARGUMENT,
            error.to_string(),
            "use what the operator takes here, or move the comparison into a `when` clause",
        ),
        Kind::WrongNode {
            expected,
            got,
            suggestion,
        } => at.say(
            &codes::UNEXPECTED_SCOPE_EXPRESSION,
            format!("expected {expected}, found {got}"),
            suggestion.as_deref().unwrap_or(
                "write an entity such as `User::\"alice\"`, or move it into a `when` clause",
            ),
        ),
        Kind::InvalidSlot(slot) => {
            let finding = at.say(
                &codes::INVALID_SLOT,
                format!("`{slot}` is no template slot"),
                "use `?principal` or `?resource`",
            );
            match mistyped(slot, &["?principal", "?resource"]) {
                Some(slot) => finding.fix(at.instead(slot)),
                None => finding,
            }
        }
        _ => return None,
    })
}

/// Cedar points between two tokens; the bracket that closes the scope can be seen.
fn missing(var: &str, at: &At<'_>) -> Finding {
    let close = at.excerpt.closing_paren(at.span.start);
    let finding = at.narrow(close).say(
        &codes::MISSING_SCOPE_VARIABLE,
        format!("the scope lacks `{var}`"),
        "write `principal`, `action` and `resource`, in this order",
    );
    let Some(close) = close else {
        return finding;
    };
    let before = at
        .excerpt
        .previous(close.start)
        .map_or("", |s| at.excerpt.at(s));
    let insert = if matches!(before, "(" | ",") {
        var.to_owned()
    } else {
        format!(", {var}")
    };
    finding.fix(Fix::suggestion(
        format!("add `{var}`"),
        vec![TextEdit::insert(close.start, insert)],
    ))
}

fn is_with_equals(at: &At<'_>) -> Finding {
    let is = at.excerpt.word(at.span, "is");
    let equals = at.excerpt.operator(at.span, "==");
    let finding = at.narrow(is).say(
        &codes::IS_WITH_EQUALS,
        "`is` and `==` cannot be used together",
        "keep `==` alone, or write `is` together with `in`",
    );
    match (is, equals) {
        (Some(is), Some(equals)) => finding.fix(Fix::suggestion(
            "keep `==` alone",
            vec![TextEdit::delete(Span::new(is.start, equals.start))],
        )),
        _ => finding,
    }
}

/// `v in E is T` becomes `v is T in E`.
fn inverted_is_in(at: &At<'_>) -> Finding {
    let group = at.excerpt.word(at.span, "in");
    let is = at.excerpt.word(at.span, "is");
    let finding = at.narrow(group.zip(is).map(|(a, b)| a.cover(b))).say(
        &codes::INVERTED_IS_IN,
        "`is` must come before `in`",
        "write the type first, as in `principal is User in Group::\"staff\"`",
    );
    let (Some(group), Some(is)) = (group, is) else {
        return finding;
    };
    let entity = at.excerpt.at(Span::new(group.end, is.start)).trim();
    let ty = at.excerpt.at(Span::new(is.end, at.span.end)).trim();
    finding.fix(Fix::safe(
        "put `is` first",
        vec![TextEdit::replace(
            Span::new(group.start, at.span.end),
            format!("is {ty} in {entity}"),
        )],
    ))
}

/// `v: T` becomes `v is T`.
fn type_constraint(at: &At<'_>) -> Finding {
    let finding = at.say(
        &codes::TYPE_CONSTRAINT,
        "a type cannot be given with `:`",
        "write `is` instead of `:`",
    );
    let colon = at.excerpt.previous(at.span.start);
    match colon {
        Some(colon) if at.excerpt.at(colon) == ":" => finding.fix(Fix::safe(
            "replace `:` with `is`",
            vec![TextEdit::replace(
                Span::new(colon.start, at.span.start),
                " is ",
            )],
        )),
        _ => finding,
    }
}
