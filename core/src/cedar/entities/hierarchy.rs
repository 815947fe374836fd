//! How large a hierarchy of entities becomes when every entity is given all its ancestors, as Cedar does.

use std::collections::HashMap;

use cedar_policy_core::ast::EntityUID;

/// The most memberships that may lie above entities, counted anew for each of them. A chain of 1,400 entities
/// has a million.
pub(in crate::cedar) const MOST_MEMBERSHIPS: usize = 1_000_000;

/// The longest way from an entity up to a top: Cedar's stack grows with it.
pub(in crate::cedar) const MOST_LEVELS: usize = 256;

/// Why a hierarchy is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cedar) enum Excess {
    /// The entity at this position is on more levels than [`MOST_LEVELS`].
    Levels(usize),
    /// There are more than [`MOST_MEMBERSHIPS`], the entity at this position included.
    Memberships(usize),
    /// It has no top: the entity at this position is in itself, directly or not.
    Cycle(usize),
}

impl Excess {
    /// Of which entity the hierarchy becomes too large.
    pub(in crate::cedar) fn position(self) -> usize {
        match self {
            Self::Levels(at) | Self::Memberships(at) | Self::Cycle(at) => at,
        }
    }

    /// What is wrong, of the entity called `name`.
    pub(in crate::cedar) fn message(self, name: &EntityUID) -> String {
        match self {
            Self::Levels(_) => {
                format!("more than {MOST_LEVELS} levels of parents are above `{name}`")
            }
            Self::Memberships(_) => format!(
                "with `{name}` the entities have more than {MOST_MEMBERSHIPS} direct and indirect parents together"
            ),
            Self::Cycle(_) => format!("`{name}` is in itself, directly or not"),
        }
    }
}

/// Whether a hierarchy, given as every entity's parents, is too large for Cedar, which goes up by recursion
/// and gives every entity a list of all that is above it.
pub(in crate::cedar) fn excess<'e>(
    entities: impl IntoIterator<Item = (&'e EntityUID, Vec<&'e EntityUID>)>,
) -> Option<Excess> {
    let entities: Vec<_> = entities.into_iter().collect();
    let mut positions = HashMap::new();
    for (at, (uid, _)) in entities.iter().enumerate() {
        positions.entry(*uid).or_insert(at);
    }
    // A parent that is given nowhere has no position, and nothing above it.
    let parents: Vec<Vec<Option<usize>>> = entities
        .iter()
        .map(|(_, parents)| parents.iter().map(|p| positions.get(p).copied()).collect())
        .collect();
    excess_of(
        &parents,
        Bounds {
            levels: MOST_LEVELS,
            memberships: MOST_MEMBERSHIPS,
        },
    )
}

/// How large a hierarchy may be.
#[derive(Debug, Clone, Copy)]
pub(in crate::cedar) struct Bounds {
    /// The longest way up to a top.
    pub(in crate::cedar) levels: usize,
    /// The most memberships, direct or not, of all together.
    pub(in crate::cedar) memberships: usize,
}

/// Whether a hierarchy, given as the positions of everybody's parents, is too large. Of one that is too large
/// and has a cycle too, the size is told.
pub(in crate::cedar) fn excess_of(
    parents: &[Vec<Option<usize>>],
    bounds: Bounds,
) -> Option<Excess> {
    let deep = too_deep(parents, bounds.levels);
    if let Some(Excess::Levels(_)) = deep {
        return deep;
    }
    too_many(parents, bounds.memberships)
        .map(Excess::Memberships)
        .or(deep)
}

/// The first entity with too many levels above it, or in a cycle: each is visited once, from the top down.
fn too_deep(parents: &[Vec<Option<usize>>], most: usize) -> Option<Excess> {
    const OPEN: usize = usize::MAX;
    let mut levels: Vec<Option<usize>> = vec![None; parents.len()];
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..parents.len() {
        if levels.get(start).copied().flatten().is_none() {
            way.push((start, 0));
        }
        while let Some((at, next)) = way.pop() {
            *levels.get_mut(at)? = Some(OPEN);
            let above = parents.get(at)?;
            if let Some(parent) = above.get(next) {
                way.push((at, next + 1));
                if let Some(parent) = *parent {
                    match levels.get(parent).copied().flatten() {
                        None => way.push((parent, 0)),
                        Some(OPEN) => return Some(Excess::Cycle(parent)),
                        Some(_) => {}
                    }
                }
                continue;
            }
            let level = above
                .iter()
                .map(|parent| {
                    let level = parent.and_then(|p| levels.get(p).copied().flatten());
                    level.map_or(1, |level| level + 1)
                })
                .max();
            let level = level.unwrap_or(0);
            if level > most {
                return Some(Excess::Levels(at));
            }
            *levels.get_mut(at)? = Some(level);
        }
    }
    None
}

/// The entity at which the memberships become too many. Stops there, so a huge hierarchy costs no more.
fn too_many(parents: &[Vec<Option<usize>>], most: usize) -> Option<usize> {
    let mut seen = vec![usize::MAX; parents.len()];
    let mut left = most;
    let mut open = Vec::new();
    for start in 0..parents.len() {
        open.push(start);
        while let Some(at) = open.pop() {
            for parent in parents.get(at)? {
                let Some(rest) = left.checked_sub(1) else {
                    return Some(start);
                };
                left = rest;
                if let Some(parent) = *parent
                    && let Some(by) = seen.get_mut(parent)
                    && *by != start
                {
                    *by = start;
                    open.push(parent);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn entity(name: usize) -> EntityUID {
        format!("A::\"{name}\"").parse().unwrap()
    }

    /// The excess of entities that are given by their parents.
    fn of(parents: &[Vec<usize>]) -> Option<Excess> {
        let uids: Vec<EntityUID> = (0..2 * parents.len().max(4)).map(entity).collect();
        excess(
            uids.iter()
                .zip(parents)
                .map(|(uid, above)| (uid, above.iter().filter_map(|p| uids.get(*p)).collect())),
        )
    }

    fn chain(length: usize) -> Vec<Vec<usize>> {
        (1..=length).map(|next| vec![next]).collect()
    }

    #[test]
    fn a_chain_may_be_as_long_as_the_limit() {
        assert_eq!(of(&chain(MOST_LEVELS)), None);
        let long = of(&chain(MOST_LEVELS + 1));
        assert_eq!(long, Some(Excess::Levels(0)));
    }

    #[test]
    fn memberships_are_counted_for_every_entity() {
        // A thousand groups at the top, members that are each in all of them.
        let flat = |members: usize| -> Vec<Vec<usize>> {
            let groups = vec![Vec::new(); 1000];
            let all: Vec<usize> = (0..1000).collect();
            groups.into_iter().chain(vec![all; members]).collect()
        };
        assert_eq!(of(&flat(1000)), None);
        assert_eq!(of(&flat(1001)), Some(Excess::Memberships(2000)));
    }

    #[test]
    fn a_cycle_is_no_hierarchy() {
        let found = of(&[vec![3], vec![2], vec![1], vec![]]);
        assert_eq!(found, Some(Excess::Cycle(1)));
    }
}
