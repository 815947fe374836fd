//! The digests that approvals bind to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Workspace;
use super::file::{Contents, File, Kind};
use super::near;
use super::read::Excluded;
use super::statement::{Form, Statement};
use crate::govern::canonical::{Digest, canonical};
use crate::govern::{Digests, meaning};
use crate::time::Instant;

/// What a bundle says, by part.
#[derive(Default)]
struct Meaning {
    /// By role and name: several policies may have one name.
    policies: BTreeMap<&'static str, BTreeMap<String, Vec<Value>>>,
    schema: Vec<Value>,
    entities: Vec<Value>,
    links: Vec<Value>,
    /// Files that are taken one by one.
    files: BTreeMap<String, Value>,
    /// What counts by its bytes.
    unread: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    /// The digests of the bundle.
    pub fn digests(&mut self) -> Digests {
        if let Some(known) = &self.since_edit.digests {
            return known.clone();
        }
        let digests = self.computed_digests();
        self.since_edit.digests = Some(digests.clone());
        digests
    }

    fn computed_digests(&mut self) -> Digests {
        let excluded = self.read();
        self.update_schema(&excluded);
        self.update_data(&excluded);
        let mut meaning = Meaning::default();
        let mut sources = serde_json::Map::new();
        for (path, file) in &self.files {
            let bytes = self.bytes(file).hex();
            if file.kind != Kind::Change {
                sources.insert(path.to_string(), json!(bytes));
            }
            let is_whole = !excluded.contains_key(path) && file.not_utf8.is_none();
            let read = match (&file.contents, file.kind) {
                (contents, Kind::Unknown) => !is_missed(path, contents),
                (_, Kind::Suite | Kind::Context | Kind::Change | Kind::Other) => true,
                (Contents::Policies(policies), _) if is_whole => {
                    let role = role(file.kind);
                    policies
                        .positioned(&self.store)
                        .all(|(_, _, statement)| meaning.statement(path, role, statement))
                }
                (Contents::Text(text), kind) if is_whole => {
                    meaning.text(path, kind, &text.text).is_some()
                }
                _ => false,
            };
            if !read {
                let unread = meaning.unread.entry(path.to_string()).or_default();
                unread.push(bytes);
            }
        }
        meaning.links.extend(self.linked());
        self.add_faults(&excluded, &mut meaning);
        Digests {
            semantic: meaning.digest(),
            source: Digest::of_value("sources", &Value::Object(sources)),
            tests: self.tests_digest(),
            unread: meaning.unread.into_keys().collect(),
            left_out: self.left_out.iter().cloned().collect(),
        }
    }

    /// Digest of what a check finds: where, in which file and policy, does not count, so that neither layout nor
    /// order changes it.
    pub fn report_digest(&mut self, as_of: Instant) -> Digest {
        let report = self.check(as_of);
        let mut found: Vec<[&str; 3]> = (report.findings.iter())
            .map(|of| [of.rule.code, of.severity.as_str(), of.message.as_str()])
            .collect();
        found.sort_unstable();
        Digest::of_value("report", &json!(found))
    }

    /// Digest of the bytes of the policy tests.
    pub(super) fn tests_digest(&self) -> Digest {
        let suites = self
            .files
            .iter()
            .filter(|(_, file)| matches!(file.kind, Kind::Suite | Kind::Context));
        let tests = suites.map(|(path, file)| (path.to_string(), json!(self.bytes(file).hex())));
        Digest::of_value("tests", &Value::Object(tests.collect()))
    }

    /// What the approved templates say, by their `@id`.
    pub fn templates(&mut self) -> BTreeMap<String, Digest> {
        self.read();
        let libraries = self
            .files
            .values()
            .filter(|file| file.kind == Kind::Library);
        let policies = libraries.filter_map(|file| match &file.contents {
            Contents::Policies(policies) => Some(policies),
            _ => None,
        });
        policies
            .flat_map(|policies| policies.positioned(&self.store))
            .filter_map(|(_, _, statement)| {
                let policy = &statement.parsed()?.policy;
                let says = Digest::of_value("template", &meaning::policy(policy, &[]));
                Some((policy.id()?.to_owned(), says))
            })
            .collect()
    }

    fn bytes(&self, file: &File) -> Digest {
        match (&file.contents, file.not_utf8) {
            (_, Some(not_utf8)) => Digest(not_utf8.digest),
            (Contents::Text(text), None) => Digest(text.digest),
            (Contents::Unread(text), None) => Digest::of(text.as_bytes()),
            (Contents::Policies(policies), None) => {
                Digest::of(policies.text(&self.store).as_bytes())
            }
        }
    }

    /// The links, with what their templates say: a link may name a template by its place.
    fn linked(&self) -> impl Iterator<Item = Value> {
        let policies: Vec<_> = (self.files.values())
            .filter(|file| file.kind == Kind::Policies)
            .filter_map(|file| match &file.contents {
                Contents::Policies(policies) => Some(policies),
                _ => None,
            })
            .flat_map(|policies| policies.positioned(&self.store))
            .filter_map(|(_, _, statement)| Some(&statement.parsed()?.policy))
            .collect();
        self.data.linked.iter().map(move |(_, link)| {
            let says = policies
                .get(link.template)
                .map(|policy| Digest(policy.canonical).hex());
            json!({ "id": link.link_id, "template": says })
        })
    }

    /// Data in which Cedar finds errors is not what it seems to be.
    fn add_faults(&self, excluded: &Excluded, meaning: &mut Meaning) {
        for (path, file) in &self.files {
            let broken = match file.kind {
                Kind::Entities | Kind::Links => self.data.findings(path).next().is_some(),
                Kind::CedarSchema | Kind::JsonSchema => self.schema.validator.is_none(),
                Kind::Config => !self.config.findings.is_empty(),
                _ => false,
            };
            if broken && !excluded.contains_key(path) {
                let unread = meaning.unread.entry(path.to_string()).or_default();
                unread.push(self.bytes(file).hex());
            }
        }
    }
}

impl Meaning {
    /// Adds a statement; `false` where it is not read.
    fn statement(&mut self, _path: &str, role: &'static str, statement: &Statement) -> bool {
        match &statement.form {
            Form::Blank => true,
            Form::Broken(_) => false,
            Form::Parsed(parsed) => {
                let suppressions: Vec<&str> = (statement.suppressions.list.iter())
                    .map(|suppression| suppression.span.text(&statement.text).trim_end())
                    .collect();
                self.policies
                    .entry(role)
                    .or_default()
                    .entry(meaning::policy_name(&parsed.policy))
                    .or_default()
                    .push(meaning::policy(&parsed.policy, &suppressions));
                true
            }
        }
    }

    /// Adds a file that is read as a whole; `None` where its meaning is in doubt.
    fn text(&mut self, path: &str, kind: Kind, text: &str) -> Option<()> {
        match kind {
            Kind::CedarSchema => self.schema.extend(meaning::cedar_schema(text)),
            Kind::JsonSchema => self.schema.push(meaning::json_file(text)?),
            Kind::Entities => self.entities.extend(meaning::unordered_list(text)?),
            Kind::Links => self.links.extend(meaning::unordered_list(text)?),
            Kind::Config | Kind::Directory => {
                self.files
                    .insert(path.to_owned(), meaning::yaml_file(text)?);
            }
            // Rules of governance: few, and an approval may well have to be given again for a comment.
            _ => {
                self.files.insert(path.to_owned(), Value::from(text));
            }
        }
        Some(())
    }

    fn digest(&self) -> Digest {
        let ordered = |values: &[Value]| {
            let mut values = values.to_vec();
            values.sort_by_cached_key(canonical);
            values
        };
        let policies: serde_json::Map<String, Value> = self
            .policies
            .iter()
            .map(|(role, policies)| {
                let policies: serde_json::Map<String, Value> = policies
                    .iter()
                    .map(|(name, all)| (name.clone(), Value::Array(ordered(all))))
                    .collect();
                ((*role).to_owned(), Value::Object(policies))
            })
            .collect();
        let unread: BTreeMap<&str, BTreeSet<&str>> = self
            .unread
            .iter()
            .map(|(path, all)| (path.as_str(), all.iter().map(String::as_str).collect()))
            .collect();
        let says = json!({
            "policies": policies,
            "schema": ordered(&self.schema),
            "entities": ordered(&self.entities),
            "links": ordered(&self.links),
            "files": self.files,
            "unread": unread,
        });
        Digest::of_value("portcullis semantic digest 2", &says)
    }
}

/// Whether the bundle says less because a file is not read: it was meant to be, and may be read by others.
pub(super) fn is_missed(path: &str, contents: &Contents) -> bool {
    let Contents::Text(text) = contents else {
        return false;
    };
    let is_nested = path.ends_with(&format!("/{}", crate::config::FILE_NAME));
    is_nested || near::meant(path, &text.text).is_some_and(|of| of.says())
}

/// What the policies of a file are for.
const fn role(kind: Kind) -> &'static str {
    match kind {
        Kind::Library => "templates",
        Kind::Guardrails => "invariants",
        _ => "policies",
    }
}

#[cfg(test)]
mod tests;
