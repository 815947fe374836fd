//! A digest of what a policy says, whatever it looks like.

use sha2::{Digest, Sha256};

use super::{
    ActionConstraint, Clause, Effect, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind,
    Literal, PatternElement, Policy, UnaryOp,
};

/// SHA-256 of effect, scope and clauses. Layout, comments, escapes, parentheses and annotations do not
/// change it; the order of clauses and operands does, as it decides which error is met first.
pub fn canonical(policy: &Policy) -> [u8; 32] {
    let mut hash = Canonical(Sha256::new());
    hash.tag(match policy.effect.value {
        Effect::Permit => 1,
        Effect::Forbid => 2,
    });
    hash.entity_constraint(&policy.principal.value);
    hash.action_constraint(&policy.action.value);
    hash.entity_constraint(&policy.resource.value);
    for Clause { kind, body, .. } in &policy.clauses {
        hash.string(kind.as_str());
        hash.expr(body);
    }
    hash.0.finalize().into()
}

/// SHA-256 of an expression: the same for expressions that differ in layout, escapes or parentheses only.
pub fn canonical_expr(expr: &Expr) -> [u8; 32] {
    let mut hash = Canonical(Sha256::new());
    hash.expr(expr);
    hash.0.finalize().into()
}

/// Every string is preceded by its length and every node by a tag and its number of children, so that
/// no two different policies give the same bytes.
struct Canonical(Sha256);

impl Canonical {
    fn tag(&mut self, tag: u8) {
        self.0.update([tag]);
    }

    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_le_bytes());
    }

    fn string(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn entity(&mut self, entity: &Entity) {
        self.string(&entity.ty);
        self.string(&entity.id);
    }

    fn entity_or_slot(&mut self, value: &EntityOrSlot) {
        match value {
            EntityOrSlot::Entity(entity) => {
                self.tag(1);
                self.entity(&entity.value);
            }
            EntityOrSlot::Slot(_) => self.tag(2),
        }
    }

    fn entity_constraint(&mut self, constraint: &EntityConstraint) {
        match constraint {
            EntityConstraint::Any => self.tag(1),
            EntityConstraint::Eq(target) => {
                self.tag(2);
                self.entity_or_slot(target);
            }
            EntityConstraint::In(target) => {
                self.tag(3);
                self.entity_or_slot(target);
            }
            EntityConstraint::Is(ty) => {
                self.tag(4);
                self.string(&ty.value);
            }
            EntityConstraint::IsIn(ty, target) => {
                self.tag(5);
                self.string(&ty.value);
                self.entity_or_slot(target);
            }
        }
    }

    fn action_constraint(&mut self, constraint: &ActionConstraint) {
        self.tag(match constraint {
            ActionConstraint::Any => 1,
            ActionConstraint::Eq(_) => 2,
            ActionConstraint::In(_) => 3,
            ActionConstraint::InList(_) => 4,
        });
        self.count(constraint.entities().len());
        for entity in constraint.entities() {
            self.entity(&entity.value);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => self.tag(10 + u8::from(*value)),
            ExprKind::Literal(Literal::Long(value)) => {
                self.tag(12);
                self.0.update(value.to_le_bytes());
            }
            ExprKind::Literal(Literal::String(value)) => {
                self.tag(13);
                self.string(value);
            }
            ExprKind::Entity(entity) => {
                self.tag(14);
                self.entity(entity);
            }
            ExprKind::Var(var) => {
                self.tag(15);
                self.string(var.as_str());
            }
            ExprKind::Slot(name) => {
                self.tag(16);
                self.string(name);
            }
            ExprKind::If(..) => self.tag(17),
            ExprKind::And(_) => self.tag(18),
            ExprKind::Or(_) => self.tag(19),
            ExprKind::Unary(UnaryOp::Not, _) => self.tag(20),
            ExprKind::Unary(UnaryOp::Neg, _) => self.tag(21),
            ExprKind::Binary(op, ..) => {
                self.tag(22);
                self.string(op.as_str());
            }
            ExprKind::Has(_, path) => {
                self.tag(23);
                self.count(path.value.len());
                for name in &path.value {
                    self.string(name);
                }
            }
            ExprKind::Like(_, pattern) => {
                self.tag(24);
                self.count(pattern.value.len());
                for element in &pattern.value {
                    self.0.update(match element {
                        PatternElement::Char(c) => u32::from(*c).to_le_bytes(),
                        PatternElement::Wildcard => u32::MAX.to_le_bytes(),
                    });
                }
            }
            ExprKind::Is(_, ty, _) => {
                self.tag(25);
                self.string(&ty.value);
            }
            ExprKind::Attr(_, name) => {
                self.tag(26);
                self.string(&name.value);
            }
            ExprKind::Call(name, _) => {
                self.tag(27);
                self.string(&name.value);
            }
            ExprKind::Method(_, name, _) => {
                self.tag(28);
                self.string(&name.value);
            }
            ExprKind::Set(_) => self.tag(29),
            ExprKind::Record(fields) => {
                self.tag(30);
                for (name, _) in fields {
                    self.string(&name.value);
                }
            }
        }
        let children = expr.children();
        self.count(children.clone().count());
        for child in children {
            self.expr(child);
        }
    }
}
