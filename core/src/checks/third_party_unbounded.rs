//! A third party without somebody who answers for it, or without an end.

use super::{Check, PolicyContext, Run};
use crate::facts::{Expr, ExprKind, Policy};
use crate::finding::{Finding, Severity};
use crate::analysis::metadata;
use crate::analysis::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::PrincipalKind;

static RULE: Rule = Rule {
    code: "third-party-unbounded",
    severity: Severity::High,
    summary: "a third party gets access without an owner or without an end",
    why: "nobody inside answers for it, and it lasts longer than the contract",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI3", "NIST SP 800-53r5 PS-7", "NIST SP 800-53r5 SA-9"],
    page: include_str!("third_party_unbounded.md"),
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
    let Some(party) = reach.principal_of(|kind| kind == PrincipalKind::ThirdParty) else {
        return;
    };
    if reach.is_public_reading() {
        return;
    }
    let missing = match (metadata::said(p, "owner").is_some(), ends(p)) {
        (true, true) => return,
        (false, true) => "no owner",
        (true, false) => "no end",
        (false, false) => "neither an owner nor an end",
    };
    out.push(Finding::new(
        &RULE,
        p.principal.span,
        format!("this permit lets in third parties (`{party}`) and has {missing}"),
        "name who answers for it in `@owner`, and its last day in `@expires` and in a condition",
    ));
}

/// By `@expires`, or by a comparison with a point in time.
fn ends(p: &Policy) -> bool {
    let compares_time = |expr: &Expr| match &expr.kind {
        ExprKind::Binary(op, a, b) => {
            op.is_order()
                && [a, b].into_iter().any(|side| {
                    side.any(&mut |e: &Expr| matches!(&e.kind, ExprKind::Call(name, _) if name.value == "datetime"))
                })
        }
        _ => false,
    };
    metadata::said(p, "expires").is_some()
        || p.clauses.iter().any(|clause| clause.body.any(&mut |expr| compares_time(expr)))
}
