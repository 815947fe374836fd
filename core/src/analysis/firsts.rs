//! Which of many things is the first of its kind.

/// The first thing of each kind, by a hash of what makes the kind. This runs over all policies at every edit,
/// so a slot is as small as can be: a map from digests would be six times as large as the processor's nearest
/// memory.
pub(crate) struct Firsts {
    /// A part of the hash, and the number of the thing counted from 1; 0 in a free slot. At most half of the
    /// slots are taken, and their number is a power of two.
    slots: Vec<(u32, u32)>,
}

impl Firsts {
    pub(crate) fn with_room_for(things: usize) -> Self {
        Self {
            slots: vec![(0, 0); (2 * things + 1).next_power_of_two()],
        }
    }

    /// The first thing of this kind: `index` itself where none was there before. `same` says whether an
    /// earlier thing with a like hash is of the kind.
    pub(crate) fn of(&mut self, hash: u64, index: usize, same: impl Fn(usize) -> bool) -> usize {
        let part = hash as u32;
        let mask = self.slots.len() - 1;
        let mut at = (hash >> 32) as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            match slot.1.checked_sub(1) {
                None => {
                    *slot = (part, index as u32 + 1);
                    break;
                }
                Some(earlier) if slot.0 == part && same(earlier as usize) => {
                    return earlier as usize;
                }
                Some(_) => at = (at + 1) & mask,
            }
        }
        index
    }
}

/// A hash of a text for [`Firsts`]: FNV-1a, its halves mixed, since their lowest bits choose the slot.
pub(crate) fn hash_of(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_of_different_things_are_told_apart() {
        let texts = ["a", "b", "a", "c", "b"];
        for hash in [hash_of as fn(&str) -> u64, |_| 7] {
            let mut firsts = Firsts::with_room_for(texts.len());
            let found: Vec<usize> = (0..)
                .zip(texts)
                .map(|(index, text)| {
                    firsts.of(hash(text), index, |earlier| {
                        texts.get(earlier) == Some(&text)
                    })
                })
                .collect();
            assert_eq!(found, [0, 1, 0, 3, 1]);
        }
    }
}
