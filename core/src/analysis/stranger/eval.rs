//! Conditions evaluated on a stranger.

use std::collections::BTreeMap;

use super::Subject;
use super::sample::{self, Sample};
use super::value::{From, Truth, Unit, Value};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, PatternElement, UnaryOp, attribute_path};
use crate::prove::quantity;
use crate::schema::{Attribute, Schema, Type};

pub(super) struct Eval<'a> {
    pub(super) schema: &'a Schema,
    pub(super) subject: &'a Subject,
    pub(super) sample: &'a Sample,
    /// Whether optional attributes are there.
    pub(super) present: bool,
    /// The attributes of what has none.
    pub(super) none: BTreeMap<String, Attribute>,
}

impl<'a> Eval<'a> {
    pub(super) fn truth(&self, expr: &Expr) -> Truth {
        self.value(expr).truth()
    }

    fn value(&self, expr: &Expr) -> Value<'_> {
        if self.is_subject(expr) {
            return match self.subject.is_optional && !self.present {
                true => Value::Fails,
                false => self.any(&self.subject.ty, self.subject_name()),
            };
        }
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => Value::Truth(Truth::is(*value)),
            ExprKind::Literal(Literal::Long(number)) => i64::try_from(*number)
                .map_or(Value::Free, |of| {
                    Value::Number(Unit::Long, of, From::Literal)
                }),
            ExprKind::Literal(Literal::String(text)) => Value::Literal(text.clone()),
            ExprKind::Entity(entity) => Value::Named(entity.ty.clone(), entity.id.clone()),
            ExprKind::Var(_) | ExprKind::Slot(_) => Value::Free,
            ExprKind::And(items) => {
                Value::Truth((items.iter()).fold(Truth::YES, |all, item| all.and(self.truth(item))))
            }
            ExprKind::Or(items) => {
                Value::Truth((items.iter()).fold(Truth::NO, |all, item| all.or(self.truth(item))))
            }
            ExprKind::Unary(UnaryOp::Not, of) => Value::Truth(self.truth(of).not()),
            ExprKind::Unary(UnaryOp::Neg, of) => match self.value(of) {
                Value::Number(unit, number, from) => {
                    number.checked_neg().map_or(Value::Fails, |of| {
                        Value::Number(unit, of, computed(&[&from]))
                    })
                }
                other => unknown(&[&other]),
            },
            ExprKind::If(test, yes, no) => self.choice(test, yes, no),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b),
            ExprKind::Has(base, path) => Value::Truth(self.has(base, &path.value)),
            ExprKind::Like(of, pattern) => Value::Truth(match self.value(of) {
                Value::Text(_) => Truth::is(is_open(&pattern.value)),
                Value::Fails => Truth::NEITHER,
                _ => Truth::EITHER,
            }),
            ExprKind::Is(of, ty, group) => {
                let of = self.value(of);
                let is = match &of {
                    Value::Entity(own, _) => Truth::is(*own == ty.value),
                    Value::Named(own, _) => Truth::is(*own == ty.value),
                    Value::Fails => Truth::NEITHER,
                    _ => Truth::EITHER,
                };
                Value::Truth(match group {
                    None => is,
                    Some(group) => is.and(is_in(&of, &self.value(group))),
                })
            }
            ExprKind::Attr(base, name) => self.attribute(&self.value(base), &name.value),
            ExprKind::Call(name, arguments) => self.call(&name.value, arguments),
            ExprKind::Method(receiver, name, arguments) => {
                self.method(&self.value(receiver), &name.value, arguments)
            }
            ExprKind::Set(items) => Value::Set(items.iter().map(|item| self.value(item)).collect()),
            ExprKind::Record(fields) => Value::Record(
                (fields.iter())
                    .map(|(name, of)| (name.value.clone(), self.value(of)))
                    .collect(),
            ),
        }
    }

    fn subject_name(&self) -> String {
        let mut name = self.subject.var.as_str().to_owned();
        for part in &self.subject.path {
            name.push('.');
            name.push_str(part);
        }
        name
    }

    fn is_subject(&self, expr: &Expr) -> bool {
        if self.subject.path.is_empty() {
            return matches!(&expr.kind, ExprKind::Var(var) if *var == self.subject.var);
        }
        attribute_path(expr).is_some_and(|(var, path)| {
            var == self.subject.var && path.iter().copied().eq(&self.subject.path)
        })
    }

    /// A value that is the stranger's own.
    fn any<'t>(&self, ty: &'t Type, path: String) -> Value<'t>
    where
        'a: 't,
    {
        let name = path.rsplit('.').next().unwrap_or_default();
        let number = |unit: Unit| {
            let number = self.sample.number(unit, name);
            Value::Number(unit, number, From::Stranger(path.clone()))
        };
        match ty {
            // Neither an administrator nor suspended.
            Type::Bool => Value::Truth(Truth::NO),
            Type::Long => number(Unit::Long),
            Type::String => Value::Text(path),
            Type::Set(_) => Value::Several(path),
            Type::Record(fields) => Value::Fields(fields, path),
            Type::Extension(name) => match name.as_str() {
                "decimal" => number(Unit::Decimal),
                "datetime" => number(Unit::Datetime),
                "duration" => number(Unit::Duration),
                "ipaddr" => Value::Ip(path),
                _ => Value::Mixed,
            },
            Type::Entity(name) => {
                let declared = self.schema.entity_types.get(name);
                match declared.and_then(|of| of.enumeration.as_ref()) {
                    Some(ids) if ids.len() > sample::LEAST_STEPS => Value::Mixed,
                    Some(ids) => (ids.get(self.sample.step % ids.len().max(1)))
                        .map_or(Value::Mixed, |id| Value::Named(name.clone(), id.clone())),
                    None => Value::Entity(name, path),
                }
            }
        }
    }

    fn attributes<'v>(
        &'v self,
        of: &Value<'v>,
    ) -> Option<(&'v BTreeMap<String, Attribute>, String)> {
        match of {
            Value::Fields(fields, path) => Some((fields, path.clone())),
            Value::Entity(ty, path) => {
                let declared = self.schema.entity_types.get(*ty);
                Some((
                    declared.map_or(&self.none, |of| &of.attributes),
                    path.clone(),
                ))
            }
            _ => None,
        }
    }

    fn attribute<'v>(&'v self, base: &Value<'v>, name: &str) -> Value<'v> {
        if let Some((fields, path)) = self.attributes(base) {
            return match fields.get(name) {
                None => Value::Fails,
                Some(field) if !field.required && !self.present => Value::Fails,
                Some(field) => self.any(&field.ty, format!("{path}.{name}")),
            };
        }
        match base {
            Value::Record(fields) => (fields.iter().find(|(of, _)| of == name))
                .map_or(Value::Fails, |(_, value)| value.clone()),
            Value::Fails => Value::Fails,
            // What an entity says that the policy names does not depend on the stranger, unless it may be the stranger.
            Value::Free => Value::Free,
            _ => Value::Mixed,
        }
    }

    fn has(&self, base: &Expr, path: &[String]) -> Truth {
        let mut value = self.value(base);
        let mut at = attribute_path(base);
        for name in path {
            if let Some((_, so_far)) = &mut at {
                so_far.push(name);
            }
            let is_subject = at.as_ref().is_some_and(|(var, so_far)| {
                !so_far.is_empty()
                    && *var == self.subject.var
                    && so_far.iter().copied().eq(&self.subject.path)
            });
            if is_subject {
                if self.subject.is_optional && !self.present {
                    return Truth::NO;
                }
                value = self.any(&self.subject.ty, self.subject_name());
                continue;
            }
            if let Some((fields, _)) = self.attributes(&value) {
                match fields.get(name) {
                    Some(field) if field.required || self.present => {}
                    _ => return Truth::NO,
                }
            } else if let Value::Record(fields) = &value {
                if !fields.iter().any(|(of, _)| of == name) {
                    return Truth::NO;
                }
            } else if !leads_to(self.subject, at.as_ref()) {
                return match value {
                    Value::Fails => Truth::NEITHER,
                    _ => Truth::EITHER,
                };
            }
            value = self.attribute(&value, name);
        }
        match (&value, leads_to(self.subject, at.as_ref())) {
            (Value::Free, true) => Truth::EITHER,
            _ => Truth::YES,
        }
    }

    fn choice(&self, test: &Expr, yes: &Expr, no: &Expr) -> Value<'_> {
        let test = self.truth(test);
        match test {
            Truth::YES => return self.value(yes),
            Truth::NO => return self.value(no),
            Truth::NEITHER => return Value::Fails,
            _ => {}
        }
        match (self.value(yes), self.value(no)) {
            (Value::Free, Value::Free) => Value::Free,
            (a @ (Value::Truth(_) | Value::Free), b @ (Value::Truth(_) | Value::Free))
            | (a @ Value::Fails, b @ Value::Truth(_))
            | (a @ Value::Truth(_), b @ Value::Fails) => {
                Value::Truth(test.choose(a.truth(), b.truth()))
            }
            _ => Value::Mixed,
        }
    }

    fn binary(&self, op: BinaryOp, a: &Expr, b: &Expr) -> Value<'_> {
        let (a, b) = (self.value(a), self.value(b));
        Value::Truth(match op {
            BinaryOp::Eq => equal(&a, &b),
            BinaryOp::NotEq => equal(&a, &b).not(),
            BinaryOp::In => is_in(&a, &b),
            BinaryOp::Less => less(&a, &b),
            BinaryOp::GreaterEq => less(&a, &b).not(),
            BinaryOp::Greater => less(&b, &a),
            BinaryOp::LessEq => less(&b, &a).not(),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                return match (&a, &b) {
                    (Value::Number(unit, x, one), Value::Number(_, y, other)) => {
                        let result = match op {
                            BinaryOp::Add => x.checked_add(*y),
                            BinaryOp::Sub => x.checked_sub(*y),
                            _ => x.checked_mul(*y),
                        };
                        let from = computed(&[one, other]);
                        result.map_or(Value::Fails, |of| Value::Number(*unit, of, from))
                    }
                    // How far a sum reaches is not known even where it does not depend on the stranger.
                    _ => match unknown(&[&a, &b]) {
                        Value::Fails => Value::Fails,
                        _ => Value::Mixed,
                    },
                };
            }
        })
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Value<'_> {
        let unit = match name {
            "decimal" => Unit::Decimal,
            "datetime" => Unit::Datetime,
            "duration" => Unit::Duration,
            _ => return self.depends_on(arguments),
        };
        match arguments {
            [
                Expr {
                    kind: ExprKind::Literal(Literal::String(text)),
                    ..
                },
            ] => quantity(name, text)
                .map_or(Value::Mixed, |of| Value::Number(unit, of, From::Literal)),
            _ => self.depends_on(arguments),
        }
    }

    fn depends_on(&self, arguments: &[Expr]) -> Value<'_> {
        let values: Vec<Value<'_>> = arguments.iter().map(|of| self.value(of)).collect();
        unknown(&values.iter().collect::<Vec<_>>())
    }

    fn method<'v>(&'v self, receiver: &Value<'v>, name: &str, arguments: &[Expr]) -> Value<'v> {
        let values: Vec<Value<'_>> = arguments.iter().map(|of| self.value(of)).collect();
        let mut all = vec![receiver];
        all.extend(&values);
        if all.iter().any(|of| matches!(of, Value::Fails)) {
            return Value::Fails;
        }
        let truth = match (name, values.as_slice()) {
            ("contains", [item]) => contains(receiver, item),
            ("containsAny", [items]) => contains_any(receiver, items),
            ("containsAll", [items]) => contains_all(receiver, items),
            ("isEmpty", []) => match receiver {
                Value::Several(_) => Truth::NO,
                Value::Set(items) => Truth::is(items.is_empty()),
                _ => Truth::EITHER,
            },
            ("lessThan", [other]) => less(receiver, other),
            ("greaterThanOrEqual", [other]) => less(receiver, other).not(),
            ("greaterThan", [other]) => less(other, receiver),
            ("lessThanOrEqual", [other]) => less(other, receiver).not(),
            ("hasTag", [_]) => match receiver {
                Value::Entity(ty, _) => {
                    let has = self
                        .schema
                        .entity_types
                        .get(*ty)
                        .is_some_and(|of| of.tags.is_some());
                    Truth::is(has && self.present)
                }
                _ => Truth::EITHER,
            },
            ("getTag", [_]) => {
                return match receiver {
                    Value::Entity(ty, path) => {
                        let tags = self
                            .schema
                            .entity_types
                            .get(*ty)
                            .and_then(|of| of.tags.as_ref());
                        match (tags, arguments.first().map(|of| &of.kind)) {
                            (None, _) => Value::Fails,
                            _ if !self.present => Value::Fails,
                            (Some(ty), Some(ExprKind::Literal(Literal::String(tag)))) => {
                                self.any(ty, format!("{path}.{tag}"))
                            }
                            _ => Value::Mixed,
                        }
                    }
                    _ => unknown(&all),
                };
            }
            ("isIpv4", []) if matches!(receiver, Value::Ip(_)) => Truth::YES,
            ("isIpv6" | "isLoopback" | "isMulticast", []) if matches!(receiver, Value::Ip(_)) => {
                Truth::NO
            }
            ("isInRange", [range]) if matches!(receiver, Value::Ip(_)) => {
                match arguments.first().map(|of| &of.kind) {
                    Some(ExprKind::Call(_, text)) => Truth::is(is_all(text)),
                    _ if matches!(range, Value::Free) => Truth::NO,
                    _ => Truth::EITHER,
                }
            }
            _ => return unknown(&all),
        };
        Value::Truth(truth)
    }
}

/// Whether a `has` is on its way to the subject.
fn leads_to(subject: &Subject, at: Option<&(crate::facts::Var, Vec<&str>)>) -> bool {
    at.is_some_and(|(var, so_far)| {
        *var == subject.var
            && so_far.len() < subject.path.len()
            && so_far.iter().zip(&subject.path).all(|(a, b)| a == b)
    })
}

/// A range that covers all addresses but for a theoretical part.
fn is_all(text: &[Expr]) -> bool {
    let [
        Expr {
            kind: ExprKind::Literal(Literal::String(text)),
            ..
        },
    ] = text
    else {
        return false;
    };
    let bits = text
        .rsplit_once('/')
        .and_then(|(_, bits)| bits.parse::<u8>().ok());
    bits.is_some_and(|bits| bits <= 1) && !text.contains(':')
}

/// Whether a pattern asks for nothing that sets ordinary texts apart: signs alone, as in `*@*`.
fn is_open(pattern: &[PatternElement]) -> bool {
    let mut has_wildcard = false;
    let is_plain = pattern.iter().all(|part| match part {
        PatternElement::Wildcard => {
            has_wildcard = true;
            true
        }
        PatternElement::Char(c) => !c.is_alphanumeric(),
    });
    has_wildcard && is_plain
}

fn computed(of: &[&From]) -> From {
    match of.iter().all(|from| **from == From::Literal) {
        true => From::Literal,
        false => From::Computed,
    }
}

/// The result of an operation that nothing is known of.
fn unknown<'v>(of: &[&Value<'v>]) -> Value<'v> {
    if of.iter().any(|value| matches!(value, Value::Fails)) {
        return Value::Fails;
    }
    match of
        .iter()
        .all(|value| matches!(value, Value::Free) || value.is_literal())
    {
        true => Value::Free,
        false => Value::Mixed,
    }
}

fn equal(a: &Value<'_>, b: &Value<'_>) -> Truth {
    match (a, b) {
        (Value::Fails, _) | (_, Value::Fails) => Truth::NEITHER,
        (Value::Mixed, _) | (_, Value::Mixed) => Truth::EITHER,
        (Value::Truth(a), Value::Truth(b)) => a.equals(*b),
        (Value::Literal(a), Value::Literal(b)) => Truth::is(a == b),
        (Value::Named(a, x), Value::Named(b, y)) => Truth::is((a, x) == (b, y)),
        (Value::Number(_, a, from), Value::Number(_, b, other)) => match (from, other) {
            (From::Stranger(a), From::Stranger(b)) if a == b => Truth::YES,
            (From::Stranger(_), From::Literal) | (From::Literal, From::Stranger(_)) => Truth::NO,
            (From::Literal, From::Literal) => Truth::is(a == b),
            _ => Truth::EITHER,
        },
        (Value::Text(a), Value::Text(b))
        | (Value::Ip(a), Value::Ip(b))
        | (Value::Several(a), Value::Several(b))
        | (Value::Entity(_, a), Value::Entity(_, b))
        | (Value::Fields(_, a), Value::Fields(_, b)) => match a == b {
            true => Truth::YES,
            // Two texts of one stranger can be the same.
            false => Truth::EITHER,
        },
        (Value::Record(a), Value::Record(b)) => {
            let names = |of: &[(String, Value<'_>)]| {
                let mut names: Vec<String> = of.iter().map(|(name, _)| name.clone()).collect();
                names.sort();
                names
            };
            if names(a) != names(b) {
                return Truth::NO;
            }
            a.iter().fold(Truth::YES, |all, (name, value)| {
                let other = b.iter().find(|(of, _)| of == name);
                let equal = other.map_or(Truth::EITHER, |(_, of)| equal(value, of));
                all.and(equal)
            })
        }
        (Value::Set(_), Value::Set(_)) => Truth::EITHER,
        (a, b) => {
            // A set that the policy lists is no stranger's.
            let other = |of: &Value<'_>| {
                matches!(of, Value::Free | Value::Set(_)) && !of.is_new() || of.is_literal()
            };
            match (a.is_new(), b.is_new()) {
                (true, false) if other(b) => Truth::NO,
                (false, true) if other(a) => Truth::NO,
                _ => Truth::EITHER,
            }
        }
    }
}

fn is_in(a: &Value<'_>, b: &Value<'_>) -> Truth {
    match (a, b) {
        (Value::Fails, _) | (_, Value::Fails) => Truth::NEITHER,
        (Value::Mixed, _) | (_, Value::Mixed) => Truth::EITHER,
        (_, Value::Set(items)) => {
            (items.iter()).fold(Truth::NO, |any, item| any.or(is_in(a, item)))
        }
        (Value::Entity(_, a), Value::Entity(_, b)) => match a == b {
            true => Truth::YES,
            false => Truth::EITHER,
        },
        (Value::Entity(..), Value::Free | Value::Named(..)) => Truth::NO,
        (Value::Free | Value::Named(..), Value::Entity(..) | Value::Several(_)) => Truth::NO,
        _ => Truth::EITHER,
    }
}

/// `a < b`.
fn less(a: &Value<'_>, b: &Value<'_>) -> Truth {
    match (a, b) {
        (Value::Fails, _) | (_, Value::Fails) => Truth::NEITHER,
        (Value::Number(_, a, from), Value::Number(_, b, other)) => match (from, other) {
            (From::Stranger(x), From::Stranger(y)) if x == y => Truth::NO,
            _ => Truth::is(a < b),
        },
        // Whatever is ordinary on the other side, too, lies between the least and the greatest of the strangers.
        (Value::Number(unit, a, From::Stranger(path)), Value::Free) => beside(*unit, *a, path),
        (Value::Free, Value::Number(unit, b, From::Stranger(path))) => {
            beside(*unit, *b, path).not()
        }
        _ => Truth::EITHER,
    }
}

/// Whether a stranger's number is less than one that does not depend on the stranger.
fn beside(unit: Unit, number: i64, path: &str) -> Truth {
    let name = path.rsplit('.').next().unwrap_or_default();
    let (least, most) = sample::range(unit, name);
    match number {
        _ if number <= least => Truth::YES,
        _ if number >= most => Truth::NO,
        _ => Truth::EITHER,
    }
}

fn contains(set: &Value<'_>, item: &Value<'_>) -> Truth {
    match (set, item) {
        (Value::Mixed, _) | (_, Value::Mixed) => Truth::EITHER,
        (Value::Set(items), _) => {
            (items.iter()).fold(Truth::NO, |any, own| any.or(equal(own, item)))
        }
        // Nothing that is known elsewhere is in the stranger's set.
        (Value::Several(_), _) if !item.is_new() && !matches!(item, Value::Truth(_)) => Truth::NO,
        (Value::Free, item) if item.is_new() => Truth::NO,
        _ => Truth::EITHER,
    }
}

fn contains_any(set: &Value<'_>, items: &Value<'_>) -> Truth {
    match (set, items) {
        (Value::Set(own), items) => {
            (own.iter()).fold(Truth::NO, |any, item| any.or(contains(items, item)))
        }
        (set, Value::Set(items)) => {
            (items.iter()).fold(Truth::NO, |any, item| any.or(contains(set, item)))
        }
        (Value::Several(a), Value::Several(b)) if a == b => Truth::YES,
        (Value::Several(_), Value::Free) | (Value::Free, Value::Several(_)) => Truth::NO,
        _ => Truth::EITHER,
    }
}

fn contains_all(set: &Value<'_>, items: &Value<'_>) -> Truth {
    match (set, items) {
        (set, Value::Set(items)) => {
            (items.iter()).fold(Truth::YES, |all, item| all.and(contains(set, item)))
        }
        (Value::Several(a), Value::Several(b)) if a == b => Truth::YES,
        // For what is asked for there are strangers who have none of it; nothing asked for, and all have it.
        (Value::Several(_), Value::Free) => Truth::NO,
        (Value::Set(_) | Value::Free, Value::Several(_)) => Truth::NO,
        _ => Truth::EITHER,
    }
}
