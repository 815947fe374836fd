//! Statements by their text: each text is parsed once, however often and wherever it stands.

use std::collections::HashMap;
use std::sync::Arc;

use super::statement::Statement;

/// The number of a statement in the store.
pub(super) type Key = u32;

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
    /// The statement with this text, made by `make` where there is none yet; counts one more use of it.
    pub(super) fn acquire(&mut self, text: &str, make: impl FnOnce(Arc<str>) -> Statement) -> Key {
        if let Some(key) = self.by_text.get(text).copied() {
            if let Some(slot) = self.slot_mut(key) {
                slot.uses += 1;
                if slot.uses == 1 {
                    self.unused -= 1;
                    self.fresh.push(key);
                }
            }
            return key;
        }
        let text: Arc<str> = text.into();
        let slot = Some(Slot {
            statement: make(Arc::clone(&text)),
            uses: 1,
        });
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
        self.fresh.push(key);
        key
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
