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
    // Peels off what has no way on, from both ends, until only cycles and the ways between them remain.
    let mut rest = graph.clone();
    loop {
        let targets: BTreeSet<String> = rest.values().flatten().cloned().collect();
        let before = rest.len();
        let keys: BTreeSet<String> = rest.keys().cloned().collect();
        rest.retain(|node, next| {
            next.retain(|n| keys.contains(n));
            !next.is_empty() && targets.contains(node)
        });
        if rest.len() == before {
            break;
        }
    }
    let reach = |start: &String| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = rest.get(start).into_iter().flatten().collect();
        while let Some(node) = open.pop() {
            if seen.insert(node.clone()) {
                open.extend(rest.get(node).into_iter().flatten());
            }
        }
        seen
    };
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for node in rest.keys() {
        if found.iter().any(|cycle| cycle.contains(node)) {
            continue;
        }
        let from = reach(node);
        if from.contains(node) {
            found.push(
                from.iter()
                    .filter(|n| reach(n).contains(node))
                    .cloned()
                    .collect(),
            );
        }
    }
    found
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
