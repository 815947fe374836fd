//! What the name of an attribute says of its meaning, where no schema says it better.

use crate::facts::{Expr, ExprKind};
use crate::names::words;

/// The last name of a path: `host` of `context.http.host`, the key of `resource.getTag("host")`.
pub(crate) fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Attr(_, name) => Some(&name.value),
        ExprKind::Method(_, name, args) if name.value == "getTag" => {
            match args.first().map(|arg| &arg.kind) {
                Some(ExprKind::Literal(crate::facts::Literal::String(tag))) => Some(tag),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether one of a name's words is in `list`.
pub(crate) fn has_word(name: &str, list: &[&str]) -> bool {
    words(name).iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a name is that of the time of the request: `now`, `currentTime`, `request_timestamp`.
pub(crate) fn is_clock(name: &str) -> bool {
    const TIME: &[&str] = &[
        "now",
        "time",
        "timestamp",
        "date",
        "today",
        "datetime",
        "clock",
    ];
    const WHOSE: &[&str] = &[
        "current",
        "request",
        "utc",
        "the",
        "at",
        "evaluation",
        "server",
    ];
    let words = words(name);
    words.iter().any(|word| TIME.contains(&word.as_str()))
        && words
            .iter()
            .all(|word| TIME.contains(&word.as_str()) || WHOSE.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::is_clock;

    #[test]
    fn only_the_time_of_the_request_is_a_clock() {
        for name in ["now", "currentTime", "request_timestamp", "utcNow", "today"] {
            assert!(is_clock(name), "{name}");
        }
        for name in [
            "created_time",
            "birthDate",
            "expires",
            "timezone",
            "current",
        ] {
            assert!(!is_clock(name), "{name}");
        }
    }
}
