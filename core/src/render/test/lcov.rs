//! Coverage in the format of lcov, as geninfo(1) describes it, for genhtml, editors and coverage services.
//!
//! A policy is a function, and was called where it determined a decision. A line is where a policy, a clause
//! or a condition starts, and was hit as often as its scope matched or the clause or condition was evaluated.
//! A condition has two branches, true and false.

use std::collections::BTreeMap;

use crate::render::Options;
use crate::render::escape::visible;
use crate::suite::coverage::{PolicyCoverage, Seen};
use crate::suite::outcome::TestReport;

/// A record for each policy file; nothing where coverage was not asked for.
pub(super) fn lcov(report: &TestReport, options: &Options<'_>) -> String {
    let mut files: BTreeMap<&str, Vec<&PolicyCoverage>> = BTreeMap::new();
    for policy in report.coverage.iter().flat_map(|all| &all.policies) {
        files.entry(&policy.file).or_default().push(policy);
    }
    let mut out = String::new();
    for (file, policies) in files {
        write_file(&mut out, file, &policies, options);
    }
    out
}

fn write_file(out: &mut String, file: &str, policies: &[&PolicyCoverage], options: &Options<'_>) {
    // The name of a test may not hold anything but letters, digits and underscores.
    out.push_str(&format!(
        "TN:portcullis\nSF:{}{}\n",
        field(options.prefix),
        field(file)
    ));
    let mut lines: BTreeMap<u32, u32> = BTreeMap::new();
    let mut hit = |line: u32, count: u32| {
        let most = lines.entry(line).or_default();
        *most = count.max(*most);
    };
    let mut functions = String::new();
    let mut calls = String::new();
    let mut branches = String::new();
    let mut branches_hit = 0;
    let mut branches_found = 0;
    for (block, policy) in policies.iter().enumerate() {
        let line = policy.range.start.line;
        let name = field(&policy.policy);
        functions.push_str(&format!("FN:{line},{name}\n"));
        calls.push_str(&format!("FNDA:{},{name}\n", policy.determined));
        hit(line, policy.scope.as_true);
        let mut branch = 0;
        for clause in &policy.clauses {
            hit(clause.range.start.line, times(clause.seen));
            for condition in &clause.conditions {
                let line = condition.range.start.line;
                let seen = condition.seen;
                hit(line, times(seen));
                for count in [seen.as_true, seen.as_false] {
                    // A dash says that the condition itself was never reached.
                    let taken = match times(seen) {
                        0 => "-".to_owned(),
                        _ => count.to_string(),
                    };
                    branches.push_str(&format!("BRDA:{line},{block},{branch},{taken}\n"));
                    branch += 1;
                    branches_found += 1;
                    branches_hit += u32::from(count > 0);
                }
            }
        }
    }
    out.push_str(&functions);
    out.push_str(&calls);
    let called = policies.iter().filter(|policy| policy.determined > 0);
    out.push_str(&format!("FNF:{}\nFNH:{}\n", policies.len(), called.count()));
    out.push_str(&branches);
    out.push_str(&format!("BRF:{branches_found}\nBRH:{branches_hit}\n"));
    for (line, count) in &lines {
        out.push_str(&format!("DA:{line},{count}\n"));
    }
    let lines_hit = lines.values().filter(|count| **count > 0).count();
    out.push_str(&format!("LF:{}\nLH:{lines_hit}\n", lines.len()));
    out.push_str("end_of_record\n");
}

/// How often something was evaluated.
const fn times(seen: Seen) -> u32 {
    seen.as_true
        .saturating_add(seen.as_false)
        .saturating_add(seen.as_error)
}

/// A name in one line, in which a comma starts no further field.
fn field(text: &str) -> String {
    visible(text).replace(',', "\\u{2c}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::test;

    #[test]
    fn policies_are_functions_and_conditions_are_branches() {
        let options = Options {
            prefix: "app/",
            ..Options::default()
        };
        assert_eq!(
            lcov(&test::report(), &options),
            "TN:portcullis
SF:app/policies/people.cedar
FN:1,clerks-pay
FN:6,no-guests
FNDA:1,clerks-pay
FNDA:0,no-guests
FNF:2
FNH:1
BRDA:3,0,0,2
BRDA:3,0,1,0
BRDA:3,0,2,2
BRDA:3,0,3,0
BRDA:4,0,4,1
BRDA:4,0,5,1
BRF:6
BRH:4
DA:1,2
DA:3,2
DA:4,3
DA:6,1
LF:4
LH:4
end_of_record
"
        );
    }

    #[test]
    fn a_condition_that_was_never_reached_has_dashes() {
        let mut report = test::report();
        let coverage = report.coverage.get_or_insert_default();
        for policy in &mut coverage.policies {
            policy.policy = "a,b\nDA:1,9".into();
            for clause in &mut policy.clauses {
                for condition in &mut clause.conditions {
                    condition.seen = Seen::default();
                }
            }
        }
        let out = lcov(&report, &Options::default());
        assert!(out.contains("\nBRDA:3,0,0,-\n"), "{out}");
        assert!(out.contains("\nBRH:0\n"), "{out}");
        assert!(out.contains("FN:1,a\\u{2c}b\\nDA:1\\u{2c}9\n"), "{out}");
    }

    #[test]
    fn without_coverage_there_is_nothing() {
        assert_eq!(lcov(&test::of(test::failed()), &Options::default()), "");
    }
}
