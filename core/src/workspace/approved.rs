//! What is found in a bundle by the levels and suppressions of what it is to replace: those that it brings along
//! itself are approved by nobody yet.

use std::collections::BTreeSet;

use super::Workspace;
use super::file::Contents;
use super::statement::Statement;
use crate::config::Config;
use crate::finding::Severity;
use crate::govern::canonical::Digest;
use crate::report::ReportedFinding;
use crate::time::Instant;

/// What is suppressed where: policies and codes.
pub(super) type Suppressed = BTreeSet<(String, &'static str)>;

impl Workspace {
    /// What a check finds, and beside it the errors that it would find by the levels, the options
    /// and the suppressions of base.
    pub(super) fn found_by_base(
        &mut self,
        base: Option<&mut Self>,
        as_of: Instant,
    ) -> Vec<ReportedFinding> {
        let mut found = self.check(as_of).findings;
        let Some(base) = base else { return found };
        let approved = base.suppressed(as_of);
        let own = self.config.config.clone();
        // What is read and what the tests must reach is head's to say: neither hides what is found in what is read.
        let by_base = Config {
            limits: own.limits,
            tests: own.tests.clone(),
            governance: own.governance.clone(),
            ..base.config.config.clone()
        };
        if by_base == own && self.suppressed(as_of).is_subset(&approved) {
            return found;
        }
        self.config.config = by_base;
        self.config.epoch += 1;
        self.approved = Some(approved);
        let by_base = self.check(as_of).findings;
        self.approved = None;
        self.config.config = own;
        self.config.epoch += 1;
        let more: Vec<ReportedFinding> = by_base
            .into_iter()
            .filter(|of| of.severity == Severity::Error && !found.contains(of))
            .collect();
        found.extend(more);
        found
    }

    /// What comments in its policies suppress at this time.
    fn suppressed(&mut self, as_of: Instant) -> Suppressed {
        self.read();
        let mut out = Suppressed::new();
        for file in self.files.values() {
            let Contents::Policies(policies) = &file.contents else {
                continue;
            };
            for (_, _, statement) in policies.positioned(&self.store) {
                let active = statement.suppressions.list.iter().filter(|of| {
                    let until = of.until.as_ref();
                    until.is_none_or(|until| until.value > as_of)
                });
                for code in active.flat_map(|of| &of.codes) {
                    out.insert((name(statement), code.value));
                }
            }
        }
        out
    }
}

/// What a statement's suppressions are known by: its `@id`, or else what it says.
pub(super) fn name(statement: &Statement) -> String {
    let policy = statement.parsed().map(|parsed| &parsed.policy);
    match policy {
        Some(policy) => match policy.id() {
            Some(id) => format!("@id {id}"),
            None => format!("says {}", Digest(policy.canonical)),
        },
        None => format!("reads {}", Digest::of(statement.text.as_bytes())),
    }
}
