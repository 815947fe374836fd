//! The statements of a policy file.
//!
//! A statement ends at its semicolon. Where the semicolon is missing it ends before the next `@`, or
//! before the next `permit (` or `forbid (`: no valid statement has either of these behind its own
//! effect (an attribute called `permit` follows a dot and is never called). So a valid file is split
//! exactly where Cedar's grammar splits it, and a broken statement takes no other with it.
//!
//! A comment behind the semicolon, on the same line, belongs to the statement; other comments belong to
//! the statement that they precede.
//!
//! A string that is never closed would swallow the rest of the file. Then the string is taken to end
//! with its line; where strings legally span lines nothing is cut as long as every quote has its partner.

use super::Span;
use super::lexer::{Token, TokenKind, token_at};

/// The statements of a text, in order: their spans cover it without a gap, each from the end of the one
/// before it, so that comments and blanks belong to the statement that they precede. The last may
/// consist of comments and blanks alone.
pub fn split(text: &str) -> Split {
    let mut pieces = Vec::new();
    let mut closed_at_line_end = ClosedStrings::default();
    loop {
        pieces.clear();
        let mut at = 0;
        let mut unterminated = None;
        while (at as usize) < text.len() {
            let piece = next_statement(text, at, &closed_at_line_end);
            unterminated = unterminated.or(piece.open_string);
            pieces.push(Span::new(at, piece.end));
            at = piece.end;
        }
        match unterminated {
            Some(_) if closed_at_line_end.close_next(text) => {}
            _ => {
                return Split {
                    statements: pieces,
                    closed_strings: unterminated.is_none() && closed_at_line_end.0.is_empty(),
                };
            }
        }
    }
}

/// The statements of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Their spans.
    pub statements: Vec<Span>,
    /// Whether every string is closed, so that each statement could be found from its own start alone.
    pub closed_strings: bool,
}

impl Split {
    /// The texts of the statements of `text`, which was split.
    pub fn texts<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        self.statements.iter().map(move |span| span.text(text))
    }
}

/// Where a statement that starts at some offset ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Just past its last byte.
    pub end: u32,
    /// The start of a string in it that is never closed.
    pub open_string: Option<u32>,
    /// How its end was found.
    pub ended: Ended,
}

/// How the end of a statement was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It ends there whatever text follows: a line break follows its semicolon, or another statement.
    Definitely,
    /// The text ends behind its semicolon; a comment on the same line would still belong to it.
    AtSemicolon,
    /// The text ends.
    AtEnd,
}

/// The strings that were found to be unclosed and end with their line, by the offset of their quote.
#[derive(Debug, Default)]
pub struct ClosedStrings(Vec<u32>);

/// How many unclosed strings of one file are repaired; each costs another pass over the file.
const MAX_REPAIRS: usize = 16;

impl ClosedStrings {
    /// Finds the first string that spans lines and whose next line looks like the start of a statement
    /// or a comment, or failing that the one that is never closed, and ends it with its line. False
    /// where there is nothing left to repair.
    fn close_next(&mut self, text: &str) -> bool {
        if self.0.len() >= MAX_REPAIRS {
            return false;
        }
        let mut at = 0;
        let mut never_closed = None;
        while let Some(token) = self.token(text, at) {
            at = token.span.end;
            let suspicious = match token.kind {
                TokenKind::String => spans_statements(token.span.text(text)),
                TokenKind::UnterminatedString => {
                    if self.0.contains(&token.span.start) {
                        continue;
                    }
                    never_closed = Some(token.span.start);
                    spans_statements(token.span.text(text))
                }
                _ => false,
            };
            if suspicious {
                self.0.push(token.span.start);
                return true;
            }
        }
        match never_closed {
            Some(start) => {
                self.0.push(start);
                true
            }
            None => false,
        }
    }

    fn token(&self, text: &str, at: u32) -> Option<Token> {
        let token = token_at(text, at)?;
        if matches!(
            token.kind,
            TokenKind::String | TokenKind::UnterminatedString
        ) && self.0.contains(&token.span.start)
        {
            let line = token
                .span
                .text(text)
                .find(['\n', '\r'])
                .map_or(token.span.end, |n| token.span.start + n as u32);
            return Some(Token {
                kind: TokenKind::UnterminatedString,
                span: Span::new(token.span.start, line),
            });
        }
        Some(token)
    }
}

/// Whether a later line of a string starts like a statement, an annotation or a comment.
fn spans_statements(string: &str) -> bool {
    string.split(['\n', '\r']).skip(1).any(|line| {
        let line = line.trim_start();
        ["permit", "forbid", "@", "//", "when", "unless"]
            .iter()
            .any(|start| line.starts_with(start))
    })
}

#[derive(PartialEq, Eq)]
enum State {
    /// Before the effect: annotations, or nothing yet.
    Head,
    /// Behind the effect, or behind anything that is no annotation.
    Body,
}

/// The statement that starts at byte `start`.
pub fn next_statement(text: &str, start: u32, strings: &ClosedStrings) -> Statement {
    let mut state = State::Head;
    let mut at = start;
    let mut last = TokenKind::Blank;
    let mut last_end = start;
    let mut open_string = None;
    while let Some(token) = strings.token(text, at) {
        at = token.span.end;
        match token.kind {
            TokenKind::Blank | TokenKind::Comment => continue,
            TokenKind::Punct(b';') => {
                let (end, ended) = behind_semicolon(text, token.span.end);
                return Statement {
                    end,
                    open_string,
                    ended,
                };
            }
            TokenKind::Punct(b'@') if state == State::Body => {
                return Statement {
                    end: last_end,
                    open_string,
                    ended: Ended::Definitely,
                };
            }
            TokenKind::Ident => {
                let effect = matches!(token.span.text(text), "permit" | "forbid");
                let starts_statement =
                    effect && last != TokenKind::Punct(b'.') && is_called(text, at, strings);
                if state == State::Body && starts_statement {
                    return Statement {
                        end: last_end,
                        open_string,
                        ended: Ended::Definitely,
                    };
                }
                if last != TokenKind::Punct(b'@') {
                    state = State::Body;
                }
            }
            TokenKind::Punct(b'@' | b'(' | b')') | TokenKind::String => {}
            TokenKind::UnterminatedString => {
                open_string = open_string.or(Some(token.span.start));
                state = State::Body;
            }
            TokenKind::Number | TokenKind::Punct(_) | TokenKind::Unknown => state = State::Body,
        }
        last = token.kind;
        last_end = token.span.end;
    }
    Statement {
        end: text.len() as u32,
        open_string,
        ended: Ended::AtEnd,
    }
}

/// Where a statement ends whose semicolon ends at `at`: a comment on the same line is part of it.
fn behind_semicolon(text: &str, at: u32) -> (u32, Ended) {
    let Some(mut token) = token_at(text, at) else {
        return (at, Ended::AtSemicolon);
    };
    if token.kind == TokenKind::Blank {
        if token.span.text(text).contains(['\n', '\r']) {
            return (at, Ended::Definitely);
        }
        match token_at(text, token.span.end) {
            Some(next) => token = next,
            None => return (at, Ended::AtSemicolon),
        }
    }
    if token.kind != TokenKind::Comment {
        return (at, Ended::Definitely);
    }
    let end = token.span.end;
    if end as usize == text.len() {
        (end, Ended::AtEnd)
    } else {
        (end, Ended::Definitely)
    }
}

/// Whether a text begins with a comment on its first line, which would belong to the statement before.
pub fn begins_with_comment(text: &str) -> bool {
    behind_semicolon(text, 0).0 > 0
}

/// Whether the next token that is neither blank nor comment is `(`.
fn is_called(text: &str, mut at: u32, strings: &ClosedStrings) -> bool {
    while let Some(token) = strings.token(text, at) {
        at = token.span.end;
        match token.kind {
            TokenKind::Blank | TokenKind::Comment => {}
            kind => return kind == TokenKind::Punct(b'('),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let pieces: Vec<&str> = split(text)
            .statements
            .into_iter()
            .map(|s| s.text(text))
            .collect();
        assert_eq!(pieces.concat(), text, "the pieces cover the text");
        let pieces: Vec<&str> = pieces.into_iter().map(str::trim).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn semicolons_in_strings_and_comments_do_not_end_statements() {
        check(
            "permit (principal == U::\"a;b\", action, resource); // one; two\nforbid (principal, action, resource);\n// end;",
            &[
                "permit (principal == U::\"a;b\", action, resource); // one; two",
                "forbid (principal, action, resource);",
                "// end;",
            ],
        );
    }

    #[test]
    fn a_missing_semicolon_ends_before_the_next_statement() {
        check(
            "permit (principal, action, resource)\n@id(\"b\")\nforbid (principal, action, resource)\npermit (principal, action, resource);",
            &[
                "permit (principal, action, resource)",
                "@id(\"b\")\nforbid (principal, action, resource)",
                "permit (principal, action, resource);",
            ],
        );
    }

    #[test]
    fn an_open_bracket_does_not_swallow_the_next_statement() {
        check(
            "permit (principal, action, resource) when { (1 ==\npermit (principal, action, resource);",
            &[
                "permit (principal, action, resource) when { (1 ==",
                "permit (principal, action, resource);",
            ],
        );
    }

    #[test]
    fn garbage_before_a_statement_is_a_statement_of_its_own() {
        check(
            "prmit (principal, action, resource)\npermit (principal, action, resource);",
            &[
                "prmit (principal, action, resource)",
                "permit (principal, action, resource);",
            ],
        );
    }

    #[test]
    fn attributes_called_permit_are_no_statements() {
        check(
            "permit (principal, action, resource) when { principal.permit && {permit: 1} has permit };",
            &[
                "permit (principal, action, resource) when { principal.permit && {permit: 1} has permit };",
            ],
        );
    }

    #[test]
    fn an_unclosed_string_ends_with_its_line() {
        check(
            "permit (principal == U::\"a, action, resource);\npermit (principal == U::\"b\", action, resource);\n",
            &[
                "permit (principal == U::\"a, action, resource);",
                "permit (principal == U::\"b\", action, resource);",
                "",
            ],
        );
    }

    #[test]
    fn a_string_may_span_lines() {
        check(
            "@note(\"a\npermit b\")\npermit (principal, action, resource);",
            &["@note(\"a\npermit b\")\npermit (principal, action, resource);"],
        );
    }
}
