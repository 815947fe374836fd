//! Edits of what the scope says of the action.

use super::Finder;
use crate::analysis::edit::element_span;
use crate::facts::{ActionConstraint, Entity, Spanned};
use crate::finding::TextEdit;
use crate::schema::Action;

pub(super) fn dropped(finder: &mut Finder<'_>) {
    let ActionConstraint::InList(list) = &finder.policy.action.value else {
        return;
    };
    for (index, action) in list.value.iter().enumerate() {
        if let Some(span) = element_span(&list.value, index) {
            let part = finder.quote(action.span);
            finder.add(action.span, vec![TextEdit::delete(span)], part, "");
        }
    }
}

pub(super) fn added(finder: &mut Finder<'_>) {
    let constraint = &finder.policy.action;
    let named = constraint.value.entities();
    let Some(sibling) = sibling(finder) else {
        return;
    };
    let mut list: Vec<&str> = named.iter().map(|a| finder.policy.at(a.span)).collect();
    let new = sibling.to_string();
    list.push(&new);
    let text = format!("action in [{}]", list.join(", "));
    let edit = TextEdit::replace(constraint.span, text);
    finder.add(constraint.span, vec![edit], "", new.clone());
}

pub(super) fn widened(finder: &mut Finder<'_>) {
    let constraint = &finder.policy.action;
    if constraint.value == ActionConstraint::Any {
        return;
    }
    let part = finder.quote(constraint.span);
    if let (ActionConstraint::Eq(action) | ActionConstraint::In(action), Some((schema, _))) =
        (&constraint.value, finder.schema)
    {
        let groups = schema.actions.get(&action.value).map(|a| &a.member_of);
        for group in groups.into_iter().flatten() {
            let edit = TextEdit::replace(constraint.span, format!("action in {group}"));
            let new = format!("every action in `{group}`");
            finder.add(constraint.span, vec![edit], part.clone(), new);
        }
    }
    if let (ActionConstraint::InList(list), Some((schema, _))) = (&constraint.value, finder.schema)
    {
        let groups = |action: &Spanned<Entity>| {
            let action = schema.actions.get(&action.value);
            action
                .map(|action| action.ancestors.clone())
                .unwrap_or_default()
        };
        let of_all = list.value.iter().map(groups);
        let of_all = of_all.reduce(|all, more| &all & &more).unwrap_or_default();
        for group in of_all {
            let edit = TextEdit::replace(constraint.span, format!("action in {group}"));
            let new = format!("every action in `{group}`");
            finder.add(constraint.span, vec![edit], part.clone(), new);
        }
    }
    let edit = TextEdit::replace(constraint.span, "action");
    finder.add(constraint.span, vec![edit], part, "every action");
}

/// The action that is most like those of the policy and not among them: it can have one of the policy's
/// principals and one of its resources, and if possible it is in a group with one of its actions.
fn sibling(finder: &Finder<'_>) -> Option<Entity> {
    let (schema, scope) = finder.schema?;
    let named = finder.policy.action.value.entities();
    if named.is_empty() {
        return None;
    }
    let is_named = |entity: &Entity, action: &Action| {
        named
            .iter()
            .any(|a| a.value == *entity || action.ancestors.contains(&a.value))
    };
    let groups = |entity: &Entity| schema.actions.get(entity).map(|a| &a.member_of);
    schema
        .actions
        .iter()
        .filter(|(entity, action)| {
            !is_named(entity, action)
                && action
                    .principals
                    .iter()
                    .any(|ty| scope.principals.contains(ty))
                && action
                    .resources
                    .iter()
                    .any(|ty| scope.resources.contains(ty))
        })
        .max_by_key(|(entity, action)| {
            let related = named
                .iter()
                .any(|a| groups(&a.value).is_some_and(|g| !g.is_disjoint(&action.member_of)));
            // The first of those that are alike.
            (related, std::cmp::Reverse(*entity))
        })
        .map(|(entity, _)| entity.clone())
}
