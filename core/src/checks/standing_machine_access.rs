//! Grants to services and agents that never end.

use super::{Check, PolicyContext, Run};
use crate::analysis::expiry;
use crate::finding::{Finding, Severity};
use crate::schema::PrincipalKind;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "standing-machine-access",
    severity: Severity::Medium,
    summary: "a service or agent has access without an end",
    why: "nobody notices when a machine no longer needs what it may do",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI7", "NHI1", "NIST SP 800-53r5 AC-2"],
    page: include_str!("standing_machine_access.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    let machines = scope.principals.iter().all(|ty| {
        schema
            .principal_kind(ty)
            .is_some_and(PrincipalKind::is_machine)
    });
    if !policy.is_permit()
        || scope.principals.is_empty()
        || !machines
        || policy.annotation("expires").is_some()
        || expiry::is_time_bound(policy)
    {
        return;
    }
    let types: Vec<&str> = scope.principals.iter().map(String::as_str).collect();
    out.push(Finding::new(
        &RULE,
        policy.principal.span,
        format!("this grant to `{}` never ends", types.join("`, `")),
        "add `@expires` and a condition that enforces it, and renew the grant while it is needed",
    ));
}
