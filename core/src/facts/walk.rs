//! Questions that many checks ask of an expression.

use super::{Clause, ClauseKind, Effect, Expr, ExprKind, Var};

/// Whether making an expression true makes its policy apply more often or less often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// True makes the policy apply.
    Positive,
    /// True keeps the policy from applying.
    Negative,
}

impl Polarity {
    /// The polarity of a clause's whole condition.
    pub const fn of(clause: &Clause) -> Self {
        match clause.kind {
            ClauseKind::When => Self::Positive,
            ClauseKind::Unless => Self::Negative,
        }
    }

    /// Whether the policy grants more where the expression is true: a permit that it makes apply, or a
    /// forbid that it keeps from applying.
    pub const fn grants(self, effect: Effect) -> bool {
        matches!(
            (self, effect),
            (Self::Positive, Effect::Permit) | (Self::Negative, Effect::Forbid)
        )
    }
}

/// The operands of nested `&&`, flattened, in the order written; an expression that is no `&&` is its
/// own only operand.
pub fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::And(items) => items.iter().flat_map(conjuncts).collect(),
        _ => vec![expr],
    }
}

/// The operands of nested `||`, flattened, in the order written.
pub fn disjuncts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Or(items) => items.iter().flat_map(disjuncts).collect(),
        _ => vec![expr],
    }
}

/// The variable and the attributes of a path such as `resource.owner.name`; no attributes for a bare
/// variable, `None` for anything else.
pub fn attribute_path(expr: &Expr) -> Option<(Var, Vec<&str>)> {
    match &expr.kind {
        ExprKind::Var(var) => Some((*var, vec![])),
        ExprKind::Attr(base, name) => {
            let (var, mut path) = attribute_path(base)?;
            path.push(&name.value);
            Some((var, path))
        }
        _ => None,
    }
}
