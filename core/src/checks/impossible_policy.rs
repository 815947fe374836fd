//! Policies whose conditions contradict their scope.

use super::{Check, PolicyContext, Run};
use crate::analysis::logic::never_holds;
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "impossible-policy",
    severity: Severity::Medium,
    summary: "a condition contradicts the scope",
    why: "a permit that can never apply hides that access is missing, a forbid that can never apply protects nothing",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("impossible_policy.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let Some(found) = cx.clash() else {
        out.extend(proved(cx));
        return;
    };
    // With a schema Cedar's own warning covers what the types decide.
    if (found.types && cx.schema.is_some()) || !(found.scope || found.types) {
        return;
    }
    let (at, with) = (cx.policy.at(found.at), cx.policy.at(found.with));
    out.push(
        Finding::new(
            &RULE,
            found.at,
            if found.scope {
                format!("with `{with}` in the scope, the policy can never pass `{at}`")
            } else {
                format!("no entity passes both `{with}` and `{at}`")
            },
            "correct the scope or the condition so that one request can satisfy both",
        )
        .label(Place::Here(found.with), "contradicts this"),
    );
}

/// What a proof found: the scope and these conditions exclude each other.
fn proved(cx: &PolicyContext<'_>) -> Option<Finding> {
    let never = cx.alone?.never.as_ref()?;
    let scope = never.scope.first()?;
    if cx.policy.clauses.iter().any(never_holds) {
        return None;
    }
    let (last, others) = never.conditions.split_last()?;
    let mut finding = Finding::new(
        &RULE,
        *last,
        format!(
            "with `{}` in the scope, the policy can never pass `{}`",
            cx.policy.at(*scope),
            cx.policy.at(*last)
        ),
        "correct the scope or the condition so that one request can satisfy both",
    );
    for other in never.scope.iter().chain(others) {
        finding = finding.label(Place::Here(*other), "contradicts this");
    }
    Some(finding)
}
