//! Policies whose conditions have nothing to do with each other: each asks about a part of the request that no other
//! asks about, and each is met by some value. Some request then meets them all, and nothing need be proved.
//!
//! What several conditions ask of one value is met together by a value that is found (`valued.rs`). The request that comes
//! of it, with what is plain for all that nobody asks about, shows of most other policies that they do not apply wherever
//! this one does.
//!
//! This is the common case by far, so it decides how long a check takes. It is sound and not complete: whatever is not
//! listed here is left to the prover.

use std::collections::BTreeMap;

use super::plainly::{End, Request, key};
use super::valued::{self, Element, Known, Test, order_of};
use crate::facts::{
    BinaryOp, ClauseKind, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Literal, Policy,
    UnaryOp, Var, attribute_path,
};
use crate::prove::Pattern;
use crate::schema::{Attribute, Environment, Schema, Type};

/// How many places conditions may ask about: each is held against each.
const MOST_PLACES: usize = 64;

/// Where a value is: a part of the request, and the attributes that lead on from it.
type Path<'a> = (Var, Vec<&'a str>);

/// Whether it is plain that some request of this kind satisfies the policy. Its slots may have any value.
pub(crate) fn can_apply(policy: &Policy, kind: &Environment, schema: &Schema) -> bool {
    claims(policy, kind, schema).is_some()
}

/// A request of this kind that satisfies the policy, where it is plain that there is one.
pub(super) fn request(policy: &Policy, kind: &Environment, schema: &Schema) -> Option<Request> {
    let claims = claims(policy, kind, schema)?;
    Some(Request {
        ends: [Var::Principal, Var::Resource].map(|var| End {
            is: claims.is.get(&var).map(|entity| (*entity).clone()),
            within: (claims.within.iter())
                .filter(|(of, _)| *of == var)
                .map(|(_, entity)| (*entity).clone())
                .collect(),
            is_open: claims.type_of(var).is_some(),
        }),
        values: (claims.values()?.into_iter())
            .map(|((var, path), value)| (key(var, &path), value))
            .collect(),
    })
}

fn claims<'a>(policy: &'a Policy, kind: &'a Environment, schema: &'a Schema) -> Option<Claims<'a>> {
    let mut claims = Claims {
        kind,
        schema,
        places: Vec::new(),
        is: BTreeMap::new(),
        within: Vec::new(),
    };
    let scope = [
        (Var::Principal, &policy.principal.value),
        (Var::Resource, &policy.resource.value),
    ];
    let is_plain = scope
        .into_iter()
        .all(|(var, constraint)| claims.scope(var, constraint))
        && policy.clauses.iter().all(|clause| {
            claims
                .condition(&clause.body, clause.kind == ClauseKind::When)
                .is_some()
        })
        && claims.are_apart();
    is_plain.then_some(claims)
}

/// What is asked of a place: an attribute of the principal or the resource, a field of the context, or one of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To have a certain value.
    Value,
    /// To be there.
    Present,
    /// Not to be there.
    Absent,
}

/// What is asked of a place, and by which test of its value alone, if by one.
type Claim<'a> = (Var, Vec<&'a str>, Asked, Option<valued::Asked>);

/// What conditions have asked for so far.
struct Claims<'a> {
    kind: &'a Environment,
    schema: &'a Schema,
    places: Vec<Claim<'a>>,
    /// Whom the principal or the resource has to be.
    is: BTreeMap<Var, &'a Entity>,
    /// In whom they have to be.
    within: Vec<(Var, &'a Entity)>,
}

/// A place that is read, and what can be in it.
struct Place<'a> {
    var: Var,
    path: Vec<&'a str>,
    ty: &'a Type,
}

impl<'a> Claims<'a> {
    fn scope(&mut self, var: Var, constraint: &'a EntityConstraint) -> bool {
        let entity = match constraint.entity_or_slot() {
            // A link may name whom the other end or a condition names.
            Some(EntityOrSlot::Slot(_)) => return false,
            Some(EntityOrSlot::Entity(entity)) => Some(&entity.value),
            None => None,
        };
        constraint
            .is_type()
            .is_none_or(|ty| self.type_of(var) == Some(&ty.value))
            && match (constraint, entity) {
                (_, None) => true,
                (EntityConstraint::Eq(_), Some(entity)) => self.be(var, entity),
                (_, Some(entity)) => self.be_in(var, entity),
            }
    }

    /// Notes what is asked for so that an expression evaluates to a truth value; `None` where that is not plain.
    fn condition(&mut self, expr: &'a Expr, outcome: bool) -> Option<()> {
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => (*value == outcome).then_some(()),
            ExprKind::Unary(UnaryOp::Not, inner) => self.condition(inner, !outcome),
            ExprKind::And(items) if outcome => self.all(items, true),
            ExprKind::Or(items) if !outcome => self.all(items, false),
            // The first decides by itself, and the others are not evaluated.
            ExprKind::And(items) | ExprKind::Or(items) => self.condition(items.first()?, outcome),
            ExprKind::Attr(..) => {
                let place = self.place(expr)?;
                self.claim(place, Some((Test::Truth, outcome)), |ty| *ty == Type::Bool)
            }
            ExprKind::Has(of, path) => self.has(of, &path.value, outcome),
            ExprKind::Is(of, ty, within) if outcome => {
                let ExprKind::Var(var) = of.kind else {
                    return None;
                };
                (self.type_of(var)? == &ty.value).then_some(())?;
                within
                    .as_ref()
                    .map_or(Some(()), |within| self.within(var, within))
            }
            ExprKind::Like(of, pattern) => {
                let place = self.place(of)?;
                let pattern = Pattern::new(&pattern.value);
                (outcome || !pattern.matches_all()).then_some(())?;
                let test = (Test::Like(pattern), outcome);
                self.claim(place, Some(test), |ty| *ty == Type::String)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, outcome),
            ExprKind::Method(of, name, args) => self.method(of, &name.value, args, outcome),
            _ => None,
        }
    }

    fn all(&mut self, items: &'a [Expr], outcome: bool) -> Option<()> {
        items
            .iter()
            .try_for_each(|item| self.condition(item, outcome))
    }

    fn has(&mut self, of: &'a Expr, path: &'a [String], outcome: bool) -> Option<()> {
        let (var, mut steps) = attribute_path(of)?;
        steps.extend(path.iter().map(String::as_str));
        let attribute = self.attribute(var, &steps)?;
        let asked = match (outcome, attribute.required) {
            (true, _) => Asked::Present,
            // Each attribute on the way is then there, so this one decides.
            (false, false) => Asked::Absent,
            (false, true) => return None,
        };
        self.places.push((var, steps, asked, None));
        Some(())
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        outcome: bool,
    ) -> Option<()> {
        match op {
            BinaryOp::In if outcome => match left.kind {
                ExprKind::Var(var) => self.within(var, right),
                _ => None,
            },
            BinaryOp::Eq | BinaryOp::NotEq => {
                let equal = outcome == (op == BinaryOp::Eq);
                self.equality(left, right, equal)
                    .or_else(|| self.equality(right, left, equal))
            }
            _ if op.is_order() => match (self.place(left), self.place(right)) {
                (Some(one), Some(other)) => self.both(one, other, is_ordered),
                (Some(place), None) => {
                    let test = Test::order(op, right, outcome);
                    self.claim(place, test, |ty| is_inside(ty, right))
                }
                (None, Some(place)) => {
                    let test = Test::order(valued::swapped(op), left, outcome);
                    self.claim(place, test, |ty| is_inside(ty, left))
                }
                (None, None) => None,
            },
            _ => None,
        }
    }

    /// That two are equal or not, the first of which is read or a variable.
    fn equality(&mut self, one: &'a Expr, other: &'a Expr, equal: bool) -> Option<()> {
        match (&one.kind, &other.kind) {
            (ExprKind::Var(var), ExprKind::Entity(entity)) => {
                (equal && self.be(*var, entity)).then_some(())
            }
            (_, ExprKind::Entity(entity)) => {
                let place = self.place(one)?;
                let schema = self.schema;
                self.claim(place, None, |ty| {
                    is_entity(ty, &entity.ty) && (equal || is_open(schema, &entity.ty))
                })
            }
            (_, ExprKind::Var(var)) => {
                let place = self.place(one)?;
                let (of, schema) = (self.type_of(*var)?, self.schema);
                self.claim(place, None, |ty| {
                    is_entity(ty, of) && (equal || is_open(schema, of))
                })
            }
            (_, ExprKind::Literal(literal)) => {
                let place = self.place(one)?;
                self.claim(place, Test::equal(literal, equal), |ty| is_of(ty, literal))
            }
            _ => {
                let (one, other) = (self.place(one)?, self.place(other)?);
                let schema = self.schema;
                self.both(one, other, |ty| match ty {
                    Type::Bool | Type::Long | Type::String => true,
                    Type::Entity(name) => equal || is_open(schema, name),
                    _ => false,
                })
            }
        }
    }

    fn method(&mut self, of: &'a Expr, name: &str, args: &'a [Expr], outcome: bool) -> Option<()> {
        let place = self.place(of)?;
        match (name, args) {
            ("isEmpty", []) => {
                let test = Some((Test::Empty, outcome));
                self.claim(place, test, |ty| matches!(ty, Type::Set(_)))
            }
            ("contains", [element]) => {
                let Type::Set(of) = place.ty else {
                    return None;
                };
                match &element.kind {
                    ExprKind::Literal(literal) => is_of(of, literal).then_some(())?,
                    ExprKind::Entity(entity) => is_entity(of, &entity.ty).then_some(())?,
                    ExprKind::Var(var) => is_entity(of, self.type_of(*var)?).then_some(())?,
                    _ => {
                        let element = self.place(element)?;
                        let plain = matches!(**of, Type::Bool | Type::Long | Type::String)
                            || matches!(**of, Type::Entity(_));
                        (plain && *element.ty == **of).then_some(())?;
                        self.claim(element, None, |_| true)?;
                    }
                }
                let test = Element::of(element).map(|of| (Test::HasAny([of].into()), outcome));
                self.claim(place, test, |_| true)
            }
            ("containsAll" | "containsAny", [set]) => {
                let (Type::Set(of), ExprKind::Set(items)) = (place.ty, &set.kind) else {
                    return None;
                };
                // No set contains all of none, and none contains any of none.
                let known = !items.is_empty()
                    && items.iter().all(|item| match &item.kind {
                        ExprKind::Literal(literal) => is_of(of, literal),
                        ExprKind::Entity(entity) => is_entity(of, &entity.ty),
                        _ => false,
                    });
                known.then_some(())?;
                let test = Test::method(name, args).map(|test| (test, outcome));
                self.claim(place, test, |_| true)
            }
            ("isIpv4" | "isIpv6" | "isLoopback" | "isMulticast", []) => {
                let is_asked = outcome == (name != "isIpv6");
                let test = Test::method(name, args).map(|test| (test, is_asked));
                self.claim(place, test, |ty| is_extension(ty, "ipaddr"))
            }
            ("isInRange", [range]) if is_call(range, "ip") => {
                let test = Test::method(name, args).map(|test| (test, outcome));
                // One that all addresses are in, of which family they may be, leaves the other.
                self.claim(place, test, |ty| is_extension(ty, "ipaddr"))
            }
            ("lessThan" | "lessThanOrEqual" | "greaterThan" | "greaterThanOrEqual", [bound])
                if is_call(bound, "decimal") =>
            {
                let op = order_of(name)?;
                self.claim(place, Test::order(op, bound, outcome), |ty| {
                    is_inside(ty, bound)
                })
            }
            _ => None,
        }
    }

    /// That the principal or the resource is in something.
    fn within(&mut self, var: Var, of: &'a Expr) -> Option<()> {
        match &of.kind {
            ExprKind::Entity(entity) => self.be_in(var, entity).then_some(()),
            ExprKind::Set(items) => match &items.first()?.kind {
                // To be in the first is enough, as all are literals and none can fail.
                ExprKind::Entity(entity)
                    if items
                        .iter()
                        .all(|item| matches!(item.kind, ExprKind::Entity(_))) =>
                {
                    self.be_in(var, entity).then_some(())
                }
                _ => None,
            },
            _ => {
                let place = self.place(of)?;
                let (Type::Entity(name), own) = (place.ty, self.type_of(var)?) else {
                    return None;
                };
                // Such an entity is one that nothing else names, and that is in nobody.
                (self.can_be_below(own, name) && is_open(self.schema, name)).then_some(())?;
                self.claim(place, None, |_| true)
            }
        }
    }

    fn be(&mut self, var: Var, entity: &'a Entity) -> bool {
        self.type_of(var) == Some(&entity.ty) && self.is.insert(var, entity).is_none()
    }

    fn be_in(&mut self, var: Var, entity: &'a Entity) -> bool {
        let Some(own) = self.type_of(var) else {
            return false;
        };
        self.within.push((var, entity));
        self.can_be_below(own, &entity.ty)
    }

    /// Whether entities of a type can be in ones of another.
    fn can_be_below(&self, own: &str, other: &str) -> bool {
        own != other && self.schema.can_be_in(own, other)
    }

    /// The type of the principal or the resource, unless only certain ones are of it.
    fn type_of(&self, var: Var) -> Option<&'a String> {
        let name = match var {
            Var::Principal => &self.kind.principal,
            Var::Resource => &self.kind.resource,
            Var::Action | Var::Context => return None,
        };
        is_open(self.schema, name).then_some(name)
    }

    /// The attribute that a path ends in. Nothing on the way to it is of a type with certain entities only.
    fn attribute(&self, var: Var, path: &[&str]) -> Option<&'a Attribute> {
        let mut fields = match var {
            Var::Context => &self.schema.actions.get(&self.kind.action)?.context,
            _ => &self.schema.entity_types.get(self.type_of(var)?)?.attributes,
        };
        let (last, way) = path.split_last()?;
        for step in way {
            fields = match &fields.get(*step)?.ty {
                Type::Record(inner) => inner,
                Type::Entity(name) if is_open(self.schema, name) => {
                    &self.schema.entity_types.get(name)?.attributes
                }
                _ => return None,
            };
        }
        fields.get(*last)
    }

    fn place(&self, expr: &'a Expr) -> Option<Place<'a>> {
        let (var, path) = attribute_path(expr)?;
        let ty = &self.attribute(var, &path)?.ty;
        Some(Place { var, path, ty })
    }

    fn claim(
        &mut self,
        place: Place<'a>,
        test: Option<valued::Asked>,
        fits: impl FnOnce(&Type) -> bool,
    ) -> Option<()> {
        fits(place.ty).then_some(())?;
        self.places
            .push((place.var, place.path, Asked::Value, test));
        Some(())
    }

    /// Two places of one type that can have any two values of it.
    fn both(
        &mut self,
        one: Place<'a>,
        other: Place<'a>,
        fits: impl FnOnce(&Type) -> bool,
    ) -> Option<()> {
        (one.ty == other.ty && fits(one.ty)).then_some(())?;
        self.claim(one, None, |_| true)?;
        self.claim(other, None, |_| true)
    }

    /// Whether nothing that is asked for has to do with anything else that is.
    fn are_apart(&self) -> bool {
        let mut named = self.is.values();
        let ends_differ = match (named.next(), named.next()) {
            (Some(one), Some(other)) => one != other,
            _ => true,
        };
        ends_differ
            && self.places.len() <= MOST_PLACES
            // Whoever is named is in nobody through being somebody that another is in.
            && !(self.within.iter()).any(|(_, of)| self.is.values().any(|is| is == of))
            && self.places.iter().enumerate().all(|(number, one)| {
                self.places
                    .iter()
                    .skip(number + 1)
                    .all(|other| compatible(one, other))
            })
            && self.values().is_some()
    }

    /// Every place that something is asked of, with a value that meets it where only tests of the value ask; `None`
    /// where more than one asks and no such value is found.
    fn values(&self) -> Option<BTreeMap<Path<'a>, Option<Known>>> {
        let mut asked: BTreeMap<Path<'_>, Vec<Option<valued::Asked>>> = BTreeMap::new();
        for (var, path, _, test) in &self.places {
            let tests = asked.entry((*var, path.clone())).or_default();
            tests.push(test.clone());
        }
        let mut values = BTreeMap::new();
        for (place, tests) in asked {
            let count = tests.len();
            let tests: Option<Vec<valued::Asked>> = tests.into_iter().collect();
            let value = tests.as_deref().and_then(valued::value);
            // Those that ask by something else were held against each other.
            if count > 1 && tests.is_some() && value.is_none() {
                return None;
            }
            values.insert(place, value);
        }
        Some(values)
    }
}

/// Whether what is asked of one place says nothing of the other.
fn compatible(one: &Claim<'_>, other: &Claim<'_>) -> bool {
    let (shorter, longer) = if one.1.len() <= other.1.len() {
        (one, other)
    } else {
        (other, one)
    };
    let nested = shorter.0 == longer.0 && longer.1.starts_with(&shorter.1);
    let equal = shorter.1.len() == longer.1.len();
    !nested
        || match (shorter.2, longer.2) {
            (Asked::Present, Asked::Value | Asked::Present) => true,
            (Asked::Value, Asked::Present) => equal,
            // Whether some value meets both is asked when all are known.
            (Asked::Value, Asked::Value) => equal && shorter.3.is_some() && longer.3.is_some(),
            (Asked::Absent, Asked::Absent) => equal,
            (Asked::Present, Asked::Absent) => !equal,
            _ => false,
        }
}

/// Whether there is no end to the entities of a type.
fn is_open(schema: &Schema, name: &str) -> bool {
    schema
        .entity_types
        .get(name)
        .is_some_and(|ty| ty.enumeration.is_none())
}

fn is_entity(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Entity(of) if of == name)
}

fn is_extension(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Extension(of) if of == name)
}

const fn is_of(ty: &Type, literal: &Literal) -> bool {
    matches!(
        (ty, literal),
        (Type::Bool, Literal::Bool(_))
            | (Type::Long, Literal::Long(_))
            | (Type::String, Literal::String(_))
    )
}

/// Whether values of a type are before and behind one another.
fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Long => true,
        Type::Extension(name) => name == "datetime" || name == "duration",
        _ => false,
    }
}

/// Whether there are values of a type below and above a literal: it is not the first or the last of them.
fn is_inside(ty: &Type, literal: &Expr) -> bool {
    match (ty, &literal.kind) {
        (Type::Long, ExprKind::Literal(Literal::Long(value))) => *value < 1 << 62,
        (Type::Long, ExprKind::Unary(UnaryOp::Neg, inner)) => is_inside(ty, inner),
        // All that can be written are years with four digits.
        (Type::Extension(name), _) if name == "datetime" => is_call(literal, "datetime"),
        (Type::Extension(name), ExprKind::Call(function, args)) => {
            // The bounds of both types take 17 digits and more.
            let [
                Expr {
                    kind: ExprKind::Literal(Literal::String(text)),
                    ..
                },
            ] = args.as_slice()
            else {
                return false;
            };
            function.value == *name && (name == "decimal" || name == "duration") && text.len() <= 12
        }
        _ => false,
    }
}

/// A literal of an extension type.
fn is_call(expr: &Expr, function: &str) -> bool {
    matches!(&expr.kind, ExprKind::Call(name, args) if name.value == function
        && matches!(args.as_slice(), [Expr { kind: ExprKind::Literal(Literal::String(_)), .. }]))
}

#[cfg(test)]
pub(super) mod tests;
