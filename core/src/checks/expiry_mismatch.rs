//! `@expires` and the condition that enforces it name different times.

use super::{Check, PolicyContext, Run};
use crate::analysis::expiry;
use crate::finding::{Finding, Fix, Place, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "expiry-mismatch",
    severity: Severity::High,
    summary: "`@expires` and the condition name different times",
    why: "what people approved is not what Cedar enforces",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2"],
    page: include_str!("expiry_mismatch.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let (Some(expiry), Some(until)) = (expiry::annotated(policy), expiry::enforced(policy)) else {
        return;
    };
    if until.agrees(&expiry) {
        return;
    }
    let later = until.millis > i128::from(expiry.end.as_millis());
    let found = Finding::new(
        &RULE,
        expiry.value,
        format!(
            "`@expires` says `{}`, but the policy applies until `{}`",
            expiry.text,
            policy.at(until.value)
        ),
        "let both name the time that was approved",
    )
    .label(Place::Here(until.comparison), "enforced here");
    let fix = if later {
        // Shortening access to what was announced is meant; lengthening it never is.
        (until.is_datetime && is_cedar_datetime(expiry.text) && expiry::ends(policy).len() == 1)
            .then(|| {
                Fix::suggestion(
                    "let the condition end when `@expires` says",
                    vec![TextEdit::replace(
                        until.value,
                        format!("datetime(\"{}\")", expiry.text),
                    )],
                )
            })
    } else {
        until.instant().map(|instant| {
            Fix::safe(
                "let `@expires` say what the condition enforces",
                vec![TextEdit::replace(
                    expiry.value,
                    format!("\"{}\"", expiry::annotation_text(instant)),
                )],
            )
        })
    };
    out.push(match fix {
        Some(fix) => found.fix(fix),
        None => found,
    });
}

fn is_cedar_datetime(text: &str) -> bool {
    text.len() == 10 || (text.len() == 20 && text.ends_with('Z'))
}
