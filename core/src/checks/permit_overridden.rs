//! Permits that forbids always override.

use super::{Check, Run, SetContext};
use crate::analysis::related::{Form, first_of, head, name};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "permit-overridden",
    severity: Severity::Medium,
    summary: "forbids deny all that this permit allows",
    why: "a permit that never decides hides that the access is missing, and grants it the day the forbid is narrowed",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("permit_overridden.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let found: Vec<(&Form, &[Form])> = cx.relations.overridden().collect();
    let first = first_of(cx, found.iter().flat_map(|(of, by)| by.iter().chain([*of])));
    for (form, by) in found {
        let Some(index) = first.get(form).copied() else {
            continue;
        };
        let Some(policy) = cx.policies.get(index).map(|member| member.policy) else {
            continue;
        };
        let mut forbids: Vec<usize> = by.iter().filter_map(|of| first.get(of).copied()).collect();
        forbids.sort_unstable();
        let named: Vec<_> = forbids
            .iter()
            .filter_map(|at| Some((*at, cx.policies.get(*at)?.policy)))
            .collect();
        let message = match named.as_slice() {
            [(_, one)] => format!("{} denies every request that this permit allows", name(one)),
            all => format!("{} forbids together deny every request that this permit allows", all.len()),
        };
        let mut finding = Finding::new(
            &RULE,
            head(policy),
            message,
            "narrow the forbid, or remove the permit",
        );
        for (at, forbid) in named {
            finding = finding.label(Place::Statement(at, head(forbid)), "denies");
        }
        out.push((index, finding));
    }
}
