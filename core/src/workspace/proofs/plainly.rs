//! Pairs of policies of which it is plain, without a proof, whether one applies wherever the other does.
//!
//! That it does not is plain where the one is met by a request that the other is not: each condition of the other is
//! looked at by itself, and where one does not hold the policy does not apply. That it does is plain where each condition
//! of the other is one of the first, or follows from one. The rest is left to the prover.

use std::collections::BTreeMap;

use super::alone::overflows;
use super::independent;
use super::valued::{Asked, Known, Test, implies, order_of};
use super::{Ground, valued};
use crate::analysis::conditions::demands;
use crate::cedar::links::Link;
use crate::facts::{
    BinaryOp, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, UnaryOp, Var,
    attribute_path, canonical_expr, disjuncts,
};
use crate::prove::Pattern;
use crate::schema::{Attribute, Type};

/// In how many kinds of request a place has to be there for all requests to have it.
const MOST_LOOKED_AT: usize = 16;

/// What is plain of a policy.
#[derive(Debug)]
pub(super) struct Plainly {
    /// A request that it applies to and its kind.
    request: Option<(u32, Request)>,
    /// All that it demands.
    asks: Vec<Ask>,
    /// Whether it never fails where it type-checks and every entity is there.
    is_sure: bool,
}

/// Something that a policy demands.
#[derive(Debug)]
struct Ask {
    /// What it is, whatever its layout.
    what: ([u8; 32], bool),
    /// That one of these holds; empty where it is something else.
    one_of: Vec<One>,
}

/// What is asked of one value.
#[derive(Debug)]
struct One {
    at: Key,
    asked: Asked,
    /// Whether every request has something there.
    is_there: bool,
}

impl Plainly {
    /// What is plain of a policy that is about these kinds of request.
    pub(super) fn new(policy: &Policy, kinds: &[u32], ground: &Ground) -> Self {
        let found = kinds.first().and_then(|number| {
            let kind = ground.environment(*number)?;
            let request = independent::request(policy, kind, &ground.schema)?;
            Some((*number, request))
        });
        let asks = demands(policy).into_iter().map(|(expr, outcome)| Ask {
            what: (canonical_expr(expr), outcome),
            one_of: one_of(expr, outcome, kinds, ground).unwrap_or_default(),
        });
        let mut can_fail = false;
        policy.walk(|_, expr| can_fail |= overflows(expr));
        Self {
            request: found,
            asks: asks.collect(),
            is_sure: !can_fail,
        }
    }

    /// Whether it is plain that another policy, which is about these kinds of request, does not apply to a request that
    /// this one applies to: the same request for all others.
    pub(super) fn escapes(
        &self,
        other: &Self,
        of: &Policy,
        link: Option<&Link>,
        kinds: &[u32],
    ) -> bool {
        let Some((kind, request)) = &self.request else {
            return false;
        };
        kinds.binary_search(kind).is_err()
            || request.is_outside(
                Var::Principal,
                &of.principal.value,
                link.and_then(Link::principal).as_ref(),
            )
            || request.is_outside(
                Var::Resource,
                &of.resource.value,
                link.and_then(Link::resource).as_ref(),
            )
            || other.asks.iter().any(|ask| {
                let fails = |one: &One| one.fails(request);
                !ask.one_of.is_empty() && ask.one_of.iter().all(fails)
            })
    }

    /// Whether it is plain that another policy, whose scope admits all that this one's does, applies wherever this one
    /// does.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        other.is_sure
            && other.asks.iter().all(|wanted| {
                self.asks.iter().any(|given| {
                    given.what == wanted.what
                        || matches!(given.one_of.as_slice(), [one] if wanted.one_of.iter().any(|of| one.implies(of)))
                })
            })
    }
}

impl One {
    fn fails(&self, request: &Request) -> bool {
        let (test, outcome) = &self.asked;
        let holds = request.holds(&self.at, test, self.is_there);
        holds.is_some_and(|holds| holds != *outcome)
    }

    fn implies(&self, other: &Self) -> bool {
        self.at == other.at && implies(&self.asked, &other.asked)
    }
}

/// The tests of which one has to hold so that a condition comes to an outcome; `None` where that is something else.
fn one_of(expr: &Expr, outcome: bool, kinds: &[u32], ground: &Ground) -> Option<Vec<One>> {
    let items = match &expr.kind {
        ExprKind::Or(_) if outcome => disjuncts(expr),
        _ => vec![expr],
    };
    let one = |expr: &&Expr| {
        let (of, asked) = test(expr, outcome)?;
        let (var, path) = attribute_path(of).filter(|(_, path)| !path.is_empty())?;
        Some(One {
            at: key(var, &path),
            asked,
            is_there: kinds.len() <= MOST_LOOKED_AT
                && kinds.iter().all(|kind| is_there(var, &path, *kind, ground)),
        })
    };
    items.iter().map(one).collect()
}

/// What an expression tests of the value of another, so that it comes to an outcome.
fn test(expr: &Expr, outcome: bool) -> Option<(&Expr, Asked)> {
    Some(match &expr.kind {
        ExprKind::Attr(..) => (expr, (Test::Truth, outcome)),
        ExprKind::Unary(UnaryOp::Not, inner) => return test(inner, !outcome),
        ExprKind::Like(of, pattern) => (of, (Test::Like(Pattern::new(&pattern.value)), outcome)),
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
            let equal = outcome == (*op == BinaryOp::Eq);
            match (&left.kind, &right.kind) {
                (_, ExprKind::Literal(literal)) => (left, Test::equal(literal, equal)?),
                (ExprKind::Literal(literal), _) => (right, Test::equal(literal, equal)?),
                _ => return None,
            }
        }
        ExprKind::Binary(op, left, right) => match Test::order(*op, right, outcome) {
            Some(asked) => (left, asked),
            None => (right, Test::order(valued::swapped(*op), left, outcome)?),
        },
        ExprKind::Method(of, name, arguments) => {
            match (order_of(&name.value), arguments.as_slice()) {
                (Some(op), [bound]) => (of, Test::order(op, bound, outcome)?),
                _ => {
                    let asked = outcome == (name.value != "isIpv6");
                    (of, (Test::method(&name.value, arguments)?, asked))
                }
            }
        }
        _ => return None,
    })
}

/// Whether every request of a kind has something at a place, and no two places of that kind are one by their types.
fn is_there(var: Var, path: &[&str], kind: u32, ground: &Ground) -> bool {
    let schema = &ground.schema;
    let Some(kind) = ground.environment(kind) else {
        return false;
    };
    let attributes = |name: &str| {
        let ty = schema.entity_types.get(name)?;
        ty.enumeration.is_none().then_some(&ty.attributes)
    };
    let mut fields: Option<&BTreeMap<String, Attribute>> = match var {
        Var::Principal => attributes(&kind.principal),
        Var::Resource => attributes(&kind.resource),
        Var::Context => schema
            .actions
            .get(&kind.action)
            .map(|action| &action.context),
        Var::Action => None,
    };
    path.iter().all(|step| {
        let attribute = fields.and_then(|fields| fields.get(*step));
        fields = match attribute.map(|of| &of.ty) {
            Some(Type::Record(inner)) => Some(inner),
            Some(Type::Entity(name)) => attributes(name),
            _ => None,
        };
        attribute.is_some_and(|of| of.required)
    })
}

/// Where something is read, as one text.
type Key = String;

/// A request, as far as a policy asks for something. Whatever else there is in it is as [`Test::any`] has it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) ends: [End; 2],
    /// `None` where nothing is said of the value.
    pub(super) values: BTreeMap<Key, Option<Known>>,
}

/// The principal or the resource.
#[derive(Debug)]
pub(super) struct End {
    /// Somebody of a name; else one that nothing names.
    pub(super) is: Option<Entity>,
    /// What it is in, and nothing else.
    pub(super) within: Vec<Entity>,
    /// Whether there is no end to the entities of its type.
    pub(super) is_open: bool,
}

impl Request {
    /// Whether it is plain that a constraint of the scope does not hold, for the principal or the resource.
    fn is_outside(&self, var: Var, constraint: &EntityConstraint, linked: Option<&Entity>) -> bool {
        let [principal, resource] = &self.ends;
        let end = if var == Var::Principal {
            principal
        } else {
            resource
        };
        let entity = match constraint.entity_or_slot() {
            Some(EntityOrSlot::Entity(entity)) => Some(&entity.value),
            Some(EntityOrSlot::Slot(_)) => linked,
            None => None,
        };
        entity.is_some_and(|entity| {
            let is_same = end.is.as_ref() == Some(entity) || (end.is.is_none() && !end.is_open);
            let is_within =
                !matches!(constraint, EntityConstraint::Eq(_)) && end.within.contains(entity);
            !is_same && !is_within
        })
    }

    /// Whether a test holds of what is at a place, where every request has something or one policy asks for it; `None`
    /// where that is not plain.
    fn holds(&self, at: &Key, test: &Test, is_there: bool) -> Option<bool> {
        if let Some(value) = self.values.get(at) {
            return test.holds(value.as_ref()?);
        }
        // What is asked of something that it is part of, or that is part of it, is not looked at.
        let nested = |one: &Key, other: &Key| {
            one.strip_prefix(other.as_str())
                .is_some_and(|rest| rest.starts_with(STEP))
        };
        let is_asked = self
            .values
            .keys()
            .any(|other| nested(other, at) || nested(at, other));
        if is_asked || !is_there {
            None
        } else {
            test.holds(&test.any())
        }
    }
}

/// Stands between the steps of a path: no name that is written has it in it, and where one has, less is plain.
const STEP: char = '\u{1f}';

pub(super) fn key(var: Var, path: &[&str]) -> Key {
    let mut key = var.as_str().to_owned();
    for step in path {
        key.push(STEP);
        key.push_str(step);
    }
    key
}

#[cfg(test)]
mod tests;
