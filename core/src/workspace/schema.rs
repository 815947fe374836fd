//! The merged schema of a bundle, built again only when a schema file changes.

use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::proofs::Ground;
use super::read::Excluded;
use crate::cedar::Validator;
use crate::cedar::schema::{Format, SchemaFile, build};
use crate::config::Governance;
use crate::finding::Finding;
use crate::report::SchemaUse;
use crate::schema::Schema;

/// The schema in force and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct SchemaState {
    /// Path and digest of every schema file that it was built from.
    pub(super) built_from: Vec<(Arc<str>, [u8; 32])>,
    pub(super) validator: Option<Arc<Validator>>,
    /// What the files declare.
    pub(super) declared: Option<Arc<Schema>>,
    /// The same with the classes that portcullis.yaml gives: what checks, proofs and policy tests go by.
    pub(super) schema: Option<Arc<Schema>>,
    /// What gives these classes.
    governance: Governance,
    /// What proofs rest on.
    pub(super) ground: Option<Arc<Ground>>,
    /// By path; spans count from the file's start.
    pub(super) findings: Vec<(Arc<str>, Finding)>,
    /// Raised by every change.
    pub(super) epoch: u64,
}

impl Workspace {
    /// What policies are type-checked against.
    pub(super) fn schema_use(&self) -> SchemaUse {
        let is_schema = |kind| matches!(kind, Kind::CedarSchema | Kind::JsonSchema);
        if self.schema.validator.is_some() {
            SchemaUse::Used
        } else if self.files.values().any(|file| is_schema(file.kind)) {
            SchemaUse::Invalid
        } else {
            SchemaUse::Missing
        }
    }

    pub(super) fn update_schema(&mut self, excluded: &Excluded) {
        let files: Vec<_> = self
            .files
            .iter()
            .filter_map(|(path, file)| {
                let format = match file.kind {
                    Kind::CedarSchema => Format::Cedar,
                    Kind::JsonSchema => Format::Json,
                    _ => return None,
                };
                match &file.contents {
                    Contents::Text(text) if !excluded.contains_key(path) => {
                        Some((Arc::clone(path), format, text))
                    }
                    _ => None,
                }
            })
            .collect();
        let built_from: Vec<_> = files
            .iter()
            .map(|(path, _, text)| (Arc::clone(path), text.digest))
            .collect();
        if built_from == self.schema.built_from {
            if self.config.config.governance != self.schema.governance {
                self.classify(false);
            }
            return;
        }
        let inputs: Vec<SchemaFile<'_>> = files
            .iter()
            .map(|(path, format, text)| SchemaFile {
                path: Arc::clone(path),
                text: &text.text,
                format: *format,
            })
            .collect();
        let outcome = build(&inputs);
        self.counters.schemas += 1;
        let validator = outcome
            .validator
            .map(|schema| Arc::new(Validator::new(Arc::unwrap_or_clone(schema))));
        self.schema = SchemaState {
            built_from,
            validator,
            declared: outcome.schema,
            findings: outcome.findings,
            epoch: self.schema.epoch,
            ..SchemaState::default()
        };
        self.classify(true);
    }

    /// Gives the schema the classes of portcullis.yaml. Where it is not new and they come to the same, as when only owners
    /// or floors change, nothing has to be looked at again.
    fn classify(&mut self, is_new: bool) {
        let governance = self.config.config.governance.clone();
        let state = &mut self.schema;
        let before = state.schema.take();
        state.schema =
            state
                .declared
                .clone()
                .map(|declared| match governance.sections().next().is_some() {
                    true => Arc::new(Schema::clone(&declared).raised(&governance)),
                    false => declared,
                });
        state.governance = governance;
        if !is_new && state.schema == before {
            state.schema = before;
            return;
        }
        let both = state.schema.clone().zip(state.validator.clone());
        state.ground = both.map(|(schema, validator)| Arc::new(Ground::new(schema, validator)));
        state.epoch += 1;
    }
}
