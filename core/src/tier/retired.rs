//! Whether something that is gone from the schema was used by anything.

use super::lowered::{Gone, Lowered};
use super::view::View;
use crate::change::{On, Relation, Written};
use crate::facts::{EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, Var};

/// Whether it is gone, and neither side has anything that uses it: no policy, template or guardrail names it, no
/// request for it was allowed, and no test, entity, link or setting of head names it.
pub(crate) fn is_retired(view: &View<'_>, lowered: &Lowered) -> bool {
    let Some(gone) = &lowered.gone else {
        return false;
    };
    let sides = [view.base, view.head];
    if sides.iter().any(|side| !side.opaque.is_empty()) || is_replaced(view, gone) {
        return false;
    }
    let mut policies = sides
        .iter()
        .flat_map(|side| side.written.iter().chain(&side.guardrails))
        .map(Written::policy);
    let is_named = policies.any(|policy| names(policy, gone));
    let word = match gone {
        Gone::Action(action) => action.id.as_str(),
        Gone::Type(ty) => ty.as_str(),
        Gone::Field(_, field) => field.as_str(),
    };
    let is_base_entity = match gone {
        Gone::Type(_) => (view.base.entities.iter()).any(|(_, text)| has_word(text, word)),
        _ => false,
    };
    let was_allowed = view.change.environments.iter().any(|of| {
        let environment = &of.environment;
        let is_one = match gone {
            Gone::Action(action) => environment.action == *action,
            Gone::Type(ty) => environment.principal == *ty || environment.resource == *ty,
            Gone::Field(..) => false,
        };
        is_one && (of.on != On::Base || of.relation != Relation::Equivalent)
    });
    let mut limits = sides
        .iter()
        .filter_map(|side| side.schema.usable())
        .flat_map(|(schema, _)| schema.actions.values())
        .filter_map(|action| action.annotations.get("limit"));
    let is_limit = matches!(gone, Gone::Field(..)) && limits.any(|text| has_word(text, word));
    !is_named
        && !is_limit
        && !is_base_entity
        && !was_allowed
        && !has_word(&view.beside.named_in, word)
}

/// Whether head has something of the same kind that base does not have: then what is gone may be there under
/// another name and with another class.
fn is_replaced(view: &View<'_>, gone: &Gone) -> bool {
    let schemas = (view.base.schema.usable(), view.head.schema.usable());
    let (Some((base, _)), Some((head, _))) = schemas else {
        return true;
    };
    match gone {
        Gone::Action(_) => !head.actions.keys().all(|of| base.actions.contains_key(of)),
        Gone::Type(_) => !(head.entity_types.keys()).all(|of| base.entity_types.contains_key(of)),
        Gone::Field(action, _) => {
            let (before, after) = (base.actions.get(action), head.actions.get(action));
            !before.zip(after).is_some_and(|(before, after)| {
                after
                    .context
                    .keys()
                    .all(|of| before.context.contains_key(of))
            })
        }
    }
}

fn names(policy: &Policy, gone: &Gone) -> bool {
    let in_scope = match gone {
        Gone::Action(action) => policy
            .action
            .value
            .entities()
            .iter()
            .any(|of| of.value == *action),
        Gone::Type(ty) => [&policy.principal.value, &policy.resource.value]
            .into_iter()
            .any(|constraint| constrains(constraint, ty)),
        Gone::Field(..) => false,
    };
    let is_context = |expr: &Expr| matches!(expr.kind, ExprKind::Var(Var::Context));
    let in_condition = policy.clauses.iter().any(|clause| {
        clause.body.any(&mut |expr| match (gone, &expr.kind) {
            (Gone::Action(action), ExprKind::Entity(of)) => of == action,
            (Gone::Type(ty), ExprKind::Entity(of)) => of.ty == *ty,
            (Gone::Type(ty), ExprKind::Is(_, of, _)) => of.value == *ty,
            (Gone::Field(_, field), ExprKind::Attr(_, name)) => name.value == *field,
            (Gone::Field(_, field), ExprKind::Has(_, path)) => path.value.contains(field),
            // The context as a whole has the field in it.
            (Gone::Field(..), _) => expr.children().any(is_context),
            _ => false,
        }) || matches!(gone, Gone::Field(..)) && is_context(&clause.body)
    });
    in_scope || in_condition
}

fn constrains(constraint: &EntityConstraint, ty: &str) -> bool {
    let is_type = constraint.is_type().is_some_and(|of| of.value == ty);
    let entity = match constraint.entity_or_slot() {
        Some(EntityOrSlot::Entity(entity)) => entity.value.ty == ty,
        // Whatever fills the slot.
        Some(EntityOrSlot::Slot(_)) | None => false,
    };
    is_type || entity
}

/// Whether a text has a word, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + word.len()..));
        let before = before.and_then(|text| text.chars().next_back());
        !is_part(before) && !is_part(after.and_then(|text| text.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_part_of_another() {
        assert!(has_word(r#"Action::"peek""#, "peek"));
        assert!(has_word("peek", "peek"));
        assert!(has_word("repeek peek", "peek"));
        assert!(!has_word("peeks, repeek, peek_all", "peek"));
    }
}
