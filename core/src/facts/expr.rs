//! Expressions as they were written.
//!
//! Unlike Cedar's AST nothing is desugared: `a >= b`, `a != b` and `x has a.b` are one node each, and a
//! chain `a && b && c` is one node with three operands.

use std::{fmt, slice};

use super::Spanned;
use crate::source::Span;

/// An expression and where it stands. Parentheses around it are not a node; `span` lies inside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, without parentheses around it.
    pub span: Span,
    /// Where it stands, with the parentheses around it, if any.
    pub outer: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `true`, `42`, `"text"`
    Literal(Literal),
    /// `User::"alice"`
    Entity(Entity),
    /// `principal`
    Var(Var),
    /// `?principal`; Cedar rejects it in conditions, so it is only seen in text that does not parse.
    Slot(String),
    /// `if a then b else c`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a && b && c`: two operands or more.
    And(Vec<Expr>),
    /// `a || b || c`: two operands or more.
    Or(Vec<Expr>),
    /// `!a`, `-a`; `!!a` is two nodes.
    Unary(UnaryOp, Box<Expr>),
    /// `a == b` and all other operators with two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a has b.c`: the path is `["b", "c"]`; `a has "b c"` has one element. The span covers the path.
    Has(Box<Expr>, Spanned<Vec<String>>),
    /// `a like "x*"`; the span covers the pattern with its quotes.
    Like(Box<Expr>, Spanned<Vec<PatternElement>>),
    /// `a is T` or `a is T in b`
    Is(Box<Expr>, Spanned<String>, Option<Box<Expr>>),
    /// `a.b` or `a["b"]`; the span covers the name (`b` or `"b"`).
    Attr(Box<Expr>, Spanned<String>),
    /// `ip("…")`: an extension function, its name and its arguments.
    Call(Spanned<String>, Vec<Expr>),
    /// `a.contains(b)`, `a.isInRange(b)`: receiver, name, arguments.
    Method(Box<Expr>, Spanned<String>, Vec<Expr>),
    /// `[a, b]`
    Set(Vec<Expr>),
    /// `{a: b}`
    Record(Vec<(Spanned<String>, Expr)>),
}

/// A literal of a primitive type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// `42`; a negative number is `Unary(Neg, …)`.
    Long(u64),
    /// `"text"`, unescaped.
    String(String),
}

/// An entity literal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// The type with its namespace: `App::User`.
    pub ty: String,
    /// The id, unescaped.
    pub id: String,
}

impl fmt::Display for Entity {
    /// As in Cedar: `App::User::"alice"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::\"{}\"", self.ty, self.id.escape_debug())
    }
}

/// A variable of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Var {
    /// `principal`
    Principal,
    /// `action`
    Action,
    /// `resource`
    Resource,
    /// `context`
    Context,
}

impl Var {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Action => "action",
            Self::Resource => "resource",
            Self::Context => "context",
        }
    }
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `==`
    Eq,
    /// `!=`
    NotEq,
    /// `<`
    Less,
    /// `<=`
    LessEq,
    /// `>`
    Greater,
    /// `>=`
    GreaterEq,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

impl BinaryOp {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::NotEq => "!=",
            Self::Less => "<",
            Self::LessEq => "<=",
            Self::Greater => ">",
            Self::GreaterEq => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
        }
    }

    /// Whether it is `+`, `-` or `*`.
    pub const fn is_arithmetic(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Mul)
    }

    /// Whether it is `<`, `<=`, `>` or `>=`.
    pub const fn is_order(self) -> bool {
        matches!(
            self,
            Self::Less | Self::LessEq | Self::Greater | Self::GreaterEq
        )
    }
}

/// A part of a `like` pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternElement {
    /// This character.
    Char(char),
    /// `*`: any characters, also none.
    Wildcard,
}

/// The direct children of an expression, in the order written.
#[derive(Debug, Clone)]
pub struct Children<'a> {
    few: [Option<&'a Expr>; 3],
    many: slice::Iter<'a, Expr>,
    fields: slice::Iter<'a, (Spanned<String>, Expr)>,
}

impl<'a> Iterator for Children<'a> {
    type Item = &'a Expr;

    fn next(&mut self) -> Option<&'a Expr> {
        (self.few.iter_mut().find_map(Option::take))
            .or_else(|| self.many.next())
            .or_else(|| self.fields.next().map(|(_, value)| value))
    }
}

impl Expr {
    /// Its direct children, in the order written.
    pub fn children(&self) -> Children<'_> {
        let mut few: [Option<&Self>; 3] = [None; 3];
        let (mut many, mut fields) = ([].iter(), [].iter());
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Entity(_) | ExprKind::Var(_) | ExprKind::Slot(_) => {}
            ExprKind::If(a, b, c) => few = [Some(a), Some(b), Some(c)],
            ExprKind::And(items)
            | ExprKind::Or(items)
            | ExprKind::Set(items)
            | ExprKind::Call(_, items) => many = items.iter(),
            ExprKind::Unary(_, a)
            | ExprKind::Has(a, _)
            | ExprKind::Like(a, _)
            | ExprKind::Attr(a, _) => few = [Some(a), None, None],
            ExprKind::Is(a, _, b) => few = [Some(a), b.as_deref(), None],
            ExprKind::Binary(_, a, b) => few = [Some(a), Some(b), None],
            ExprKind::Method(receiver, _, args) => {
                few = [Some(receiver), None, None];
                many = args.iter();
            }
            ExprKind::Record(of) => fields = of.iter(),
        }
        Children { few, many, fields }
    }

    /// How deep Cedar's tree of it is, which nests chains to the left.
    pub fn depth(&self) -> usize {
        let below = self.children().map(Self::depth).max();
        let own = match &self.kind {
            ExprKind::And(items) | ExprKind::Or(items) => items.len().saturating_sub(1),
            ExprKind::Has(_, path) => path.value.len(),
            _ => 1,
        };
        own + below.unwrap_or(0)
    }

    /// Visits it and everything below it, parents before children.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// Whether it or anything below it satisfies `test`.
    pub fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        test(self) || self.children().any(|child| child.any(test))
    }

    /// Whether it is the same expression, whatever its layout, comments and parentheses.
    pub fn same(&self, other: &Expr) -> bool {
        fn all(a: &[Expr], b: &[Expr]) -> bool {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
        }
        match (&self.kind, &other.kind) {
            (ExprKind::Literal(a), ExprKind::Literal(b)) => a == b,
            (ExprKind::Entity(a), ExprKind::Entity(b)) => a == b,
            (ExprKind::Var(a), ExprKind::Var(b)) => a == b,
            (ExprKind::Slot(a), ExprKind::Slot(b)) => a == b,
            (ExprKind::If(a, b, c), ExprKind::If(x, y, z)) => a.same(x) && b.same(y) && c.same(z),
            (ExprKind::And(a), ExprKind::And(b))
            | (ExprKind::Or(a), ExprKind::Or(b))
            | (ExprKind::Set(a), ExprKind::Set(b)) => all(a, b),
            (ExprKind::Unary(o, a), ExprKind::Unary(p, b)) => o == p && a.same(b),
            (ExprKind::Binary(o, a, b), ExprKind::Binary(p, x, y)) => {
                o == p && a.same(x) && b.same(y)
            }
            (ExprKind::Has(a, p), ExprKind::Has(b, q)) => p.value == q.value && a.same(b),
            (ExprKind::Like(a, p), ExprKind::Like(b, q)) => p.value == q.value && a.same(b),
            (ExprKind::Is(a, t, i), ExprKind::Is(b, u, j)) => {
                t.value == u.value
                    && a.same(b)
                    && match (i, j) {
                        (None, None) => true,
                        (Some(i), Some(j)) => i.same(j),
                        _ => false,
                    }
            }
            (ExprKind::Attr(a, n), ExprKind::Attr(b, m)) => n.value == m.value && a.same(b),
            (ExprKind::Call(f, a), ExprKind::Call(g, b)) => f.value == g.value && all(a, b),
            (ExprKind::Method(r, f, a), ExprKind::Method(s, g, b)) => {
                f.value == g.value && r.same(s) && all(a, b)
            }
            (ExprKind::Record(a), ExprKind::Record(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|((n, a), (m, b))| n.value == m.value && a.same(b))
            }
            _ => false,
        }
    }
}

impl ExprKind {
    /// Whether it is `true`, a number or a text.
    pub(crate) const fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// Whether it is an attribute of a variable, at any depth.
    pub(crate) fn is_path(&self) -> bool {
        match self {
            Self::Attr(base, _) => matches!(base.kind, Self::Var(_)) || base.kind.is_path(),
            _ => false,
        }
    }
}
