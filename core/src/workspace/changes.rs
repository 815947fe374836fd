//! A report as what changed since the last one, for a door that keeps the findings of every statement and
//! puts the report together by itself: to write and read all findings again at every keystroke takes long.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::assemble::Assembly;
use super::file::{Contents, Kind};
use super::read::Excluded;
use super::statement::{Epochs, Statement};
use super::{Found, Workspace};
use crate::checks::marks_secrets;
use crate::finding::Severity;
use crate::report::{Report, ReportedFinding, Summary};
use crate::source::Position;
use crate::time::Instant;

/// What a receiver has of the last answer.
#[derive(Debug, Default)]
pub struct Known {
    /// The number of that answer; 0 for none.
    answer: u32,
    last_group: u32,
    epochs: Epochs,
    /// The findings of statements that depend on nothing but their text and the epochs: by path and digest.
    groups: BTreeMap<Arc<str>, HashMap<[u8; 32], Group>>,
}

/// Findings that the receiver has.
#[derive(Debug, Clone, Copy)]
struct Group {
    number: u32,
    severities: [usize; 4],
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What the receiver lacks, and how all of it becomes the report.
    Changes(Changes),
    /// The report, where its parts depend on each other. The receiver has nothing afterwards.
    Whole(Report),
}

/// The report's findings in groups. The order of groups, and in them of findings, is the report's.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The number of this answer.
    pub answer: u32,
    /// The groups that the receiver lacks, by number. Positions are as if the group's text were the file.
    pub fresh: Vec<(u32, Vec<ReportedFinding>)>,
    /// Every group of the report, with the position that its text starts at.
    pub groups: Vec<(u32, Position)>,
    /// The report's counts.
    pub summary: Summary,
    /// The report's digest.
    pub digest: String,
}

impl Workspace {
    /// The report of [`Self::check`] as what changed since answer `last`; 0 where the receiver has none.
    pub fn check_since(&mut self, as_of: Instant, last: u32, known: &mut Known) -> Answer {
        let (excluded, found) = self.update(crate::suite::read::read, false);
        let number = known.answer;
        let mut before = std::mem::take(known);
        let epochs = Epochs {
            schema: self.schema.epoch,
            config: self.config.epoch,
        };
        if last != number || before.epochs != epochs {
            before.groups.clear();
        }
        before.epochs = epochs;
        if let Some((changes, now)) = self.changes(as_of, &excluded, &found, &before) {
            *known = now;
            return Answer::Changes(changes);
        }
        Answer::Whole(self.assemble(as_of, &excluded, &found, None))
    }

    /// `None` where findings of one part change what is said of another, or their order is not that of the parts.
    fn changes(
        &mut self,
        as_of: Instant,
        excluded: &Excluded,
        found: &Found,
        before: &Known,
    ) -> Option<(Changes, Known)> {
        if !excluded.is_empty() || self.files.values().any(|file| file.not_utf8.is_some()) {
            return None;
        }
        let mut now = Known {
            answer: before.answer.wrapping_add(1).max(1),
            last_group: before.last_group,
            epochs: before.epochs,
            groups: BTreeMap::new(),
        };
        let untested = &found.untested;
        let mut out = Assembly::new(self);
        let members = out.members(excluded);
        let mut of_set = out.check_set(&members);
        of_set.extend(untested.of_policies.iter().cloned());
        of_set.sort_by_key(|(member, _)| *member);
        let mut of_set = of_set.into_iter().peekable();
        let mut next_member = 0;
        let mut next_guardrail = 0;
        let mut fresh = Vec::new();
        let mut groups = Vec::new();
        let mut severities = [0; 4];
        for (path, file) in &self.files {
            out.summary.files += 1;
            let policies = match &file.contents {
                Contents::Unread(_) => return None,
                Contents::Text(text) => {
                    out.text_file(path, file.kind, text, &members);
                    out.untested(path, text, untested, as_of);
                    let findings = ordered(std::mem::take(&mut out.findings))?;
                    if !findings.is_empty() {
                        add(&mut severities, count(&findings));
                        let number = now.next_group();
                        groups.push((number, Position::START));
                        fresh.push((number, findings));
                    }
                    continue;
                }
                Contents::Policies(policies) => policies,
            };
            let known = before.groups.get(path);
            let mut kept = HashMap::new();
            for (_, base, statement) in policies.positioned(&self.store) {
                let mut extra = Vec::new();
                if file.kind == Kind::Policies && statement.parsed().is_some() {
                    while let Some((_, finding)) =
                        of_set.next_if(|(member, _)| *member == next_member)
                    {
                        extra.push(finding);
                    }
                    next_member += 1;
                }
                if file.kind == Kind::Guardrails && statement.parsed().is_some() {
                    extra.extend(found.of_guardrail(next_guardrail));
                    next_guardrail += 1;
                }
                let lasting = extra.is_empty() && lasts(statement);
                if lasting {
                    let group = known.and_then(|known| known.get(&statement.digest));
                    if let Some(group) = group.or_else(|| kept.get(&statement.digest)).copied() {
                        out.count(statement);
                        add(&mut severities, group.severities);
                        groups.push((group.number, base));
                        kept.insert(statement.digest, group);
                        continue;
                    }
                }
                let start = if lasting { Position::START } else { base };
                out.statement(path, start, statement, extra, as_of, &members);
                if out.findings.is_empty() {
                    continue;
                }
                let findings = ordered(std::mem::take(&mut out.findings))?;
                // At the very end it would compete with the next statement's for its place.
                let end = start.byte + statement.text.len() as u32;
                if findings.iter().any(|f| f.range.start.byte >= end) {
                    return None;
                }
                let group = Group {
                    number: now.next_group(),
                    severities: count(&findings),
                };
                add(&mut severities, group.severities);
                groups.push((group.number, if lasting { base } else { Position::START }));
                fresh.push((group.number, findings));
                if lasting {
                    kept.insert(statement.digest, group);
                }
            }
            now.groups.insert(Arc::clone(path), kept);
        }
        let mut summary = out.summary;
        for (severity, count) in Severity::ALL.into_iter().zip(severities) {
            if count > 0 {
                summary.by_severity.insert(severity, count);
            }
        }
        let changes = Changes {
            answer: now.answer,
            fresh,
            groups,
            summary,
            digest: self.digest(),
        };
        Some((changes, now))
    }
}

impl Known {
    const fn next_group(&mut self) -> u32 {
        self.last_group = self.last_group.wrapping_add(1);
        self.last_group
    }
}

/// Whether what is said of a statement by itself depends on nothing but its text and the epochs.
fn lasts(statement: &Statement) -> bool {
    statement.suppressions.list.is_empty()
        && statement
            .analysis
            .as_ref()
            .is_some_and(|analysis| analysis.clock.is_empty() && !analysis.findings.is_empty())
}

/// In the report's order; `None` where one marks a secret, which is taken out of all others.
fn ordered(mut findings: Vec<ReportedFinding>) -> Option<Vec<ReportedFinding>> {
    if findings.iter().any(|finding| marks_secrets(finding.rule)) {
        return None;
    }
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    findings.dedup_by(|a, b| a.range == b.range && a == b);
    Some(findings)
}

fn count(findings: &[ReportedFinding]) -> [usize; 4] {
    Severity::ALL.map(|severity| findings.iter().filter(|f| f.severity == severity).count())
}

fn add(all: &mut [usize; 4], more: [usize; 4]) {
    for (all, more) in all.iter_mut().zip(more) {
        *all += more;
    }
}

#[cfg(test)]
mod tests;
