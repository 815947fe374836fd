//! `portcullis change new`: drafts a record from two bundles and what is said on the command line.

use super::{Govern, Read, Refused};
use crate::cli::Output;
use crate::govern::Refusal;
use crate::govern::canonical::Digest;
use crate::govern::directory::{Directory, Kind};
use crate::govern::record::{Drafter, Record, State};
use crate::tier::{Assess, Tier};
use crate::time::Instant;

/// What a new record says. What is not given is taken from the record that is replaced, where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct New {
    /// Whether a record that is there already is drafted anew. Its decisions stay in it; those that are void
    /// by what changed do not count.
    pub replace: bool,
    /// The change's name.
    pub id: Option<String>,
    /// Who wants it.
    pub author: Option<String>,
    /// Who wrote it; the author unless given.
    pub drafter: Option<Drafter>,
    /// Who touched it last; the author unless given.
    pub last_editor: Option<String>,
    /// Who is accountable.
    pub owner: Option<String>,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// From when on.
    pub valid_from: Option<Instant>,
    /// Until when.
    pub expires: Option<Instant>,
    /// When it must be looked at again.
    pub recertify_by: Option<Instant>,
    /// Until when the record is kept.
    pub retain_until: Option<Instant>,
    /// The set to go back to; the base unless given.
    pub rollback: Option<Digest>,
    /// The record before; the one that the log has as published last unless given.
    pub previous: Option<Digest>,
}

impl New {
    pub(super) fn run(
        &self,
        govern: &Govern,
        read: &mut Read<'_>,
        assess: Assess<'_>,
    ) -> Result<Output, Refused> {
        let old = match read.texts.get(&govern.change) {
            None => None,
            Some(_) if !self.replace => {
                return Err(Output::usage(format!(
                    "`{}` is there already: draft it anew with `--replace`",
                    govern.change
                )));
            }
            Some(text) => Some(govern.record(text)?),
        };
        let replaced = read.texts.get(&govern.change).cloned();
        let directory = govern.people(read)?;
        let log = match govern.log.as_ref().map(|path| (path, read.texts.get(path))) {
            Some((path, Some(text))) => super::log::verified(path, text)?,
            _ => crate::govern::Log::default(),
        };
        let bundles = read.bundles()?;
        let (base, head) = (bundles.base.digests(), bundles.head.digests());
        let state = |digests: &crate::govern::Digests| State {
            semantic: digests.semantic,
            source: digests.source,
        };
        let needed = |given: &Option<String>, old: Option<&String>, option: &str| {
            given
                .clone()
                .or_else(|| old.cloned())
                .ok_or_else(|| Output::usage(format!("`change new` needs `--{option}`")))
        };
        let was = old.as_ref();
        let author = needed(&self.author, was.map(|r| &r.author), "author")?;
        let or = |given: &Option<String>, old: Option<&Option<String>>| {
            given.clone().or_else(|| old.cloned().flatten())
        };
        let time = |given: Option<Instant>, old: Option<Option<Instant>>| given.or(old.flatten());
        // A drafter by name is what the directory says, a service or an agent perhaps.
        let kind_of = |name: &str| {
            let person = directory.people.get(name);
            person.map_or(Kind::Human, |person| person.kind)
        };
        let id = needed(&self.id, was.map(|r| &r.id), "id")?;
        // What was decided about another change is none of this one's.
        let decided = was.filter(|was| was.id == id);
        let mut record = Record {
            id,
            base: state(&base),
            head: state(&head),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            report: Some(bundles.head.report_digest(govern.as_of)),
            tests: Some(head.tests),
            // Until it is told, from the rest of the record.
            tier: Tier::Undetermined,
            reasons: Vec::new(),
            requirements: Vec::new(),
            drafter: self
                .drafter
                .clone()
                .map(|drafter| Drafter {
                    kind: match drafter.kind {
                        Kind::Human => kind_of(&drafter.id),
                        kind => kind,
                    },
                    ..drafter
                })
                .or_else(|| was.map(|r| r.drafter.clone()))
                .unwrap_or_else(|| Drafter {
                    kind: kind_of(&author),
                    id: author.clone(),
                    prompt: None,
                }),
            // Who touched it before is not forgotten because somebody else drafts the record anew.
            last_editor: (self.last_editor.clone())
                .or_else(|| was.map(|r| r.last_editor.clone()))
                .unwrap_or_else(|| author.clone()),
            author,
            owner: or(&self.owner, was.map(|r| &r.owner)),
            ticket: or(&self.ticket, was.map(|r| &r.ticket)),
            justification: or(&self.justification, was.map(|r| &r.justification)),
            valid_from: time(self.valid_from, was.map(|r| r.valid_from)),
            expires: time(self.expires, was.map(|r| r.expires)),
            recertify_by: time(self.recertify_by, was.map(|r| r.recertify_by)),
            retain_until: time(self.retain_until, was.map(|r| r.retain_until)),
            rollback: Some(self.rollback.unwrap_or(base.semantic)),
            previous: was.and_then(|r| r.previous),
            submission: None,
            approvals: decided.map(|r| r.approvals.clone()).unwrap_or_default(),
            dismissals: decided.map(|r| r.dismissals.clone()).unwrap_or_default(),
            template: was.and_then(|r| r.template.clone()),
        };
        if !record.drafter.kind.can_approve() && record.drafter.prompt.is_none() {
            return Err(Output::usage(
                "`change new` needs `--prompt` where a model or an agent drafted it: the SHA-256 of what it was asked",
            ));
        }
        // A change that is drafted anew follows what is published by then.
        record.previous = (self.previous)
            .or_else(|| log.published(&record.id).map(|entry| entry.record))
            .or(record.previous.filter(|_| govern.log.is_none()));
        let verdict = assess(bundles.with(&record, &directory, govern.as_of)).verdict;
        record.tier = verdict.tier;
        record.reasons = verdict.deciding().into_iter().map(str::to_owned).collect();
        record.requirements = verdict.controls.describe();
        let write = govern.write(&record, replaced.as_deref());
        // What was given may be no name or no text of a record; then nothing is written.
        govern.record(&write.text)?;
        let answer = govern.decide(read, assess, &write.text)?.verdict;
        let of_record = answer
            .refusals
            .iter()
            .filter(|refusal| refusal.at.is_empty());
        let (wrong, open): (Vec<&Refusal>, Vec<_>) =
            of_record.partition(|refusal| is_wrong(refusal, &record, &directory));
        if !wrong.is_empty() {
            let said: Vec<String> = (wrong.iter())
                .map(|refusal| {
                    format!(
                        "the gate would refuse this: {}; {}",
                        refusal.message, refusal.help
                    )
                })
                .collect();
            return Err(Output::usage(said.join("\nerror: ")));
        }
        let mut stderr = format!(
            "drafted `{}`: tier {}\n",
            govern.change,
            record.tier.as_str()
        );
        for requirement in &record.requirements {
            stderr.push_str(&format!("required: {requirement}\n"));
        }
        // To submit it comes next in any case.
        for refusal in open
            .iter()
            .filter(|refusal| refusal.id != "gate.unsubmitted")
        {
            stderr.push_str(&format!("open: {}; {}\n", refusal.message, refusal.help));
        }
        Ok(Output {
            stderr,
            writes: vec![write],
            ..Output::default()
        })
    }
}

/// Whether a refusal is about something that was said in the record and cannot become right, other than what is not
/// said yet or must be done in the bundles.
fn is_wrong(refusal: &Refusal, record: &Record, directory: &Directory) -> bool {
    match refusal.id {
        "gate.expired" | "gate.retention" | "gate.recertification-overdue" | "gate.never-valid" => {
            true
        }
        "gate.expiry" => record.expires.is_some(),
        "gate.recertification" => record.recertify_by.is_some(),
        // Without a directory nobody is known yet.
        "gate.owner" | "gate.unknown-actor" => !directory.people.is_empty(),
        _ => false,
    }
}
