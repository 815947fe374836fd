//! The JSON of the gate's answer.

use serde::Serialize;

use super::{Range, SCHEMA_VERSION};
use crate::govern::{self, standards};
use crate::report;
use crate::source::{LineIndex, Position, Span};
use crate::tier;

/// Whether a change may be published, and what is missing where it may not.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GateReport {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// Whether the change may be published.
    pub publishable: bool,
    /// The change's id; null where its record cannot be read.
    pub change: Option<String>,
    /// `auto`, `constrained`, `human`, `blocked` or `undetermined`.
    pub tier: String,
    /// Semantic digest of the base that was looked at.
    pub base: String,
    /// Semantic digest of the head that was looked at.
    pub head: String,
    /// Digest of what a check of the head finds.
    pub report: String,
    /// Digest of the change record; null where it cannot be read.
    pub record: Option<String>,
    /// Why the change has this tier.
    pub reasons: Vec<GateReason>,
    /// Who must approve, and who has.
    pub requirements: Vec<GateRequirement>,
    /// Why the change must not be published, whoever approves.
    pub refusals: Vec<GateRefusal>,
    /// Approvals that do not count, and why.
    pub discounted: Vec<GateRefusal>,
    /// What a reader should know, and what refuses nothing.
    pub notes: Vec<String>,
    /// The version of the catalogue that `refs` are of.
    pub standards: String,
}

/// One reason for a tier.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GateReason {
    /// The factor.
    pub id: String,
    /// The least tier that it allows.
    pub floor: String,
    /// Whether the tier would be another without it.
    pub deciding: bool,
    /// `exact`, `proved`, `over-approximated`, `heuristic` or `unknown`.
    pub certainty: String,
    /// The policy that it is about.
    pub policy: Option<String>,
    /// The class of requests that it is about.
    pub request: Option<String>,
    /// The facts that it rests on.
    pub because: Vec<GateFact>,
    /// The section of the configuration that it comes from.
    pub section: String,
    /// Standards that ask for it.
    pub refs: Vec<String>,
    /// One plain sentence.
    pub sentence: String,
}

/// A fact and where it comes from.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GateFact {
    /// What is the case.
    pub fact: String,
    /// Where that comes from.
    pub source: String,
}

/// A slot of the gate.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GateRequirement {
    /// The slot's name.
    pub slot: String,
    /// Who may fill it: roles, `team:` and a team, `owner-of:` and a namespace.
    pub eligible: Vec<String>,
    /// How many people it takes.
    pub count: u32,
    /// It in words.
    pub required: String,
    /// Who met it.
    pub met_by: Vec<String>,
    /// How many people are missing.
    pub missing: u32,
    /// Who could still fill it.
    pub candidates: Vec<String>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GateRefusal {
    /// A stable id.
    pub id: String,
    /// The part of the record, as `approvals[0]`, or a file; empty for the change as a whole.
    pub at: String,
    /// Where that stands in the change record; null where it is in another file.
    pub range: Option<Range>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Standards that ask for it.
    pub refs: Vec<String>,
}

impl GateReport {
    /// Of an answer; `record` is the text of the change record.
    pub fn of(answer: &govern::Answer, record: &str) -> Self {
        let index = LineIndex::new(record);
        let refusals = |all: &[govern::Refusal]| -> Vec<GateRefusal> {
            all.iter()
                .map(|refusal| GateRefusal::of(refusal, record, &index))
                .collect()
        };
        let verdict = &answer.verdict;
        Self {
            schema_version: SCHEMA_VERSION,
            publishable: verdict.is_publishable(),
            change: answer.record.as_ref().map(|record| record.id.clone()),
            tier: verdict.tier.as_str().to_owned(),
            base: answer.about.base.to_string(),
            head: answer.about.head.to_string(),
            report: answer.about.report.to_string(),
            record: answer.record.as_ref().map(|of| of.digest().to_string()),
            reasons: answer.tier.reasons.iter().map(GateReason::of).collect(),
            requirements: verdict
                .requirements
                .iter()
                .map(GateRequirement::of)
                .collect(),
            refusals: refusals(&verdict.refusals),
            discounted: refusals(&verdict.discounted),
            notes: verdict.notes.clone(),
            standards: standards::catalogue().version.clone(),
        }
    }
}

impl GateReason {
    fn of(reason: &tier::Reason) -> Self {
        Self {
            id: reason.id.clone(),
            floor: reason.floor.as_str().to_owned(),
            deciding: reason.deciding,
            certainty: reason.certainty.as_str().to_owned(),
            policy: reason.subject.policy.clone(),
            request: reason.subject.request.clone(),
            because: reason
                .because
                .iter()
                .map(|fact| GateFact {
                    fact: fact.fact.clone(),
                    source: fact.source.clone(),
                })
                .collect(),
            section: reason.section.clone(),
            refs: reason.refs.clone(),
            sentence: reason.sentence.clone(),
        }
    }
}

impl GateRequirement {
    fn of(outcome: &govern::Outcome) -> Self {
        Self {
            slot: outcome.requirement.slot.clone(),
            eligible: outcome.requirement.eligible.capacities().collect(),
            count: outcome.requirement.count.max(1),
            required: outcome.requirement.describe(),
            met_by: outcome.met_by.clone(),
            missing: outcome.missing,
            candidates: outcome.candidates.clone(),
        }
    }
}

impl GateRefusal {
    fn of(refusal: &govern::Refusal, record: &str, index: &LineIndex) -> Self {
        let is_elsewhere = ["directory.yaml", "governance/", "log"]
            .iter()
            .any(|file| refusal.at.starts_with(file))
            || refusal.id == "gate.left-out";
        Self {
            id: refusal.id.to_owned(),
            at: refusal.at.clone(),
            range: (!is_elsewhere).then(|| range(record, index, refusal.span)),
            message: refusal.message.clone(),
            help: refusal.help.clone(),
            refs: standards::of_refusal(refusal.id)
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

fn range(text: &str, index: &LineIndex, span: Span) -> Range {
    let at = |offset| index.position(text, offset, Position::START);
    report::Range {
        start: at(span.start),
        end: at(span.end),
    }
    .into()
}
