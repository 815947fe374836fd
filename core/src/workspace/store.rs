//! Statements by their text: each text is parsed once, however often and wherever it stands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::statement::Statement;

/// The number of a statement in the store.
pub(super) type Key = u32;

/// Makes statements, one for each text.
pub(super) type Read<'a> = dyn FnMut(&[Arc<str>]) -> Vec<Statement> + 'a;

/// All statements of a bundle, and for a while those that were in it before.
#[derive(Debug, Default)]
pub(super) struct Store {
    slots: Vec<Option<Slot>>,
    free: Vec<Key>,
    by_text: HashMap<Arc<str>, Key>,
    unused: usize,
    /// The statements that came into use since they were last taken, some perhaps out of use again.
    fresh: Vec<Key>,
}

#[derive(Debug)]
struct Slot {
    statement: Statement,
    uses: u32,
}

impl Store {
    /// The statements with these texts, in their order; counts one more use of each. Those that are not there
    /// yet are made by `read`, all at once.
    pub(super) fn acquire<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a str> + Clone,
        read: &mut Read<'_>,
    ) -> Vec<Key> {
        let mut missing: Vec<Arc<str>> = Vec::new();
        let mut seen = HashSet::new();
        for text in texts.clone() {
            if !self.by_text.contains_key(text) && seen.insert(text) {
                missing.push(text.into());
            }
        }
        for statement in read(&missing) {
            self.insert(statement);
        }
        texts.filter_map(|text| self.using(text)).collect()
    }

    fn insert(&mut self, statement: Statement) {
        let text = Arc::clone(&statement.text);
        let slot = Some(Slot { statement, uses: 0 });
        let key = match self.free.pop() {
            Some(key) => key,
            None => {
                self.slots.push(None);
                (self.slots.len() - 1) as Key
            }
        };
        if let Some(place) = self.slots.get_mut(key as usize) {
            *place = slot;
        }
        self.by_text.insert(text, key);
        self.unused += 1;
    }

    fn using(&mut self, text: &str) -> Option<Key> {
        let key = *self.by_text.get(text)?;
        let slot = self.slot_mut(key)?;
        slot.uses += 1;
        if slot.uses == 1 {
            self.unused -= 1;
            self.fresh.push(key);
        }
        Some(key)
    }

    /// Counts one use less. The statement is kept, so that undoing an edit costs nothing.
    pub(super) fn release(&mut self, key: Key) {
        if let Some(slot) = self.slot_mut(key) {
            slot.uses -= 1;
            if slot.uses == 0 {
                self.unused += 1;
            }
        }
    }

    /// Forgets unused statements once they outnumber the used ones.
    pub(super) fn shrink(&mut self) {
        const ALWAYS_KEPT: usize = 1024;
        let used = self.by_text.len() - self.unused;
        if self.unused <= used.max(ALWAYS_KEPT) {
            return;
        }
        for (key, place) in self.slots.iter_mut().enumerate() {
            if place.as_ref().is_some_and(|slot| slot.uses == 0) {
                if let Some(slot) = place.take() {
                    self.by_text.remove(slot.statement.text.as_ref());
                }
                self.free.push(key as Key);
            }
        }
        self.unused = 0;
    }

    /// The statements that came into use since the last call. A statement that is in use and not among
    /// them was in use then already.
    pub(super) fn take_fresh(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.fresh)
    }

    /// The statement with this number.
    pub(super) fn get(&self, key: Key) -> Option<&Statement> {
        Some(&self.slots.get(key as usize)?.as_ref()?.statement)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Statement> {
        Some(&mut self.slot_mut(key)?.statement)
    }

    fn slot_mut(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key as usize)?.as_mut()
    }
}
