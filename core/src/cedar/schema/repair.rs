//! Takes what is wrong out of schema fragments, so that Cedar goes on to the next error.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast::{Name, UnreservedId};
use cedar_policy_core::est::Annotations;
use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::{
    ActionType, AttributesOrContext, CommonType, CommonTypeId, EntityType, EntityTypeKind,
    Fragment, NamespaceDefinition, RecordType, StandardEntityType, Type, TypeVariant,
};

pub(super) type Fragments = Vec<Fragment<RawName>>;

/// The name of a namespace as it is written; empty for none.
pub(super) fn namespace_name(name: Option<&Name>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

/// The name of something in a namespace.
pub(super) fn qualified(namespace: Option<&Name>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}::{name}"),
        None => name.to_owned(),
    }
}

/// An action's entity as Cedar prints it.
pub(super) fn action_uid(namespace: Option<&Name>, id: &str) -> String {
    qualified(namespace, &format!("Action::\"{}\"", id.escape_debug()))
}

/// Declares a type that is missing, both as an entity type and as a common type, so that it fits
/// wherever it is used. Whether that was possible.
pub(super) fn declare(fragments: &mut Fragments, namespace: &str, name: &str) -> bool {
    let Ok(id) = name.parse::<UnreservedId>() else {
        return false;
    };
    let namespace = if namespace.is_empty() {
        None
    } else {
        match namespace.parse::<Name>() {
            Ok(name) => Some(name),
            Err(_) => return false,
        }
    };
    let Some(first) = fragments.first_mut() else {
        return false;
    };
    let definition = first
        .0
        .entry(namespace)
        .or_insert_with(|| NamespaceDefinition {
            common_types: BTreeMap::new(),
            entity_types: BTreeMap::new(),
            actions: BTreeMap::new(),
            annotations: Annotations::new(),
        });
    let entity = StandardEntityType {
        member_of_types: Vec::new(),
        shape: AttributesOrContext::default(),
        tags: None,
    };
    let mut added = false;
    definition
        .entity_types
        .entry(id.clone())
        .or_insert_with(|| {
            added = true;
            EntityType {
                kind: EntityTypeKind::Standard(entity),
                external: false,
                annotations: Annotations::new(),
                loc: None,
            }
        });
    if let Ok(id) = CommonTypeId::new(id) {
        definition.common_types.entry(id).or_insert_with(|| {
            added = true;
            CommonType {
                ty: empty_record(),
                annotations: Annotations::new(),
                loc: None,
            }
        });
    }
    added
}

/// Removes every declaration that an earlier fragment has too. Whether there was one.
pub(super) fn remove_duplicates(fragments: &mut Fragments) -> bool {
    let mut seen = BTreeSet::new();
    let mut removed = false;
    for fragment in fragments {
        for (namespace, definition) in &mut fragment.0 {
            let namespace = namespace_name(namespace.as_ref());
            let mut first = |kind: u8, name: String| {
                let new = seen.insert((namespace.clone(), kind, name));
                removed |= !new;
                new
            };
            definition
                .entity_types
                .retain(|name, _| first(0, name.to_string()));
            definition
                .common_types
                .retain(|name, _| first(1, name.to_string()));
            definition.actions.retain(|id, _| first(2, id.to_string()));
        }
    }
    removed
}

/// Changes every action for which `matches` holds; whether there was one.
pub(super) fn actions(
    fragments: &mut Fragments,
    matches: impl Fn(&str) -> bool,
    change: impl Fn(&mut ActionType<RawName>),
) -> bool {
    let mut changed = false;
    for fragment in fragments {
        for (namespace, definition) in &mut fragment.0 {
            for (id, action) in &mut definition.actions {
                if matches(&action_uid(namespace.as_ref(), id)) {
                    change(action);
                    changed = true;
                }
            }
        }
    }
    changed
}

/// Changes every entity type for which `matches` holds; whether there was one.
pub(super) fn entities(
    fragments: &mut Fragments,
    matches: impl Fn(&str) -> bool,
    change: impl Fn(&mut EntityType<RawName>),
) -> bool {
    let mut changed = false;
    for fragment in fragments {
        for (namespace, definition) in &mut fragment.0 {
            for (name, entity) in &mut definition.entity_types {
                if matches(&qualified(namespace.as_ref(), name.as_ref())) {
                    change(entity);
                    changed = true;
                }
            }
        }
    }
    changed
}

/// Makes empty records of these common types; whether there was one.
pub(super) fn empty_common_types(fragments: &mut Fragments, names: &BTreeSet<String>) -> bool {
    let mut changed = false;
    for fragment in fragments {
        for (namespace, definition) in &mut fragment.0 {
            for (name, common) in &mut definition.common_types {
                if names.contains(&qualified(namespace.as_ref(), &name.to_string())) {
                    common.ty = empty_record();
                    changed = true;
                }
            }
        }
    }
    changed
}

/// Calls `change` for every type that is written anywhere.
pub(super) fn types(fragments: &mut Fragments, change: &mut impl FnMut(&mut Type<RawName>)) {
    for fragment in fragments {
        for definition in fragment.0.values_mut() {
            for common in definition.common_types.values_mut() {
                walk(&mut common.ty, change);
            }
            for entity in definition.entity_types.values_mut() {
                if let EntityTypeKind::Standard(standard) = &mut entity.kind {
                    walk(&mut standard.shape.0, change);
                    if let Some(tags) = &mut standard.tags {
                        walk(tags, change);
                    }
                }
            }
            for action in definition.actions.values_mut() {
                if let Some(applies_to) = &mut action.applies_to {
                    walk(&mut applies_to.context.0, change);
                }
            }
        }
    }
}

fn walk(ty: &mut Type<RawName>, change: &mut impl FnMut(&mut Type<RawName>)) {
    change(ty);
    if let Type::Type { ty, .. } = ty {
        match ty {
            TypeVariant::Set { element } => walk(element, change),
            TypeVariant::Record(RecordType { attributes, .. }) => {
                for attribute in attributes.values_mut() {
                    walk(&mut attribute.ty, change);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn empty_record() -> Type<RawName> {
    Type::Type {
        ty: TypeVariant::Record(RecordType::default()),
        loc: None,
    }
}

/// The groups of nodes that can reach each other, and the nodes that reach themselves, each sorted.
pub(in crate::cedar) fn cycles(
    graph: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<BTreeSet<String>> {
    // Tarjan's algorithm, without recursion: a chain may be as long as a file allows.
    let names: Vec<&String> = graph.keys().collect();
    let edges: Vec<Vec<usize>> = graph
        .values()
        .map(|next| {
            let next = next.iter();
            next.filter_map(|n| names.binary_search(&n).ok()).collect()
        })
        .collect();
    let mut search = Search {
        order: vec![None; names.len()],
        lowest: vec![0; names.len()],
        grouped: vec![false; names.len()],
        stack: Vec::new(),
    };
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    let mut count = 0;
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..names.len() {
        if search.order.get(start).copied().flatten().is_none() {
            way.push((start, 0));
        }
        while let Some((at, next)) = way.pop() {
            if next == 0 {
                search.enter(at, count);
                count += 1;
            }
            let Some(to) = edges.get(at).and_then(|edges| edges.get(next)).copied() else {
                let group = search.leave(at, way.last().map(|(from, _)| *from));
                let in_itself = edges.get(at).is_some_and(|edges| edges.contains(&at));
                if group.len() > 1 || (group.len() == 1 && in_itself) {
                    let group = group.iter().filter_map(|n| names.get(*n));
                    found.push(group.map(|name| (*name).clone()).collect());
                }
                continue;
            };
            way.push((at, next + 1));
            match search.order.get(to).copied().flatten() {
                None => way.push((to, 0)),
                Some(order) => search.sees(at, to, order),
            }
        }
    }
    found.sort();
    found
}

/// What the search for cycles knows of each node.
struct Search {
    /// When it was entered.
    order: Vec<Option<usize>>,
    /// When the first node was entered that it can reach and that is in no group yet.
    lowest: Vec<usize>,
    grouped: Vec<bool>,
    /// What was entered and is in no group yet.
    stack: Vec<usize>,
}

impl Search {
    fn enter(&mut self, node: usize, count: usize) {
        if let (Some(order), Some(lowest)) = (self.order.get_mut(node), self.lowest.get_mut(node)) {
            *order = Some(count);
            *lowest = count;
        }
        self.stack.push(node);
    }

    fn sees(&mut self, node: usize, other: usize, order: usize) {
        if self.grouped.get(other) == Some(&false)
            && let Some(lowest) = self.lowest.get_mut(node)
        {
            *lowest = (*lowest).min(order);
        }
    }

    /// The group that a node ends, if it does.
    fn leave(&mut self, node: usize, from: Option<usize>) -> Vec<usize> {
        let lowest = self.lowest.get(node).copied().unwrap_or_default();
        if let Some(of_from) = from.and_then(|from| self.lowest.get_mut(from)) {
            *of_from = (*of_from).min(lowest);
        }
        if self.order.get(node).copied().flatten() != Some(lowest) {
            return Vec::new();
        }
        let at = self.stack.iter().rposition(|other| *other == node);
        let group = self.stack.split_off(at.unwrap_or(self.stack.len()));
        for member in &group {
            if let Some(grouped) = self.grouped.get_mut(*member) {
                *grouped = true;
            }
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_ways_between_them_are_not() {
        let graph = ["ab", "bc", "ca", "cd", "de", "ed", "ff", "gh", "xa"];
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for edge in graph {
            let (from, to) = edge.split_at(1);
            edges.entry(from.into()).or_default().insert(to.into());
        }
        let found: Vec<String> = cycles(&edges)
            .iter()
            .map(|c| c.iter().cloned().collect())
            .collect();
        assert_eq!(found, ["abc", "de", "f"]);
    }
}
