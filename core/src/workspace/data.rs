//! Entities and template links of a bundle, checked again only when they or what they refer to change.

use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::read::Excluded;
use crate::cedar::links::Linkable;
use crate::cedar::{entities, links};
use crate::encode::{Hash, digest};
use crate::finding::Finding;

/// What is wrong with the entities and the links.
#[derive(Debug, Default)]
pub(super) struct DataState {
    entities: Part,
    links: Part,
    /// The links without errors of their own. Their templates are numbered as the policies of the bundle
    /// are: those that Cedar accepts, in the order of files and statements.
    pub(super) linked: links::Links,
}

/// Findings by path, and what they were computed from.
#[derive(Debug, Default)]
struct Part {
    built_from: Option<Hash>,
    findings: Vec<(Arc<str>, Finding)>,
}

impl DataState {
    /// What is wrong with the file at `path`; spans count from its start.
    pub(super) fn findings<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.entities
            .findings
            .iter()
            .chain(&self.links.findings)
            .filter(move |(of, _)| of.as_ref() == path)
            .map(|(_, finding)| finding)
    }
}

impl Workspace {
    pub(super) fn update_data(&mut self, excluded: &Excluded) {
        self.update_entities(excluded);
        self.update_links(excluded);
    }

    fn update_entities(&mut self, excluded: &Excluded) {
        let (files, built_from) = self.files_of(Kind::Entities, excluded);
        if self.data.entities.built_from.as_ref() == Some(&built_from) {
            return;
        }
        let validator = self.schema.validator.as_deref();
        let outcome = entities::check_files(&files, validator.map(|v| v.schema()));
        self.data.entities = Part {
            built_from: Some(built_from),
            findings: outcome.findings,
        };
    }

    fn update_links(&mut self, excluded: &Excluded) {
        let (files, of_files) = self.files_of(Kind::Links, excluded);
        let mut linkable = Vec::new();
        let mut of_policies = Vec::new();
        if !files.is_empty() {
            for (path, file) in &self.files {
                let Contents::Policies(policies) = &file.contents else {
                    continue;
                };
                if file.kind != Kind::Policies || excluded.contains_key(path) {
                    continue;
                }
                let parsed = policies
                    .positioned(&self.store)
                    .filter_map(|(_, _, statement)| Some((statement.parsed()?, statement.digest)));
                for (position, (parsed, text)) in parsed.enumerate() {
                    linkable.push(Linkable::new(Arc::clone(&parsed.template), position));
                    of_policies.push(text);
                }
            }
        }
        let built_from = digest("links", |nodes| {
            nodes.bytes("files", &of_files);
            for of in &of_policies {
                nodes.bytes("policy", of);
            }
        });
        if self.data.links.built_from.as_ref() == Some(&built_from) {
            return;
        }
        let validator = self.schema.validator.as_deref();
        let (linked, findings) =
            links::check_files(&files, &linkable, validator.map(|v| v.schema()));
        self.data.linked = linked;
        self.data.links = Part {
            built_from: Some(built_from),
            findings,
        };
    }

    /// The files of a kind, and a key that changes with their paths, their bytes or the schema.
    pub(super) fn files_of(
        &self,
        kind: Kind,
        excluded: &Excluded,
    ) -> (Vec<(Arc<str>, &str)>, Hash) {
        let mut files = Vec::new();
        let mut keys = Vec::new();
        for (path, file) in &self.files {
            if let Contents::Text(text) = &file.contents
                && file.kind == kind
                && !excluded.contains_key(path)
            {
                files.push((Arc::clone(path), text.text.as_ref()));
                keys.push((Arc::clone(path), text.digest));
            }
        }
        let key = digest("files", |nodes| {
            nodes.number("schema", self.schema.epoch);
            for (path, bytes) in &keys {
                nodes.node("file", path, |nodes| nodes.bytes("bytes", bytes));
            }
        });
        (files, key)
    }
}
