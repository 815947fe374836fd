//! The log of what was decided and published: one JSON object on each line, each bound to the one before it.
//!
//! `hash` is SHA-256 over the canonical entry without its hashes, followed by the bytes of the hash before
//! it. Whoever keeps the last hash elsewhere can tell that nothing before it was changed, taken out or put in.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::canonical::{Digest, canonical};
use super::record::Record;
use crate::time::Instant;

/// The most entries of a log.
pub const MOST_ENTRIES: usize = 1_000_000;

/// The most bytes of one entry.
pub const MOST_BYTES: usize = 1 << 20;

/// A log that was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Its entries, the oldest first.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// When.
    pub time: Instant,
    /// The change.
    pub change: String,
    /// What the base of a change that was published says; entries of before 2026-12 lack it.
    pub base: Option<Digest>,
    /// What the head of the change says.
    pub head: Digest,
    /// The record at that time.
    pub record: Digest,
    /// The payloads of the decisions that the record had, sorted.
    pub decisions: BTreeSet<Digest>,
    /// Until when the entry is to be kept.
    pub retain_until: Option<Instant>,
    /// The hash of the entry before; of the first entry, 32 zeros.
    pub previous: Digest,
    /// This entry's hash.
    pub hash: Digest,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A record was drafted, or people decided.
    Recorded,
    /// The head was published.
    Published,
    /// The head was taken back, and its base stands again.
    RolledBack,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 3] = [Self::Recorded, Self::Published, Self::RolledBack];

    /// The word in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Published => "published",
            Self::RolledBack => "rolled-back",
        }
    }

    /// The event with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}

/// Why a log cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

const KEYS: [&str; 10] = [
    "base",
    "change",
    "decisions",
    "event",
    "hash",
    "head",
    "previous",
    "record",
    "retainUntil",
    "time",
];

const FIRST: Digest = Digest([0; 32]);

impl Log {
    /// Reads and verifies a log. An empty text is a log without entries.
    ///
    /// # Errors
    ///
    /// The first line that is not as it must be.
    pub fn read(text: &str) -> Result<Self, Broken> {
        let mut log = Self::default();
        for (number, line) in text.split_terminator('\n').enumerate() {
            let broken = |message: String| Broken {
                line: number + 1,
                message,
            };
            if number >= MOST_ENTRIES {
                return Err(broken(format!(
                    "a log has at most {MOST_ENTRIES} entries; begin a new one whose first record names this one's last"
                )));
            }
            let entry = log.entry(line).map_err(broken)?;
            log.entries.push(entry);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(Broken {
                line: log.entries.len(),
                message: "the last entry does not end with its line, so some of it may be missing"
                    .to_owned(),
            });
        }
        Ok(log)
    }

    fn entry(&self, line: &str) -> Result<Entry, String> {
        if line.len() > MOST_BYTES {
            return Err(format!("an entry has at most {MOST_BYTES} bytes"));
        }
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("this is not JSON: {error}"))?;
        if canonical(&value) != line.as_bytes() {
            return Err("the entry is not in canonical form".to_owned());
        }
        let object = value.as_object().ok_or("an entry is an object")?;
        if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!(
                "{} is no key of an entry",
                crate::config::words::shown(key)
            ));
        }
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("the entry has no text `{key}`"))
        };
        let digest =
            |key: &str| Digest::parse(text(key)?).ok_or_else(|| format!("`{key}` is no digest"));
        let time = |key: &str| {
            Instant::parse(text(key)?).ok_or_else(|| format!("`{key}` is no point in time"))
        };
        let decisions = value
            .get("decisions")
            .and_then(Value::as_array)
            .and_then(|all| all.iter().map(|d| Digest::parse(d.as_str()?)).collect())
            .ok_or("`decisions` is no list of digests")?;
        let entry = Entry {
            event: Event::parse(text("event")?)
                .ok_or("`event` is none of `recorded`, `published` and `rolled-back`")?,
            time: time("time")?,
            change: text("change")?.to_owned(),
            base: match value.get("base") {
                None => None,
                Some(_) => Some(digest("base")?),
            },
            head: digest("head")?,
            record: digest("record")?,
            decisions,
            retain_until: match value.get("retainUntil") {
                None => None,
                Some(_) => Some(time("retainUntil")?),
            },
            previous: digest("previous")?,
            hash: digest("hash")?,
        };
        if entry.previous != self.head() {
            return Err("an entry before it was changed, taken out or put in: its `previous` is not the hash of the entry before".to_owned());
        }
        if entry.hash != entry.computed() || entry.line() != line {
            return Err("the entry was changed: its `hash` is not that of what it says".to_owned());
        }
        if (self.entries.last()).is_some_and(|before| entry.time < before.time) {
            return Err("it is older than the entry before it".to_owned());
        }
        Ok(entry)
    }

    /// The hash of the last entry; 32 zeros where there is none. Keep it where nobody can change it who can
    /// change the log.
    pub fn head(&self) -> Digest {
        self.entries.last().map_or(FIRST, |entry| entry.hash)
    }

    /// The line to append for an event of a record, its line break included.
    ///
    /// # Errors
    ///
    /// Why it cannot be appended.
    pub fn append(&self, event: Event, record: &Record, as_of: Instant) -> Result<String, String> {
        if self.entries.len() >= MOST_ENTRIES {
            return Err(format!("a log has at most {MOST_ENTRIES} entries"));
        }
        if let Some(last) = self.entries.last().filter(|last| as_of < last.time) {
            return Err(format!(
                "the last entry is of {}, and nothing older can follow it",
                last.time
            ));
        }
        let change = record.id.as_str();
        let mut publications =
            (self.entries.iter()).filter(|entry| entry.event == Event::Published);
        if event == Event::Published && publications.any(|entry| entry.change == change) {
            return Err(format!(
                "`{change}` was published before, and an approval is for one publication"
            ));
        }
        let standing = self.standing();
        let stands = standing.last();
        if event == Event::RolledBack
            && stands.is_none_or(|of| of.change != change || of.head != record.head.semantic)
        {
            return Err(format!("`{change}` is not what was published last"));
        }
        let mut entry = Entry {
            event,
            time: as_of,
            change: record.id.clone(),
            base: (event == Event::Published).then_some(record.base.semantic),
            head: record.head.semantic,
            record: record.digest(),
            decisions: decisions(record),
            retain_until: record.retain_until,
            previous: self.head(),
            hash: FIRST,
        };
        entry.hash = entry.computed();
        let line = entry.line();
        if line.len() > MOST_BYTES {
            return Err(format!("an entry has at most {MOST_BYTES} bytes"));
        }
        Ok(line + "\n")
    }

    /// The publications that stand, the last one on top: what was rolled back is gone, and what it had replaced
    /// stands again.
    fn standing(&self) -> Vec<&Entry> {
        let mut standing: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            match entry.event {
                Event::Recorded => {}
                Event::Published => standing.push(entry),
                Event::RolledBack => {
                    standing.pop_if(|last| last.change == entry.change);
                }
            }
        }
        standing
    }

    /// What is published now, as far as the log knows, beside the change itself.
    pub fn published(&self, beside: &str) -> Option<&Entry> {
        let standing = self.standing();
        (standing.into_iter().rev()).find(|entry| entry.change != beside)
    }

    /// The first publication, beside the change itself.
    pub(super) fn first_published(&self, beside: &str) -> Option<&Entry> {
        let mut all = self.entries.iter();
        all.find(|entry| entry.event == Event::Published && entry.change != beside)
    }

    /// Whether a set with this digest was published and not taken back.
    pub fn has_published(&self, semantic: Digest) -> bool {
        let taken_back = |change: &str| {
            let mut all = self.entries.iter();
            all.any(|entry| entry.event == Event::RolledBack && entry.change == change)
        };
        self.entries.iter().any(|entry| {
            entry.event == Event::Published && entry.head == semantic && !taken_back(&entry.change)
        })
    }

    /// What came after this change was published: it was rolled back, or something else was published. To publish it
    /// once more is another change.
    pub(super) fn followed(&self, record: &Record) -> Option<&Entry> {
        let mut later = self
            .entries
            .iter()
            .filter(|entry| entry.event != Event::Recorded)
            .skip_while(|entry| entry.change != record.id);
        let _published = later.next()?;
        later.last()
    }

    /// Calls `found` where the record lacks a decision that the log has of this change.
    pub(super) fn missing_from(&self, record: &Record, mut found: impl FnMut(String)) {
        let has = decisions(record);
        let missing: BTreeSet<Digest> = self
            .entries
            .iter()
            .filter(|entry| entry.change == record.id)
            .flat_map(|entry| entry.decisions.difference(&has))
            .copied()
            .collect();
        for digest in missing {
            found(format!(
                "the log has a decision about this change that the record lacks: `{digest}`"
            ));
        }
    }
}

/// The payloads of all that was decided.
fn decisions(record: &Record) -> BTreeSet<Digest> {
    let approvals = record
        .approvals
        .iter()
        .map(|approval| approval.envelope.digest());
    let dismissals = record
        .dismissals
        .iter()
        .map(|dismissal| dismissal.envelope.digest());
    approvals.chain(dismissals).collect()
}

impl Entry {
    fn members(&self) -> Value {
        let mut members = json!({
            "event": self.event.as_str(),
            "time": self.time.to_string(),
            "change": self.change,
            "head": self.head.to_string(),
            "record": self.record.to_string(),
            "decisions": self.decisions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        if let Some(members) = members.as_object_mut() {
            let until = self.retain_until.map(|until| json!(until.to_string()));
            members.extend(until.map(|until| ("retainUntil".to_owned(), until)));
            let base = self.base.map(|base| json!(base.to_string()));
            members.extend(base.map(|base| ("base".to_owned(), base)));
        }
        members
    }

    fn computed(&self) -> Digest {
        let mut bytes = canonical(&self.members());
        bytes.extend(self.previous.0);
        Digest::of(&bytes)
    }

    fn line(&self) -> String {
        let mut members = self.members();
        if let Some(members) = members.as_object_mut() {
            members.insert("previous".to_owned(), json!(self.previous.to_string()));
            members.insert("hash".to_owned(), json!(self.hash.to_string()));
        }
        String::from_utf8(canonical(&members)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
