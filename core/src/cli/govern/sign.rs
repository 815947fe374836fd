//! `portcullis change submit`, `approve`, `reject` and `dismiss`: what somebody puts their key to.
//!
//! Nothing is signed that the gate would not count: whoever is asked to sign something void or forbidden is
//! told so before, and not by the gate afterwards.

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
        let slots: Vec<&str> = (verdict.controls.requirements.iter())
            .map(|requirement| requirement.slot.as_str())
            .collect();
        let slot = match (&self.sign.slot, decision) {
            (Some(slot), _) => slot.clone(),
            // A rejection is for the change as a whole.
            (None, Decision::Reject) => "veto".to_owned(),
            (None, Decision::Approve) => {
                return Err(Output::usage(format!(
                    "`change approve` needs `--slot`: {}",
                    match slots.as_slice() {
                        [] => "nothing is required for this change".to_owned(),
                        slots => crate::config::words::any_of(slots.iter().copied()),
                    }
                )));
            }
        };
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
        if decision == Decision::Approve && !slots.clone().any(|of| of == slot) {
            let known = match slots.next() {
                None => "nothing is required for it".to_owned(),
                Some(_) => format!(
                    "it has {}",
                    crate::config::words::any_of(requirements.map(|of| of.slot.as_str()))
                ),
            };
            return Err(Output::refused(&format!(
                "this change has no slot `{slot}`: {known}"
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
                "`change dismiss` needs `--decision`, the number of one of the record's `approvals`, the first being 0",
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
