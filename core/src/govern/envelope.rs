//! Envelopes: DSSE 1.0 with Ed25519 around an in-toto Statement v1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::canonical::{Digest, canonical};
use super::directory::Person;
use super::record::Record;

/// The type of what is signed, as DSSE names it.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An author stands behind a change.
    Submission,
    /// Somebody approves or rejects it.
    Approval,
    /// Somebody dismisses a decision.
    Dismissal,
    /// Somebody approves a template.
    Template,
    /// Somebody approves one request at run time.
    Request,
}

impl Purpose {
    /// The `predicateType`.
    pub const fn predicate_type(self) -> &'static str {
        match self {
            Self::Submission => "urn:portcullis:submission:v1",
            Self::Approval => "urn:portcullis:approval:v1",
            Self::Dismissal => "urn:portcullis:dismissal:v1",
            Self::Template => "urn:portcullis:template:v1",
            Self::Request => "urn:portcullis:request-approval:v1",
        }
    }

    /// Where the predicate says what it is about, and where that has the digest of the subject.
    const fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Request => ("request", "digest"),
            _ => ("change", "head"),
        }
    }
}

/// A DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The type of the payload.
    pub payload_type: String,
    /// What was signed.
    pub payload: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// A hint at the key. It is never trusted.
    pub keyid: Option<String>,
    /// Its bytes.
    pub sig: Vec<u8>,
}

/// Why an envelope proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// The payload's type is another.
    PayloadType,
    /// It has no signature, or an empty one.
    Unsigned,
    /// It has more signatures than the one that is asked for.
    SeveralSignatures,
    /// The signature is not as long as one of Ed25519.
    Algorithm,
    /// None of the person's keys made the signature.
    Signature,
    /// What was signed is no statement in canonical form, or one of another kind.
    Statement,
}

impl Flaw {
    /// What is wrong, to follow a name.
    pub const fn message(self) -> &'static str {
        match self {
            Self::PayloadType => "its payload type is not `application/vnd.in-toto+json`",
            Self::Unsigned => "it is not signed",
            Self::SeveralSignatures => "it has more than one signature, but is one person's",
            Self::Algorithm => "its signature is not one of Ed25519, which has 64 bytes",
            Self::Signature => {
                "its signature was made with no key that the directory has for this person"
            }
            Self::Statement => "what was signed is not a statement of this kind in canonical form",
        }
    }
}

/// What a verified statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The terms of the change, or of the request, that were signed.
    pub change: Value,
    /// The engine and digests at that time.
    pub circumstances: Value,
    /// The terms of the decision; null for a submission.
    pub decision: Value,
}

/// The payload of a statement about a record, to be signed.
pub fn payload(record: &Record, purpose: Purpose, decision: &Value) -> Vec<u8> {
    let predicate = json!({
        "change": record.terms(),
        "circumstances": record.circumstances(),
        "decision": decision,
    });
    statement_of(purpose, (&record.id, &record.head.semantic), &predicate)
}

/// The payload of a statement about what has this name and digest.
pub(super) fn statement_of(
    purpose: Purpose,
    (name, digest): (&str, &Digest),
    predicate: &Value,
) -> Vec<u8> {
    canonical(&json!({
        "_type": STATEMENT_TYPE,
        "subject": subject(name, &digest.hex()),
        "predicateType": purpose.predicate_type(),
        "predicate": predicate,
    }))
}

fn subject(id: &str, head: &str) -> Value {
    json!([{ "name": id, "digest": { "sha256": head } }])
}

/// DSSE's pre-authentication encoding: the bytes that a key signs.
pub fn to_sign(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend(payload);
    bytes
}

impl Envelope {
    /// Of a payload and its signature.
    pub fn new(payload: Vec<u8>, keyid: String, signature: &[u8; 64]) -> Self {
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload,
            signatures: vec![Signature {
                keyid: Some(keyid),
                sig: signature.to_vec(),
            }],
        }
    }

    /// The digest of the payload, by which dismissals name decisions.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.payload)
    }

    /// What the envelope proves that `person` said.
    ///
    /// # Errors
    ///
    /// Why it proves nothing.
    pub fn verify(&self, person: &Person, purpose: Purpose) -> Result<Statement, Flaw> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(Flaw::PayloadType);
        }
        let signature = match self.signatures.as_slice() {
            [] => return Err(Flaw::Unsigned),
            [signature] if signature.sig.is_empty() => return Err(Flaw::Unsigned),
            [signature] => signature,
            _ => return Err(Flaw::SeveralSignatures),
        };
        let signature =
            <&[u8; 64]>::try_from(signature.sig.as_slice()).map_err(|_| Flaw::Algorithm)?;
        let signed = to_sign(&self.payload_type, &self.payload);
        if !person
            .keys
            .iter()
            .any(|key| key.verifies(&signed, signature))
        {
            return Err(Flaw::Signature);
        }
        statement(&self.payload, purpose).ok_or(Flaw::Statement)
    }

    /// As an object of DSSE's JSON.
    pub fn to_json(&self) -> Value {
        let signatures: Vec<Value> = self
            .signatures
            .iter()
            .map(|signature| {
                let sig = BASE64.encode(&signature.sig);
                match &signature.keyid {
                    Some(keyid) => json!({ "keyid": keyid, "sig": sig }),
                    None => json!({ "sig": sig }),
                }
            })
            .collect();
        json!({
            "payloadType": self.payload_type,
            "payload": BASE64.encode(&self.payload),
            "signatures": signatures,
        })
    }
}

/// A payload's statement. Only canonical payloads are read: of any other two readers could see different things.
fn statement(payload: &[u8], purpose: Purpose) -> Option<Statement> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    if canonical(&value) != payload {
        return None;
    }
    let predicate = value.get("predicate")?;
    let (about, digest) = purpose.about();
    let change = predicate.get(about)?.clone();
    let id = change.get("id")?.as_str()?;
    let head = Digest::parse(change.get(digest)?.as_str()?)?.hex();
    let is_ours = value.get("_type")? == STATEMENT_TYPE
        && value.get("predicateType")? == purpose.predicate_type()
        && *value.get("subject")? == subject(id, &head);
    let statement = Statement {
        circumstances: predicate.get("circumstances")?.clone(),
        decision: predicate.get("decision")?.clone(),
        change,
    };
    is_ours.then_some(statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_to_sign_are_those_of_the_protocol() {
        assert_eq!(
            to_sign("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
