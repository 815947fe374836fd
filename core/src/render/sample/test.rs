//! A run of tests built by hand.

use std::sync::Arc;

use super::{Builder, SECURITY, place, range};
use crate::finding::TextEdit;
use crate::report::Range;
use crate::suite::coverage::{
    ClauseCoverage, ConditionCoverage, Coverage, EnvironmentCoverage, Missing, PolicyCoverage,
    Ratio, Seen, Totals,
};
use crate::suite::model::Decision;
use crate::suite::mutation::{Mutation, MutationTotals, PolicyMutation, Survivor};
use crate::suite::outcome::{Answer, Outcome, Suggestion, TestReport, TestResult, TestSummary};

pub(crate) const SUITE: &str = "tests/payments.test.yaml";
pub(crate) const SUITE_TEXT: &str = "\
cases:
  - name: clerks pay small amounts
    expect: allow
  - name: clerks cannot pay large amounts
    expect: deny
  - name: agents need a person
    expect: deny
  - name: auditors read
    expect: allow
  - name: partners read
    skip: the partner's contract is not signed
    expect: allow
";

pub(crate) const POLICIES: &str = "policies/people.cedar";
pub(crate) const POLICIES_TEXT: &str = "\
@id(\"clerks-pay\")
permit (principal in Role::\"clerk\", action == Action::\"pay\", resource)
when { context.amount <= 500 && context.mfa }
unless { principal.suspended };

@id(\"no-guests\")
forbid (principal is Guest, action, resource);
";

/// One case of each outcome and everything that a run can find out.
pub(crate) fn report() -> TestReport {
    let passed = Answer {
        determining: Some(names(&["clerks-pay"])),
        ..answer(Decision::Allow)
    };
    let tests = vec![
        TestResult {
            got: Some(Answer {
                errors: Some(Vec::new()),
                error_count: Some(0),
                obligations: Some(Vec::new()),
                ..passed.clone()
            }),
            ..case("clerks pay small amounts", Outcome::Passed, passed, &[])
        },
        failed(),
        TestResult {
            got: None,
            ..case(
                "auditors read",
                Outcome::Error,
                answer(Decision::Allow),
                &["the entity `User::\"carol\"` is not of a type that the schema has"],
            )
        },
        TestResult {
            got: None,
            ..case(
                "partners read",
                Outcome::Skipped,
                answer(Decision::Allow),
                &["the partner's contract is not signed"],
            )
        },
    ];
    TestReport {
        findings: vec![
            Builder::new(&SECURITY, SUITE, SUITE_TEXT, "agents need a person")
                .message("`persn` is no key of a case")
                .build(),
        ],
        tests,
        summary: TestSummary {
            suites: 1,
            broken_suites: 0,
            passed: 1,
            failed: 1,
            errors: 1,
            skipped: 1,
            left_out: 0,
        },
        coverage: Some(coverage()),
        mutation: Some(mutation()),
        suggestions: vec![Suggestion {
            closes: "no case makes `context.mfa` false".to_owned(),
            policy: "clerks-pay".into(),
            file: SUITE.into(),
            yaml: "- name: clerks pay without a second factor\n  principal: User::\"alice\"\n  expect: deny\n".to_owned(),
        }],
        secrets: Vec::new(),
        digest: "00ff".to_owned(),
    }
}

/// A case in which everything came out differently.
pub(crate) fn failed() -> TestResult {
    let expected = Answer {
        determining: Some(names(&["no-guests", "limits"])),
        errors: None,
        error_count: Some(0),
        obligations: Some(names(&["approval: step_up"])),
        ..answer(Decision::Deny)
    };
    let got = Answer {
        determining: Some(names(&["clerks-pay", "limits"])),
        errors: Some(vec![(
            "no-guests".into(),
            "the attribute `suspended` is missing".to_owned(),
        )]),
        error_count: Some(1),
        obligations: Some(Vec::new()),
        ..answer(Decision::Allow)
    };
    TestResult {
        got: Some(got),
        ..case(
            "clerks cannot pay large amounts",
            Outcome::Failed,
            expected,
            &[
                "`clerks-pay` permits: `context.amount <= 500` is true, since `context.amount` is 499",
                "`no-guests` could not be evaluated",
            ],
        )
    }
}

fn case(name: &str, outcome: Outcome, expected: Answer, reasons: &[&str]) -> TestResult {
    TestResult {
        suite: "payments".into(),
        name: name.into(),
        file: SUITE.into(),
        range: range(SUITE_TEXT, place(SUITE_TEXT, name)),
        outcome,
        expected: Some(expected),
        got: None,
        reasons: reasons.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) const fn answer(decision: Decision) -> Answer {
    Answer {
        decision,
        determining: None,
        errors: None,
        error_count: None,
        obligations: None,
    }
}

fn names(names: &[&str]) -> Vec<Arc<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

fn coverage() -> Coverage {
    let condition = |text: &str, seen: Seen, decisive: Seen| ConditionCoverage {
        text: text.to_owned(),
        range: at(text),
        seen,
        decisive,
        fails_where: None,
    };
    let clerks = PolicyCoverage {
        policy: "clerks-pay".into(),
        file: POLICIES.into(),
        range: Range {
            start: at("@id(\"clerks-pay\")").start,
            end: at("suspended };").end,
        },
        totals: totals([(1, 1), (4, 6), (4, 6), (2, 6), (1, 2)]),
        determined: 1,
        scope: seen(2, 1, 0),
        clauses: vec![
            ClauseCoverage {
                keyword: "when",
                range: at("when { context.amount <= 500 && context.mfa }"),
                seen: seen(2, 0, 0),
                conditions: vec![
                    condition("context.amount <= 500", seen(2, 0, 0), seen(2, 0, 0)),
                    condition("context.mfa", seen(2, 0, 0), seen(2, 0, 0)),
                ],
            },
            ClauseCoverage {
                keyword: "unless",
                range: at("unless { principal.suspended }"),
                seen: seen(1, 1, 1),
                conditions: vec![condition(
                    "principal.suspended",
                    seen(1, 1, 1),
                    Seen::default(),
                )],
            },
        ],
        environments: vec![
            EnvironmentCoverage {
                environment: "Agent, Action::\"pay\", Account".into(),
                cases: 0,
            },
            EnvironmentCoverage {
                environment: "User, Action::\"pay\", Account".into(),
                cases: 2,
            },
        ],
        missing: vec![
            Missing {
                range: at("context.amount <= 500"),
                message: "no case makes `context.amount <= 500` false".to_owned(),
            },
            Missing {
                range: at("context.mfa"),
                message: "no case makes `context.mfa` false".to_owned(),
            },
        ],
    };
    let guests = PolicyCoverage {
        policy: "no-guests".into(),
        file: POLICIES.into(),
        range: Range {
            start: at("@id(\"no-guests\")").start,
            end: at("is Guest, action, resource);").end,
        },
        totals: totals([(0, 1), (2, 2), (0, 0), (0, 0), (1, 1)]),
        determined: 0,
        scope: seen(1, 2, 0),
        clauses: Vec::new(),
        environments: Vec::new(),
        missing: vec![Missing {
            range: at("forbid"),
            message: "no case is decided by `no-guests`".to_owned(),
        }],
    };
    Coverage {
        totals: totals([(1, 2), (6, 8), (4, 6), (2, 6), (2, 3)]),
        policies: vec![clerks, guests],
    }
}

fn mutation() -> Mutation {
    let text = "context.amount <= 500 && context.mfa";
    let counts = MutationTotals {
        killed: 5,
        survived: 1,
        invalid: 2,
        equivalent: 1,
        equivalent_by_proof: 0,
        left_out: 0,
    };
    Mutation {
        totals: counts,
        policies: vec![PolicyMutation {
            policy: "clerks-pay".into(),
            file: POLICIES.into(),
            range: at("@id(\"clerks-pay\")"),
            totals: counts,
        }],
        survivors: vec![Survivor {
            operator: "operand-dropped",
            policy: "clerks-pay".into(),
            file: POLICIES.into(),
            range: at("context.mfa"),
            message: "no test would notice if `context.mfa` were dropped from `clerks-pay`"
                .to_owned(),
            edits: vec![(
                at(text),
                TextEdit::replace(place(POLICIES_TEXT, text), "context.amount <= 500"),
            )],
        }],
    }
}

fn at(part: &str) -> Range {
    range(POLICIES_TEXT, place(POLICIES_TEXT, part))
}

const fn seen(as_true: u32, as_false: u32, as_error: u32) -> Seen {
    Seen {
        as_true,
        as_false,
        as_error,
    }
}

fn totals(ratios: [(u32, u32); 5]) -> Totals {
    let [policies, clauses, conditions, decisive, environments] =
        ratios.map(|(covered, total)| Ratio { covered, total });
    Totals {
        policies,
        clauses,
        conditions,
        decisive,
        errors: Ratio::default(),
        environments,
    }
}

/// The text of a file of the sample.
pub(crate) fn sources(path: &str) -> Option<String> {
    match path {
        SUITE => Some(SUITE_TEXT.to_owned()),
        POLICIES => Some(POLICIES_TEXT.to_owned()),
        _ => None,
    }
}

/// A report of nothing but this case, whose names and reasons may be as hostile as they like.
pub(crate) fn of(test: TestResult) -> TestReport {
    let count = |outcome| usize::from(test.outcome == outcome);
    TestReport {
        findings: Vec::new(),
        summary: TestSummary {
            suites: 1,
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            errors: count(Outcome::Error),
            skipped: count(Outcome::Skipped),
            ..TestSummary::default()
        },
        tests: vec![test],
        coverage: None,
        mutation: None,
        suggestions: Vec::new(),
        secrets: Vec::new(),
        digest: "00ff".to_owned(),
    }
}
