//! `permit (principal, …)` where nothing says who.

use super::{Check, PolicyContext, Run};
use crate::analysis::conditions::{always, mentions};
use crate::analysis::grants::{granted_actions, permits_everything};
use crate::analysis::verbs::{least_access, only_adds};
use crate::facts::{BinaryOp, Entity, EntityConstraint, Expr, ExprKind, Policy, Var};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::Access;

static RULE: Rule = Rule {
    code: "unbound-principal",
    severity: Severity::Medium,
    summary: "a permit does not say who it is for",
    why: "any principal that the service ever knows gets this access, of types that are added later too",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("unbound_principal.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if !p.is_permit()
        || p.principal.value != EntityConstraint::Any
        || permits_everything(p, cx.schema.map(|(schema, _)| schema))
        || always(p, binds)
        || (publishes(p) && !changes_things(cx))
    {
        return;
    }
    out.push(Finding::new(
        &RULE,
        p.principal.span,
        "`principal` is open and no condition says who may do this",
        "name a type or a group in the scope, or tie the principal to the resource in a condition",
    ));
}

/// Whether it says what is open to everybody: one resource, or those of which a condition holds.
fn publishes(policy: &Policy) -> bool {
    matches!(policy.resource.value, EntityConstraint::Eq(_))
        || always(policy, |test, outcome| {
            binds(test, outcome)
                || (mentions(test, Var::Resource) && !mentions(test, Var::Principal))
        })
}

/// Whether a test with this outcome says who the principal is. That somebody is excepted, or that an
/// attribute is there, says nothing of all the others.
fn binds(test: &Expr, outcome: bool) -> bool {
    mentions(test, Var::Principal)
        && match &test.kind {
            ExprKind::Has(..) => false,
            ExprKind::Binary(BinaryOp::NotEq, ..) => !outcome,
            ExprKind::Binary(BinaryOp::Eq | BinaryOp::In, ..)
            | ExprKind::Is(..)
            | ExprKind::Like(..) => outcome,
            ExprKind::Method(_, name, _) => outcome || !is_membership(&name.value),
            // A truth value or an order says as much by its opposite.
            _ => true,
        }
}

fn is_membership(method: &str) -> bool {
    matches!(
        method,
        "contains" | "containsAll" | "containsAny" | "hasTag" | "isInRange"
    )
}

/// Whether an action of the policy changes things: as the schema classes it or, where it does not, by its name.
fn changes_things(cx: &PolicyContext<'_>) -> bool {
    // To make something new in the one place where it is made is what a service is there for.
    let in_one_place = matches!(cx.policy.resource.value, EntityConstraint::Eq(_));
    let by_name = |action: &Entity| {
        least_access(&action.id) >= Some(Access::Write) && !(in_one_place && only_adds(&action.id))
    };
    let Some((schema, scope)) = cx.schema else {
        let named = cx.policy.action.value.entities();
        return named.iter().any(|action| by_name(&action.value));
    };
    let changes = |action: &Entity| match schema.access(action) {
        Some(class) => class >= Access::Write,
        None => by_name(action),
    };
    !granted_actions(cx.policy, schema, scope, changes).is_empty()
}
