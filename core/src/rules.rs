//! Every code that a finding can have: Cedar's own errors and warnings, limits, configuration, and the
//! checks. `portcullis rules`, docs/checks.md and SARIF's rules are made from this list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::finding::Severity;

/// What is known of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The stable code: `cedar/…`, `limit/…`, `config/…`, or the bare id of a check. Never reused.
    pub code: &'static str,
    /// Its severity unless `portcullis.yaml` says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// The profile from which on it is reported.
    pub profile: Profile,
    /// The strictest profile in which a comment in the policy text can suppress it; `None` where none can.
    /// Cedar's errors, secrets and limits never can be.
    pub suppressible: Option<Profile>,
    /// Standards that ask for it, as `NHI5` or `NIST SP 800-53r5 AC-6`.
    pub refs: &'static [&'static str],
    /// Its page in Markdown. For checks the examples in it are the check's tests.
    pub page: &'static str,
}

impl Rule {
    /// Whether a comment in the policy text can suppress it in this profile.
    pub fn is_suppressible_in(&self, profile: Profile) -> bool {
        self.suppressible
            .is_some_and(|strictest| profile <= strictest)
    }
}

/// How much a team wants to be told. Each profile includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Profile {
    /// What is wrong for anybody.
    #[default]
    Basic,
    /// Adds metadata and ownership.
    Governed,
    /// Adds evidence.
    Regulated,
}

impl Profile {
    /// All profiles, least strict first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Governed, Self::Regulated];

    /// The name used in `portcullis.yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Governed => "governed",
            Self::Regulated => "regulated",
        }
    }

    /// The profile with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }
}

/// Every rule, sorted by code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLE.values().copied()
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    TABLE.get(code).copied()
}

/// The rule with this code; for a code that is in no table, which a test excludes, one that says so.
pub(crate) fn named(code: &str) -> &'static Rule {
    find(code).unwrap_or(&UNLISTED)
}

static UNLISTED: Rule = Rule {
    code: "internal/unlisted-code",
    severity: Severity::Error,
    summary: "a finding has a code that is not listed",
    why: "this is a fault of Portcullis",
    profile: Profile::Basic,
    suppressible: None,
    refs: &[],
    page: "# internal/unlisted-code\n\nA fault of Portcullis: please report it with the file.\n",
};

static TABLE: LazyLock<BTreeMap<&'static str, &'static Rule>> = LazyLock::new(|| {
    crate::codes::all()
        .chain(crate::checks::ALL.iter().map(|check| check.rule))
        .map(|rule| (rule.code, rule))
        .collect()
});
