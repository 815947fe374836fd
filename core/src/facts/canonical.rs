//! A digest of what a policy says, whatever it looks like.

use super::{
    ActionConstraint, Clause, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Literal,
    PatternElement, Policy, UnaryOp,
};
use crate::encode::{Nodes, digest};

/// SHA-256 of effect, scope and clauses. Layout, comments, escapes, parentheses and annotations do not
/// change it; the order of clauses and operands does, as it decides which error is met first.
pub fn canonical(policy: &Policy) -> [u8; 32] {
    digest("policy", |nodes| {
        nodes.text("effect", policy.effect.value.as_str());
        entity_constraint(nodes, "principal", &policy.principal.value);
        action_constraint(nodes, &policy.action.value);
        entity_constraint(nodes, "resource", &policy.resource.value);
        for Clause { kind, body, .. } in &policy.clauses {
            nodes.node("clause", kind.as_str(), |nodes| expr(nodes, body));
        }
    })
}

/// SHA-256 of an expression: the same for expressions that differ in layout, escapes or parentheses only.
pub fn canonical_expr(of: &Expr) -> [u8; 32] {
    digest("expression", |nodes| expr(nodes, of))
}

fn entity(nodes: &mut Nodes<'_>, of: &Entity) {
    nodes.node("entity", &of.id, |nodes| nodes.text("type", &of.ty));
}

fn entity_or_slot(nodes: &mut Nodes<'_>, of: &EntityOrSlot) {
    match of {
        EntityOrSlot::Entity(of) => entity(nodes, &of.value),
        // Which one it is follows from where it stands.
        EntityOrSlot::Slot(_) => nodes.text("slot", ""),
    }
}

fn entity_constraint(nodes: &mut Nodes<'_>, tag: &'static str, constraint: &EntityConstraint) {
    let relation = match constraint {
        EntityConstraint::Any | EntityConstraint::Is(_) => "",
        EntityConstraint::Eq(_) => "==",
        EntityConstraint::In(_) | EntityConstraint::IsIn(..) => "in",
    };
    nodes.node(tag, relation, |nodes| {
        if let Some(ty) = constraint.is_type() {
            nodes.text("is", &ty.value);
        }
        if let Some(target) = constraint.entity_or_slot() {
            entity_or_slot(nodes, target);
        }
    });
}

fn action_constraint(nodes: &mut Nodes<'_>, constraint: &ActionConstraint) {
    let relation = match constraint {
        ActionConstraint::Any => "",
        ActionConstraint::Eq(_) => "==",
        ActionConstraint::In(_) => "in",
        ActionConstraint::InList(_) => "in list",
    };
    nodes.node("action", relation, |nodes| {
        for of in constraint.entities() {
            entity(nodes, &of.value);
        }
    });
}

fn expr(nodes: &mut Nodes<'_>, of: &Expr) {
    let (tag, content) = match &of.kind {
        ExprKind::Literal(Literal::Bool(true)) => ("true", ""),
        ExprKind::Literal(Literal::Bool(false)) => ("false", ""),
        ExprKind::Literal(Literal::Long(value)) => return nodes.number("long", *value),
        ExprKind::Literal(Literal::String(value)) => ("string", value.as_str()),
        ExprKind::Entity(of) => return entity(nodes, of),
        ExprKind::Var(var) => ("variable", var.as_str()),
        ExprKind::Slot(name) => ("slot", name.as_str()),
        ExprKind::If(..) => ("if", ""),
        ExprKind::And(_) => ("&&", ""),
        ExprKind::Or(_) => ("||", ""),
        ExprKind::Unary(UnaryOp::Not, _) => ("not", ""),
        ExprKind::Unary(UnaryOp::Neg, _) => ("negative", ""),
        ExprKind::Binary(op, ..) => ("binary", op.as_str()),
        ExprKind::Is(_, ty, _) => ("is", ty.value.as_str()),
        ExprKind::Attr(_, name) => ("attribute", name.value.as_str()),
        ExprKind::Call(name, _) => ("call", name.value.as_str()),
        ExprKind::Method(_, name, _) => ("method", name.value.as_str()),
        ExprKind::Set(_) => ("set", ""),
        ExprKind::Record(fields) => {
            return nodes.node("record", "", |nodes| {
                for (name, value) in fields {
                    nodes.node("field", &name.value, |nodes| expr(nodes, value));
                }
            });
        }
        ExprKind::Has(base, path) => {
            return nodes.node("has", "", |nodes| {
                expr(nodes, base);
                for name in &path.value {
                    nodes.text("name", name);
                }
            });
        }
        ExprKind::Like(base, pattern) => {
            return nodes.node("like", "", |nodes| {
                expr(nodes, base);
                // Between wildcards all characters at once.
                let parts = pattern.value.split(|of| *of == PatternElement::Wildcard);
                for part in parts {
                    let text = part.iter().filter_map(|of| match of {
                        PatternElement::Char(c) => Some(*c),
                        PatternElement::Wildcard => None,
                    });
                    nodes.text("between wildcards", &text.collect::<String>());
                }
            });
        }
    };
    nodes.node(tag, content, |nodes| {
        for child in of.children() {
            expr(nodes, child);
        }
    });
}

#[cfg(test)]
mod tests;
