//! Comparisons with a literal limit, and whether a request stands directly at the limit.
//!
//! Whether it does is asked of Cedar, with a condition made from the comparison's own text.

use cedar_policy_core::ast::Expr as CedarExpr;

use super::tree::{Tree, parsed};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, Policy, UnaryOp};
use crate::source::Span;

/// Decimals have four digits behind the point.
const DIGITS: usize = 4;

/// A comparison of something with a limit.
#[derive(Debug)]
pub struct Boundary {
    /// The comparison.
    pub span: Span,
    /// The limit as it is written.
    pub limit: String,
    /// The values directly beyond it, in words: `501`, or `a moment of the second before`.
    pub beyond: String,
    /// What is compared, as it is written.
    pub operand: Span,
    /// The place of the comparison's mark.
    pub(super) mark: usize,
    /// Whether the value is the limit itself.
    pub(super) at: CedarExpr,
    /// Whether it is directly beside the limit, where the comparison comes to the opposite.
    pub(super) beside: CedarExpr,
}

/// Every atomic condition that is a comparison with a literal limit.
pub(super) fn boundaries(policy: &Policy, tree: &Tree) -> Vec<Boundary> {
    let mut marks: Vec<(Span, usize)> = Vec::new();
    for clause in &tree.clauses {
        let places = clause.mark + 1..;
        marks.extend(places.zip(&clause.atoms).map(|(at, atom)| (atom.span, at)));
    }
    let mut drafts = Vec::new();
    policy.walk(|_, expr| {
        if let Some((_, mark)) = marks.iter().find(|(span, _)| *span == expr.span) {
            drafts.extend(comparison(expr).and_then(|of| of.draft(policy, expr, *mark)));
        }
    });
    // Together, as each call of Cedar's parser sets up its lexer anew.
    let texts = drafts.iter().flat_map(|of| [of.at.as_str(), &of.beside]);
    let mut conditions = parsed(texts).into_iter();
    let mut made = || Some((conditions.next()?, conditions.next()?));
    let made = drafts.into_iter().map(|draft| {
        let (at, beside) = made()?;
        Some(Boundary {
            span: draft.span,
            limit: draft.limit,
            beyond: draft.beyond,
            operand: draft.operand,
            mark: draft.mark,
            at: at?,
            beside: beside?,
        })
    });
    made.flatten().collect()
}

/// A boundary whose conditions are not parsed yet.
struct Draft {
    span: Span,
    limit: String,
    beyond: String,
    operand: Span,
    mark: usize,
    at: String,
    beside: String,
}

/// `operand op limit`, whichever way round it is written.
pub(crate) struct Comparison<'a> {
    pub(crate) operand: &'a Expr,
    op: BinaryOp,
    limit: &'a Expr,
    pub(crate) value: Limit,
}

/// A literal limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// An integer.
    Long(i64),
    /// Ten-thousandths, and the number of digits behind the point as written.
    Decimal(i64, usize),
    /// `datetime("…")`
    Datetime,
}

/// The comparison that an expression is; `None` where it is none, or has no literal.
pub(crate) fn comparison(expr: &Expr) -> Option<Comparison<'_>> {
    let (left, op, right) = match &expr.kind {
        ExprKind::Binary(op, left, right) if op.is_order() => (left.as_ref(), *op, right.as_ref()),
        ExprKind::Method(receiver, name, arguments) => {
            let op = match name.value.as_str() {
                "lessThan" => BinaryOp::Less,
                "lessThanOrEqual" => BinaryOp::LessEq,
                "greaterThan" => BinaryOp::Greater,
                "greaterThanOrEqual" => BinaryOp::GreaterEq,
                _ => return None,
            };
            (receiver.as_ref(), op, arguments.first()?)
        }
        _ => return None,
    };
    match (limit(left), limit(right)) {
        (None, Some(value)) => Some(Comparison {
            operand: left,
            op,
            limit: right,
            value,
        }),
        (Some(value), None) => Some(Comparison {
            operand: right,
            op: match op {
                BinaryOp::Less => BinaryOp::Greater,
                BinaryOp::LessEq => BinaryOp::GreaterEq,
                BinaryOp::Greater => BinaryOp::Less,
                _ => BinaryOp::LessEq,
            },
            limit: left,
            value,
        }),
        _ => None,
    }
}

impl Comparison<'_> {
    /// Whether what lies directly beyond the limit is less than it.
    fn below(&self) -> bool {
        matches!(self.op, BinaryOp::Less | BinaryOp::GreaterEq)
    }

    fn draft(&self, policy: &Policy, expr: &Expr, mark: usize) -> Option<Draft> {
        let operand = policy.at(self.operand.outer);
        let limit = policy.at(self.limit.outer);
        let below = self.below();
        let (at, beside, beyond) = match self.value {
            Limit::Long(value) => {
                let other = if below {
                    value.checked_sub(1)?
                } else {
                    value.checked_add(1)?
                };
                (
                    format!("({operand}) == ({value})"),
                    format!("({operand}) == ({other})"),
                    other.to_string(),
                )
            }
            Limit::Decimal(value, digits) => {
                let step = 10_i64.checked_pow(u32::try_from(DIGITS - digits).ok()?)?;
                let other = decimal_text(if below {
                    value.checked_sub(step)?
                } else {
                    value.checked_add(step)?
                });
                let (beyond, within) = if below {
                    ("lessThan", "greaterThanOrEqual")
                } else {
                    ("greaterThan", "lessThanOrEqual")
                };
                (
                    format!("({operand}) == ({limit})"),
                    format!(
                        "({operand}).{beyond}({limit}) && ({operand}).{within}(decimal(\"{other}\"))"
                    ),
                    other,
                )
            }
            Limit::Datetime => {
                let (beyond, within, sign, words) = if below {
                    ("<", ">=", "-", "a moment of the second before")
                } else {
                    (">", "<=", "", "a moment of the second behind")
                };
                (
                    format!("({operand}) == ({limit})"),
                    format!(
                        "({operand}) {beyond} ({limit}) && ({operand}) {within} ({limit}).offset(duration(\"{sign}1s\"))"
                    ),
                    words.to_owned(),
                )
            }
        };
        Some(Draft {
            span: expr.span,
            limit: limit.to_owned(),
            beyond,
            operand: self.operand.outer,
            mark,
            at,
            beside,
        })
    }
}

fn limit(expr: &Expr) -> Option<Limit> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => Some(Limit::Long(i64::try_from(*value).ok()?)),
        ExprKind::Unary(UnaryOp::Neg, inner) => match &inner.kind {
            ExprKind::Literal(Literal::Long(value)) => {
                let value = i64::try_from(-i128::from(*value)).ok()?;
                Some(Limit::Long(value))
            }
            _ => None,
        },
        ExprKind::Call(name, arguments) => {
            let text = match &arguments.first()?.kind {
                ExprKind::Literal(Literal::String(text)) => text,
                _ => return None,
            };
            match name.value.as_str() {
                "datetime" => Some(Limit::Datetime),
                "decimal" => {
                    let (_, behind) = text.split_once('.')?;
                    let digits = behind.len();
                    let padded = format!(
                        "{}{}",
                        text.replace('.', ""),
                        "0".repeat(DIGITS.checked_sub(digits)?)
                    );
                    Some(Limit::Decimal(padded.parse().ok()?, digits))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Ten-thousandths as Cedar reads them, without zeros at the end but one.
pub(crate) fn decimal_text(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    let behind = format!("{:04}", value % 10_000);
    let behind = behind.trim_end_matches('0');
    let behind = if behind.is_empty() { "0" } else { behind };
    format!("{sign}{}.{behind}", value / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_short_as_cedar_reads_them() {
        for (value, text) in [
            (0, "0.0"),
            (5_000_100, "500.01"),
            (-1, "-0.0001"),
            (-12_500, "-1.25"),
        ] {
            assert_eq!(decimal_text(value), text);
        }
    }
}
