//! Reads a change record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{
    Approval, Decision, Dismissal, Drafter, MOST_DECISIONS, Record, State, TemplateApproval,
};
use crate::codes::governance as codes;
use crate::config::reader::{Fields, Reader};
use crate::config::yaml::Node;
use crate::finding::Finding;
use crate::govern::canonical::Digest;
use crate::govern::directory::Kind;
use crate::govern::envelope::{Envelope, Signature};
use crate::govern::reading::{CODES, digest, document, end, instant, name, names, required};
use crate::source::Span;
use crate::tier::Tier;
use crate::time::Instant;

/// Where the parts of a record stand in its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The whole record.
    pub record: Span,
    /// The approvals.
    pub approvals: Vec<Span>,
    /// The dismissals.
    pub dismissals: Vec<Span>,
}

/// The keys of a record.
pub const KEYS: &[&str] = &[
    "id",
    "base",
    "head",
    "engine",
    "report",
    "tests",
    "tier",
    "reasons",
    "requirements",
    "author",
    "drafter",
    "last_editor",
    "owner",
    "ticket",
    "justification",
    "valid_from",
    "expires",
    "recertify_by",
    "retain_until",
    "rollback",
    "previous",
    "submission",
    "approvals",
    "dismissals",
    "template",
];

/// The most bytes of a free text or an envelope.
const MOST_BYTES: usize = 1 << 20;

/// Reads a record. `None` where anything is wrong with it, which the findings say: half a record would be one
/// that nobody signed.
pub fn read(text: &str) -> (Option<(Record, Places)>, Vec<Finding>) {
    let mut reader = Reader::new(text, &CODES);
    let record = document(&mut reader, text, "change record")
        .and_then(|root| Maker::new(&mut reader, &root, "change record", KEYS).record());
    let findings = reader.finish();
    (record.filter(|_| findings.is_empty()), findings)
}

/// Reads an envelope that stands by itself, in JSON or YAML.
///
/// # Errors
///
/// What is wrong with it; where that is nothing, it says nothing.
pub fn envelope_alone(text: &str) -> Result<Envelope, Vec<Finding>> {
    let mut reader = Reader::new(text, &CODES);
    let read = document(&mut reader, text, "envelope")
        .and_then(|root| envelope(&mut reader, &root, "envelope"));
    let findings = reader.finish();
    read.filter(|_| findings.is_empty()).ok_or(findings)
}

/// Reads the keys of one mapping.
struct Maker<'r, 'a, 'n> {
    reader: &'r mut Reader<'a>,
    fields: Fields<'n>,
    span: Span,
    called: String,
}

impl<'r, 'a, 'n> Maker<'r, 'a, 'n> {
    fn new(reader: &'r mut Reader<'a>, node: &'n Node, called: &str, keys: &[&str]) -> Self {
        let fields = reader.fields(node, called, keys);
        Self {
            reader,
            fields,
            span: node.span,
            called: called.to_owned(),
        }
    }

    fn called(&self, key: &str) -> String {
        match self.called.as_str() {
            "change record" => key.to_owned(),
            called => format!("{called}.{key}"),
        }
    }

    fn required(&mut self, key: &str) -> Option<&'n Node> {
        required(self.reader, &self.fields, self.span, &self.called, key)
    }

    fn name(&mut self, key: &str) -> Option<String> {
        let node = self.required(key)?;
        let called = self.called(key);
        name(self.reader, node, &called)
    }

    fn optional_name(&mut self, key: &str) -> Option<String> {
        self.fields.get(key)?;
        self.name(key)
    }

    fn digest(&mut self, key: &str) -> Option<Digest> {
        let node = self.required(key)?;
        let called = self.called(key);
        digest(self.reader, node, &called)
    }

    fn optional_digest(&mut self, key: &str) -> Option<Digest> {
        self.fields.get(key)?;
        self.digest(key)
    }

    fn time(&mut self, key: &str) -> Option<Instant> {
        let node = self.required(key)?;
        let called = self.called(key);
        instant(self.reader, node, &called)
    }

    fn optional_end(&mut self, key: &str) -> Option<Instant> {
        let node = self.fields.get(key)?;
        let called = self.called(key);
        end(self.reader, node, &called)
    }

    /// A text that may have several lines.
    fn prose(&mut self, key: &str) -> Option<String> {
        let node = self.fields.get(key)?;
        let called = self.called(key);
        let text = self.reader.text(node, &called)?;
        if text.value.trim().is_empty() || text.value.len() > MOST_BYTES {
            self.reader.invalid(
                text.span,
                format!("`{called}` is blank or longer than a mebibyte"),
                "write some words, or delete the key",
            );
            return None;
        }
        Some(text.value.to_owned())
    }

    fn sorted_names(&mut self, key: &str) -> Vec<String> {
        let Some(node) = self.fields.get(key) else {
            return Vec::new();
        };
        let called = self.called(key);
        let mut names: Vec<String> = names(self.reader, node, &called)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        names.sort();
        names
    }

    fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let node = self.required(key)?;
        let called = self.called(key);
        self.reader.choice(node, &called, choices)
    }

    fn state(&mut self, key: &str) -> Option<State> {
        let node = self.required(key)?;
        let called = self.called(key);
        let mut inner = Maker::new(self.reader, node, &called, &["semantic", "source"]);
        let (semantic, source) = (inner.digest("semantic"), inner.digest("source"));
        Some(State {
            semantic: semantic?,
            source: source?,
        })
    }

    fn drafter(&mut self) -> Option<Drafter> {
        let node = self.required("drafter")?;
        let mut inner = Maker::new(self.reader, node, "drafter", &["kind", "id", "prompt"]);
        let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
        let (kind, id) = (inner.choice("kind", &kinds), inner.name("id"));
        let prompt = inner.optional_digest("prompt");
        Some(Drafter {
            kind: kind?,
            id: id?,
            prompt,
        })
    }

    fn record(&mut self) -> Option<(Record, Places)> {
        let id = self.name("id");
        let (base, head) = (self.state("base"), self.state("head"));
        let engine = self.name("engine");
        let (report, tests) = (
            self.optional_digest("report"),
            self.optional_digest("tests"),
        );
        let tier = self.choice("tier", &Tier::ALL.map(|tier| (tier.as_str(), tier)));
        let (reasons, requirements) = (
            self.sorted_names("reasons"),
            self.sorted_names("requirements"),
        );
        let (author, drafter) = (self.name("author"), self.drafter());
        let last_editor = self.name("last_editor");
        let owner = self.optional_name("owner");
        let ticket = self.optional_name("ticket");
        let justification = self.prose("justification");
        let valid_from = match self.fields.get("valid_from") {
            Some(_) => self.time("valid_from"),
            None => None,
        };
        let expires = self.optional_end("expires");
        let recertify_by = self.optional_end("recertify_by");
        let retain_until = self.optional_end("retain_until");
        let rollback = self.optional_digest("rollback");
        let previous = self.optional_digest("previous");
        let submission = match self.fields.get("submission") {
            Some(node) => envelope(self.reader, node, "submission"),
            None => None,
        };
        let mut places = Places {
            record: self.span,
            ..Places::default()
        };
        let approvals = self.each("approvals", &mut places.approvals, approval);
        let dismissals = self.each("dismissals", &mut places.dismissals, dismissal);
        let template = match self.fields.get("template") {
            Some(node) => Some(template(self.reader, node)?),
            None => None,
        };
        let record = Record {
            id: id?,
            base: base?,
            head: head?,
            engine: engine?,
            report,
            tests,
            tier: tier?,
            reasons,
            requirements,
            author: author?,
            drafter: drafter?,
            last_editor: last_editor?,
            owner,
            ticket,
            justification,
            valid_from,
            expires,
            recertify_by,
            retain_until,
            rollback,
            previous,
            submission,
            approvals,
            dismissals,
            template,
        };
        Some((record, places))
    }

    fn each<T>(
        &mut self,
        key: &str,
        spans: &mut Vec<Span>,
        read: fn(&mut Reader<'_>, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.fields.get(key) else {
            return Vec::new();
        };
        let items = self.reader.list(node, key);
        if let Some(first) = items.get(MOST_DECISIONS) {
            self.reader.report(Finding::new(
                &codes::TOO_MUCH,
                first.span,
                format!("`{key}` has more than {MOST_DECISIONS} entries"),
                "start a new change record",
            ));
        }
        let mut all = Vec::new();
        for (at, item) in items.iter().take(MOST_DECISIONS).enumerate() {
            if let Some(entry) = read(self.reader, item, &format!("{key}[{at}]")) {
                all.push(entry);
                spans.push(item.span);
            }
        }
        all
    }
}

fn approval(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Approval> {
    let keys = [
        "person",
        "issuer",
        "role",
        "slot",
        "on_behalf_of",
        "decision",
        "reason",
        "acknowledgements",
        "time",
        "step_up",
        "envelope",
    ];
    let mut maker = Maker::new(reader, node, called, &keys);
    let (person, issuer) = (maker.name("person"), maker.name("issuer"));
    let (role, slot) = (maker.name("role"), maker.name("slot"));
    let on_behalf_of = maker.optional_name("on_behalf_of");
    let decision = maker.choice("decision", &Decision::ALL.map(|d| (d.as_str(), d)));
    let reason = maker.prose("reason");
    let acknowledgements = maker.sorted_names("acknowledgements");
    let time = maker.time("time");
    let step_up = match maker.fields.get("step_up") {
        Some(node) => maker.reader.boolean(node, &maker.called("step_up")),
        None => Some(false),
    };
    let envelope = maker
        .required("envelope")
        .and_then(|node| envelope(maker.reader, node, &format!("{called}.envelope")));
    Some(Approval {
        person: person?,
        issuer: issuer?,
        role: role?,
        slot: slot?,
        on_behalf_of,
        decision: decision?,
        reason,
        acknowledgements,
        time: time?,
        step_up: step_up?,
        envelope: envelope?,
    })
}

fn template(reader: &mut Reader<'_>, node: &Node) -> Option<TemplateApproval> {
    let keys = [
        "name", "digest", "person", "issuer", "role", "time", "envelope",
    ];
    let mut maker = Maker::new(reader, node, "template", &keys);
    let (name, digest) = (maker.name("name"), maker.digest("digest"));
    let (person, issuer) = (maker.name("person"), maker.name("issuer"));
    let (role, time) = (maker.name("role"), maker.time("time"));
    let envelope = maker
        .required("envelope")
        .and_then(|node| envelope(maker.reader, node, "template.envelope"));
    Some(TemplateApproval {
        name: name?,
        digest: digest?,
        person: person?,
        issuer: issuer?,
        role: role?,
        time: time?,
        envelope: envelope?,
    })
}

fn dismissal(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Dismissal> {
    let keys = [
        "person",
        "issuer",
        "reason",
        "time",
        "dismisses",
        "envelope",
    ];
    let mut maker = Maker::new(reader, node, called, &keys);
    let (person, issuer) = (maker.name("person"), maker.name("issuer"));
    maker.required("reason");
    let (reason, time) = (maker.prose("reason"), maker.time("time"));
    let dismisses = maker.digest("dismisses");
    let envelope = maker
        .required("envelope")
        .and_then(|node| envelope(maker.reader, node, &format!("{called}.envelope")));
    Some(Dismissal {
        person: person?,
        issuer: issuer?,
        reason: reason?,
        time: time?,
        dismisses: dismisses?,
        envelope: envelope?,
    })
}

fn envelope(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Envelope> {
    let mut maker = Maker::new(
        reader,
        node,
        called,
        &["payloadType", "payload", "signatures"],
    );
    let payload_type = maker.name("payloadType");
    let payload = maker
        .required("payload")
        .and_then(|node| base64(maker.reader, node, &format!("{called}.payload")));
    let signatures = maker.required("signatures")?;
    let mut all = Vec::new();
    for (at, item) in maker
        .reader
        .list(signatures, &format!("{called}.signatures"))
        .iter()
        .enumerate()
    {
        let called = format!("{called}.signatures[{at}]");
        let mut inner = Maker::new(maker.reader, item, &called, &["keyid", "sig"]);
        let keyid = inner.optional_name("keyid");
        let sig = inner
            .required("sig")
            .and_then(|node| base64(inner.reader, node, &format!("{called}.sig")));
        all.push(Signature { keyid, sig: sig? });
    }
    Some(Envelope {
        payload_type: payload_type?,
        payload: payload?,
        signatures: all,
    })
}

fn base64(reader: &mut Reader<'_>, node: &Node, called: &str) -> Option<Vec<u8>> {
    let text = reader.text(node, called)?;
    let decoded = (text.value.len() <= MOST_BYTES)
        .then(|| BASE64.decode(text.value).ok())
        .flatten();
    if decoded.is_none() {
        reader.invalid(
            text.span,
            format!("`{called}` is not base64, or longer than a mebibyte"),
            "write it as RFC 4648 has it, with `+`, `/` and `=`, on one line",
        );
    }
    decoded
}
