//! What a policy asks for, roughly: enough to leave out pairs of policies that cannot be related.

use std::collections::BTreeSet;

use crate::analysis::conditions::demands;
use crate::cedar::links::Link;
use crate::facts::{
    BinaryOp, Effect, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, Var,
    attribute_path, canonical_expr,
};

/// What the scope or a condition asks of the principal or the resource beyond its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// Nothing.
    Any,
    /// To be this one.
    Is(Entity),
    /// To be in this one.
    In(Entity),
    /// What links say that are not known.
    Slot,
}

/// Policies of one shape are candidates for the same questions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// Whether it permits.
    pub(super) permits: bool,
    /// What the scope says of the principal and of the resource.
    pub(super) ends: [End; 2],
    /// What conditions demand of them.
    asked: [BTreeSet<End>; 2],
    /// The kinds of request that it is about.
    pub(super) environments: Vec<u32>,
    /// What is read: a bit for each path.
    reads: u64,
    /// The tests for equality with a literal that it demands.
    equal: BTreeSet<u64>,
}

impl Shape {
    /// A policy, or a template with the values of a link, that is about these kinds of request.
    pub(super) fn of(policy: &Policy, link: Option<&Link>, environments: &[u32]) -> Self {
        let ends = [
            end(&policy.principal.value, link.and_then(Link::principal)),
            end(&policy.resource.value, link.and_then(Link::resource)),
        ];
        let mut shape = Self {
            permits: policy.effect.value == Effect::Permit,
            asked: ends.clone().map(|end| BTreeSet::from([end])),
            ends,
            environments: environments.to_vec(),
            reads: 0,
            equal: BTreeSet::new(),
        };
        for (end, var) in shape.ends.iter().zip(["principal", "resource"]) {
            if *end != End::Any {
                shape.reads |= bit(var, &[]);
            }
        }
        policy.walk(|_, expr| shape.reads |= read(expr));
        for (test, outcome) in demands(policy) {
            if outcome {
                shape.demand(test);
            }
        }
        shape
    }

    fn demand(&mut self, test: &Expr) {
        if let ExprKind::Is(of, _, Some(within)) = &test.kind {
            self.demand_entity(BinaryOp::In, of, within);
        }
        let ExprKind::Binary(op, left, right) = &test.kind else {
            return;
        };
        self.demand_entity(*op, left, right);
        if *op == BinaryOp::Eq {
            self.demand_entity(*op, right, left);
            let is_literal =
                |expr: &Expr| matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Entity(_));
            let is_path =
                |expr: &Expr| attribute_path(expr).is_some_and(|(_, path)| !path.is_empty());
            for (a, b) in [(left, right), (right, left)] {
                if is_path(a) && is_literal(b) {
                    self.equal.insert(number(a) ^ number(b).rotate_left(1));
                }
            }
        }
    }

    fn demand_entity(&mut self, op: BinaryOp, of: &Expr, entity: &Expr) {
        let [principal, resource] = &mut self.asked;
        let asked = match of.kind {
            ExprKind::Var(Var::Principal) => principal,
            ExprKind::Var(Var::Resource) => resource,
            _ => return,
        };
        if let ExprKind::Entity(entity) = &entity.kind {
            match op {
                BinaryOp::Eq => asked.insert(End::Is(entity.clone())),
                BinaryOp::In => asked.insert(End::In(entity.clone())),
                _ => false,
            };
        }
    }

    /// Whether a policy of this shape may apply to all that one of the other shape applies to: its scope admits that
    /// one's, and it reads and demands nothing that the other does not.
    pub(super) fn may_imply(&self, other: &Self) -> bool {
        self.permits == other.permits
            && self.reads & !other.reads == 0
            && self.equal.is_subset(&other.equal)
            && self.admits(other)
            && self.is_about_all_of(other)
    }

    /// Whether forbids of this shape may stand in the way of all that a permit of the other shape applies to.
    pub(super) fn may_override(&self, other: &Self) -> bool {
        !self.permits && other.permits && self.admits(other) && {
            let mut shared = self.environments.iter();
            shared.any(|number| other.environments.binary_search(number).is_ok())
        }
    }

    /// Whether it is about all kinds of request that the other is about.
    pub(super) fn is_about_all_of(&self, other: &Self) -> bool {
        is_subset(&other.environments, &self.environments)
    }

    fn admits(&self, other: &Self) -> bool {
        self.ends
            .iter()
            .zip(&other.asked)
            .all(|(end, asked)| match end {
                End::Any => true,
                End::Slot => false,
                End::Is(_) => asked.contains(end),
                End::In(entity) => asked.contains(end) || asked.contains(&End::Is(entity.clone())),
            })
    }

    /// Whether all requests of a kind may satisfy it: it names no one.
    pub(super) fn is_open(&self) -> bool {
        self.asked
            .iter()
            .all(|asked| asked.iter().all(|end| *end == End::Any))
    }

    /// What is demanded of the principal.
    pub(super) const fn demanded(&self) -> &BTreeSet<End> {
        let [principal, _] = &self.asked;
        principal
    }

    /// The principals' ends by which shapes that may admit this one are found.
    pub(super) fn admitted_by(&self) -> BTreeSet<End> {
        let [principal, _] = &self.asked;
        let mut ends = principal.clone();
        ends.insert(End::Any);
        for end in principal {
            if let End::Is(entity) = end {
                ends.insert(End::In(entity.clone()));
            }
        }
        ends
    }
}

fn is_subset(of: &[u32], all: &[u32]) -> bool {
    of.len() <= all.len() && of.iter().all(|number| all.binary_search(number).is_ok())
}

fn end(constraint: &EntityConstraint, linked: Option<Entity>) -> End {
    let entity = match constraint.entity_or_slot() {
        None => return End::Any,
        Some(EntityOrSlot::Entity(entity)) => Some(entity.value.clone()),
        Some(EntityOrSlot::Slot(_)) => linked,
    };
    match (constraint, entity) {
        (_, None) => End::Slot,
        (EntityConstraint::Eq(_), Some(entity)) => End::Is(entity),
        (_, Some(entity)) => End::In(entity),
    }
}

/// What an expression reads by itself.
fn read(expr: &Expr) -> u64 {
    match &expr.kind {
        ExprKind::Attr(..) => {
            attribute_path(expr).map_or(0, |(var, path)| bit(var.as_str(), &path))
        }
        ExprKind::Binary(_, left, right) => [left, right]
            .into_iter()
            .filter_map(|of| match of.kind {
                ExprKind::Var(var @ (Var::Principal | Var::Resource)) => Some(var.as_str()),
                _ => None,
            })
            .fold(0, |bits, var| bits | bit(var, &[])),
        ExprKind::Is(of, _, Some(_)) => match of.kind {
            ExprKind::Var(var) => bit(var.as_str(), &[]),
            _ => 0,
        },
        _ => 0,
    }
}

/// One of 64 bits for a path.
fn bit(var: &str, path: &[&str]) -> u64 {
    // FNV-1a: any mixing will do, as long as it is the same everywhere.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in std::iter::once(&var).chain(path) {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    1 << (hash >> 58)
}

fn number(expr: &Expr) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = canonical_expr(expr);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
