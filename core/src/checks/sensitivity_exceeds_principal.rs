//! An agent or a third party gets at restricted data.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Place, Severity};
use crate::analysis::grants::{granted, permits_everything};
use crate::rules::{Profile, Rule};
use crate::schema::{Access, PrincipalKind, Sensitivity};

static RULE: Rule = Rule {
    code: "sensitivity-exceeds-principal",
    severity: Severity::High,
    summary: "a permit opens restricted data to an agent or a third party",
    why: "an agent repeats what it reads to whoever talks it into that, and outsiders answer to nobody here",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI3", "NHI5", "ASI03", "NIST SP 800-53r5 AC-6"],
    page: include_str!("sensitivity_exceeds_principal.md"),
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
    let kind = |ty: &str| {
        schema
            .principal_kind(ty)
            .filter(|kind| matches!(kind, PrincipalKind::Agent | PrincipalKind::ThirdParty))
    };
    let is_restricted = |ty: &str| schema.sensitivity(ty) == Some(Sensitivity::Restricted);
    if !p.is_permit()
        || !scope.principals.iter().any(|ty| kind(ty).is_some())
        || !scope.resources.iter().any(|ty| is_restricted(ty))
        || permits_everything(p, Some(schema))
    {
        return;
    }
    let exceeding: Vec<_> = granted(p, schema, scope, |action| {
        schema.access(action) != Some(Access::List)
    })
    .into_iter()
    .filter(|request| kind(request.principal).is_some() && is_restricted(request.resource))
    .collect();
    let Some(first) = exceeding.first() else {
        return;
    };
    let who = match kind(first.principal) {
        Some(PrincipalKind::Agent) => "an agent",
        _ => "a third party",
    };
    out.push(
        Finding::new(
            &RULE,
            p.principal.span,
            format!(
                "`{}` is {who} and gets `{}` on `{}`, which is restricted",
                first.principal, first.action, first.resource
            ),
            "leave restricted data to people, or give the machine a view without what is restricted",
        )
        .label(Place::Here(p.resource.span), "restricted data")
        .in_environments(exceeding.iter().map(|request| {
            format!("{}, {}, {}", request.principal, request.action, request.resource).into()
        })),
    );
}
