//! A limit that no test stands at, or directly beyond.

use super::{Check, Run, TestsContext};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "no-boundary-test",
    severity: Severity::Medium,
    summary: "no policy tests stand on both sides of a limit",
    why: "a limit that is off by one, or a comparison with the wrong operator, goes unnoticed",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 SA-11"],
    page: include_str!("no_boundary_test.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Tests(run),
};

fn run(cx: &TestsContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (number, member, of_policy) in cx.taking_part() {
        if of_policy.limits.iter().all(|limit| limit.at && limit.beside) || of_policy.decided.is_empty() {
            continue;
        }
        for limit in &of_policy.limits {
            let missing = match (limit.at, limit.beside) {
                (true, true) => continue,
                (false, true) => format!("`{}` itself", limit.limit),
                (true, false) => limit.beyond.clone(),
                (false, false) => format!("`{}` itself and {}", limit.limit, limit.beyond),
            };
            let text = member.policy.at(limit.span);
            let message = format!("no tests stand directly on both sides of `{text}`");
            let help = format!(
                "add a case where `{}` is {missing}, and where the other conditions before it hold",
                member.policy.at(limit.operand)
            );
            out.push((number as usize, Finding::new(&RULE, limit.span, message, help)));
        }
    }
}
