//! Expressions: ten levels of precedence become one node for each thing written.

use cedar_policy_core::parser::unescape::to_unescaped_string;
use cedar_policy_core::parser::{Node, cst};

use super::{span, string};
use crate::facts::{
    BinaryOp, Entity, Expr, ExprKind, Literal, PatternElement, Spanned, UnaryOp, Var,
};
use crate::source::Span;

fn plain(kind: ExprKind, span: Span) -> Expr {
    Expr {
        kind,
        span,
        outer: span,
    }
}

pub(super) fn expr(node: &Node<Option<cst::Expr>>) -> Option<Expr> {
    let cst::Expr::Expr(tree) = node.as_inner()?;
    match tree.expr.as_ref() {
        cst::ExprData::Or(node) => or(node),
        cst::ExprData::If(a, b, c) => Some(plain(
            ExprKind::If(Box::new(expr(a)?), Box::new(expr(b)?), Box::new(expr(c)?)),
            span(node.loc()),
        )),
    }
}

fn or(node: &Node<Option<cst::Or>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let first = and(&tree.initial)?;
    if tree.extended.is_empty() {
        return Some(first);
    }
    let mut operands = vec![first];
    for item in &tree.extended {
        operands.push(and(item)?);
    }
    Some(plain(ExprKind::Or(operands), span(node.loc())))
}

fn and(node: &Node<Option<cst::And>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let first = relation(&tree.initial)?;
    if tree.extended.is_empty() {
        return Some(first);
    }
    let mut operands = vec![first];
    for item in &tree.extended {
        operands.push(relation(item)?);
    }
    Some(plain(ExprKind::And(operands), span(node.loc())))
}

fn relation(node: &Node<Option<cst::Relation>>) -> Option<Expr> {
    let at = span(node.loc());
    match node.as_inner()? {
        cst::Relation::Common { initial, extended } => {
            let left = add(initial)?;
            match extended.as_slice() {
                [] => Some(left),
                [(op, right)] => {
                    let op = match op {
                        cst::RelOp::Less => BinaryOp::Less,
                        cst::RelOp::LessEq => BinaryOp::LessEq,
                        cst::RelOp::GreaterEq => BinaryOp::GreaterEq,
                        cst::RelOp::Greater => BinaryOp::Greater,
                        cst::RelOp::NotEq => BinaryOp::NotEq,
                        cst::RelOp::Eq => BinaryOp::Eq,
                        cst::RelOp::In => BinaryOp::In,
                        cst::RelOp::InvalidSingleEq => return None,
                    };
                    Some(plain(
                        ExprKind::Binary(op, Box::new(left), Box::new(add(right)?)),
                        at,
                    ))
                }
                _ => None,
            }
        }
        cst::Relation::Has { target, field } => Some(plain(
            ExprKind::Has(Box::new(add(target)?), has_path(field)?),
            at,
        )),
        cst::Relation::Like { target, pattern } => {
            let literal = member_of(pattern)?;
            let cst::Primary::Literal(literal) = literal.item.as_inner()? else {
                return None;
            };
            let cst::Literal::Str(text) = literal.as_inner()? else {
                return None;
            };
            let cst::Str::String(raw) = text.as_inner()? else {
                return None;
            };
            Some(plain(
                ExprKind::Like(
                    Box::new(add(target)?),
                    Spanned {
                        value: like_pattern(raw)?,
                        span: span(text.loc()),
                    },
                ),
                at,
            ))
        }
        cst::Relation::IsIn {
            target,
            entity_type,
            in_entity,
        } => {
            let target = add(target)?;
            let ty = type_name(entity_type)?;
            let ancestor = match in_entity {
                None => None,
                Some(node) => Some(Box::new(add(node)?)),
            };
            Some(plain(ExprKind::Is(Box::new(target), ty, ancestor), at))
        }
    }
}

fn add(node: &Node<Option<cst::Add>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let mut left = mult(&tree.initial)?;
    for (op, item) in &tree.extended {
        let right = mult(item)?;
        let op = match op {
            cst::AddOp::Plus => BinaryOp::Add,
            cst::AddOp::Minus => BinaryOp::Sub,
        };
        let at = left.outer.cover(right.outer);
        left = plain(ExprKind::Binary(op, Box::new(left), Box::new(right)), at);
    }
    Some(left)
}

fn mult(node: &Node<Option<cst::Mult>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let mut left = unary(&tree.initial)?;
    for (op, item) in &tree.extended {
        let right = unary(item)?;
        let cst::MultOp::Times = op else {
            return None;
        };
        let at = left.outer.cover(right.outer);
        left = plain(
            ExprKind::Binary(BinaryOp::Mul, Box::new(left), Box::new(right)),
            at,
        );
    }
    Some(left)
}

fn unary(node: &Node<Option<cst::Unary>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let inner = member(&tree.item)?;
    let (op, count) = match tree.op {
        None => return Some(inner),
        Some(cst::NegOp::Bang(n)) => (UnaryOp::Not, n),
        Some(cst::NegOp::Dash(n)) => (UnaryOp::Neg, n),
        Some(cst::NegOp::OverBang | cst::NegOp::OverDash) => return None,
    };
    let all = span(node.loc());
    let end = inner.outer.end;
    // The operators may have blanks between them, so only the outermost one's start is known; the
    // others start one character before their operand, which is where they are nearly always written.
    Some((0..count).fold(inner, |operand, done| {
        let start = if done + 1 == count {
            all.start
        } else {
            operand.outer.start.saturating_sub(1).max(all.start)
        };
        plain(
            ExprKind::Unary(op, Box::new(operand)),
            Span::new(start, end),
        )
    }))
}

fn member(node: &Node<Option<cst::Member>>) -> Option<Expr> {
    let tree = node.as_inner()?;
    let mut access = tree.access.iter().peekable();
    let mut base = match tree.item.as_inner()? {
        cst::Primary::Name(name) => match access.peek().and_then(|a| a.as_inner()) {
            Some(cst::MemAccess::Call(args)) => {
                let call = access.next()?;
                let name = Spanned {
                    value: name_text(name)?,
                    span: span(name.loc()),
                };
                let at = name.span.cover(span(call.loc()));
                let args = args.iter().map(expr).collect::<Option<_>>()?;
                plain(ExprKind::Call(name, args), at)
            }
            _ => variable(name)?,
        },
        _ => primary(&tree.item)?,
    };
    while let Some(node) = access.next() {
        let at = base.outer.cover(span(node.loc()));
        let kind = match node.as_inner()? {
            cst::MemAccess::Field(name) => {
                let name = Spanned {
                    value: name.as_inner()?.to_string(),
                    span: span(name.loc()),
                };
                match access.peek().and_then(|a| a.as_inner()) {
                    Some(cst::MemAccess::Call(args)) => {
                        let call = access.next()?;
                        let args = args.iter().map(expr).collect::<Option<_>>()?;
                        base = plain(
                            ExprKind::Method(Box::new(base), name, args),
                            at.cover(span(call.loc())),
                        );
                        continue;
                    }
                    _ => ExprKind::Attr(Box::new(base), name),
                }
            }
            cst::MemAccess::Index(index) => {
                let index = expr(index)?;
                let ExprKind::Literal(Literal::String(value)) = index.kind else {
                    return None;
                };
                let name = Spanned {
                    value,
                    span: index.span,
                };
                ExprKind::Attr(Box::new(base), name)
            }
            cst::MemAccess::Call(_) => return None,
        };
        base = plain(kind, at);
    }
    Some(base)
}

fn primary(node: &Node<Option<cst::Primary>>) -> Option<Expr> {
    let at = span(node.loc());
    match node.as_inner()? {
        cst::Primary::Literal(literal) => {
            let literal = match literal.as_inner()? {
                cst::Literal::True => Literal::Bool(true),
                cst::Literal::False => Literal::Bool(false),
                cst::Literal::Num(n) => Literal::Long(*n),
                cst::Literal::Str(text) => Literal::String(string(text)?),
            };
            Some(plain(ExprKind::Literal(literal), at))
        }
        cst::Primary::Ref(reference) => match reference.as_inner()? {
            cst::Ref::Uid { path, eid } => Some(plain(
                ExprKind::Entity(Entity {
                    ty: name_text(path)?,
                    id: string(eid)?,
                }),
                at,
            )),
            cst::Ref::Ref { .. } => None,
        },
        cst::Primary::Name(name) => variable(name),
        cst::Primary::Slot(slot) => {
            let name = match slot.as_inner()? {
                cst::Slot::Principal => "?principal",
                cst::Slot::Resource => "?resource",
                cst::Slot::Other(_) => return None,
            };
            Some(plain(ExprKind::Slot(name.to_owned()), at))
        }
        cst::Primary::Expr(inner) => {
            let inner = expr(inner)?;
            Some(Expr { outer: at, ..inner })
        }
        cst::Primary::EList(items) => {
            let items = items.iter().map(expr).collect::<Option<_>>()?;
            Some(plain(ExprKind::Set(items), at))
        }
        cst::Primary::RInits(fields) => {
            let fields = fields.iter().map(field).collect::<Option<_>>()?;
            Some(plain(ExprKind::Record(fields), at))
        }
    }
}

fn field(node: &Node<Option<cst::RecInit>>) -> Option<(Spanned<String>, Expr)> {
    let cst::RecInit(key, value) = node.as_inner()?;
    let (name, at) = attribute_name(key)?;
    Some((
        Spanned {
            value: name,
            span: at,
        },
        expr(value)?,
    ))
}

/// A record's key: a name or a string.
fn attribute_name(node: &Node<Option<cst::Expr>>) -> Option<(String, Span)> {
    let at = span(node.loc());
    let cst::Expr::Expr(tree) = node.as_inner()?;
    let cst::ExprData::Or(or) = tree.expr.as_ref() else {
        return None;
    };
    let cst::Relation::Common { initial, .. } =
        or.as_inner()?.initial.as_inner()?.initial.as_inner()?
    else {
        return None;
    };
    let name = match member_of(initial)?.item.as_inner()? {
        cst::Primary::Literal(literal) => match literal.as_inner()? {
            cst::Literal::Str(text) => string(text)?,
            cst::Literal::True => "true".to_owned(),
            cst::Literal::False => "false".to_owned(),
            cst::Literal::Num(_) => return None,
        },
        cst::Primary::Name(name) => name_text(name)?,
        _ => return None,
    };
    Some((name, at))
}

fn has_path(node: &Node<Option<cst::Add>>) -> Option<Spanned<Vec<String>>> {
    let tree = member_of(node)?;
    let mut path = match tree.item.as_inner()? {
        cst::Primary::Literal(literal) => match literal.as_inner()? {
            cst::Literal::Str(text) => vec![string(text)?],
            cst::Literal::True => vec!["true".to_owned()],
            cst::Literal::False => vec!["false".to_owned()],
            cst::Literal::Num(_) => return None,
        },
        cst::Primary::Name(name) => vec![name_text(name)?],
        _ => return None,
    };
    for access in &tree.access {
        let cst::MemAccess::Field(name) = access.as_inner()? else {
            return None;
        };
        path.push(name.as_inner()?.to_string());
    }
    Some(Spanned {
        value: path,
        span: span(node.loc()),
    })
}

/// The type after `is`.
pub(super) fn type_name(node: &Node<Option<cst::Add>>) -> Option<Spanned<String>> {
    let tree = member_of(node)?;
    let cst::Primary::Name(name) = tree.item.as_inner()? else {
        return None;
    };
    Some(Spanned {
        value: name_text(name)?,
        span: span(name.loc()),
    })
}

/// The member that an addition without any operator consists of.
fn member_of(node: &Node<Option<cst::Add>>) -> Option<&cst::Member> {
    let add = node.as_inner()?;
    let mult = add.initial.as_inner()?;
    let unary = mult.initial.as_inner()?;
    if !add.extended.is_empty() || !mult.extended.is_empty() || unary.op.is_some() {
        return None;
    }
    unary.item.as_inner()
}

fn variable(node: &Node<Option<cst::Name>>) -> Option<Expr> {
    let name = node.as_inner()?;
    if !name.path.is_empty() {
        return None;
    }
    let var = match name.name.as_inner()? {
        cst::Ident::Principal => Var::Principal,
        cst::Ident::Action => Var::Action,
        cst::Ident::Resource => Var::Resource,
        cst::Ident::Context => Var::Context,
        _ => return None,
    };
    Some(plain(ExprKind::Var(var), span(node.loc())))
}

fn name_text(node: &Node<Option<cst::Name>>) -> Option<String> {
    let name = node.as_inner()?;
    let mut text = String::new();
    for part in &name.path {
        text.push_str(&part.as_inner()?.to_string());
        text.push_str("::");
    }
    text.push_str(&name.name.as_inner()?.to_string());
    Some(text)
}

/// `*` is a wildcard and `\*` a star; everything else is escaped as in any string.
fn like_pattern(raw: &str) -> Option<Vec<PatternElement>> {
    fn flush(segment: &mut String, elements: &mut Vec<PatternElement>) -> Option<()> {
        let text = to_unescaped_string(segment).ok()?;
        elements.extend(text.chars().map(PatternElement::Char));
        segment.clear();
        Some(())
    }
    let mut elements = Vec::new();
    let mut segment = String::new();
    let mut characters = raw.chars();
    while let Some(c) = characters.next() {
        match c {
            '*' => {
                flush(&mut segment, &mut elements)?;
                elements.push(PatternElement::Wildcard);
            }
            '\\' => match characters.next() {
                Some('*') => {
                    flush(&mut segment, &mut elements)?;
                    elements.push(PatternElement::Char('*'));
                }
                Some(next) => segment.extend(['\\', next]),
                None => segment.push('\\'),
            },
            _ => segment.push(c),
        }
    }
    flush(&mut segment, &mut elements)?;
    Some(elements)
}
