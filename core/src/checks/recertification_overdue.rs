//! `@recertify_by` in the past.

use super::{Check, PolicyContext, Run};
use crate::config::words::shown;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::time::Instant;

static RULE: Rule = Rule {
    code: "recertification-overdue",
    severity: Severity::Medium,
    summary: "the day in `@recertify_by` is over",
    why: "nobody has confirmed since that the access is still needed",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-2", "ISO 27001:2022 A.5.18", "PCI DSS 4.0.1 7.2.4"],
    page: include_str!("recertification_overdue.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Clock {
        relevant: |policy| policy.annotation("recertify_by").is_some(),
        run,
    },
};

fn run(cx: &PolicyContext<'_>, as_of: Instant, out: &mut Vec<Finding>) {
    let Some(annotation) = cx.policy.annotation("recertify_by") else {
        return;
    };
    let value = annotation.value.as_ref().map_or("", |v| v.value.as_str());
    let span = annotation.value.as_ref().map_or(annotation.span, |v| v.span);
    let finding = match Instant::parse_end(value.trim()) {
        None => Finding::new(
            &RULE,
            span,
            format!("{} is no date, so nobody will be asked to recertify", shown(value)),
            "write a date such as `2027-01-31`",
        ),
        Some(end) if end <= as_of => {
            let days = as_of.days_since(end) + 1;
            let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            Finding::new(
                &RULE,
                span,
                format!("recertification is overdue by {days}"),
                "let the owner confirm that the access is still needed and set the next date, or remove the policy",
            )
        }
        Some(_) => return,
    };
    out.push(finding);
}
