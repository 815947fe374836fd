//! Kinds of request of which every one is allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Run, SetContext};
use crate::analysis::grants::permits_everything;
use crate::analysis::metadata::words_of;
use crate::analysis::names::words;
use crate::analysis::verbs::least_access;
use crate::analysis::related::{Form, first_of, head, name};
use crate::facts::{ActionConstraint, Entity, EntityConstraint, Policy};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Access, Schema};

static RULE: Rule = Rule {
    code: "allows-everything",
    severity: Severity::High,
    summary: "every request of some kind is allowed",
    why: "whoever can send such a request is let through, whatever the entities and the context are",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("allows_everything.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let Some(ground) = cx.ground else {
        return;
    };
    let found: Vec<(u32, &[Form])> = cx.relations.everything().collect();
    let first = first_of(cx, found.iter().flat_map(|(_, by)| by.iter()));
    // By the permits that do it together.
    let mut kinds: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
    for (number, by) in found {
        let mut permits: Vec<usize> = by.iter().filter_map(|of| first.get(of).copied()).collect();
        permits.sort_unstable();
        kinds.entry(permits).or_default().push(number);
    }
    for (permits, by_number) in kinds {
        let kinds: Vec<Arc<str>> = by_number
            .iter()
            .filter_map(|number| Some(Arc::clone(&ground.environment(*number)?.label)))
            .collect();
        let mut named = permits.iter().filter_map(|at| Some((*at, cx.policies.get(*at)?.policy)));
        let Some((index, policy)) = named.next() else {
            continue;
        };
        let others: Vec<_> = named.collect();
        // That has a finding of its own.
        if others.is_empty() && permits_everything(policy, cx.schema) {
            continue;
        }
        let of = match kinds.as_slice() {
            [one] => format!("every request `{one}`"),
            [one, _] => format!("every request `{one}` and of one more kind"),
            [one, rest @ ..] => format!("every request `{one}` and of {} more kinds", rest.len()),
            [] => continue,
        };
        let with = match others.as_slice() {
            [] => String::new(),
            [(_, one)] => format!(" together with {}", name(one)),
            more => format!(" together with {} others", more.len()),
        };
        let actions: Vec<&Entity> = by_number
            .iter()
            .filter_map(|number| Some(&ground.environment(*number)?.action))
            .collect();
        let severity = match others.is_empty() {
            true => of_one(policy, &actions, cx.schema),
            // What several grant together none of them says.
            false => Severity::High,
        };
        let mut finding = Finding::new(
            &RULE,
            head(policy),
            format!("this permit allows {of}{with}"),
            "add the condition that was meant, or a forbid for what must never be allowed",
        )
        .severity(severity);
        for (at, other) in others {
            finding = finding.label(Place::Statement(at, head(other)), "allows the rest");
        }
        out.push((index, finding.in_environments(kinds)));
    }
}

/// How much it matters that one permit allows all requests of some kinds. Where it names the types and the actions and
/// has no condition that could have been lost, that is what it says.
fn of_one(policy: &Policy, actions: &[&Entity], schema: Option<&Schema>) -> Severity {
    let is_named = |constraint: &EntityConstraint| !matches!(constraint, EntityConstraint::Any);
    if !is_named(&policy.principal.value)
        || !is_named(&policy.resource.value)
        || policy.action.value == ActionConstraint::Any
        || !policy.clauses.is_empty()
        || actions.is_empty()
    {
        return Severity::High;
    }
    let declared = |action: &Entity| schema.and_then(|schema| schema.access(action));
    let classes: Vec<Option<Access>> = (actions.iter())
        .map(|action| declared(action).or_else(|| least_access(&action.id)))
        .collect();
    if classes.iter().any(|class| *class >= Some(Access::Write)) {
        return Severity::High;
    }
    match classes.iter().all(Option::is_some) || says_so(policy, actions) {
        true => Severity::Low,
        false => Severity::Medium,
    }
}

/// Whether the name or an annotation of a permit says that everyone may do this.
fn says_so(policy: &Policy, actions: &[&Entity]) -> bool {
    const EVERYONE: &[&str] = &[
        "all", "any", "anybody", "anyone", "every", "everybody", "everyone", "open", "public",
    ];
    let said = words_of(policy);
    let says = |action: &&Entity| words(&action.id).iter().all(|word| said.contains(word));
    EVERYONE.iter().any(|word| said.contains(*word)) || actions.iter().all(says)
}
