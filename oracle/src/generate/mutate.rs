//! Changes of a set of policies: some keep what it means, most widen it, narrow it or move it.

use fastrand::Rng;

use super::policies::{self, action_scope, clause_for, policy, scope};
use super::values::{self, one};
use super::writer::Writer;
use super::{one_in, rewrite};
use crate::expr::{Expr, Op, Piece};
use crate::model::{Schema, Type};
use crate::policy::Policy;

/// Operators that can stand for each other.
const FAMILIES: [&[&str]; 5] = [
    &["<", "<=", ">", ">="],
    &["+", "-", "*"],
    &["containsAll", "containsAny"],
    &[
        "lessThan",
        "lessThanOrEqual",
        "greaterThan",
        "greaterThanOrEqual",
    ],
    &["isIpv4", "isIpv6", "isLoopback", "isMulticast"],
];
const CONVERSIONS: [&str; 5] = [
    "toMilliseconds",
    "toSeconds",
    "toMinutes",
    "toHours",
    "toDays",
];

/// The set with one change; now and then with none, or with one that is not valid.
pub fn change(rng: &mut Rng, schema: &Schema, policies: &[Policy]) -> Vec<Policy> {
    let mut changed = policies.to_vec();
    let number = rng.usize(0..policies.len().max(1));
    match rng.u32(0..20) {
        0 if changed.len() > 1 => {
            changed.remove(number);
        }
        1 => changed.push(policy(rng, schema)),
        2 => {
            // A copy, changed: it may be implied by the first, or widen it.
            if let Some(mut copy) = changed.get(number).cloned() {
                edit(rng, schema, &mut copy);
                changed.push(copy);
            }
        }
        3 => {
            if let Some(policy) = changed.get_mut(number) {
                policy.permits = !policy.permits;
            }
        }
        4..=8 => {
            if let Some(policy) = changed.get_mut(number) {
                rewrite::rewrite(rng, policy);
            }
        }
        _ => {
            if let Some(policy) = changed.get_mut(number) {
                edit(rng, schema, policy);
            }
        }
    }
    changed
}

/// Changes what one policy says.
fn edit(rng: &mut Rng, schema: &Schema, policy: &mut Policy) {
    let clause = rng.usize(0..policy.clauses.len().max(1));
    match rng.u32(0..12) {
        0 if !policy.clauses.is_empty() => {
            policy.clauses.remove(clause);
        }
        1 => policy.clauses.extend(clause_for(rng, schema, policy)),
        2 | 3 => edit_scope(rng, schema, policy),
        4 => {
            if let Some(clause) = policy.clauses.get_mut(clause) {
                clause.when = !clause.when;
            }
        }
        5 => {
            let clauses = policies::clauses(rng, schema, policy);
            policy.clauses = clauses;
        }
        6 => join(rng, schema, policy, clause),
        _ => {
            if let Some(clause) = policy.clauses.get_mut(clause) {
                let size = clause.condition.size();
                let node = rng.usize(0..size);
                if let Some(node) = clause.condition.node_mut(node) {
                    edit_node(rng, schema, node);
                }
            }
        }
    }
}

fn edit_scope(rng: &mut Rng, schema: &Schema, policy: &mut Policy) {
    let environments = policy.environments(schema);
    let Some(home) = rng.choice(&environments).cloned() else {
        return;
    };
    match rng.u32(0..3) {
        0 => {
            let mut writer = Writer::new(rng, schema, &environments);
            policy.principal = scope(&mut writer, &home.principal);
        }
        1 => {
            let mut writer = Writer::new(rng, schema, &environments);
            policy.resource = scope(&mut writer, &home.resource);
        }
        _ => policy.action = action_scope(rng, schema, &home),
    }
}

/// Joins a part of a condition with another.
fn join(rng: &mut Rng, schema: &Schema, policy: &mut Policy, clause: usize) {
    let other = clause_for(rng, schema, policy).map(|clause| clause.condition);
    let (Some(clause), Some(other)) = (policy.clauses.get_mut(clause), other) else {
        return;
    };
    let nodes = clause.condition.nodes();
    let conditions: Vec<usize> = (0..nodes.len())
        .filter(|number| nodes.get(*number).is_some_and(|node| node.is_condition()))
        .collect();
    let node = rng
        .choice(conditions)
        .and_then(|number| clause.condition.node_mut(number));
    if let Some(node) = node {
        let before = node.clone();
        *node = match rng.u32(0..3) {
            0 => before.and(other),
            1 => before.or(other),
            _ => other,
        };
    }
}

/// Changes one operator or literal.
fn edit_node(rng: &mut Rng, schema: &Schema, node: &mut Expr) {
    if node.is_condition() && one_in(rng, 6) {
        *node = node.clone().negated();
        return;
    }
    let literal = |rng: &mut Rng, ty: Type| {
        let mut writer = Writer::new(rng, schema, &[]);
        writer.literal(&ty, 0)
    };
    let op = match &node.op {
        Op::Bool(value) => Some(Op::Bool(!value)),
        Op::Long(value) => Some(Op::Long(match rng.u32(0..3) {
            0 => value.saturating_add(1),
            1 => value.saturating_sub(1),
            _ => values::long(rng),
        })),
        Op::Text(_) => Some(Op::Text(one(rng, &values::TEXTS).to_owned())),
        Op::Entity(uid) => literal(rng, Type::Entity(uid.ty.clone())).map(|literal| literal.op),
        Op::And => Some(Op::Or),
        Op::Or => Some(Op::And),
        Op::Equality(op, kind) => Some(Op::Equality(if *op == "==" { "!=" } else { "==" }, kind)),
        Op::Order(op, kind) => Some(Op::Order(sibling(rng, op), kind)),
        Op::Arithmetic(op) => Some(Op::Arithmetic(sibling(rng, op))),
        Op::Builtin(name) => Some(Op::Builtin(sibling(rng, name))),
        Op::Method(name) => Some(Op::Method(sibling(rng, name))),
        Op::Like(pattern) => Some(Op::Like(edit_pattern(rng, pattern))),
        _ => None,
    };
    if let Some(op) = op {
        node.op = op;
        return;
    }
    match (&node.op, node.args.as_slice()) {
        (Op::Not, [inner]) => *node = inner.clone(),
        (Op::If, [_, yes, no]) => {
            node.args.splice(1.., [no.clone(), yes.clone()]);
        }
        (Op::Set, args) if args.len() > 1 => {
            node.args.pop();
        }
        (Op::Make(name), _) => {
            let ty = match *name {
                "decimal" => Type::Decimal,
                "ip" => Type::Ip,
                "datetime" => Type::Datetime,
                _ => Type::Duration,
            };
            if let Some(other) = literal(rng, ty) {
                *node = other;
            }
        }
        _ => {}
    }
}

/// Another operator of the same family, or itself.
fn sibling(rng: &mut Rng, name: &'static str) -> &'static str {
    let mut families = FAMILIES.iter().copied().chain([CONVERSIONS.as_slice()]);
    let family = families.find(|family| family.contains(&name));
    family.map_or(name, |family| one(rng, family))
}

fn edit_pattern(rng: &mut Rng, pattern: &[Piece]) -> Vec<Piece> {
    let mut edited = pattern.to_vec();
    let at = rng.usize(0..=pattern.len());
    match rng.u32(0..3) {
        0 if at < edited.len() && edited.len() > 1 => {
            edited.remove(at);
        }
        1 => edited.insert(at, Piece::Any),
        _ => edited.insert(at, Piece::Text(one(rng, &values::TEXTS).to_owned())),
    }
    edited
}
