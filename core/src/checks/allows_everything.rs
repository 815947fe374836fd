//! Kinds of request of which every one is allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Run, SetContext};
use crate::analysis::grants::permits_everything;
use crate::analysis::related::{Form, first_of, head, name};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};

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
    let mut kinds: BTreeMap<Vec<usize>, Vec<Arc<str>>> = BTreeMap::new();
    for (number, by) in found {
        let mut permits: Vec<usize> = by.iter().filter_map(|of| first.get(of).copied()).collect();
        permits.sort_unstable();
        if let Some(environment) = ground.environment(number) {
            kinds.entry(permits).or_default().push(Arc::clone(&environment.label));
        }
    }
    for (permits, kinds) in kinds {
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
            [one, rest @ ..] => format!("every request `{one}` and of {} more kinds", rest.len()),
            [] => continue,
        };
        let with = match others.as_slice() {
            [] => String::new(),
            [(_, one)] => format!(" together with {}", name(one)),
            more => format!(" together with {} others", more.len()),
        };
        let mut finding = Finding::new(
            &RULE,
            head(policy),
            format!("this permit allows {of}{with}"),
            "add the condition that was meant, or a forbid for what must never be allowed",
        );
        for (at, other) in others {
            finding = finding.label(Place::Statement(at, head(other)), "allows the rest");
        }
        out.push((index, finding.in_environments(kinds)));
    }
}
