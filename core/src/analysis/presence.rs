//! Which attributes and tags are known to be there when a condition is evaluated, by Cedar's own rules: after a `has` in an
//! `&&` or `if`, after a failed one in an `||`, and in the clauses behind.

use std::collections::BTreeSet;

use crate::analysis::missing::Place;
use crate::facts::{ClauseKind, Expr, ExprKind, Policy, UnaryOp, Var};

/// Visits every attribute and tag that is read without being known to be there, the longest paths only. What is read of an
/// entity that is named, or of a record that is written out, is left out.
pub(crate) fn unguarded<'a>(policy: &'a Policy, visit: &mut impl FnMut(&'a Expr, Place)) {
    let mut known = BTreeSet::new();
    for clause in &policy.clauses {
        walk(&clause.body, &known, visit);
        learn(&mut known, &clause.body, clause.kind == ClauseKind::When);
    }
}

fn walk<'a>(expr: &'a Expr, known: &BTreeSet<Place>, visit: &mut impl FnMut(&'a Expr, Place)) {
    match &expr.kind {
        ExprKind::And(items) | ExprKind::Or(items) => {
            let mut known = known.clone();
            for item in items {
                walk(item, &known, visit);
                learn(&mut known, item, matches!(expr.kind, ExprKind::And(_)));
            }
        }
        ExprKind::If(condition, yes, no) => {
            walk(condition, known, visit);
            for (branch, value) in [(yes, true), (no, false)] {
                let mut known = known.clone();
                learn(&mut known, condition, value);
                walk(branch, &known, visit);
            }
        }
        _ => match root(expr) {
            Some(root) => {
                let place = Place::of(expr);
                let is_known = known.iter().any(|of| of.is_within(&place));
                if !is_known && matches!(root.kind, ExprKind::Var(_)) {
                    visit(expr, place);
                }
                walk_tags(expr, known, visit);
                if !matches!(root.kind, ExprKind::Var(_) | ExprKind::Entity(_)) {
                    walk(root, known, visit);
                }
            }
            None => {
                for child in expr.children() {
                    walk(child, known, visit);
                }
            }
        },
    }
}

/// The names of tags along a path may be read themselves.
fn walk_tags<'a>(expr: &'a Expr, known: &BTreeSet<Place>, visit: &mut impl FnMut(&'a Expr, Place)) {
    match &expr.kind {
        ExprKind::Attr(base, _) => walk_tags(base, known, visit),
        ExprKind::Method(base, name, args) if name.value == "getTag" => {
            args.iter().for_each(|arg| walk(arg, known, visit));
            walk_tags(base, known, visit);
        }
        _ => {}
    }
}

/// What a path of attributes and tags starts at; `None` where the expression is no such path.
fn root(expr: &Expr) -> Option<&Expr> {
    let base = match &expr.kind {
        ExprKind::Attr(base, _) => base,
        ExprKind::Method(base, name, _) if name.value == "getTag" => base,
        _ => return None,
    };
    Some(root(base).unwrap_or(base))
}

/// Adds what is there because `expr` came to `value`.
fn learn(known: &mut BTreeSet<Place>, expr: &Expr, value: bool) {
    known.extend(there(expr, value).unwrap_or_default());
}

/// What is there where an expression came to a truth value; `None` where it never does.
fn there(expr: &Expr, value: bool) -> Option<BTreeSet<Place>> {
    match &expr.kind {
        ExprKind::Literal(crate::facts::Literal::Bool(of)) => (*of == value).then(BTreeSet::new),
        ExprKind::Unary(UnaryOp::Not, inner) => there(inner, !value),
        ExprKind::And(items) | ExprKind::Or(items) => {
            let all = matches!(expr.kind, ExprKind::And(_)) == value;
            let mut each = items.iter().map(|item| there(item, value));
            if all {
                each.try_fold(BTreeSet::new(), |mut out, of| {
                    out.extend(of?);
                    Some(out)
                })
            } else {
                each.flatten()
                    .reduce(|one, other| one.intersection(&other).cloned().collect())
            }
        }
        ExprKind::If(condition, yes, no) => {
            let way = |decides, branch| {
                let mut out = there(condition, decides)?;
                out.extend(there(branch, value)?);
                Some(out)
            };
            match (way(true, yes), way(false, no)) {
                (Some(one), Some(other)) => Some(one.intersection(&other).cloned().collect()),
                (one, other) => one.or(other),
            }
        }
        _ => Some(match (value, Place::asked_by(expr)) {
            (true, Some(place)) => BTreeSet::from([place]),
            _ => BTreeSet::new(),
        }),
    }
}

/// Whether a path starts at a variable of the request.
pub(crate) fn of_request(expr: &Expr) -> Option<Var> {
    match root(expr)?.kind {
        ExprKind::Var(var) => Some(var),
        _ => None,
    }
}
