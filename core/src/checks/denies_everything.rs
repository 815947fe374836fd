//! Forbids that deny every request, or every request of a kind that a permit is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Check, Run, SetContext};
use crate::analysis::logic::settled;
use crate::analysis::related::{Form, Told, head, told};
use crate::facts::{ActionConstraint, ClauseKind, EntityConstraint, Policy};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Action, Environment, Schema};

static RULE: Rule = Rule {
    code: "denies-everything",
    severity: Severity::High,
    summary: "forbids deny every request, or every request of a kind that a permit is for",
    why: "nobody gets in whatever permits there are, and the day the forbid is lifted all of them count at once",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("denies_everything.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let open =
        (cx.policies.iter().enumerate()).find(|(_, member)| forbids_everything(member.policy));
    if let Some((index, member)) = open {
        out.push((
            index,
            Finding::new(
                &RULE,
                head(member.policy),
                "this forbid denies every request of every kind, so no permit has any effect",
                "remove the forbid, or say in its scope and conditions what must not happen",
            ),
        ));
        return;
    }
    let Some((ground, schema)) = cx.ground.zip(cx.schema) else {
        return;
    };
    let found: Vec<(u32, &[Form])> = cx.relations.denied().collect();
    if found.is_empty() {
        return;
    }
    let told = told(cx, found.iter().flat_map(|(_, by)| by.iter()));
    if found.len() == ground.kinds() {
        let all: BTreeSet<Form> = found
            .iter()
            .flat_map(|(_, by)| by.iter().copied())
            .collect();
        let of = all
            .iter()
            .filter_map(|form| told.get(form).copied())
            .collect();
        let what = "every request of every kind, so no permit has any effect";
        out.extend(finding(of, what, Severity::High));
        return;
    }
    let overridden: BTreeSet<&Form> = cx.relations.overridden().map(|(of, _)| of).collect();
    let mut kinds: BTreeMap<&[Form], (Vec<Arc<str>>, usize)> = BTreeMap::new();
    for (number, by) in found {
        let Some(environment) = ground.environment(number) else {
            continue;
        };
        // Where every permit for it is overridden, each has a finding of its own.
        let permit = cx.policies.iter().position(|member| {
            is_for(member.policy, environment, schema)
                && !overridden.contains(&member.policy.canonical)
        });
        if let Some(permit) = permit {
            let (labels, _) = kinds.entry(by).or_insert_with(|| (Vec::new(), permit));
            labels.push(Arc::clone(&environment.label));
        }
    }
    for (by, (labels, permit)) in kinds {
        let of = by
            .iter()
            .filter_map(|form| told.get(form).copied())
            .collect();
        let kind = match labels.as_slice() {
            [one] => format!("every request `{one}`"),
            [one, rest @ ..] => format!("every request `{one}` and of {} more kinds", rest.len()),
            [] => continue,
        };
        let found = finding(
            of,
            &format!("{kind}, although a permit is for it"),
            Severity::Medium,
        );
        out.extend(found.map(|(index, finding)| {
            let permit_at = cx.policies.get(permit).map(|member| head(member.policy));
            let finding = match permit_at {
                Some(span) => finding.label(Place::Statement(permit, span), "has no effect there"),
                None => finding,
            };
            (index, finding.in_environments(labels))
        }));
    }
}

/// The finding at the first of the forbids.
fn finding(mut of: Vec<Told<'_>>, what: &str, severity: Severity) -> Option<(usize, Finding)> {
    of.sort_unstable_by_key(|forbid| forbid.number);
    let (first, others) = of.split_first()?;
    let message = match others {
        [] => format!("this forbid denies {what}"),
        others => format!("this forbid and {} more together deny {what}", others.len()),
    };
    let mut finding = Finding::new(
        &RULE,
        first.at,
        message,
        "narrow the forbid to what must not happen, or remove what it denies from the permits",
    )
    .severity(severity);
    for other in others {
        finding = finding.label(other.place(), "denies the rest");
    }
    Some((first.number, finding))
}

/// Whether it denies every request there can be, with any schema or none.
fn forbids_everything(policy: &Policy) -> bool {
    !policy.is_permit()
        && policy.principal.value == EntityConstraint::Any
        && policy.action.value == ActionConstraint::Any
        && policy.resource.value == EntityConstraint::Any
        && policy
            .clauses
            .iter()
            .all(|clause| settled(&clause.body) == Some(clause.kind == ClauseKind::When))
}

/// Whether a permit is for this kind of request: it names the action, and the types where there are several. One for all
/// actions or all types may well have exceptions.
fn is_for(policy: &Policy, of: &Environment, schema: &Schema) -> bool {
    let Some(action) = schema.actions.get(&of.action) else {
        return false;
    };
    let named = match &policy.action.value {
        ActionConstraint::Any | ActionConstraint::In(_) => false,
        some => some
            .entities()
            .iter()
            .any(|entity| entity.value == of.action),
    };
    policy.is_permit() && named && {
        let Action {
            principals,
            resources,
            ..
        } = action;
        let is_of = |constraint: &EntityConstraint, ty: &str, types: &BTreeSet<String>| {
            schema.admits_type(constraint, ty)
                && (types.len() == 1 || *constraint != EntityConstraint::Any)
        };
        is_of(&policy.principal.value, &of.principal, principals)
            && is_of(&policy.resource.value, &of.resource, resources)
    }
}
