//! What people decided: which approvals count, which do not and why, and what was tampered with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Refusal};
use crate::govern::canonical::Digest;
use crate::govern::directory::{Directory, Kind, Person};
use crate::govern::envelope::{Purpose, Statement};
use crate::govern::record::{Approval, Decision, Dismissal};
use crate::source::Span;
use crate::tier::Requirement;
use crate::time::Instant;

/// All decisions of a record.
pub(super) struct Decisions<'a> {
    /// Those that count, in the order of the record.
    pub counted: Vec<Counted<'a>>,
    /// What was tampered with, and vetoes.
    pub refusals: Vec<Refusal>,
    /// Those that do not count.
    pub discounted: Vec<Refusal>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// An approval that counts.
pub(super) struct Counted<'a> {
    number: usize,
    pub span: Span,
    pub approval: &'a Approval,
    person: &'a Person,
    /// For which requirements.
    fills: BTreeSet<&'a Requirement>,
}

impl Counted<'_> {
    /// Where it is in the record.
    pub(super) fn at(&self) -> String {
        place(self.number)
    }
}

fn place(number: usize) -> String {
    format!("approvals[{number}]")
}

/// People who count as one: whoever decides on behalf of another is not a second person beside them.
pub(super) struct Groups<'a> {
    /// The group of each person.
    of: BTreeMap<&'a str, usize>,
    /// Who is in each.
    pub names: Vec<String>,
}

/// Why an approval does not count.
struct Flaw {
    id: &'static str,
    message: String,
    help: &'static str,
    /// Whether it refuses the whole change: somebody tampered with the record.
    refuses: bool,
}

impl Flaw {
    fn tampered(id: &'static str, message: impl Into<String>, help: &'static str) -> Self {
        Self {
            id,
            message: message.into(),
            help,
            refuses: true,
        }
    }

    fn void(id: &'static str, message: impl Into<String>, help: &'static str) -> Self {
        Self {
            id,
            message: message.into(),
            help,
            refuses: false,
        }
    }

    fn at(self, at: String, span: Span) -> Refusal {
        Refusal {
            id: self.id,
            at,
            span,
            message: self.message,
            help: self.help.to_owned(),
        }
    }
}

const REMOVE: &str = "remove it from the record, and find out how it came there";
const AGAIN: &str = "let the person approve again";

impl<'a> Decisions<'a> {
    pub(super) fn of(input: &Input<'a>) -> Self {
        let mut out = Self {
            counted: Vec::new(),
            refusals: Vec::new(),
            discounted: Vec::new(),
            notes: Vec::new(),
        };
        let record = input.record;
        let dismissals = out.dismissals(input);
        let mut seen: BTreeMap<Digest, usize> = BTreeMap::new();
        let mut vetoes: Vec<(usize, Span, &Approval)> = Vec::new();
        for (number, approval) in record.approvals.iter().enumerate() {
            let span = span(&input.places.approvals, number, input.places.record);
            let digest = approval.envelope.digest();
            let judged = match seen.insert(digest, number) {
                Some(first) => Err(Flaw::tampered(
                    "approval.duplicate",
                    format!("it is the same as {}", place(first)),
                    "delete one of the two",
                )),
                None => judge(input, approval),
            };
            let dismissed = || {
                dismissals
                    .get(&digest)
                    .is_some_and(|all| all.iter().any(|d| may_dismiss(input, d, approval)))
            };
            match judged {
                Err(flaw) if flaw.refuses => out.refusals.push(flaw.at(place(number), span)),
                _ if dismissed() => out.discounted.push(
                    Flaw::void("approval.dismissed", "it was dismissed", AGAIN)
                        .at(place(number), span),
                ),
                _ if approval.decision == Decision::Reject => vetoes.push((number, span, approval)),
                Err(flaw) => out.discounted.push(flaw.at(place(number), span)),
                Ok((person, statement)) => {
                    out.count(input, (number, span, approval), person, &statement);
                }
            }
        }
        for (number, span, veto) in vetoes {
            let overruled = out.counted.iter().any(|counted| {
                counted.approval.person == veto.person && counted.approval.time > veto.time
            });
            if !overruled {
                out.refusals.push(Refusal {
                    id: "gate.vetoed",
                    at: place(number),
                    span,
                    message: format!("`{}` rejected the change", veto.person),
                    help: "settle it with them: they can approve later or dismiss their decision, and so can somebody of the role `iam`".to_owned(),
                });
            }
        }
        out
    }

    /// Adds an approval that was verified, for the requirements that it is good for.
    fn count(
        &mut self,
        input: &Input<'a>,
        (number, span, approval): (usize, Span, &'a Approval),
        person: &'a Person,
        statement: &Statement,
    ) {
        let twice = self.counted.iter().find(|other| {
            other.approval.person == approval.person && other.approval.slot == approval.slot
        });
        if let Some(first) = twice {
            let message = format!(
                "`{}` fills this slot already with {}",
                approval.person,
                first.at()
            );
            let flaw = Flaw::tampered(
                "approval.duplicate",
                message,
                "delete one of the two; one person counts once, whatever key they sign with",
            );
            self.refusals.push(flaw.at(place(number), span));
            return;
        }
        let mut fills = BTreeSet::new();
        let mut why = None;
        for requirement in &input.verdict.controls.requirements {
            if requirement.slot != approval.slot {
                continue;
            }
            match good_for(input, approval, person, requirement) {
                Ok(()) => {
                    fills.insert(requirement);
                }
                Err(flaw) => why = why.or(Some(flaw)),
            }
        }
        if fills.is_empty() {
            let flaw = why.unwrap_or_else(|| {
                Flaw::void(
                    "approval.slot",
                    format!("nothing is required for the slot `{}`", approval.slot),
                    "approve for a slot that the record's requirements name",
                )
            });
            let list = match flaw.refuses {
                true => &mut self.refusals,
                false => &mut self.discounted,
            };
            list.push(flaw.at(place(number), span));
            return;
        }
        self.tell(input, number, approval, statement);
        self.counted.push(Counted {
            number,
            span,
            approval,
            person,
            fills,
        });
    }

    /// What has changed since the approval without changing what the policies say.
    fn tell(
        &mut self,
        input: &Input<'_>,
        number: usize,
        approval: &Approval,
        statement: &Statement,
    ) {
        let at = |key: &str| {
            statement
                .circumstances
                .get(key)
                .and_then(|value| value.as_str())
        };
        let now = [
            (
                "headSource",
                input.head.source,
                "comments or layout of the head",
            ),
            ("tests", input.head.tests, "the policy tests"),
        ];
        for (key, digest, what) in now {
            if at(key).is_some_and(|then| then != digest.to_string()) {
                self.notes.push(format!(
                    "{what} changed since `{}` decided in {}",
                    approval.person,
                    place(number)
                ));
            }
        }
    }

    /// Dismissals that were verified, by the decision that they are of.
    fn dismissals(&mut self, input: &Input<'a>) -> BTreeMap<Digest, Vec<&'a Dismissal>> {
        let mut out: BTreeMap<Digest, Vec<&Dismissal>> = BTreeMap::new();
        for (number, dismissal) in input.record.dismissals.iter().enumerate() {
            let known = input
                .record
                .approvals
                .iter()
                .any(|approval| approval.envelope.digest() == dismissal.dismisses);
            let judged = match known {
                true => judge_dismissal(input, dismissal),
                false => Err(Flaw::tampered(
                    "dismissal.unknown",
                    "it dismisses a decision that the record does not have",
                    "put the decision back, or delete the dismissal",
                )),
            };
            match judged {
                Ok(()) => out.entry(dismissal.dismisses).or_default().push(dismissal),
                Err(flaw) => {
                    let span = span(&input.places.dismissals, number, input.places.record);
                    self.refusals
                        .push(flaw.at(format!("dismissals[{number}]"), span));
                }
            }
        }
        out
    }

    /// Who counts as one.
    pub(super) fn groups(&self) -> Groups<'a> {
        let mut groups: Vec<BTreeSet<&str>> = Vec::new();
        for counted in &self.counted {
            let mut group = BTreeSet::from([counted.approval.person.as_str()]);
            group.extend(counted.approval.on_behalf_of.as_deref());
            groups.retain(|other| {
                let joined = !other.is_disjoint(&group);
                if joined {
                    group.extend(other);
                }
                !joined
            });
            groups.push(group);
        }
        groups.sort();
        let of = groups
            .iter()
            .enumerate()
            .flat_map(|(number, group)| group.iter().map(move |name| (*name, number)))
            .collect();
        let names = groups
            .iter()
            .map(|group| {
                let decided: Vec<&str> = group
                    .iter()
                    .filter(|name| self.counted.iter().any(|c| c.approval.person == **name))
                    .copied()
                    .collect();
                decided.join(", ")
            })
            .collect();
        Groups { of, names }
    }

    /// The groups that can fill a requirement.
    pub(super) fn filling(&self, requirement: &Requirement, groups: &Groups<'_>) -> Vec<usize> {
        let numbers: BTreeSet<usize> = self
            .counted
            .iter()
            .filter(|counted| counted.fills.contains(requirement))
            .filter_map(|counted| groups.of.get(counted.approval.person.as_str()).copied())
            .collect();
        numbers.into_iter().collect()
    }
}

impl std::fmt::Debug for Counted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted")
            .field("at", &self.at())
            .field("kind", &self.person.kind)
            .finish_non_exhaustive()
    }
}

fn span(spans: &[Span], number: usize, whole: Span) -> Span {
    spans.get(number).copied().unwrap_or(whole)
}

/// The person behind a decision and what they signed.
fn judge<'a>(input: &Input<'a>, approval: &'a Approval) -> Result<(&'a Person, Statement), Flaw> {
    let person = identity(input, &approval.person, &approval.issuer)?;
    let statement = (approval.envelope)
        .verify(person, Purpose::Approval)
        .map_err(|flaw| Flaw::tampered("approval.envelope", flaw.message(), REMOVE))?;
    if statement.decision != approval.terms() {
        return Err(Flaw::tampered(
            "approval.fields",
            format!(
                "it does not say what `{}` signed: {}",
                approval.person,
                differing(&statement.decision, &approval.terms())
            ),
            REMOVE,
        ));
    }
    if statement.change.get("id").and_then(|id| id.as_str()) != Some(input.record.id.as_str()) {
        return Err(Flaw::tampered(
            "approval.other-change",
            "it was given for another change",
            REMOVE,
        ));
    }
    if approval.time > input.as_of {
        return Err(Flaw::tampered(
            "approval.future",
            format!("it is dated {}, which is yet to come", approval.time),
            REMOVE,
        ));
    }
    if approval.decision == Decision::Approve {
        independent(input, approval, person)?;
    }
    if !person.is_active(input.as_of) {
        return Err(Flaw::void(
            "approval.left",
            format!("`{}` is no longer there", approval.person),
            "let somebody else approve",
        ));
    }
    let now = input.record.terms();
    if statement.change != now {
        return Err(Flaw::void(
            "approval.void",
            format!(
                "the change is not what `{}` decided about: {}",
                approval.person,
                differing(&statement.change, &now)
            ),
            AGAIN,
        ));
    }
    Ok((person, statement))
}

/// Nobody approves what is theirs, and no model or agent approves anything.
fn independent(input: &Input<'_>, approval: &Approval, person: &Person) -> Result<(), Flaw> {
    if !person.kind.can_approve() {
        return Err(Flaw::tampered(
            "approval.kind",
            format!(
                "`{}` is a {}, which can draft and never approve",
                approval.person,
                person.kind.as_str()
            ),
            "let a human approve",
        ));
    }
    for name in [Some(&approval.person), approval.on_behalf_of.as_ref()]
        .into_iter()
        .flatten()
    {
        if let Some(party) = input.record.party(name) {
            return Err(Flaw::tampered(
                "approval.self",
                format!(
                    "`{name}` is the {} of the change and cannot approve it",
                    party.as_str()
                ),
                "let somebody else approve",
            ));
        }
    }
    Ok(())
}

/// A dismissal's signature, time and change.
fn judge_dismissal(input: &Input<'_>, dismissal: &Dismissal) -> Result<(), Flaw> {
    let person = identity(input, &dismissal.person, &dismissal.issuer)?;
    let statement = (dismissal.envelope)
        .verify(person, Purpose::Dismissal)
        .map_err(|flaw| Flaw::tampered("dismissal.envelope", flaw.message(), REMOVE))?;
    if statement.decision != dismissal.terms() {
        return Err(Flaw::tampered(
            "dismissal.fields",
            format!("it does not say what `{}` signed", dismissal.person),
            REMOVE,
        ));
    }
    if statement.change.get("id").and_then(|id| id.as_str()) != Some(input.record.id.as_str()) {
        return Err(Flaw::tampered(
            "dismissal.other-change",
            "it was given for another change",
            REMOVE,
        ));
    }
    if dismissal.time > input.as_of {
        return Err(Flaw::tampered(
            "dismissal.future",
            format!("it is dated {}, which is yet to come", dismissal.time),
            REMOVE,
        ));
    }
    Ok(())
}

/// Whether somebody may set this decision aside: anybody an approval, but a rejection only who gave it, or a
/// human of the role `iam` who had no part in the change.
fn may_dismiss(input: &Input<'_>, dismissal: &Dismissal, decision: &Approval) -> bool {
    let Some(person) = input.directory.people.get(&dismissal.person) else {
        return false;
    };
    if dismissal.time < decision.time || !person.is_active(input.as_of) {
        return false;
    }
    decision.decision == Decision::Approve
        || dismissal.person == decision.person
        || (person.kind == Kind::Human
            && input.directory.has_role(person, "iam")
            && input.record.party(&dismissal.person).is_none())
}

fn identity<'a>(input: &Input<'a>, name: &str, issuer: &str) -> Result<&'a Person, Flaw> {
    let directory: &'a Directory = input.directory;
    let person = directory.people.get(name).ok_or_else(|| {
        Flaw::tampered(
            "approval.unknown-person",
            format!("`{name}` is not in the directory of the base"),
            "let somebody decide whom the directory has",
        )
    })?;
    if person.issuer != issuer {
        return Err(Flaw::tampered(
            "approval.issuer",
            format!(
                "`{name}` is vouched for by `{}`, and not by `{issuer}`",
                person.issuer
            ),
            REMOVE,
        ));
    }
    Ok(person)
}

/// Whether an approval is good for a requirement of its slot.
fn good_for(
    input: &Input<'_>,
    approval: &Approval,
    person: &Person,
    requirement: &Requirement,
) -> Result<(), Flaw> {
    let directory = input.directory;
    let role = &approval.role;
    if !directory.is_capacity(role) {
        return Err(Flaw::tampered(
            "approval.unknown-role",
            format!("the directory has no role `{role}`"),
            "approve in a role that it has",
        ));
    }
    let holds = match &approval.on_behalf_of {
        None => directory.holds(person, role),
        Some(from) => directory
            .delegators(&approval.person, &requirement.eligible, input.as_of)
            .any(|name| {
                name == from
                    && directory
                        .people
                        .get(name)
                        .is_some_and(|person| directory.holds(person, role))
                    && directory.is_delegated(name, &approval.person, role, input.as_of)
            }),
    };
    if !holds {
        return Err(Flaw::void(
            "approval.role",
            format!("`{}` does not have the role `{role}`", approval.person),
            "let somebody approve who has it",
        ));
    }
    if !requirement.eligible.admits(role) {
        return Err(Flaw::void(
            "approval.not-eligible",
            format!(
                "the role `{role}` cannot fill the slot `{}`",
                requirement.slot
            ),
            "let somebody approve in a role that can",
        ));
    }
    if requirement.human_only && person.kind != Kind::Human {
        return Err(Flaw::void(
            "approval.not-human",
            format!("`{}` is no human", approval.person),
            "let a human approve",
        ));
    }
    if requirement.reason && approval.reason.is_none() {
        return Err(Flaw::void("approval.reason", "it gives no reason", AGAIN));
    }
    if requirement.step_up && !approval.step_up {
        return Err(Flaw::void(
            "approval.step-up",
            "it was given without authenticating again",
            AGAIN,
        ));
    }
    if requirement.acknowledge
        && let Some(missing) = (input.verdict.controls.acknowledge.iter())
            .find(|wanted| !approval.acknowledgements.contains(wanted))
    {
        return Err(Flaw::void(
            "approval.acknowledgement",
            format!("it does not acknowledge `{missing}`"),
            AGAIN,
        ));
    }
    let ends = |days: u32| approval.time.plus_days(i64::from(days));
    let expired = |ends: Instant| ends <= input.as_of;
    if let Some(days) = requirement.expires_after_days
        && ends(days).is_none_or(expired)
    {
        return Err(Flaw::void(
            "approval.expired",
            format!("it is older than {days} days"),
            AGAIN,
        ));
    }
    Ok(())
}

/// The keys in which two sets of terms differ.
fn differing(signed: &serde_json::Value, now: &serde_json::Value) -> String {
    let keys: BTreeSet<&String> = [signed, now]
        .into_iter()
        .filter_map(|terms| terms.as_object())
        .flat_map(|terms| terms.keys())
        .collect();
    let keys = keys
        .into_iter()
        .filter(|key| signed.get(key.as_str()) != now.get(key.as_str()))
        .map(|key| crate::config::words::shown(key));
    let keys: Vec<String> = keys.take(10).collect();
    match keys.as_slice() {
        [] => "it is no record of this form".to_owned(),
        keys => format!("{} changed", keys.join(", ")),
    }
}
