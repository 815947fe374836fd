//! `in` where nothing can be below the entity.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, EntityConstraint, ExprKind};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::schema::Type;
use crate::source::Span;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "in-leaf-entity",
    severity: Severity::Low,
    summary: "nothing can be in the entity that `in` names",
    why: "`in` suggests a group where there is one entity alone",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("in_leaf_entity.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    let is_leaf = |ty: &str| {
        schema.entity_types.contains_key(ty)
            && !schema
                .entity_types
                .values()
                .any(|other| other.ancestors.contains(ty))
    };
    let policy = cx.policy;
    for (var, constraint) in [("principal", &policy.principal), ("resource", &policy.resource)] {
        if let EntityConstraint::In(_) | EntityConstraint::IsIn(..) = constraint.value
            && let Some(entity) = constraint.value.entity()
            && constraint
                .value
                .is_type()
                .is_none_or(|ty| ty.value == entity.value.ty)
            && is_leaf(&entity.value.ty)
        {
            let text = policy.at(entity.span);
            out.push(found(text, constraint.span).fix(Fix::safe(
                "compare with `==`",
                vec![TextEdit::replace(
                    constraint.span,
                    format!("{var} == {text}"),
                )],
            )));
        }
    }
    policy.walk(|_, expr| {
        let ExprKind::Binary(BinaryOp::In, left, right) = &expr.kind else {
            return;
        };
        let ExprKind::Entity(entity) = &right.kind else {
            return;
        };
        let own = Type::Entity(entity.ty.clone());
        let types = schema.types(left, scope);
        // Where the types differ it is always false, as Cedar's own warning says.
        if !is_leaf(&entity.ty) || types.is_empty() || types.iter().any(|ty| *ty != own) {
            return;
        }
        out.push(found(policy.at(right.span), expr.span).fix(Fix::safe(
            "compare with `==`",
            vec![TextEdit::replace(
                Span::new(left.outer.end, right.outer.start),
                " == ",
            )],
        )));
    });
}

fn found(entity: &str, at: Span) -> Finding {
    Finding::new(
        &RULE,
        at,
        format!("by the schema nothing but itself is in `{entity}`"),
        "compare with `==`, or name the group that was meant",
    )
}
