//! `principal.role == "admin"`: membership that no group shows.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, Var, attribute_path};
use crate::finding::{Finding, Severity};
use crate::analysis::names::words;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "role-as-string",
    severity: Severity::Medium,
    summary: "a role is compared as text",
    why: "whoever edits the attribute grants the role, a typing mistake changes access, and no review of groups shows it",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &[
        "NIST SP 800-53r5 AC-2",
        "NIST SP 800-53r5 AC-6",
        "ISO 27001:2022 A.5.18",
    ],
    page: include_str!("role_as_string.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    cx.policy.walk(|_, expr| {
        let Some(role) = role_test(expr) else {
            return;
        };
        out.push(Finding::new(
            &RULE,
            expr.span,
            format!("`{}` is a role held as text", cx.policy.at(role.span)),
            "make the role a group that principals are in, and test `principal in` that group",
        ));
    });
}

/// The attribute with the role, where an expression compares one with text.
fn role_test(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Binary(BinaryOp::Eq | BinaryOp::NotEq, left, right) => {
            [(left, right), (right, left)]
                .into_iter()
                .find(|(role, text)| is_role(role) && is_text(text))
                .map(|(role, _)| role.as_ref())
        }
        ExprKind::Like(role, _) => is_role(role).then_some(role),
        ExprKind::Method(receiver, name, args) => {
            let [arg] = args.as_slice() else {
                return None;
            };
            match name.value.as_str() {
                "contains" | "containsAny" | "containsAll" => {
                    [(receiver.as_ref(), arg), (arg, receiver.as_ref())]
                        .into_iter()
                        .find(|(role, text)| is_role(role) && is_text(text))
                        .map(|(role, _)| role)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_text(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::String(_)) => true,
        ExprKind::Set(items) => !items.is_empty() && items.iter().all(is_text),
        _ => false,
    }
}

/// Whether it is an attribute or a tag of the principal that is named like a role.
fn is_role(expr: &Expr) -> bool {
    let of_principal = |base: &Expr| matches!(attribute_path(base), Some((Var::Principal, _)));
    match &expr.kind {
        ExprKind::Attr(base, name) => of_principal(base) && is_role_name(&name.value),
        ExprKind::Method(base, method, args) if method.value == "getTag" => {
            of_principal(base)
                && args.iter().any(|arg| {
                    matches!(&arg.kind, ExprKind::Literal(Literal::String(name)) if is_role_name(name))
                })
        }
        _ => false,
    }
}

fn is_role_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["group" | "groups"] | ["user", "group" | "groups"]
    ) || words.iter().any(|word| {
        matches!(
            *word,
            "role"
                | "roles"
                | "grade"
                | "rank"
                | "seniority"
                | "permission"
                | "permissions"
                | "privilege"
                | "privileges"
                | "entitlement"
                | "entitlements"
        )
    })
}
