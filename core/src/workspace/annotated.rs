//! The annotations of all policies, for the regular review of what is due.

use std::collections::BTreeMap;

use super::Workspace;
use super::file::{Contents, Kind};

/// A policy with its annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotated {
    /// Path of its file.
    pub file: String,
    /// The line of its first word.
    pub line: u32,
    /// Its `@id`.
    pub id: Option<String>,
    /// Its annotations; one without a value is empty.
    pub annotations: BTreeMap<String, String>,
}

impl Workspace {
    /// Every policy and template that takes part in decisions, in the order of files and statements.
    pub(crate) fn annotated(&mut self) -> Vec<Annotated> {
        self.read();
        let mut all = Vec::new();
        for (path, file) in &self.files {
            let Contents::Policies(policies) = &file.contents else {
                continue;
            };
            if file.kind != Kind::Policies {
                continue;
            }
            for (_, base, statement) in policies.positioned(&self.store) {
                let Some(parsed) = statement.parsed() else {
                    continue;
                };
                let policy = &parsed.policy;
                let at = (statement.index).position(&statement.text, policy.span.start, base);
                let value = |a: &crate::facts::Annotation| {
                    a.value
                        .as_ref()
                        .map_or_else(String::new, |v| v.value.clone())
                };
                all.push(Annotated {
                    file: path.to_string(),
                    line: at.line,
                    id: policy.id().map(ToOwned::to_owned),
                    annotations: (policy.annotations.iter())
                        .map(|annotation| (annotation.key.value.clone(), value(annotation)))
                        .collect(),
                });
            }
        }
        all
    }

    /// The change records of the bundle, by path.
    pub(crate) fn change_records(&self) -> impl Iterator<Item = (&str, &str)> {
        (self.files.iter()).filter_map(|(path, file)| match &file.contents {
            Contents::Text(text) if file.kind == Kind::Change => Some((path.as_ref(), &*text.text)),
            _ => None,
        })
    }
}
