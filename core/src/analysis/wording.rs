//! Where words stand in a statement, also in one that Cedar does not accept.

use crate::source::Span;

/// What a comment or a string literal is for, as far as the text in front of it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role<'a> {
    /// The value of the annotation with this key.
    Annotation(&'a str),
    /// The id of an entity.
    Id,
    /// What the attribute or field with this name is compared with or has as its value.
    ValueOf(&'a str),
    /// Anything else; a comment too.
    Other,
}

/// The role of the string literal at `span`.
pub(crate) fn role(text: &str, span: Span) -> Role<'_> {
    let before = text
        .get(..span.start as usize)
        .unwrap_or_default()
        .trim_end();
    if !span.text(text).starts_with('"') {
        return Role::Other;
    }
    if let Some(rest) = before.strip_suffix('(') {
        let (rest, name) = last_name(rest);
        return match name {
            Some(name) if rest.ends_with('@') => Role::Annotation(name),
            _ => Role::Other,
        };
    }
    if before.ends_with("::") {
        return Role::Id;
    }
    let operand = ["==", "!=", ":", "="]
        .iter()
        .find_map(|operator| before.strip_suffix(operator));
    match operand.and_then(|rest| last_name(rest).1) {
        Some(name) => Role::ValueOf(name),
        None => Role::Other,
    }
}

/// The name at the end of a text, without quotes or brackets around it, and what stands before it.
fn last_name(text: &str) -> (&str, Option<&str>) {
    let text = text.trim_end().trim_end_matches([']', '"']);
    let name_start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || *c == '_')
        .last()
        .map(|(at, _)| at);
    match name_start {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at..)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Role<'_>) {
        let start = text.find("\"x\"").map_or(0, |at| at as u32);
        assert_eq!(role(text, Span::new(start, start + 3)), expected, "{text}");
    }

    #[test]
    fn roles() {
        check(r#"@owner ( "x")"#, Role::Annotation("owner"));
        check(r#"User:: "x""#, Role::Id);
        check(r#"context.token == "x""#, Role::ValueOf("token"));
        check(r#"context["token"] != "x""#, Role::ValueOf("token"));
        check(r#"{token: "x"}"#, Role::ValueOf("token"));
        check(r#"ip("x")"#, Role::Other);
        check(r#"["x"]"#, Role::Other);
        check(r#"// == x"#, Role::Other);
    }
}
