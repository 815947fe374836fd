//! Policies past their `@expires`.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::remove_policy;
use crate::analysis::expiry;
use crate::facts::Policy;
use crate::finding::{Finding, Fix, Severity};
use crate::time::Instant;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "expired",
    severity: Severity::Medium,
    summary: "a policy is past its `@expires`",
    why: "access that should have ended stays in the set, where a later change can revive it",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2", "NHI1"],
    page: include_str!("expired.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Clock { relevant, run },
};

fn relevant(policy: &Policy) -> bool {
    policy.annotation("expires").is_some()
}

fn run(cx: &PolicyContext<'_>, as_of: Instant, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some(expiry) = expiry::annotated(policy).filter(|expiry| expiry.end <= as_of) else {
        return;
    };
    let ended = expiry::enforced(policy)
        .and_then(|until| until.instant())
        .is_some_and(|instant| instant <= as_of);
    let found = Finding::new(
        &RULE,
        expiry.span,
        if ended {
            format!("the policy expired on `{}`", expiry.text)
        } else {
            format!(
                "the policy expired on `{}`, but no condition ends it and it still applies",
                expiry.text
            )
        },
        "remove the policy, or let its owner renew it with a new date",
    );
    let edits = vec![remove_policy(policy)];
    // A template may be linked, and a forbid that still applies protects something.
    out.push(
        found.fix(if !policy.is_template() && (ended || policy.is_permit()) {
            Fix::safe("remove the expired policy", edits)
        } else {
            Fix::suggestion("remove the expired policy", edits)
        }),
    );
}
