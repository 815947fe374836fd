//! `a && b || c`, which readers take for two different things.

use super::{Check, PolicyContext, Run};
use crate::facts::{Expr, ExprKind};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "precedence-mix",
    severity: Severity::Low,
    summary: "`&&` and `||` stand side by side without parentheses",
    why: "`&&` binds first, so the `||` opens a way around every test before it, which a reader easily misses",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("precedence_mix.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    cx.policy.walk(|_, expr| {
        let ExprKind::Or(items) = &expr.kind else {
            return;
        };
        let bare: Vec<&Expr> = items.iter().filter(|item| is_bare_and(item)).collect();
        let is_first = |item: &Expr| items.first().is_some_and(|first| first.span == item.span);
        let misread = |item: &&&Expr| is_first(item) || !is_guarded_test(item);
        let Some(first) = bare.iter().find(misread) else {
            return;
        };
        let text = cx.policy.at(first.span);
        let shown = match text.contains('\n') {
            true => "this part".to_owned(),
            false => format!("`{text}`"),
        };
        let edits = bare
            .iter()
            .flat_map(|item| {
                [
                    TextEdit::insert(item.span.start, "("),
                    TextEdit::insert(item.span.end, ")"),
                ]
            })
            .collect();
        out.push(
            Finding::new(
                &RULE,
                first.span,
                format!(
                    "{shown} is one way of several that `||` joins, and no parentheses show it"
                ),
                "put parentheses around the part that belongs together",
            )
            .fix(Fix::safe(
                "put each `&&` in parentheses, as Cedar reads it",
                edits,
            )),
        );
    });
}

fn is_bare_and(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::And(_)) && expr.span == expr.outer
}

/// `x has a && x.a > 3`, `x is T && x in y`: behind an `||` these can only be read together.
fn is_guarded_test(expr: &Expr) -> bool {
    let ExprKind::And(items) = &expr.kind else {
        return false;
    };
    let Some((last, guards)) = items.split_last() else {
        return false;
    };
    guards.iter().all(|guard| match &guard.kind {
        ExprKind::Has(of, _) | ExprKind::Is(of, _, None) => last.any(&mut |expr| expr.same(of)),
        _ => false,
    })
}
