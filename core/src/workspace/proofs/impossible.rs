//! Why a policy is false for every request, in the words of the policy.

use super::Alone;
use super::alone::Never;
use crate::codes::cedar_validate::IMPOSSIBLE_POLICY;
use crate::facts::{ClauseKind, Policy};
use crate::finding::{Finding, Label, Place};
use crate::source::Span;

/// Names, in Cedar's warning that the types make a policy false, the parts that do it.
pub(crate) fn explain(policy: &Policy, alone: Option<&Alone>, findings: &mut [Finding]) {
    let Some(never) = alone.and_then(|alone| alone.by_types.as_ref()) else {
        return;
    };
    let Some(why) = why(policy, never) else {
        return;
    };
    for finding in findings {
        if finding.code == IMPOSSIBLE_POLICY.code {
            finding.message = format!("{}: {why}", finding.message);
            for part in never.scope.iter().chain(&never.conditions) {
                let label = match never.scope.len() + never.conditions.len() {
                    1 => "no request passes this",
                    _ => "part of what no request passes",
                };
                finding.labels.push(Label {
                    at: Place::Here(*part),
                    message: label.to_owned(),
                });
            }
        }
    }
}

fn why(policy: &Policy, never: &Never) -> Option<String> {
    let text = |span: &Span| format!("`{}`", policy.at(*span));
    let is_unless = |span: &Span| {
        let mut clauses = policy.clauses.iter();
        clauses.any(|of| of.kind == ClauseKind::Unless && of.span.contains(*span))
    };
    let (last, others) = never.conditions.split_last()?;
    let comes_to = match is_unless(last) {
        true => "is always true, and `unless` excludes it",
        false => "is never true",
    };
    let scope: Vec<String> = never.scope.iter().map(text).collect();
    let others: Vec<String> = others.iter().map(text).collect();
    let with = match (scope.is_empty(), others.is_empty()) {
        (true, true) => return Some(format!("{} {comes_to}", text(last))),
        (false, true) => format!("with {} in the scope", scope.join(" and ")),
        (true, false) => format!("beside {}", others.join(" and ")),
        (false, false) => {
            let (scope, others) = (scope.join(" and "), others.join(" and "));
            format!("with {scope} in the scope and beside {others}")
        }
    };
    Some(format!("{with}, {} {comes_to}", text(last)))
}
