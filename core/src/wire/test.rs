//! The JSON of a run of policy tests.

use std::sync::Arc;

use serde::Serialize;

use super::{Edit, Finding, List, Range, SCHEMA_VERSION};
use crate::finding::TextEdit;
use crate::report::{self, ReportedFinding};
use crate::suite::{coverage, model, mutation, outcome};

/// What running a bundle's tests gave.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TestReport<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// The cases, in the order of files and of cases in them.
    #[cfg_attr(feature = "typescript", ts(type = "Array<TestResult>"))]
    pub tests: List<'a, outcome::TestResult, TestResult<'a>>,
    /// Counts.
    pub summary: TestSummary,
    /// What is wrong with the suites, and what they miss of what `portcullis.yaml` asks for.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Finding>"))]
    pub findings: List<'a, ReportedFinding, Finding<'a>>,
    /// What the cases reached; null where nobody asked.
    pub coverage: Option<Coverage<'a>>,
    /// Which edits of the policies no case would notice; null where nobody asked.
    pub mutation: Option<Mutation<'a>>,
    /// Cases that would close what is open; empty where nobody asked.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Suggestion>"))]
    pub suggestions: List<'a, outcome::Suggestion, Suggestion<'a>>,
    /// SHA-256 of the bundle's bytes, as in the report of a check.
    pub digest: &'a str,
}

/// What came of one case.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TestResult<'a> {
    /// The suite's name.
    pub suite: &'a str,
    /// The case's name.
    pub name: &'a str,
    /// Path of the suite.
    pub file: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was expected; null where something is wrong with the case itself.
    pub expected: Option<Answer<'a>>,
    /// What came; null where it was not run.
    pub got: Option<Answer<'a>>,
    /// Sentences that say why it came out like this, was skipped or could not be run.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub reasons: &'a [String],
    /// The case in its file.
    pub range: Range,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// It could not be run.
    Error,
    /// It says itself that it is not to be run.
    Skipped,
}

/// What Cedar answers.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Some permit applies and no forbid.
    Allow,
    /// Anything else.
    Deny,
}

/// A decision with what it rests on. In an expectation, null stands for what may be anything.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Answer<'a> {
    /// Whether the request is allowed.
    pub decision: Decision,
    /// The determining policies, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string> | null"))]
    pub determining: Option<&'a [Arc<str>]>,
    /// The policies that failed to evaluate, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<PolicyError> | null"))]
    pub errors: Option<List<'a, (Arc<str>, String), PolicyError<'a>>>,
    /// How many policies failed to evaluate.
    pub error_count: Option<u32>,
    /// What must be done before the action runs, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string> | null"))]
    pub obligations: Option<&'a [Arc<str>]>,
}

/// A policy that failed to evaluate.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyError<'a> {
    /// Its name.
    pub policy: &'a str,
    /// Why; empty in an expectation.
    pub message: &'a str,
}

/// Counts of cases.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TestSummary {
    /// Suites that were read.
    pub suites: usize,
    /// Suites that could not be read.
    pub broken_suites: usize,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that could not be run.
    pub errors: usize,
    /// Cases that were skipped.
    pub skipped: usize,
    /// Cases that a filter or the end at the first failure left out.
    pub left_out: usize,
}

/// What the cases reached.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Coverage<'a> {
    /// The sum over all policies.
    pub totals: CoverageTotals,
    /// Each policy, in the order of files and statements.
    #[cfg_attr(feature = "typescript", ts(type = "Array<PolicyCoverage>"))]
    pub policies: List<'a, coverage::PolicyCoverage, PolicyCoverage<'a>>,
}

/// How much of what there is was covered.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CoverageTotals {
    /// Policies that determined a decision.
    pub policies: Ratio,
    /// Scopes and clauses, each counted once for true and once for false.
    pub clauses: Ratio,
    /// Atomic conditions, each counted once for true and once for false.
    pub conditions: Ratio,
    /// Atomic conditions shown to decide the outcome by themselves (masking MC/DC), each counted once for
    /// true and once for false.
    pub decisive: Ratio,
    /// Atomic conditions that can fail to evaluate, each counted once: those that did in some case. They count
    /// for nothing else.
    pub errors: Ratio,
    /// Request environments that a policy applies to, in which some case made its scope match.
    pub environments: Ratio,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ratio {
    /// How many were covered.
    pub covered: u32,
    /// How many there are.
    pub total: u32,
}

/// Coverage of one policy or template; what its links do counts for the template.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyCoverage<'a> {
    /// Its name.
    pub policy: &'a str,
    /// Path of its file.
    pub file: &'a str,
    /// The policy in its file.
    pub range: Range,
    /// Its share of the totals.
    pub totals: CoverageTotals,
    /// How many decisions it determined.
    pub determined: u32,
    /// Its scope.
    pub scope: Seen,
    /// Its clauses, in the order written.
    #[cfg_attr(feature = "typescript", ts(type = "Array<ClauseCoverage>"))]
    pub clauses: List<'a, coverage::ClauseCoverage, ClauseCoverage<'a>>,
    /// The request environments that it applies to, sorted by name.
    #[cfg_attr(feature = "typescript", ts(type = "Array<EnvironmentCoverage>"))]
    pub environments: List<'a, coverage::EnvironmentCoverage, EnvironmentCoverage<'a>>,
    /// What is not covered, in sentences.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Missing>"))]
    pub missing: List<'a, coverage::Missing, Missing<'a>>,
}

/// How often something was true, false, or failed to evaluate.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Seen {
    /// Cases in which it was true.
    pub as_true: u32,
    /// Cases in which it was false.
    pub as_false: u32,
    /// Cases in which it failed to evaluate.
    pub as_error: u32,
}

/// Coverage of a `when` or `unless` clause.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ClauseCoverage<'a> {
    /// `when` or `unless`.
    pub keyword: &'a str,
    /// The clause in its file.
    pub range: Range,
    /// What its condition was: under `unless`, true is what keeps the policy from applying.
    pub seen: Seen,
    /// Its atomic conditions, in the order written.
    #[cfg_attr(feature = "typescript", ts(type = "Array<ConditionCoverage>"))]
    pub conditions: List<'a, coverage::ConditionCoverage, ConditionCoverage<'a>>,
}

/// Coverage of an atomic condition: an expression of a clause that `&&`, `||`, `!` and `if` join.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConditionCoverage<'a> {
    /// Its text.
    pub text: &'a str,
    /// Where, in its file.
    pub range: Range,
    /// What it was.
    pub seen: Seen,
    /// Cases in which it decided the outcome by itself.
    pub decisive: Seen,
    /// Where it fails to evaluate, in words; null where it cannot.
    pub fails_where: Option<&'a str>,
}

/// Coverage of a request environment.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EnvironmentCoverage<'a> {
    /// As `User, Action::"view", Photo`.
    pub environment: &'a str,
    /// Cases in it in which the scope matched.
    pub cases: u32,
}

/// Something that no case reaches.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Missing<'a> {
    /// Where, in the policy's file.
    pub range: Range,
    /// What, in one sentence.
    pub message: &'a str,
}

/// Which edits of the policies no case would notice.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Mutation<'a> {
    /// Counts over all policies.
    pub totals: MutationTotals,
    /// Counts by policy, in the order of files and statements.
    #[cfg_attr(feature = "typescript", ts(type = "Array<PolicyMutation>"))]
    pub policies: List<'a, mutation::PolicyMutation, PolicyMutation<'a>>,
    /// The mutants that no case noticed, by file and position.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Survivor>"))]
    pub survivors: List<'a, mutation::Survivor, Survivor<'a>>,
}

/// Counts of mutants.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MutationTotals {
    /// Some case came out differently.
    pub killed: u32,
    /// No case came out differently.
    pub survived: u32,
    /// Left out: Cedar rejects the text, or it does not type-check.
    pub invalid: u32,
    /// Left out: it says the same as the policy or as another mutant of it.
    pub equivalent: u32,
    /// Left out: no case noticed it, and it is proved to answer every request as the policy does.
    pub equivalent_by_proof: u32,
    /// Left out: beyond the bound on the mutants of one policy.
    pub left_out: u32,
    /// Share that was killed of those that were not left out, in thousandths; null where all were.
    pub score: Option<u32>,
}

/// Counts of one policy.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyMutation<'a> {
    /// Its name.
    pub policy: &'a str,
    /// Path of its file.
    pub file: &'a str,
    /// The policy in its file.
    pub range: Range,
    /// Its counts.
    pub totals: MutationTotals,
}

/// A mutant that no case noticed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Survivor<'a> {
    /// The kind of edit, as `clause-dropped`.
    pub operator: &'a str,
    /// The policy.
    pub policy: &'a str,
    /// Path of its file.
    pub file: &'a str,
    /// What was edited.
    pub range: Range,
    /// What no test would notice, in one sentence.
    pub message: &'a str,
    /// The edits, in order of position; they do not overlap.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Edit>"))]
    pub edits: List<'a, (report::Range, TextEdit), Edit<'a>>,
}

/// A case that would close a gap, confirmed with Cedar's evaluator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Suggestion<'a> {
    /// What it closes, in one sentence.
    pub closes: &'a str,
    /// The policy.
    pub policy: &'a str,
    /// Path of the suite that it belongs in.
    pub file: &'a str,
    /// The case as YAML, to paste under `cases:`.
    pub yaml: &'a str,
}

impl<'a> From<&'a outcome::TestReport> for TestReport<'a> {
    fn from(report: &'a outcome::TestReport) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tests: report.tests.as_slice().into(),
            summary: report.summary.into(),
            findings: report.findings.as_slice().into(),
            coverage: report.coverage.as_ref().map(Coverage::from),
            mutation: report.mutation.as_ref().map(Mutation::from),
            suggestions: report.suggestions.as_slice().into(),
            digest: &report.digest,
        }
    }
}

impl<'a> From<&'a outcome::TestResult> for TestResult<'a> {
    fn from(test: &'a outcome::TestResult) -> Self {
        Self {
            suite: &test.suite,
            name: &test.name,
            file: &test.file,
            outcome: test.outcome.into(),
            expected: test.expected.as_ref().map(Answer::from),
            got: test.got.as_ref().map(Answer::from),
            reasons: &test.reasons,
            range: test.range.into(),
        }
    }
}

impl From<outcome::Outcome> for Outcome {
    fn from(outcome: outcome::Outcome) -> Self {
        match outcome {
            outcome::Outcome::Passed => Self::Passed,
            outcome::Outcome::Failed => Self::Failed,
            outcome::Outcome::Error => Self::Error,
            outcome::Outcome::Skipped => Self::Skipped,
        }
    }
}

impl From<model::Decision> for Decision {
    fn from(decision: model::Decision) -> Self {
        match decision {
            model::Decision::Allow => Self::Allow,
            model::Decision::Deny => Self::Deny,
        }
    }
}

impl<'a> From<&'a outcome::Answer> for Answer<'a> {
    fn from(answer: &'a outcome::Answer) -> Self {
        Self {
            decision: answer.decision.into(),
            determining: answer.determining.as_deref(),
            errors: answer.errors.as_deref().map(List::from),
            error_count: answer.error_count,
            obligations: answer.obligations.as_deref(),
        }
    }
}

impl<'a> From<&'a (Arc<str>, String)> for PolicyError<'a> {
    fn from((policy, message): &'a (Arc<str>, String)) -> Self {
        Self { policy, message }
    }
}

impl From<outcome::TestSummary> for TestSummary {
    fn from(summary: outcome::TestSummary) -> Self {
        // Taken apart so that a new count cannot be forgotten here.
        let outcome::TestSummary {
            suites,
            broken_suites,
            passed,
            failed,
            errors,
            skipped,
            left_out,
        } = summary;
        Self {
            suites,
            broken_suites,
            passed,
            failed,
            errors,
            skipped,
            left_out,
        }
    }
}

impl<'a> From<&'a coverage::Coverage> for Coverage<'a> {
    fn from(coverage: &'a coverage::Coverage) -> Self {
        Self {
            totals: coverage.totals.into(),
            policies: coverage.policies.as_slice().into(),
        }
    }
}

impl From<coverage::Totals> for CoverageTotals {
    fn from(totals: coverage::Totals) -> Self {
        Self {
            policies: totals.policies.into(),
            clauses: totals.clauses.into(),
            conditions: totals.conditions.into(),
            decisive: totals.decisive.into(),
            errors: totals.errors.into(),
            environments: totals.environments.into(),
        }
    }
}

impl From<coverage::Ratio> for Ratio {
    fn from(ratio: coverage::Ratio) -> Self {
        Self {
            covered: ratio.covered,
            total: ratio.total,
        }
    }
}

impl<'a> From<&'a coverage::PolicyCoverage> for PolicyCoverage<'a> {
    fn from(policy: &'a coverage::PolicyCoverage) -> Self {
        Self {
            policy: &policy.policy,
            file: &policy.file,
            range: policy.range.into(),
            totals: policy.totals.into(),
            determined: policy.determined,
            scope: policy.scope.into(),
            clauses: policy.clauses.as_slice().into(),
            environments: policy.environments.as_slice().into(),
            missing: policy.missing.as_slice().into(),
        }
    }
}

impl From<coverage::Seen> for Seen {
    fn from(seen: coverage::Seen) -> Self {
        Self {
            as_true: seen.as_true,
            as_false: seen.as_false,
            as_error: seen.as_error,
        }
    }
}

impl<'a> From<&'a coverage::ClauseCoverage> for ClauseCoverage<'a> {
    fn from(clause: &'a coverage::ClauseCoverage) -> Self {
        Self {
            keyword: clause.keyword,
            range: clause.range.into(),
            seen: clause.seen.into(),
            conditions: clause.conditions.as_slice().into(),
        }
    }
}

impl<'a> From<&'a coverage::ConditionCoverage> for ConditionCoverage<'a> {
    fn from(condition: &'a coverage::ConditionCoverage) -> Self {
        Self {
            text: &condition.text,
            range: condition.range.into(),
            seen: condition.seen.into(),
            decisive: condition.decisive.into(),
            fails_where: condition.fails_where.as_deref(),
        }
    }
}

impl<'a> From<&'a coverage::EnvironmentCoverage> for EnvironmentCoverage<'a> {
    fn from(environment: &'a coverage::EnvironmentCoverage) -> Self {
        Self {
            environment: &environment.environment,
            cases: environment.cases,
        }
    }
}

impl<'a> From<&'a coverage::Missing> for Missing<'a> {
    fn from(missing: &'a coverage::Missing) -> Self {
        Self {
            range: missing.range.into(),
            message: &missing.message,
        }
    }
}

impl<'a> From<&'a mutation::Mutation> for Mutation<'a> {
    fn from(mutation: &'a mutation::Mutation) -> Self {
        Self {
            totals: mutation.totals.into(),
            policies: mutation.policies.as_slice().into(),
            survivors: mutation.survivors.as_slice().into(),
        }
    }
}

impl From<mutation::MutationTotals> for MutationTotals {
    fn from(totals: mutation::MutationTotals) -> Self {
        Self {
            killed: totals.killed,
            survived: totals.survived,
            invalid: totals.invalid,
            equivalent: totals.equivalent,
            equivalent_by_proof: totals.equivalent_by_proof,
            left_out: totals.left_out,
            score: totals.score(),
        }
    }
}

impl<'a> From<&'a mutation::PolicyMutation> for PolicyMutation<'a> {
    fn from(policy: &'a mutation::PolicyMutation) -> Self {
        Self {
            policy: &policy.policy,
            file: &policy.file,
            range: policy.range.into(),
            totals: policy.totals.into(),
        }
    }
}

impl<'a> From<&'a mutation::Survivor> for Survivor<'a> {
    fn from(survivor: &'a mutation::Survivor) -> Self {
        Self {
            operator: survivor.operator,
            policy: &survivor.policy,
            file: &survivor.file,
            range: survivor.range.into(),
            message: &survivor.message,
            edits: survivor.edits.as_slice().into(),
        }
    }
}

impl<'a> From<&'a outcome::Suggestion> for Suggestion<'a> {
    fn from(suggestion: &'a outcome::Suggestion) -> Self {
        Self {
            closes: &suggestion.closes,
            policy: &suggestion.policy,
            file: &suggestion.file,
            yaml: &suggestion.yaml,
        }
    }
}
