//! `User::"alice.smith@example.com"`: an id that can change hands.

use super::{Check, PolicyContext, Run};
use crate::facts::{Entity, ExprKind};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "mutable-id",
    severity: Severity::Low,
    summary: "an entity's id looks like a mail address or a person's name",
    why: "names and addresses change and are given to somebody else, who then gets the access",
    profile: Profile::Regulated,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-2", "NIST CSF 2.0 PR.AA-01"],
    page: include_str!("mutable_id.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let mut look = |entity: &Entity, span: Span| {
        let kind = match looks_like(&entity.id) {
            Some(kind) if is_principal(cx, entity) => kind,
            _ => return,
        };
        out.push(Finding::new(
            &RULE,
            span,
            format!("the id of `{entity}` looks like {kind}"),
            "use an id that the directory never changes nor gives away again, and keep the name as an attribute",
        ));
    };
    for constraint in [&p.principal.value, &p.resource.value] {
        if let Some(entity) = constraint.entity() {
            look(&entity.value, entity.span);
        }
    }
    p.walk(|_, expr| {
        if let ExprKind::Entity(entity) = &expr.kind {
            look(entity, expr.span);
        }
    });
}

/// Whether entities of the type can be principals; without a schema whether its name says so.
fn is_principal(cx: &PolicyContext<'_>, entity: &Entity) -> bool {
    match cx.schema {
        Some((schema, _)) => schema
            .actions
            .values()
            .any(|action| action.principals.contains(&entity.ty)),
        None => {
            let name = entity.ty.rsplit("::").next().unwrap_or_default();
            matches!(
                name,
                "User" | "Person" | "Employee" | "Customer" | "Principal"
            )
        }
    }
}

fn looks_like(id: &str) -> Option<&'static str> {
    if let Some((user, host)) = id.split_once('@') {
        let is_host = host.contains('.') && !host.contains(['@', ' ', '/']) && !host.ends_with('.');
        return (!user.is_empty() && is_host).then_some("a mail address");
    }
    let parts: Vec<&str> = id.split(' ').collect();
    let is_name = |part: &&str| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part.chars().count() > 1
            && part.chars().skip(1).all(|c| c.is_lowercase() || c == '-')
    };
    (parts.len() == 2 && parts.iter().all(is_name)).then_some("a person's name")
}
