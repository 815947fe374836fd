//! Edits that leave a policy's text well formed: taking an operand, a clause, a list element or a whole
//! policy away together with the operator, comma or blanks that belong to it.

use crate::facts::{ClauseKind, Expr, ExprKind, Policy, Spanned};
use crate::finding::TextEdit;
use crate::source::Span;

/// Takes an operand away with its `&&` or `||`. `None` where it is no operand, or where a comment would
/// be lost.
pub(crate) fn remove_operand(policy: &Policy, target: &Expr) -> Option<TextEdit> {
    let clause = policy
        .clauses
        .iter()
        .find(|clause| clause.span.contains(target.outer))?;
    let (_, siblings) = siblings(&clause.body, target)?;
    without_comment(policy, operand_span(siblings, target.outer)?)
}

/// Takes a condition away that is always true: an operand of `&&` or a whole `when` clause goes, anything
/// else becomes `true`.
pub(crate) fn remove_true(policy: &Policy, target: &Expr) -> TextEdit {
    policy
        .clauses
        .iter()
        .find(|clause| clause.span.contains(target.outer))
        .and_then(|clause| {
            if clause.body.outer == target.outer {
                return match clause.kind {
                    ClauseKind::When => remove_clause(policy, clause.span),
                    ClauseKind::Unless => None,
                };
            }
            match siblings(&clause.body, target)? {
                (true, items) => without_comment(policy, operand_span(items, target.outer)?),
                (false, _) => None,
            }
        })
        .unwrap_or_else(|| TextEdit::replace(target.outer, "true"))
}

/// Takes a clause away together with the blanks before it.
pub(crate) fn remove_clause(policy: &Policy, clause: Span) -> Option<TextEdit> {
    let before = policy.text.get(..clause.start as usize)?.trim_end().len();
    without_comment(policy, Span::from_usize(before, clause.end as usize))
}

/// Takes one element of a list away together with its comma. `None` for the only element.
pub(crate) fn remove_element<T>(
    policy: &Policy,
    list: &[Spanned<T>],
    index: usize,
) -> Option<TextEdit> {
    without_comment(policy, element_span(list, index)?)
}

/// The span of one element of a list with one comma beside it. `None` for the only element.
pub(crate) fn element_span<T>(list: &[Spanned<T>], index: usize) -> Option<Span> {
    let at = |i: usize| list.get(i).map(|item| item.span);
    let own = at(index)?;
    Some(match index.checked_sub(1).and_then(at) {
        Some(before) => Span::new(before.end, own.end),
        None => Span::new(own.start, at(index + 1)?.start),
    })
}

/// Takes the whole policy away; comments before it stay.
pub(crate) const fn remove_policy(policy: &Policy) -> TextEdit {
    TextEdit::delete(policy.span)
}

/// Adds a clause at the policy's end.
pub(crate) fn add_clause(policy: &Policy, clause: &str) -> TextEdit {
    let end = policy
        .clauses
        .last()
        .map_or(policy.scope.end, |last| last.span.end);
    TextEdit::insert(end, format!("\n{clause}"))
}

/// Adds an annotation before the effect.
pub(crate) fn add_annotation(policy: &Policy, annotation: &str) -> TextEdit {
    TextEdit::insert(policy.effect.span.start, format!("{annotation}\n"))
}

/// The operands of the `&&` (true) or `||` (false) that has `target` as an operand.
fn siblings<'a>(expr: &'a Expr, target: &Expr) -> Option<(bool, &'a [Expr])> {
    if !expr.outer.contains(target.outer) {
        return None;
    }
    if let ExprKind::And(items) | ExprKind::Or(items) = &expr.kind
        && items.iter().any(|item| item.outer == target.outer)
    {
        return Some((matches!(expr.kind, ExprKind::And(_)), items));
    }
    expr.children().find_map(|child| siblings(child, target))
}

/// The span of an operand of a chain with one operator beside it.
pub(crate) fn operand_span(items: &[Expr], own: Span) -> Option<Span> {
    let index = items.iter().position(|item| item.outer == own)?;
    match index.checked_sub(1).and_then(|i| items.get(i)) {
        Some(before) => Some(Span::new(before.outer.end, own.end)),
        None => Some(Span::new(own.start, items.get(1)?.outer.start)),
    }
}

fn without_comment(policy: &Policy, span: Span) -> Option<TextEdit> {
    (!has_comment(policy, span)).then(|| TextEdit::delete(span))
}

/// Whether a comment lies in `span` or reaches into it.
pub(crate) fn has_comment(policy: &Policy, span: Span) -> bool {
    policy
        .comments
        .iter()
        .any(|comment| span.start < comment.end && comment.start < span.end)
}
