//! Makes a pair smaller while what is wrong with it stays wrong.

use crate::expr::{Expr, Op};
use crate::model::{Schema, Type};
use crate::pair::Pair;
use crate::policy::{ActionScope, Policy, Scope};

/// The smallest pair that was found, given how many may be tried, and whether one still shows what is wrong.
pub fn shrink(pair: Pair, tries: usize, mut still: impl FnMut(&Pair) -> bool) -> Pair {
    let mut smallest = pair;
    let mut left = tries;
    loop {
        let mut smaller = None;
        for candidate in candidates(&smallest) {
            if left == 0 {
                return smallest;
            }
            left -= 1;
            if still(&candidate) {
                smaller = Some(candidate);
                break;
            }
        }
        match smaller {
            Some(candidate) => smallest = candidate,
            None => return smallest,
        }
    }
}

/// Pairs that are smaller in one thing, the greatest steps first.
fn candidates(pair: &Pair) -> Vec<Pair> {
    let mut all = Vec::new();
    let mut policies: Vec<&Policy> = pair.base.iter().chain(&pair.head).collect();
    policies.sort();
    policies.dedup();
    for policy in &policies {
        let without = |side: &[Policy]| -> Vec<Policy> {
            side.iter().filter(|p| p != policy).cloned().collect()
        };
        all.push(Pair {
            base: without(&pair.base),
            head: without(&pair.head),
            ..pair.clone()
        });
    }
    for (position, _) in pair.base.iter().enumerate() {
        let mut smaller = pair.clone();
        smaller.base.remove(position);
        all.push(smaller);
    }
    for (position, _) in pair.head.iter().enumerate() {
        let mut smaller = pair.clone();
        smaller.head.remove(position);
        all.push(smaller);
    }
    for policy in policies {
        for other in simpler(policy) {
            let mut smaller = pair.clone();
            for side in [&mut smaller.base, &mut smaller.head] {
                for place in side.iter_mut().filter(|place| *place == policy) {
                    *place = other.clone();
                }
            }
            all.push(smaller);
        }
    }
    all.extend(schemas(&pair.schema).into_iter().map(|schema| Pair {
        schema,
        ..pair.clone()
    }));
    all
}

/// Simpler forms of a policy.
fn simpler(policy: &Policy) -> Vec<Policy> {
    let mut all = Vec::new();
    for (position, clause) in policy.clauses.iter().enumerate() {
        let with = |condition: Option<Expr>| {
            let mut other = policy.clone();
            match condition {
                None => {
                    other.clauses.remove(position);
                }
                Some(condition) => {
                    if let Some(clause) = other.clauses.get_mut(position) {
                        clause.condition = condition;
                    }
                }
            }
            other
        };
        all.push(with(None));
        for (number, node) in clause.condition.nodes().into_iter().enumerate() {
            for replacement in smaller_nodes(node) {
                let mut condition = clause.condition.clone();
                if let Some(place) = condition.node_mut(number) {
                    *place = replacement;
                    all.push(with(Some(condition)));
                }
            }
        }
    }
    for (scope, is_principal) in [(&policy.principal, true), (&policy.resource, false)] {
        let simpler = match scope {
            Scope::Any => Vec::new(),
            Scope::IsIn(ty, uid) => vec![Scope::Is(ty.clone()), Scope::In(uid.clone())],
            Scope::Equal(uid) => vec![Scope::Any, Scope::Is(uid.ty.clone())],
            _ => vec![Scope::Any],
        };
        for scope in simpler {
            let mut other = policy.clone();
            if is_principal {
                other.principal = scope;
            } else {
                other.resource = scope;
            }
            all.push(other);
        }
    }
    if policy.action != ActionScope::Any {
        let mut other = policy.clone();
        other.action = ActionScope::Any;
        all.push(other);
    }
    all
}

/// What a node can shrink to. Not everything has the right type; validation tells.
fn smaller_nodes(node: &Expr) -> Vec<Expr> {
    let mut all = Vec::new();
    let is_literal = matches!(node.op, Op::Bool(_));
    if node.is_condition() && !is_literal {
        all.extend([true, false].map(|value| Expr::leaf(Op::Bool(value))));
    }
    // The string of `ip("…")` is not what it makes.
    if !matches!(node.op, Op::Make(_)) {
        all.extend(node.args.iter().cloned());
    }
    match &node.op {
        Op::Set if node.args.len() > 1 => {
            for position in 0..node.args.len() {
                let mut other = node.clone();
                other.args.remove(position);
                all.push(other);
            }
        }
        Op::Like(pattern) if pattern.len() > 1 => {
            for position in 0..pattern.len() {
                let mut shorter = pattern.clone();
                shorter.remove(position);
                all.push(Expr::new(Op::Like(shorter), node.args.clone()));
            }
        }
        Op::Long(number) if *number != 0 => all.push(Expr::leaf(Op::Long(0))),
        Op::Text(text) if !text.is_empty() => all.push(Expr::leaf(Op::Text(String::new()))),
        _ => {}
    }
    all
}

/// Smaller schemas. Not all fit the policies; validation tells.
fn schemas(schema: &Schema) -> Vec<Schema> {
    let mut all = Vec::new();
    let mut push = |change: &dyn Fn(&mut Schema)| {
        let mut other = schema.clone();
        change(&mut other);
        all.push(other);
    };
    for (position, entity) in schema.entities.iter().enumerate() {
        push(&|other| {
            other.entities.remove(position);
            for left in &mut other.entities {
                left.member_of.remove(&entity.name);
            }
            for action in &mut other.actions {
                action.principals.remove(&entity.name);
                action.resources.remove(&entity.name);
            }
        });
    }
    for (position, action) in schema.actions.iter().enumerate() {
        push(&|other| {
            other.actions.remove(position);
            for left in &mut other.actions {
                left.groups.remove(&action.id);
            }
        });
    }
    for (position, entity) in schema.entities.iter().enumerate() {
        let change = |other: &mut Schema, edit: &dyn Fn(&mut crate::model::EntityType)| {
            if let Some(entity) = other.entities.get_mut(position) {
                edit(entity);
            }
        };
        for (name, field) in &entity.attributes {
            push(&|other| {
                change(other, &|entity| {
                    entity.attributes.remove(name);
                })
            });
            if let Type::Record(fields) = &field.ty {
                for inner in fields.keys() {
                    push(&|other| {
                        change(other, &|entity| {
                            remove_inner(entity.attributes.get_mut(name), inner);
                        })
                    });
                }
            }
        }
        for ancestor in &entity.member_of {
            push(&|other| {
                change(other, &|entity| {
                    entity.member_of.remove(ancestor);
                })
            });
        }
        if entity.tags.is_some() {
            push(&|other| change(other, &|entity| entity.tags = None));
        }
        if entity.ids.len() > 1 {
            push(&|other| {
                change(other, &|entity| {
                    entity.ids.pop();
                })
            });
        }
    }
    for (position, action) in schema.actions.iter().enumerate() {
        for (name, field) in &action.context {
            push(&|other| {
                if let Some(action) = other.actions.get_mut(position) {
                    action.context.remove(name);
                }
            });
            if let Type::Record(fields) = &field.ty {
                for inner in fields.keys() {
                    push(&|other| {
                        if let Some(action) = other.actions.get_mut(position) {
                            remove_inner(action.context.get_mut(name), inner);
                        }
                    });
                }
            }
        }
        for group in &action.groups {
            push(&|other| {
                if let Some(action) = other.actions.get_mut(position) {
                    action.groups.remove(group);
                }
            });
        }
    }
    all
}

fn remove_inner(field: Option<&mut crate::model::Field>, name: &str) {
    if let Some(Type::Record(fields)) = field.map(|field| &mut field.ty) {
        fields.remove(name);
    }
}
