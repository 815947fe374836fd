//! What came of a case, and whether that is what it expects.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Evaluated, Policies};
use crate::authorize::{Authorizer, Outcome};
use crate::cedar::evaluate::Verdict;
use crate::facts::Spanned;
use crate::suite::model::{Case, Decision, ExpectedErrors};
use crate::suite::outcome::Answer;

/// Policies by what they are called.
pub(super) struct Naming<'a> {
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(policies: &'a Policies<'_>) -> Self {
        let mut numbers = HashMap::with_capacity(policies.members.len());
        for (number, member) in (0_u32..).zip(&policies.members) {
            numbers.insert(member.name.short.as_ref(), number);
        }
        // A full name is only needed where it is not the short one, or somebody likes it better.
        for (number, member) in (0_u32..).zip(&policies.members) {
            numbers.entry(member.name.full.as_ref()).or_insert(number);
        }
        Self { numbers }
    }

    /// The policy with this name.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Whether the names are exactly those of these policies, or with `others` of some of them.
    fn same(
        &self,
        names: &[Spanned<Arc<str>>],
        numbers: impl Iterator<Item = u32>,
        others: bool,
    ) -> bool {
        let mut numbers: Vec<u32> = numbers.collect();
        let mut named = Vec::with_capacity(names.len());
        for name in names {
            match self.number(&name.value) {
                Some(number) => named.push(number),
                None => return false,
            }
        }
        if others {
            return named.iter().all(|number| numbers.contains(number));
        }
        numbers.sort_unstable();
        named.sort_unstable();
        named.dedup();
        named == numbers
    }
}

/// What was decided for a case.
pub(super) struct Decided<'a> {
    pub(super) case: &'a Case,
    pub(super) candidates: &'a [u32],
    pub(super) evaluated: &'a Evaluated,
    pub(super) outcome: Outcome,
}

impl Decided<'_> {
    /// The policies that failed to evaluate, and why.
    pub(super) fn failed(&self) -> impl Iterator<Item = (u32, &str)> {
        self.candidates
            .iter()
            .zip(&self.evaluated.verdicts)
            .filter_map(|(number, verdict)| match verdict {
                Verdict::Fails(why) => Some((*number, why.as_ref())),
                _ => None,
            })
    }

    /// The answer with names.
    pub(super) fn answer(&self, policies: &Policies<'_>, authorizer: &Authorizer) -> Answer {
        let name = |number: u32| {
            policies
                .members
                .get(number as usize)
                .map_or_else(|| Arc::from(""), |member| Arc::clone(&member.name.short))
        };
        let mut determining: Vec<Arc<str>> =
            self.outcome.determining.iter().map(|n| name(*n)).collect();
        determining.sort();
        let mut errors: Vec<(Arc<str>, String)> = self
            .failed()
            .map(|(number, why)| (name(number), why.to_owned()))
            .collect();
        errors.sort();
        Answer {
            decision: if self.outcome.allowed {
                Decision::Allow
            } else {
                Decision::Deny
            },
            determining: Some(determining),
            error_count: Some(u32::try_from(errors.len()).unwrap_or(u32::MAX)),
            errors: Some(errors),
            obligations: Some(self.obligations(policies, authorizer)),
        }
    }

    /// What an allowed request obliges to: `approval: X` where the action or a group that it is in asks
    /// for it by `@approval("X")` or in `apps` of portcullis.yaml, and `breakglass` where a determining policy has `@breakglass`.
    fn obligations(&self, policies: &Policies<'_>, authorizer: &Authorizer) -> Vec<Arc<str>> {
        let mut obligations: Vec<Arc<str>> = Vec::new();
        if !self.outcome.allowed {
            return obligations;
        }
        if let Some((schema, _)) = policies.schema {
            let approvals = schema.approvals(&self.case.action).into_iter();
            obligations.extend(approvals.map(|kind| Arc::from(format!("approval: {kind}"))));
        }
        let breakglass = self.outcome.determining.iter().any(|number| {
            authorizer.policy(*number).is_some_and(|policy| {
                policy
                    .policy()
                    .annotation_value("breakglass")
                    .is_some_and(|value| value != "false")
            })
        });
        if breakglass {
            obligations.push("breakglass".into());
        }
        obligations
    }

    /// Whether this is what the case expects.
    pub(super) fn as_expected(&self, got: &Answer, naming: &Naming<'_>) -> bool {
        self.case.expected.decision.value == got.decision
            && self.determining_as_expected(naming)
            && self.errors_as_expected(naming)
            && self.obligations_as_expected(got)
    }

    pub(super) fn determining_as_expected(&self, naming: &Naming<'_>) -> bool {
        let expected = &self.case.expected;
        expected.determining.as_ref().is_none_or(|names| {
            naming.same(
                &names.value,
                self.outcome.determining.iter().copied(),
                expected.others_may_determine,
            )
        })
    }

    pub(super) fn errors_as_expected(&self, naming: &Naming<'_>) -> bool {
        let Some(expected) = &self.case.expected.errors else {
            return true;
        };
        match &expected.value {
            ExpectedErrors::Count(count) => self.failed().count() == *count as usize,
            ExpectedErrors::Policies(names) => {
                naming.same(names, self.failed().map(|(number, _)| number), false)
            }
        }
    }

    pub(super) fn obligations_as_expected(&self, got: &Answer) -> bool {
        let Some(expected) = &self.case.expected.obligations else {
            return true;
        };
        let mut expected: Vec<&str> = expected.value.iter().map(|o| o.value.as_ref()).collect();
        expected.sort_unstable();
        expected.dedup();
        let got = got.obligations.as_deref().unwrap_or_default();
        got.iter().map(AsRef::as_ref).eq(expected)
    }
}
