//! A chain of delegation whose length nobody checks.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, Effect, Expr, ExprKind, Polarity, UnaryOp, Var, attribute_path};
use crate::finding::{Finding, Severity};
use crate::analysis::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::{PrincipalKind, Type};
use crate::analysis::names::words;

static RULE: Rule = Rule {
    code: "delegation-unbounded",
    severity: Severity::High,
    summary: "the depth or chain of delegation is not bounded",
    why: "a task that is handed on from agent to agent ends with somebody whom nobody chose",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["ASI03", "ASI07", "ASI08"],
    page: include_str!("delegation_unbounded.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let Some(reach) = Reach::of_permit(cx) else {
        return;
    };
    if !reach.only(PrincipalKind::is_machine) || reach.is_public_reading() {
        return;
    }
    let field = reach.actions.iter().find_map(|action| {
        let context = &reach.schema.actions.get(*action)?.context;
        context
            .iter()
            .find(|(name, field)| is_delegation(name, &field.ty))
            .map(|(name, _)| name.as_str())
    });
    let Some(field) = field else {
        return;
    };
    let bounded = p
        .clauses
        .iter()
        .any(|clause| bounds(&clause.body, field, Polarity::of(clause).grants(Effect::Permit)));
    if !bounded {
        out.push(Finding::new(
            &RULE,
            p.principal.span,
            format!("`context.{field}` has no bound in this permit for machines"),
            format!("bound it, as in `context.{field} <= 1`, or check each hop of the chain"),
        ));
    }
}

/// A number, list or record that tells through how many or whose hands a request went.
fn is_delegation(name: &str, ty: &Type) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|w| w == word);
    let of_chain = has("delegation") || has("delegations") || has("delegate") || has("hops") || has("hop") || has("actor");
    let counted = has("depth") || has("count") || has("hops") || has("length") || has("level");
    let listed = has("chain") || has("path") || has("hops") || has("delegations");
    match ty {
        Type::Long => of_chain && counted,
        Type::Set(_) | Type::Record(_) => of_chain && listed,
        _ => false,
    }
}

/// Whether an expression bounds the field where it is true (`holds`) or false.
fn bounds(expr: &Expr, field: &str, holds: bool) -> bool {
    let is_field = |e: &Expr| {
        attribute_path(e).is_some_and(|(var, path)| var == Var::Context && path.first() == Some(&field))
    };
    match &expr.kind {
        ExprKind::And(items) if holds => items.iter().any(|item| bounds(item, field, holds)),
        ExprKind::Or(items) if !holds => items.iter().any(|item| bounds(item, field, holds)),
        ExprKind::And(items) | ExprKind::Or(items) => items.iter().all(|item| bounds(item, field, holds)),
        ExprKind::Unary(UnaryOp::Not, inner) => bounds(inner, field, !holds),
        ExprKind::If(test, then, or) => {
            bounds(test, field, holds) || bounds(then, field, holds) && bounds(or, field, holds)
        }
        ExprKind::Binary(op, a, b) => match (op, holds) {
            (BinaryOp::Less | BinaryOp::LessEq, true) | (BinaryOp::Greater | BinaryOp::GreaterEq, false) => is_field(a),
            (BinaryOp::Greater | BinaryOp::GreaterEq, true) | (BinaryOp::Less | BinaryOp::LessEq, false) => is_field(b),
            (BinaryOp::Eq, true) | (BinaryOp::NotEq, false) => is_field(a) || is_field(b),
            _ => false,
        },
        // Of a list or record any question counts: who is in it, whether it is empty.
        ExprKind::Method(receiver, _, arguments) => {
            is_field(receiver) || arguments.iter().any(is_field)
        }
        _ => false,
    }
}
