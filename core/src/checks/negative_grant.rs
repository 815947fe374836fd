//! `permit (…, action, …) when { action != A }`: everything but.

use super::{Check, PolicyContext, Run};
use crate::analysis::conditions::{demands, entities};
use crate::facts::{ActionConstraint, BinaryOp, Expr, ExprKind, Var};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "negative-grant",
    severity: Severity::Medium,
    summary: "a permit grants all actions but some",
    why: "a list of what is excluded is complete only until the next action is invented",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-05", "NIST SP 800-53r5 AC-6"],
    page: include_str!("negative_grant.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    if !p.is_permit() || p.action.value != ActionConstraint::Any {
        return;
    }
    let of_action: Vec<(&Expr, bool)> = demands(p)
        .into_iter()
        .filter_map(|(test, outcome)| Some((test, admits_named(test)? == outcome)))
        .collect();
    if of_action.iter().any(|(_, names)| *names) {
        return;
    }
    if let Some((test, _)) = of_action.first() {
        out.push(Finding::new(
            &RULE,
            test.span,
            format!(
                "`{}` grants by exclusion: every other action is allowed",
                p.at(test.span)
            ),
            "list the actions that are allowed, and put what must never happen into a forbid",
        ));
    }
}

/// For a test that compares the action with named ones: whether being one of them makes it true.
fn admits_named(test: &Expr) -> Option<bool> {
    let is_action = |expr: &Expr| matches!(expr.kind, ExprKind::Var(Var::Action));
    let named = |expr: &Expr| entities(expr).is_some();
    match &test.kind {
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
            ((is_action(left) && named(right)) || (named(left) && is_action(right)))
                .then_some(*op == BinaryOp::Eq)
        }
        ExprKind::Binary(BinaryOp::In, left, right) => {
            (is_action(left) && named(right)).then_some(true)
        }
        ExprKind::Method(set, name, args) => {
            (name.value == "contains" && named(set) && args.iter().any(is_action)).then_some(true)
        }
        _ => None,
    }
}
