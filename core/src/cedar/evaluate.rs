//! Decisions: Cedar's authorizer over policies, entities and a request; and Cedar's evaluator for one policy
//! or a part of one.
//!
//! [`decide`] asks Cedar's authorizer, which builds every policy's condition anew for each request.
//! [`Compiled`] and [`Prepared`] are made once and evaluated often; [`crate::authorize`] chooses which
//! policies to evaluate for which request.

mod boundary;
mod comparable;
mod compiled;
mod evaluation;
mod plain;
mod request;
mod symbols;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy_core::ast::{PolicyID, PolicySet, SlotId, StaticPolicy, Template};
use cedar_policy_core::authorizer::{Authorizer, Decision};
pub use cedar_policy_core::entities::Entities;
use cedar_policy_core::entities::json::{ContextJsonParser, EntityJsonParser};
use cedar_policy_core::entities::{NoEntitiesSchema, Schema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::{CoreSchema, ValidatorSchema};

pub use boundary::Boundary;
pub(crate) use boundary::{Limit, comparison, decimal_text};
pub(crate) use comparable::comparable;

pub use compiled::{ActionSymbols, Compiled, Constraint, Scope};
pub use evaluation::{Evaluation, Verdict};
pub use request::{Naming, Place, Prepared};
use symbols::uid;
pub use symbols::{Symbol, SymbolHasher, SymbolMap, Symbols};
pub use tree::{Atom, Mark, Tree, TreeClause, Truth};

use crate::facts::Entity;

/// A policy, or a template with the values of one link, under a name of the caller's.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// How the answer names it.
    pub name: String,
    /// Cedar's form.
    pub template: &'a Arc<Template>,
    /// The values of the slots; `None` for a policy without slots.
    pub link: Option<(Option<Entity>, Option<Entity>)>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct RequestText<'a> {
    /// Who.
    pub principal: &'a Entity,
    /// What.
    pub action: &'a Entity,
    /// On what.
    pub resource: &'a Entity,
    /// The context, in Cedar's JSON form.
    pub context: &'a serde_json::Value,
}

/// What Cedar decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The names of the determining policies, sorted.
    pub determining: Vec<String>,
    /// The names of the policies that failed to evaluate, and why, sorted.
    pub errors: Vec<(String, String)>,
}

/// Decides a request. Under a schema the request and the entities are checked against it.
///
/// # Errors
///
/// What of the input Cedar does not accept, in Cedar's words.
pub fn decide<'a>(
    candidates: impl IntoIterator<Item = Candidate<'a>>,
    entities: &Entities,
    request: &RequestText<'_>,
    schema: Option<&ValidatorSchema>,
) -> Result<Decided, String> {
    let mut policies = PolicySet::new();
    for candidate in candidates {
        add(&mut policies, &candidate)?;
    }
    let request = request::request(
        uid(request.principal)?,
        uid(request.action)?,
        uid(request.resource)?,
        request,
        schema,
    )?;
    let response = Authorizer::new().is_authorized(request, &policies, entities);
    let mut determining: Vec<String> = response
        .diagnostics
        .reason
        .iter()
        .map(|id| id.as_ref().to_owned())
        .collect();
    determining.sort();
    let mut errors: Vec<(String, String)> = response
        .diagnostics
        .errors
        .into_iter()
        .map(|error| match error {
            cedar_policy_core::authorizer::AuthorizationError::PolicyEvaluationError {
                id,
                error,
            } => (AsRef::<str>::as_ref(&id).to_owned(), error.to_string()),
        })
        .collect();
    errors.sort();
    Ok(Decided {
        allowed: response.decision == Decision::Allow,
        determining,
        errors,
    })
}

/// What is said of values that Cedar would not be done with.
const TOO_DEEP: &str = "the records in a value are nested too deep to be compared with the schema";

/// Reads entities from Cedar's JSON form and computes their hierarchy.
///
/// # Errors
///
/// Cedar's first error, or what makes the hierarchy too large to be computed.
pub fn entities(json: &str, schema: Option<&ValidatorSchema>) -> Result<Entities, String> {
    match schema {
        Some(_) if !comparable::text_is_comparable(json) => Err(TOO_DEEP.to_owned()),
        Some(schema) => read(json, Some(&CoreSchema::new(schema))),
        None => read::<NoEntitiesSchema>(json, None),
    }
}

fn read<S: Schema>(json: &str, schema: Option<&S>) -> Result<Entities, String> {
    let extensions = Extensions::all_available();
    let hierarchy = TCComputation::ComputeNow;
    let mut all: Vec<_> = EntityJsonParser::new(schema, extensions, hierarchy)
        .iter_from_json_str(json)
        .map_err(|error| in_full(&error))?
        .collect();
    // The parser puts the schema's actions last, and `from_entities` would add them once more.
    let actions = schema.map_or(0, |schema| schema.action_entities().into_iter().count());
    all.truncate(all.len().saturating_sub(actions));
    let parents = all.iter().map(|e| (e.uid(), e.parents().collect()));
    if let Some(excess) = super::entities::hierarchy::excess(parents) {
        let name = all.get(excess.position()).map(|e| e.uid());
        return Err(name.map_or_else(String::new, |name| excess.message(name)));
    }
    Entities::from_entities(all, schema, TCComputation::ComputeNow, extensions)
        .map_err(|error| in_full(&error))
}

/// The same entities, of which some have other attributes or parents: those in Cedar's JSON form. The others are not
/// read again.
///
/// # Errors
///
/// As of [`entities`].
pub(crate) fn with_changed(
    entities: &Entities,
    changed: &[serde_json::Value],
    schema: Option<&ValidatorSchema>,
) -> Result<Entities, String> {
    match schema {
        Some(_) if !changed.iter().all(comparable) => Err(TOO_DEEP.to_owned()),
        Some(schema) => replaced(entities, changed, Some(&CoreSchema::new(schema))),
        None => replaced::<NoEntitiesSchema>(entities, changed, None),
    }
}

fn replaced<S: Schema>(
    entities: &Entities,
    changed: &[serde_json::Value],
    schema: Option<&S>,
) -> Result<Entities, String> {
    let extensions = Extensions::all_available();
    let hierarchy = TCComputation::ComputeNow;
    let parser = EntityJsonParser::new(schema, extensions, hierarchy);
    let changed = changed
        .iter()
        .map(|json| match parser.single_from_json_value(json.clone()) {
            Ok(entity) => Ok(Arc::new(entity)),
            Err(error) => Err(in_full(&error)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    entities
        .clone()
        .upsert_entities(changed, schema, hierarchy, extensions)
        .map_err(|error| in_full(&error))
}

/// Whether a value in Cedar's JSON form can be computed, as that of an IP address or a date.
///
/// # Errors
///
/// What is wrong with it, in Cedar's words.
pub(crate) fn value(json: &serde_json::Value) -> Result<(), String> {
    if plain::is_value(json) {
        return Ok(());
    }
    let context =
        serde_json::Value::Object([("value".to_owned(), json.clone())].into_iter().collect());
    ContextJsonParser::<cedar_policy_core::entities::json::NullContextSchema>::new(
        None,
        Extensions::all_available(),
    )
    .from_json_value(context)
    .map(drop)
    .map_err(|error| {
        std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
    })
}

fn add(policies: &mut PolicySet, candidate: &Candidate<'_>) -> Result<(), String> {
    let id = PolicyID::from_string(&candidate.name);
    match &candidate.link {
        None => {
            let template = candidate.template.new_id(id);
            let policy = StaticPolicy::try_from(template).map_err(|error| error.to_string())?;
            policies
                .add_static(policy)
                .map_err(|error| error.to_string())
        }
        Some((principal, resource)) => {
            let of = format!("template of {}", candidate.name);
            let template = PolicyID::from_string(&of);
            policies
                .add_template(candidate.template.new_id(template.clone()))
                .map_err(|error| error.to_string())?;
            let mut values = HashMap::new();
            for (slot, value) in [
                (SlotId::principal(), principal),
                (SlotId::resource(), resource),
            ] {
                if let Some(value) = value {
                    values.insert(slot, uid(value)?);
                }
            }
            policies
                .link(template, id, values)
                .map(drop)
                .map_err(|error| error.to_string())
        }
    }
}

/// An error with what lies behind it, where its own words do not say that.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        behind = error.source();
    }
    text
}
