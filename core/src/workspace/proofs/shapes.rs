//! The policies of a bundle by their shapes, so that those which may be related are found without a look at the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::form::{End, Shape};
use super::memo::Form;

/// Policies by shape.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    numbers: BTreeMap<Shape, u32>,
    entries: BTreeMap<u32, Entry>,
    next: u32,
    /// By what the scope says of the principal.
    by_end: BTreeMap<End, BTreeSet<u32>>,
    /// By what is demanded of the principal.
    asking: BTreeMap<End, BTreeSet<u32>>,
}

/// The policies of one shape.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) shape: Shape,
    pub(super) members: BTreeSet<Form>,
}

impl Shapes {
    pub(super) fn insert(&mut self, shape: Shape, member: Form) -> u32 {
        if let Some(number) = self.numbers.get(&shape) {
            if let Some(entry) = self.entries.get_mut(number) {
                entry.members.insert(member);
            }
            return *number;
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let [principal, _] = &shape.ends;
        self.by_end
            .entry(principal.clone())
            .or_default()
            .insert(number);
        for end in shape.demanded() {
            self.asking.entry(end.clone()).or_default().insert(number);
        }
        self.numbers.insert(shape.clone(), number);
        let members = BTreeSet::from([member]);
        self.entries.insert(number, Entry { shape, members });
        number
    }

    pub(super) fn remove(&mut self, number: u32, member: &Form) {
        let Some(entry) = self.entries.get_mut(&number) else {
            return;
        };
        entry.members.remove(member);
        if !entry.members.is_empty() {
            return;
        }
        let Some(Entry { shape, .. }) = self.entries.remove(&number) else {
            return;
        };
        self.numbers.remove(&shape);
        let [principal, _] = &shape.ends;
        forget(&mut self.by_end, principal, number);
        for end in shape.demanded() {
            forget(&mut self.asking, end, number);
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&Entry> {
        self.entries.get(&number)
    }

    /// The shapes whose principals may be all of this shape's.
    pub(super) fn above(&self, shape: &Shape) -> impl Iterator<Item = &Entry> {
        let ends = shape.admitted_by();
        let found: BTreeSet<u32> = ends
            .iter()
            .filter_map(|end| self.by_end.get(end))
            .flatten()
            .copied()
            .collect();
        found
            .into_iter()
            .filter_map(|number| self.entries.get(&number))
    }

    /// The policies that one of this shape may stand above.
    pub(super) fn below(&self, number: u32) -> Vec<Form> {
        let Some(own) = self.entries.get(&number) else {
            return Vec::new();
        };
        let [principal, _] = &own.shape.ends;
        let asking = |end: &End| self.asking.get(end).into_iter().flatten().copied();
        let below: BTreeSet<u32> = match principal {
            End::Any => self.entries.keys().copied().collect(),
            End::Is(_) => asking(principal).collect(),
            End::In(entity) => asking(principal)
                .chain(asking(&End::Is(entity.clone())))
                .collect(),
            End::Slot => BTreeSet::new(),
        };
        let entries = below.iter().filter_map(|number| self.entries.get(number));
        entries
            .filter(|of| own.shape.may_imply(&of.shape) || own.shape.may_override(&of.shape))
            .flat_map(|of| of.members.iter().copied())
            .collect()
    }
}

fn forget(map: &mut BTreeMap<End, BTreeSet<u32>>, end: &End, number: u32) {
    if let Some(numbers) = map.get_mut(end) {
        numbers.remove(&number);
        if numbers.is_empty() {
            map.remove(end);
        }
    }
}
