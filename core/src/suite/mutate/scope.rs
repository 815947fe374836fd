//! Edits of what the scope says of the principal and the resource. Slots stay as they are.

use std::collections::BTreeSet;

use super::Finder;
use crate::facts::{EntityConstraint, EntityOrSlot, Spanned};
use crate::finding::TextEdit;
use crate::schema::{Schema, TypeScope};

/// `== User::"a"` to `is User` and to any; `in Group::"g"` to each type that can be in it and to any.
pub(super) fn widened(finder: &mut Finder<'_>) {
    for (var, constraint) in constraints(finder) {
        if constraint.value.has_slot() || constraint.value == EntityConstraint::Any {
            continue;
        }
        let part = finder.quote(constraint.span);
        for wider in wider(&constraint.value, var, finder.schema) {
            let (text, new) = match wider {
                Wider::Type(ty) => (format!("{var} is {ty}"), format!("every `{ty}`")),
                Wider::Group(group) => (
                    format!("{var} in {group}"),
                    format!("every {var} in `{group}`"),
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
    Any,
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
