//! Exceptions that never end.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::add_annotation;
use crate::analysis::expiry;
use crate::finding::{Finding, Fix, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "exception-without-expiry",
    severity: Severity::High,
    summary: "an exception has no expiry",
    why: "an exception that never ends becomes the rule without anybody having decided so",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2"],
    page: include_str!("exception_without_expiry.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some(exception) = policy.annotation("exception") else {
        return;
    };
    if policy.annotation_value("exception") == Some("false")
        || policy.annotation("expires").is_some()
    {
        return;
    }
    let found = Finding::new(
        &RULE,
        exception.span,
        "this exception has no `@expires`",
        "add `@expires` with the day on which it ends, and a condition that ends it",
    );
    let end = expiry::enforced(policy)
        .and_then(|until| until.instant())
        .map(expiry::annotation_text);
    out.push(match end {
        Some(end) => found.fix(Fix::suggestion(
            "add the end that the condition enforces",
            vec![add_annotation(policy, &format!("@expires(\"{end}\")"))],
        )),
        None => found,
    });
}
