//! A text for an expression that is the same exactly for the same expressions.

use std::fmt;

use crate::facts::{Expr, ExprKind, Literal, PatternElement, UnaryOp};

/// The expression in one fixed layout, without blanks, comments or parentheses of its author. Everything
/// is bracketed and quoted, so different expressions have different keys.
pub(crate) fn key(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

/// The key of `base has name`.
pub(super) fn has_key(base: &Expr, name: &str) -> String {
    let mut out = String::new();
    has(base, &[name], &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => {
            out.push_str(if *value { "true" } else { "false" });
        }
        ExprKind::Literal(Literal::Long(value)) => put(out, format_args!("{value}")),
        ExprKind::Literal(Literal::String(value)) => quoted(value, out),
        ExprKind::Entity(entity) => {
            out.push_str(&entity.ty);
            out.push_str("::");
            quoted(&entity.id, out);
        }
        ExprKind::Var(var) => out.push_str(var.as_str()),
        ExprKind::Slot(name) => out.push_str(name),
        ExprKind::Attr(base, name) => {
            write(base, out);
            out.push('[');
            quoted(&name.value, out);
            out.push(']');
        }
        ExprKind::Has(base, path) => {
            has(base, &path.value, out);
        }
        ExprKind::Like(base, pattern) => {
            out.push_str("like ");
            for element in &pattern.value {
                match element {
                    PatternElement::Char(c) => put(out, format_args!("{c:?}")),
                    PatternElement::Wildcard => out.push('*'),
                }
            }
            list([&**base], out);
        }
        ExprKind::Is(base, ty, within) => {
            out.push_str("is ");
            out.push_str(&ty.value);
            list(std::iter::once(&**base).chain(within.as_deref()), out);
        }
        ExprKind::Unary(op, inner) => {
            out.push(match op {
                UnaryOp::Not => '!',
                UnaryOp::Neg => '-',
            });
            list([&**inner], out);
        }
        ExprKind::Binary(op, left, right) => {
            out.push_str(op.as_str());
            list([&**left, &**right], out);
        }
        ExprKind::If(a, b, c) => {
            out.push_str("if");
            list([&**a, &**b, &**c], out);
        }
        ExprKind::And(_) => call("&&", expr, out),
        ExprKind::Or(_) => call("||", expr, out),
        ExprKind::Set(_) => call("set", expr, out),
        ExprKind::Call(name, _) => call(&name.value, expr, out),
        ExprKind::Method(_, name, _) => call(&format!(".{}", name.value), expr, out),
        ExprKind::Record(fields) => {
            out.push('{');
            for (name, value) in fields {
                quoted(&name.value, out);
                out.push(':');
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

fn call(name: &str, expr: &Expr, out: &mut String) {
    out.push_str(name);
    list(expr.children(), out);
}

fn list<'e>(items: impl IntoIterator<Item = &'e Expr>, out: &mut String) {
    out.push('(');
    for item in items {
        write(item, out);
        out.push(',');
    }
    out.push(')');
}

fn has(base: &Expr, path: &[impl AsRef<str>], out: &mut String) {
    out.push_str("has ");
    for name in path {
        quoted(name.as_ref(), out);
        out.push('.');
    }
    list([base], out);
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    if text.contains(['"', '\\']) {
        out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn put(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a `String` never fails.
    let _ = fmt::Write::write_fmt(out, text);
}
