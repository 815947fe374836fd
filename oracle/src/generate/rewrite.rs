//! Changes that keep what a policy means, errors included: what is equivalent must be proved so. One that turns out not to
//! be valid, as where a guard loses what it guards, is thrown away by whoever asked.

use fastrand::Rng;

use crate::expr::{Container, Expr, Op};
use crate::policy::{Clause, Policy};

/// Rewrites a clause or a part of a condition.
pub fn rewrite(rng: &mut Rng, policy: &mut Policy) {
    let number = rng.usize(0..policy.clauses.len().max(1));
    if rng.u32(0..4) == 0 {
        rewrite_clauses(rng, policy, number);
        return;
    }
    let Some(clause) = policy.clauses.get_mut(number) else {
        return;
    };
    let nodes = clause.condition.nodes();
    let choices: Vec<(usize, Expr)> = nodes
        .iter()
        .enumerate()
        .flat_map(|(number, node)| equals(node).into_iter().map(move |other| (number, other)))
        .collect();
    if let Some((number, other)) = rng.choice(choices)
        && let Some(node) = clause.condition.node_mut(number)
    {
        *node = other;
    }
}

/// The same clauses in another form or order.
fn rewrite_clauses(rng: &mut Rng, policy: &mut Policy, number: usize) {
    match rng.u32(0..3) {
        0 => policy.clauses.reverse(),
        1 => {
            if let Some(clause) = policy.clauses.get_mut(number) {
                clause.when = !clause.when;
                clause.condition = clause.condition.clone().negated();
            }
        }
        _ => {
            let Some(clause) = policy.clauses.get(number).cloned() else {
                return;
            };
            // `unless { a || b }` falls apart as `when { a && b }` does.
            let splits = if clause.when { Op::And } else { Op::Or };
            if clause.condition.op == splits {
                let parts = clause.condition.args.into_iter().map(|condition| Clause {
                    when: clause.when,
                    condition,
                });
                policy.clauses.splice(number..=number, parts);
            }
        }
    }
}

/// Expressions that say the same as this one.
fn equals(node: &Expr) -> Vec<Expr> {
    let mut all = Vec::new();
    if node.is_condition() {
        all.push(node.clone().negated().negated());
    }
    match (&node.op, node.args.as_slice()) {
        (Op::And, [a, b]) => {
            let no = Expr::leaf(Op::Bool(false));
            all.push(a.clone().branch(b.clone(), no));
            all.push(a.clone().negated().or(b.clone().negated()).negated());
        }
        (Op::Or, [a, b]) => {
            let yes = Expr::leaf(Op::Bool(true));
            all.push(a.clone().branch(yes, b.clone()));
            all.push(a.clone().negated().and(b.clone().negated()).negated());
        }
        (Op::If, [a, b, c]) => all.push(a.clone().negated().branch(c.clone(), b.clone())),
        (Op::Equality(op, kind), [a, b]) => {
            all.push(Expr::new(node.op.clone(), [b.clone(), a.clone()]));
            let other = if *op == "==" { "!=" } else { "==" };
            let other = Op::Equality(other, kind);
            all.push(Expr::new(other, node.args.clone()).negated());
        }
        (Op::Order(op, kind), [a, b]) => {
            let (mirrored, negated) = match *op {
                "<" => (">", ">="),
                "<=" => (">=", ">"),
                ">" => ("<", "<="),
                _ => ("<=", "<"),
            };
            all.push(Expr::new(Op::Order(mirrored, kind), [b.clone(), a.clone()]));
            all.push(Expr::new(Op::Order(negated, kind), node.args.clone()).negated());
        }
        (Op::Arithmetic("+" | "*"), [a, b]) => {
            all.push(Expr::new(node.op.clone(), [b.clone(), a.clone()]));
        }
        // The first that holds ends the chain, and elements that fail would all have failed.
        (Op::In(Container::Literal), [a, set]) if set.args.iter().all(is_literal) => {
            let parts = set
                .args
                .iter()
                .map(|element| Expr::new(Op::In(Container::Entity), [a.clone(), element.clone()]));
            all.extend(parts.reduce(Expr::or));
        }
        (Op::IsIn(ty, container), [a, b]) => {
            let is = Expr::new(Op::Is(ty.clone()), [a.clone()]);
            all.push(is.and(Expr::new(Op::In(*container), [a.clone(), b.clone()])));
        }
        (Op::Builtin(name @ ("containsAll" | "containsAny")), [set, elements])
            if elements.op == Op::Set && elements.args.iter().all(is_literal) =>
        {
            let parts = elements
                .args
                .iter()
                .map(|e| Expr::new(Op::Builtin("contains"), [set.clone(), e.clone()]));
            let joined = if *name == "containsAll" {
                parts.reduce(Expr::and)
            } else {
                parts.reduce(Expr::or)
            };
            all.extend(joined);
        }
        (Op::Builtin("contains"), [set, element]) => {
            let one = Expr::new(Op::Set, [element.clone()]);
            all.push(Expr::new(
                Op::Builtin("containsAll"),
                [set.clone(), one.clone()],
            ));
            all.push(Expr::new(Op::Builtin("containsAny"), [set.clone(), one]));
        }
        (Op::Set, args) if args.len() > 1 => {
            let mut args = args.to_vec();
            args.reverse();
            all.push(Expr::new(Op::Set, args));
        }
        _ => {}
    }
    all
}

/// Whether it evaluates without fail.
fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr.op,
        Op::Bool(_) | Op::Long(_) | Op::Text(_) | Op::Entity(_) | Op::Make(_)
    )
}
