//! A permit that lets its principals change who may do what.

use super::{Check, PolicyContext, Run};
use crate::finding::{Finding, Severity};
use crate::analysis::grants::{granted_actions, permits_everything};
use crate::rules::{Profile, Rule};
use crate::schema::Access;

static RULE: Rule = Rule {
    code: "privilege-management-grant",
    severity: Severity::High,
    summary: "a permit grants an action that manages permissions",
    why: "whoever has this access can give access to others, and no review of this policy shows to whom",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &[
        "NIST CSF 2.0 PR.AA-05",
        "NIST SP 800-53r5 AC-6",
        "ISO 27001:2022 A.8.2",
    ],
    page: include_str!("privilege_management_grant.md"),
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
    if !p.is_permit() || permits_everything(p, Some(schema)) {
        return;
    }
    let managing = granted_actions(p, schema, scope, |action| {
        schema.access(action) == Some(Access::PrivilegeManagement)
    });
    let Some(action) = managing.first() else {
        return;
    };
    let others = match managing.len() {
        1 => String::new(),
        n => format!(" and {} more of its kind", n - 1),
    };
    out.push(Finding::new(
        &RULE,
        p.action.span,
        format!("this permit grants `{action}`{others}, which manages permissions"),
        "leave it to the identity system, or bound it by guardrails and record with a suppression why it is meant",
    ));
}
