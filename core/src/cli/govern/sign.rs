//! `portcullis change submit`, `approve`, `reject` and `dismiss`: what somebody puts their key to.
//!
//! Nothing is signed that the gate would not count: whoever is asked to sign something void or forbidden is
//! told so before, and not by the gate afterwards.

use std::collections::BTreeSet;

use super::{Govern, Read, Refused, Step};
use crate::cli::Output;
use crate::govern::directory::{Directory, Person};
use crate::govern::envelope::{Envelope, PAYLOAD_TYPE, Purpose, payload, to_sign};
use crate::govern::record::{Approval, Decision, Dismissal, Record};
use crate::govern::{PublicKey, Refusal};
use crate::tier::Assess;

/// What is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sign {
    /// What somebody does.
    pub deed: Deed,
    /// For which slot.
    pub slot: Option<String>,
    /// In which role; the first that fits unless given.
    pub role: Option<String>,
    /// Whose role.
    pub on_behalf_of: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What they have seen.
    pub acknowledgements: Vec<String>,
    /// Whether they authenticated again.
    pub step_up: bool,
    /// The number of the decision to dismiss, from 0.
    pub dismissed: Option<usize>,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Deed {
    /// Stand behind a change as its author.
    #[default]
    Submit,
    /// Approve it.
    Approve,
    /// Reject it.
    Reject,
    /// Dismiss a decision.
    Dismiss,
}

impl Deed {
    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Dismiss => "dismiss",
        }
    }
}

impl Sign {
    pub(super) fn run(
        &self,
        govern: &Govern,
        read: &mut Read<'_>,
        assess: Assess<'_>,
    ) -> Result<Step, Refused> {
        let key = (read.inputs.key).ok_or_else(|| Output::usage("this needs `--key`"))?;
        let signature = read.inputs.signature;
        let text = read.required(&govern.change)?;
        let record = govern.record(&text)?;
        let directory = govern.people(read)?;
        let (name, person) = directory
            .owner_of(&key)
            .ok_or_else(|| Output::refused("the directory of the base has nobody with this key"))?;
        let bundles = read.bundles()?;
        for (what, recorded, now) in [
            (
                "base",
                record.base.semantic,
                bundles.base.digests().semantic,
            ),
            (
                "head",
                record.head.semantic,
                bundles.head.digests().semantic,
            ),
        ] {
            if recorded != now {
                return Err(Output::refused(&format!(
                    "the record is about another {what} than this: draft it anew with `portcullis change new --replace`"
                )));
            }
        }
        let verdict = assess(bundles.with(&record, &directory, govern.as_of)).verdict;
        let signing = Signing {
            sign: self,
            govern,
            record: &record,
            directory: &directory,
            name,
            person,
            key,
            signature,
        };
        let (signed, at) = match self.deed {
            Deed::Submit => signing.submission()?,
            Deed::Approve => signing.approval(Decision::Approve, &verdict)?,
            Deed::Reject => signing.approval(Decision::Reject, &verdict)?,
            Deed::Dismiss => signing.dismissal()?,
        };
        let signed = match signed {
            Signed::No(bytes) => return Ok(Step::Sign(bytes)),
            Signed::Yes(record) => record,
        };
        let write = govern.write(&signed, Some(&text));
        let answer = govern.decide(read, assess, &write.text)?.verdict;
        let concerns = |refusal: &&Refusal| {
            refusal.at == at
                && refusal.id != "gate.vetoed"
                && (!at.is_empty() || refusal.id == "gate.submission")
        };
        if let Some(refusal) = answer
            .refusals
            .iter()
            .chain(&answer.discounted)
            .find(concerns)
        {
            return Err(Output::refused(&format!(
                "this would not count: {}; {}",
                refusal.message, refusal.help
            )));
        }
        if let (Deed::Dismiss, Some(number)) = (self.deed, self.dismissed) {
            let of = format!("approvals[{number}]");
            let counts = (answer.discounted.iter())
                .any(|refusal| refusal.id == "approval.dismissed" && refusal.at == of);
            if !counts {
                return Err(Output::refused(&format!(
                    "this would not count: only who decided, or somebody of the role `iam` who had no part in the change, can dismiss {of}"
                )));
            }
        }
        Ok(Step::Done(Output {
            stderr: format!(
                "`{name}` signed `{}`: {}\n",
                govern.change,
                self.deed.as_str()
            ),
            writes: vec![write],
            ..Output::default()
        }))
    }
}

/// A record with the signature, or the bytes that it is to be made over.
enum Signed {
    No(Vec<u8>),
    Yes(Box<Record>),
}

struct Signing<'a> {
    sign: &'a Sign,
    govern: &'a Govern,
    record: &'a Record,
    directory: &'a Directory,
    name: &'a str,
    person: &'a Person,
    key: PublicKey,
    signature: Option<[u8; 64]>,
}

impl Signing<'_> {
    /// Puts an envelope around the payload and into the record; says where in it.
    fn with(
        &self,
        payload: Vec<u8>,
        at: String,
        add: impl FnOnce(&mut Record, Envelope),
    ) -> Result<(Signed, String), Refused> {
        let Some(signature) = &self.signature else {
            return Ok((Signed::No(to_sign(PAYLOAD_TYPE, &payload)), at));
        };
        if !self
            .key
            .verifies(&to_sign(PAYLOAD_TYPE, &payload), signature)
        {
            return Err(Output::refused("the signature is not that of this key"));
        }
        let mut record = self.record.clone();
        add(
            &mut record,
            Envelope::new(payload, self.key.to_string(), signature),
        );
        Ok((Signed::Yes(Box::new(record)), at))
    }

    fn submission(&self) -> Result<(Signed, String), Refused> {
        if self.name != self.record.author {
            return Err(Output::refused(&format!(
                "the record says that `{}` is the author, and this is the key of `{}`",
                self.record.author, self.name
            )));
        }
        let payload = payload(self.record, Purpose::Submission, &serde_json::Value::Null);
        self.with(payload, String::new(), |record, envelope| {
            record.submission = Some(envelope);
        })
    }

    fn approval(
        &self,
        decision: Decision,
        verdict: &crate::tier::Verdict,
    ) -> Result<(Signed, String), Refused> {
        let slot = match (&self.sign.slot, decision) {
            (Some(slot), _) => slot.clone(),
            // A rejection is for the change as a whole.
            (None, Decision::Reject) => "veto".to_owned(),
            (None, Decision::Approve) => {
                return Err(Output::usage(format!(
                    "`change approve` needs `--slot`: {}",
                    slots_of(verdict)
                )));
            }
        };
        if decision == Decision::Reject {
            self.may_reject()?;
        }
        self.acknowledges_what_is_there(verdict)?;
        let role = self.role(&slot, decision, verdict)?;
        let mut acknowledgements = self.sign.acknowledgements.clone();
        acknowledgements.sort();
        acknowledgements.dedup();
        let mut approval = Approval {
            person: self.name.to_owned(),
            issuer: self.person.issuer.clone(),
            role,
            slot,
            on_behalf_of: self.sign.on_behalf_of.clone(),
            decision,
            reason: self.sign.reason.clone(),
            acknowledgements,
            time: self.govern.as_of,
            step_up: self.sign.step_up,
            envelope: Envelope {
                payload_type: PAYLOAD_TYPE.to_owned(),
                payload: Vec::new(),
                signatures: Vec::new(),
            },
        };
        let payload = payload(self.record, Purpose::Approval, &approval.terms());
        let at = format!("approvals[{}]", self.record.approvals.len());
        self.with(payload, at, |record, envelope| {
            approval.envelope = envelope;
            record.approvals.push(approval);
        })
    }

    /// A rejection says why, and is said once.
    fn may_reject(&self) -> Result<(), Refused> {
        if self
            .sign
            .reason
            .as_ref()
            .is_none_or(|why| why.trim().is_empty())
        {
            return Err(Output::usage(
                "`change reject` needs `--reason`: the author must know what to change",
            ));
        }
        let dismissed: BTreeSet<_> = (self.record.dismissals.iter())
            .map(|dismissal| dismissal.dismisses)
            .collect();
        let own = (self.record.approvals.iter()).rfind(|decided| {
            decided.person == self.name && !dismissed.contains(&decided.envelope.digest())
        });
        match own {
            Some(decided) if decided.decision == Decision::Reject => Err(Output::refused(
                &format!("`{}` has rejected this change already", self.name),
            )),
            _ => Ok(()),
        }
    }

    /// What is acknowledged is something that this change asks to be acknowledged.
    fn acknowledges_what_is_there(&self, verdict: &crate::tier::Verdict) -> Result<(), Refused> {
        let wanted = &verdict.controls.acknowledge;
        let unknown = (self.sign.acknowledgements.iter()).find(|of| !wanted.contains(*of));
        let Some(unknown) = unknown else {
            return Ok(());
        };
        let words = wanted.iter().map(String::as_str);
        let known = match crate::suggest::nearest(unknown, words.clone()) {
            Some(near) => format!(", did you mean `{near}`?"),
            None if wanted.is_empty() => {
                ": nothing of this change has to be acknowledged".to_owned()
            }
            None => format!(": it has {}", crate::config::words::any_of(words)),
        };
        Err(Output::usage(format!(
            "`--acknowledge {unknown}` is nothing of this change{known}"
        )))
    }

    /// The role that was given, or the first that fits the slot.
    fn role(
        &self,
        slot: &str,
        decision: Decision,
        verdict: &crate::tier::Verdict,
    ) -> Result<String, Refused> {
        if let Some(role) = &self.sign.role {
            return Ok(role.clone());
        }
        let holder = match &self.sign.on_behalf_of {
            Some(from) => self.directory.people.get(from).unwrap_or(self.person),
            None => self.person,
        };
        let requirements = verdict.controls.requirements.iter();
        let mut slots = requirements.clone().map(|of| of.slot.as_str());
        if decision == Decision::Approve && !slots.any(|of| of == slot) {
            return Err(Output::refused(&format!(
                "this change has no slot `{slot}`: {}",
                slots_of(verdict)
            )));
        }
        let fitting = requirements
            .filter(|requirement| requirement.slot == slot)
            .flat_map(|requirement| self.directory.capacities(holder, &requirement.eligible))
            .next();
        let any = || self.directory.roles_of(holder).min().map(ToOwned::to_owned);
        match (fitting, decision) {
            (Some(role), _) => Ok(role),
            (None, Decision::Reject) => Ok(any().unwrap_or_else(|| "none".to_owned())),
            (None, Decision::Approve) => Err(Output::refused(&format!(
                "`{}` has no role that can fill the slot `{slot}`",
                self.name
            ))),
        }
    }

    fn dismissal(&self) -> Result<(Signed, String), Refused> {
        let number = self.sign.dismissed.unwrap_or(usize::MAX);
        let Some(decision) = self.record.approvals.get(number) else {
            return Err(Output::usage(
                match (self.sign.dismissed, self.record.approvals.len()) {
                    (_, 0) => "the record has no decision that could be dismissed".to_owned(),
                    (None, count) => format!(
                        "`change dismiss` needs `--decision`: the number of one of the record's {count} `approvals`, the first being 0"
                    ),
                    (Some(number), count) => format!(
                        "`--decision {number}` is none of the record's {count} `approvals`, the first of which is 0"
                    ),
                },
            ));
        };
        let Some(reason) = self.sign.reason.clone() else {
            return Err(Output::usage("`change dismiss` needs `--reason`"));
        };
        let mut dismissal = Dismissal {
            person: self.name.to_owned(),
            issuer: self.person.issuer.clone(),
            reason,
            time: self.govern.as_of,
            dismisses: decision.envelope.digest(),
            envelope: decision.envelope.clone(),
        };
        let payload = payload(self.record, Purpose::Dismissal, &dismissal.terms());
        let at = format!("dismissals[{}]", self.record.dismissals.len());
        self.with(payload, at, |record, envelope| {
            dismissal.envelope = envelope;
            record.dismissals.push(dismissal);
        })
    }
}

/// The slots of a change, for a message.
fn slots_of(verdict: &crate::tier::Verdict) -> String {
    let slots = verdict
        .controls
        .requirements
        .iter()
        .map(|of| of.slot.as_str());
    match slots.len() {
        0 => "nothing is required for it".to_owned(),
        _ => format!("it has {}", crate::config::words::any_of(slots)),
    }
}
