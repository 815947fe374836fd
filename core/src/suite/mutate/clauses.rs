//! Edits of whole policies, clauses and the conditions that `&&`, `||`, `!` and `if` join.

use super::Finder;
use crate::analysis::edit::operand_span;
use crate::analysis::logic::is_connective;
use crate::facts::{Clause, ClauseKind, Effect, Expr, ExprKind, UnaryOp};
use crate::finding::TextEdit;

pub(super) fn policy_removed(finder: &mut Finder<'_>) {
    let span = finder.policy.span;
    finder.add(span, vec![TextEdit::delete(span)], "", "");
}

pub(super) fn effect_flipped(finder: &mut Finder<'_>) {
    let other = match finder.policy.effect.value {
        Effect::Permit => Effect::Forbid,
        Effect::Forbid => Effect::Permit,
    };
    finder.replace(finder.policy.effect.span, other.as_str());
}

pub(super) fn clause_dropped(finder: &mut Finder<'_>) {
    for clause in &finder.policy.clauses {
        let part = finder.quote(clause.span);
        finder.add(clause.span, vec![TextEdit::delete(clause.span)], part, "");
    }
}

pub(super) fn clause_turned(finder: &mut Finder<'_>) {
    for clause in &finder.policy.clauses {
        let other = match clause.kind {
            ClauseKind::When => ClauseKind::Unless,
            ClauseKind::Unless => ClauseKind::When,
        };
        let edit = TextEdit::replace(clause.keyword, other.as_str());
        let part = finder.quote(clause.span);
        finder.add(clause.span, vec![edit], part, other.as_str());
    }
}

pub(super) fn operand_dropped(finder: &mut Finder<'_>) {
    each_chain(finder, |finder, _, items| {
        for item in items {
            if let Some(span) = operand_span(items, item.outer) {
                let part = finder.quote(item.outer);
                finder.add(item.outer, vec![TextEdit::delete(span)], part, "");
            }
        }
    });
}

pub(super) fn guard_dropped(finder: &mut Finder<'_>) {
    each_chain(finder, |finder, chain, items| {
        if !matches!(chain.kind, ExprKind::And(_)) {
            return;
        }
        for guard in items {
            let ExprKind::Has(base, path) = &guard.kind else {
                continue;
            };
            let Some(first) = path.value.first() else {
                continue;
            };
            let reads = |expr: &Expr| {
                expr.any(&mut |e| {
                    matches!(&e.kind, ExprKind::Attr(of, name)
                        if name.value == *first && of.same(base))
                })
            };
            let (gone, left): (Vec<&Expr>, Vec<&Expr>) = items
                .iter()
                .partition(|item| item.outer == guard.outer || reads(item));
            // Alone it is a dropped operand, and with nothing left a dropped clause.
            if gone.len() < 2 || left.is_empty() {
                continue;
            }
            let text: Vec<&str> = left.iter().map(|e| finder.policy.at(e.outer)).collect();
            let edit = TextEdit::replace(chain.span, text.join(" && "));
            let part = finder.quote(guard.outer);
            finder.add(guard.outer, vec![edit], part, "");
        }
    });
}

pub(super) fn operator_swapped(finder: &mut Finder<'_>) {
    each_chain(finder, |finder, chain, items| {
        let new = match chain.kind {
            ExprKind::And(_) => "||",
            _ => "&&",
        };
        let edits: Option<Vec<TextEdit>> = items
            .iter()
            .zip(items.iter().skip(1))
            .map(|(left, right)| {
                let at = finder.between(left.outer, right.outer)?;
                Some(TextEdit::replace(at, new))
            })
            .collect();
        if let Some(edits) = edits {
            let part = finder.quote(chain.span);
            finder.add(chain.span, edits, part, new);
        }
    });
}

pub(super) fn condition_negated(finder: &mut Finder<'_>) {
    each_condition(finder, |finder, expr, place| {
        // Negating a clause turns it, and negating a negation undoes it.
        if place == Place::Clause || place == Place::Negated || matches!(expr.kind, ExprKind::Or(_))
        {
            return;
        }
        if let ExprKind::Unary(UnaryOp::Not, inner) = &expr.kind {
            let edit = TextEdit::replace(expr.span, finder.policy.at(inner.outer));
            let part = finder.quote(expr.span);
            return finder.add(expr.outer, vec![edit], part, "");
        }
        if is_connective(expr) {
            return;
        }
        let edits = vec![
            TextEdit::insert(expr.outer.start, "!("),
            TextEdit::insert(expr.outer.end, ")"),
        ];
        let part = finder.quote(expr.span);
        finder.add(expr.outer, edits, part, "");
    });
}

pub(super) fn condition_true(finder: &mut Finder<'_>) {
    constant(finder, "true");
}

pub(super) fn condition_false(finder: &mut Finder<'_>) {
    constant(finder, "false");
}

/// Only in an `if`: a constant elsewhere is the same as an operand, a clause or a policy that is gone.
fn constant(finder: &mut Finder<'_>, value: &str) {
    each_condition(finder, |finder, expr, place| {
        if place == Place::Branch {
            finder.replace(expr.outer, value);
        }
    });
}

/// Where a condition stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Clause,
    Operand,
    Negated,
    Branch,
}

/// Visits every expression that is a condition by its place, parents first.
fn each_condition<'a>(
    finder: &mut Finder<'a>,
    mut visit: impl FnMut(&mut Finder<'a>, &'a Expr, Place),
) {
    let policy = finder.policy;
    for Clause { body, .. } in &policy.clauses {
        conditions(finder, body, Place::Clause, &mut visit);
    }
}

fn conditions<'a>(
    finder: &mut Finder<'a>,
    expr: &'a Expr,
    place: Place,
    visit: &mut impl FnMut(&mut Finder<'a>, &'a Expr, Place),
) {
    visit(finder, expr, place);
    let below = match &expr.kind {
        ExprKind::And(_) | ExprKind::Or(_) => Place::Operand,
        ExprKind::Unary(UnaryOp::Not, _) => Place::Negated,
        ExprKind::If(..) => Place::Branch,
        _ => return,
    };
    for child in expr.children() {
        conditions(finder, child, below, visit);
    }
}

/// Visits every chain of `&&` or `||` with its operands.
fn each_chain<'a>(
    finder: &mut Finder<'a>,
    mut visit: impl FnMut(&mut Finder<'a>, &'a Expr, &'a [Expr]),
) {
    finder.policy.walk(|_, expr| {
        if let ExprKind::And(items) | ExprKind::Or(items) = &expr.kind {
            visit(finder, expr, items);
        }
    });
}
