//! What a verdict on the risk of a change consists of: the tier, the reasons for it and the controls that
//! follow. How a change is tiered is decided elsewhere; the gate needs the verdict as data alone.

mod controls;

use std::collections::BTreeSet;

use crate::time::Instant;
use crate::workspace::Workspace;

pub use controls::{Controls, Eligible, Party, Requirement, TestControl, Trace};

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
    /// Whether the verdict would be another without it.
    pub deciding: bool,
    /// How it is known.
    pub certainty: Certainty,
    /// What it is about.
    pub subject: Subject,
    /// The facts that it rests on.
    pub because: Vec<Fact>,
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

/// What assesses the change from a base to a head.
pub type Assess<'a> = &'a dyn Fn(&mut Workspace, &mut Workspace, Instant) -> Assessment;

/// The change from `base` to `head`. No factor is known yet, so no change is: it is undetermined, which
/// nothing passes.
pub fn assess(_base: &mut Workspace, _head: &mut Workspace, _as_of: Instant) -> Assessment {
    Assessment {
        verdict: Verdict {
            tier: Tier::Undetermined,
            reasons: Vec::new(),
            controls: Controls::default(),
        },
        tests: BTreeSet::new(),
    }
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
