//! A bundle against what it was.

mod redact;

use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::near;
use super::read::Excluded;
use super::statement::Form;
use crate::cedar::links::Link;
use crate::change::{self, Change, Grammar, Located, Member, Opaque, Side, Written};
use crate::encode::digest_of_bytes;
use crate::finding::Severity;
use crate::report::Range;
use crate::source::{LineIndex, Position, Span};

impl Workspace {
    /// What this bundle changes against `base`. It depends on nothing but the bytes of both.
    pub fn compare(&mut self, base: &mut Self, options: &change::Options) -> Change {
        let before = base.ready();
        let after = self.ready();
        let mut memo = std::mem::take(&mut self.proofs);
        let sides = (base.side(&before), self.side(&after));
        let mut change = change::compare(&sides.0, &sides.1, options, &mut memo);
        drop(sides);
        self.proofs = memo;
        self.hide_secrets(base, &mut change);
        self.counters.compared += change.environments.len() as u64;
        self.counters.settled += change.summary.settled as u64;
        self.counters.questions = self.proofs.asked;
        self.counters.unconfirmed = self.proofs.unconfirmed;
        change
    }

    /// Reads everything that a comparison looks at.
    pub(super) fn ready(&mut self) -> Excluded {
        let excluded = self.read();
        self.update_schema(&excluded);
        self.update_data(&excluded);
        excluded
    }

    pub(super) fn side(&self, excluded: &Excluded) -> Side<'_> {
        let policies = self.test_policies(excluded);
        let written: Vec<Written<'_>> = policies
            .statements
            .iter()
            .map(|statement| Written {
                name: Arc::clone(&statement.name),
                parsed: statement.parsed,
                at: Located {
                    file: Arc::clone(&statement.file),
                    range: statement.range(statement.parsed.policy.span),
                },
            })
            .collect();
        let members = policies
            .members
            .iter()
            .filter_map(|member| {
                let of = written.get(member.statement)?;
                Some(Member {
                    name: Arc::clone(&member.name.short),
                    written: member.statement,
                    link: member.link,
                    at: match member.link {
                        Some(link) => self.link_at(link)?,
                        None => of.at.clone(),
                    },
                    key: Member::key(of.form(), member.link),
                })
            })
            .collect();
        let schema = match (&self.schema.declared, &self.schema.validator) {
            (Some(schema), Some(validator)) => Grammar::Is(schema, validator),
            _ if self.has_schema_file() => Grammar::Broken,
            _ => Grammar::Absent,
        };
        Side {
            schema,
            schema_files: self.schema.built_from.clone(),
            written,
            members,
            opaque: self.opaque(excluded),
            guardrails: self.guardrails(excluded),
            entities: self.texts(Kind::Entities).collect(),
            config: self.texts(Kind::Config).next().map_or("", |(_, text)| text),
            settings: &self.config.config,
            digest: self.digest(),
        }
    }

    fn has_schema_file(&self) -> bool {
        let is = |kind| matches!(kind, Kind::CedarSchema | Kind::JsonSchema);
        self.files.values().any(|file| is(file.kind))
    }

    fn texts(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(_, file)| file.kind == kind)
            .filter_map(|(path, file)| match &file.contents {
                Contents::Text(text) => Some((path.as_ref(), text.text.as_ref())),
                _ => None,
            })
    }

    /// Where a link stands in its file.
    fn link_at(&self, link: &Link) -> Option<Located> {
        let (path, _) = (self.data.linked.iter()).find(|(_, of)| std::ptr::eq(of, link))?;
        let Contents::Text(file) = &self.files.get(path)?.contents else {
            return None;
        };
        let at = |offset| file.index.position(&file.text, offset, Position::START);
        Some(Located {
            file: Arc::clone(path),
            range: Range {
                start: at(link.span.start),
                end: at(link.span.end),
            },
        })
    }

    /// The guardrails, in the order of files and statements.
    pub(super) fn guardrails(&self, excluded: &Excluded) -> Vec<Written<'_>> {
        let mut out = Vec::new();
        for (path, file) in &self.files {
            let Contents::Policies(policies) = &file.contents else {
                continue;
            };
            if file.kind != Kind::Guardrails || excluded.contains_key(path) {
                continue;
            }
            let parsed = policies
                .positioned(&self.store)
                .filter_map(|(_, base, statement)| Some((base, statement, statement.parsed()?)));
            for (number, (base, statement, parsed)) in parsed.enumerate() {
                let name = parsed
                    .policy
                    .id()
                    .map_or_else(|| format!("{path}#policy{number}").into(), Arc::from);
                out.push(Written {
                    name,
                    parsed,
                    at: located(
                        path,
                        &statement.index,
                        &statement.text,
                        base,
                        parsed.policy.span,
                    ),
                });
            }
        }
        out
    }

    /// What could not be read and might decide, sorted.
    fn opaque(&self, excluded: &Excluded) -> Vec<Opaque> {
        let mut out = Vec::new();
        for (path, file) in &self.files {
            if let (Kind::Unknown, Contents::Text(text)) = (file.kind, &file.contents)
                && near::meant(path, &text.text).is_some_and(|of| of.decides())
            {
                out.push(Opaque {
                    file: Arc::clone(path),
                    what: "a name that is not read",
                    digest: text.digest,
                });
            }
            let decides = matches!(file.kind, Kind::Policies | Kind::Links);
            if !decides {
                continue;
            }
            let mut add = |what, digest| {
                out.push(Opaque {
                    file: Arc::clone(path),
                    what,
                    digest,
                });
            };
            if let Some(found) = file.not_utf8 {
                add("bytes that are not UTF-8", found.digest);
            }
            let whole = |text: &str| -> [u8; 32] { digest_of_bytes(text.as_bytes()) };
            if excluded.contains_key(path) {
                let text = self.text(path).unwrap_or_default();
                add("more than the limits allow to read", whole(&text));
                continue;
            }
            match &file.contents {
                Contents::Unread(text) => add("policies that were not read", whole(text)),
                Contents::Policies(policies) => {
                    for (_, _, statement) in policies.positioned(&self.store) {
                        if let Form::Broken(_) = statement.form {
                            let digest = digest_of_bytes(statement.text.trim().as_bytes());
                            add("a statement that does not parse", digest);
                        }
                    }
                }
                Contents::Text(text) => {
                    let errors =
                        |finding: &crate::finding::Finding| finding.severity == Severity::Error;
                    if self.data.findings(path).any(errors) {
                        add("links that cannot be used", text.digest);
                    }
                }
            }
        }
        out.sort();
        out
    }
}

fn located(path: &Arc<str>, index: &LineIndex, text: &str, base: Position, span: Span) -> Located {
    Located {
        file: Arc::clone(path),
        range: Range {
            start: index.position(text, span.start, base),
            end: index.position(text, span.end, base),
        },
    }
}

#[cfg(test)]
mod tests;
