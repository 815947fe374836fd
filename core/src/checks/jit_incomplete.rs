//! Just-in-time grants without an end, a purpose or what revokes them.

use super::{Check, PolicyContext, Run};
use crate::analysis::expiry;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "jit-incomplete",
    severity: Severity::High,
    summary: "a just-in-time grant lacks an end, a purpose or what revokes it",
    why: "access for a moment that nobody can tell the end or the reason of is standing access",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2", "NIST SP 800-53r5 AC-6"],
    page: include_str!("jit_incomplete.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some(jit) = policy.annotation("jit") else {
        return;
    };
    if !policy.is_permit() || policy.annotation_value("jit") == Some("false") {
        return;
    }
    let given = |key: &str| {
        policy
            .annotation_value(key)
            .is_some_and(|value| !value.trim().is_empty())
    };
    let mut missing = Vec::new();
    if !expiry::is_time_bound(policy) {
        missing.push("a condition that ends it");
    }
    if !given("purpose") {
        missing.push("`@purpose`");
    }
    if !given("revoke_on") {
        missing.push("`@revoke_on`");
    }
    if !missing.is_empty() {
        out.push(Finding::new(
            &RULE,
            jit.span,
            format!("this just-in-time grant lacks {}", wording(&missing)),
            "say what it is for and what revokes it, and compare the time of the request with its end",
        ));
    }
}

fn wording(missing: &[&str]) -> String {
    match missing {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => missing.join(""),
    }
}
