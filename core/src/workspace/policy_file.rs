//! A policy file as the list of its statements. An edit touches the statements around it and no other.

use super::statement::Statement;
use super::store::{Key, Store};
use super::{EditRange, file::Offsets};
use crate::source::{
    ClosedStrings, Ended, Position, Split, begins_with_comment, next_statement, split,
};

/// The statements of one file, in order; their texts are the file's text.
#[derive(Debug, Default)]
pub(super) struct PolicyFile {
    pub(super) pieces: Vec<Key>,
    /// Whether each statement can be found from its own start alone; see [`crate::source::Split`].
    closed_strings: bool,
}

impl PolicyFile {
    /// Replaces the whole text, which splits as `split` says.
    pub(super) fn set(
        &mut self,
        text: &str,
        split: &Split,
        store: &mut Store,
        make: &mut dyn FnMut(std::sync::Arc<str>) -> Statement,
    ) {
        let pieces = split
            .statements
            .iter()
            .map(|span| store.acquire(span.text(text), &mut *make))
            .collect();
        for key in std::mem::replace(&mut self.pieces, pieces) {
            store.release(key);
        }
        self.closed_strings = split.closed_strings;
    }

    pub(super) fn release(&mut self, store: &mut Store) {
        for key in self.pieces.drain(..) {
            store.release(key);
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
        self.pieces.iter().filter_map(move |key| {
            let statement = store.get(*key)?;
            let at = base;
            base = statement.index.end(&statement.text, base);
            Some((*key, at, statement))
        })
    }

    fn statements<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Statement> {
        self.pieces.iter().filter_map(|key| store.get(*key))
    }

    /// The byte offsets of a range, or the file's length in the range's encoding where it does not fit.
    pub(super) fn offsets(&self, range: EditRange, store: &Store) -> Result<Offsets, u32> {
        let (from, to) = match range {
            EditRange::Bytes(from, to) | EditRange::Utf16(from, to) => (from, to),
        };
        let find = |target: u32| -> Result<u32, u32> {
            let mut bytes = 0;
            let mut units = 0;
            for statement in self.statements(store) {
                let (start, length) = match range {
                    EditRange::Bytes(..) => (bytes, statement.text.len() as u32),
                    EditRange::Utf16(..) => (units, statement.index.utf16_len()),
                };
                if target <= start + length {
                    let local = target - start;
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
                bytes += statement.text.len() as u32;
                units += statement.index.utf16_len();
            }
            if target == 0 { Ok(0) } else { Err(u32::MAX) }
        };
        match (find(from), find(to)) {
            (Ok(from), Ok(to)) if from <= to => Ok(Offsets { from, to }),
            _ => Err(self
                .statements(store)
                .map(|statement| match range {
                    EditRange::Bytes(..) => statement.text.len() as u32,
                    EditRange::Utf16(..) => statement.index.utf16_len(),
                })
                .sum()),
        }
    }

    /// Replaces a range by other text.
    pub(super) fn replace(
        &mut self,
        range: Offsets,
        insert: &str,
        store: &mut Store,
        make: &mut dyn FnMut(std::sync::Arc<str>) -> Statement,
    ) {
        if !self.closed_strings || !self.replace_locally(range, insert, store, make) {
            let mut text = self.text(store);
            text.replace_range(range.from as usize..range.to as usize, insert);
            self.set(&text, &split(&text), store, make);
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
        make: &mut dyn FnMut(std::sync::Arc<str>) -> Statement,
    ) -> bool {
        let mut start = 0;
        let mut first = 0;
        let mut last = self.pieces.len();
        for (i, statement) in self.statements(store).enumerate() {
            let end = start + statement.text.len() as u32;
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
        let text_of = |key: &Key| store.get(*key).map_or("", |s| s.text.as_ref());
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
            .map(|key| text_of(key).len() as u32)
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
        let mut starts = 0;
        let fresh: Vec<Key> = ends
            .into_iter()
            .map(|end| {
                let text = window
                    .get(starts as usize..end as usize)
                    .unwrap_or_default();
                starts = end;
                store.acquire(text, &mut *make)
            })
            .collect();
        let old: Vec<Key> = self.pieces.splice(first..last, fresh).collect();
        for key in old {
            store.release(key);
        }
        true
    }
}
