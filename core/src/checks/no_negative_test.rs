//! A permit that no test shows to end, and a forbid that no test needs.

use super::{Check, Member, Run, TestsContext};
use crate::analysis::logic::Known;
use crate::facts::{ActionConstraint, ClauseKind, EntityConstraint, Policy};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::suite::evidence::{Denied, Observed, OfPolicy};
use crate::suite::mutate::exclude_each_other;

static RULE: Rule = Rule {
    code: "no-negative-test",
    severity: Severity::High,
    summary: "no policy test shows where a permit ends, or what a forbid alone keeps out",
    why: "a permit that grants too much passes every test of what it should grant",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 SA-11", "NIST SP 800-53r5 AC-6"],
    page: include_str!("no_negative_test.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Tests(run),
};

fn run(cx: &TestsContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let denied = Denied::new(&cx.evidence.cases);
    for (number, member, of_policy) in cx.taking_part() {
        if of_policy.decided.is_empty() {
            continue;
        }
        let finding = if member.policy.is_permit() {
            permit(cx, &denied, number, member, of_policy)
        } else {
            forbid(cx, number, member, of_policy)
        };
        out.extend(finding.map(|finding| (number as usize, finding)));
    }
}

/// A permit needs a denying case of its own kind of request that differs from an allowing one in a single
/// respect.
fn permit(
    cx: &TestsContext<'_>,
    denied: &Denied<'_, '_>,
    number: u32,
    member: &Member<'_>,
    of_policy: &OfPolicy,
) -> Option<Finding> {
    if admits_all_of_its_kind(member.policy) {
        return None;
    }
    let shown = cx.decided(of_policy).any(|case| {
        denied.any_like(case, |other| {
            !other.applies(number) && same_kind(cx, member, case, other)
        })
    });
    (!shown).then(|| {
        Finding::new(
            &RULE,
            member.policy.effect.span,
            "no test that is denied differs in one respect from one that this `permit` allows",
            "add a case like one that it allows, change the one thing that must keep it from applying, and expect `deny`",
        )
    })
}

/// Whether another request is of a kind that the policy's scope admits.
fn same_kind(
    cx: &TestsContext<'_>,
    member: &Member<'_>,
    case: &Observed<'_>,
    other: &Observed<'_>,
) -> bool {
    let (case, other) = (case.case, other.case);
    match cx.schema {
        Some(schema) => {
            member.scope.actions.contains(&other.action)
                && schema.admits_type(&member.policy.principal.value, &other.principal.ty)
                && schema.admits_type(&member.policy.resource.value, &other.resource.ty)
        }
        None => {
            let action = match &member.policy.action.value {
                ActionConstraint::Any => true,
                named => named.entities().iter().any(|e| e.value == other.action),
            };
            (action || other.action == case.action)
                && other.principal.ty == case.principal.ty
                && other.resource.ty == case.resource.ty
        }
    }
}

/// Whether nothing but types and the action decides: no request of its kind is outside.
fn admits_all_of_its_kind(policy: &Policy) -> bool {
    let by_type = |constraint: &EntityConstraint| constraint.entity_or_slot().is_none();
    policy.clauses.is_empty()
        && by_type(&policy.principal.value)
        && by_type(&policy.resource.value)
}

/// A forbid needs a case that it alone denies.
fn forbid(
    cx: &TestsContext<'_>,
    number: u32,
    member: &Member<'_>,
    of_policy: &OfPolicy,
) -> Option<Finding> {
    let alone = cx
        .decided(of_policy)
        .any(|case| case.permitted && case.determining == [number]);
    let possible = || {
        let mut permits = cx.taking_part().filter(|(_, m, _)| m.policy.is_permit());
        permits.any(|(_, permit, _)| meet(cx, permit, member))
    };
    (!alone && possible()).then(|| {
        Finding::new(
            &RULE,
            member.policy.effect.span,
            "no test is denied by this `forbid` alone",
            "add a case that some permit would allow and that only this policy denies",
        )
        .why("the permits deny every tested request by themselves, so that nothing shows the policy to have an effect")
    })
}

/// Whether some request may satisfy both a permit and a forbid, as far as their texts tell. A forbid of what
/// no permit grants, or of what every permit excludes by itself, is kept for the permits to come: no test can
/// need it yet.
fn meet(cx: &TestsContext<'_>, permit: &Member<'_>, forbid: &Member<'_>) -> bool {
    if let Some(schema) = cx.schema {
        let common = permit.scope.actions.intersection(&forbid.scope.actions);
        let mut possible = common.filter_map(|action| schema.actions.get(action));
        let both = |types: &std::collections::BTreeSet<String>, of: [&EntityConstraint; 2]| {
            let admits = |ty: &&String| of.iter().all(|c| schema.admits_type(c, ty));
            types.iter().any(|ty| admits(&ty))
        };
        let of = [permit.policy, forbid.policy];
        if !possible.any(|action| {
            both(&action.principals, of.map(|p| &p.principal.value))
                && both(&action.resources, of.map(|p| &p.resource.value))
        }) {
            return false;
        }
        if exclude_each_other(permit.policy, forbid.policy, (schema, permit.scope)) {
            return false;
        }
    }
    let mut known = Known::of_scope(permit.policy);
    let clauses = permit.policy.clauses.iter().chain(&forbid.policy.clauses);
    !clauses
        .into_iter()
        .any(|clause| known.assume(&clause.body, clause.kind == ClauseKind::When).is_some())
}
