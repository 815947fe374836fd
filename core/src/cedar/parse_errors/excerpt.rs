//! A statement's text with its tokens: narrows Cedar's places down to what is wrong.

use crate::source::{Span, Token, TokenKind, tokens};

/// A text and its tokens without blanks and comments.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Excerpt<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let tokens = tokens(text)
            .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
            .collect();
        Self { text, tokens }
    }

    /// The text under a span.
    pub(super) fn at(&self, span: Span) -> &'a str {
        span.text(self.text)
    }

    /// A span that lies in the text and on character boundaries, whatever Cedar said.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let start = self.text.floor_char_boundary(start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(end.min(self.text.len()));
        Span::from_usize(start, end)
    }

    /// The end of the last token, where something is missing.
    pub(super) fn end(&self) -> Span {
        Span::at(self.tokens.last().map_or(0, |t| t.span.end))
    }

    /// Everything from the first to the last token.
    pub(super) fn whole(&self) -> Span {
        let start = self.tokens.first().map_or(0, |t| t.span.start);
        Span::new(start, self.end().end)
    }

    /// The character that begins at this byte.
    pub(super) fn char_at(&self, offset: usize) -> Option<char> {
        self.text.get(offset..)?.chars().next()
    }

    /// The tokens within a span, each with the number of brackets around it.
    pub(super) fn within(&self, span: Span) -> impl Iterator<Item = (Token, u32)> + '_ {
        let mut depth = 0_u32;
        self.tokens
            .iter()
            .copied()
            .filter(move |t| span.contains(t.span))
            .map(move |t| match t.kind {
                TokenKind::Punct(b'(' | b'[' | b'{') => {
                    depth = depth.saturating_add(1);
                    (t, depth.saturating_sub(1))
                }
                TokenKind::Punct(b')' | b']' | b'}') => {
                    depth = depth.saturating_sub(1);
                    (t, depth)
                }
                _ => (t, depth),
            })
    }

    /// The first run of punctuation in a span, outside brackets, that is exactly `operator`.
    pub(super) fn operator(&self, span: Span, operator: &str) -> Option<Span> {
        self.operators(span)
            .into_iter()
            .find(|found| self.at(*found) == operator)
    }

    /// The operators in a span outside brackets: adjacent punctuation is one operator.
    pub(super) fn operators(&self, span: Span) -> Vec<Span> {
        let mut found: Vec<Span> = Vec::new();
        for (token, depth) in self.within(span) {
            let TokenKind::Punct(byte) = token.kind else {
                continue;
            };
            if depth > 0 || !b"=!<>+-*/%".contains(&byte) {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.end == token.span.start && byte == b'=' => {
                    last.end = token.span.end;
                }
                _ => found.push(token.span),
            }
        }
        found
    }

    /// The first name `word` in a span outside brackets.
    pub(super) fn word(&self, span: Span, word: &str) -> Option<Span> {
        self.within(span)
            .find(|(t, depth)| *depth == 0 && t.kind == TokenKind::Ident && self.at(t.span) == word)
            .map(|(t, _)| t.span)
    }

    /// The name in a call: `word` before a `(`.
    pub(super) fn called(&self, span: Span, word: &str) -> Option<Span> {
        let inside: Vec<Token> = self.within(span).map(|(t, _)| t).collect();
        inside.windows(2).find_map(|pair| match pair {
            [name, paren]
                if name.kind == TokenKind::Ident
                    && self.at(name.span) == word
                    && paren.kind == TokenKind::Punct(b'(') =>
            {
                Some(name.span)
            }
            _ => None,
        })
    }

    /// From `from` to the bracket that closes the first one opened after it.
    pub(super) fn through_brackets(&self, from: Span, within: Span) -> Span {
        let rest = Span::new(from.end, within.end);
        self.within(rest)
            .find(|(t, depth)| *depth == 0 && matches!(t.kind, TokenKind::Punct(b')' | b']')))
            .map_or(from, |(t, _)| from.cover(t.span))
    }

    /// The first string literal in a span.
    pub(super) fn string(&self, span: Span) -> Option<Span> {
        self.within(span)
            .find(|(t, _)| t.kind == TokenKind::String)
            .map(|(t, _)| t.span)
    }

    /// The first token in a span.
    pub(super) fn first(&self, span: Span) -> Option<Span> {
        self.within(span).next().map(|(t, _)| t.span)
    }

    /// The last token that ends at or before an offset.
    pub(super) fn previous(&self, offset: u32) -> Option<Span> {
        self.tokens
            .iter()
            .rev()
            .map(|t| t.span)
            .find(|s| s.end <= offset)
    }

    /// The first token at or after an offset that closes more than was opened since.
    pub(super) fn closing_paren(&self, offset: u32) -> Option<Span> {
        let mut depth = 0_i64;
        let mut opened = false;
        for token in self.tokens.iter().filter(|t| t.span.start >= offset) {
            match token.kind {
                TokenKind::Punct(b'(') => {
                    depth += 1;
                    opened = true;
                }
                TokenKind::Punct(b')') => {
                    depth -= 1;
                    if depth < 0 || (opened && depth == 0) {
                        return Some(token.span);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The places where a record in a span names `key`, the value of a name or string before a `:`.
    pub(super) fn keys(&self, span: Span, key: &str) -> Vec<Span> {
        let inside: Vec<(Token, u32)> = self.within(span).collect();
        inside
            .windows(2)
            .filter_map(|pair| match pair {
                [(name, 1), (colon, 1)] if colon.kind == TokenKind::Punct(b':') => {
                    let text = self.at(name.span);
                    let bare = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
                    (bare.unwrap_or(text) == key).then_some(name.span)
                }
                _ => None,
            })
            .collect()
    }
}
