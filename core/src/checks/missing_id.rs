//! A policy without `@id`.

use super::{Check, PolicyContext, Run};
use crate::facts::{ActionConstraint, EntityConstraint, Policy};
use crate::finding::{Finding, Fix, Severity};
use crate::analysis::metadata;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "missing-id",
    severity: Severity::Medium,
    summary: "a policy has no `@id`",
    why: "its name is then its place in the file, so that decision logs, approvals and reviews point to another policy after the next edit",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AU-3", "NIST SP 800-53r5 CM-3"],
    page: include_str!("missing_id.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if p.id().is_some_and(|id| !id.trim().is_empty()) {
        return;
    }
    let span = p.annotation("id").map_or(p.effect.span, |a| a.span);
    let id = proposal(p);
    out.push(
        Finding::new(
            &RULE,
            span,
            format!("this {} has no id", p.effect.value.as_str()),
            "give it an id that stays the same when the policy moves: `@id(\"…\")`",
        )
        .fix(Fix::safe(
            format!("add `@id(\"{id}\")`"),
            vec![metadata::set(p, "id", &id)],
        )),
    );
}

/// An id from what the policy says. Its end is from the policy's digest, so that no two different policies
/// are offered the same.
fn proposal(p: &Policy) -> String {
    let mut words = vec![p.effect.value.as_str().to_owned()];
    words.extend(who(&p.principal.value));
    match &p.action.value {
        ActionConstraint::Any => {}
        action => words.extend(action.entities().first().map(|e| e.value.id.clone())),
    }
    words.extend(who(&p.resource.value));
    let mut id: String = words
        .join("-")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(60)
        .collect();
    while id.contains("--") {
        id = id.replace("--", "-");
    }
    let digest: String = p.canonical.iter().take(3).map(|b| format!("{b:02x}")).collect();
    format!("{}-{digest}", id.trim_end_matches('-'))
}

fn who(constraint: &EntityConstraint) -> Option<String> {
    let name = constraint
        .entity()
        .map(|e| e.value.ty.as_str())
        .or_else(|| constraint.is_type().map(|ty| ty.value.as_str()))?;
    Some(name.rsplit("::").next().unwrap_or(name).to_owned())
}
