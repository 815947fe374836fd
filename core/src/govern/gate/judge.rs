//! Whether one decision counts: whose it is, what they signed, and what it is good for.

use std::collections::BTreeSet;

use super::{Input, Refusal};
use crate::govern::directory::{Directory, Kind, Person};
use crate::govern::envelope::{Purpose, Statement};
use crate::govern::record::{Approval, Decision, Dismissal, TemplateApproval};
use crate::source::Span;
use crate::tier::Requirement;
use crate::time::Instant;

/// Why an approval does not count.
pub(super) struct Flaw {
    id: &'static str,
    message: String,
    help: &'static str,
    /// Whether it refuses the whole change: somebody tampered with the record.
    pub(super) refuses: bool,
}

impl Flaw {
    pub(super) fn tampered(
        id: &'static str,
        message: impl Into<String>,
        help: &'static str,
    ) -> Self {
        Self {
            id,
            message: message.into(),
            help,
            refuses: true,
        }
    }

    pub(super) fn void(id: &'static str, message: impl Into<String>, help: &'static str) -> Self {
        Self {
            id,
            message: message.into(),
            help,
            refuses: false,
        }
    }

    pub(super) fn at(self, at: String, span: Span) -> Refusal {
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
pub(super) const AGAIN: &str = "let the person approve again";

/// The person behind a decision and what they signed.
///
/// `now` are the terms of the change as it is.
pub(super) fn judge<'a>(
    input: &Input<'a>,
    approval: &'a Approval,
    now: &serde_json::Value,
) -> Result<(&'a Person, Statement), Flaw> {
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
    if statement.change != *now {
        return Err(Flaw::void(
            "approval.void",
            format!(
                "the change is not what `{}` decided about: {}",
                approval.person,
                differing(&statement.change, now)
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
pub(super) fn judge_dismissal(input: &Input<'_>, dismissal: &Dismissal) -> Result<(), Flaw> {
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

/// The approval of a template: of one that base has and that says what was approved, by a human who had no part
/// in the change.
pub(super) fn judge_template(input: &Input<'_>, of: &TemplateApproval) -> Result<(), Flaw> {
    let person = identity(input, &of.person, &of.issuer)?;
    let statement = (of.envelope)
        .verify(person, Purpose::Template)
        .map_err(|flaw| Flaw::tampered("template.envelope", flaw.message(), REMOVE))?;
    let refused = |id, message, help| Err(Flaw::tampered(id, message, help));
    if statement.change != of.of() || statement.decision != of.terms() {
        let message = format!("it does not say what `{}` signed", of.person);
        return refused("template.fields", message, REMOVE);
    }
    if input.evidence.templates.get(&of.name) != Some(&of.digest) {
        let message = format!(
            "base has no template `{}` that says what was approved",
            of.name
        );
        return refused(
            "template.unbound",
            message,
            "let the template be approved as base has it",
        );
    }
    if of.time > input.as_of {
        let message = format!("it is dated {}, which is yet to come", of.time);
        return refused("template.future", message, REMOVE);
    }
    let may = person.kind == Kind::Human
        && person.is_active(input.as_of)
        && input.directory.holds(person, &of.role)
        && input.record.party(&of.person).is_none();
    if !may {
        let message = format!(
            "`{}` is no human with the role `{}` who had no part in the change",
            of.person, of.role
        );
        return refused(
            "template.person",
            message,
            "let somebody else approve the template",
        );
    }
    Ok(())
}

/// Whether somebody may set this decision aside: anybody an approval, but a rejection only who gave it, or a
/// human of the role `iam` who had no part in the change.
pub(super) fn may_dismiss(input: &Input<'_>, dismissal: &Dismissal, decision: &Approval) -> bool {
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
pub(super) fn good_for(
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
    // What no human drafted a human approves, whatever the configuration says.
    let human_only = requirement.human_only || input.record.drafter.kind != Kind::Human;
    if human_only && person.kind != Kind::Human {
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
