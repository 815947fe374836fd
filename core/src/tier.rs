//! What a verdict on the risk of a change consists of: the tier, the reasons for it and the controls that
//! follow. How a change is tiered:
//!
//! ```text
//! base, head ──> comparison by proof ──> newly allowed classes ──┐
//! schema, portcullis.yaml ──> classes of risk ───────────────────┼──factors──> reasons ──> tier, controls
//! findings of head, policy tests, change record ─────────────────┘
//! ```
//!
//! A factor maps facts to a floor and to controls. The tier is the maximum of the floors, and the controls are joined;
//! nothing is ever subtracted. The gate needs the verdict as data alone.

pub(crate) mod classify;
pub(crate) mod controls;
pub mod factors;
pub(crate) mod lowered;
#[cfg(test)]
mod pages;
pub(crate) mod retired;
mod satisfy;
pub(crate) mod verdict;
pub(crate) mod view;

use std::collections::BTreeSet;

use crate::change::{Located, Witness};
use crate::govern::{Directory, Record};
use crate::time::Instant;
use crate::workspace::Workspace;

pub(crate) use classify::Words;
pub use controls::{Controls, Eligible, Party, Requirement, TestControl, Trace};
pub(crate) use lowered::is_tighter;

/// How risky a change is. The order is that of strictness, and there is no default: what nobody tiered has
/// no tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Safe to publish without anybody's approval; a named owner is accountable.
    Auto,
    /// Within what policy allows; one person approves.
    Constrained,
    /// Several people approve.
    Human,
    /// Cannot be approved as it is.
    Blocked,
    /// Could not be told. It counts as the strictest, so that not knowing never lets anything pass.
    Undetermined,
}

impl Tier {
    /// All tiers, the least strict first.
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Constrained,
        Self::Human,
        Self::Blocked,
        Self::Undetermined,
    ];

    /// The name in reports and change records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Constrained => "constrained",
            Self::Human => "human",
            Self::Blocked => "blocked",
            Self::Undetermined => "undetermined",
        }
    }

    /// The tier with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == name)
    }

    /// Whether approvals can make a change of this tier publishable.
    pub const fn is_approvable(self) -> bool {
        matches!(self, Self::Auto | Self::Constrained | Self::Human)
    }
}

/// How a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Read from the text.
    Exact,
    /// Shown by proof.
    Proved,
    /// True of more requests than may be concerned.
    OverApproximated,
    /// By a rule of thumb.
    Heuristic,
    /// Not known.
    Unknown,
}

impl Certainty {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Proved => "proved",
            Self::OverApproximated => "over-approximated",
            Self::Heuristic => "heuristic",
            Self::Unknown => "unknown",
        }
    }
}

/// What a reason is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The policy, by its `@id`.
    pub policy: Option<String>,
    /// The class of requests, as `User, Action::"view", Photo`.
    pub request: Option<String>,
}

/// A fact behind a reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// What is the case.
    pub fact: String,
    /// Where that comes from, as a file, an annotation or a proof.
    pub source: String,
}

/// One reason for a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The factor, as `diff.widened`.
    pub id: String,
    /// The least tier that it allows.
    pub floor: Tier,
    /// Whether its floor is the tier, so that the verdict would be another without all that decide.
    pub deciding: bool,
    /// How it is known.
    pub certainty: Certainty,
    /// What it is about.
    pub subject: Subject,
    /// The facts that it rests on.
    pub because: Vec<Fact>,
    /// Places that show it.
    pub spans: Vec<Located>,
    /// A request that shows it.
    pub witness: Option<Witness>,
    /// What it asks for.
    pub requires: Controls,
    /// The section of the configuration that it comes from: `builtin`, `iam` or `apps.<Namespace>`.
    pub section: String,
    /// Standards, by ids of the catalogue.
    pub refs: Vec<String>,
    /// One plain sentence.
    pub sentence: String,
}

/// A tier with its reasons and what they ask for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The tier: the maximum of the floors.
    pub tier: Tier,
    /// Why, in a stable order.
    pub reasons: Vec<Reason>,
    /// The join of what the reasons require.
    pub controls: Controls,
}

impl Verdict {
    /// The ids of the deciding reasons, sorted, each but once.
    pub fn deciding(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self
            .reasons
            .iter()
            .filter(|reason| reason.deciding)
            .map(|reason| reason.id.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// A change as it was looked at: its tier, and what the policy tests show of what the controls ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The tier, its reasons and controls.
    pub verdict: Verdict,
    /// What the policy tests of the head show.
    pub tests: BTreeSet<TestControl>,
}

/// What assesses a change.
pub type Assess<'a> = &'a dyn Fn(Input<'_>) -> Assessment;

/// What is tiered, and by what.
#[derive(Debug)]
pub struct Input<'a> {
    /// The bundle as it was; where there is none, the whole head is new.
    pub base: Option<&'a mut Workspace>,
    /// The bundle as it is to be.
    pub head: &'a mut Workspace,
    /// The bundle as it was last approved, where that is not the base: steps are added up from there.
    pub baseline: Option<&'a mut Workspace>,
    /// The change record, where there is one.
    pub record: Option<&'a Record>,
    /// The people who can approve, where they are known.
    pub directory: Option<&'a Directory>,
    /// What counts as now.
    pub as_of: Instant,
}

/// A tier, and what a reader should know beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiered {
    /// The tier, its reasons and controls, and what the policy tests show.
    pub assessment: Assessment,
    /// What is required and nobody could meet: one sentence each, sorted.
    pub unsatisfiable: Vec<String>,
    /// Digest of base's bytes; `None` without a base.
    pub base_digest: Option<String>,
    /// Digest of head's bytes.
    pub head_digest: String,
}

/// How risky a change is.
pub fn tier(input: Input<'_>) -> Tiered {
    let Input {
        base,
        head,
        baseline,
        record,
        directory,
        as_of,
    } = input;
    let mut nothing = Workspace::new();
    let has_base = base.is_some();
    let base = base.unwrap_or(&mut nothing);
    let mut facts = head.facts_for_tier(base, as_of, record, has_base);
    // What the host says of people counts instead of what base says.
    facts.directory = directory.cloned().or(facts.directory);
    let mut reasons = Vec::new();
    if let Some(baseline) = baseline {
        let mut since = head.facts_for_tier(baseline, as_of, record, true);
        since.surviving = None;
        since.directory.clone_from(&facts.directory);
        let (found, widened, _) = head.reasons(baseline, &since);
        facts.since = Some(widened);
        // What was fine in one step is fine in sum; what was not must be seen again.
        reasons.extend(found.into_iter().filter(|reason| reason.floor > Tier::Auto));
        for reason in &mut reasons {
            reason.because.insert(
                0,
                Fact {
                    fact: "it holds of all steps since then together".to_owned(),
                    source: "the comparison with the last approved baseline".to_owned(),
                },
            );
        }
    }
    let (found, _, digests) = head.reasons(base, &facts);
    reasons.extend(found);
    let verdict = verdict::verdict(reasons);
    let tests = verdict::shown(&facts, &verdict);
    let unsatisfiable = directory.map_or_else(Vec::new, |directory| {
        satisfy::unsatisfiable(&verdict.controls, directory, record, as_of)
    });
    Tiered {
        assessment: Assessment { verdict, tests },
        unsatisfiable,
        base_digest: has_base.then_some(digests.0),
        head_digest: digests.1,
    }
}

/// How risky a change is, as the gate asks for it.
pub fn assess(input: Input<'_>) -> Assessment {
    tier(input).assessment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_the_strictest() {
        assert_eq!(Tier::ALL.into_iter().max(), Some(Tier::Undetermined));
        assert!(Tier::ALL.is_sorted());
        for tier in Tier::ALL {
            assert_eq!(Tier::parse(tier.as_str()), Some(tier));
            assert_eq!(tier.is_approvable(), tier <= Tier::Human);
        }
        assert_eq!(Tier::parse("Human"), None);
    }
}
