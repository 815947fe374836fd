//! How large the hierarchies of a schema's entity types and actions are when each is given all that is above it.

use std::collections::HashMap;

use super::outline::Kind;
use super::repair::{Fragments, action_uid, qualified};
use crate::cedar::entities::hierarchy::{Bounds, Excess, excess_of};
use cedar_policy_core::validator::json_schema::EntityTypeKind;

/// Cedar and the checks give each type and action a list of all that is above it, and type-check a policy in the
/// request environments of all of them. No application has a hierarchy of types that is nearly as large.
const BOUNDS: Bounds = Bounds {
    levels: 64,
    memberships: 100_000,
};

/// The entity type and the action at which a hierarchy becomes too large, each with what is wrong.
pub(super) fn too_large(fragments: &Fragments) -> Vec<(Kind, String, String)> {
    let mut found = Vec::new();
    for (kind, what, declared) in [
        (Kind::Entity, "entity types", entity_types(fragments)),
        (Kind::Action, "actions", actions(fragments)),
    ] {
        let positions: HashMap<&str, usize> = declared
            .iter()
            .enumerate()
            .map(|(at, (name, _))| (name.as_str(), at))
            .collect();
        let parents: Vec<Vec<Option<usize>>> = declared
            .iter()
            .map(|(_, parents)| {
                let position = |candidates: &[String; 2]| {
                    let mut known = candidates.iter().map(|name| positions.get(name.as_str()));
                    known.find_map(|position| position.copied())
                };
                parents.iter().map(position).collect()
            })
            .collect();
        let Some(excess) = excess_of(&parents, BOUNDS) else {
            continue;
        };
        if let Some((name, _)) = declared.get(excess.position()) {
            let message = match excess {
                // Entity types may be in themselves; of actions Cedar says it.
                Excess::Cycle(_) => continue,
                Excess::Levels(_) => {
                    format!(
                        "more than {} levels of {what} are above `{name}`",
                        BOUNDS.levels
                    )
                }
                Excess::Memberships(_) => format!(
                    "with `{name}` the {what} are in more than {} others together, directly or not",
                    BOUNDS.memberships
                ),
            };
            found.push((kind, name.clone(), message));
        }
    }
    found
}

/// A name, and the names that each of its parents can have: in its namespace, and in none.
type Declared = Vec<(String, Vec<[String; 2]>)>;

fn entity_types(fragments: &Fragments) -> Declared {
    let mut declared = Declared::new();
    for (namespace, definition) in fragments.iter().flat_map(|fragment| &fragment.0) {
        for (name, entity) in &definition.entity_types {
            let parents = match &entity.kind {
                EntityTypeKind::Standard(standard) => standard.member_of_types.as_slice(),
                EntityTypeKind::Enum { .. } => &[],
            };
            let parents = parents.iter().map(|parent| {
                let parent = parent.to_string();
                [qualified(namespace.as_ref(), &parent), parent]
            });
            let name = qualified(namespace.as_ref(), name.as_ref());
            declared.push((name, parents.collect()));
        }
    }
    declared
}

fn actions(fragments: &Fragments) -> Declared {
    let mut declared = Declared::new();
    for (namespace, definition) in fragments.iter().flat_map(|fragment| &fragment.0) {
        for (id, action) in &definition.actions {
            let parents = action.member_of.iter().flatten().map(|parent| {
                let id = parent.id.escape_debug();
                match &parent.ty {
                    Some(ty) => {
                        let parent = format!("{ty}::\"{id}\"");
                        [qualified(namespace.as_ref(), &parent), parent]
                    }
                    None => {
                        let parent = action_uid(namespace.as_ref(), &parent.id);
                        [parent.clone(), parent]
                    }
                }
            });
            declared.push((action_uid(namespace.as_ref(), id), parents.collect()));
        }
    }
    declared
}
