//! A policy test that is not run.

use std::sync::Arc;

use super::{Check, InFile, Run};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::suite::Suite;

static RULE: Rule = Rule {
    code: "skipped-test",
    severity: Severity::Low,
    summary: "a policy test is skipped",
    why: "what it was written for is not tested, and a skipped test is easily forgotten",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 SA-11"],
    page: include_str!("skipped_test.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Suites(run),
};

fn run(suites: &[Arc<Suite>], out: &mut Vec<InFile>) {
    for suite in suites {
        let mut last = None;
        for case in &suite.cases {
            // The cells of a table are one place.
            if let Some(why) = &case.skip
                && last.replace(case.span) != Some(case.span)
            {
                let message = format!("`{}` is skipped: `{why}`", case.name);
                let help = "make it pass and remove `skip`, or delete it";
                let finding = Finding::new(&RULE, case.span, message, help);
                out.push((Arc::clone(&suite.path), finding));
            }
        }
    }
}
