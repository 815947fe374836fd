//! `[User::"a", User::"b", …].contains(principal)`: a group kept in the text of a policy.

use super::{Check, PolicyContext, Run};
use crate::analysis::conditions::entities;
use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal, attribute_path};
use crate::finding::{Finding, Severity};
use crate::analysis::names::words;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "id-list-in-condition",
    severity: Severity::Low,
    summary: "a condition holds a list of ids",
    why: "who leaves keeps the access until somebody edits the policy, and no list of members shows it",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-2", "ISO 27001:2022 A.5.18"],
    page: include_str!("id_list_in_condition.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let most = usize::try_from(cx.config.options.max_inline_ids).unwrap_or(usize::MAX);
    cx.policy.walk(|_, expr| {
        let count = match &expr.kind {
            ExprKind::Set(items) if items.len() > most => entities(expr)
                .filter(|ids| ids.iter().all(|id| is_id(cx, id)))
                .map(|ids| ids.len()),
            ExprKind::Method(set, name, args) if name.value == "contains" => {
                texts(set).filter(|count| *count > most && args.iter().any(is_id_attribute))
            }
            ExprKind::Or(items) if items.len() > most => {
                same_subject(cx, items).then_some(items.len())
            }
            _ => None,
        };
        if let Some(count) = count {
            out.push(Finding::new(
                &RULE,
                expr.span,
                format!("this condition lists {count} ids"),
                "put them into a group and test `in`, or make a template and link it once for each",
            ));
        }
    });
}

/// Actions and the values of an enumeration are no ids that come and go.
fn is_id(cx: &PolicyContext<'_>, entity: &Entity) -> bool {
    let is_action = entity.ty == "Action" || entity.ty.ends_with("::Action");
    let is_enumerated = cx.schema.is_some_and(|(schema, _)| {
        schema
            .entity_types
            .get(&entity.ty)
            .is_some_and(|ty| ty.enumeration.is_some())
    });
    !is_action && !is_enumerated
}

/// How many texts a set holds, where it holds nothing else.
fn texts(set: &Expr) -> Option<usize> {
    let ExprKind::Set(items) = &set.kind else {
        return None;
    };
    items
        .iter()
        .all(|item| matches!(item.kind, ExprKind::Literal(Literal::String(_))))
        .then_some(items.len())
}

/// Whether it is an attribute whose name says that it holds an id.
fn is_id_attribute(expr: &Expr) -> bool {
    attribute_path(expr).is_some_and(|(_, path)| {
        path.last().is_some_and(|name| {
            words(name).last().is_some_and(|word| {
                matches!(
                    word.as_str(),
                    "id" | "uid" | "uuid" | "sub" | "username" | "login" | "email" | "mail"
                )
            })
        })
    })
}

/// Whether all operands compare the same expression with an id.
fn same_subject(cx: &PolicyContext<'_>, items: &[Expr]) -> bool {
    let subject = |item| -> Option<&Expr> {
        let expr: &Expr = item;
        let ExprKind::Binary(BinaryOp::Eq, left, right) = &expr.kind else {
            return None;
        };
        [(left, right), (right, left)]
            .into_iter()
            .find(|(subject, id)| match &id.kind {
                ExprKind::Entity(entity) => is_id(cx, entity),
                ExprKind::Literal(Literal::String(_)) => is_id_attribute(subject),
                _ => false,
            })
            .map(|(subject, _)| subject.as_ref())
    };
    let mut subjects = items.iter().map(subject);
    let Some(Some(first)) = subjects.next() else {
        return false;
    };
    subjects.all(|other| other.is_some_and(|other| other.same(first)))
}
