//! Texts: files by value, spans, positions in three encodings, limits, and the statements of a file.

pub mod json;
mod lexer;
mod limits;
mod line_index;
mod measure;
mod span;
mod split;

pub use lexer::{Token, TokenKind, token_at, tokens};
pub use limits::{Limit, Limits};
pub use line_index::{LineIndex, Position};
pub use measure::{exceeded, nesting_exceeded};
pub use span::Span;
pub use split::{
    ClosedStrings, Ended, Split, Statement, begins_with_comment, next_statement, split,
};
