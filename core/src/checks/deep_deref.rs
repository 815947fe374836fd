//! Conditions that follow many references from entity to entity.

use std::collections::BTreeSet;

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
    let mut measured = BTreeSet::new();
    cx.policy.walk(|_, expr| {
        if inside.is_some_and(|outer| outer.contains(expr.span)) || measured.contains(&expr.span) {
            return;
        }
        // Each reference takes a step.
        let steps = std::iter::successors(Some(expr), |part| stepped_from(part)).skip(1);
        if steps.take(most as usize + 1).count() <= most as usize {
            return;
        }
        let path = path(expr, schema, scope);
        let Some((_, level)) = path.first().copied() else {
            return;
        };
        if level <= most {
            // Nor does any part of it.
            measured.extend(path.iter().map(|(part, _)| part.span));
            return;
        }
        inside = Some(expr.span);
        let mut deepest = expr;
        for (part, level_of_part) in path.into_iter().skip(1) {
            if !matches!(deepest.kind, ExprKind::Attr(..)) || level_of_part != level {
                break;
            }
            deepest = part;
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
    });
}

/// An expression, what it takes a step from, what that takes a step from, and so on, each with how many
/// entities must be loaded one after another to evaluate it: a step from an entity counts one, a step
/// within a record nothing.
fn path<'e>(expr: &'e Expr, schema: &Schema, scope: &TypeScope) -> Vec<(&'e Expr, u32)> {
    let mut parts: Vec<&Expr> =
        std::iter::successors(Some(expr), |part| stepped_from(part)).collect();
    parts.reverse();
    let mut level = 0;
    let mut path: Vec<(&Expr, u32)> = parts
        .into_iter()
        .map(|part| {
            let is_entity = |ty: &Type| matches!(ty, Type::Entity(_));
            let from_entity = stepped_from(part)
                .is_some_and(|base| schema.types(base, scope).iter().any(is_entity));
            level += u32::from(from_entity);
            (part, level)
        })
        .collect();
    path.reverse();
    path
}

fn stepped_from(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Attr(base, _) | ExprKind::Has(base, _) | ExprKind::Binary(BinaryOp::In, base, _) => {
            Some(base)
        }
        ExprKind::Method(base, name, _) if name.value == "getTag" || name.value == "hasTag" => {
            Some(base)
        }
        _ => None,
    }
}
