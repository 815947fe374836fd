//! How deep and how long a statement is, before anything recurses into it.

use super::lexer::{TokenKind, tokens};
use super::{Limit, Limits, Span};

/// An `if` counts as this many brackets, so that at most fifteen nest. Where types alone decide the test of
/// an `if`, as `principal is User` often is, Cedar's type-checker puts the same branch in both places, and
/// its level validation walks both: twice the time for every level, 32,768 walks of the innermost at fifteen.
/// Type-checking alone takes no more time for `if` than for brackets.
const IF: u32 = 4;

/// The first limit that a statement exceeds, and the token at which it does.
///
/// Chain length is the depth that Cedar's tree will have: operators of one level make a left-deep
/// chain, so a level counts its `&&` and `||`, plus the operators in the heaviest of their operands, plus the
/// deepest bracket in that.
pub fn exceeded(text: &str, limits: &Limits) -> Option<(Limit, Span)> {
    let max_depth = limits.get(Limit::NestingDepth);
    let max_chain = limits.get(Limit::ChainLength);
    let max_size = limits.get(Limit::ExpressionSize);
    let mut levels = vec![Level::default()];
    let mut size = 0;
    let mut depth = 0;
    let mut clauses = 0;
    let mut previous: Option<(TokenKind, u32)> = None;
    for token in tokens(text) {
        let kind = token.kind;
        if matches!(kind, TokenKind::Blank | TokenKind::Comment) {
            continue;
        }
        size += 1;
        if size > max_size {
            return Some((Limit::ExpressionSize, token.span));
        }
        let second_half =
            previous == Some((kind, token.span.start)) && matches!(kind, TokenKind::Punct(_));
        let at_root = levels.len() == 1;
        let level = levels.last_mut()?;
        match kind {
            TokenKind::Punct(open @ (b'(' | b'[' | b'{')) => {
                // `x[…]`, `f(…)` and a further `when {…}` deepen the tree at their own level.
                if at_root && open == b'{' {
                    level.operators += u32::from(clauses > 0);
                    clauses += 1;
                } else if is_postfix(previous, open) {
                    level.operators += 1;
                }
                levels.push(Level::default());
                depth += 1;
            }
            TokenKind::Punct(b')' | b']' | b'}') if !at_root => {
                let closed = levels.pop().unwrap_or_default();
                depth -= 1 + closed.ifs;
                let weight = closed.weight();
                let level = levels.last_mut()?;
                level.operand = level.operand.max(weight);
            }
            TokenKind::Punct(b',' | b';') => level.end_operand(),
            TokenKind::Punct(b'&' | b'|' | b'=' | b':') if second_half => {}
            TokenKind::Punct(b'=') if matches!(previous, Some((TokenKind::Punct(b'<' | b'>' | b'!'), end)) if end == token.span.start) =>
                {}
            TokenKind::Punct(b'&' | b'|') => level.end_comparison(),
            TokenKind::Punct(
                b'+' | b'-' | b'*' | b'/' | b'%' | b'!' | b'.' | b'<' | b'>' | b'=',
            ) => {
                level.operators += 1;
            }
            TokenKind::Ident => match token.span.text(text) {
                "in" | "has" | "like" | "is" => level.operators += 1,
                "if" => {
                    level.ifs += IF;
                    level.operators += 1;
                    depth += IF;
                }
                _ => {}
            },
            _ => {}
        }
        if depth > max_depth {
            return Some((Limit::NestingDepth, token.span));
        }
        if levels.last()?.weight() > max_chain {
            return Some((Limit::ChainLength, token.span));
        }
        previous = Some((kind, token.span.end));
    }
    None
}

/// The bracket at which a schema, or a text in JSON, nests deeper than the limit.
pub fn nesting_exceeded(text: &str, limits: &Limits) -> Option<Span> {
    let most = limits.get(Limit::NestingDepth);
    let mut depth = 0_u32;
    for token in tokens(text) {
        match token.kind {
            TokenKind::Punct(b'(' | b'[' | b'{' | b'<') => depth += 1,
            TokenKind::Punct(b')' | b']' | b'}' | b'>') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return Some(token.span);
        }
    }
    None
}

fn is_postfix(previous: Option<(TokenKind, u32)>, open: u8) -> bool {
    open == b'['
        && matches!(
            previous,
            Some((TokenKind::Ident | TokenKind::Punct(b')' | b']' | b'}'), _))
        )
}

/// What is known of one open bracket.
#[derive(Default)]
struct Level {
    /// `&&` and `||` since the last comma.
    logical: u32,
    /// Weight of the heaviest operand of those.
    comparison: u32,
    /// Other operators since the last of those or the last comma.
    operators: u32,
    /// Weight of the deepest bracket in the same stretch.
    operand: u32,
    /// Weight of the deepest part before the last comma.
    done: u32,
    /// `if`s, which nest until the bracket closes.
    ifs: u32,
}

impl Level {
    fn weight(&self) -> u32 {
        let current = self.operators.saturating_add(self.operand);
        self.done
            .max(self.logical.saturating_add(self.comparison.max(current)))
    }

    fn end_comparison(&mut self) {
        self.comparison = self
            .comparison
            .max(self.operators.saturating_add(self.operand));
        self.operators = 0;
        self.operand = 0;
        self.logical += 1;
    }

    fn end_operand(&mut self) {
        *self = Self {
            done: self.weight(),
            ifs: self.ifs,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str) -> Option<(Limit, String)> {
        let text = format!("permit (principal, action, resource) when {{ {condition} }};");
        exceeded(&text, &Limits::default()).map(|(limit, at)| (limit, at.text(&text).to_owned()))
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |n: usize| format!("{}true{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(of(&nested(63)), None);
        assert_eq!(of(&nested(64)), Some((Limit::NestingDepth, "(".to_owned())));
        let elses = "if true then true else ".repeat(16) + "true";
        assert_eq!(of(&elses), Some((Limit::NestingDepth, "if".to_owned())));
    }

    #[test]
    fn chains_are_bounded_along_every_path() {
        let chain = |n: usize| vec!["true"; n].join(" && ");
        assert_eq!(of(&chain(129)), None);
        assert_eq!(of(&chain(130)), Some((Limit::ChainLength, "&".to_owned())));
        let comparisons = |n: usize| vec!["context.a.b == 1"; n].join(" && ");
        assert_eq!(of(&comparisons(125)), None);
        assert_eq!(of(&comparisons(130)).map(|e| e.0), Some(Limit::ChainLength));
        let sum = |n: usize| format!("{} == 1", vec!["1"; n].join(" + "));
        assert_eq!(of(&sum(128)), None);
        assert_eq!(of(&sum(130)), Some((Limit::ChainLength, "+".to_owned())));
        let half = chain(66);
        assert_eq!(
            of(&format!("({half}) && {half}")).map(|e| e.0),
            Some(Limit::ChainLength)
        );
        assert_eq!(
            of(&format!("[{half}, {half}, {half}].contains(true)")),
            None
        );
        let clauses = format!(
            "permit (principal, action, resource) {};",
            "when { true } ".repeat(300)
        );
        assert_eq!(
            exceeded(&clauses, &Limits::default()).map(|e| e.0),
            Some(Limit::ChainLength)
        );
    }

    #[test]
    fn unbalanced_brackets_are_counted() {
        assert_eq!(
            of(&"(".repeat(100_000)).map(|e| e.0),
            Some(Limit::NestingDepth)
        );
        assert_eq!(of(&")".repeat(1000)), None);
    }
}
