//! Atoms: tests that no `&&`, `||`, `!` or `if` takes apart, each under a name that is the same for the
//! different ways to write it.

use std::collections::BTreeMap;

use super::diagram::Place;
use super::reach::can_be_below;
use super::{Formula, formula};
use crate::analysis::logic::key;
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, UnaryOp, Var, attribute_path};
use crate::schema::{Schema, Type, TypeScope};

/// The atoms of a policy by their names.
pub(super) struct Atoms<'a> {
    schema: Option<(&'a Schema, &'a TypeScope)>,
    /// Number in the order of appearance, and whether it can fail.
    known: BTreeMap<String, (usize, bool)>,
}

impl<'a> Atoms<'a> {
    pub(super) const fn new(schema: Option<(&'a Schema, &'a TypeScope)>) -> Self {
        Self {
            schema,
            known: BTreeMap::new(),
        }
    }

    /// The places of the atoms by their number: they are ordered by name.
    pub(super) fn order(&self) -> Vec<Place> {
        let mut order: Vec<(usize, Place)> = self
            .known
            .values()
            .zip(0..)
            .map(|((number, can_fail), level)| {
                let can_fail = *can_fail;
                (*number, Place { level, can_fail })
            })
            .collect();
        order.sort_by_key(|(number, _)| *number);
        order.into_iter().map(|(_, place)| place).collect()
    }

    /// The names in order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.known.keys().map(String::as_str).collect()
    }

    /// A test as a formula over atoms, mostly a single one.
    pub(super) fn read(&mut self, expr: &Expr) -> Formula {
        match &expr.kind {
            ExprKind::Binary(op, left, right) => match op {
                BinaryOp::Eq => self.equal(left, right),
                BinaryOp::NotEq => not(self.equal(left, right)),
                BinaryOp::Less => self.less(left, right),
                BinaryOp::GreaterEq => not(self.less(left, right)),
                BinaryOp::Greater => self.less(right, left),
                BinaryOp::LessEq => not(self.less(right, left)),
                BinaryOp::In => self.within(left, right),
                _ => self.atom(key(expr), &[left, right], false),
            },
            ExprKind::Is(base, ty, within) => {
                let total = is_request_entity(base) || self.schema.is_some();
                let is = self.atom(format!("{} is {}", key(base), ty.value), &[base], total);
                match within {
                    None => is,
                    Some(within) => Formula::And(vec![is, self.within(base, within)]),
                }
            }
            ExprKind::Has(base, path) => {
                let bare = matches!(base.kind, ExprKind::Var(_)) && path.value.len() == 1;
                self.atom(key(expr), &[base], bare || self.schema.is_some())
            }
            ExprKind::Like(base, pattern) => {
                let anything = !pattern.value.is_empty()
                    && pattern
                        .value
                        .iter()
                        .all(|e| *e == crate::facts::PatternElement::Wildcard);
                if anything && self.schema.is_some() && self.is_total(base) {
                    return Formula::Constant(true);
                }
                self.atom(key(expr), &[base], self.schema.is_some())
            }
            ExprKind::Method(receiver, name, args) => {
                self.method(expr, receiver, &name.value, args)
            }
            _ => {
                let total = self.schema.is_some() && self.is_total(expr);
                self.named(key(expr), total)
            }
        }
    }

    fn method(&mut self, expr: &Expr, receiver: &Expr, name: &str, args: &[Expr]) -> Formula {
        let typed = self.schema.is_some();
        let [arg] = args else {
            return self.atom(key(expr), &[receiver], typed && never_fails(name));
        };
        let mut less = |a: &Expr, b: &Expr| {
            let name = format!("lessThan({},{})", key(a), key(b));
            self.atom(name, &[a, b], typed)
        };
        match name {
            "lessThan" => return less(receiver, arg),
            "greaterThanOrEqual" => return not(less(receiver, arg)),
            "greaterThan" => return less(arg, receiver),
            "lessThanOrEqual" => return not(less(arg, receiver)),
            _ => {}
        }
        // Of a set of one it makes no difference whether all or any are asked for.
        let name = match (name, &arg.kind) {
            ("containsAll" | "containsAny", ExprKind::Set(items)) => match items.as_slice() {
                [one] => format!("contains({},{})", key(receiver), key(one)),
                _ => key(expr),
            },
            ("contains", _) => format!("contains({},{})", key(receiver), key(arg)),
            _ => key(expr),
        };
        let total = match &expr.kind {
            ExprKind::Method(_, name, _) => never_fails(&name.value),
            _ => false,
        };
        self.atom(name, &[receiver, arg], typed && total)
    }

    fn equal(&mut self, left: &Expr, right: &Expr) -> Formula {
        let (a, b) = (key(left), key(right));
        if a == b && self.is_total(left) {
            return Formula::Constant(true);
        }
        if self.schema.is_some() {
            // Both are truth values, for it type-checks.
            for (value, other) in [(left, right), (right, left)] {
                if let ExprKind::Literal(Literal::Bool(value)) = value.kind {
                    let other = formula(other, self);
                    return if value { other } else { not(other) };
                }
            }
        }
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        self.atom(format!("=({a},{b})"), &[left, right], true)
    }

    /// `left < right`. Of integers `<` a literal is the only test: `x <= 4` is `x < 5`.
    fn less(&mut self, left: &Expr, right: &Expr) -> Formula {
        let typed = self.schema.is_some();
        let below = |n: i128, x: &Expr| format!("<({},{n})", key(x));
        match (integer(left), integer(right)) {
            (None, Some(n)) => self.atom(below(n, left), &[left], typed),
            (Some(n), None) => not(self.atom(below(n + 1, right), &[right], typed)),
            _ => self.atom(
                format!("<({},{})", key(left), key(right)),
                &[left, right],
                typed,
            ),
        }
    }

    fn within(&mut self, left: &Expr, right: &Expr) -> Formula {
        let right = match &right.kind {
            ExprKind::Set(items) => match items.as_slice() {
                [one] => one,
                _ => right,
            },
            _ => right,
        };
        if self.schema.is_some() && !self.can_be_below(left, right) {
            return self.equal(left, right);
        }
        let total = self.schema.is_some()
            || is_request_entity(left)
                && match &right.kind {
                    ExprKind::Set(items) => items.iter().all(is_request_entity),
                    _ => is_request_entity(right),
                };
        self.atom(
            format!("in({},{})", key(left), key(right)),
            &[left, right],
            total,
        )
    }

    /// Whether, as far as the types tell, `left` can be in `right` without being `right`.
    fn can_be_below(&self, left: &Expr, right: &Expr) -> bool {
        let Some((schema, scope)) = self.schema else {
            return true;
        };
        let entities = |expr: &Expr| -> Option<Vec<String>> {
            let types = schema.types(expr, scope).into_iter();
            let names: Option<Vec<String>> = types
                .map(|ty| match ty {
                    Type::Entity(name) => Some(name),
                    _ => None,
                })
                .collect();
            names.filter(|names| !names.is_empty())
        };
        match (entities(left), entities(right)) {
            (Some(left), Some(right)) => left
                .iter()
                .any(|l| right.iter().any(|r| can_be_below(schema, l, r))),
            _ => true,
        }
    }

    /// An atom that cannot fail where `total` says so of the test itself and no part of it can.
    fn atom(&mut self, name: String, parts: &[&Expr], total: bool) -> Formula {
        let total = total && parts.iter().all(|part| self.is_total(part));
        self.named(name, total)
    }

    fn named(&mut self, name: String, total: bool) -> Formula {
        let next = self.known.len();
        let (number, _) = *self.known.entry(name).or_insert((next, !total));
        Formula::Atom(number)
    }

    /// Whether evaluating it cannot fail, in a policy that type-checks where there is a schema.
    fn is_total(&self, expr: &Expr) -> bool {
        let typed = self.schema.is_some();
        let parts = || expr.children().all(|child| self.is_total(child));
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Entity(_) | ExprKind::Var(_) => true,
            ExprKind::Attr(base, _) => self.is_record(base) && parts(),
            ExprKind::Unary(UnaryOp::Neg, inner) => matches!(inner.kind, ExprKind::Literal(_)),
            ExprKind::Binary(op, ..) if op.is_arithmetic() => false,
            ExprKind::Binary(BinaryOp::Eq | BinaryOp::NotEq, ..) => parts(),
            ExprKind::Method(_, name, _) => typed && never_fails(&name.value) && parts(),
            ExprKind::Slot(_) => false,
            _ => typed && parts(),
        }
    }

    /// Whether it is the context or a record in it for sure. An entity may be absent, and then it has no
    /// attributes.
    fn is_record(&self, expr: &Expr) -> bool {
        let Some((schema, scope)) = self.schema else {
            return false;
        };
        match attribute_path(expr) {
            Some((Var::Context, path)) if path.is_empty() => true,
            _ => {
                let types = schema.types(expr, scope);
                !types.is_empty() && types.iter().all(|ty| matches!(ty, Type::Record(_)))
            }
        }
    }
}

fn not(formula: Formula) -> Formula {
    Formula::Not(Box::new(formula))
}

/// Methods that give a value whatever they are given, once the types are right.
fn never_fails(name: &str) -> bool {
    matches!(
        name,
        "contains"
            | "containsAll"
            | "containsAny"
            | "isEmpty"
            | "hasTag"
            | "isInRange"
            | "isIpv4"
            | "isIpv6"
            | "isLoopback"
            | "isMulticast"
            | "lessThan"
            | "lessThanOrEqual"
            | "greaterThan"
            | "greaterThanOrEqual"
    )
}

/// Whether it is an entity whatever the request.
const fn is_request_entity(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Entity(_) | ExprKind::Var(Var::Principal | Var::Action | Var::Resource)
    )
}

/// A literal integer with its sign.
fn integer(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => Some(i128::from(*value)),
        ExprKind::Unary(UnaryOp::Neg, inner) => match &inner.kind {
            ExprKind::Literal(Literal::Long(value)) => Some(-i128::from(*value)),
            _ => None,
        },
        _ => None,
    }
}
