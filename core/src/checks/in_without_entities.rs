//! `in` with something that is not an entity, which fails whenever it is evaluated.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit;
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, Policy, UnaryOp, Var};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "in-without-entities",
    severity: Severity::High,
    summary: "`in` is used with something that is not an entity",
    why: "Cedar skips a policy whose condition fails, so a forbid denies nothing and a permit allows nothing",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("in_without_entities.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    // With a schema Cedar's type-checker reports it.
    if cx.schema.is_some() {
        return;
    }
    cx.policy.walk(|_, expr| {
        let (left, right) = match &expr.kind {
            ExprKind::Binary(BinaryOp::In, left, right) => (left, right),
            ExprKind::Is(left, _, Some(right)) => (left, right),
            _ => return,
        };
        let Some((wrong, what)) = wrong_operand(left, right) else {
            return;
        };
        let found = Finding::new(
            &RULE,
            expr.span,
            format!(
                "`in` compares entities, and `{}` is {what}, so this {} always fails here",
                cx.policy.at(wrong.span),
                cx.policy.effect.value.as_str()
            ),
            "write `.contains()` to look for a value in a set, or `==` to compare two values",
        );
        out.push(match rewritten(cx.policy, expr, left, right) {
            Some(fix) => found.fix(fix),
            None => found,
        });
    });
}

/// The operand that keeps `left in right` from ever being evaluated, and what it is.
fn wrong_operand<'a>(left: &'a Expr, right: &'a Expr) -> Option<(&'a Expr, &'static str)> {
    if let Some(what) = value(left) {
        return Some((left, what));
    }
    if let ExprKind::Set(items) = &right.kind {
        let what = items.iter().find_map(value)?;
        return Some((right, in_a_set(what)));
    }
    value(right).map(|what| (right, what))
}

fn in_a_set(what: &'static str) -> &'static str {
    match what {
        STRING => "a set of strings",
        NUMBER => "a set of numbers",
        _ => "a set with values that are not entities",
    }
}

const BOOL: &str = "a Boolean";
const NUMBER: &str = "a number";
const STRING: &str = "a string";

/// What an expression is, where it certainly is not an entity.
fn value(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(_)) => Some(BOOL),
        ExprKind::Literal(Literal::Long(_)) => Some(NUMBER),
        ExprKind::Literal(Literal::String(_)) => Some(STRING),
        ExprKind::Var(Var::Context) | ExprKind::Record(_) => Some("a record"),
        ExprKind::Set(_) => Some("a set"),
        ExprKind::Unary(UnaryOp::Neg, _) => Some(NUMBER),
        ExprKind::Binary(op, ..) if op.is_arithmetic() => Some(NUMBER),
        ExprKind::Unary(UnaryOp::Not, _)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Binary(..)
        | ExprKind::Has(..)
        | ExprKind::Like(..)
        | ExprKind::Is(..) => Some(BOOL),
        ExprKind::If(_, yes, no) => value(yes).and(value(no)),
        ExprKind::Call(name, _) => match name.value.as_str() {
            "ip" => Some("an IP address"),
            "decimal" => Some("a decimal"),
            "datetime" => Some("a datetime"),
            "duration" => Some("a duration"),
            _ => None,
        },
        ExprKind::Method(_, name, _) => match name.value.as_str() {
            "getTag" => None,
            "offset" | "toDate" => Some("a datetime"),
            "toTime" | "durationSince" => Some("a duration"),
            "toMilliseconds" | "toSeconds" | "toMinutes" | "toHours" | "toDays" => Some(NUMBER),
            _ => Some(BOOL),
        },
        ExprKind::Attr(base, name) => match &base.kind {
            ExprKind::Record(fields) => (fields.iter())
                .find(|(field, _)| field.value == name.value)
                .and_then(|(_, of)| value(of)),
            _ => None,
        },
        ExprKind::Entity(_) | ExprKind::Var(_) | ExprKind::Slot(_) => None,
    }
}

/// What was meant, where that is plain.
fn rewritten(policy: &Policy, expr: &Expr, left: &Expr, right: &Expr) -> Option<Fix> {
    if !matches!(expr.kind, ExprKind::Binary(..))
        || !(left.kind.is_literal() || left.kind.is_path())
        || edit::has_comment(policy, expr.span)
    {
        return None;
    }
    let (of, within) = (policy.at(left.span), policy.at(right.span));
    let text = match &right.kind {
        ExprKind::Set(items) if items.iter().all(|item| value(item).is_some()) => {
            format!("{within}.contains({of})")
        }
        kind if kind.is_path() && left.kind.is_literal() => format!("{within}.contains({of})"),
        kind if kind.is_literal() && left.kind.is_path() => format!("{of} == {within}"),
        _ => return None,
    };
    Some(Fix::suggestion(
        format!("write `{text}`"),
        vec![TextEdit::replace(expr.span, text)],
    ))
}
