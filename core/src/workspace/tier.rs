//! What tiering needs of two bundles.

use std::collections::{BTreeMap, BTreeSet};

use super::Workspace;
use super::digests::is_missed;
use super::file::Kind;
use crate::change::{self, probe};
use crate::finding::Severity;
use crate::govern::Record;
use crate::suite::{Outcome, TestOptions, read};
use crate::tier::classify::Words;
use crate::tier::view::{Beside, Survivor, Tested, View};
use crate::tier::{Reason, verdict};
use crate::time::Instant;

/// More survivors than these nobody reads.
const MOST_SURVIVORS: usize = 20;

impl Workspace {
    /// What is known of a change to this bundle beside the comparison.
    pub(crate) fn facts_for_tier<'r>(
        &mut self,
        base: &mut Self,
        as_of: Instant,
        record: Option<&'r Record>,
        has_base: bool,
    ) -> Beside<'r> {
        let findings = self.found_by_base(has_base.then_some(&mut *base), as_of);
        let tests_changed = base.tests_digest() != self.tests_digest();
        let tested = self.tested();
        let (surviving, is_failing) = self.surviving(base, as_of);
        let excluded = (base.ready(), self.ready());
        Beside {
            has_base,
            surviving,
            is_failing,
            governed: self.governed(base, (&excluded.0, &excluded.1)),
            named_in: self.named_beside_policies(base),
            findings,
            tested,
            tests_changed,
            cases_gone: self.cases_gone(base),
            record,
            left_out: self.left_out().map(str::to_owned).collect(),
            missed: self.missed(),
            directory: base.directory().map(|(directory, _)| directory.clone()),
            since: None,
        }
    }

    /// The files that say something and are not read because of their names, sorted.
    fn missed(&self) -> Vec<String> {
        let missed = (self.files.iter())
            .filter(|(path, file)| file.kind == Kind::Unknown && is_missed(path, &file.contents));
        missed.map(|(path, _)| path.to_string()).collect()
    }

    /// The reasons for a tier, the kinds of request that are widened, and the digests of base and head.
    pub(crate) fn reasons(
        &mut self,
        base: &mut Self,
        beside: &Beside<'_>,
    ) -> (Vec<Reason>, Vec<String>, (String, String)) {
        let (before, after) = (base.ready(), self.ready());
        let mut memo = std::mem::take(&mut self.proofs);
        let (old, new) = (base.side(&before), self.side(&after));
        let words: [Words<'_>; 2] = [old.words("base"), new.words("head")];
        let limits = |action: &str| -> Vec<String> {
            let Some(action) = crate::cedar::entity(action) else {
                return Vec::new();
            };
            let all: BTreeSet<String> = (words.iter())
                .filter_map(|words| words.action(&action))
                .flat_map(|class| class.limits)
                .collect();
            all.into_iter().collect()
        };
        let options = change::Options::default();
        let (change, probed) = probe::probe(&old, &new, &options, &limits, &mut memo);
        let view = View::new(&old, &new, (&change, &probed), beside);
        let mut reasons = verdict::reasons(&view);
        let labels: BTreeSet<String> = (view.classes.iter())
            .map(|widened| widened.label().to_owned())
            .collect();
        self.proofs = memo;
        self.hide_secrets_in_reasons(base, &mut reasons);
        let labels = labels.into_iter().collect();
        (reasons, labels, (change.base_digest, change.head_digest))
    }

    /// Which decisions the cases that pass come to, by kind of request.
    fn tested(&mut self) -> BTreeMap<String, Tested> {
        let mut out: BTreeMap<String, Tested> = BTreeMap::new();
        let excluded = self.ready();
        if self.suite_files(&excluded).is_empty() {
            return out;
        }
        let mut state = std::mem::take(&mut self.suites);
        let policies = self.test_policies(&excluded);
        let read_now = state.read(self, &policies, &excluded, read::read);
        let files = self.suites_of(&state, &excluded);
        let evidence = state.runner.evidence(&policies, &files, false);
        for observed in &evidence.cases {
            let case = observed.case;
            let label = format!(
                "{}, {}, {}",
                case.principal.ty, case.action, case.resource.ty
            );
            let seen = out.entry(label).or_default();
            seen.allowed |= observed.allowed;
            seen.denied |= !observed.allowed;
        }
        drop(evidence);
        let counters = state.runner.counters();
        drop(files);
        self.counters.suites_read += read_now;
        self.counters.cases_evaluated = counters.cases_evaluated;
        self.counters.coverage_faults = counters.coverage_faults;
        self.suites = state;
        out
    }

    /// Edits of policies that base does not have which no case would notice; `None` where there are no cases or
    /// some of them do not pass, so that nothing can be told. Beside it, whether any fails.
    fn surviving(&mut self, base: &mut Self, as_of: Instant) -> (Option<Vec<Survivor>>, bool) {
        // Without cases there is nothing that could notice, and to make the edits takes long.
        if !self.paths().any(|path| Kind::of(path) == Kind::Suite) {
            return (None, false);
        }
        let changed = self.policies_not_in(base);
        let mut options = TestOptions::new(as_of);
        options.mutation = !changed.is_empty();
        options.policies = Some(changed);
        let report = self.test(&options);
        let is_failing = report.summary.failed + report.summary.errors > 0
            || (report.findings.iter()).any(|finding| finding.severity == Severity::Error);
        let passes = |test: &crate::suite::TestResult| test.outcome == Outcome::Passed;
        if is_failing || !report.tests.iter().any(passes) {
            return (None, is_failing);
        }
        let survivors = report
            .mutation
            .map_or_else(Vec::new, |mutation| mutation.survivors);
        let survivors: BTreeSet<Survivor> = survivors
            .into_iter()
            .map(|survivor| Survivor {
                policy: survivor.policy.to_string(),
                is_boundary: matches!(survivor.operator, "comparison-shifted" | "number-shifted"),
                message: survivor.message,
            })
            .take(MOST_SURVIVORS)
            .collect();
        (Some(survivors.into_iter().collect()), false)
    }
}
