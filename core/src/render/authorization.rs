//! Answers at run time, as JSON and as text.

use crate::govern::authorization::{Authorization, Decision};
use crate::wire::authorization::AuthorizationReport;

/// The answer as JSON.
pub fn authorization_json(answer: &Authorization) -> String {
    serde_json::to_string(&AuthorizationReport::of(answer)).unwrap_or_default()
}

/// The answer as text.
pub fn authorization_text(answer: &Authorization) -> String {
    let word = match answer.decision {
        Decision::Allow => "allowed",
        Decision::ApprovalRequired => "approval required",
        Decision::Deny => "denied",
    };
    let mut out = format!("{word}: {}\n", answer.label);
    for hop in &answer.hops {
        let decided = match (hop.allowed, hop.determining.is_empty()) {
            (true, _) => "allowed by",
            (false, false) => "forbidden by",
            (false, true) => "allowed by no policy",
        };
        let names: Vec<String> = hop
            .determining
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let line = format!("  {}: {decided} {}", hop.principal, names.join(", "));
        out.push_str(line.trim_end());
        out.push('\n');
        for (policy, why) in &hop.errors {
            out.push_str(&format!("    `{policy}` failed: {why}\n"));
        }
    }
    for required in &answer.requires {
        let state = match &required.met_by {
            Some((person, _)) => format!("given by {person}"),
            None if required.eligible.is_empty() => "nobody can give it".to_owned(),
            None => format!("missing: could be of {}", required.eligible.join(", ")),
        };
        out.push_str(&format!(
            "  approval `{}` for {}: {state}\n",
            required.kind, required.principal
        ));
        for fact in &required.because {
            out.push_str(&format!("    {} ({})\n", fact.fact, fact.source));
        }
    }
    for (number, why) in &answer.discounted {
        out.push_str(&format!("  approval {number} does not count: {why}\n"));
    }
    for note in &answer.notes {
        out.push_str(&format!("  note: {note}\n"));
    }
    out.push_str(&format!("request {}\n", answer.request));
    out
}
