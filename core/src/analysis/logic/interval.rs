//! Whether arithmetic can leave the range of `Long`.

use super::constant::integer;
use super::key::key;
use super::known::Known;
use super::test::{Kind, Test};
use crate::facts::{BinaryOp, Expr, ExprKind, UnaryOp};

/// Whether an arithmetic expression can overflow, given what is known where it is evaluated. An operand
/// of which nothing is known can be any `Long`.
pub(crate) fn may_overflow(expr: &Expr, known: &Known) -> bool {
    range(expr, known).is_none()
}

const LEAST: i128 = i64::MIN as i128;
const MOST: i128 = i64::MAX as i128;

/// The least and the greatest value; `None` where it can overflow.
fn range(expr: &Expr, known: &Known) -> Option<(i128, i128)> {
    if let Some(value) = integer(expr) {
        return Some((value, value));
    }
    let (low, high) = match &expr.kind {
        ExprKind::Unary(UnaryOp::Neg, inner) => {
            let (low, high) = range(inner, known)?;
            (-high, -low)
        }
        ExprKind::Binary(op, left, right) if op.is_arithmetic() => {
            let (a, b) = range(left, known)?;
            let (c, d) = range(right, known)?;
            match op {
                BinaryOp::Add => (a + c, b + d),
                BinaryOp::Sub => (a - d, b - c),
                _ => {
                    let products = [a * c, a * d, b * c, b * d];
                    (
                        products.into_iter().min().unwrap_or(LEAST),
                        products.into_iter().max().unwrap_or(MOST),
                    )
                }
            }
        }
        _ => return Some(bounds(expr, known)),
    };
    (LEAST <= low && high <= MOST).then_some((low, high))
}

fn bounds(expr: &Expr, known: &Known) -> (i128, i128) {
    let mut bounds = (LEAST, MOST);
    for test in known.about(&key(expr)) {
        if let Test::Range(Kind::Long, low, high) = test {
            bounds = (bounds.0.max(*low), bounds.1.min(*high));
        }
    }
    bounds
}
