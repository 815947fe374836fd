//! Decisions on requests, with what they must wait for.

use std::sync::Arc;

use serde_json::Value;

use super::Workspace;
use super::file::Kind;
use super::read::Excluded;
use crate::cedar::evaluate::{self, Entities, Naming, Prepared, RequestText};
use crate::codes::ours::CONFIG_UNKNOWN_NAME;
use crate::finding::{Finding, Severity};
use crate::govern::authorization::{
    self, Authorization, AuthorizationRequest, Classes, Decision, OfHop, STEP_UP,
};
use crate::govern::canonical::Digest;
use crate::govern::directory::{self, Directory};
use crate::govern::envelope::Envelope;
use crate::report::SchemaUse;
use crate::rules::Profile;
use crate::tier::Words;
use crate::time::Instant;

/// What is said of an answer where the bundle has no classes.
const UNCLASSIFIED: &str = "the bundle classifies no action, type or context field, so no request waits for an approval: add `@access` to the actions of the schema";

/// What decisions rest on beside the authorizer, made ready once for all requests between two edits.
#[derive(Debug)]
pub(super) struct Deciding {
    semantic: Digest,
    /// What policies are called, by number.
    names: Vec<String>,
    /// The bundle's entities, or why they cannot be used.
    entities: Result<Arc<Entities>, String>,
}

impl Workspace {
    /// Decides a request at a time. What is allowed by the policies and needs somebody's approval is
    /// [`Decision::ApprovalRequired`] until the approvals that are given meet that. `people` is the text of a directory
    /// in the place of the bundle's.
    ///
    /// # Errors
    ///
    /// What of the bundle cannot be read in full, so that no decision can rest on it; what of the request, the entities
    /// or the directory cannot be used. None of them is an allow.
    pub fn authorize(
        &mut self,
        request: &AuthorizationRequest,
        approvals: &[Envelope],
        people: Option<&str>,
        as_of: Instant,
    ) -> Result<Authorization, String> {
        let deciding = self.deciding()?;
        let given = people.map(directory::read);
        let nobody = Directory::default();
        let directory = match given.as_ref().or_else(|| self.directory()) {
            None => None,
            Some((directory, findings)) => match findings.first() {
                None => Some(directory),
                Some(finding) => {
                    return Err(format!(
                        "the directory cannot be relied on: {}: {}",
                        finding.message, finding.help
                    ));
                }
            },
        };
        let hops = self.decided(request, &deciding)?;
        let allowed = hops.iter().all(|hop| hop.allowed);
        let words = Words {
            schema: self.schema.declared.as_deref(),
            governance: &self.config.config.governance,
            side: "the bundle",
        };
        let classes = Classes {
            words,
            unclassified_passes: self.config.config.profile == Profile::Basic
                && words.classify_nothing(),
        };
        let mut notes = Vec::new();
        if allowed && classes.unclassified_passes {
            notes.push(UNCLASSIFIED.to_owned());
        }
        let mut requires = Vec::new();
        if allowed {
            for hop in &hops {
                let what = (&request.action, &request.resource);
                let who = &hop.principal;
                requires.extend(authorization::needs(classes, directory, who, what));
            }
            requires.sort_by(|a, b| (&a.kind, &a.principal).cmp(&(&b.kind, &b.principal)));
            // A human who approves the request does so for every hop; a second proof is each principal's own.
            requires.dedup_by(|later, first| {
                let is_same = later.kind == first.kind
                    && (later.kind != STEP_UP || later.principal == first.principal);
                if is_same {
                    first.because.append(&mut later.because);
                    first.because.sort();
                    first.because.dedup();
                }
                is_same
            });
        }
        let mut answer = Authorization {
            decision: if allowed {
                Decision::Allow
            } else {
                Decision::Deny
            },
            request: request.digest(deciding.semantic),
            label: request.label(),
            hops,
            requires,
            discounted: Vec::new(),
            notes,
        };
        let eligible = authorization::approvers(words.governance, directory, &request.action);
        let directory = directory.unwrap_or(&nobody);
        authorization::judge(&mut answer, approvals, directory, &eligible, as_of);
        Ok(answer)
    }

    /// Makes decisions ready, where that has not been done since the last edit.
    fn deciding(&mut self) -> Result<Arc<Deciding>, String> {
        if let Some(known) = &self.since_edit.deciding {
            return Ok(Arc::clone(known));
        }
        let digests = self.digests();
        let excluded = self.ready();
        let unread = (digests.unread.iter()).find(|path| self.decides_nothing(path, &excluded));
        if let Some(path) = unread.or(digests.left_out.first()) {
            return Err(format!(
                "`{path}` of the bundle cannot be read in full, and nothing is decided by a part of the policies: see what `portcullis check` reports"
            ));
        }
        self.update_named();
        if let Some(why) = &self.named.classless {
            return Err(format!(
                "{why}, so that a class of portcullis.yaml would be missing: see what `portcullis check` reports"
            ));
        }
        if self.schema_use() == SchemaUse::Missing && self.config.config.governance.has_classes() {
            return Err(
                "portcullis.yaml gives classes, and the bundle has no schema whose they could be"
                    .to_owned(),
            );
        }
        if self.schema_use() == SchemaUse::Invalid {
            let why =
                "the schema of the bundle cannot be used: see what `portcullis check` reports";
            return Err(why.to_owned());
        }
        let mut state = std::mem::take(&mut self.suites);
        let policies = self.test_policies(&excluded);
        state.runner.compile(&policies);
        let names = (policies.members.iter())
            .map(|member| member.name.short.to_string())
            .collect();
        drop(policies);
        self.suites = state;
        let deciding = Arc::new(Deciding {
            semantic: digests.semantic,
            names,
            entities: self.own_entities(&excluded).map(Arc::new),
        });
        self.since_edit.deciding = Some(Arc::clone(&deciding));
        Ok(deciding)
    }

    /// Whether decisions cannot rest on a file of which something is not read.
    fn decides_nothing(&self, path: &str, excluded: &Excluded) -> bool {
        // A word of a class that nothing knows is a class that is lost.
        let is_error = |finding: &Finding| {
            finding.severity == Severity::Error || finding.code == CONFIG_UNKNOWN_NAME.code
        };
        match Kind::of(path) {
            // Entities are read by themselves, where the request has none.
            Kind::Entities => false,
            _ if !self.is_utf8(path) || excluded.contains_key(path) => true,
            Kind::Config => self.config.findings.iter().any(is_error),
            Kind::Links => {
                let mut found = self.data.findings(path).peekable();
                found.peek().is_none() || found.any(is_error)
            }
            _ => true,
        }
    }

    /// What the policies say to each hop.
    fn decided(
        &self,
        request: &AuthorizationRequest,
        deciding: &Deciding,
    ) -> Result<Vec<OfHop>, String> {
        let schema = self.schema.validator.as_deref().map(|of| of.schema());
        let entities = match &request.entities {
            None => deciding.entities.clone()?,
            Some(given) => {
                let read = evaluate::entities(&given.to_string(), schema);
                Arc::new(read.map_err(|why| format!("`entities` of the request: {why}"))?)
            }
        };
        let (authorizer, symbols) = self.suites.runner.authorizer();
        let name = |number: u32| {
            let name = deciding.names.get(number as usize);
            name.cloned().unwrap_or_default()
        };
        (request.hops.iter())
            .map(|hop| {
                let text = RequestText {
                    principal: &hop.principal,
                    action: &request.action,
                    resource: &request.resource,
                    context: &hop.context,
                };
                let prepared = Prepared::new(&text, &entities, schema, Naming::Known(symbols))?;
                let decided = authorizer.decide(&prepared, &entities, name);
                Ok(OfHop {
                    principal: hop.principal.clone(),
                    allowed: decided.allowed,
                    determining: decided.determining,
                    errors: decided.errors,
                })
            })
            .collect()
    }

    fn own_entities(&self, excluded: &Excluded) -> Result<Entities, String> {
        let validator = self.schema.validator.as_deref().map(|of| of.schema());
        let of_bundle = self
            .files
            .iter()
            .filter(|(_, file)| file.kind == Kind::Entities);
        for (path, _) in of_bundle {
            let is_error = |finding: &Finding| finding.severity == Severity::Error;
            let is_whole = self.is_utf8(path) && !excluded.contains_key(path);
            if !is_whole || self.data.findings(path).any(is_error) {
                return Err(format!(
                    "`{path}` of the bundle cannot be read in full, and nothing is decided by a part of the entities: see what `portcullis check` reports"
                ));
            }
        }
        let (files, _) = self.files_of(Kind::Entities, excluded);
        let mut all = Vec::new();
        for (path, text) in &files {
            match serde_json::from_str::<Value>(text) {
                Ok(Value::Array(list)) => all.extend(list),
                _ => return Err(format!("`{path}` of the bundle is no list of entities")),
            }
        }
        evaluate::entities(&Value::Array(all).to_string(), validator)
            .map_err(|why| format!("the entities of the bundle: {why}"))
    }
}
