//! Decisions on requests, with what they must wait for.

use std::sync::Arc;

use serde_json::Value;

use super::Workspace;
use super::file::Kind;
use super::read::Excluded;
use crate::cedar::evaluate::{self, Entities, Naming, Prepared, RequestText};
use crate::govern::authorization::{self, Authorization, AuthorizationRequest, Decision, OfHop};
use crate::govern::directory;
use crate::govern::envelope::Envelope;
use crate::report::SchemaUse;
use crate::tier::Words;
use crate::time::Instant;

/// Entities, and what they were read from.
#[derive(Debug, Default)]
pub(super) struct EntityState(Option<(Vec<u8>, Arc<Entities>)>);

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
        let digests = self.digests();
        if let Some(path) = digests.unread.first().or(digests.left_out.first()) {
            return Err(format!(
                "`{path}` of the bundle cannot be read in full, and nothing is decided by a part of the policies: see what `portcullis check` reports"
            ));
        }
        let excluded = self.ready();
        if self.schema_use() == SchemaUse::Invalid {
            return Err(
                "the schema of the bundle cannot be used: see what `portcullis check` reports"
                    .to_owned(),
            );
        }
        let given = people.map(directory::read);
        let directory = match given.as_ref().or_else(|| self.directory()) {
            None => None,
            Some((directory, findings)) => match findings.first() {
                None => Some(directory.clone()),
                Some(finding) => {
                    return Err(format!(
                        "the directory cannot be relied on: {}: {}",
                        finding.message, finding.help
                    ));
                }
            },
        };
        let entities = self.entities_of(request, &excluded)?;
        let hops = self.decide(request, &entities, &excluded)?;
        let words = Words {
            schema: self.schema.declared.as_deref(),
            governance: &self.config.config.governance,
            side: "the bundle",
        };
        let allowed = hops.iter().all(|hop| hop.allowed);
        let requires = match allowed {
            false => Vec::new(),
            true => {
                let of_hops = hops.iter().flat_map(|hop| {
                    let (who, action) = (&hop.principal, &request.action);
                    authorization::needs(words, directory.as_ref(), who, action)
                });
                let mut all: Vec<_> = of_hops.collect();
                all.sort_by(|a, b| (&a.kind, &a.principal).cmp(&(&b.kind, &b.principal)));
                all.dedup_by(|a, b| (&a.kind, &a.principal) == (&b.kind, &b.principal));
                all
            }
        };
        let mut answer = Authorization {
            decision: if allowed {
                Decision::Allow
            } else {
                Decision::Deny
            },
            request: request.digest(digests.semantic),
            label: request.label(),
            hops,
            requires,
            discounted: Vec::new(),
        };
        let directory = directory.unwrap_or_default();
        let eligible =
            authorization::approvers(words.governance, Some(&directory), &request.action);
        authorization::judge(&mut answer, approvals, &directory, &eligible, as_of);
        Ok(answer)
    }

    /// What the policies say to each hop.
    fn decide(
        &mut self,
        request: &AuthorizationRequest,
        entities: &Entities,
        excluded: &Excluded,
    ) -> Result<Vec<OfHop>, String> {
        let mut state = std::mem::take(&mut self.suites);
        let policies = self.test_policies(excluded);
        let schema = policies.schema.map(|(_, validator)| validator);
        let (authorizer, symbols) = state.runner.authorizer(&policies);
        let name = |number: u32| {
            let member = policies.members.get(number as usize);
            member.map_or_else(String::new, |member| member.name.short.to_string())
        };
        let decided: Result<Vec<OfHop>, String> = (request.hops.iter())
            .map(|hop| {
                let text = RequestText {
                    principal: &hop.principal,
                    action: &request.action,
                    resource: &request.resource,
                    context: &hop.context,
                };
                let prepared = Prepared::new(&text, entities, schema, Naming::Known(symbols))?;
                let decided = authorizer.decide(&prepared, entities, name);
                Ok(OfHop {
                    principal: hop.principal.clone(),
                    allowed: decided.allowed,
                    determining: decided.determining,
                    errors: decided.errors,
                })
            })
            .collect();
        self.suites = state;
        decided
    }

    /// The entities of the request or, where it has none, those of the bundle, which are read once.
    fn entities_of(
        &mut self,
        request: &AuthorizationRequest,
        excluded: &Excluded,
    ) -> Result<Arc<Entities>, String> {
        let validator = self.schema.validator.as_deref().map(|of| of.schema());
        if let Some(given) = &request.entities {
            let entities = evaluate::entities(&given.to_string(), validator)
                .map_err(|why| format!("`entities` of the request: {why}"))?;
            return Ok(Arc::new(entities));
        }
        let (files, key) = self.files_of(Kind::Entities, excluded);
        if let Some((_, known)) = self.entities.0.as_ref().filter(|(of, _)| *of == key) {
            return Ok(Arc::clone(known));
        }
        let mut all = Vec::new();
        for (path, text) in &files {
            match serde_json::from_str::<Value>(text) {
                Ok(Value::Array(list)) => all.extend(list),
                _ => return Err(format!("`{path}` of the bundle is no list of entities")),
            }
        }
        let entities = evaluate::entities(&Value::Array(all).to_string(), validator)
            .map_err(|why| format!("the entities of the bundle: {why}"))?;
        let entities = Arc::new(entities);
        self.entities = EntityState(Some((key, Arc::clone(&entities))));
        Ok(entities)
    }
}
