//! Moves a statement's tree from where it was parsed to the statement's own text.

use std::sync::Arc;

use cedar_policy_core::parser::{Loc, Node, cst};

/// Makes all positions in `policy` count from `origin`, as positions in `text`. `text` is what stood there, so
/// the tree is then the one that parsing `text` alone gives.
pub(super) fn relocate(policy: &mut Node<Option<cst::Policy>>, origin: usize, text: &Arc<str>) {
    let to = Home { origin, text };
    to.node(policy, |to, policy| {
        let cst::Policy::Policy(policy) = policy;
        to.nodes(&mut policy.annotations, Home::annotation);
        to.leaf(&mut policy.effect);
        to.nodes(&mut policy.variables, Home::variable);
        to.nodes(&mut policy.conds, |to, cond| {
            to.leaf(&mut cond.cond);
            if let Some(body) = &mut cond.expr {
                to.node(body, Home::expr);
            }
        });
    });
}

/// Where positions are moved to.
struct Home<'a> {
    origin: usize,
    text: &'a Arc<str>,
}

impl Home<'_> {
    fn node<T>(&self, node: &mut Node<Option<T>>, inner: impl FnOnce(&Self, &mut T)) {
        self.leaf(node);
        if let Some(tree) = &mut node.node {
            inner(self, tree);
        }
    }

    fn nodes<T>(&self, nodes: &mut [Node<Option<T>>], inner: impl Fn(&Self, &mut T)) {
        for node in nodes {
            self.node(node, &inner);
        }
    }

    fn leaf<T>(&self, node: &mut Node<T>) {
        if let Some(loc) = &mut node.loc {
            let start = loc.start().saturating_sub(self.origin);
            *loc = Loc::new((start, loc.span.len()), Arc::clone(self.text));
        }
    }

    fn annotation(&self, annotation: &mut cst::Annotation) {
        self.leaf(&mut annotation.key);
        if let Some(value) = &mut annotation.value {
            self.leaf(value);
        }
    }

    fn variable(&self, variable: &mut cst::VariableDef) {
        self.leaf(&mut variable.variable);
        if let Some(name) = &mut variable.unused_type_name {
            self.node(name, Self::name);
        }
        if let Some(ty) = &mut variable.entity_type {
            self.node(ty, Self::add);
        }
        if let Some((_, right)) = &mut variable.ineq {
            self.node(right, Self::expr);
        }
    }

    fn expr(&self, expr: &mut cst::Expr) {
        let cst::Expr::Expr(expr) = expr;
        match &mut *expr.expr {
            cst::ExprData::Or(or) => self.node(or, |to, or| {
                to.node(&mut or.initial, Self::and);
                to.nodes(&mut or.extended, Self::and);
            }),
            cst::ExprData::If(test, then, otherwise) => {
                for part in [test, then, otherwise] {
                    self.node(part, Self::expr);
                }
            }
        }
    }

    fn and(&self, and: &mut cst::And) {
        self.node(&mut and.initial, Self::relation);
        self.nodes(&mut and.extended, Self::relation);
    }

    fn relation(&self, relation: &mut cst::Relation) {
        match relation {
            cst::Relation::Common { initial, extended } => {
                self.node(initial, Self::add);
                for (_, right) in extended {
                    self.node(right, Self::add);
                }
            }
            cst::Relation::Has {
                target,
                field: right,
            }
            | cst::Relation::Like {
                target,
                pattern: right,
            } => {
                self.node(target, Self::add);
                self.node(right, Self::add);
            }
            cst::Relation::IsIn {
                target,
                entity_type,
                in_entity,
            } => {
                self.node(target, Self::add);
                self.node(entity_type, Self::add);
                if let Some(entity) = in_entity {
                    self.node(entity, Self::add);
                }
            }
        }
    }

    fn add(&self, add: &mut cst::Add) {
        self.node(&mut add.initial, Self::mult);
        for (_, right) in &mut add.extended {
            self.node(right, Self::mult);
        }
    }

    fn mult(&self, mult: &mut cst::Mult) {
        self.node(&mut mult.initial, Self::unary);
        for (_, right) in &mut mult.extended {
            self.node(right, Self::unary);
        }
    }

    fn unary(&self, unary: &mut cst::Unary) {
        self.node(&mut unary.item, |to, member| {
            to.node(&mut member.item, Self::primary);
            to.nodes(&mut member.access, Self::access);
        });
    }

    fn access(&self, access: &mut cst::MemAccess) {
        match access {
            cst::MemAccess::Field(name) => self.leaf(name),
            cst::MemAccess::Call(arguments) => self.nodes(arguments, Self::expr),
            cst::MemAccess::Index(index) => self.node(index, Self::expr),
        }
    }

    fn primary(&self, primary: &mut cst::Primary) {
        match primary {
            cst::Primary::Literal(literal) => self.node(literal, Self::literal),
            cst::Primary::Ref(reference) => self.node(reference, Self::reference),
            cst::Primary::Name(name) => self.node(name, Self::name),
            cst::Primary::Slot(slot) => self.leaf(slot),
            cst::Primary::Expr(inner) => self.node(inner, Self::expr),
            cst::Primary::EList(items) => self.nodes(items, Self::expr),
            cst::Primary::RInits(fields) => self.nodes(fields, |to, cst::RecInit(key, value)| {
                to.node(key, Self::expr);
                to.node(value, Self::expr);
            }),
        }
    }

    fn literal(&self, literal: &mut cst::Literal) {
        if let cst::Literal::Str(string) = literal {
            self.leaf(string);
        }
    }

    fn reference(&self, reference: &mut cst::Ref) {
        match reference {
            cst::Ref::Uid { path, eid } => {
                self.node(path, Self::name);
                self.leaf(eid);
            }
            cst::Ref::Ref { path, rinits } => {
                self.node(path, Self::name);
                self.nodes(rinits, |to, cst::RefInit(key, value)| {
                    to.leaf(key);
                    to.node(value, Self::literal);
                });
            }
        }
    }

    fn name(&self, name: &mut cst::Name) {
        for part in &mut name.path {
            self.leaf(part);
        }
        self.leaf(&mut name.name);
    }
}
