//! Names as words, and what an attribute's name says of its meaning where no schema says it better.

use crate::facts::{Expr, ExprKind, Literal};

/// The words of a name in lower case, whether it is written `user_role`, `user-role`, `userRole` or `UserRole`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before: char| {
                !before.is_uppercase() || chars.peek().is_some_and(|next| next.is_lowercase())
            });
        if starts_word || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_alphanumeric()
        {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The last name of a path: `host` of `context.http.host`, the key of `resource.getTag("host")`.
pub(crate) fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Attr(_, name) => Some(&name.value),
        ExprKind::Method(_, name, args) if name.value == "getTag" => {
            match args.first().map(|arg| &arg.kind) {
                Some(ExprKind::Literal(Literal::String(tag))) => Some(tag),
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

/// Whether a name contains one of these, whatever its case: a cheap question before those about its words. The list is in
/// lower case.
pub(crate) fn contains_any(name: &str, list: &[&str]) -> bool {
    let name = name.as_bytes();
    list.iter().any(|part| {
        (name.windows(part.len())).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
    })
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
    use super::{is_clock, words};

    #[test]
    fn every_spelling_gives_the_same_words() {
        for name in [
            "user_role",
            "user-role",
            "userRole",
            "UserRole",
            "USER_ROLE",
            "user  role",
        ] {
            assert_eq!(words(name), ["user", "role"], "{name}");
        }
        assert_eq!(words("HTTPRole2"), ["http", "role2"]);
        assert_eq!(words("_"), [""; 0]);
    }

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
