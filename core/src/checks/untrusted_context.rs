//! Access that rests on what the caller says of itself.

use super::{Check, PolicyContext, Run};
use crate::facts::{Effect, Expr, ExprKind, Polarity, Var, attribute_path};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Schema, Trust, TypeScope};

static RULE: Rule = Rule {
    code: "untrusted-context",
    severity: Severity::High,
    summary: "access rests on a context field that the caller supplies",
    why: "whoever asks can write into the request what the condition wants to read",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI4", "ASI03", "NIST SP 800-53r5 AC-3"],
    page: include_str!("untrusted_context.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    let mut seen: Vec<String> = Vec::new();
    for clause in &p.clauses {
        // A forbid's `when` denies more the more a caller admits, so nobody gains by lying there.
        if p.effect.value == Effect::Forbid && !Polarity::of(clause).grants(Effect::Forbid) {
            continue;
        }
        clause.body.walk(&mut |expr| {
            let Some(name) = context_field(expr) else {
                return;
            };
            if seen.contains(&name) || !is_callers(schema, scope, &name, expr) {
                return;
            }
            out.push(Finding::new(
                &RULE,
                expr.span,
                format!(
                    "this {} rests on `context.{name}`, which the caller supplies",
                    p.effect.value.as_str()
                ),
                "read a field that the gateway derives or a token attests, or let the gateway verify this one",
            ));
            seen.push(name);
        });
    }
}

/// The field below the context that an expression reads or asks for, as written behind `context`.
fn context_field(expr: &Expr) -> Option<String> {
    let (base, last) = match &expr.kind {
        ExprKind::Attr(base, name) => (base, name.value.as_str()),
        ExprKind::Has(base, path) => (base, path.value.first()?.as_str()),
        _ => return None,
    };
    let (var, mut path) = attribute_path(base)?;
    path.push(last);
    (var == Var::Context).then(|| path.join("."))
}

fn is_callers(schema: &Schema, scope: &TypeScope, name: &str, expr: &Expr) -> bool {
    let caller = |annotation: Option<&String>| {
        annotation.and_then(|value| Trust::parse(value)) == Some(Trust::Caller)
    };
    match &expr.kind {
        ExprKind::Attr(..) => schema
            .attributes(expr, scope)
            .into_iter()
            .any(|attribute| caller(attribute.annotations.get("trust"))),
        _ => scope
            .actions
            .iter()
            .any(|action| schema.context_trust(action, name) == Some(Trust::Caller)),
    }
}
