//! Conditions that follow many references from entity to entity.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, Expr, ExprKind};
use crate::finding::{Finding, Severity};
use crate::schema::{Schema, Type, TypeScope};
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "deep-deref",
    severity: Severity::Medium,
    summary: "a condition follows more references than the configuration allows",
    why: "every entity on the way must be loaded for each decision, and where one is missing the policy fails",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("deep_deref.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    let most = cx.config.options.max_deref_level;
    let mut inside: Option<Span> = None;
    cx.policy.walk(|_, expr| {
        if inside.is_some_and(|outer| outer.contains(expr.span)) {
            return;
        }
        let level = level(expr, schema, scope);
        if level > most {
            inside = Some(expr.span);
            let mut deepest = expr;
            while let ExprKind::Attr(base, _) = &deepest.kind
                && self::level(base, schema, scope) == level
            {
                deepest = base;
            }
            out.push(Finding::new(
                &RULE,
                deepest.span,
                format!(
                    "`{}` follows {level} references, and {most} are allowed",
                    cx.policy.at(deepest.span)
                ),
                "keep the value on a nearer entity, or pass it in the context",
            ));
        }
    });
}

/// How many entities must be loaded one after another to evaluate this very expression: a step from an
/// entity counts one, a step within a record nothing.
fn level(expr: &Expr, schema: &Schema, scope: &TypeScope) -> u32 {
    let step = |base: &Expr| {
        let is_entity = |ty: &Type| matches!(ty, Type::Entity(_));
        let from_entity = schema.types(base, scope).iter().any(is_entity);
        level(base, schema, scope) + u32::from(from_entity)
    };
    match &expr.kind {
        ExprKind::Attr(base, _) | ExprKind::Has(base, _) => step(base),
        ExprKind::Binary(BinaryOp::In, left, _) => step(left),
        ExprKind::Method(base, name, _) if name.value == "getTag" || name.value == "hasTag" => {
            step(base)
        }
        _ => 0,
    }
}
