//! Which atomic conditions can fail to evaluate in a case, although the policy type-checks where there is a schema.

use crate::analysis::logic::{Known, for_each_guarded, may_overflow};
use crate::facts::{Expr, ExprKind, Literal, Policy, UnaryOp, Var};
use crate::schema::{Schema, Type, TypeScope};
use crate::source::Span;

/// The expressions that can fail, each with when it does. A principal or resource is taken to be there: a suite
/// under a schema has it where its type requires attributes.
pub(super) fn failing(
    policy: &Policy,
    schema: Option<(&Schema, &TypeScope)>,
) -> Vec<(Span, String)> {
    let mut all = Vec::new();
    for_each_guarded(policy, |expr, known| {
        if let Some((of, how)) = failure(expr, known, schema) {
            let text = policy.at(of.span).split_whitespace().collect::<Vec<_>>();
            all.push((expr.span, format!("`{}` {how}", text.join(" "))));
        }
    });
    all
}

/// What of this very expression lets it fail, and how.
fn failure<'a>(
    expr: &'a Expr,
    known: &Known,
    schema: Option<(&Schema, &TypeScope)>,
) -> Option<(&'a Expr, &'static str)> {
    const OVERFLOWS: &str = "overflows";
    let varies = |expr: &Expr| expr.any(&mut |part: &Expr| matches!(part.kind, ExprKind::Var(_)));
    match &expr.kind {
        ExprKind::Binary(op, ..) if op.is_arithmetic() => {
            may_overflow(expr, known).then_some((expr, OVERFLOWS))
        }
        ExprKind::Unary(UnaryOp::Neg, _) => may_overflow(expr, known).then_some((expr, OVERFLOWS)),
        // No date that can be written comes near the end of time by a duration that people write.
        ExprKind::Method(_, name, args) if name.value == "offset" => args
            .iter()
            .any(|by| !is_short(by))
            .then_some((expr, OVERFLOWS)),
        // With a schema the validator takes literals alone.
        ExprKind::Call(_, args) if schema.is_none() => {
            args.iter().any(varies).then_some((expr, "cannot be read"))
        }
        ExprKind::Attr(base, name) if !known.has(base, &name.value) => match schema {
            None => Some((expr, "is missing")),
            Some((schema, scope)) => {
                let is_there = matches!(base.kind, ExprKind::Var(Var::Principal | Var::Resource));
                let types = schema.types(base, scope);
                let is_entity = types.iter().any(|ty| matches!(ty, Type::Entity(_)));
                (is_entity && !is_there).then_some((base, "is not among the entities"))
            }
        },
        _ => None,
    }
}

/// Whether it is a duration that is written with so few digits that no date that can be written overflows by it.
fn is_short(by: &Expr) -> bool {
    let ExprKind::Call(_, args) = &by.kind else {
        return false;
    };
    args.iter().all(|text| match &text.kind {
        ExprKind::Literal(Literal::String(text)) => text.len() <= 12,
        _ => false,
    })
}
