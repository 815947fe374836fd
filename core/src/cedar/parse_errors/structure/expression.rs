//! What an expression says and may not say.

use cedar_policy_core::parser::err::ToASTErrorKind as Kind;
use cedar_policy_core::parser::unescape::UnescapeError;
use miette::Diagnostic;

use super::{At, mistyped};
use crate::codes::cedar_parse as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::source::Span;

const FUNCTIONS: &str = "`ip`, `decimal`, `datetime` and `duration`";
const METHODS: &str = "`contains`, `containsAll`, `containsAny`, `isEmpty`, `hasTag`, `getTag` and those of `ip`, \
    `decimal`, `datetime` and `duration` values";
const FUNCTION_NAMES: [&str; 4] = ["datetime", "decimal", "duration", "ip"];
/// Those of sets and tags, which go first where they are near.
const SET_METHODS: [&str; 6] = [
    "contains",
    "containsAll",
    "containsAny",
    "isEmpty",
    "hasTag",
    "getTag",
];
const EXTENSION_METHODS: [&str; 18] = [
    "durationSince",
    "greaterThan",
    "greaterThanOrEqual",
    "isInRange",
    "isIpv4",
    "isIpv6",
    "isLoopback",
    "isMulticast",
    "lessThan",
    "lessThanOrEqual",
    "offset",
    "toDate",
    "toDays",
    "toHours",
    "toMilliseconds",
    "toMinutes",
    "toSeconds",
    "toTime",
];

pub(super) fn finding(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    operator(kind, at)
        .or_else(|| call(kind, at))
        .or_else(|| name(kind, at))
        .or_else(|| literal(kind, at))
}

fn operator(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    Some(match kind {
        Kind::InvalidSingleEq => {
            let at = at.narrow(at.excerpt.operator(at.span, "="));
            let finding = at.say(
                &codes::SINGLE_EQUALS,
                "`=` is no operator of Cedar's",
                "compare with `==`",
            );
            if at.text() == "=" {
                finding.fix(at.instead("=="))
            } else {
                finding
            }
        }
        Kind::AmbiguousOperators => at.say(
            &codes::AMBIGUOUS_OPERATORS,
            "several comparisons in a row have no order",
            "put parentheses around one of them, or join them with `&&`",
        ),
        Kind::UnsupportedDivision => at.narrow(at.excerpt.operator(at.span, "/")).say(
            &codes::UNSUPPORTED_DIVISION,
            "Cedar does not divide",
            "multiply the other side, or pass the quotient in with the request",
        ),
        Kind::UnsupportedModulo => at.narrow(at.excerpt.operator(at.span, "%")).say(
            &codes::UNSUPPORTED_MODULO,
            "Cedar computes no remainders",
            "pass the remainder in with the request",
        ),
        Kind::UnaryOpLimit(operator) => at.say(
            &codes::UNARY_OPERATOR_LIMIT,
            format!("more than four `{operator}` stand in a row"),
            "remove them in pairs",
        ),
        Kind::InvalidPattern(found) => at.say(
            &codes::INVALID_LIKE_PATTERN,
            format!("`{found}` is no pattern"),
            "write a string after `like`, in which `*` stands for any text",
        ),
        Kind::InvalidHasRHS(found) => at.say(
            &codes::INVALID_HAS_OPERAND,
            format!("`{found}` names no attribute"),
            "write an attribute, a path such as `a.b`, or a string after `has`",
        ),
        Kind::InvalidIsType { rhs, .. } => {
            let bare = rhs.strip_prefix('"').and_then(|r| r.strip_suffix('"'));
            let bare = bare.filter(|name| is_type_name(name));
            let finding = at.say(
                &codes::INVALID_IS_TYPE,
                format!("`{rhs}` is no entity type"),
                if bare.is_some() {
                    "write the type without quotes"
                } else {
                    "write an entity type after `is`, or compare with `==`"
                },
            );
            match bare {
                Some(name) if at.text() == rhs => finding.fix(at.instead(name)),
                _ => finding,
            }
        }
        _ => return None,
    })
}

fn call(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    Some(match kind {
        Kind::FunctionCallOnMethod(name) => {
            at.narrow(at.excerpt.called(at.span, name.as_ref())).say(
                &codes::METHOD_CALLED_AS_FUNCTION,
                format!("`{name}` is a method, not a function"),
                &format!("call it on a value, as in `value.{name}(…)`"),
            )
        }
        Kind::MethodCallOnFunction(name) => {
            at.narrow(at.excerpt.called(at.span, name.as_ref())).say(
                &codes::FUNCTION_CALLED_AS_METHOD,
                format!("`{name}` is a function, not a method"),
                &format!("call it as `{name}(…)`"),
            )
        }
        Kind::UnknownFunction { id, .. } => {
            let id = id.to_string();
            let at = at.narrow(function_name(at, &id));
            unknown(
                &at,
                &codes::UNKNOWN_FUNCTION,
                &id,
                ("function", FUNCTIONS),
                like(&id, &FUNCTION_NAMES),
            )
        }
        Kind::UnknownMethod { id, .. } => {
            let id = id.to_string();
            let at = at.narrow(at.excerpt.called(at.span, &id));
            let of_set = mistyped(&id, &SET_METHODS);
            let suggested = of_set.or_else(|| like(&id, &EXTENSION_METHODS));
            unknown(
                &at,
                &codes::UNKNOWN_METHOD,
                &id,
                ("method", METHODS),
                suggested,
            )
        }
        Kind::WrongArity {
            name,
            expected,
            got,
        } => {
            let called = at.excerpt.called(at.span, name);
            let call = called.map(|called| at.excerpt.through_brackets(called, at.span));
            let s = if *expected == 1 { "" } else { "s" };
            at.narrow(call).say(
                &codes::WRONG_ARITY,
                format!("`{name}` takes {expected} argument{s} and gets {got}"),
                &format!("call it with {expected} argument{s}"),
            )
        }
        Kind::VariableCall(var) => at.say(
            &codes::VARIABLE_CALLED,
            format!("the variable `{var}` is called like a function"),
            "remove the parentheses, or call a method of it",
        ),
        Kind::NoMethods(name, method) => at.narrow(at.excerpt.first(at.span)).say(
            &codes::NO_METHODS,
            format!("`{name}` is no value, so `{method}` cannot be called on it"),
            "call it on `principal`, `action`, `resource`, `context` or an entity",
        ),
        Kind::ExpressionCall => at.say(
            &codes::EXPRESSION_CALLED,
            "the result of an expression is called like a function",
            "call a function by its name, or a method with `.`",
        ),
        _ => return None,
    })
}

fn name(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    Some(match kind {
        Kind::ReservedIdentifier(word) => {
            let finding = at.say(
                &codes::RESERVED_IDENTIFIER,
                format!("`{word}` is a keyword and cannot be a name"),
                "choose another name, or write an attribute as `[\"…\"]`",
            );
            match attribute_dot(at) {
                Some(dot) => finding.fix(Fix::safe(
                    format!("write `[\"{word}\"]`"),
                    vec![TextEdit::replace(
                        dot.cover(at.span),
                        format!("[\"{word}\"]"),
                    )],
                )),
                None => finding,
            }
        }
        Kind::InvalidIdentifier(word) => at.say(
            &codes::INVALID_IDENTIFIER,
            format!("`{word}` is no name"),
            "use letters, digits and `_`, and no digit first",
        ),
        Kind::ArbitraryVariable(word) => {
            let finding = at.say(
                &codes::UNKNOWN_VARIABLE,
                format!("`{word}` is no variable"),
                "use `principal`, `action`, `resource` or `context`, or put it in quotes to make a string",
            );
            match mistyped(word, &["principal", "action", "resource", "context"]) {
                Some(var) => finding.fix(at.instead(var)),
                None => finding.fix(Fix {
                    safe: false,
                    ..at.instead(&format!("\"{word}\""))
                }),
            }
        }
        Kind::InvalidAttribute(found) => at.say(
            &codes::INVALID_ATTRIBUTE_NAME,
            format!("`{found}` cannot name an attribute"),
            "write a name or a string",
        ),
        Kind::PathAsAttribute(path) => at.say(
            &codes::NAMESPACED_ATTRIBUTE,
            format!("`{path}` has a namespace and cannot name an attribute"),
            "remove the namespace",
        ),
        Kind::InvalidAccess { lhs, field } => at.narrow(at.excerpt.first(at.span)).say(
            &codes::INVALID_ACCESS,
            format!("`{lhs}` is no value, so `{field}` cannot be read from it"),
            "read it from `principal`, `action`, `resource`, `context` or an entity",
        ),
        Kind::InvalidIndex { lhs, field } => at.narrow(at.excerpt.first(at.span)).say(
            &codes::INVALID_INDEX,
            format!(
                "`{lhs}` is no value, so `{}` cannot be read from it",
                field.escape_debug()
            ),
            "read it from `principal`, `action`, `resource`, `context` or an entity",
        ),
        Kind::ReservedNamespace(error) => at.say(
            &codes::RESERVED_NAMESPACE,
            format!("`{}` contains `__cedar`, which is reserved", error.name()),
            "choose another name",
        ),
        _ => return None,
    })
}

fn literal(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    Some(match kind {
        Kind::InvalidString(found) => at.say(
            &codes::INVALID_STRING,
            format!("`{found}` is no string"),
            "write a name in double quotes",
        ),
        Kind::NonStringIndex => at.say(
            &codes::NON_STRING_INDEX,
            "only a string can stand in brackets",
            "put the attribute's name in double quotes",
        ),
        Kind::IntegerLiteralTooLarge(number) => at.say(
            &codes::INTEGER_TOO_LARGE,
            format!("`{number}` does not fit a `Long`"),
            &format!("use a number from `{}` to `{}`", i64::MIN, i64::MAX),
        ),
        Kind::InvalidEntityLiteral(found) => at.say(
            &codes::INVALID_ENTITY_LITERAL,
            format!("`{found}` is no entity"),
            "write an entity as `User::\"alice\"`",
        ),
        Kind::Unescape(error) => escape(error, at),
        _ => return None,
    })
}

/// Cedar knows the place in the string; the string's place in the text is looked up.
fn escape(error: &UnescapeError, at: &At<'_>) -> Finding {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = at
        .excerpt
        .string(at.span)
        .zip(label)
        .map(|(string, label)| {
            let start = string.start as usize + 1 + label.offset();
            at.excerpt.span(start, start + label.len())
        });
    let at = at.narrow(place.filter(|place| !place.is_empty()));
    at.say(
        &codes::INVALID_ESCAPE,
        format!("`{}` is no escape that Cedar knows", at.text()),
        "use `\\n`, `\\t`, `\\\"`, `\\\\` or `\\u{…}`, or double the backslash",
    )
}

/// A function may have a namespace, so its name can be several tokens: up to the first bracket.
fn function_name(at: &At<'_>, id: &str) -> Option<Span> {
    let (paren, _) = at
        .excerpt
        .within(at.span)
        .find(|(t, _)| at.excerpt.at(t.span) == "(")?;
    let name = Span::new(at.span.start, at.excerpt.previous(paren.span.start)?.end);
    (at.excerpt.at(name) == id).then_some(name)
}

/// The dot before a name, unless the name is in a path after `has`, which takes no brackets.
fn attribute_dot(at: &At<'_>) -> Option<Span> {
    let dot = at.excerpt.previous(at.span.start)?;
    let mut before = dot;
    while at.excerpt.at(before) == "." {
        let name = at.excerpt.previous(before.start)?;
        before = at.excerpt.previous(name.start)?;
    }
    (at.excerpt.at(dot) == "." && at.excerpt.at(before) != "has").then_some(dot)
}

/// The nearest of `names` that differs in three letters at most, of equally near ones the first in the alphabet.
/// Cedar's own suggestion is the one that a hash map happens to yield first.
fn like<'n>(id: &str, names: &[&'n str]) -> Option<&'n str> {
    names
        .iter()
        .map(|name| (strsim::levenshtein(id, name), *name))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, name)| name)
}

fn unknown(
    at: &At<'_>,
    rule: &'static crate::rules::Rule,
    id: &str,
    (what, known): (&str, &str),
    suggested: Option<&str>,
) -> Finding {
    let finding = at.say(
        rule,
        format!("Cedar has no {what} `{id}`"),
        &match suggested {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("use one of {known}"),
        },
    );
    match suggested {
        Some(name) if at.text() == id => {
            let safe = strsim::damerau_levenshtein(id, name) <= 2;
            finding.fix(Fix {
                safe,
                ..at.instead(name)
            })
        }
        _ => finding,
    }
}

fn is_type_name(text: &str) -> bool {
    text.split("::").all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use cedar_policy_core::parser::parse_policy_or_template;

    use super::*;

    /// Cedar says that the number of arguments is wrong, never that it does not know the name.
    #[test]
    fn what_is_suggested_is_known_to_cedar() {
        let calls = FUNCTION_NAMES.map(|name| format!("{name}(context)"));
        let of_set = SET_METHODS.map(|name| format!("context.a.{name}(1)"));
        let methods = EXTENSION_METHODS.map(|name| format!("context.a.{name}(1)"));
        for call in calls.iter().chain(&of_set).chain(&methods) {
            let text = format!("permit (principal, action, resource) when {{ {call} }};");
            if let Err(errors) = parse_policy_or_template(None, &text) {
                let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
                assert!(!all.iter().any(|e| e.contains("not a valid")), "{all:?}");
            }
        }
    }
}
