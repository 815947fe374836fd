//! Whether a change may be published.
//!
//! Everything by which it is decided, directory, rules and controls, comes from the base, so that a change
//! cannot relax the gate that it has to pass. What is wrong with the record, an approval or a rule refuses
//! the change; nothing is passed over.

mod decisions;
mod judge;
pub(crate) mod matching;
mod rules;
mod terms;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::Digest;
use super::digests::Digests;
use super::directory::{Directory, Person};
use super::log::Log;
use super::record::{Drafter, Places, Record};
use crate::source::Span;
use crate::tier::{self, Requirement, TestControl, Tier};
use crate::time::Instant;

use decisions::{Counted, Decisions};
use matching::{Slot, matching};

pub use rules::Rules;

/// What the gate decides by.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What is published now.
    pub base: &'a Digests,
    /// What is to be published.
    pub head: &'a Digests,
    /// The change record.
    pub record: &'a Record,
    /// Where its parts stand.
    pub places: &'a Places,
    /// How risky the change is, by the configuration of the base.
    pub verdict: &'a tier::Verdict,
    /// The people, by the base or by the host.
    pub directory: &'a Directory,
    /// The organisation's rules, by the base.
    pub rules: &'a Rules,
    /// What else is known.
    pub evidence: Evidence<'a>,
    /// What counts as now.
    pub as_of: Instant,
}

/// What is known beside the record.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the policy tests of the head show.
    pub tests: &'a BTreeSet<TestControl>,
    /// The semantic digests of the sets that pass today's checks, of those that were given to go back to.
    pub passing: &'a BTreeSet<Digest>,
    /// Digest of what a check of the head finds.
    pub report: Digest,
    /// What the templates of the base say, by their `@id`.
    pub templates: &'a BTreeMap<String, Digest>,
    /// Who had a part in the change, where the host knows that from elsewhere. Then the author need not sign.
    pub actors: Option<&'a Actors>,
    /// The log, where there is one. A decision that it has and the record lacks was taken out of the record.
    pub log: Option<&'a Log>,
}

/// Who had a part in a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actors {
    /// Who wants it.
    pub author: String,
    /// Who wrote it.
    pub drafter: Drafter,
    /// Who touched it last.
    pub last_editor: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The tier.
    pub tier: Tier,
    /// Every requirement, and who met it.
    pub requirements: Vec<Outcome>,
    /// Why the change must not be published, whoever approves.
    pub refusals: Vec<Refusal>,
    /// Approvals that do not count, and why.
    pub discounted: Vec<Refusal>,
    /// What a reader should know, and what refuses nothing.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Whether the change may be published.
    pub fn is_publishable(&self) -> bool {
        self.refusals.is_empty() && self.requirements.iter().all(|outcome| outcome.missing == 0)
    }
}

/// How a requirement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What is required.
    pub requirement: Requirement,
    /// Who met it.
    pub met_by: Vec<String>,
    /// How many people are missing.
    pub missing: u32,
    /// Who could still fill the slot, by the directory.
    pub candidates: Vec<String>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// A stable id.
    pub id: &'static str,
    /// Where in the record, as `approvals[0]`; empty for the change as a whole.
    pub at: String,
    /// Where that stands in the record's text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Decides.
pub fn gate(input: &Input<'_>) -> Verdict {
    let mut refusals = Vec::new();
    let mut notes = Vec::new();
    terms::check(input, &mut refusals, &mut notes);
    let decisions = Decisions::of(input);
    let requirements = requirements(input, &decisions, &mut refusals);
    let Decisions {
        refusals: of_decisions,
        discounted,
        notes: told,
        counted,
    } = decisions;
    refusals.extend(of_decisions);
    notes.extend(told);
    ask_rules(input, &counted, &mut refusals);
    refusals.sort();
    refusals.dedup();
    Verdict {
        tier: input.verdict.tier,
        requirements,
        refusals,
        discounted,
        notes,
    }
}

/// How each requirement stands; refuses those that nobody could ever meet.
fn requirements(
    input: &Input<'_>,
    decisions: &Decisions<'_>,
    refusals: &mut Vec<Refusal>,
) -> Vec<Outcome> {
    let all: Vec<&Requirement> = input.verdict.controls.requirements.iter().collect();
    let groups = decisions.groups();
    let slots: Vec<Slot> = all
        .iter()
        .map(|requirement| Slot {
            count: requirement.count.max(1) as usize,
            eligible: decisions.filling(requirement, &groups),
        })
        .collect();
    let filled = matching(&slots, groups.names.len());
    let people: Vec<(&String, &Person)> = input.directory.people.iter().collect();
    let candidates: Vec<Vec<usize>> = all
        .iter()
        .map(|requirement| {
            (people.iter().enumerate())
                .filter(|(_, (name, person))| could_fill(input, requirement, name, person))
                .map(|(number, _)| number)
                .collect()
        })
        .collect();
    let possible: Vec<Slot> = slots
        .iter()
        .zip(&candidates)
        .map(|(slot, eligible)| Slot {
            count: slot.count,
            eligible: eligible.clone(),
        })
        .collect();
    let possible = matching(&possible, people.len());
    let mut outcomes = Vec::new();
    for (number, requirement) in all.into_iter().enumerate() {
        let met: &[usize] = filled.get(number).map_or(&[], Vec::as_slice);
        let can: usize = possible.get(number).map_or(0, Vec::len);
        let candidates = candidates.get(number).map_or(&[][..], Vec::as_slice);
        if can < requirement.count.max(1) as usize {
            refusals.push(unsatisfiable(input, requirement, candidates.len()));
        }
        let met_by: Vec<String> = met
            .iter()
            .filter_map(|group| groups.names.get(*group).cloned())
            .collect();
        let missing = requirement.count.max(1).saturating_sub(met_by.len() as u32);
        outcomes.push(Outcome {
            requirement: requirement.clone(),
            missing,
            candidates: candidates
                .iter()
                .filter_map(|number| Some(people.get(*number)?.0.clone()))
                .filter(|name| !met_by.contains(name))
                .collect(),
            met_by,
        });
    }
    outcomes
}

/// Whether somebody of the directory could fill a slot, had they approved.
fn could_fill(input: &Input<'_>, requirement: &Requirement, name: &str, person: &Person) -> bool {
    let kind = person.kind;
    let may = kind.can_approve()
        && (!requirement.human_only || kind == super::directory::Kind::Human)
        && !person.keys.is_empty()
        && person.is_active(input.as_of)
        && input.record.party(name).is_none();
    may && (input.directory.is_eligible(person, &requirement.eligible)
        || input
            .directory
            .delegators(name, &requirement.eligible, input.as_of)
            .any(|from| input.record.party(from).is_none()))
}

fn unsatisfiable(input: &Input<'_>, requirement: &Requirement, candidates: usize) -> Refusal {
    let others: Vec<&str> = input
        .directory
        .people
        .iter()
        .filter(|(name, person)| {
            input.directory.is_eligible(person, &requirement.eligible)
                && !could_fill(input, requirement, name, person)
        })
        .map(|(name, _)| name.as_str())
        .take(5)
        .collect();
    let because = if others.is_empty() {
        format!("{candidates} of the directory could fill it beside other slots")
    } else {
        format!(
            "{candidates} of the directory could fill it beside other slots, and {} may not or has no key",
            crate::config::words::any_of(others)
        )
    };
    Refusal {
        id: "gate.unsatisfiable",
        at: String::new(),
        span: input.places.record,
        message: format!(
            "nobody could ever meet `{}`: {because}",
            requirement.describe()
        ),
        help: "give more people the role in the directory of the base, or let somebody else author the change".to_owned(),
    }
}

/// Asks the rules of the organisation about every approval that counts, and about the publication.
fn ask_rules(input: &Input<'_>, counted: &[Counted<'_>], refusals: &mut Vec<Refusal>) {
    for (path, finding) in &input.rules.findings {
        refusals.push(Refusal {
            id: "gate.rule-error",
            at: path.clone(),
            span: input.places.record,
            message: format!("a rule of governance cannot be read: {}", finding.message),
            help: finding.help.clone(),
        });
    }
    let question = rules::Question {
        person: &input.record.author,
        action: "publish",
        approval: None,
        record: input.record,
        approvals: counted.len(),
        directory: input.directory,
        as_of: input.as_of,
    };
    let publication = (
        String::new(),
        input.places.record,
        input.rules.refuse(&question),
    );
    let approvals = counted.iter().map(|counted| {
        let question = rules::Question {
            person: &counted.approval.person,
            action: "approve",
            approval: Some(counted.approval),
            ..question
        };
        (counted.at(), counted.span, input.rules.refuse(&question))
    });
    for (at, span, refused) in std::iter::once(publication).chain(approvals) {
        for refusal in refused {
            let (id, message) = match refusal {
                rules::Refusal::Forbidden(rule) => {
                    ("gate.rule", format!("the rule `{rule}` forbids it"))
                }
                rules::Refusal::Error(rule, error) => (
                    "gate.rule-error",
                    format!("the rule `{rule}` cannot be evaluated: {error}"),
                ),
            };
            refusals.push(Refusal {
                id,
                at: at.clone(),
                span,
                message,
                help: "do what the rule asks for, or let its owners change it".to_owned(),
            });
        }
    }
}
