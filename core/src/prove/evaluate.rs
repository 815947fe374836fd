//! Symbolic evaluation: a policy in a kind of request to the formulas of when it applies and when it fails.
//!
//! It follows the rules of Cedar's evaluator: operands from left to right, `&&` and `||` and `if` only as far as they
//! decide, and an error wherever Cedar has one, so that a policy that reads what no type has fails there. What is known, as `resource is Box` in a kind of request, is folded at
//! once, so that what Cedar never evaluates is not looked at, as with Cedar's type-checker.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::extension;
use super::gates::Bit;
use super::like::Pattern;
use super::numbers::{Checked, Number};
use super::terms::{Kind, Node, NodeData, Origin, Terms};
use super::value::{Choice, RecordTerm, SetTerm, Value};
use super::{Bound, Why};
use crate::analysis::logic::is_connective;
use crate::cedar::links::Link;
use crate::encode::digest;
use crate::facts::{
    ActionConstraint, BinaryOp, ClauseKind, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind,
    Literal, Policy, UnaryOp, Var, canonical_expr,
};

/// The values of a template's slots.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    /// `?principal`
    pub principal: Option<Entity>,
    /// `?resource`
    pub resource: Option<Entity>,
}

impl Slots {
    /// Those of a link.
    pub fn of(bound: &Bound) -> Self {
        Self {
            principal: bound.link.as_ref().and_then(Link::principal),
            resource: bound.link.as_ref().and_then(Link::resource),
        }
    }
}

/// What a policy comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// It evaluates to true.
    pub applies: Bit,
    /// It fails to evaluate.
    pub fails: Bit,
}

/// What an expression comes to.
#[derive(Debug, Clone)]
struct Evaluated {
    /// Its value, where `ok`.
    value: Value,
    /// It does not fail to evaluate.
    ok: Bit,
}

/// What a policy comes to.
///
/// # Errors
///
/// Why that cannot be said.
pub fn policy(policy: &Policy, slots: &Slots, terms: &mut Terms<'_>) -> Result<Outcome, Why> {
    let mut evaluator = Evaluator { terms, open: None };
    let mut applies = evaluator.scope(policy, slots)?;
    let mut fails = Bit::FALSE;
    for clause in &policy.clauses {
        if applies == Bit::FALSE {
            break;
        }
        let came_to = evaluator.expr(&clause.body)?;
        let holds = match came_to.value {
            Value::Bool(holds) => holds,
            _ if came_to.ok == Bit::FALSE => Bit::FALSE,
            _ => return Err(Why::NotValid),
        };
        let gates = &mut evaluator.terms.gates;
        let failed = gates.and(applies, !came_to.ok);
        fails = gates.or(fails, failed);
        let holds = match clause.kind {
            ClauseKind::When => holds,
            ClauseKind::Unless => !holds,
        };
        let holds = gates.and(came_to.ok, holds);
        applies = gates.and(applies, holds);
    }
    Ok(Outcome { applies, fails })
}

/// What types alone decide, by the digest of what it says: a condition, or who the scope is about.
type Said = [u8; 32];

/// Conditions that may come out either way because only today's types decide them.
#[derive(Debug, Default)]
pub struct Opening {
    /// What was looked at, and whether types alone decided it wherever that was.
    seen: BTreeMap<Said, bool>,
    /// What is open; `None` where all is that types decide.
    only: Option<Arc<BTreeSet<Said>>>,
    /// What each may come to, in one kind of request.
    bits: BTreeMap<Said, Bit>,
}

impl Opening {
    /// What types alone decided wherever it was looked at.
    pub fn by_types(&self) -> Arc<BTreeSet<Said>> {
        let by_types = self.seen.iter().filter(|(_, by_types)| **by_types);
        Arc::new(by_types.map(|(said, _)| *said).collect())
    }

    /// These alone are open.
    pub fn only(these: &Arc<BTreeSet<Said>>) -> Self {
        Self {
            only: Some(Arc::clone(these)),
            ..Self::default()
        }
    }

    /// In another kind of request.
    pub fn begin(&mut self) {
        self.bits.clear();
    }
}

/// When a policy would apply if what is open could come out either way.
///
/// # Errors
///
/// Why that cannot be said.
pub fn opened(
    policy: &Policy,
    slots: &Slots,
    opening: &mut Opening,
    terms: &mut Terms<'_>,
) -> Result<Bit, Why> {
    let mut evaluator = Evaluator {
        terms,
        open: Some(opening),
    };
    let mut applies = evaluator.scope(policy, slots)?;
    for clause in &policy.clauses {
        if applies == Bit::FALSE {
            break;
        }
        let (holds, ok) = evaluator.bool(&clause.body)?;
        let holds = match clause.kind {
            ClauseKind::When => holds,
            ClauseKind::Unless => !holds,
        };
        let gates = &mut evaluator.terms.gates;
        let holds = gates.and(ok, holds);
        applies = gates.and(applies, holds);
    }
    Ok(applies)
}

struct Evaluator<'t, 'a> {
    terms: &'t mut Terms<'a>,
    /// Where types are to say nothing.
    open: Option<&'t mut Opening>,
}

impl<'a> Evaluator<'_, 'a> {
    fn scope(&mut self, policy: &Policy, slots: &Slots) -> Result<Bit, Why> {
        let environment = self.terms.environment;
        let schema = self.terms.schema;
        let ancestors = schema
            .actions
            .get(&environment.action)
            .map(|action| &action.ancestors);
        let within = |entity: &Entity| {
            *entity == environment.action
                || ancestors.is_some_and(|ancestors| ancestors.contains(entity))
        };
        let action = match &policy.action.value {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(entity) => entity.value == environment.action,
            ActionConstraint::In(entity) => within(&entity.value),
            ActionConstraint::InList(list) => list.value.iter().any(|e| within(&e.value)),
        };
        if !action {
            return Ok(Bit::FALSE);
        }
        let principal = self.open_constraint(
            &policy.principal.value,
            Var::Principal,
            slots.principal.as_ref(),
        )?;
        if principal == Bit::FALSE {
            return Ok(principal);
        }
        let resource = self.open_constraint(
            &policy.resource.value,
            Var::Resource,
            slots.resource.as_ref(),
        )?;
        Ok(self.terms.gates.and(principal, resource))
    }

    fn open_constraint(
        &mut self,
        constraint: &EntityConstraint,
        var: Var,
        slot: Option<&Entity>,
    ) -> Result<Bit, Why> {
        self.terms.by_types = false;
        let holds = self.constraint(constraint, var, slot)?;
        if self.open.is_none() {
            return Ok(holds);
        }
        let by_types = self.terms.by_types;
        let entity = match constraint.entity_or_slot() {
            Some(EntityOrSlot::Entity(entity)) => entity.value.to_string(),
            _ => slot.map(ToString::to_string).unwrap_or_default(),
        };
        let said = digest("scope", |nodes| {
            nodes.text("of", var.as_str());
            nodes.text("in", &entity);
        });
        Ok(self.free(said, by_types)?.unwrap_or(holds))
    }

    /// What is open may come to anything, but to the same wherever it stands; `None` where it is not open.
    fn free(&mut self, said: Said, by_types: bool) -> Result<Option<Bit>, Why> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        let seen = open.seen.entry(said).or_insert(true);
        *seen &= by_types;
        let is_open = by_types && open.only.as_ref().is_none_or(|only| only.contains(&said));
        if !is_open {
            return Ok(None);
        }
        if let Some(bit) = open.bits.get(&said) {
            return Ok(Some(*bit));
        }
        let place = self.terms.name_element(Kind::Bool);
        let Value::Bool(bit) = self.terms.at(place)? else {
            return Err(Why::NotValid);
        };
        open.bits.insert(said, bit);
        Ok(Some(bit))
    }

    fn constraint(
        &mut self,
        constraint: &EntityConstraint,
        var: Var,
        slot: Option<&Entity>,
    ) -> Result<Bit, Why> {
        let of = self.request_entity(var);
        let environment = self.terms.environment;
        let ty = match var {
            Var::Principal => &environment.principal,
            _ => &environment.resource,
        };
        if constraint.is_type().is_some_and(|named| named.value != *ty) {
            return Ok(Bit::FALSE);
        }
        let entity = match constraint.entity_or_slot() {
            None => return Ok(Bit::TRUE),
            Some(EntityOrSlot::Entity(entity)) => &entity.value,
            Some(EntityOrSlot::Slot(_)) => slot.ok_or_else(|| {
                Why::Unsupported("a template without the values of its slots".to_owned())
            })?,
        };
        let entity = self.terms.intern(NodeData::Entity(entity.clone()));
        Ok(match constraint {
            EntityConstraint::Eq(_) => self.terms.equal(of, entity),
            _ => self.terms.within(of, entity),
        })
    }

    fn request_entity(&mut self, var: Var) -> Node {
        let environment = self.terms.environment;
        let (origin, ty) = match var {
            Var::Resource => (Origin::Resource, environment.resource.as_str()),
            _ => (Origin::Principal, environment.principal.as_str()),
        };
        let place = self.terms.name(origin, Kind::Entity(ty));
        match self.terms.at(place) {
            Ok(Value::Node(choice)) => choice.first().map_or(Node(0), |(node, _)| *node),
            _ => Node(0),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Result<Evaluated, Why> {
        self.terms.go_on()?;
        Ok(match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => bool(Bit::constant(*value)),
            ExprKind::Literal(Literal::Long(value)) => {
                sure(number(i64::try_from(*value).map_err(|_| Why::NotValid)?))
            }
            ExprKind::Literal(Literal::String(text)) => sure(self.text(text)),
            ExprKind::Entity(entity) => sure(self.entity(entity.clone())),
            ExprKind::Var(var) => self.var(*var)?,
            ExprKind::Slot(_) => return Err(Why::NotValid),
            ExprKind::If(condition, then, other) => self.if_then_else(condition, then, other)?,
            ExprKind::And(items) => self.chain(items, true)?,
            ExprKind::Or(items) => self.chain(items, false)?,
            ExprKind::Unary(op, operand) => self.unary(*op, operand)?,
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right)?,
            ExprKind::Has(of, path) => {
                let of = self.expr(of)?;
                match of.ok == Bit::FALSE {
                    true => failed(),
                    false => self.has(of, &path.value)?,
                }
            }
            ExprKind::Like(of, elements) => {
                let of = self.expr(of)?;
                if of.ok == Bit::FALSE {
                    return Ok(failed());
                }
                let pattern = Arc::new(Pattern::new(&elements.value));
                let mut any = Bit::FALSE;
                for (node, guard) in nodes(&of.value)? {
                    let like = self.terms.like(*node, &pattern);
                    let chosen = self.terms.gates.and(*guard, like);
                    any = self.terms.gates.or(any, chosen);
                }
                Evaluated {
                    value: Value::Bool(any),
                    ok: of.ok,
                }
            }
            ExprKind::Is(of, ty, within) => self.is(of, &ty.value, within.as_deref())?,
            ExprKind::Attr(of, name) => {
                let of = self.expr(of)?;
                match of.ok == Bit::FALSE {
                    true => failed(),
                    false => self.attr(of, &name.value)?,
                }
            }
            ExprKind::Call(name, arguments) => sure(self.call(&name.value, arguments)?),
            ExprKind::Method(receiver, name, arguments) => {
                self.method(receiver, &name.value, arguments)?
            }
            ExprKind::Set(items) => {
                let mut ok = Bit::TRUE;
                let mut elements = Vec::new();
                for item in items {
                    let item = self.expr(item)?;
                    ok = self.terms.gates.and(ok, item.ok);
                    elements.push(item.value);
                }
                elements.sort();
                elements.dedup();
                let set = SetTerm::Listed(Arc::new(elements));
                Evaluated {
                    value: Value::Set(vec![(set, Bit::TRUE)]),
                    ok,
                }
            }
            ExprKind::Record(items) => {
                let mut ok = Bit::TRUE;
                let mut fields = BTreeMap::new();
                for (name, item) in items {
                    let item = self.expr(item)?;
                    ok = self.terms.gates.and(ok, item.ok);
                    fields.insert(name.value.as_str().into(), (Bit::TRUE, item.value));
                }
                Evaluated {
                    value: Value::Record(RecordTerm::Listed(Arc::new(fields))),
                    ok,
                }
            }
        })
    }

    fn text(&mut self, text: &str) -> Value {
        Value::node(self.terms.intern(NodeData::Text(text.into())))
    }

    fn entity(&mut self, entity: Entity) -> Value {
        Value::node(self.terms.intern(NodeData::Entity(entity)))
    }

    fn var(&mut self, var: Var) -> Result<Evaluated, Why> {
        let environment = self.terms.environment;
        Ok(sure(match var {
            Var::Principal | Var::Resource => Value::node(self.request_entity(var)),
            Var::Action => self.entity(environment.action.clone()),
            Var::Context => {
                let place = self.terms.context().ok_or(Why::NotValid)?;
                self.terms.at(place)?
            }
        }))
    }

    fn bool(&mut self, expr: &Expr) -> Result<(Bit, Bit), Why> {
        if self.open.is_some() && !is_connective(expr) {
            return self.open_atom(expr);
        }
        let came_to = self.expr(expr)?;
        match came_to.value {
            Value::Bool(value) => Ok((value, came_to.ok)),
            _ if came_to.ok == Bit::FALSE => Ok((Bit::FALSE, Bit::FALSE)),
            _ => Err(Why::NotValid),
        }
    }

    /// A condition that is made of no others, where types are to say nothing.
    fn open_atom(&mut self, expr: &Expr) -> Result<(Bit, Bit), Why> {
        self.terms.by_types = false;
        let (exact, by_types) = match self.expr(expr) {
            Ok(Evaluated {
                value: Value::Bool(value),
                ok,
            }) => ((value, ok), self.terms.by_types),
            Err(Why::Budget) => return Err(Why::Budget),
            Ok(_) | Err(_) => ((Bit::FALSE, Bit::FALSE), true),
        };
        let free = self.free(canonical_expr(expr), by_types)?;
        Ok(free.map_or(exact, |bit| (bit, Bit::TRUE)))
    }

    fn number(&mut self, expr: &Expr) -> Result<(Number, Bit), Why> {
        let came_to = self.expr(expr)?;
        match came_to.value {
            Value::Number(value) => Ok((value, came_to.ok)),
            _ if came_to.ok == Bit::FALSE => Ok((Number::constant(0), Bit::FALSE)),
            _ => Err(Why::NotValid),
        }
    }

    /// `a && b && c`, or `a || b || c` where `go_on` is false.
    fn chain(&mut self, items: &[Expr], go_on: bool) -> Result<Evaluated, Why> {
        // Whether all items so far let Cedar go on to the next.
        let mut reached = Bit::TRUE;
        let mut ok = Bit::TRUE;
        for item in items {
            if reached == Bit::FALSE {
                break;
            }
            let (holds, fine) = self.bool(item)?;
            let gates = &mut self.terms.gates;
            let fine = gates.or(!reached, fine);
            ok = gates.and(ok, fine);
            reached = gates.and(reached, if go_on { holds } else { !holds });
        }
        Ok(Evaluated {
            value: Value::Bool(if go_on { reached } else { !reached }),
            ok,
        })
    }

    fn if_then_else(
        &mut self,
        condition: &Expr,
        then: &Expr,
        other: &Expr,
    ) -> Result<Evaluated, Why> {
        let (holds, ok) = self.bool(condition)?;
        if self.open.is_some() {
            let ((then, fine), (other, fine_too)) = (self.bool(then)?, self.bool(other)?);
            let gates = &mut self.terms.gates;
            let fine = gates.choose(holds, fine, fine_too);
            return Ok(Evaluated {
                value: Value::Bool(gates.choose(holds, then, other)),
                ok: gates.and(ok, fine),
            });
        }
        let branch = match holds.known() {
            Some(true) => self.expr(then)?,
            Some(false) => self.expr(other)?,
            None => {
                let (then, other) = (self.expr(then)?, self.expr(other)?);
                // What always fails has no value that could be chosen.
                let value = match (then.ok == Bit::FALSE, other.ok == Bit::FALSE) {
                    (true, _) => other.value,
                    (_, true) => then.value,
                    _ => self.terms.choose(holds, &then.value, &other.value)?,
                };
                Evaluated {
                    value,
                    ok: self.terms.gates.choose(holds, then.ok, other.ok),
                }
            }
        };
        Ok(Evaluated {
            value: branch.value,
            ok: self.terms.gates.and(ok, branch.ok),
        })
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Result<Evaluated, Why> {
        match op {
            UnaryOp::Not => {
                let (holds, ok) = self.bool(operand)?;
                Ok(Evaluated {
                    value: Value::Bool(!holds),
                    ok,
                })
            }
            UnaryOp::Neg => {
                if let ExprKind::Literal(Literal::Long(value)) = &operand.kind {
                    let value = i64::try_from(-i128::from(*value)).map_err(|_| Why::NotValid)?;
                    return Ok(sure(number(value)));
                }
                let (value, ok) = self.number(operand)?;
                if ok == Bit::FALSE {
                    return Ok(failed());
                }
                let negated = value.neg(&mut self.terms.gates);
                Ok(self.checked(negated, ok))
            }
        }
    }

    fn checked(&mut self, checked: Checked, ok: Bit) -> Evaluated {
        Evaluated {
            value: Value::Number(checked.number),
            ok: self.terms.gates.and(ok, checked.fits),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Evaluated, Why> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let ok = self.terms.gates.and(left.ok, right.ok);
        if left.ok == Bit::FALSE || right.ok == Bit::FALSE {
            return Ok(failed());
        }
        let value = match op {
            BinaryOp::Eq => self.terms.equals(&left.value, &right.value)?,
            BinaryOp::NotEq => !self.terms.equals(&left.value, &right.value)?,
            BinaryOp::In => self.within(&left.value, &right.value)?,
            _ => {
                let (Value::Number(a), Value::Number(b)) = (&left.value, &right.value) else {
                    return Err(Why::NotValid);
                };
                let gates = &mut self.terms.gates;
                match op {
                    BinaryOp::Add => {
                        let sum = a.add(b, gates);
                        return Ok(self.checked(sum, ok));
                    }
                    BinaryOp::Sub => {
                        let difference = a.sub(b, gates);
                        return Ok(self.checked(difference, ok));
                    }
                    BinaryOp::Mul => {
                        let product = a.mul(b, gates);
                        return Ok(self.checked(product, ok));
                    }
                    BinaryOp::Less => a.less(b, gates),
                    BinaryOp::LessEq => a.less_or_equal(b, gates),
                    BinaryOp::Greater => b.less(a, gates),
                    _ => b.less_or_equal(a, gates),
                }
            }
        };
        Ok(Evaluated {
            value: Value::Bool(value),
            ok,
        })
    }

    /// `a in b`, where `b` is an entity or a set of entities.
    fn within(&mut self, left: &Value, right: &Value) -> Result<Bit, Why> {
        let mut any = Bit::FALSE;
        for (node, guard) in nodes(left)? {
            let within = match right {
                Value::Set(sets) => {
                    let mut any = Bit::FALSE;
                    for (set, chosen) in sets {
                        let within = self.terms.within_any(*node, set)?;
                        let within = self.terms.gates.and(*chosen, within);
                        any = self.terms.gates.or(any, within);
                    }
                    any
                }
                _ => self.terms.within_value(*node, right)?,
            };
            let chosen = self.terms.gates.and(*guard, within);
            any = self.terms.gates.or(any, chosen);
        }
        Ok(any)
    }

    fn is(&mut self, of: &Expr, ty: &str, within: Option<&Expr>) -> Result<Evaluated, Why> {
        let of = self.expr(of)?;
        if of.ok == Bit::FALSE {
            return Ok(failed());
        }
        let mut is = Bit::FALSE;
        for (node, guard) in nodes(&of.value)? {
            if self.terms.entity_type(*node) == Some(ty) {
                is = self.terms.gates.or(is, *guard);
            }
        }
        self.terms.by_types |= is.known().is_some();
        let Some(within) = within else {
            return Ok(Evaluated {
                value: Value::Bool(is),
                ok: of.ok,
            });
        };
        if is == Bit::FALSE {
            return Ok(Evaluated {
                value: Value::Bool(is),
                ok: of.ok,
            });
        }
        // As `a is T && a in b`.
        let right = self.expr(within)?;
        let within = match right.ok == Bit::FALSE {
            true => Bit::FALSE,
            false => self.within(&of.value, &right.value)?,
        };
        let gates = &mut self.terms.gates;
        let fine = gates.or(!is, right.ok);
        Ok(Evaluated {
            value: Value::Bool(gates.and(is, within)),
            ok: gates.and(of.ok, fine),
        })
    }

    /// `of has a.b`: as `of has a && of.a has b`.
    fn has(&mut self, of: Evaluated, path: &[String]) -> Result<Evaluated, Why> {
        let ok = of.ok;
        let mut value = of.value;
        let mut has = Bit::TRUE;
        for (at, name) in path.iter().enumerate() {
            let (there, next) = match self.look_up(&value, name)? {
                Some((there, next)) => (there, next),
                None => (Bit::FALSE, None),
            };
            has = self.terms.gates.and(has, there);
            match next {
                Some(next) if has != Bit::FALSE && at + 1 < path.len() => value = next,
                _ => break,
            }
        }
        self.terms.by_types |= has.known().is_some();
        Ok(Evaluated {
            value: Value::Bool(has),
            ok,
        })
    }

    fn attr(&mut self, of: Evaluated, name: &str) -> Result<Evaluated, Why> {
        let (there, value) = match self.look_up(&of.value, name)? {
            Some((there, Some(value))) => (there, value),
            _ => return Ok(failed()),
        };
        Ok(Evaluated {
            value,
            ok: self.terms.gates.and(of.ok, there),
        })
    }

    /// An attribute or field: whether it is there, and its value where it is. `None` where no type has it.
    fn look_up(&mut self, of: &Value, name: &str) -> Result<Option<(Bit, Option<Value>)>, Why> {
        match of {
            Value::Record(record) => Ok(self
                .terms
                .field(record, name)?
                .map(|(there, value)| (there, Some(value)))),
            Value::Node(choice) => {
                let found = self.each(choice, |terms, node| terms.attribute(node, name))?;
                Ok(Some(found))
            }
            _ => Err(Why::NotValid),
        }
    }

    /// What each node of a choice has, put together.
    fn each(
        &mut self,
        choice: &Choice<Node>,
        mut look_up: impl FnMut(&mut Terms<'a>, Node) -> Result<Option<(Bit, Value)>, Why>,
    ) -> Result<(Bit, Option<Value>), Why> {
        let mut there = Bit::FALSE;
        let mut value: Option<Value> = None;
        for (node, guard) in choice {
            let Some((present, found)) = look_up(self.terms, *node)? else {
                continue;
            };
            let here = self.terms.gates.and(*guard, present);
            there = self.terms.gates.or(there, here);
            value = Some(match value {
                None => found,
                Some(before) => self.terms.choose(*guard, &found, &before)?,
            });
        }
        Ok((there, value))
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Result<Value, Why> {
        match arguments {
            [
                Expr {
                    kind: ExprKind::Literal(Literal::String(text)),
                    ..
                },
            ] => extension::literal(name, text)
                .ok_or_else(|| Why::Unsupported(format!("the value `{name}(\"{text}\")`"))),
            _ => Err(Why::Unsupported(format!(
                "`{name}` of something other than a literal"
            ))),
        }
    }

    fn method(
        &mut self,
        receiver: &Expr,
        name: &str,
        arguments: &[Expr],
    ) -> Result<Evaluated, Why> {
        let of = self.expr(receiver)?;
        let mut ok = of.ok;
        if ok == Bit::FALSE {
            return Ok(failed());
        }
        let mut values = Vec::new();
        for argument in arguments {
            let argument = self.expr(argument)?;
            ok = self.terms.gates.and(ok, argument.ok);
            if argument.ok == Bit::FALSE {
                return Ok(failed());
            }
            values.push(argument.value);
        }
        let value = match (&of.value, name, values.as_slice()) {
            (Value::Set(sets), "contains", [element]) => {
                let mut any = Bit::FALSE;
                for (set, guard) in sets {
                    let is_member = self.terms.member(set, element)?;
                    let chosen = self.terms.gates.and(*guard, is_member);
                    any = self.terms.gates.or(any, chosen);
                }
                any
            }
            (Value::Set(a), "containsAll", [Value::Set(b)]) => {
                self.terms.pairwise(b, a, Terms::subset)?
            }
            (Value::Set(a), "containsAny", [Value::Set(b)]) => {
                self.terms.pairwise(a, b, Terms::overlap)?
            }
            (Value::Set(sets), "isEmpty", []) => {
                let mut any = Bit::FALSE;
                for (set, guard) in sets {
                    let is_empty = self.terms.is_empty(set)?;
                    let chosen = self.terms.gates.and(*guard, is_empty);
                    any = self.terms.gates.or(any, chosen);
                }
                any
            }
            (Value::Node(entities), "hasTag" | "getTag", [Value::Node(keys)]) => {
                let (there, value) = self.tag(entities, keys)?;
                if name == "getTag" {
                    let Some(value) = value else {
                        return Ok(failed());
                    };
                    return Ok(Evaluated {
                        value,
                        ok: self.terms.gates.and(ok, there),
                    });
                }
                there
            }
            (receiver, _, arguments) => {
                let (value, fits) = extension::method(receiver, name, arguments, self.terms)?;
                return Ok(Evaluated {
                    value,
                    ok: self.terms.gates.and(ok, fits),
                });
            }
        };
        Ok(Evaluated {
            value: Value::Bool(value),
            ok,
        })
    }

    fn tag(
        &mut self,
        entities: &Choice<Node>,
        keys: &Choice<Node>,
    ) -> Result<(Bit, Option<Value>), Why> {
        let mut there = Bit::FALSE;
        let mut value: Option<Value> = None;
        for (key, guard) in keys {
            let (present, found) = self.each(entities, |terms, node| terms.tag(node, *key))?;
            let here = self.terms.gates.and(*guard, present);
            there = self.terms.gates.or(there, here);
            value = match (value, found) {
                (Some(before), Some(found)) => Some(self.terms.choose(*guard, &found, &before)?),
                (before, found) => found.or(before),
            };
        }
        Ok((there, value))
    }
}

fn nodes(value: &Value) -> Result<&Choice<Node>, Why> {
    match value {
        Value::Node(choice) => Ok(choice),
        _ => Err(Why::NotValid),
    }
}

const fn sure(value: Value) -> Evaluated {
    Evaluated {
        value,
        ok: Bit::TRUE,
    }
}

/// What fails whatever the request is: as a value, anything would do.
const fn failed() -> Evaluated {
    Evaluated {
        value: Value::Bool(Bit::FALSE),
        ok: Bit::FALSE,
    }
}

const fn bool(value: Bit) -> Evaluated {
    sure(Value::Bool(value))
}

fn number(value: i64) -> Value {
    Value::Number(Number::constant(value))
}
