//! Edits of literals: integers, strings, truth values, entities, sets and patterns.

use super::Finder;
use crate::analysis::edit::operand_span;
use crate::facts::{Entity, Expr, ExprKind, Literal, PatternElement, UnaryOp};
use crate::finding::TextEdit;

pub(super) fn number_shifted(finder: &mut Finder<'_>) {
    each_operand(finder, |finder, parent, expr| {
        // The number of a negation is seen with its sign.
        if parent.is_some_and(|p| matches!(p.kind, ExprKind::Unary(UnaryOp::Neg, _))) {
            return;
        }
        let Some(value) = integer(expr) else {
            return;
        };
        let is_limit =
            parent.is_some_and(|p| matches!(p.kind, ExprKind::Binary(op, ..) if op.is_order()));
        let what = if is_limit { "the limit" } else { "the number" };
        let part = format!("{what} {value}");
        for new in [value.checked_add(1), value.checked_sub(1)]
            .into_iter()
            .flatten()
        {
            let edit = TextEdit::replace(expr.span, new.to_string());
            finder.add(expr.span, vec![edit], part.clone(), new.to_string());
        }
    });
}

pub(super) fn literal_changed(finder: &mut Finder<'_>) {
    each_operand(finder, |finder, parent, expr| {
        match parent.map(|p| &p.kind) {
            // An argument of an extension function or a tag's name is no value of its own, and to change
            // an element of a set is to drop it.
            Some(ExprKind::Call(..)) => return,
            Some(ExprKind::Method(_, name, _)) if matches!(&*name.value, "getTag" | "hasTag") => {
                return;
            }
            Some(ExprKind::Set(items)) if items.len() > 1 => return,
            _ => {}
        }
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => {
                finder.replace(expr.span, if *value { "false" } else { "true" });
            }
            ExprKind::Literal(Literal::String(value)) => {
                finder.replace(
                    expr.span,
                    if value.is_empty() {
                        "\"other\""
                    } else {
                        "\"\""
                    },
                );
            }
            ExprKind::Entity(entity) => {
                if let Some(other) = other(finder, entity) {
                    finder.replace(expr.span, &other.to_string());
                }
            }
            _ => {}
        }
    });
}

pub(super) fn element_dropped(finder: &mut Finder<'_>) {
    finder.policy.walk(|_, expr| {
        let ExprKind::Set(items) = &expr.kind else {
            return;
        };
        for item in items {
            if let Some(span) = operand_span(items, item.outer) {
                let part = finder.quote(item.outer);
                finder.add(item.outer, vec![TextEdit::delete(span)], part, "");
            }
        }
    });
}

pub(super) fn like_loosened(finder: &mut Finder<'_>) {
    finder.policy.walk(|_, expr| {
        let ExprKind::Like(_, pattern) = &expr.kind else {
            return;
        };
        let text = finder.policy.at(pattern.span);
        let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
            return;
        };
        let is_open = |end: Option<&PatternElement>| end == Some(&PatternElement::Wildcard);
        if !is_open(pattern.value.first()) {
            finder.replace(pattern.span, &format!("\"*{inner}\""));
        }
        if !is_open(pattern.value.last()) {
            finder.replace(pattern.span, &format!("\"{inner}*\""));
        }
        finder.replace(pattern.span, "\"*\"");
    });
}

/// Visits every expression of every clause together with the one that it is a part of.
pub(super) fn each_operand<'a>(
    finder: &mut Finder<'a>,
    mut visit: impl FnMut(&mut Finder<'a>, Option<&'a Expr>, &'a Expr),
) {
    let policy = finder.policy;
    for clause in &policy.clauses {
        visit(finder, None, &clause.body);
    }
    policy.walk(|_, parent| {
        for child in parent.children() {
            visit(finder, Some(parent), child);
        }
    });
}

/// A literal integer with its sign.
fn integer(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => i64::try_from(*value).ok(),
        ExprKind::Unary(UnaryOp::Neg, inner) => match &inner.kind {
            ExprKind::Literal(Literal::Long(value)) => 0_i64.checked_sub_unsigned(*value),
            _ => None,
        },
        _ => None,
    }
}

/// Another entity of the type, where there can be one. Actions are not made up.
fn other(finder: &Finder<'_>, entity: &Entity) -> Option<Entity> {
    if entity.ty == "Action" || entity.ty.ends_with("::Action") {
        return None;
    }
    let ids = finder
        .schema
        .and_then(|(schema, _)| schema.entity_types.get(&entity.ty)?.enumeration.as_ref());
    let id = match ids {
        Some(ids) => ids.iter().find(|id| **id != entity.id)?.clone(),
        None if entity.id == "other" => "another".to_owned(),
        None => "other".to_owned(),
    };
    Some(Entity {
        ty: entity.ty.clone(),
        id,
    })
}
