//! Conditions that ended in the past.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::{remove_policy, remove_true};
use crate::analysis::expiry::{self, Until};
use crate::facts::Policy;
use crate::finding::{Finding, Fix, Severity};
use crate::time::Instant;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "past-date",
    severity: Severity::Medium,
    summary: "a condition holds only before a time that is past",
    why: "from then on a permit grants nothing and a forbid denies nothing any more",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2"],
    page: include_str!("past_date.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Clock { relevant, run },
};

fn relevant(policy: &Policy) -> bool {
    !policy.clauses.is_empty() && policy.text.contains("datetime(")
}

fn run(cx: &PolicyContext<'_>, as_of: Instant, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    if expiry::annotated(policy).is_some_and(|expiry| expiry.end <= as_of) {
        // `expired` says so.
        return;
    }
    let past = |until: &Until| until.instant().is_some_and(|instant| instant <= as_of);
    let over = expiry::enforced(policy).filter(past);
    for until in expiry::ends(policy) {
        if !until.of_clock || !until.is_datetime || !past(&until) {
            continue;
        }
        let at = policy.at(until.comparison);
        let found = Finding::new(
            &RULE,
            until.comparison,
            if over.is_some() && policy.is_permit() {
                format!("`{at}` is past, so this permit grants nothing any more")
            } else if over.is_some() {
                format!("`{at}` is past, so this forbid denies nothing any more")
            } else {
                format!("`{at}` is past, so this alternative never holds any more")
            },
            "remove what has ended, or set the date that is meant now",
        );
        out.push(if over == Some(until) && !policy.is_template() {
            found.fix(Fix::safe(
                "remove the policy, which never applies any more",
                vec![remove_policy(policy)],
            ))
        } else {
            found
        });
    }
    if expiry::enforced(policy).is_none() {
        begun(cx, as_of, out);
    }
}

/// A start that has come and no end beside it: the comparison is true from now on.
fn begun(cx: &PolicyContext<'_>, as_of: Instant, out: &mut Vec<Finding>) {
    for (start, comparison) in expiry::starts(cx.policy) {
        if start.instant().is_none_or(|instant| instant >= as_of) {
            continue;
        }
        let found = Finding::new(
            &RULE,
            start.comparison,
            format!(
                "`{}` is true from now on, because the time is past",
                cx.policy.at(start.comparison)
            ),
            "remove the comparison, or set the date that is meant now",
        );
        let found = found
            .severity(Severity::Low)
            .why("a condition that always holds looks like a restriction and is none");
        out.push(found.fix(Fix::safe(
            "remove the comparison",
            vec![remove_true(cx.policy, comparison)],
        )));
    }
}
