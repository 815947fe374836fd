//! The JSON of an answer at run time.

use serde::Serialize;

use super::SCHEMA_VERSION;
use super::gate::GateFact;
use super::test::PolicyError;
use crate::govern::authorization::{Authorization, OfHop, Required};

/// Whether a request may be carried out, and what it must wait for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuthorizationReport<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// `allow`, `deny` or `approval_required`.
    pub decision: &'static str,
    /// The digest that approvals bind: of all that the request has, and of what the bundle says.
    pub request: String,
    /// Principals, action and resource.
    pub label: &'a str,
    /// What the policies say to whoever makes the request and then to those on whose behalf.
    pub hops: Vec<AuthorizationHop<'a>>,
    /// What an allowed request must wait for.
    pub requires: Vec<AuthorizationRequirement<'a>>,
    /// Approvals that do not count, and why.
    pub discounted: Vec<DiscountedApproval<'a>>,
    /// What whoever reads the answer should know beside it, a sentence each.
    pub notes: &'a [String],
}

/// What the policies say to one who needs the permission.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuthorizationHop<'a> {
    /// Who.
    pub principal: String,
    /// Whether they allow it.
    pub allowed: bool,
    /// The determining policies.
    pub determining: &'a [String],
    /// Policies that failed to evaluate.
    pub errors: Vec<PolicyError<'a>>,
}

/// An approval that a request needs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuthorizationRequirement<'a> {
    /// `human`, `step_up`, or what `@approval` names.
    pub approval: &'a str,
    /// Whose permission needs it; the first where that of several does.
    pub principal: String,
    /// Why.
    pub because: Vec<GateFact>,
    /// Who could give it: roles, `team:` and a team, `owner-of:` and a namespace; `principal` for the principal itself.
    pub eligible: &'a [String],
    /// Who gave it; null where it is missing.
    pub met_by: Option<&'a str>,
    /// The digest of what was signed; null where it is missing.
    pub payload: Option<String>,
}

/// An approval that does not count.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiscountedApproval<'a> {
    /// Its place among those that were given, from 0.
    pub approval: u32,
    /// Why.
    pub message: &'a str,
}

impl<'a> AuthorizationReport<'a> {
    /// Of an answer.
    pub fn of(answer: &'a Authorization) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            decision: answer.decision.as_str(),
            request: answer.request.to_string(),
            label: &answer.label,
            hops: answer.hops.iter().map(AuthorizationHop::of).collect(),
            requires: (answer.requires.iter())
                .map(AuthorizationRequirement::of)
                .collect(),
            discounted: (answer.discounted.iter())
                .map(|(number, message)| DiscountedApproval {
                    approval: u32::try_from(*number).unwrap_or(u32::MAX),
                    message,
                })
                .collect(),
            notes: &answer.notes,
        }
    }
}

impl<'a> AuthorizationHop<'a> {
    fn of(hop: &'a OfHop) -> Self {
        Self {
            principal: hop.principal.to_string(),
            allowed: hop.allowed,
            determining: &hop.determining,
            errors: (hop.errors.iter())
                .map(|(policy, message)| PolicyError { policy, message })
                .collect(),
        }
    }
}

impl<'a> AuthorizationRequirement<'a> {
    fn of(required: &'a Required) -> Self {
        let met = required.met_by.as_ref();
        Self {
            approval: &required.kind,
            principal: required.principal.to_string(),
            because: (required.because.iter())
                .map(|fact| GateFact {
                    fact: fact.fact.clone(),
                    source: fact.source.clone(),
                })
                .collect(),
            eligible: &required.eligible,
            met_by: met.map(|(person, _)| person.as_str()),
            payload: met.map(|(_, payload)| payload.to_string()),
        }
    }
}
