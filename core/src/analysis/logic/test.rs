//! One test of one expression, as `context.amount <= 50` is of `context.amount`.

use super::constant::integer;
use super::key::key;
use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal, UnaryOp};
use crate::time::Instant;

/// What a test says of the expression that it tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    /// It lies between these two, both included.
    Range(Kind, i128, i128),
    /// It is another number.
    NotNumber(Kind, i128),
    /// It is this.
    Is(Constant),
    /// It is not this.
    IsNot(Constant),
    /// It is an entity of this type.
    Type(String),
    /// It is no entity of this type.
    NotType(String),
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `Long`.
    Long,
    /// A `datetime` in milliseconds.
    Time,
    /// A `decimal` in units of its fourth digit.
    Decimal,
}

/// A literal that has no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Constant {
    /// `true` or `false`
    Bool(bool),
    /// `"text"`
    String(String),
    /// `User::"alice"`
    Entity(Entity),
}

impl Test {
    /// Whether both can never hold of one expression.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.excludes_one_way(other) || other.excludes_one_way(self)
    }

    /// Whether two tests that exclude each other do so by the entities' types alone.
    pub(crate) fn differs_by_type(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(Constant::Entity(a)), Self::Is(Constant::Entity(b))) => a.ty != b.ty,
            _ => [self, other]
                .iter()
                .any(|test| matches!(test, Self::Type(_) | Self::NotType(_))),
        }
    }

    fn excludes_one_way(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Range(k, low, high), Self::Range(l, from, to)) => {
                k == l && (low > to || from > high)
            }
            (Self::Range(k, low, high), Self::NotNumber(l, n)) => k == l && low == n && high == n,
            (Self::Is(a), Self::Is(b)) => a != b,
            (Self::Is(a), Self::IsNot(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a != b,
            (Self::Type(a), Self::NotType(b)) => a == b,
            (Self::Is(Constant::Entity(e)), Self::Type(ty)) => e.ty != *ty,
            (Self::Is(Constant::Entity(e)), Self::NotType(ty)) => e.ty == *ty,
            _ => false,
        }
    }
}

/// What must hold, and of which expression, for a condition without `&&`, `||` and `if` to be `value`.
/// The expression is named by its [`key`].
pub(crate) fn test(expr: &Expr, value: bool) -> Option<(String, Test)> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => test(inner, !value),
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::If(..) | ExprKind::Literal(_) => None,
        ExprKind::Is(base, ty, within) => match (value, within) {
            (true, _) => Some((key(base), Test::Type(ty.value.clone()))),
            (false, None) => Some((key(base), Test::NotType(ty.value.clone()))),
            (false, Some(_)) => None,
        },
        ExprKind::Binary(BinaryOp::In, ..) => opaque(expr, value),
        ExprKind::Binary(op, left, right) => {
            if constant(left).is_some() && constant(right).is_some() {
                return None;
            }
            if let Some(found) = number(right) {
                return Some((key(left), ordered(*op, found, value)?));
            }
            if let Some(found) = number(left) {
                return Some((key(right), ordered(mirrored(*op), found, value)?));
            }
            let (of, constant) = match (constant(left), constant(right)) {
                (None, Some(constant)) => (left, constant),
                (Some(constant), None) => (right, constant),
                _ => return opaque_comparison(*op, left, right, value),
            };
            let equal = match op {
                BinaryOp::Eq => value,
                BinaryOp::NotEq => !value,
                _ => return None,
            };
            let test = if equal {
                Test::Is(constant)
            } else if let Constant::Bool(other) = constant {
                Test::Is(Constant::Bool(!other))
            } else {
                Test::IsNot(constant)
            };
            Some((key(of), test))
        }
        ExprKind::Method(receiver, name, args) => {
            let op = match name.value.as_str() {
                "lessThan" => BinaryOp::Less,
                "lessThanOrEqual" => BinaryOp::LessEq,
                "greaterThan" => BinaryOp::Greater,
                "greaterThanOrEqual" => BinaryOp::GreaterEq,
                _ => return opaque(expr, value),
            };
            match args.as_slice() {
                [arg] => Some((key(receiver), ordered(op, number(arg)?, value)?)),
                _ => None,
            }
        }
        _ => opaque(expr, value),
    }
}

/// The time that `datetime("…")` names, in milliseconds.
pub(crate) fn datetime(expr: &Expr) -> Option<i128> {
    let ExprKind::Call(name, args) = &expr.kind else {
        return None;
    };
    match (name.value.as_str(), args.as_slice()) {
        ("datetime", [arg]) => Some(i128::from(Instant::parse(text(arg)?)?.as_millis())),
        _ => None,
    }
}

/// Any other condition is true or false as a whole.
fn opaque(expr: &Expr, value: bool) -> Option<(String, Test)> {
    Some((key(expr), Test::Is(Constant::Bool(value))))
}

/// `a == b` and `a != b` of two expressions that both depend on the request.
fn opaque_comparison(
    op: BinaryOp,
    left: &Expr,
    right: &Expr,
    value: bool,
) -> Option<(String, Test)> {
    let (mut a, mut b) = (key(left), key(right));
    let (name, value) = match op {
        BinaryOp::Eq => ("==", value),
        BinaryOp::NotEq => ("==", !value),
        BinaryOp::Less => ("<", value),
        BinaryOp::GreaterEq => ("<", !value),
        BinaryOp::Greater => {
            std::mem::swap(&mut a, &mut b);
            ("<", value)
        }
        BinaryOp::LessEq => {
            std::mem::swap(&mut a, &mut b);
            ("<", !value)
        }
        _ => return None,
    };
    if name == "==" && b < a {
        std::mem::swap(&mut a, &mut b);
    }
    Some((format!("{name}({a},{b})"), Test::Is(Constant::Bool(value))))
}

fn constant(expr: &Expr) -> Option<Constant> {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(Constant::Bool(*value)),
        ExprKind::Literal(Literal::String(value)) => Some(Constant::String(value.clone())),
        ExprKind::Entity(entity) => Some(Constant::Entity(entity.clone())),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<(Kind, i128)> {
    if let Some(value) = integer(expr) {
        return Some((Kind::Long, value));
    }
    if let Some(value) = datetime(expr) {
        return Some((Kind::Time, value));
    }
    match &expr.kind {
        ExprKind::Call(name, args) if name.value == "decimal" => match args.as_slice() {
            [arg] => Some((Kind::Decimal, decimal(text(arg)?)?)),
            _ => None,
        },
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// `12.5` as 125000.
fn decimal(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = u32::try_from(fraction.len()).ok().filter(|n| *n <= 4)?;
    let part = fraction.parse::<u32>().ok()?;
    let whole_value = whole.parse::<i64>().ok()?;
    let part = i128::from(part) * 10_i128.pow(4 - digits);
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(i128::from(whole_value) * 10_000 + sign * part)
}

fn ordered(op: BinaryOp, (kind, n): (Kind, i128), value: bool) -> Option<Test> {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    Some(match (op, value) {
        (BinaryOp::Eq, true) | (BinaryOp::NotEq, false) => Test::Range(kind, n, n),
        (BinaryOp::Eq, false) | (BinaryOp::NotEq, true) => Test::NotNumber(kind, n),
        (BinaryOp::Less, true) | (BinaryOp::GreaterEq, false) => Test::Range(kind, least, n - 1),
        (BinaryOp::LessEq, true) | (BinaryOp::Greater, false) => Test::Range(kind, least, n),
        (BinaryOp::Greater, true) | (BinaryOp::LessEq, false) => Test::Range(kind, n + 1, most),
        (BinaryOp::GreaterEq, true) | (BinaryOp::Less, false) => Test::Range(kind, n, most),
        _ => return None,
    })
}

const fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEq => BinaryOp::GreaterEq,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEq => BinaryOp::LessEq,
        other => other,
    }
}

/// A comparison for which `is_limit` holds of one side, read as "the other side, operator, limit" and
/// turned around where it must be false.
pub(crate) fn limit_test(
    expr: &Expr,
    value: bool,
    is_limit: impl Fn(&Expr) -> bool,
) -> Option<(BinaryOp, &Expr, &Expr)> {
    let ExprKind::Binary(op, left, right) = &expr.kind else {
        return None;
    };
    let (op, of, limit) = if is_limit(right) {
        (*op, left, right)
    } else if is_limit(left) {
        (mirrored(*op), right, left)
    } else {
        return None;
    };
    let op = match (op, value) {
        (op, true) => op,
        (BinaryOp::Less, false) => BinaryOp::GreaterEq,
        (BinaryOp::LessEq, false) => BinaryOp::Greater,
        (BinaryOp::Greater, false) => BinaryOp::LessEq,
        (BinaryOp::GreaterEq, false) => BinaryOp::Less,
        (BinaryOp::NotEq, false) => BinaryOp::Eq,
        _ => return None,
    };
    Some((op, of, limit))
}
