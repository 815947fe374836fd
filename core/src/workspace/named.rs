//! Names in portcullis.yaml and directory.yaml that must exist elsewhere and do not: a class of what does not exist raises
//! nothing, and what nobody owns nobody guards.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind};
use super::proofs::limit_of;
use crate::checks::{InFile, is_read_limit};
use crate::codes::{governance, ours};
use crate::config::governance::{NO_NAMESPACE, namespace};
use crate::config::mentions::{Mention, Named};
use crate::config::reader::did_you_mean;
use crate::config::words::{any_of, shown};
use crate::facts::Entity;
use crate::finding::Finding;
use crate::govern::{Directory, directory};
use crate::schema::Schema;

/// What was found, and what it was computed from.
#[derive(Debug, Default)]
pub(super) struct NamedState {
    built_from: Option<Key>,
    pub(super) findings: Vec<InFile>,
    /// The first that names nothing and was to give a class: what it is meant for has another.
    pub(super) classless: Option<String>,
}

/// The schema, the configuration's text and the directory's.
type Key = (u64, u64, Option<[u8; 32]>);

impl Workspace {
    /// Looks for names that do not exist, where anything changed that they could be the names of.
    pub(super) fn update_named(&mut self) {
        let directory = self.directory_file();
        let digest = directory.map(|(_, file)| file.digest);
        let key = (self.schema.epoch, self.config.revision, digest);
        if self.named.built_from == Some(key) {
            return;
        }
        self.named = self.unknown_names();
        self.named.built_from = Some(key);
    }

    fn directory_file(&self) -> Option<(&Arc<str>, &super::TextFile)> {
        let path = directory::FILE_NAME;
        let (path, file) = self.files.get_key_value(path)?;
        match &file.contents {
            Contents::Text(text) if file.kind == Kind::Directory => Some((path, text)),
            _ => None,
        }
    }

    fn unknown_names(&self) -> NamedState {
        let mut found = Vec::new();
        let mut classless = None;
        let schema = self.schema.declared.as_deref();
        let people = self
            .directory_file()
            .map(|(path, file)| (path, file.directory()));
        // What cannot be read has no names.
        let people = people.filter(|(_, (_, findings))| findings.is_empty());
        let config = self.files.get_key_value(crate::config::FILE_NAME);
        if let Some((path, _)) = config {
            let names = Names {
                schema,
                directory: people.map(|(_, (directory, _))| directory),
                environments: &self.config.config.options.environments,
            };
            for mention in &self.config.mentions {
                let finding = match &mention.of {
                    Named::Limit(action) => self.not_a_limit(mention, action),
                    _ => names.unknown(mention),
                };
                let gives_class = matches!(
                    mention.of,
                    Named::Namespace | Named::Action(_, Some(_)) | Named::EntityType(..)
                );
                if let Some(finding) = finding {
                    if gives_class && classless.is_none() {
                        classless = Some(finding.message.clone());
                    }
                    found.push((Arc::clone(path), finding));
                }
            }
        }
        found.extend(self.unknown_owned(people.map(|(_, (directory, _))| directory)));
        NamedState {
            built_from: None,
            findings: found,
            classless,
        }
    }

    /// Namespaces that somebody owns and the schema does not have.
    fn unknown_owned(&self, directory: Option<&Directory>) -> Vec<InFile> {
        let mut found = Vec::new();
        let schema = self.schema.declared.as_deref();
        let (Some(directory), Some(schema), Some((path, file))) =
            (directory, schema, self.directory_file())
        else {
            return found;
        };
        let known = namespaces(schema);
        let owned = (directory.people.values().map(|person| &person.owns))
            .chain(directory.teams.values().map(|team| &team.owns));
        // Where they stand is looked up only where something is wrong.
        if owned.flatten().any(|name| !known.contains(name.as_str())) {
            for name in directory::places_of_owned(&file.text) {
                if known.contains(name.value.as_str()) {
                    continue;
                }
                let finding = Finding::new(
                    &governance::UNKNOWN_NAMESPACE,
                    name.span,
                    format!("{} is no namespace of the schema", shown(&name.value)),
                    no_namespace(&known),
                );
                let finding = did_you_mean(finding, &name.value, known.iter().copied());
                found.push((Arc::clone(path), finding));
            }
        }
        found
    }

    /// A finding for a limit that is no condition of its action's requests.
    fn not_a_limit(&self, mention: &Mention, action: &str) -> Option<Finding> {
        let validator = self.schema.validator.as_deref()?;
        let action = crate::cedar::entity(action)?;
        let declared = self.schema.declared.as_deref()?.actions.get(&action)?;
        let is_one = limit_of(&action, &mention.written, validator).is_some()
            || is_read_limit(&mention.written, declared);
        if is_one || !declared.is_requestable() {
            return None;
        }
        Some(Finding::new(
            &ours::CONFIG_INVALID_VALUE,
            mention.span,
            format!(
                "{} is no condition that type-checks in every request for `{action}`",
                shown(&mention.written)
            ),
            "write a condition of its requests, like `context.amount <= 500`; until then nothing keeps to it",
        ))
    }
}

/// What names can be the names of.
struct Names<'a> {
    /// `None` where there is none that can be used: then nothing is known of what it could have.
    schema: Option<&'a Schema>,
    directory: Option<&'a Directory>,
    environments: &'a [String],
}

impl Names<'_> {
    fn unknown(&self, mention: &Mention) -> Option<Finding> {
        let written = mention.written.as_str();
        match &mention.of {
            Named::Namespace => {
                let known = namespaces(self.schema?);
                let message = match written {
                    NO_NAMESPACE => "the schema has nothing without a namespace".to_owned(),
                    _ => format!("{} is no namespace of the schema", shown(written)),
                };
                let help = no_namespace(&known);
                let is_known = known.contains(written);
                (!is_known).then(|| said(mention, message, &help, known.into_iter()))
            }
            Named::Action(name, app) => {
                let schema = self.schema?;
                let action = crate::cedar::entity(name);
                let is_known = action.is_some_and(|action| schema.actions.contains_key(&action));
                if is_known || !self.has_section(app.as_deref()) {
                    return None;
                }
                let known = (schema.actions.keys())
                    .filter_map(|action| as_written(action, app.as_deref(), written))
                    .collect::<Vec<_>>();
                let message = format!("{} is no action of the schema", shown(written));
                let help = "correct the name, or declare the action in the schema: until then this line says nothing";
                Some(said(
                    mention,
                    message,
                    help,
                    known.iter().map(String::as_str),
                ))
            }
            Named::EntityType(name, app) => {
                let schema = self.schema?;
                if schema.entity_types.contains_key(name) || !self.has_section(app.as_deref()) {
                    return None;
                }
                let prefix = app.as_deref().filter(|app| *app != NO_NAMESPACE);
                let known = schema.entity_types.keys().filter_map(|ty| {
                    let in_section = prefix
                        .filter(|_| !written.contains("::"))
                        .map(|app| ty.strip_prefix(app)?.strip_prefix("::"));
                    in_section.unwrap_or(Some(ty))
                });
                let message = format!("{} is no entity type of the schema", shown(written));
                let help = "correct the name, or declare the type in the schema: until then this line says nothing";
                Some(said(mention, message, help, known))
            }
            Named::ContextField => {
                let fields = self
                    .schema?
                    .actions
                    .values()
                    .flat_map(|of| of.context.keys());
                let known: BTreeSet<&str> = fields.map(String::as_str).collect();
                let message = format!(
                    "no action of the schema has {} in its context",
                    shown(written)
                );
                let help =
                    "correct the name of the field, or delete the line: until then it says nothing";
                (!known.contains(written)).then(|| said(mention, message, help, known.into_iter()))
            }
            Named::Environment => {
                // Parts of ids count as environments too, so that what is like no known one can be right.
                let annotated = (self.schema.iter())
                    .flat_map(|schema| schema.entity_types.values())
                    .filter_map(|ty| ty.annotations.get("environment"));
                let known: BTreeSet<&str> = (self.environments.iter())
                    .chain(annotated)
                    .map(String::as_str)
                    .chain(["prod", "production"])
                    .collect();
                let is_like = known.iter().any(|of| is_slip(written, of));
                let message = format!(
                    "{} is no environment that is named elsewhere",
                    shown(written)
                );
                (!known.contains(written) && is_like)
                    .then(|| said(mention, message, "correct the name", known.into_iter()))
            }
            Named::Owner => {
                let directory = self.directory?;
                let teams: Vec<String> = (directory.teams.keys())
                    .map(|team| format!("team:{team}"))
                    .collect();
                let known: Vec<&str> = (directory.roles.iter().chain(&teams))
                    .map(String::as_str)
                    .collect();
                let message = format!(
                    "{} is neither a role nor a team of the directory",
                    shown(written)
                );
                let help = "write a role, or `team:` and a team, and declare it in directory.yaml: until then nobody can approve a change of this section";
                let is_known = known.contains(&written);
                (!is_known).then(|| said(mention, message, help, known.into_iter()))
            }
            Named::Limit(_) => None,
        }
    }

    /// Whether the namespace of a section exists. Where it does not, this is said once, and not of all that stands in it.
    fn has_section(&self, app: Option<&str>) -> bool {
        app.is_none_or(|app| {
            self.schema
                .is_some_and(|schema| namespaces(schema).contains(app))
        })
    }
}

/// Whether a word is another with a slip of the finger: letters in another order, or one letter off in a long word. Short
/// ones, as `prd` or `prod1`, are words that people use.
fn is_slip(word: &str, of: &str) -> bool {
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters
    };
    let distance = strsim::damerau_levenshtein(word, of);
    word != of && (letters(word) == letters(of) || distance == 1 && word.len().min(of.len()) > 5)
}

/// The namespaces of what a schema declares.
fn namespaces(schema: &Schema) -> BTreeSet<&str> {
    let types = schema.entity_types.keys().map(|ty| namespace(ty));
    let actions = schema.actions.keys().map(|action| {
        let ty = action.ty.as_str();
        ty.rsplit_once("::")
            .map_or(NO_NAMESPACE, |(namespace, _)| namespace)
    });
    types.chain(actions).collect()
}

fn no_namespace(known: &BTreeSet<&str>) -> String {
    const MOST: usize = 5;
    if known.is_empty() || known.len() > MOST {
        return "write a namespace of the schema, or `_` for what is in none".to_owned();
    }
    format!("write {}", any_of(known.iter().copied()))
}

/// An action as the section of an application may have it: with its namespace where `like` has one.
fn as_written(action: &Entity, app: Option<&str>, like: &str) -> Option<String> {
    let name = action.to_string();
    let Some(app) = app.filter(|app| *app != NO_NAMESPACE && namespace(like) != *app) else {
        return Some(name);
    };
    let short = name.strip_prefix(app)?.strip_prefix("::")?;
    Some(short.to_owned())
}

fn said<'k>(
    mention: &Mention,
    message: String,
    help: &str,
    known: impl Iterator<Item = &'k str>,
) -> Finding {
    let finding = Finding::new(&ours::CONFIG_UNKNOWN_NAME, mention.span, message, help);
    let mut finding = did_you_mean(finding, &mention.written, known);
    // What was in quotes needs them.
    if mention.span.end - mention.span.start > mention.written.len() as u32 {
        let edits = finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
        for edit in edits {
            edit.insert = format!("'{}'", edit.insert.replace('\'', "''"));
        }
    }
    finding
}

#[cfg(test)]
mod tests;
