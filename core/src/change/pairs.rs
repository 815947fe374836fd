//! Which policy of base is which policy of head.

use std::collections::BTreeMap;

use super::side::Written;

/// A policy on both sides, or on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// Its number in base.
    pub(super) base: Option<usize>,
    /// Its number in head.
    pub(super) head: Option<usize>,
}

/// Pairs policies: first by `@id`, then by what they say, then unnamed ones by their order in a file. One that
/// permitted is never paired with one that forbids, nor a policy with a template: that is another policy under an old
/// name. Those of head come in their order, then those that are gone.
pub(super) fn pairs(base: &[Written<'_>], head: &[Written<'_>]) -> Vec<Pair> {
    let mut matching = Matching {
        base,
        head,
        of_head: vec![None; head.len()],
        taken: vec![false; base.len()],
    };
    let unique = |side: &[Written<'_>]| {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        for policy in side {
            if let Some(id) = policy.policy().id() {
                *ids.entry(id.to_owned()).or_default() += 1;
            }
        }
        ids
    };
    let (of_base, of_head) = (unique(base), unique(head));
    matching.by(|policy| {
        let id = policy.policy().id()?;
        let only = of_base.get(id) == Some(&1) && of_head.get(id) == Some(&1);
        only.then(|| id.to_owned())
    });
    matching.by(|policy| {
        let id = policy.policy().id()?;
        Some((policy.at.file.to_string(), id.to_owned(), policy.form()))
    });
    matching.by(|policy| Some((policy.at.file.to_string(), policy.text().to_owned())));
    matching.by(|policy| Some((policy.at.file.to_string(), policy.form())));
    matching.by(|policy| Some(policy.form()));
    matching.by(|policy| {
        let id = policy.policy().id()?;
        Some((policy.at.file.to_string(), id.to_owned()))
    });
    matching.by(|policy| {
        let unnamed = policy.policy().id().is_none();
        unnamed.then(|| policy.at.file.to_string())
    });
    matching.pairs()
}

struct Matching<'s, 'a> {
    base: &'s [Written<'a>],
    head: &'s [Written<'a>],
    of_head: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> Matching<'_, 'a> {
    /// Pairs what is left and has the same key, in order.
    fn by<K: Ord>(&mut self, key: impl Fn(&Written<'a>) -> Option<K>) {
        let mut waiting: BTreeMap<(K, bool, bool), std::collections::VecDeque<usize>> =
            BTreeMap::new();
        let whole = |policy: &Written<'a>| {
            let facts = policy.policy();
            Some((key(policy)?, facts.is_permit(), facts.is_template()))
        };
        for (number, policy) in self.base.iter().enumerate() {
            if self.taken.get(number) == Some(&false)
                && let Some(key) = whole(policy)
            {
                waiting.entry(key).or_default().push_back(number);
            }
        }
        for (policy, slot) in self.head.iter().zip(&mut self.of_head) {
            if slot.is_none()
                && let Some(key) = whole(policy)
                && let Some(number) = waiting.get_mut(&key).and_then(|queue| queue.pop_front())
            {
                *slot = Some(number);
                if let Some(taken) = self.taken.get_mut(number) {
                    *taken = true;
                }
            }
        }
    }

    fn pairs(self) -> Vec<Pair> {
        let heads = self.of_head.into_iter().enumerate();
        let gone = (0..).zip(self.taken).filter(|(_, taken)| !taken);
        heads
            .map(|(number, base)| Pair {
                base,
                head: Some(number),
            })
            .chain(gone.map(|(number, _)| Pair {
                base: Some(number),
                head: None,
            }))
            .collect()
    }
}
