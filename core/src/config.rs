//! `portcullis.yaml`: what a team wants to be told, and by which limits and words it works.

pub(crate) mod direction;
pub mod governance;
pub(crate) mod mentions;
mod parse;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
mod thresholds;
pub(crate) mod words;
pub(crate) mod yaml;

pub use direction::SettingChange;
pub use governance::Governance;
pub use parse::parse;
pub(crate) use parse::read;
pub use thresholds::{Each, Threshold, Thresholds};

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Severity;
use crate::rules::{Profile, Rule};
use crate::source::Limits;

/// The file's name, at the root of a bundle.
pub const FILE_NAME: &str = "portcullis.yaml";

/// A bundle's configuration. What the file leaves out has these defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Which checks are on.
    pub profile: Profile,
    /// Levels that differ from the rule's own.
    pub levels: BTreeMap<&'static str, Level>,
    /// Limits on what is read.
    pub limits: Limits,
    /// What Cedar's validator is asked beyond its ordinary errors.
    pub validation: Validation,
    /// The words that annotations may use.
    pub vocabulary: Vocabulary,
    /// Numbers and lists that single checks need.
    pub options: Options,
    /// How much the policy tests must reach.
    pub tests: Thresholds,
    /// How risky what is, and who says so.
    pub governance: Governance,
}

/// What Cedar's validator is asked beyond its ordinary errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validation {
    /// How many references between entities a policy may follow one after another (Cedar's RFC 76). It is
    /// not asked without a number.
    pub level: Option<u32>,
}

/// How a rule is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not at all.
    Off,
    /// With this severity, in every profile.
    At(Severity),
}

/// Whether a rule always counts with its own severity in a profile: errors that nothing may silence, such
/// as Cedar's errors, limits and a broken configuration.
pub fn locked(rule: &Rule, profile: Profile) -> bool {
    rule.severity == Severity::Error && !rule.is_suppressible_in(profile)
}

/// Annotation keys beyond the built-in ones (docs/checks.md lists those).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Further keys for policies.
    pub policy: BTreeSet<String>,
    /// Further keys for schemas.
    pub schema: BTreeSet<String>,
}

impl Vocabulary {
    /// The keys that policies may always use.
    pub const POLICY: &'static [&'static str] = &[
        "id",
        "owner",
        "ticket",
        "justification",
        "purpose",
        "expires",
        "revoke_on",
        "template",
        "exception",
        "breakglass",
        "recertify_by",
        "drafted_by",
        "jit",
    ];

    /// The keys that schemas may always use.
    pub const SCHEMA: &'static [&'static str] = &[
        "access",
        "effect",
        "reversible",
        "limit",
        "sensitivity",
        "regulated",
        "pii",
        "approval",
        "principal_kind",
        "trust",
        "doc",
        "security_label",
        "environment",
    ];
}

/// Settings of single checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// `broad-ip-range`: the shortest IPv4 prefix that is not broad.
    pub min_ipv4_prefix: u8,
    /// `broad-ip-range`: the shortest IPv6 prefix that is not broad.
    pub min_ipv6_prefix: u8,
    /// `deep-deref`: how many entity dereferences a condition may chain.
    pub max_deref_level: u32,
    /// `expiry-too-long`: the longest time, in days, from `as_of` to `@expires`.
    pub max_expiry_days: u32,
    /// `too-long`: the most lines of one policy.
    pub max_policy_lines: u32,
    /// `id-list-in-condition`: the most entity or string literals in one list.
    pub max_inline_ids: u32,
    /// `weak-justification`: the fewest words of `@justification`.
    pub min_justification_words: u32,
    /// `sod-pair`: pairs of actions that one principal must not both have, as `App::Action::"a"`.
    pub incompatible_actions: Vec<(String, String)>,
    /// Context fields or attributes whose test counts as a step-up (`destructive-without-step-up`).
    pub step_up_attributes: Vec<String>,
    /// `cross-environment`: names of environments, from least to most protected.
    pub environments: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Self {
            min_ipv4_prefix: 8,
            min_ipv6_prefix: 32,
            max_deref_level: 3,
            max_expiry_days: 365,
            max_policy_lines: 60,
            max_inline_ids: 5,
            min_justification_words: 3,
            incompatible_actions: Vec::new(),
            step_up_attributes: words(&[
                "mfa",
                "step_up",
                "stepUp",
                "approved",
                "approval",
                "two_person",
                "mfa_verified",
            ]),
            environments: words(&["dev", "test", "staging", "prod"]),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::Basic,
            levels: BTreeMap::new(),
            limits: Limits::default(),
            validation: Validation::default(),
            vocabulary: Vocabulary::default(),
            options: Options::default(),
            tests: Thresholds::default(),
            governance: Governance::default(),
        }
    }
}

impl Config {
    /// The severity at which findings of `rule` are reported; `None` where it is off. `own` is the
    /// severity that the finding carries.
    pub fn severity(&self, rule: &Rule, own: Severity) -> Option<Severity> {
        match self.levels.get(rule.code) {
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(*severity),
            None => (rule.profile <= self.profile).then_some(own),
        }
    }
}
