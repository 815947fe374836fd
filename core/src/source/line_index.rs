//! From byte offsets to what editors count.

/// A place in a text, in every encoding that somebody counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// UTF-8 bytes before it.
    pub byte: u32,
    /// UTF-16 code units before it.
    pub utf16: u32,
    /// Line, from 1. A line ends with LF, CRLF or a lone CR.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
}

impl Position {
    /// The start of a text.
    pub const START: Self = Self {
        byte: 0,
        utf16: 0,
        line: 1,
        column: 1,
    };

    /// Where a piece of text ends that starts here and would end at `end` if it started at [`Self::START`].
    #[must_use]
    pub const fn then(self, end: Self) -> Self {
        Self {
            byte: self.byte + end.byte,
            utf16: self.utf16 + end.utf16,
            line: self.line + end.line - 1,
            column: if end.line == 1 {
                self.column + end.column - 1
            } else {
                end.column
            },
        }
    }
}

/// The positions of one piece of text, which itself starts at some position of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    /// Byte offset, UTF-16 offset of the start of every line but the first, relative to the piece.
    lines: Vec<(u32, u32)>,
    /// Whether every character is ASCII, so that bytes and UTF-16 units are the same.
    ascii: bool,
    /// Length in bytes and in UTF-16 units.
    len: (u32, u32),
}

impl LineIndex {
    /// Indexes a text.
    pub fn new(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut utf16 = 0_u32;
        let mut characters = text.char_indices().peekable();
        while let Some((byte, c)) = characters.next() {
            utf16 += c.len_utf16() as u32;
            let ends_line = match c {
                '\n' => true,
                '\r' => characters.peek().is_none_or(|(_, next)| *next != '\n'),
                _ => false,
            };
            if ends_line {
                lines.push(((byte + c.len_utf8()) as u32, utf16));
            }
        }
        Self {
            lines,
            ascii: text.is_ascii(),
            len: (text.len() as u32, utf16),
        }
    }

    /// Length in UTF-16 code units.
    pub const fn utf16_len(&self) -> u32 {
        self.len.1
    }

    /// The position of byte `offset` of `text`, the text that was indexed, when that text starts at
    /// `base`. An offset inside a character is moved back to the character's start, one past the end to
    /// the end.
    pub fn position(&self, text: &str, offset: u32, base: Position) -> Position {
        let mut offset = offset.min(self.len.0) as usize;
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self
            .lines
            .partition_point(|(start, _)| *start as usize <= offset);
        let (line_byte, line_utf16) = line
            .checked_sub(1)
            .and_then(|i| self.lines.get(i))
            .copied()
            .unwrap_or((0, 0));
        let in_line = if self.ascii {
            offset as u32 - line_byte
        } else {
            utf16_len(text.get(line_byte as usize..offset).unwrap_or_default())
        };
        let utf16 = line_utf16 + in_line;
        Position {
            byte: base.byte + offset as u32,
            utf16: base.utf16 + utf16,
            line: base.line + line as u32,
            column: if line == 0 {
                base.column + in_line
            } else {
                in_line + 1
            },
        }
    }

    /// The position just past the text.
    pub fn end(&self, text: &str, base: Position) -> Position {
        self.position(text, self.len.0, base)
    }

    /// The byte offset of a UTF-16 offset of `text`. One inside a surrogate pair or past the end gives
    /// `None`.
    pub fn byte_of_utf16(&self, text: &str, utf16: u32) -> Option<u32> {
        if utf16 > self.len.1 {
            return None;
        }
        if self.ascii {
            return Some(utf16);
        }
        let line = self.lines.partition_point(|(_, start)| *start <= utf16);
        let (mut byte, mut count) = line
            .checked_sub(1)
            .and_then(|i| self.lines.get(i))
            .copied()
            .unwrap_or((0, 0));
        for c in text.get(byte as usize..)?.chars() {
            if count >= utf16 {
                break;
            }
            count += c.len_utf16() as u32;
            byte += c.len_utf8() as u32;
        }
        (count == utf16).then_some(byte)
    }
}

fn utf16_len(text: &str) -> u32 {
    text.chars().map(|c| c.len_utf16() as u32).sum()
}
