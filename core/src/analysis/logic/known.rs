//! What is known because of the tests that were passed.

use std::collections::BTreeMap;

use super::Clash;
use super::key::{has_key, key};
use super::test::{Constant, Test, test};
use crate::facts::{
    ClauseKind, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, UnaryOp, Var,
};
use crate::source::Span;

/// Tests that hold, by the key of the expression that they are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    tests: BTreeMap<String, Vec<Fact>>,
    /// Keys in the order in which they were added, so that they can be taken back.
    log: Vec<String>,
}

#[derive(Debug, Clone)]
struct Fact {
    test: Test,
    at: Span,
    origin: Origin,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The scope.
    Scope,
    /// A condition.
    Condition,
}

/// How many facts of one expression are compared with each other; real policies have two or three.
const MOST_FACTS: usize = 16;

impl Known {
    /// What a policy's scope says of its principal and resource.
    pub(crate) fn of_scope(policy: &Policy) -> Self {
        let mut known = Self::default();
        for (var, constraint) in [
            (Var::Principal, &policy.principal),
            (Var::Resource, &policy.resource),
        ] {
            let at = constraint.span;
            let name = var.as_str().to_owned();
            let mut learn = |key: String, test: Test| {
                known.add(key, test, at, Origin::Scope);
            };
            if let Some(ty) = constraint.value.is_type() {
                learn(name.clone(), Test::Type(ty.value.clone()));
            }
            let Some(EntityOrSlot::Entity(entity)) = constraint.value.entity_or_slot() else {
                continue;
            };
            if let EntityConstraint::Eq(_) = constraint.value {
                learn(name, Test::Is(Constant::Entity(entity.value.clone())));
            } else {
                let entity = Expr {
                    kind: ExprKind::Entity(entity.value.clone()),
                    span: entity.span,
                    outer: entity.span,
                };
                learn(
                    format!("in({name},{},)", key(&entity)),
                    Test::Is(Constant::Bool(true)),
                );
            }
        }
        known
    }

    /// Learns all that must hold for `expr` to be `value`; the first clash with what is known already.
    pub(crate) fn assume(&mut self, expr: &Expr, value: bool) -> Option<Clash> {
        match &expr.kind {
            ExprKind::Unary(UnaryOp::Not, inner) => self.assume(inner, !value),
            ExprKind::And(items) if value => self.assume_all(items, value),
            ExprKind::Or(items) if !value => self.assume_all(items, value),
            _ => {
                if let (ExprKind::Has(base, path), true) = (&expr.kind, value)
                    && let [first, _, ..] = path.value.as_slice()
                {
                    // `x has a.b` says `x has a` as well.
                    let key = has_key(base, first);
                    let present = Test::Is(Constant::Bool(true));
                    self.add(key, present, expr.span, Origin::Condition);
                }
                let (key, test) = test(expr, value)?;
                self.add(key, test, expr.span, Origin::Condition)
            }
        }
    }

    /// Whether `expr` is known to be true.
    pub(crate) fn holds(&self, expr: &Expr) -> bool {
        // Of `x is T in y` only the type is recorded.
        if matches!(expr.kind, ExprKind::Is(_, _, Some(_))) {
            return false;
        }
        test(expr, true).is_some_and(|(key, test)| {
            self.tests
                .get(&key)
                .is_some_and(|facts| facts.iter().any(|fact| fact.test == test))
        })
    }

    /// Whether `base has name` is known to be true.
    pub(crate) fn has(&self, base: &Expr, name: &str) -> bool {
        self.about(&has_key(base, name))
            .any(|test| *test == Test::Is(Constant::Bool(true)))
    }

    /// What is known of the expression with this key.
    pub(crate) fn about(&self, key: &str) -> impl Iterator<Item = &Test> {
        self.tests
            .get(key)
            .into_iter()
            .flatten()
            .map(|fact| &fact.test)
    }

    fn assume_all(&mut self, items: &[Expr], value: bool) -> Option<Clash> {
        let mut first = None;
        for item in items {
            let clash = self.assume(item, value);
            first = first.or(clash);
        }
        first
    }

    fn add(&mut self, key: String, test: Test, at: Span, origin: Origin) -> Option<Clash> {
        let facts = self.tests.entry(key.clone()).or_default();
        let clash = facts
            .iter()
            .take(MOST_FACTS)
            .find(|fact| fact.test.excludes(&test))
            .map(|fact| Clash {
                at,
                with: fact.at,
                scope: fact.origin == Origin::Scope,
                types: fact.test.differs_by_type(&test),
            });
        facts.push(Fact { test, at, origin });
        self.log.push(key);
        clash
    }

    fn forget(&mut self, mark: usize) {
        for key in self.log.drain(mark..).rev() {
            if let Some(facts) = self.tests.get_mut(&key) {
                facts.pop();
            }
        }
    }
}

/// Visits every expression of every clause together with what is known when it is evaluated: Cedar goes
/// from left to right, and evaluates an operand only where those before it did not decide.
pub(crate) fn for_each_guarded<'a>(policy: &'a Policy, mut visit: impl FnMut(&'a Expr, &Known)) {
    let mut known = Known::of_scope(policy);
    for clause in &policy.clauses {
        guarded(&clause.body, &mut known, &mut visit);
        known.assume(&clause.body, clause.kind == ClauseKind::When);
    }
}

fn guarded<'a>(expr: &'a Expr, known: &mut Known, visit: &mut impl FnMut(&'a Expr, &Known)) {
    visit(expr, known);
    let mark = known.log.len();
    match &expr.kind {
        ExprKind::And(items) | ExprKind::Or(items) => {
            let passed = matches!(expr.kind, ExprKind::And(_));
            for item in items {
                guarded(item, known, visit);
                known.assume(item, passed);
            }
            known.forget(mark);
        }
        ExprKind::If(condition, yes, no) => {
            guarded(condition, known, visit);
            for (branch, value) in [(yes, true), (no, false)] {
                known.assume(condition, value);
                guarded(branch, known, visit);
                known.forget(mark);
            }
        }
        _ => {
            for child in expr.children() {
                guarded(child, known, visit);
            }
        }
    }
}

/// The entity literal whose attribute or tag this expression reads without a `has` before: the evaluation
/// fails where the entity is absent.
pub(crate) fn unguarded_literal<'a>(
    expr: &'a Expr,
    known: &Known,
) -> Option<&'a crate::facts::Entity> {
    let base = read_from(expr)?;
    let ExprKind::Entity(entity) = &base.kind else {
        return None;
    };
    let guarded = match &expr.kind {
        ExprKind::Attr(_, name) => known.has(base, &name.value),
        ExprKind::Method(_, _, args) => {
            let args: String = args.iter().map(|arg| format!("{},", key(arg))).collect();
            let test = format!(".hasTag({},{args})", key(base));
            let present = Test::Is(Constant::Bool(true));
            known.about(&test).any(|test| *test == present)
        }
        _ => false,
    };
    (!guarded).then_some(entity)
}

/// Whether an attribute or tag of an entity literal is read somewhere: what [`unguarded_literal`] may find.
pub(crate) fn reads_a_literal(policy: &Policy) -> bool {
    let is_read = &mut |expr: &Expr| {
        read_from(expr).is_some_and(|base| matches!(base.kind, ExprKind::Entity(_)))
    };
    policy.clauses.iter().any(|clause| clause.body.any(is_read))
}

/// What an expression reads an attribute or tag of.
fn read_from(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Attr(base, _) => Some(base),
        ExprKind::Method(base, name, _) if name.value == "getTag" => Some(base),
        _ => None,
    }
}
