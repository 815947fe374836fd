//! Places that Cedar's validator leaves wide: it underlines the whole chain `a.b.c` for an error about
//! `a.b`, and says that a guard is missing but not where it belongs.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Template, UnaryOp};
use cedar_policy_core::parser::Loc;
use smol_str::SmolStr;

use crate::source::{Span, Token, TokenKind, tokens};

/// A place in the text of a statement.
pub(super) fn span(loc: Option<&Loc>) -> Option<Span> {
    let loc = loc?;
    loc.snippet()?;
    Some(Span::from_usize(loc.start(), loc.end()))
}

/// One step of a chain: `base.name`, `base["name"]` or `base.method(…)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The chain up to and with this step.
    pub(super) span: Span,
    /// The chain before this step.
    pub(super) base: Span,
    /// The smallest condition around it: where a guard belongs.
    pub(super) host: Option<Span>,
}

/// What is looked for.
pub(super) enum Access<'a> {
    /// A read of an attribute: its name, then those before it in the chain.
    Attribute(&'a [SmolStr]),
    /// A read of a tag.
    Tag,
}

/// The step in the chain at `loc`.
pub(super) fn step(template: &Template, loc: &Loc, access: &Access<'_>) -> Option<Step> {
    let body = template.non_scope_constraints()?;
    let mut candidates = Vec::new();
    let from = Visit {
        outer: 0,
        host: body.source_loc(),
        condition: true,
    };
    visit(body, from, &mut |expr, at| {
        if expr.source_loc() == Some(loc) && access.is(expr) {
            candidates.push((expr, at));
        }
    });
    // Of several alike in one chain the innermost that no `has` guards is meant.
    let (_, at) = candidates
        .iter()
        .rev()
        .find(|(expr, _)| !is_tested(body, expr))
        .or(candidates.last())?;
    let whole = span(Some(loc))?;
    let steps = chain(&loc.src, whole);
    let end = steps.len().checked_sub(at.outer)?;
    let last = steps.get(end.checked_sub(1)?)?;
    Some(Step {
        span: Span::new(whole.start, last.end),
        base: Span::new(whole.start, last.start),
        host: span(at.host),
    })
}

impl Access<'_> {
    fn is(&self, expr: &Expr) -> bool {
        match (self, expr.expr_kind()) {
            (Self::Attribute(names), _) => {
                let mut expr = expr;
                names.iter().all(|name| match expr.expr_kind() {
                    ExprKind::GetAttr { expr: inner, attr } if attr == name => {
                        expr = inner;
                        true
                    }
                    _ => false,
                })
            }
            (Self::Tag, ExprKind::BinaryApp { op, .. }) => *op == BinaryOp::GetTag,
            (Self::Tag, _) => false,
        }
    }
}

/// Whether some `has` tests for what `expr` reads.
fn is_tested(body: &Expr, expr: &Expr) -> bool {
    let ExprKind::GetAttr { expr: base, attr } = expr.expr_kind() else {
        return false;
    };
    body.subexpressions()
        .any(|tested| match tested.expr_kind() {
            ExprKind::HasAttr {
                expr: subject,
                attr: name,
            } => name == attr && subject.eq_shape(base),
            _ => false,
        })
}

#[derive(Clone, Copy)]
struct Visit<'a> {
    /// How many steps of the same chain are around the expression.
    outer: usize,
    /// The smallest condition around it.
    host: Option<&'a Loc>,
    /// Whether it is itself a condition.
    condition: bool,
}

fn visit<'a>(expr: &'a Expr, at: Visit<'a>, found: &mut impl FnMut(&'a Expr, Visit<'a>)) {
    found(expr, at);
    let mut child = |inner: &'a Expr, condition: bool| {
        let same_chain = inner.source_loc() == expr.source_loc();
        let inside = Visit {
            outer: if same_chain { at.outer + 1 } else { 0 },
            host: if condition {
                inner.source_loc()
            } else {
                at.host
            },
            condition,
        };
        visit(inner, inside, found);
    };
    match expr.expr_kind() {
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            child(left, true);
            child(right, true);
        }
        ExprKind::UnaryApp { op, arg } => child(arg, *op == UnaryOp::Not),
        ExprKind::If {
            test_expr,
            then_expr,
            else_expr,
        } => {
            child(test_expr, true);
            child(then_expr, at.condition);
            child(else_expr, at.condition);
        }
        ExprKind::BinaryApp { arg1, arg2, .. } => {
            child(arg1, false);
            child(arg2, false);
        }
        ExprKind::ExtensionFunctionApp { args, .. } | ExprKind::Set(args) => {
            args.iter().for_each(|arg| child(arg, false));
        }
        ExprKind::GetAttr { expr, .. }
        | ExprKind::HasAttr { expr, .. }
        | ExprKind::ExtHasAttr { expr, .. }
        | ExprKind::Like { expr, .. }
        | ExprKind::Is { expr, .. } => child(expr, false),
        ExprKind::Record(fields) => fields.values().for_each(|value| child(value, false)),
        ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {}
    }
}

/// The steps of the chain in a span, in order: each from its `.` or `[` to its end.
fn chain(text: &str, whole: Span) -> Vec<Span> {
    let tokens: Vec<Token> = tokens(text)
        .filter(|t| whole.contains(t.span))
        .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
        .collect();
    let mut steps: Vec<Span> = Vec::new();
    let mut depth = 0_u32;
    let mut first = true;
    for token in tokens {
        let open = matches!(token.kind, TokenKind::Punct(b'(' | b'[' | b'{'));
        let close = matches!(token.kind, TokenKind::Punct(b')' | b']' | b'}'));
        let begins = matches!(token.kind, TokenKind::Punct(b'.' | b'['));
        if depth == 0 && begins && !first {
            steps.push(token.span);
        } else if let Some(step) = steps.last_mut() {
            step.end = token.span.end;
        }
        if open {
            depth = depth.saturating_add(1);
        } else if close {
            depth = depth.saturating_sub(1);
        }
        first = false;
    }
    steps
}
