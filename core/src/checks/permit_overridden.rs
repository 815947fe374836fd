//! Permits that forbids always override.

use super::{Check, Run, SetContext};
use crate::analysis::related::{Form, Told, told};
use crate::finding::{Finding, Severity};
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
    let first = told(cx, found.iter().flat_map(|(of, by)| by.iter().chain([*of])));
    for (form, by) in found {
        let Some(of) = first.get(form) else {
            continue;
        };
        let mut forbids: Vec<Told<'_>> = by.iter().filter_map(|of| first.get(of).copied()).collect();
        forbids.sort_unstable_by_key(|forbid| forbid.number);
        let message = match forbids.as_slice() {
            [one] => format!("{} denies every request that this permit allows", one.name()),
            all => format!("{} forbids together deny every request that this permit allows", all.len()),
        };
        let mut finding = Finding::new(
            &RULE,
            of.at,
            message,
            "narrow the forbid, or remove the permit",
        );
        for forbid in forbids {
            finding = finding.label(forbid.place(), "denies");
        }
        out.push((of.number, finding));
    }
}
