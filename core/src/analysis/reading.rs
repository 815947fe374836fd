//! One reading of conditions, however they are written.
//!
//! [`plain`] takes out what only hides a test: fields of records that are written out, sets of one element, comparisons
//! with `true` and `false`. [`Form`] then pushes negation inward and turns `if` into its cases, so that what is left are
//! tests, each with the outcome that the policy needs from it.

use std::borrow::Cow;

use crate::analysis::logic::{settled, settled_test};
use crate::facts::{
    BinaryOp, Clause, ClauseKind, Effect, Expr, ExprKind, Literal, Policy, UnaryOp,
};

/// How often a condition may be split at an `if` before it is taken as one test.
const MOST_SPLITS: u32 = 6;

/// What must hold, with negation pushed inward.
#[derive(Debug, Clone)]
pub(crate) enum Form<'a> {
    /// Always or never.
    Constant(bool),
    /// A test and the outcome that it must have.
    Test(&'a Expr, bool),
    /// All of these; two or more.
    All(Vec<Form<'a>>),
    /// One of these; two or more.
    Any(Vec<Form<'a>>),
}

impl<'a> Form<'a> {
    /// What the clauses of a policy ask for, so that it applies.
    pub(crate) fn applies(policy: &'a Policy) -> Self {
        Self::all(
            policy
                .clauses
                .iter()
                .map(|clause| clause_form(clause, true)),
        )
    }

    /// What lets a request through: a permit that applies, or a forbid that does not.
    pub(crate) fn lets_through(policy: &'a Policy) -> Self {
        match policy.effect.value {
            Effect::Permit => Self::applies(policy),
            Effect::Forbid => Self::any(
                policy
                    .clauses
                    .iter()
                    .map(|clause| clause_form(clause, false)),
            ),
        }
    }

    /// What must hold for an expression to have an outcome.
    pub(crate) fn of(expr: &'a Expr, outcome: bool) -> Self {
        form(expr, outcome, MOST_SPLITS)
    }

    /// Visits every test with the outcome that is needed from it.
    pub(crate) fn for_each(&self, visit: &mut impl FnMut(&'a Expr, bool)) {
        match self {
            Self::Constant(_) => {}
            Self::Test(expr, outcome) => visit(expr, *outcome),
            Self::All(items) | Self::Any(items) => {
                for item in items {
                    item.for_each(visit);
                }
            }
        }
    }

    /// Whether on every way through it some test passes; what never holds has no way.
    pub(crate) fn always(&self, test: &mut impl FnMut(&'a Expr, bool) -> bool) -> bool {
        match self {
            Self::Constant(value) => !value,
            Self::Test(expr, outcome) => test(expr, *outcome),
            Self::All(items) => items.iter().any(|item| item.always(test)),
            Self::Any(items) => items.iter().all(|item| item.always(test)),
        }
    }

    fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut out = Vec::new();
        for item in items {
            match item {
                Self::Constant(true) => {}
                Self::Constant(false) => return Self::Constant(false),
                Self::All(inner) => out.extend(inner),
                other => out.push(other),
            }
        }
        match out.len() {
            0 => Self::Constant(true),
            1 => out.pop().unwrap_or(Self::Constant(true)),
            _ => Self::All(out),
        }
    }

    fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut out = Vec::new();
        for item in items {
            match item {
                Self::Constant(false) => {}
                Self::Constant(true) => return Self::Constant(true),
                Self::Any(inner) => out.extend(inner),
                other => out.push(other),
            }
        }
        match out.len() {
            0 => Self::Constant(false),
            1 => out.pop().unwrap_or(Self::Constant(false)),
            _ => Self::Any(out),
        }
    }
}

fn clause_form(clause: &Clause, applies: bool) -> Form<'_> {
    Form::of(&clause.body, (clause.kind == ClauseKind::When) == applies)
}

fn form(expr: &Expr, outcome: bool, splits: u32) -> Form<'_> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => form(inner, !outcome, splits),
        ExprKind::And(items) | ExprKind::Or(items) => {
            let each = items.iter().map(|item| form(item, outcome, splits));
            match matches!(expr.kind, ExprKind::And(_)) == outcome {
                true => Form::all(each),
                false => Form::any(each),
            }
        }
        ExprKind::If(condition, yes, no) if splits > 0 => {
            let splits = splits - 1;
            let branch =
                |value, of| Form::all([form(condition, value, splits), form(of, outcome, splits)]);
            match (settled(yes), settled(no)) {
                // The condition decides alone, or with one of the branches.
                (Some(yes), Some(no)) if yes == no => Form::Constant(yes == outcome),
                (Some(yes), Some(_)) => form(condition, yes == outcome, splits),
                (Some(yes), None) if yes == outcome => {
                    Form::any([form(condition, true, splits), form(no, outcome, splits)])
                }
                (None, Some(no)) if no == outcome => {
                    Form::any([form(condition, false, splits), form(yes, outcome, splits)])
                }
                _ => Form::any([branch(true, yes), branch(false, no)]),
            }
        }
        _ => match (settled_test(expr), compared(expr)) {
            (Some(value), _) => Form::Constant(value == outcome),
            (None, Some((inner, value))) => form(inner, value == outcome, splits),
            (None, None) => Form::Test(expr, outcome),
        },
    }
}

/// `test == true`: what is compared, and the outcome of it for which the comparison holds.
pub(crate) fn compared(expr: &Expr) -> Option<(&Expr, bool)> {
    let ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) = &expr.kind else {
        return None;
    };
    let (inner, value) = match (settled(left), settled(right)) {
        (None, Some(value)) => (left, value),
        (Some(value), None) => (right, value),
        _ => return None,
    };
    Some((inner, value == (*op == BinaryOp::Eq)))
}

/// A comparison in the direction in which it must hold: `5 > x` that must be false as `x >= 5`. Methods of decimals are
/// read as operators.
pub(crate) fn comparison(test: &Expr, outcome: bool) -> Option<(BinaryOp, &Expr, &Expr)> {
    let (op, left, right) = match &test.kind {
        ExprKind::Binary(op, left, right) => (*op, &**left, &**right),
        ExprKind::Method(left, name, args) => {
            let op = match name.value.as_str() {
                "lessThan" => BinaryOp::Less,
                "lessThanOrEqual" => BinaryOp::LessEq,
                "greaterThan" => BinaryOp::Greater,
                "greaterThanOrEqual" => BinaryOp::GreaterEq,
                _ => return None,
            };
            (op, &**left, args.first()?)
        }
        _ => return None,
    };
    let op = match (op, outcome) {
        (BinaryOp::Less, false) => BinaryOp::GreaterEq,
        (BinaryOp::LessEq, false) => BinaryOp::Greater,
        (BinaryOp::Greater, false) => BinaryOp::LessEq,
        (BinaryOp::GreaterEq, false) => BinaryOp::Less,
        (BinaryOp::Eq, false) => BinaryOp::NotEq,
        (BinaryOp::NotEq, false) => BinaryOp::Eq,
        (op, true) => op,
        _ => return None,
    };
    let is_constant = |expr: &Expr| match &expr.kind {
        ExprKind::Unary(UnaryOp::Neg, inner) => matches!(inner.kind, ExprKind::Literal(_)),
        ExprKind::Literal(_) | ExprKind::Call(..) => true,
        _ => false,
    };
    Some(match is_constant(left) {
        true => (mirrored(op), right, left),
        false => (op, left, right),
    })
}

/// The operator for exchanged operands.
pub(crate) const fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEq => BinaryOp::GreaterEq,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEq => BinaryOp::LessEq,
        other => other,
    }
}

/// The policy with its conditions written plainly: `{a: x}.a` as `x`, `{a: x} has a` as `true`, `[x].contains(y)` as
/// `y == x`, `y in [x]` as `y in x`. What is kept keeps its place in the text.
pub(crate) fn plain(policy: &Policy) -> Cow<'_, Policy> {
    let mut hides = |expr: &Expr| match &expr.kind {
        ExprKind::Record(_) => true,
        ExprKind::Set(items) => items.len() == 1,
        _ => false,
    };
    if !policy
        .clauses
        .iter()
        .any(|clause| clause.body.any(&mut hides))
    {
        return Cow::Borrowed(policy);
    }
    let mut plain = policy.clone();
    for clause in &mut plain.clauses {
        make_plain(&mut clause.body);
    }
    Cow::Owned(plain)
}

fn make_plain(expr: &mut Expr) {
    for child in children_mut(expr) {
        make_plain(child);
    }
    if let Some(kind) = plainly(expr) {
        expr.kind = kind;
    }
}

fn plainly(expr: &Expr) -> Option<ExprKind> {
    match &expr.kind {
        ExprKind::Attr(base, name) => {
            let ExprKind::Record(fields) = &base.kind else {
                return None;
            };
            let (_, value) = fields.iter().find(|(field, _)| field.value == name.value)?;
            Some(value.kind.clone())
        }
        ExprKind::Has(base, path) => {
            let ExprKind::Record(fields) = &base.kind else {
                return None;
            };
            let (first, rest) = path.value.split_first()?;
            let field = fields.iter().find(|(field, _)| field.value == *first);
            match (field, rest) {
                (None, _) => Some(ExprKind::Literal(Literal::Bool(false))),
                (Some(_), []) => Some(ExprKind::Literal(Literal::Bool(true))),
                (Some((_, value)), rest) => {
                    let mut path = path.clone();
                    path.value = rest.to_vec();
                    Some(ExprKind::Has(Box::new(value.clone()), path))
                }
            }
        }
        ExprKind::Method(set, name, args) if name.value == "contains" => {
            let (ExprKind::Set(items), [arg]) = (&set.kind, args.as_slice()) else {
                return None;
            };
            let [item] = items.as_slice() else {
                return None;
            };
            Some(ExprKind::Binary(
                BinaryOp::Eq,
                Box::new(arg.clone()),
                Box::new(item.clone()),
            ))
        }
        ExprKind::Binary(BinaryOp::In, left, right) => {
            let ExprKind::Set(items) = &right.kind else {
                return None;
            };
            let [item] = items.as_slice() else {
                return None;
            };
            Some(ExprKind::Binary(
                BinaryOp::In,
                left.clone(),
                Box::new(item.clone()),
            ))
        }
        _ => None,
    }
}

fn children_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Literal(_) | ExprKind::Entity(_) | ExprKind::Var(_) | ExprKind::Slot(_) => {
            Vec::new()
        }
        ExprKind::If(a, b, c) => vec![a, b, c],
        ExprKind::And(items)
        | ExprKind::Or(items)
        | ExprKind::Set(items)
        | ExprKind::Call(_, items) => items.iter_mut().collect(),
        ExprKind::Unary(_, a)
        | ExprKind::Has(a, _)
        | ExprKind::Like(a, _)
        | ExprKind::Attr(a, _) => {
            vec![a]
        }
        ExprKind::Is(a, _, b) => {
            let mut out: Vec<&mut Expr> = vec![a];
            out.extend(b.as_deref_mut());
            out
        }
        ExprKind::Binary(_, a, b) => vec![a, b],
        ExprKind::Method(receiver, _, args) => {
            let mut out: Vec<&mut Expr> = vec![receiver];
            out.extend(args);
            out
        }
        ExprKind::Record(fields) => fields.iter_mut().map(|(_, value)| value).collect(),
    }
}

#[cfg(test)]
pub(in crate::analysis) mod tests;
