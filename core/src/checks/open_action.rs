//! `permit (…, action, …)`: whatever the service can do, now and later.

use super::{Check, PolicyContext, Run};
use crate::analysis::conditions::{always, entities, mentions};
use crate::analysis::grants::permits_everything;
use crate::analysis::metadata::words_of;
use crate::facts::{ActionConstraint, BinaryOp, EntityConstraint, Expr, ExprKind, Policy, Var};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "open-action",
    severity: Severity::High,
    summary: "a permit does not say which actions it grants",
    why: "every action that is added to the schema later is granted too, on the day it appears",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("open_action.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if !p.is_permit()
        || p.action.value != ActionConstraint::Any
        || permits_everything(p, cx.schema.map(|(schema, _)| schema))
        || always(p, names_actions)
    {
        return;
    }
    let mut finding = Finding::new(
        &RULE,
        p.action.span,
        "`action` is open, so this permit grants every action",
        "list the actions that it is meant for",
    );
    let excludes = p.clauses.iter().any(|of| mentions(&of.body, Var::Action));
    if !excludes && is_for_someone(p) && says_so(p) {
        finding = finding.severity(Severity::Low);
    }
    if let Some((_, scope)) = cx.schema {
        let listed: Vec<String> = scope.actions.iter().map(ToString::to_string).collect();
        let constraint = match listed.as_slice() {
            // No request matches the scope, so nothing is granted.
            [] => return,
            [one] => format!("action == {one}"),
            many => format!("action in [{}]", many.join(", ")),
        };
        finding = finding.fix(Fix::safe(
            "list the actions that the schema has today",
            vec![TextEdit::replace(p.action.span, constraint)],
        ));
    }
    out.push(finding);
}

/// Whether the policy is for someone: it names whom, or what the principal has to be to the resource.
fn is_for_someone(policy: &Policy) -> bool {
    !matches!(
        policy.principal.value,
        EntityConstraint::Any | EntityConstraint::Is(_)
    ) || always(policy, |test, _| mentions(test, Var::Principal))
}

/// Whether the name or an annotation says that it grants whatever there is.
fn says_so(policy: &Policy) -> bool {
    const ALL: &[&str] = &[
        "admin", "administer", "administrator", "administrators", "admins", "all", "any", "anything", "every",
        "everything", "full", "root", "superuser", "superusers",
    ];
    let said = words_of(policy);
    ALL.iter().any(|word| said.contains(*word))
}

/// Whether a test names the actions that pass it.
fn names_actions(expr: &Expr, outcome: bool) -> bool {
    let is_action = |expr: &Expr| matches!(expr.kind, ExprKind::Var(Var::Action));
    match &expr.kind {
        ExprKind::Binary(BinaryOp::Eq, left, right) => {
            outcome && (is_action(left) || is_action(right))
        }
        ExprKind::Binary(BinaryOp::NotEq, left, right) => {
            !outcome && (is_action(left) || is_action(right))
        }
        ExprKind::Binary(BinaryOp::In, left, _) => outcome && is_action(left),
        ExprKind::Method(set, name, args) => {
            outcome
                && name.value == "contains"
                && args.iter().any(is_action)
                && entities(set).is_some()
        }
        _ => false,
    }
}
