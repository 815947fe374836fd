//! Errors of the grammar: the text is no sequence of tokens that Cedar allows.

use cedar_policy_core::parser::err::ToCSTError;
use miette::Diagnostic;

use super::cedar_label;
use super::excerpt::Excerpt;
use crate::codes::cedar_parse as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::source::Span;

/// The error keeps its parts private, so its kind is read off its text; a text that is none of those
/// of Cedar 4.14.1 becomes `cedar/syntax`.
pub(super) fn finding(error: &ToCSTError, excerpt: &Excerpt<'_>) -> Finding {
    let said = error.to_string();
    let (start, end, label) = cedar_label(error).unwrap_or((0, 0, None));
    let span = excerpt.span(start, end);
    let expected = label.as_deref().and_then(|l| l.strip_prefix("expected "));
    if said == "unexpected end of input" {
        unexpected_end(expected, excerpt)
    } else if said == "invalid token" {
        invalid_token(start, excerpt)
    } else if said.starts_with("unexpected token `") {
        unexpected_token(span, expected, excerpt)
    } else if said.starts_with("extra token `") {
        Finding::new(
            &codes::EXTRA_TOKEN,
            span,
            format!(
                "`{}` comes after the end of the statement",
                excerpt.at(span)
            ),
            "remove it, or begin a statement of its own with it",
        )
    } else if said.starts_with("integer parse error") {
        Finding::new(
            &codes::NUMBER_TOO_LONG,
            span,
            format!("`{}` does not fit a number of 64 bits", excerpt.at(span)),
            format!("use a number of at most `{}`", i64::MAX),
        )
    } else {
        let help = error.help().map(|help| help.to_string());
        Finding::new(
            &codes::SYNTAX,
            if span.is_empty() {
                excerpt.whole()
            } else {
                span
            },
            said,
            help.unwrap_or_else(|| "write the statement as Cedar's grammar asks".to_owned()),
        )
    }
}

fn unexpected_end(expected: Option<&str>, excerpt: &Excerpt<'_>) -> Finding {
    let end = excerpt.end();
    let semicolon = expected.is_some_and(|e| e.contains("`;`"));
    let help = if semicolon {
        "end the statement with `;`".to_owned()
    } else {
        expected_help(expected, "finish the statement")
    };
    let finding = Finding::new(
        &codes::UNEXPECTED_END,
        end,
        "the text ends in the middle of the statement",
        help,
    );
    if semicolon {
        finding.fix(Fix::safe("add `;`", vec![TextEdit::insert(end.end, ";")]))
    } else {
        finding
    }
}

fn unexpected_token(span: Span, expected: Option<&str>, excerpt: &Excerpt<'_>) -> Finding {
    let token = excerpt.at(span);
    let operator = match token {
        "and" | "AND" => Some("&&"),
        "or" | "OR" => Some("||"),
        _ => None,
    };
    let finding = |help: String| {
        Finding::new(
            &codes::UNEXPECTED_TOKEN,
            span,
            format!("unexpected `{token}`"),
            help,
        )
    };
    match operator {
        Some(operator) => finding(format!("write `{operator}` instead")).fix(Fix::safe(
            format!("replace `{token}` with `{operator}`"),
            vec![TextEdit::replace(span, operator)],
        )),
        None => finding(expected_help(expected, "remove it")),
    }
}

/// "put … here", with the twenty tokens that can begin an expression folded into one word.
fn expected_help(expected: Option<&str>, otherwise: &str) -> String {
    const BEGIN: [&str; 13] = [
        "!",
        "(",
        "-",
        "[",
        "{",
        "?principal",
        "?resource",
        "if",
        "true",
        "false",
        "identifier",
        "number",
        "string literal",
    ];
    let Some(expected) = expected else {
        return otherwise.to_owned();
    };
    let mut items: Vec<String> = expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let words: Vec<&str> = expected.split('`').step_by(2).collect();
    for word in ["identifier", "number", "string literal"] {
        if words.iter().any(|w| w.contains(word)) {
            items.push(word.to_owned());
        }
    }
    let expression = items.iter().any(|i| i == "!") && items.iter().any(|i| i == "number");
    let mut shown: Vec<String> = items
        .iter()
        .filter(|i| !(expression && BEGIN.contains(&i.as_str())))
        .map(|i| match i.as_str() {
            "identifier" => "a name".to_owned(),
            "number" => "a number".to_owned(),
            "string literal" => "a string".to_owned(),
            token => format!("`{token}`"),
        })
        .collect();
    if expression {
        shown.insert(0, "an expression".to_owned());
    }
    match shown.split_last() {
        None => otherwise.to_owned(),
        Some((only, [])) => format!("put {only} here"),
        Some((last, rest)) => format!("put {} or {last} here", rest.join(", ")),
    }
}

fn invalid_token(start: usize, excerpt: &Excerpt<'_>) -> Finding {
    let Some(found) = excerpt.char_at(start) else {
        return unexpected_end(None, excerpt);
    };
    let span = excerpt.span(start, start.saturating_add(found.len_utf8()));
    match found {
        '"' => unterminated_string(span, excerpt),
        '\'' => single_quotes(span, excerpt),
        '&' | '|' => {
            let operator = format!("{found}{found}");
            Finding::new(
                &codes::INVALID_TOKEN,
                span,
                format!("`{found}` is no operator of Cedar's"),
                format!("write `{operator}`"),
            )
            .fix(Fix::safe(
                format!("replace `{found}` with `{operator}`"),
                vec![TextEdit::replace(span, operator)],
            ))
        }
        '\u{201c}' | '\u{201d}' | '\u{201e}' => Finding::new(
            &codes::INVALID_TOKEN,
            span,
            format!("`{found}` is a typographic quote and begins no string"),
            "put strings in straight double quotes",
        ),
        _ => Finding::new(
            &codes::INVALID_TOKEN,
            span,
            format!("`{}` begins no token of Cedar's", found.escape_debug()),
            "remove the character, or put it into a string",
        ),
    }
}

fn unterminated_string(span: Span, excerpt: &Excerpt<'_>) -> Finding {
    const SHOWN: usize = 20;
    let rest = excerpt.text.get(span.start as usize..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default().trim_end();
    let mut opening: String = line.chars().take(SHOWN).collect();
    if opening.len() < line.len() {
        opening.push('…');
    }
    let number = excerpt
        .text
        .get(..span.start as usize)
        .unwrap_or_default()
        .matches('\n')
        .count()
        + 1;
    Finding::new(
        &codes::UNTERMINATED_STRING,
        span,
        format!(
            "the string that opens with `{opening}` in line {number} of the statement is never closed"
        ),
        "close it with `\"`, or write `\\\"` where a quote is part of the text",
    )
}

fn single_quotes(span: Span, excerpt: &Excerpt<'_>) -> Finding {
    let finding = Finding::new(
        &codes::SINGLE_QUOTED_STRING,
        span,
        "strings take double quotes, not single quotes",
        "write the string as `\"…\"`",
    );
    let rest = excerpt.text.get(span.end as usize..).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    match line.split_once('\'') {
        Some((inner, _)) if !inner.contains(['"', '\\']) => {
            let close = span.end as usize + inner.len();
            finding.fix(Fix::safe(
                format!("write `\"{inner}\"`"),
                vec![
                    TextEdit::replace(span, "\""),
                    TextEdit::replace(excerpt.span(close, close + 1), "\""),
                ],
            ))
        }
        _ => finding,
    }
}
