//! What becomes of a condition when something is supposed of the request.
//!
//! The values are three: true, false and not known. What comes out as true or false is so in every request of which the
//! supposition holds, as long as nothing fails to evaluate.

use crate::analysis::conditions::{compared_with_truth, demands};
use crate::analysis::logic::settled_test;
use crate::facts::{ClauseKind, Expr, ExprKind, Policy, UnaryOp, attribute_path};

/// What a test comes to; `None` where the supposition says nothing about it.
pub(crate) type Suppose<'s> = dyn FnMut(&Expr) -> Option<bool> + 's;

/// The value of a condition, given what is supposed of its tests.
pub(crate) fn outcome(expr: &Expr, suppose: &mut Suppose<'_>) -> Option<bool> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => outcome(inner, suppose).map(|value| !value),
        ExprKind::And(items) => join(items.iter().map(|item| outcome(item, suppose)), false),
        ExprKind::Or(items) => join(items.iter().map(|item| outcome(item, suppose)), true),
        ExprKind::If(condition, yes, no) => match outcome(condition, suppose) {
            Some(true) => outcome(yes, suppose),
            Some(false) => outcome(no, suppose),
            None => outcome(yes, suppose).filter(|yes| Some(*yes) == outcome(no, suppose)),
        },
        _ => match (settled_test(expr), compared_with_truth(expr)) {
            (Some(value), _) => Some(value),
            (None, Some((inner, value))) => outcome(inner, suppose).map(|found| found == value),
            (None, None) => suppose(expr),
        },
    }
}

/// Whether a policy's conditions let it apply.
pub(crate) fn applies(policy: &Policy, suppose: &mut Suppose<'_>) -> Option<bool> {
    let clauses = policy.clauses.iter().map(|clause| {
        let needed = clause.kind == ClauseKind::When;
        outcome(&clause.body, suppose).map(|value| value == needed)
    });
    join(clauses, false)
}

/// The tests that have one outcome wherever a policy applies.
pub(crate) struct Demanded<'a>(Vec<(&'a Expr, bool)>);

impl<'a> Demanded<'a> {
    pub(crate) fn of(policy: &'a Policy) -> Self {
        Self(demands(policy))
    }

    /// The outcome of a test wherever the policy applies; `None` where it can have either.
    pub(crate) fn outcome(&self, test: &Expr) -> Option<bool> {
        (self.0.iter())
            .find(|(demanded, _)| demanded.same(test))
            .map(|(_, outcome)| *outcome)
    }
}

/// Whether `base has path` asks for what an attribute's path goes through.
pub(crate) fn is_presence_of(test: &Expr, attribute: &Expr) -> bool {
    let ExprKind::Has(base, path) = &test.kind else {
        return false;
    };
    let (Some((var, mut asked)), Some((of, read))) =
        (attribute_path(base), attribute_path(attribute))
    else {
        return false;
    };
    asked.extend(path.value.iter().map(String::as_str));
    var == of && read.starts_with(&asked)
}

/// `absorbing` is the value that decides: false for `&&`, true for `||`.
fn join(values: impl Iterator<Item = Option<bool>>, absorbing: bool) -> Option<bool> {
    let mut known = true;
    for value in values {
        match value {
            Some(value) if value == absorbing => return Some(absorbing),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!absorbing)
}
