//! People to slots: a bipartite matching in which one person fills one slot.

/// A place to be filled by several.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// How many it takes.
    pub count: usize,
    /// Who can fill it, by number.
    pub eligible: Vec<usize>,
}

/// Who fills each slot: as many in all as there can be, each person at most once. Of people who are equally
/// good the first is taken, so the order of both lists decides and nothing else.
///
/// It looks for augmenting paths, one for each place, which for the few places of a gate is as fast as any
/// other way.
pub(crate) fn matching(slots: &[Slot], people: usize) -> Vec<Vec<usize>> {
    let mut filled: Vec<Vec<usize>> = vec![Vec::new(); slots.len()];
    let mut fills: Vec<Option<usize>> = vec![None; people];
    for (number, slot) in slots.iter().enumerate() {
        // Nobody could fill more places than there are people.
        for _ in 0..slot.count.min(people) {
            if !fill(slots, number, &mut filled, &mut fills) {
                break;
            }
        }
    }
    for people in &mut filled {
        people.sort_unstable();
    }
    filled
}

/// Fills one more place of a slot, moving people to other slots where needed.
fn fill(
    slots: &[Slot],
    start: usize,
    filled: &mut [Vec<usize>],
    fills: &mut [Option<usize>],
) -> bool {
    // By which person, who now fills another slot, each slot was reached.
    let mut reached: Vec<Option<Option<(usize, usize)>>> = vec![None; slots.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    if let Some(first) = reached.get_mut(start) {
        *first = Some(None);
    }
    while let Some(slot) = queue.pop_front() {
        for &person in slots.get(slot).map_or(&[][..], |slot| &slot.eligible) {
            match fills.get(person).copied().flatten() {
                None if person < fills.len() => {
                    shift(slot, person, &reached, filled, fills);
                    return true;
                }
                Some(other) if other != slot => {
                    if let Some(unseen @ None) = reached.get_mut(other) {
                        *unseen = Some(Some((slot, person)));
                        queue.push_back(other);
                    }
                }
                _ => {}
            }
        }
    }
    false
}

/// Puts a free person into a slot, and everybody on the path into the slot before.
fn shift(
    mut slot: usize,
    mut person: usize,
    reached: &[Option<Option<(usize, usize)>>],
    filled: &mut [Vec<usize>],
    fills: &mut [Option<usize>],
) {
    loop {
        if let Some(people) = filled.get_mut(slot) {
            people.push(person);
        }
        if let Some(fills) = fills.get_mut(person) {
            *fills = Some(slot);
        }
        let Some((before, moved)) = reached.get(slot).copied().flatten().flatten() else {
            return;
        };
        if let Some(people) = filled.get_mut(slot) {
            people.retain(|other| *other != moved);
        }
        (slot, person) = (before, moved);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn slots(all: &[(usize, &[usize])]) -> Vec<Slot> {
        all.iter()
            .map(|(count, eligible)| Slot {
                count: *count,
                eligible: eligible.to_vec(),
            })
            .collect()
    }

    #[test]
    fn somebody_who_can_do_both_makes_room() {
        let two = slots(&[(1, &[0, 1]), (1, &[0])]);
        assert_eq!(matching(&two, 2), [[1], [0]]);
        let chain = slots(&[(1, &[0, 1]), (1, &[1, 2]), (1, &[0]), (1, &[1])]);
        let filled: Vec<usize> = matching(&chain, 3).iter().map(Vec::len).collect();
        assert_eq!(filled.iter().sum::<usize>(), 3);
        assert_eq!(matching(&slots(&[(2, &[0])]), 1), [vec![0]]);
        assert_eq!(matching(&slots(&[(usize::MAX, &[0, 1])]), 2), [vec![0, 1]]);
        assert_eq!(matching(&[], 0), Vec::<Vec<usize>>::new());
    }

    /// The most places that can be filled, by trying everything.
    fn most(slots: &[Slot], person: usize, people: usize, left: &mut Vec<usize>) -> usize {
        if person == people {
            return 0;
        }
        let mut best = most(slots, person + 1, people, left);
        for (number, slot) in slots.iter().enumerate() {
            if left[number] > 0 && slot.eligible.contains(&person) {
                left[number] -= 1;
                best = best.max(1 + most(slots, person + 1, people, left));
                left[number] += 1;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_assignment_fills_more(
            all in prop::collection::vec((0_usize..3, prop::collection::btree_set(0_usize..5, 0..5)), 0..4)
        ) {
            let slots: Vec<Slot> = all
                .into_iter()
                .map(|(count, eligible)| Slot { count, eligible: eligible.into_iter().collect() })
                .collect();
            let filled = matching(&slots, 5);
            let mut seen = std::collections::BTreeSet::new();
            for (slot, people) in slots.iter().zip(&filled) {
                prop_assert!(people.len() <= slot.count);
                for person in people {
                    prop_assert!(slot.eligible.contains(person) && seen.insert(*person));
                }
            }
            let mut left: Vec<usize> = slots.iter().map(|slot| slot.count).collect();
            prop_assert_eq!(seen.len(), most(&slots, 0, 5, &mut left));
        }
    }
}
