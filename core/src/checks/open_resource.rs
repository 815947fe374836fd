//! `permit (…, resource)` for an action that changes things: every resource of the service.

use super::{Check, PolicyContext, Run};
use crate::analysis::conditions::{always, mentions};
use crate::facts::{EntityConstraint, Var};
use crate::finding::{Finding, Fix, Place, Severity, TextEdit};
use crate::analysis::grants::{granted_actions, permits_everything};
use crate::rules::{Profile, Rule};
use crate::schema::Access;

static RULE: Rule = Rule {
    code: "open-resource",
    severity: Severity::High,
    summary: "a permit lets resources be changed without saying which",
    why: "every resource that the action applies to can be changed, and each type that is added later",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("open_resource.md"),
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
    if !p.is_permit()
        || p.resource.value != EntityConstraint::Any
        || permits_everything(p, Some(schema))
        || always(p, |test, _| mentions(test, Var::Resource))
    {
        return;
    }
    let changing = granted_actions(p, schema, scope, |action| {
        schema.access(action) >= Some(Access::Write)
    });
    let Some(action) = changing.first() else {
        return;
    };
    let mut finding = Finding::new(
        &RULE,
        p.resource.span,
        format!("`resource` is open, so this permit grants `{action}` on every resource"),
        "say which resources it is meant for: a type, a parent, or a condition on the resource",
    )
    .label(Place::Here(p.action.span), "this grants more than reading");
    if let [only] = scope.resources.iter().collect::<Vec<_>>().as_slice() {
        finding = finding.fix(Fix::suggestion(
            format!("keep to resources of type `{only}`"),
            vec![TextEdit::replace(
                p.resource.span,
                format!("resource is {only}"),
            )],
        ));
    }
    out.push(finding);
}
