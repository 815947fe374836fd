//! Conditions whose value does not depend on the request.

use super::clash;
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, PatternElement, UnaryOp};

/// The value of a condition that is made of constants, wherever it does not fail to evaluate; `None` where
/// it depends on the request.
pub(crate) fn truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(*value),
        ExprKind::Unary(UnaryOp::Not, inner) => truth(inner).map(|value| !value),
        ExprKind::And(items) => all(items, true, truth),
        ExprKind::Or(items) => all(items, false, truth),
        ExprKind::If(condition, yes, no) => match truth(condition) {
            Some(true) => truth(yes),
            Some(false) => truth(no),
            None => truth(yes).filter(|value| truth(no) == Some(*value)),
        },
        ExprKind::Binary(op, left, right) => compare(*op, left, right),
        _ => None,
    }
}

/// As [`truth`], with what follows from the form of the tests as well: an expression compared with itself, a
/// pattern that every text matches, operands of which one must hold or that exclude each other.
pub(crate) fn settled(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => settled(inner).map(|value| !value),
        ExprKind::And(items) => {
            all(items, true, settled).or_else(|| clash(expr, true).is_some().then_some(false))
        }
        ExprKind::Or(items) => {
            all(items, false, settled).or_else(|| clash(expr, false).is_some().then_some(true))
        }
        ExprKind::If(condition, yes, no) => match settled(condition) {
            Some(true) => settled(yes),
            Some(false) => settled(no),
            None => settled(yes).filter(|value| settled(no) == Some(*value)),
        },
        _ => settled_test(expr),
    }
}

/// As [`settled`], for a condition without `&&`, `||`, `!` and `if`.
pub(crate) fn settled_test(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Binary(op, left, right) => compare(*op, left, right)
            .or_else(|| (!op.is_arithmetic() && left.same(right)).then(|| includes_equal(*op))),
        ExprKind::Like(_, pattern) => {
            let wild = |element: &PatternElement| *element == PatternElement::Wildcard;
            (!pattern.value.is_empty() && pattern.value.iter().all(wild)).then_some(true)
        }
        _ => truth(expr),
    }
}

const fn includes_equal(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Eq | BinaryOp::LessEq | BinaryOp::GreaterEq | BinaryOp::In
    )
}

/// A literal integer, negative ones included.
pub(crate) fn integer(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => Some(i128::from(*value)),
        ExprKind::Unary(UnaryOp::Neg, inner) => integer(inner).map(|value| -value),
        _ => None,
    }
}

/// `&&` with `neutral` true, `||` with `neutral` false.
fn all(items: &[Expr], neutral: bool, of: fn(&Expr) -> Option<bool>) -> Option<bool> {
    let mut constant = true;
    for item in items {
        match of(item) {
            Some(value) if value != neutral => return Some(value),
            Some(_) => {}
            None => constant = false,
        }
    }
    constant.then_some(neutral)
}

fn compare(op: BinaryOp, left: &Expr, right: &Expr) -> Option<bool> {
    if let (Some(a), Some(b)) = (integer(left), integer(right)) {
        return match op {
            BinaryOp::Eq => Some(a == b),
            BinaryOp::NotEq => Some(a != b),
            BinaryOp::Less => Some(a < b),
            BinaryOp::LessEq => Some(a <= b),
            BinaryOp::Greater => Some(a > b),
            BinaryOp::GreaterEq => Some(a >= b),
            _ => None,
        };
    }
    let equal = match (&left.kind, &right.kind) {
        (ExprKind::Literal(a), ExprKind::Literal(b)) => a == b,
        (ExprKind::Entity(a), ExprKind::Entity(b)) => a == b,
        _ => return None,
    };
    match op {
        BinaryOp::Eq => Some(equal),
        BinaryOp::NotEq => Some(!equal),
        _ => None,
    }
}
