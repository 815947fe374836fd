//! Limits first, then statements: what of a bundle is read at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{Contents, Kind};
use super::policy_file::PolicyFile;
use super::statement::{Epochs, Statement, Surroundings};
use super::{Workspace, limits};
use crate::checks::{self, Check};
use crate::finding::Finding;
use crate::source::{Limit, Span, Split, nesting_exceeded, split};

/// The files that are not read, and why.
pub(super) type Excluded = BTreeMap<Arc<str>, Finding>;

impl Workspace {
    /// Splits and parses every policy file that was set since the last time and is within all limits.
    /// Files are taken in the order of their paths, so that which one is too much does not depend on
    /// when it was set.
    pub(super) fn read(&mut self) -> Excluded {
        let limits = self.config.config.limits;
        let mut excluded = Excluded::new();
        let mut bytes = 0_u64;
        let mut statements = 0_usize;
        let mut to_read = Vec::new();
        let most_statements = limits.get(Limit::Statements) as usize;
        for (n, (path, file)) in self.files.iter_mut().enumerate() {
            bytes += u64::from(file.bytes);
            let too_much = [
                (file.bytes > limits.get(Limit::FileBytes), Limit::FileBytes),
                (
                    bytes > u64::from(limits.get(Limit::BundleBytes)),
                    Limit::BundleBytes,
                ),
                (n >= limits.get(Limit::Files) as usize, Limit::Files),
            ]
            .into_iter()
            .find_map(|(too_much, limit)| too_much.then_some(limit));
            if let Some(limit) = too_much {
                excluded.insert(Arc::clone(path), limits::file(limit, &limits, Span::at(0)));
                // As if it had never been read: a report does not depend on what a file was before.
                if let Contents::Policies(policies) = &mut file.contents {
                    let text = policies.text(&self.store);
                    policies.release(&mut self.store);
                    file.contents = Contents::Unread(text);
                }
                continue;
            }
            match &mut file.contents {
                Contents::Unread(text) => {
                    let spans = split(text);
                    let room = most_statements.saturating_sub(statements);
                    if let Some(first_too_much) = spans.statements.get(room) {
                        excluded.insert(
                            Arc::clone(path),
                            limits::file(
                                Limit::Statements,
                                &limits,
                                Span::at(first_too_much.start),
                            ),
                        );
                        continue;
                    }
                    statements += spans.statements.len();
                    to_read.push((Arc::clone(path), spans));
                }
                Contents::Policies(policies) => {
                    statements += policies.pieces.len();
                    if statements > most_statements {
                        let text = policies.text(&self.store);
                        policies.release(&mut self.store);
                        let before = statements - split(&text).statements.len();
                        let at = split(&text)
                            .statements
                            .get(most_statements.saturating_sub(before))
                            .map_or(0, |span| span.start);
                        file.contents = Contents::Unread(text);
                        excluded.insert(
                            Arc::clone(path),
                            limits::file(Limit::Statements, &limits, Span::at(at)),
                        );
                        statements = before;
                    }
                }
                Contents::Text(text) => {
                    let nested = matches!(
                        file.kind,
                        Kind::CedarSchema | Kind::JsonSchema | Kind::Entities | Kind::Links
                    )
                    .then(|| nesting_exceeded(&text.text, &limits))
                    .flatten();
                    if let Some(at) = nested {
                        excluded.insert(
                            Arc::clone(path),
                            limits::statement(Limit::NestingDepth, &limits, at),
                        );
                    }
                }
            }
        }
        self.read_policies(&to_read);
        self.store.shrink();
        excluded
    }

    /// Reads policy files by the statements that they split into. All files at once: Cedar's parser is the
    /// faster the more it gets.
    fn read_policies(&mut self, files: &[(Arc<str>, Split)]) {
        let limits = self.config.config.limits;
        let parsed = &mut self.counters.parsed;
        let texts = files.iter().flat_map(|(path, split)| {
            let text = match self.files.get(path).map(|file| &file.contents) {
                Some(Contents::Unread(text)) => text,
                _ => "",
            };
            split.texts(text)
        });
        let keys = self
            .store
            .acquire(texts, &mut |texts| Statement::read(texts, &limits, parsed));
        let mut keys = keys.as_slice();
        for (path, split) in files {
            let (own, rest) = keys
                .split_at_checked(split.statements.len())
                .unwrap_or_default();
            keys = rest;
            if let Some(file) = self.files.get_mut(path) {
                let policies = PolicyFile::new(own, split, &self.store);
                file.contents = Contents::Policies(policies);
            }
        }
    }

    /// Brings the analysis of every statement up to date.
    pub(super) fn analyse(&mut self, excluded: &Excluded) {
        let schema = self.schema.schema.clone();
        let validator = self.schema.validator.clone();
        let ground = self.schema.ground.clone();
        let config = &self.config.config;
        let enabled: Vec<&'static Check> = checks::ALL
            .iter()
            .copied()
            .filter(|check| config.severity(check.rule, check.rule.severity).is_some())
            .collect();
        let surroundings = Surroundings {
            epochs: Epochs {
                schema: self.schema.epoch,
                config: self.config.epoch,
            },
            schema: schema.as_deref().zip(validator.as_deref()),
            ground: ground.as_deref(),
            config,
            checks: &enabled,
        };
        let fresh = self.store.take_fresh();
        if self.analysed_under.replace(surroundings.epochs) == Some(surroundings.epochs)
            && excluded.is_empty()
        {
            for key in fresh {
                if let Some(statement) = self.store.get_mut(key) {
                    statement.analyse(surroundings, &mut self.counters);
                }
            }
            return;
        }
        if !excluded.is_empty() {
            // What is left out now would not be fresh when it is let in.
            self.analysed_under = None;
        }
        for (path, file) in &self.files {
            let Contents::Policies(policies) = &file.contents else {
                continue;
            };
            if excluded.contains_key(path) {
                continue;
            }
            for piece in &policies.pieces {
                if let Some(statement) = self.store.get_mut(piece.key) {
                    statement.analyse(surroundings, &mut self.counters);
                }
            }
        }
    }
}
