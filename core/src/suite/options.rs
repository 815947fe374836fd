//! What of the suites is run, and what is found out beside.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::time::Instant;

/// How suites are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOptions {
    /// What counts as now for suites that do not say it themselves.
    pub as_of: Instant,
    /// Only cases in whose suite's name, a space and own name this text occurs.
    pub filter: Option<String>,
    /// Only cases that have one of these tags; all cases where there is none.
    pub tags: Vec<String>,
    /// Whether the cases behind the first that does not pass are left out.
    pub fail_fast: bool,
    /// Whether to find out what the cases cover.
    pub coverage: bool,
    /// Whether to find out which edits of the policies the cases would not notice.
    pub mutation: bool,
    /// Whether to look for cases that would close what is open.
    pub suggest: bool,
    /// The names of the policies whose coverage, mutants and suggestions count; `None` for all.
    pub policies: Option<BTreeSet<Arc<str>>>,
    /// Only cases whose request the scope of one of these policies can admit; `None` for all. What is found out
    /// of these policies is the same: every other case lies outside their scopes, and mutants are held against
    /// all cases.
    pub reaching: Option<BTreeSet<Arc<str>>>,
}

impl TestOptions {
    /// Runs every case and finds out nothing beside.
    pub const fn new(as_of: Instant) -> Self {
        Self {
            as_of,
            filter: None,
            tags: Vec::new(),
            fail_fast: false,
            coverage: false,
            mutation: false,
            suggest: false,
            policies: None,
            reaching: None,
        }
    }

    /// Whether a case is among those to be run.
    pub fn selects(&self, suite: &str, case: &str, tags: &[Arc<str>]) -> bool {
        let named = |text: &String| format!("{suite} {case}").contains(text.as_str());
        let tagged = |wanted: &String| tags.iter().any(|tag| **tag == **wanted);
        self.filter.as_ref().is_none_or(named)
            && (self.tags.is_empty() || self.tags.iter().any(tagged))
    }

    /// Whether a case that can reach the policy is to be run.
    pub fn wants(&self, policy: &str) -> bool {
        let names = self.reaching.as_ref();
        names.is_none_or(|names| names.contains(policy))
    }

    /// Whether what concerns a policy counts.
    pub fn counts(&self, policy: &str) -> bool {
        self.policies
            .as_ref()
            .is_none_or(|names| names.contains(policy))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn options() -> TestOptions {
        TestOptions::new(Instant::parse("2026-11-21").unwrap())
    }

    #[test]
    fn filters_and_tags_select_together() {
        let mut options = options();
        let tags: Vec<Arc<str>> = vec!["slow".into(), "mfa".into()];
        assert!(options.selects("payments", "clerks pay", &[]));
        options.filter = Some("payments clerks".to_owned());
        assert!(options.selects("payments", "clerks pay", &tags));
        assert!(!options.selects("payments", "auditors read", &tags));
        options.tags = vec!["mfa".to_owned(), "other".to_owned()];
        assert!(options.selects("payments", "clerks pay", &tags));
        assert!(!options.selects("payments", "clerks pay", &[]));
    }

    #[test]
    fn without_names_every_policy_counts() {
        let mut options = options();
        assert!(options.counts("a"));
        options.policies = Some(BTreeSet::from(["b".into()]));
        assert!(!options.counts("a") && options.counts("b"));
    }
}
