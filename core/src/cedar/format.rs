//! Cedar's formatter, for one statement.

use cedar_policy_formatter::{Config, policies_str_to_pretty};

use crate::source::{TokenKind, tokens};

/// Most lines that the formatter's own defaults make of a statement are this long.
const WIDTH: usize = 80;
const INDENT: isize = 2;

/// A statement as Cedar's formatter lays it out, without a line break at its end. `text` is from the first
/// annotation or the effect to the semicolon.
///
/// `None` where it does not parse, where a comment would be lost, or where formatting twice would not
/// give the same as formatting once: then the text is better left alone.
pub fn format(text: &str) -> Option<String> {
    let once = pretty(text)?;
    if once == text {
        return Some(once);
    }
    let stable = pretty(&once)? == once;
    (stable && comments(&once) == comments(text)).then_some(once)
}

fn pretty(text: &str) -> Option<String> {
    let config = Config {
        line_width: WIDTH,
        indent_width: INDENT,
    };
    let out = policies_str_to_pretty(text, &config).ok()?;
    Some(out.trim_end().to_owned())
}

fn comments(text: &str) -> Vec<&str> {
    tokens(text)
        .filter(|token| token.kind == TokenKind::Comment)
        .map(|token| token.span.text(text).trim_end())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn comments_stay_and_a_second_time_changes_nothing() {
        let text = "@id(\"a\")permit( // who\nprincipal,action, /* no comment */resource);";
        assert_eq!(format(text), None, "Cedar has no such comments");
        let text = "@id(\"a\")permit( // who\nprincipal,action,resource)when{ // why\ntrue};";
        let formatted = format(text);
        let again = formatted.as_deref().and_then(format);
        assert_eq!(formatted, again);
        let formatted = formatted.unwrap_or_default();
        assert!(
            formatted.contains("// who") && formatted.contains("// why"),
            "{formatted}"
        );
    }
}
