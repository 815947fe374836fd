//! A change record, `*.change.yaml` or `*.change.json`: which base is to be replaced by which head, who wants
//! that, and what people have decided about it.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::{Value, json};

use super::canonical::Digest;
use super::envelope::Envelope;
use crate::tier::Tier;
use crate::time::Instant;

pub use read::{KEYS, Places, envelope_alone as envelope, read};
pub use write::{json, yaml};

/// The most approvals, and the most dismissals, of a record.
pub const MOST_DECISIONS: usize = 1_000;

/// A change record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The change's name. Approvals are for it alone.
    pub id: String,
    /// What is replaced.
    pub base: State,
    /// What replaces it.
    pub head: State,
    /// The version of Portcullis that drafted the record.
    pub engine: String,
    /// Digest of what a check of the head finds.
    pub report: Option<Digest>,
    /// Digest of the policy tests of the head.
    pub tests: Option<Digest>,
    /// How risky the change is.
    pub tier: Tier,
    /// The ids of the deciding reasons, sorted.
    pub reasons: Vec<String>,
    /// Who must approve, in words, sorted.
    pub requirements: Vec<String>,
    /// Who wants the change.
    pub author: String,
    /// Who wrote it.
    pub drafter: Drafter,
    /// Who touched it last.
    pub last_editor: String,
    /// Who is accountable.
    pub owner: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// From when on it may be published.
    pub valid_from: Option<Instant>,
    /// When it ends.
    pub expires: Option<Instant>,
    /// When somebody must look at it again.
    pub recertify_by: Option<Instant>,
    /// Until when the record is to be kept.
    pub retain_until: Option<Instant>,
    /// The semantic digest to go back to.
    pub rollback: Option<Digest>,
    /// Digest of the record that was published before this one.
    pub previous: Option<Digest>,
    /// The author's signature under all of this.
    pub submission: Option<Envelope>,
    /// What people decided, in the order added.
    pub approvals: Vec<Approval>,
    /// Decisions that were taken back or set aside, in the order added.
    pub dismissals: Vec<Dismissal>,
    /// The approval of the template that the change keeps to. It is verified and fills no slot yet.
    pub template: Option<TemplateApproval>,
}

/// A state of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// What it says.
    pub semantic: Digest,
    /// How it is written.
    pub source: Digest,
}

/// Who wrote a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafter {
    /// Whether it is a human, a service, an agent or a model.
    pub kind: super::directory::Kind,
    /// Its name; of a model, which one.
    pub id: String,
    /// Digest of what a model was asked.
    pub prompt: Option<Digest>,
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub person: String,
    /// Who vouches for the identity.
    pub issuer: String,
    /// In which role.
    pub role: String,
    /// For which slot of the gate.
    pub slot: String,
    /// Whose roles are used, where these are another's.
    pub on_behalf_of: Option<String>,
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: Option<String>,
    /// What the person says to have seen, sorted.
    pub acknowledgements: Vec<String>,
    /// When.
    pub time: Instant,
    /// Whether the person authenticated again for it.
    pub step_up: bool,
    /// The signature, and what was signed.
    pub envelope: Envelope,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The change may be published.
    Approve,
    /// It must not, until this is dismissed.
    Reject,
}

impl Decision {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Reject];

    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// A decision that no longer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Who dismissed it.
    pub person: String,
    /// Who vouches for the identity.
    pub issuer: String,
    /// Why.
    pub reason: String,
    /// When.
    pub time: Instant,
    /// Digest of the payload that was signed for the decision.
    pub dismisses: Digest,
    /// The signature, and what was signed.
    pub envelope: Envelope,
}

/// What somebody said of a template, whichever changes keep to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateApproval {
    /// The template's `@id`.
    pub name: String,
    /// What it says, by [`crate::Workspace::templates`].
    pub digest: Digest,
    /// Who approved it.
    pub person: String,
    /// Who vouches for the identity.
    pub issuer: String,
    /// In which role.
    pub role: String,
    /// When.
    pub time: Instant,
    /// The signature, and what was signed.
    pub envelope: Envelope,
}

impl Record {
    /// What every signature is for: all that the record says of the change, but not the digests of how the
    /// bundles are written, which formatting changes, nor the version that wrote it.
    pub fn terms(&self) -> Value {
        let time = |time: Option<Instant>| time.map(|time| time.to_string());
        let digest = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
        json!({
            "id": self.id,
            "template": digest(self.template.as_ref().map(|of| of.envelope.digest())),
            "base": self.base.semantic.to_string(),
            "head": self.head.semantic.to_string(),
            "tier": self.tier.as_str(),
            "reasons": self.reasons,
            "requirements": self.requirements,
            "author": self.author,
            "drafter": {
                "kind": self.drafter.kind.as_str(),
                "id": self.drafter.id,
                "prompt": digest(self.drafter.prompt),
            },
            "lastEditor": self.last_editor,
            "owner": self.owner,
            "ticket": self.ticket,
            "justification": self.justification,
            "validFrom": time(self.valid_from),
            "expires": time(self.expires),
            "recertifyBy": time(self.recertify_by),
            "retainUntil": time(self.retain_until),
            "rollback": digest(self.rollback),
            "previous": digest(self.previous),
        })
    }

    /// What signatures are made beside: it is told to whoever reads them, and binds nothing.
    pub fn circumstances(&self) -> Value {
        let digest = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
        json!({
            "engine": self.engine,
            "baseSource": self.base.source.to_string(),
            "headSource": self.head.source.to_string(),
            "report": digest(self.report),
            "tests": digest(self.tests),
        })
    }

    /// Digest of the whole record, by which the next one and the log name it.
    pub fn digest(&self) -> Digest {
        Digest::of(write::json(self).as_bytes())
    }

    /// Whether this name had a part in the change, and which.
    pub fn party(&self, name: &str) -> Option<crate::tier::Party> {
        use crate::tier::Party;
        [
            (Party::Author, &self.author),
            (Party::Drafter, &self.drafter.id),
            (Party::LastEditor, &self.last_editor),
        ]
        .into_iter()
        .find(|(_, of)| *of == name)
        .map(|(party, _)| party)
    }
}

impl Approval {
    /// What is signed beside the terms of the change.
    pub fn terms(&self) -> Value {
        json!({
            "person": self.person,
            "issuer": self.issuer,
            "role": self.role,
            "slot": self.slot,
            "onBehalfOf": self.on_behalf_of,
            "decision": self.decision.as_str(),
            "reason": self.reason,
            "acknowledgements": self.acknowledgements,
            "time": self.time.to_string(),
            "stepUp": self.step_up,
        })
    }
}

impl TemplateApproval {
    /// What it is about, as the terms of a change are.
    pub fn of(&self) -> Value {
        json!({ "id": self.name, "head": self.digest.to_string() })
    }

    /// The payload of its statement, to be signed.
    pub fn payload(&self) -> Vec<u8> {
        super::envelope::statement_of(
            super::envelope::Purpose::Template,
            (&self.name, &self.digest),
            &json!({ "change": self.of(), "circumstances": null, "decision": self.terms() }),
        )
    }

    /// What is signed beside that.
    pub fn terms(&self) -> Value {
        json!({
            "person": self.person,
            "issuer": self.issuer,
            "role": self.role,
            "time": self.time.to_string(),
        })
    }
}

impl Dismissal {
    /// What is signed beside the terms of the change.
    pub fn terms(&self) -> Value {
        json!({
            "person": self.person,
            "issuer": self.issuer,
            "reason": self.reason,
            "time": self.time.to_string(),
            "dismisses": self.dismisses.to_string(),
        })
    }
}
