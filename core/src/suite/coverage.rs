//! What the cases of a run reached. Invariant to the layout of policies: everything that is counted is a
//! part of the syntax tree.

use std::sync::Arc;

use crate::report::Range;

/// Coverage of every policy, and the sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage {
    /// The sum over all policies.
    pub totals: Totals,
    /// Each policy, in the order of files and statements.
    pub policies: Vec<PolicyCoverage>,
}

/// How much of what there is was covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratio {
    /// How many were covered.
    pub covered: u32,
    /// How many there are.
    pub total: u32,
}

/// Coverage of one policy or template; what its links do counts for the template.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyCoverage {
    /// Its name.
    pub policy: Arc<str>,
    /// Path of its file.
    pub file: Arc<str>,
    /// The policy in its file.
    pub range: Range,
    /// Its share of the totals.
    pub totals: Totals,
    /// How many decisions it determined.
    pub determined: u32,
    /// Its scope.
    pub scope: Seen,
    /// Its clauses, in the order written.
    pub clauses: Vec<ClauseCoverage>,
    /// The request environments that it applies to, sorted by name.
    pub environments: Vec<EnvironmentCoverage>,
    /// What is not covered, in sentences, each with its place.
    pub missing: Vec<Missing>,
}

/// How often something was true, false, or failed to evaluate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Cases in which it was true.
    pub as_true: u32,
    /// Cases in which it was false.
    pub as_false: u32,
    /// Cases in which it failed to evaluate.
    pub as_error: u32,
}

/// Coverage of a `when` or `unless` clause.
#[derive(Debug, Clone, PartialEq)]
pub struct ClauseCoverage {
    /// `when` or `unless`.
    pub keyword: &'static str,
    /// The clause in its file.
    pub range: Range,
    /// What its condition was, not what the clause came to: under `unless`, true is what keeps the policy
    /// from applying.
    pub seen: Seen,
    /// Its atomic conditions, in the order written.
    pub conditions: Vec<ConditionCoverage>,
}

/// Coverage of an atomic condition: an expression of a clause that `&&`, `||`, `!` and `if` join.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionCoverage {
    /// Its text.
    pub text: String,
    /// Where, in its file.
    pub range: Range,
    /// What it was.
    pub seen: Seen,
    /// Cases in which it decided the outcome by itself: had it been otherwise, so would the clause.
    pub decisive: Seen,
    /// Where it fails to evaluate, as "`context.a + 1` overflows"; `None` where it cannot.
    pub fails_where: Option<String>,
}

/// Coverage of a request environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentCoverage {
    /// As `User, Action::"view", Photo`.
    pub environment: Arc<str>,
    /// Cases in it in which the scope matched.
    pub cases: u32,
}

/// Something that no case reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Where, in the policy's file.
    pub range: Range,
    /// As "no case makes `context.amount <= 500` false".
    pub message: String,
}
