//! Edits of what the scope says of the principal and the resource. Slots stay as they are.

use std::collections::BTreeSet;

use super::{Finder, Parents};
use crate::facts::{EntityConstraint, EntityOrSlot, Spanned};
use crate::finding::TextEdit;
use crate::schema::{Schema, TypeScope};

/// Of the parents of an entity so many are tried.
const MOST_PARENTS: usize = 4;

/// `== User::"a"` to `is User` and to any; `in Group::"g"` to each type that can be in it and to any; both to
/// `in` a parent of the entity.
pub(super) fn widened(finder: &mut Finder<'_>) {
    for (var, constraint) in constraints(finder) {
        if constraint.value.has_slot() || constraint.value == EntityConstraint::Any {
            continue;
        }
        let part = finder.quote(constraint.span);
        let mut all = parents(&constraint.value, finder.parents);
        all.extend(wider(&constraint.value, var, finder.schema));
        for wider in all {
            let (text, new) = match wider {
                Wider::Type(ty) => (format!("{var} is {ty}"), format!("every `{ty}`")),
                Wider::Group(group) => (
                    format!("{var} in {group}"),
                    format!("every {var} in `{group}`"),
                ),
                Wider::TypeIn(ty, group) => (
                    format!("{var} is {ty} in {group}"),
                    format!("every `{ty}` in `{group}`"),
                ),
                Wider::Any => (var.to_owned(), format!("every {var}")),
            };
            let edit = TextEdit::replace(constraint.span, text);
            finder.add(constraint.span, vec![edit], part.clone(), new);
        }
    }
}

/// The constraints of the principal and the resource, with the variables' names.
pub(super) fn constraints<'a>(
    finder: &Finder<'a>,
) -> [(&'static str, &'a Spanned<EntityConstraint>); 2] {
    let policy = finder.policy;
    [
        ("principal", &policy.principal),
        ("resource", &policy.resource),
    ]
}

enum Wider {
    Type(String),
    Group(String),
    TypeIn(String, String),
    Any,
}

/// The constraint with each parent of its entity in its place.
fn parents(constraint: &EntityConstraint, known: &Parents) -> Vec<Wider> {
    let Some(EntityOrSlot::Entity(entity)) = constraint.entity_or_slot() else {
        return Vec::new();
    };
    let parents = known.get(&entity.value).into_iter().flatten();
    let wider = parents.take(MOST_PARENTS).map(|parent| match constraint {
        EntityConstraint::IsIn(ty, _) => Wider::TypeIn(ty.value.clone(), parent.to_string()),
        _ => Wider::Group(parent.to_string()),
    });
    wider.collect()
}

fn wider(
    constraint: &EntityConstraint,
    var: &str,
    schema: Option<(&Schema, &TypeScope)>,
) -> Vec<Wider> {
    let mut all = Vec::new();
    match constraint {
        EntityConstraint::Eq(EntityOrSlot::Entity(entity)) => {
            all.push(Wider::Type(entity.value.ty.clone()));
        }
        EntityConstraint::In(_) => {
            // Without a schema nobody knows what can be in the group.
            let types: BTreeSet<&String> = schema.map_or_else(BTreeSet::new, |(_, scope)| {
                match var {
                    "principal" => &scope.principals,
                    _ => &scope.resources,
                }
                .iter()
                .collect()
            });
            all.extend(types.into_iter().cloned().map(Wider::Type));
        }
        EntityConstraint::IsIn(ty, EntityOrSlot::Entity(entity)) => {
            all.push(Wider::Type(ty.value.clone()));
            all.push(Wider::Group(entity.value.to_string()));
        }
        _ => {}
    }
    all.push(Wider::Any);
    all
}
