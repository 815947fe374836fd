//! `has` of what the schema requires.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::remove_true;
use crate::facts::{Expr, ExprKind};
use crate::finding::{Finding, Fix, Severity};
use crate::schema::{Attribute, Schema, Type, TypeScope};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "redundant-has",
    severity: Severity::Low,
    summary: "`has` asks for what the schema requires",
    why: "a test that is always true hides the ones that matter",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("redundant_has.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    cx.policy.walk(|_, expr| {
        let ExprKind::Has(base, path) = &expr.kind else {
            return;
        };
        if !is_of_request(base, schema, scope)
            || !always_there(base, &path.value, schema, scope)
        {
            return;
        }
        out.push(
            Finding::new(
                &RULE,
                expr.span,
                format!("the schema requires it, so `{}` is always true", cx.policy.at(expr.span)),
                "remove the test",
            )
            .fix(Fix::safe(
                "remove the test",
                vec![remove_true(cx.policy, expr)],
            )),
        );
    });
}

/// Whether the test stays within the request's own entities and context. Beyond them `has` is false also
/// where an entity is absent, and then it is no noise.
fn is_of_request(base: &Expr, schema: &Schema, scope: &TypeScope) -> bool {
    match &base.kind {
        ExprKind::Var(_) => true,
        ExprKind::Attr(inner, _) => {
            is_of_request(inner, schema, scope)
                && schema
                    .types(base, scope)
                    .iter()
                    .all(|ty| matches!(ty, Type::Record(_)))
        }
        _ => false,
    }
}

fn always_there(base: &Expr, path: &[String], schema: &Schema, scope: &TypeScope) -> bool {
    let mut fields = schema.fields(base, scope);
    path.iter().all(|name| {
        let attributes: Vec<&Attribute> =
            fields.iter().filter_map(|fields| fields.get(name)).collect();
        let complete = !fields.is_empty() && attributes.len() == fields.len();
        fields = attributes
            .iter()
            .filter_map(|attribute| match &attribute.ty {
                Type::Record(fields) => Some(fields),
                _ => None,
            })
            .collect();
        complete && attributes.iter().all(|attribute| attribute.required)
    })
}
