//! Whoever manages the members of every group can join the one that has what they lack.

use std::collections::BTreeMap;

use super::{Check, Member, Run, SetContext};
use crate::analysis::beside::is_within;
use crate::analysis::conditions::{always, always_to_escape, demands, mentions};
use crate::analysis::grants::Granting;
use crate::analysis::names::has_word;
use crate::analysis::verbs::gives_membership;
use crate::facts::{BinaryOp, Entity, EntityConstraint, Expr, ExprKind, Policy, Var};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::Access;
use crate::source::Span;

static RULE: Rule = Rule {
    code: "self-escalation",
    severity: Severity::High,
    summary: "a permit lets its principals change the groups that other policies grant to",
    why: "they can put themselves into such a group and take what it was granted",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &[
        "ASI03",
        "NIST SP 800-53r5 AC-5",
        "NIST SP 800-53r5 AC-6",
        "ISO 27001:2022 A.8.2",
    ],
    page: include_str!("self_escalation.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    if cx.schema.is_none() {
        by_names(cx, out);
        return;
    }
    let managing = Granting::of(cx, |schema, action| match schema.access(action) {
        Some(class) => class == Access::PrivilegeManagement,
        None => gives_membership(&action.id),
    });
    let Some(managing) = managing else {
        return;
    };
    let mut groups = None;
    for (index, member) in managing.permits() {
        let p = member.policy;
        if always(p, is_bounded) {
            continue;
        }
        let groups = groups.get_or_insert_with(|| groups_granted_to(cx.policies));
        if let Some(found) = reach(member, &managing, groups) {
            let is_classed = managing.schema.access(found.action).is_some();
            out.push((index, finding(p, &found, is_classed)));
        }
    }
}

fn finding(p: &Policy, found: &Reach<'_>, is_classed: bool) -> Finding {
    let Reach { action, group, at } = found;
    let what = if always(p, |test, outcome| outcome && is_own_group(test)) {
        "its members decide who else has what it has"
    } else {
        "these principals can grant themselves what it has"
    };
    let by_name = match is_classed {
        true => "",
        false => ", going by its name,",
    };
    let finding = Finding::new(
        &RULE,
        p.resource.span,
        format!("`{action}`{by_name} reaches `{group}`, so {what}"),
        "name the groups that may be managed, or ask that nobody changes a group that they gain from",
    )
    .label(
        Place::Statement(at.0, at.1),
        format!("members of `{group}` get this"),
    );
    match is_classed {
        true => finding,
        false => finding.severity(Severity::Medium),
    }
}

/// Without a schema: an action whose name says that somebody gets into a group, on any group of a type that the name
/// or the scope has.
fn by_names(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut groups = None;
    for (index, member) in cx.policies.iter().enumerate() {
        let p = member.policy;
        let actions = p.action.value.entities();
        let action = actions
            .iter()
            .find(|action| gives_membership(&action.value.id));
        let Some(action) = action.filter(|_| p.is_permit() && !always(p, is_bounded)) else {
            continue;
        };
        let is_of = |group: &Entity| match &p.resource.value {
            EntityConstraint::Any => {
                let ty = group.ty.rsplit("::").next().unwrap_or_default();
                has_word(&action.value.id, &[ty.to_lowercase().as_str()])
            }
            EntityConstraint::Is(ty) => ty.value == group.ty,
            named => named.entity().is_some_and(|named| named.value == *group),
        };
        let own = p.principal.value.entity().map(|entity| &entity.value);
        let groups = groups.get_or_insert_with(|| groups_granted_to(cx.policies));
        let reached = groups
            .iter()
            .find(|(group, _)| Some(**group) != own && is_of(group));
        let is_guarded = cx.policies.iter().any(|forbid| {
            !forbid.policy.is_permit()
                && is_within(member, forbid)
                && always_to_escape(forbid.policy, is_bounded)
        });
        if let Some((group, at)) = reached.filter(|_| !is_guarded) {
            let found = Reach {
                action: &action.value,
                group,
                at: *at,
            };
            out.push((index, finding(p, &found, false)));
        }
    }
}

/// A group that a permit lets its principals manage, and the policy that grants to it.
struct Reach<'a> {
    action: &'a Entity,
    group: &'a Entity,
    at: (usize, Span),
}

fn reach<'a>(
    member: &Member<'a>,
    managing: &Granting<'a>,
    groups: &BTreeMap<&'a Entity, (usize, Span)>,
) -> Option<Reach<'a>> {
    let p = member.policy;
    for request in managing.requests(member) {
        let can_join = managing
            .schema
            .entity_types
            .get(request.principal)
            .is_some_and(|ty| ty.ancestors.contains(request.resource));
        if !can_join || managing.guarded(member, request.action, is_bounded) {
            continue;
        }
        let own = p.principal.value.entity().map(|entity| &entity.value);
        let reached = groups.iter().find(|(group, _)| {
            group.ty == request.resource
                && Some(**group) != own
                && match &p.resource.value {
                    EntityConstraint::Any | EntityConstraint::Is(_) => true,
                    named => named.entity().is_some_and(|named| named.value == ***group),
                }
        });
        if let Some((group, at)) = reached {
            return Some(Reach {
                action: request.action,
                group,
                at: *at,
            });
        }
    }
    None
}

/// Whether a test ties the request to the group, or the principal to who is put into it. That the principal
/// is in the group ties nothing: every member then manages what the group has.
fn is_bounded(test: &Expr, outcome: bool) -> bool {
    if is_own_group(test) {
        return !outcome;
    }
    mentions(test, Var::Resource)
        || (mentions(test, Var::Principal) && mentions(test, Var::Context))
}

/// `principal in resource`
fn is_own_group(test: &Expr) -> bool {
    matches!(&test.kind, ExprKind::Binary(BinaryOp::In, left, right)
        if matches!(left.kind, ExprKind::Var(Var::Principal))
            && matches!(right.kind, ExprKind::Var(Var::Resource)))
}

/// Every group that a permit names for its principals, with the first such policy.
fn groups_granted_to<'a>(policies: &[Member<'a>]) -> BTreeMap<&'a Entity, (usize, Span)> {
    let mut groups = BTreeMap::new();
    for (index, member) in policies.iter().enumerate() {
        let p = member.policy;
        if !p.is_permit() {
            continue;
        }
        if let EntityConstraint::In(_) | EntityConstraint::IsIn(..) = &p.principal.value
            && let Some(group) = p.principal.value.entity()
        {
            groups
                .entry(&group.value)
                .or_insert((index, p.principal.span));
        }
        for (test, outcome) in demands(p) {
            if let ExprKind::Binary(BinaryOp::In, left, right) = &test.kind
                && let (true, ExprKind::Var(Var::Principal), ExprKind::Entity(group)) =
                    (outcome, &left.kind, &right.kind)
            {
                groups.entry(group).or_insert((index, test.span));
            }
        }
    }
    groups
}
