//! Comparisons that say the same without arithmetic.

use super::constant::integer;
use crate::facts::{BinaryOp, Expr, ExprKind, Policy};
use crate::finding::{Fix, TextEdit};

/// `a + 5 < 100` as `a < 95`, which cannot overflow. `None` where the constant does not go to one side.
pub(crate) fn without_arithmetic(policy: &Policy, comparison: &Expr) -> Option<Fix> {
    let ExprKind::Binary(op, left, right) = &comparison.kind else {
        return None;
    };
    let ExprKind::Binary(arithmetic, a, b) = &left.kind else {
        return None;
    };
    let limit = integer(right)?;
    let (rest, limit) = match (arithmetic, integer(a), integer(b)) {
        (BinaryOp::Add, None, Some(n)) => (a, limit - n),
        (BinaryOp::Add, Some(n), None) => (b, limit - n),
        (BinaryOp::Sub, None, Some(n)) => (a, limit + n),
        _ => return None,
    };
    i64::try_from(limit).ok()?;
    let text = format!("{} {} {limit}", policy.at(rest.outer), op.as_str());
    Some(Fix::suggestion(
        format!("compare as `{text}`"),
        vec![TextEdit::replace(comparison.span, text)],
    ))
}
