//! A policy that determines no case's decision.

use super::{Check, Run, TestsContext};
use crate::config::yaml::{Value, read};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "untested-policy",
    severity: Severity::High,
    summary: "no policy test has the policy determine its decision",
    why: "whatever happens to the policy, no test will notice",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 SA-11", "NIST SP 800-53r5 CM-3(2)"],
    page: include_str!("untested_policy.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Tests(run),
};

fn run(cx: &TestsContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (number, member, of_policy) in cx.taking_part() {
        if !of_policy.decided.is_empty() {
            continue;
        }
        let effect = &member.policy.effect;
        let message = if of_policy.reached == 0 {
            format!("no test that passes matches the scope of this `{}`", effect.value.as_str())
        } else {
            format!(
                "no test that passes has its decision determined by this `{}`",
                effect.value.as_str()
            )
        };
        let decision = if member.policy.is_permit() { "allows" } else { "denies" };
        let help = format!("add a case that the policy {decision}, and name it under `determining`");
        out.push((number as usize, Finding::new(&RULE, effect.span, message, help)));
    }
}

/// The finding for a bundle whose policies nothing tests, at the profile in `portcullis.yaml`, whose text is
/// `text`: once, and not for each policy.
pub(crate) fn nothing_is_tested(text: &str, suites: usize) -> Finding {
    let (root, _) = read(text);
    let profile = root.and_then(|root| match root.value {
        Value::Mapping(entries) => entries
            .into_iter()
            .find(|entry| entry.key == "profile")
            .map(|entry| entry.value.span),
        _ => None,
    });
    let (message, help) = if suites == 0 {
        (
            "the bundle has no policy tests",
            "write cases in a file that ends in `.test.yaml`; `portcullis test --suggest` proposes some",
        )
    } else {
        (
            "no policy test of the bundle passes",
            "see what `portcullis test` says of its cases",
        )
    };
    Finding::new(&RULE, profile.unwrap_or(Span::at(0)), message, help)
}
