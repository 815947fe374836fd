//! What a policy says, so that texts that say the same can be told from those that do not.
//!
//! A policy is reduced to its effect, the requests that its scope admits, and a decision diagram of its
//! conditions over their atoms: tests that `&&`, `||`, `!` and `if` join. An atom is true, false or, where
//! that cannot be ruled out, fails; the diagram follows Cedar in what is evaluated in which order. Nothing
//! is known of how atoms depend on each other, so policies of different meanings here may still say the same.

mod atom;
mod diagram;
mod reach;

use crate::encode::digest;
use crate::facts::{ClauseKind, Expr, ExprKind, Literal, Policy, UnaryOp};
use crate::schema::{Schema, TypeScope};
use atom::Atoms;
use diagram::{Diagram, Node};
pub(super) use reach::Requests;

/// What is known of the requests and entities that policies are compared on.
#[derive(Debug, Clone, Copy)]
pub enum Under<'a> {
    /// Nothing.
    Anything,
    /// They conform to this schema, and both policies type-check under it.
    Schema(&'a Schema),
}

/// Whether two policies answer every request alike: apply, do not apply, or fail to evaluate. `false` also
/// where that cannot be shown.
pub fn same_meaning(a: &Policy, b: &Policy, under: Under<'_>) -> bool {
    meaning(a, under) == meaning(b, under)
}

/// A digest of what a policy says. The same for policies that answer every request alike, where that is
/// seen; different for any others.
pub fn meaning(policy: &Policy, under: Under<'_>) -> [u8; 32] {
    match under {
        Under::Anything => meaning_among(policy, None),
        Under::Schema(schema) => meaning_among(policy, Some(&Requests::new(schema))),
    }
}

/// As [`meaning`], with the requests of the schema listed once for many policies.
pub(super) fn meaning_among(policy: &Policy, requests: Option<&Requests<'_>>) -> [u8; 32] {
    let scope = requests.map(|requests| requests.schema().type_scope(policy));
    let schema = requests
        .zip(scope.as_ref())
        .map(|(requests, scope)| (requests.schema(), scope));
    let admitted = reach::digest(policy, requests);
    let conditions = conditions(policy, schema);
    let (Some(admitted), Some(conditions)) = (admitted, conditions) else {
        return NEVER;
    };
    digest("meaning", |nodes| {
        nodes.text("effect", policy.effect.value.as_str());
        nodes.bytes("scope", &admitted);
        nodes.bytes("conditions", &conditions);
    })
}

/// The meaning of a policy that never applies and never fails, or that is not there.
pub(super) const NEVER: [u8; 32] = [0; 32];

/// Whether no request of the schema satisfies the conditions of both policies, as far as that is seen. Scopes
/// are not looked at.
pub(crate) fn exclude_each_other(a: &Policy, b: &Policy, schema: (&Schema, &TypeScope)) -> bool {
    let mut atoms = Atoms::new(Some(schema));
    let mut clauses = formulas(a, &mut atoms);
    clauses.extend(formulas(b, &mut atoms));
    let mut diagram = Diagram::new(atoms.order());
    let both = diagram.build(&Formula::And(clauses));
    both.is_some_and(|both| !diagram.can_be_true(both))
}

/// A digest of the conditions; `None` where they never hold and never fail.
fn conditions(policy: &Policy, schema: Option<(&Schema, &TypeScope)>) -> Option<[u8; 32]> {
    let mut atoms = Atoms::new(schema);
    let clauses = formulas(policy, &mut atoms);
    let mut diagram = Diagram::new(atoms.order());
    match diagram.build(&Formula::And(clauses)) {
        Some(Node::FALSE) => None,
        Some(root) => Some(diagram.digest(root, &atoms.names())),
        // Too large: the same only for what is written the same.
        None => Some(digest("conditions as written", |nodes| {
            for clause in &policy.clauses {
                let body = crate::facts::canonical_expr(&clause.body);
                nodes.node("clause", clause.kind.as_str(), |nodes| {
                    nodes.bytes("body", &body);
                });
            }
        })),
    }
}

/// What each clause asks for.
fn formulas(policy: &Policy, atoms: &mut Atoms<'_>) -> Vec<Formula> {
    policy
        .clauses
        .iter()
        .map(|clause| {
            let body = formula(&clause.body, atoms);
            match clause.kind {
                ClauseKind::When => body,
                ClauseKind::Unless => Formula::Not(Box::new(body)),
            }
        })
        .collect()
}

/// A condition over numbered atoms.
#[derive(Debug, Clone, PartialEq)]
enum Formula {
    Constant(bool),
    Atom(usize),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    If(Box<[Formula; 3]>),
}

fn formula(expr: &Expr, atoms: &mut Atoms<'_>) -> Formula {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => Formula::Constant(*value),
        ExprKind::Unary(UnaryOp::Not, inner) => Formula::Not(Box::new(formula(inner, atoms))),
        ExprKind::And(items) => Formula::And(items.iter().map(|i| formula(i, atoms)).collect()),
        ExprKind::Or(items) => Formula::Or(items.iter().map(|i| formula(i, atoms)).collect()),
        ExprKind::If(condition, yes, no) => Formula::If(Box::new([
            formula(condition, atoms),
            formula(yes, atoms),
            formula(no, atoms),
        ])),
        _ => atoms.read(expr),
    }
}
