//! Expiries beyond the longest time that is allowed.

use super::{Check, PolicyContext, Run};
use crate::analysis::expiry;
use crate::facts::Policy;
use crate::finding::{Finding, Severity};
use crate::time::Instant;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "expiry-too-long",
    severity: Severity::Medium,
    summary: "an expiry is further away than the configuration allows",
    why: "an exception that lasts for years is no exception, and nobody looks at it again",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2"],
    page: include_str!("expiry_too_long.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Clock { relevant, run },
};

fn relevant(policy: &Policy) -> bool {
    policy.annotation("expires").is_some()
}

fn run(cx: &PolicyContext<'_>, as_of: Instant, out: &mut Vec<Finding>) {
    let Some(expiry) = expiry::annotated(cx.policy) else {
        return;
    };
    let most = i64::from(cx.config.options.max_expiry_days);
    let Some(latest) = as_of.plus_days(most) else {
        return;
    };
    if expiry.from > latest {
        out.push(Finding::new(
            &RULE,
            expiry.span,
            format!(
                "`{}` is {} days away, and {most} are allowed",
                expiry.text,
                expiry.from.days_since(as_of)
            ),
            format!(
                "set a date up to {} and renew it when it comes",
                latest.date()
            ),
        ));
    }
}
