//! A test that all permits for the same principals make, and one does not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Member, Run, SetContext};
use crate::analysis::beside::{has_types, is_within, is_within_for, of_scope};
use crate::analysis::conditions::{always, mentions};
use crate::analysis::grants::permits_everything;
use crate::analysis::guards::{Guard, Needed, guards};
use crate::analysis::names::has_word;
use crate::analysis::related::{head, name};
use crate::analysis::suppose::{Demanded, applies};
use crate::analysis::verbs::least_access;
use crate::facts::{BinaryOp, Entity, EntityConstraint, Expr, ExprKind, Literal, Policy, Var};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Access, Schema};

static RULE: Rule = Rule {
    code: "guard-missing",
    severity: Severity::Medium,
    summary: "a permit lacks a test that the other permits for the same principals make",
    why: "those whom the test keeps out everywhere else get in here",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("guard_missing.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

/// How many permits must make a test before one that does not is an exception.
const MANY: usize = 3;

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for permits in by_principals(cx) {
        if permits.len() < 2 {
            continue;
        }
        let mut making: BTreeMap<&Needed<'_>, Vec<&Permit<'_>>> = BTreeMap::new();
        for permit in &permits {
            for (guard, _) in &permit.guards {
                making.entry(guard).or_default().push(permit);
            }
        }
        for (guard, with) in making {
            let least = if guard.0.is_tenant() { 1 } else { MANY };
            if with.len() < least || with.len() == permits.len() {
                continue;
            }
            let without: Vec<&Permit<'_>> = permits
                .iter()
                .filter(|permit| !permit.guards.iter().any(|(of, _)| of == guard))
                .filter(|permit| is_alike(permit, guard, &with, cx.schema))
                .collect();
            // Where several do without, it is no slip.
            let most = if guard.0.is_tenant() {
                with.len()
            } else {
                with.len() / MANY
            };
            if without.len() > most {
                continue;
            }
            for permit in without {
                if !is_handled(permit, guard, cx) {
                    out.push((permit.index, finding(permit, guard, &with)));
                }
            }
        }
    }
}

fn finding(permit: &Permit<'_>, guard: &Needed<'_>, with: &[&Permit<'_>]) -> Finding {
    let shown = with.first().and_then(|first| {
        let (_, test) = first.guards.iter().find(|(of, _)| of == guard)?;
        Some((*first, *test))
    });
    let test = shown.map_or("", |(first, test)| first.member.policy.at(test.span));
    let asks = match (guard.1, with.len()) {
        (true, 1) => "asks for",
        (true, _) => "ask for",
        (false, 1) => "rules out",
        (false, _) => "rule out",
    };
    let others = match with.len() {
        1 => "the other permit".to_owned(),
        many => format!("{many} other permits"),
    };
    let mut finding = Finding::new(
        &RULE,
        head(permit.member.policy),
        format!("{others} for these principals {asks} `{test}`, and this permit does not"),
        "add the test here, or move it into one forbid for all of these principals",
    );
    if let Some((first, test)) = shown {
        finding = finding.label(
            Place::Statement(first.index, test.span),
            format!(
                "{} {}",
                name(first.member.policy),
                if guard.1 {
                    "asks for it"
                } else {
                    "rules it out"
                }
            ),
        );
    }
    // Administrators may be those of one tenant, or those of all.
    let may_be_meant = guard.0.is_tenant() && is_for(permit.member.policy, ADMINISTRATORS);
    match guard.0.is_of_standing() && !may_be_meant {
        true => finding,
        false => finding.severity(Severity::Low),
    }
}

const ADMINISTRATORS: &[&str] = &["admin", "admins", "administrator", "administrators"];

struct Permit<'a> {
    index: usize,
    member: &'a Member<'a>,
    guards: Vec<(Needed<'a>, &'a Expr)>,
}

/// The permits, put together by whom they are for.
fn by_principals<'a>(cx: &SetContext<'a>) -> Vec<Vec<Permit<'a>>> {
    let mut groups: BTreeMap<BTreeSet<&str>, Vec<Permit<'a>>> = BTreeMap::new();
    for (index, member) in cx.policies.iter().enumerate() {
        let policy = member.policy;
        if !policy.is_permit() || permits_everything(policy, cx.schema) {
            continue;
        }
        let types = match (cx.schema, policy.principal.value.is_type()) {
            (Some(_), _) if has_types(member) => {
                member.scope.principals.iter().map(String::as_str).collect()
            }
            (None, Some(ty)) => BTreeSet::from([ty.value.as_str()]),
            // Without a schema: those in groups of one type, and those that are open.
            (None, None) => (policy.principal.value.entity().into_iter())
                .map(|entity| entity.value.ty.as_str())
                .collect(),
            _ => continue,
        };
        let permit = Permit {
            index,
            member,
            guards: guards(policy),
        };
        groups.entry(types).or_default().push(permit);
    }
    groups.into_values().collect()
}

/// Whether a permit is of the kind of those that make a test, so that the test would be expected of it.
fn is_alike(
    permit: &Permit<'_>,
    (guard, _): &Needed<'_>,
    with: &[&Permit<'_>],
    schema: Option<&Schema>,
) -> bool {
    let policy = permit.member.policy;
    // Whoever reads the same attribute has thought of it.
    if guard.is_read_in(policy) || is_public(policy) || is_for_everyone(policy) {
        return false;
    }
    if matches!(policy.principal.value, EntityConstraint::Eq(_))
        || matches!(policy.resource.value, EntityConstraint::Eq(_))
    {
        return false;
    }
    // Permits for named groups are about other people than permits for all of a type.
    if names_a_group(policy) && !with.iter().any(|of| names_a_group(of.member.policy)) {
        return false;
    }
    match guard {
        Guard::Tenant(..) => {
            of_same_resources(permit, with) && !is_for_operators(policy) && !is_tied(policy)
        }
        _ if guard.is_of_standing() => true,
        // Which part is whose differs from action to action: only where the others guard less than this does one expect it.
        _ => {
            let least = with
                .iter()
                .map(|of| access(of.member, schema))
                .max()
                .flatten();
            of_same_resources(permit, with)
                && least.is_some()
                && access(permit.member, schema) >= least
        }
    }
}

/// Whether all resources that it is about are of types that one of the others is about.
fn of_same_resources(permit: &Permit<'_>, with: &[&Permit<'_>]) -> bool {
    match has_types(permit.member) {
        true => permit
            .member
            .scope
            .resources
            .iter()
            .all(|ty| with.iter().any(|of| of.member.scope.resources.contains(ty))),
        false => {
            let ty = permit.member.policy.resource.value.is_type();
            with.iter().any(|of| {
                let of = of.member.policy.resource.value.is_type();
                of.map(|of| &of.value) == ty.map(|ty| &ty.value)
            })
        }
    }
}

/// The highest class of its actions, by their names where the schema does not say; `None` where one has neither.
fn access(member: &Member<'_>, schema: Option<&Schema>) -> Option<Access> {
    let class = |action: &Entity| {
        schema
            .and_then(|schema| schema.access(action))
            .or_else(|| least_access(&action.id))
    };
    let classes: Option<Vec<Access>> = match has_types(member) {
        true => member.scope.actions.iter().map(class).collect(),
        false => {
            let named = member.policy.action.value.entities();
            named.iter().map(|action| class(&action.value)).collect()
        }
    };
    classes?.into_iter().max()
}

fn names_a_group(policy: &Policy) -> bool {
    policy.principal.value.entity_or_slot().is_some()
        || always(policy, |test, outcome| {
            outcome
                && matches!(&test.kind, ExprKind::Binary(BinaryOp::In, left, right)
                    if matches!(left.kind, ExprKind::Var(Var::Principal))
                        && !matches!(right.kind, ExprKind::Var(_)))
        })
}

/// Whether a condition says of the resource that it is there for everybody.
fn is_public(policy: &Policy) -> bool {
    const PUBLIC: &[&str] = &[
        "public",
        "published",
        "shared",
        "open",
        "anonymous",
        "visible",
        "global",
    ];
    always(policy, |test, outcome| {
        outcome
            && mentions(test, Var::Resource)
            && test.any(&mut |expr| match &expr.kind {
                ExprKind::Attr(_, name) => has_word(&name.value, PUBLIC),
                ExprKind::Literal(Literal::String(text)) => has_word(text, PUBLIC),
                ExprKind::Entity(entity) => has_word(&entity.id, PUBLIC),
                _ => false,
            })
    })
}

/// Whether its actions are those by which somebody comes in or out, or it is about the principal itself.
fn is_for_everyone(policy: &Policy) -> bool {
    const DOOR: &[&str] = &[
        "activate",
        "appeal",
        "authenticate",
        "enroll",
        "help",
        "login",
        "logout",
        "ping",
        "reactivate",
        "register",
        "signin",
        "signout",
        "signup",
        "unlock",
        "unsubscribe",
    ];
    let named = policy.action.value.entities();
    let is_door = |action: &Entity| {
        let id = action.id.to_lowercase().replace(['_', '-', ' '], "");
        has_word(&action.id, DOOR) || DOOR.contains(&id.as_str())
    };
    let is_self = |test: &Expr, outcome: bool| {
        outcome
            && matches!(&test.kind, ExprKind::Binary(BinaryOp::Eq, left, right)
                if matches!((&left.kind, &right.kind),
                    (ExprKind::Var(Var::Principal), ExprKind::Var(Var::Resource))
                        | (ExprKind::Var(Var::Resource), ExprKind::Var(Var::Principal))))
    };
    (!named.is_empty() && named.iter().all(|action| is_door(&action.value)))
        || always(policy, is_self)
}

/// Whether it is for those who work for all tenants.
fn is_for_operators(policy: &Policy) -> bool {
    const OPERATORS: &[&str] = &[
        "auditor",
        "auditors",
        "global",
        "internal",
        "operator",
        "operators",
        "ops",
        "platform",
        "root",
        "sre",
        "staff",
        "super",
        "superadmin",
        "superuser",
        "support",
        "system",
    ];
    is_for(policy, OPERATORS)
}

/// Whether it is for those whom a group, an attribute or a text of theirs names so.
fn is_for(policy: &Policy, names: &[&str]) -> bool {
    let of_scope = policy.principal.value.entity();
    of_scope.is_some_and(|entity| has_word(&entity.value.id, names))
        || always(policy, |test, outcome| {
            outcome
                && mentions(test, Var::Principal)
                && test.any(&mut |expr| match &expr.kind {
                    ExprKind::Attr(_, name) => has_word(&name.value, names),
                    ExprKind::Literal(Literal::String(text)) => has_word(text, names),
                    ExprKind::Entity(entity) => has_word(&entity.id, names),
                    _ => false,
                })
        })
}

/// Whether a condition ties the resource to the principal, as an owner or a reader.
fn is_tied(policy: &Policy) -> bool {
    policy.resource.value.has_slot()
        || always(policy, |test, outcome| {
            outcome && mentions(test, Var::Principal) && mentions(test, Var::Resource)
        })
}

/// Whether forbids deny all that fails the test here, for each action.
fn is_handled(permit: &Permit<'_>, guard: &Needed<'_>, cx: &SetContext<'_>) -> bool {
    let demanded = Demanded::of(permit.member.policy);
    let denies = |forbid: &&Member<'_>| {
        let mut fails = |test: &Expr| match Guard::of(test, true) {
            // The test with the outcome that the others do not let through.
            Some((of, outcome)) if of == guard.0 => Some(outcome != guard.1),
            _ => of_scope(test, permit.member).or_else(|| demanded.outcome(test)),
        };
        guard.0.is_read_in(forbid.policy) && applies(forbid.policy, &mut fails) == Some(true)
    };
    let mut forbids = cx.policies.iter().filter(|of| !of.policy.is_permit());
    let forbids: Vec<&Member<'_>> = forbids.by_ref().filter(denies).collect();
    let (member, actions) = (permit.member, &permit.member.scope.actions);
    match has_types(member) {
        true => actions.iter().all(|action| {
            forbids
                .iter()
                .any(|forbid| is_within_for(action, member, forbid))
        }),
        false => forbids.iter().any(|forbid| is_within(member, forbid)),
    }
}
