//! From Cedar's concrete syntax tree to [`facts`](crate::facts).
//!
//! The concrete tree and not the AST: the AST has `a >= b` as `!(a < b)` and one condition for all
//! clauses, and we speak of what the author wrote. Called only for statements that Cedar's parser
//! accepts, so the shapes that it rejects need no faithful form.

mod expr;

use std::sync::Arc;

use cedar_policy_core::parser::unescape::to_unescaped_string;
use cedar_policy_core::parser::{Loc, Node, cst};

use crate::analysis::firsts::hash_of;
use crate::facts::{
    ActionConstraint, Annotation, Clause, ClauseKind, Effect, Entity, EntityConstraint,
    EntityOrSlot, Expr, ExprKind, Policy, Spanned, canonical,
};
use crate::source::{Span, TokenKind, tokens};

/// The facts of a statement. `None` where the tree has a shape that Cedar rejects.
pub(super) fn policy(node: &Node<Option<cst::Policy>>, text: &Arc<str>) -> Option<Policy> {
    let cst::Policy::Policy(tree) = node.as_inner()?;
    let [principal, action, resource] = tree.variables.as_slice() else {
        return None;
    };
    let effect = match tree.effect.as_inner()? {
        cst::Ident::Permit => Effect::Permit,
        cst::Ident::Forbid => Effect::Forbid,
        _ => return None,
    };
    let effect = Spanned {
        value: effect,
        span: span(tree.effect.loc()),
    };
    let first_clause = tree
        .conds
        .first()
        .map_or(span(node.loc()).end, |c| span(c.loc()).start);
    let mut policy = Policy {
        text: Arc::clone(text),
        span: span(node.loc()),
        annotations: tree
            .annotations
            .iter()
            .map(annotation)
            .collect::<Option<_>>()?,
        scope: parentheses(text, Span::new(effect.span.end, first_clause)),
        effect,
        principal: entity_constraint(principal)?,
        action: action_constraint(action)?,
        resource: entity_constraint(resource)?,
        clauses: tree.conds.iter().map(clause).collect::<Option<_>>()?,
        comments: Vec::new(),
        strings: Vec::new(),
        canonical: [0; 32],
        id_at: None,
    };
    policy.id_at = identity(&policy.annotations);
    for token in tokens(text) {
        match token.kind {
            TokenKind::Comment => policy.comments.push(token.span),
            TokenKind::String => policy.strings.push(token.span),
            _ => {}
        }
    }
    policy.canonical = canonical(&policy);
    Some(policy)
}

fn span(loc: Option<&Loc>) -> Span {
    loc.map_or_else(Span::default, |loc| {
        Span::from_usize(loc.start(), loc.end())
    })
}

/// From the first `(` to the last `)` within `within`: the tree keeps no position for the scope itself.
fn parentheses(text: &str, within: Span) -> Span {
    let mut found: Option<Span> = None;
    for token in tokens(within.text(text)) {
        if let TokenKind::Punct(b'(' | b')') = token.kind {
            let at = token.span.offset(within.start);
            found = Some(found.map_or(at, |f| f.cover(at)));
        }
    }
    found.unwrap_or(within)
}

/// The first annotation `@id`, unless it is empty, and the hash of its value.
fn identity(annotations: &[Annotation]) -> Option<(usize, u64)> {
    let at = annotations.iter().position(|a| a.key.value == "id")?;
    let id = annotations.get(at)?.value.as_ref()?;
    (!id.value.is_empty()).then(|| (at, hash_of(&id.value)))
}

fn annotation(node: &Node<Option<cst::Annotation>>) -> Option<Annotation> {
    let tree = node.as_inner()?;
    Some(Annotation {
        key: Spanned {
            value: tree.key.as_inner()?.to_string(),
            span: span(tree.key.loc()),
        },
        value: match &tree.value {
            None => None,
            Some(value) => Some(Spanned {
                value: string(value)?,
                span: span(value.loc()),
            }),
        },
        span: span(node.loc()),
    })
}

fn clause(node: &Node<Option<cst::Cond>>) -> Option<Clause> {
    let tree = node.as_inner()?;
    Some(Clause {
        kind: match tree.cond.as_inner()? {
            cst::Ident::When => ClauseKind::When,
            cst::Ident::Unless => ClauseKind::Unless,
            _ => return None,
        },
        span: span(node.loc()),
        keyword: span(tree.cond.loc()),
        body: expr::expr(tree.expr.as_ref()?)?,
    })
}

fn entity_constraint(node: &Node<Option<cst::VariableDef>>) -> Option<Spanned<EntityConstraint>> {
    let tree = node.as_inner()?;
    let is_type = match &tree.entity_type {
        None => None,
        Some(ty) => Some(expr::type_name(ty)?),
    };
    let target = match &tree.ineq {
        None => None,
        Some((op, right)) => Some((*op, entity_or_slot(expr::expr(right)?)?)),
    };
    Some(Spanned {
        value: match (is_type, target) {
            (None, None) => EntityConstraint::Any,
            (Some(ty), None) => EntityConstraint::Is(ty),
            (None, Some((cst::RelOp::Eq, target))) => EntityConstraint::Eq(target),
            (None, Some((cst::RelOp::In, target))) => EntityConstraint::In(target),
            (Some(ty), Some((cst::RelOp::In, target))) => EntityConstraint::IsIn(ty, target),
            _ => return None,
        },
        span: span(node.loc()),
    })
}

fn entity_or_slot(expr: Expr) -> Option<EntityOrSlot> {
    match expr.kind {
        ExprKind::Entity(value) => Some(EntityOrSlot::Entity(Spanned {
            value,
            span: expr.span,
        })),
        ExprKind::Slot(_) => Some(EntityOrSlot::Slot(expr.span)),
        _ => None,
    }
}

fn action_constraint(node: &Node<Option<cst::VariableDef>>) -> Option<Spanned<ActionConstraint>> {
    let tree = node.as_inner()?;
    let entity = |expr: Expr| -> Option<Spanned<Entity>> {
        match expr.kind {
            ExprKind::Entity(value) => Some(Spanned {
                value,
                span: expr.span,
            }),
            _ => None,
        }
    };
    let value = match &tree.ineq {
        None => ActionConstraint::Any,
        Some((op, right)) => {
            let right = expr::expr(right)?;
            match (op, right.kind) {
                (cst::RelOp::In, ExprKind::Set(items)) => ActionConstraint::InList(Spanned {
                    value: items.into_iter().map(entity).collect::<Option<_>>()?,
                    span: right.span,
                }),
                (cst::RelOp::In, kind) => ActionConstraint::In(entity(Expr { kind, ..right })?),
                (cst::RelOp::Eq, kind) => ActionConstraint::Eq(entity(Expr { kind, ..right })?),
                _ => return None,
            }
        }
    };
    Some(Spanned {
        value,
        span: span(node.loc()),
    })
}

/// A string without its quotes, unescaped.
fn string(node: &Node<Option<cst::Str>>) -> Option<String> {
    match node.as_inner()? {
        cst::Str::String(raw) => to_unescaped_string(raw).ok().map(Into::into),
        cst::Str::Invalid(_) => None,
    }
}
