//! The JSON of a tier.

use serde::Serialize;

use super::change::{Located, Request};
use super::{List, SCHEMA_VERSION};
use crate::tier;

/// How risky a change is, why, and what must be done before it may be published.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Tiered<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// The tier.
    pub tier: Tier,
    /// Why: the highest floor first.
    #[cfg_attr(feature = "typescript", ts(type = "Array<TierReason>"))]
    pub reasons: List<'a, tier::Reason, TierReason<'a>>,
    /// What the reasons ask for together.
    pub controls: Controls<'a>,
    /// What the policy tests of head show of what is asked of them, but for whether all pass.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub shown: Vec<&'static str>,
    /// What is required and nobody in the directory could meet: one sentence each.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub unsatisfiable: &'a [String],
    /// SHA-256 of base's bytes; null where there is no base.
    pub base_digest: Option<&'a str>,
    /// SHA-256 of head's bytes.
    pub head_digest: &'a str,
}

/// How risky a change is.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Safe to publish without anybody's approval.
    Auto,
    /// One person approves.
    Constrained,
    /// Several people approve.
    Human,
    /// Cannot be approved as it is.
    Blocked,
    /// Could not be told: it counts as the strictest.
    Undetermined,
}

/// How something is known.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
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

/// One reason for a tier.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TierReason<'a> {
    /// The factor, as `diff.widened`.
    pub id: &'a str,
    /// The least tier that it allows.
    pub floor: Tier,
    /// Whether its floor is the tier.
    pub deciding: bool,
    /// How it is known.
    pub certainty: Certainty,
    /// What it is about.
    pub subject: TierSubject<'a>,
    /// The facts that it rests on.
    #[cfg_attr(feature = "typescript", ts(type = "Array<TierFact>"))]
    pub because: List<'a, tier::Fact, TierFact<'a>>,
    /// Places that show it.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Located>"))]
    pub spans: List<'a, crate::change::Located, Located<'a>>,
    /// A request that shows it; null where there is none.
    pub witness: Option<Request<'a>>,
    /// What it asks for.
    pub requires: Controls<'a>,
    /// The section that it comes from: `builtin`, `iam` or `apps.<Namespace>`.
    pub section: &'a str,
    /// Standards.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub refs: &'a [String],
    /// One plain sentence.
    pub sentence: &'a str,
}

/// What a reason is about.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TierSubject<'a> {
    /// The policy; null where it is about none.
    pub policy: Option<&'a str>,
    /// The kind of request, as `User, Action::"view", Photo`; null where it is about none.
    pub request: Option<&'a str>,
}

/// A fact behind a reason.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TierFact<'a> {
    /// What is the case.
    pub fact: &'a str,
    /// Where that comes from.
    pub source: &'a str,
}

/// What must be done before a change may be published.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Controls<'a> {
    /// Who must approve.
    #[cfg_attr(feature = "typescript", ts(type = "Array<ApprovalRequirement>"))]
    pub approvals: Vec<ApprovalRequirement<'a>>,
    /// What the policy tests must show.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub tests: Vec<&'static str>,
    /// What approvers must say that they have seen.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub acknowledge: Vec<&'a str>,
    /// The most days until the change expires; null where it need not.
    pub expires_within_days: Option<u32>,
    /// The most days until somebody must look at it again; null where nobody must.
    pub recertify_within_days: Option<u32>,
    /// What the change record must name.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub trace: Vec<&'static str>,
}

/// People who must approve.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ApprovalRequirement<'a> {
    /// The slot's name. One person fills one slot.
    pub slot: &'a str,
    /// Who may fill it: roles, `team:` and a team, `owner-of:` and a namespace.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub eligible: Vec<String>,
    /// How many people it takes.
    pub count: u32,
    /// Who is not counted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub distinct_from: Vec<&'static str>,
    /// Whether only humans are counted.
    pub human_only: bool,
    /// Whether an approval needs a reason.
    pub reason: bool,
    /// Whether an approval must acknowledge everything in `acknowledge`.
    pub acknowledge: bool,
    /// Whether an approval needs a step-up authentication.
    pub step_up: bool,
    /// After how many days an approval no longer counts; null for never.
    pub expires_after_days: Option<u32>,
}

impl<'a> From<&'a tier::Tiered> for Tiered<'a> {
    fn from(tiered: &'a tier::Tiered) -> Self {
        let verdict = &tiered.assessment.verdict;
        Self {
            schema_version: SCHEMA_VERSION,
            tier: verdict.tier.into(),
            reasons: verdict.reasons.as_slice().into(),
            controls: (&verdict.controls).into(),
            shown: tiered
                .assessment
                .tests
                .iter()
                .map(|of| of.as_str())
                .collect(),
            unsatisfiable: &tiered.unsatisfiable,
            base_digest: tiered.base_digest.as_deref(),
            head_digest: &tiered.head_digest,
        }
    }
}

impl From<tier::Tier> for Tier {
    fn from(tier: tier::Tier) -> Self {
        match tier {
            tier::Tier::Auto => Self::Auto,
            tier::Tier::Constrained => Self::Constrained,
            tier::Tier::Human => Self::Human,
            tier::Tier::Blocked => Self::Blocked,
            tier::Tier::Undetermined => Self::Undetermined,
        }
    }
}

impl From<tier::Certainty> for Certainty {
    fn from(certainty: tier::Certainty) -> Self {
        match certainty {
            tier::Certainty::Exact => Self::Exact,
            tier::Certainty::Proved => Self::Proved,
            tier::Certainty::OverApproximated => Self::OverApproximated,
            tier::Certainty::Heuristic => Self::Heuristic,
            tier::Certainty::Unknown => Self::Unknown,
        }
    }
}

impl<'a> From<&'a tier::Reason> for TierReason<'a> {
    fn from(reason: &'a tier::Reason) -> Self {
        Self {
            id: &reason.id,
            floor: reason.floor.into(),
            deciding: reason.deciding,
            certainty: reason.certainty.into(),
            subject: TierSubject {
                policy: reason.subject.policy.as_deref(),
                request: reason.subject.request.as_deref(),
            },
            because: reason.because.as_slice().into(),
            spans: reason.spans.as_slice().into(),
            witness: reason.witness.as_ref().map(Into::into),
            requires: (&reason.requires).into(),
            section: &reason.section,
            refs: &reason.refs,
            sentence: &reason.sentence,
        }
    }
}

impl<'a> From<&'a tier::Fact> for TierFact<'a> {
    fn from(fact: &'a tier::Fact) -> Self {
        Self {
            fact: &fact.fact,
            source: &fact.source,
        }
    }
}

impl<'a> From<&'a tier::Controls> for Controls<'a> {
    fn from(controls: &'a tier::Controls) -> Self {
        Self {
            approvals: controls.requirements.iter().map(Into::into).collect(),
            tests: controls.tests.iter().map(|of| of.as_str()).collect(),
            acknowledge: controls.acknowledge.iter().map(String::as_str).collect(),
            expires_within_days: controls.expires_within_days,
            recertify_within_days: controls.recertify_within_days,
            trace: controls.trace.iter().map(|of| of.as_str()).collect(),
        }
    }
}

impl<'a> From<&'a tier::Requirement> for ApprovalRequirement<'a> {
    fn from(requirement: &'a tier::Requirement) -> Self {
        Self {
            slot: &requirement.slot,
            eligible: requirement.eligible.capacities().collect(),
            count: requirement.count,
            distinct_from: requirement
                .distinct_from
                .iter()
                .map(|of| of.as_str())
                .collect(),
            human_only: requirement.human_only,
            reason: requirement.reason,
            acknowledge: requirement.acknowledge,
            step_up: requirement.step_up,
            expires_after_days: requirement.expires_after_days,
        }
    }
}
