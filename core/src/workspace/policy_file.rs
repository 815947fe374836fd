//! A policy file as the list of its statements. An edit touches the statements around it and no other.

use super::statement::Statement;
use super::store::{Key, Read, Store};
use super::{EditRange, file::Offsets};
use crate::source::{
    ClosedStrings, Ended, Position, Span, Split, begins_with_comment, next_statement, split,
};

/// The statements of one file, in order; their texts are the file's text.
#[derive(Debug, Default)]
pub(super) struct PolicyFile {
    pub(super) pieces: Vec<Piece>,
    /// Whether each statement can be found from its own start alone; see [`crate::source::Split`].
    closed_strings: bool,
}

/// One statement of a file. What finding one's way in the file takes stands here: statements lie all over
/// the memory, and an edit must not have to touch each of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) key: Key,
    /// Where it ends, when it starts at [`Position::START`].
    end: Position,
    /// Of its text.
    pub(super) digest: [u8; 32],
}

impl Piece {
    fn of(key: Key, store: &Store) -> Self {
        let (end, digest) = store
            .get(key)
            .map_or((Position::START, [0; 32]), |statement| {
                let end = statement.index.end(&statement.text, Position::START);
                (end, statement.digest)
            });
        Self { key, end, digest }
    }

    /// Length in the encoding of a range.
    const fn length(self, range: EditRange) -> u32 {
        match range {
            EditRange::Bytes(..) => self.end.byte,
            EditRange::Utf16(..) => self.end.utf16,
        }
    }
}

impl PolicyFile {
    /// The file of these statements, which are acquired already.
    pub(super) fn new(keys: &[Key], split: &Split, store: &Store) -> Self {
        Self {
            pieces: keys.iter().map(|key| Piece::of(*key, store)).collect(),
            closed_strings: split.closed_strings,
        }
    }

    pub(super) fn release(&mut self, store: &mut Store) {
        for piece in self.pieces.drain(..) {
            store.release(piece.key);
        }
    }

    pub(super) fn text(&self, store: &Store) -> String {
        self.statements(store)
            .map(|statement| statement.text.as_ref())
            .collect()
    }

    /// The statements with the position at which each starts.
    pub(super) fn positioned<'a>(
        &'a self,
        store: &'a Store,
    ) -> impl Iterator<Item = (Key, Position, &'a Statement)> {
        let mut base = Position::START;
        self.pieces.iter().filter_map(move |piece| {
            let at = base;
            base = base.then(piece.end);
            Some((piece.key, at, store.get(piece.key)?))
        })
    }

    fn statements<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Statement> {
        self.pieces.iter().filter_map(|piece| store.get(piece.key))
    }

    /// The byte offsets of a range, or the file's length in the range's encoding where it does not fit.
    pub(super) fn offsets(&self, range: EditRange, store: &Store) -> Result<Offsets, u32> {
        let (from, to) = match range {
            EditRange::Bytes(from, to) | EditRange::Utf16(from, to) => (from, to),
        };
        let find = |target: u32| -> Result<u32, u32> {
            let mut bytes = 0;
            let mut start = 0;
            for piece in &self.pieces {
                let length = piece.length(range);
                if target <= start + length {
                    let local = target - start;
                    let statement = store.get(piece.key).ok_or(u32::MAX)?;
                    let local = match range {
                        EditRange::Bytes(..) => statement
                            .text
                            .is_char_boundary(local as usize)
                            .then_some(local),
                        EditRange::Utf16(..) => {
                            statement.index.byte_of_utf16(&statement.text, local)
                        }
                    };
                    return local.map(|local| bytes + local).ok_or(u32::MAX);
                }
                bytes += piece.end.byte;
                start += length;
            }
            if target == 0 { Ok(0) } else { Err(u32::MAX) }
        };
        match (find(from), find(to)) {
            (Ok(from), Ok(to)) if from <= to => Ok(Offsets { from, to }),
            _ => Err(self.pieces.iter().map(|piece| piece.length(range)).sum()),
        }
    }

    /// Replaces a range by other text.
    pub(super) fn replace(
        &mut self,
        range: Offsets,
        insert: &str,
        store: &mut Store,
        read: &mut Read<'_>,
    ) {
        if !self.closed_strings || !self.replace_locally(range, insert, store, read) {
            let mut text = self.text(store);
            text.replace_range(range.from as usize..range.to as usize, insert);
            let split = split(&text);
            let keys = store.acquire(split.texts(&text), read);
            let new = Self::new(&keys, &split, store);
            std::mem::replace(self, new).release(store);
        }
    }

    /// Splits again from the statement before the edit up to the first statement behind it that still
    /// starts where it did. False, with nothing changed, where a string is left open: then the repair of
    /// unclosed strings needs the whole file.
    fn replace_locally(
        &mut self,
        range: Offsets,
        insert: &str,
        store: &mut Store,
        read: &mut Read<'_>,
    ) -> bool {
        let mut start = 0;
        let mut first = 0;
        let mut last = self.pieces.len();
        for (i, piece) in self.pieces.iter().enumerate() {
            let end = start + piece.end.byte;
            if end < range.from {
                first = i + 1;
            }
            if end >= range.to {
                last = i + 1;
                break;
            }
            start = end;
        }
        // The statement before may have ended only because of what stood here.
        first = first.saturating_sub(1);
        let text_of = |piece: &Piece| store.get(piece.key).map_or("", |s| s.text.as_ref());
        let mut window: String = self
            .pieces
            .get(first..last)
            .unwrap_or_default()
            .iter()
            .map(text_of)
            .collect();
        let window_start: u32 = self
            .pieces
            .get(..first)
            .unwrap_or_default()
            .iter()
            .map(|piece| piece.end.byte)
            .sum();
        let from = range.from - window_start;
        window.replace_range(from as usize..(range.to - window_start) as usize, insert);

        let strings = ClosedStrings::default();
        let mut ends = Vec::new();
        let mut at = 0;
        loop {
            if at as usize == window.len() {
                match ends.last() {
                    // Nothing is left to tell where the text behind would be split.
                    None if last < self.pieces.len() => {}
                    _ => break,
                }
            }
            let statement = next_statement(&window, at, &strings);
            if statement.open_string.is_some() {
                return false;
            }
            let next = self.pieces.get(last).map(text_of);
            let unsure = match statement.ended {
                Ended::Definitely => false,
                Ended::AtSemicolon => next.is_some_and(begins_with_comment),
                Ended::AtEnd => next.is_some(),
            };
            if unsure {
                window.push_str(next.unwrap_or_default());
                last += 1;
                continue;
            }
            ends.push(statement.end);
            at = statement.end;
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let texts = starts
            .zip(&ends)
            .map(|(start, end)| Span::new(start, *end).text(&window));
        let keys = store.acquire(texts, read);
        let fresh: Vec<Piece> = keys.iter().map(|key| Piece::of(*key, store)).collect();
        let old: Vec<Piece> = self.pieces.splice(first..last, fresh).collect();
        for piece in old {
            store.release(piece.key);
        }
        true
    }
}
