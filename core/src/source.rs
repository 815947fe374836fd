//! Texts: files by value, spans, positions in three encodings, limits, and the statements of a file.

pub mod json;
mod lexer;
mod limits;
mod line_index;
mod span;
mod split;

pub use lexer::{Token, TokenKind, tokens};
pub use limits::{Limit, Limits};
pub use line_index::{LineIndex, Position};
pub use span::Span;
pub use split::{Piece, split};
