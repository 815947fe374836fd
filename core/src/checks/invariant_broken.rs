//! Policies that do not keep within a guardrail.

use super::{Check, Run};
use crate::change::{Example, Verdict, compact};
use crate::facts::{Effect, Policy};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "invariant-broken",
    severity: Severity::Error,
    summary: "a guardrail in invariants/ can be violated",
    why: "a guardrail states what holds whatever policies are added, so one that does not hold is a mistake in the policies or in it",
    profile: Profile::Basic,
    suppressible: None,
    refs: &[
        "NIST CSF 2.0 PR.AA-05",
        "NIST SP 800-53r5 AC-3",
        "NIST SP 800-53r5 AC-6",
    ],
    page: include_str!("invariant_broken.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Guardrail(run),
};

/// What a check sees of one guardrail.
#[derive(Debug)]
pub struct GuardrailContext<'a> {
    /// The guardrail.
    pub policy: &'a Policy,
    /// Whether the bundle's policies keep within it.
    pub verdict: &'a Verdict,
}

fn run(cx: &GuardrailContext<'_>, out: &mut Vec<Finding>) {
    let forbids = cx.policy.effect.value == Effect::Forbid;
    match cx.verdict {
        Verdict::Holds => {}
        // What is wrong with the bundle is reported where it is.
        Verdict::Unknown(undecided) if undecided.mistake => {}
        Verdict::Unknown(undecided) => out.push(
            Finding::new(
                &RULE,
                cx.policy.span,
                format!(
                    "whether this guardrail holds is undecided: {}",
                    undecided.why
                ),
                "make it or the policies that it is about simpler, so that it can be proved",
            )
            .severity(Severity::High),
        ),
        Verdict::Idle(why) => {
            let (message, severity) = match forbids {
                true => ("this guardrail guards nothing", Severity::High),
                false => ("nothing is left that this guardrail keeps allowed", Severity::Error),
            };
            out.push(
                Finding::new(
                    &RULE,
                    cx.policy.span,
                    format!("{message}: {why}"),
                    "write the types and actions that the schema has now, or remove the guardrail",
                )
                .why("a guardrail about no request holds whatever the policies say, so it protects nobody")
                .severity(severity),
            );
        }
        Verdict::Broken(all) => {
            let Some((_, first)) = all.first() else {
                return;
            };
            let what = match forbids {
                true => "what this guardrail forbids is allowed",
                false => "what this guardrail permits is denied",
            };
            let help = match forbids {
                true => "narrow what allows it, or the guardrail",
                false => "permit it, narrow what forbids it, or narrow the guardrail",
            };
            let environments = all
                .iter()
                .map(|(environment, _)| std::sync::Arc::clone(&environment.label));
            out.push(
                Finding::new(
                    &RULE,
                    cx.policy.span,
                    format!("{what}{}", by(first)),
                    format!("{help}: {}", shown(first)),
                )
                .in_environments(environments),
            );
        }
    }
}

/// By which policies.
fn by(example: &Example) -> String {
    let names: Vec<String> = example
        .because
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    match names.split_last() {
        None => ": nothing permits it".to_owned(),
        Some((last, [])) => format!(" by {last}"),
        Some((last, rest)) => format!(" by {} and {last}", rest.join(", ")),
    }
}

/// The request, and the entities that have something.
fn shown(example: &Example) -> String {
    let mut out = format!("`{}`", compact::request(&example.witness));
    let entities = compact::entities(&example.witness);
    if !entities.is_empty() {
        let entities: Vec<String> = entities
            .iter()
            .map(|entity| format!("`{entity}`"))
            .collect();
        out.push_str(&format!(", where {}", entities.join(", ")));
    }
    out
}
