//! Break-glass grants without an attested emergency, an alert or a review.

use super::{Check, PolicyContext, Run};
use crate::facts::{
    BinaryOp, ClauseKind, ExprKind, Policy, UnaryOp, Var, attribute_path, conjuncts, disjuncts,
};
use crate::finding::{Finding, Severity};
use crate::analysis::names::has_word;
use crate::schema::Trust;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "breakglass-ungated",
    severity: Severity::High,
    summary: "a break-glass grant lacks an attested emergency, an alert or a review afterwards",
    why: "a way around the rules that opens in silence is a back door",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-6", "NIST SP 800-53r5 AU-6", "NIST CSF 2.0 ID.RA-07"],
    page: include_str!("breakglass_ungated.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some(annotation) = policy.annotation("breakglass") else {
        return;
    };
    if !policy.is_permit() || policy.annotation_value("breakglass") == Some("false") {
        return;
    }
    let required = required_fields(policy);
    let tested = |list: &[&str]| required.iter().any(|name| has_word(name, list));
    let emergency: Vec<&str> = required
        .iter()
        .copied()
        .filter(|name| has_word(name, EMERGENCY) && !has_word(name, ALERT) && !has_word(name, REVIEW))
        .collect();
    let mut missing = Vec::new();
    if emergency.is_empty() {
        missing.push("a flag that says there is an emergency".to_owned());
    } else if let Some(field) = emergency.iter().find(|name| !may_be_attested(cx, name)) {
        missing.push(format!(
            "an attested flag (the schema does not mark `{field}` with `@trust(\"attested\")`)"
        ));
    }
    if !tested(ALERT) {
        missing.push("an alert that is out".to_owned());
    }
    if !tested(REVIEW) {
        missing.push("a review afterwards".to_owned());
    }
    if !missing.is_empty() {
        out.push(Finding::new(
            &RULE,
            annotation.span,
            format!("this break-glass grant does not ask for {}", missing.join("; nor for ")),
            "ask in `when` for an attested emergency, for the alert and for the review, each a field of the context",
        ));
    }
}

const EMERGENCY: &[&str] = &[
    "break", "glass", "breakglass", "emergency", "incident", "urgent", "crisis",
];
const ALERT: &[&str] = &[
    "alert", "alerted", "alerts", "notified", "notify", "notification", "paged",
];
const REVIEW: &[&str] = &["review", "reviewed", "audit", "postmortem", "followup"];

/// Names of the context's fields that every alternative of the conditions asks for.
fn required_fields(policy: &Policy) -> Vec<&str> {
    policy
        .clauses
        .iter()
        .flat_map(|clause| match clause.kind {
            ClauseKind::When => conjuncts(&clause.body),
            ClauseKind::Unless => disjuncts(&clause.body)
                .into_iter()
                .filter_map(|expr| match &expr.kind {
                    ExprKind::Unary(UnaryOp::Not, inner) => Some(conjuncts(inner)),
                    _ => None,
                })
                .flatten()
                .collect(),
        })
        .filter_map(|expr| {
            let subject = match &expr.kind {
                ExprKind::Binary(BinaryOp::Eq, left, right) => match left.kind {
                    ExprKind::Literal(_) => right,
                    _ => left,
                },
                _ => expr,
            };
            let (Var::Context, path) = attribute_path(subject)? else {
                return None;
            };
            path.last().copied()
        })
        .collect()
}

/// Whether the schema leaves open or says that a field is attested.
fn may_be_attested(cx: &PolicyContext<'_>, field: &str) -> bool {
    cx.schema.is_none_or(|(schema, scope)| {
        scope
            .actions
            .iter()
            .filter_map(|action| schema.context_trust(action, field))
            .all(|trust| trust == Trust::Attested)
    })
}
