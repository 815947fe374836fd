//! What running suites gives.

use std::sync::Arc;

use super::coverage::Coverage;
use super::model::Decision;
use super::mutation::Mutation;
use crate::report::{Range, ReportedFinding};

/// What came of a run: every case in the order of files and of cases in them.
#[derive(Debug, Clone, PartialEq)]
pub struct TestReport {
    /// What is wrong with the suites themselves, and what the suites leave untested, in the order of a
    /// check's report.
    pub findings: Vec<ReportedFinding>,
    /// The cases.
    pub tests: Vec<TestResult>,
    /// Counts.
    pub summary: TestSummary,
    /// What the cases covered, where it was asked for.
    pub coverage: Option<Coverage>,
    /// Which edits the cases would not notice, where it was asked for.
    pub mutation: Option<Mutation>,
    /// Cases that would close what is open, where they were asked for.
    pub suggestions: Vec<Suggestion>,
    /// Where secrets stand in the bundle, as a check finds them. The report names none of them, and no
    /// renderer shows what stands there.
    pub secrets: Vec<(Arc<str>, Range)>,
    /// Digest of the bundle's bytes, as in a check's report.
    pub digest: String,
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// The suite's name.
    pub suite: Arc<str>,
    /// The case's name.
    pub name: Arc<str>,
    /// Path of the suite.
    pub file: Arc<str>,
    /// The case in its file.
    pub range: Range,
    /// How it ended.
    pub outcome: Outcome,
    /// What was expected; `None` where something is wrong with the case, so that it says nothing for sure.
    pub expected: Option<Answer>,
    /// What came; `None` where it was not run.
    pub got: Option<Answer>,
    /// Sentences that say why: which policies decided, which clause failed and on which values, or why it
    /// was skipped or could not be run.
    pub reasons: Vec<String>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

impl Outcome {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

/// A decision with what it rests on. In an expectation, `None` stands for what may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether the request is allowed.
    pub decision: Decision,
    /// The names of the determining policies, sorted.
    pub determining: Option<Vec<Arc<str>>>,
    /// The names of the policies that failed to evaluate, sorted, and in what came also why.
    pub errors: Option<Vec<(Arc<str>, String)>>,
    /// How many policies failed to evaluate.
    pub error_count: Option<u32>,
    /// What must be done before the action runs, sorted.
    pub obligations: Option<Vec<Arc<str>>>,
}

/// Counts of cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Cases that a filter left out, or `--fail-fast`.
    pub left_out: usize,
}

/// A case that would close a gap, confirmed with Cedar's evaluator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it closes, in one sentence.
    pub closes: String,
    /// The policy.
    pub policy: Arc<str>,
    /// Path of the suite that it belongs in.
    pub file: Arc<str>,
    /// The case as YAML, to paste under `cases:`.
    pub yaml: String,
}
