//! The first judge: Cedar's evaluator on random requests. It proves nothing, and refutes fast.

use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet,
    Request,
};
use fastrand::Rng;
use serde_json::Value;

use crate::model::{Environment, Uid};
use crate::pair::{Cedar, Pair};
use crate::questions::Asked;
use crate::world::World;

/// Worlds that each pair is tried in.
const WORLDS: usize = 4;

/// How random requests are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many of each kind.
    pub requests: usize,
    /// Whether entities that are named may be missing.
    pub partial: bool,
}

/// A request and how both sides decide it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub principal: Uid,
    pub action: Uid,
    pub resource: Uid,
    pub context: Value,
    pub entities: Value,
    /// Whether base allows it.
    pub base: bool,
    /// Whether head allows it.
    pub head: bool,
}

/// What random requests have shown.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// How many requests were decided.
    pub requests: usize,
    /// One that only head allows.
    pub newly_allowed: Option<Sample>,
    /// One that only base allows.
    pub newly_denied: Option<Sample>,
    /// Why some could not be decided: a fault of the generator.
    pub refused: Option<String>,
}

/// Decides random requests of one kind.
pub fn look(
    rng: &mut Rng,
    pair: &Pair,
    cedar: &Cedar,
    environment: &Environment,
    options: Options,
) -> Seen {
    let mut seen = Seen::default();
    for _ in 0..WORLDS {
        let world = World::new(rng, pair, options.partial);
        let entities = match read_entities(&world.entities, cedar) {
            Ok(entities) => entities,
            Err(error) => {
                seen.refused = Some(error);
                continue;
            }
        };
        for _ in 0..options.requests.div_ceil(WORLDS) {
            let Some(mut sample) = world.request(rng, &pair.schema, environment) else {
                continue;
            };
            match decide_among(&sample, &entities, cedar) {
                Ok((base, head)) => {
                    seen.requests += 1;
                    (sample.base, sample.head) = (base, head);
                }
                Err(error) => {
                    seen.refused = Some(error);
                    continue;
                }
            }
            let slot = match (sample.base, sample.head) {
                (false, true) => &mut seen.newly_allowed,
                (true, false) => &mut seen.newly_denied,
                _ => continue,
            };
            if slot.is_none() {
                sample.entities = world.entities.clone();
                *slot = Some(sample);
            }
        }
    }
    seen
}

/// Random requests of one kind, each with its entities.
pub fn requests(
    rng: &mut Rng,
    pair: &Pair,
    cedar: &Cedar,
    environment: &Environment,
    options: Options,
) -> Vec<(Sample, Arc<Entities>)> {
    let mut all = Vec::new();
    for _ in 0..WORLDS {
        let world = World::new(rng, pair, options.partial);
        // What Cedar refuses is said where the sets are compared.
        let Ok(entities) = read_entities(&world.entities, cedar).map(Arc::new) else {
            continue;
        };
        for _ in 0..options.requests.div_ceil(WORLDS) {
            if let Some(mut sample) = world.request(rng, &pair.schema, environment) {
                sample.entities = world.entities.clone();
                all.push((sample, Arc::clone(&entities)));
            }
        }
    }
    all
}

/// Whether a request is one that was asked for.
///
/// # Errors
///
/// What Cedar says of a request or of entities that are not valid by the schema.
pub fn answers(sample: &Sample, cedar: &Cedar, asked: Asked) -> Result<bool, String> {
    answers_among(
        sample,
        &read_entities(&sample.entities, cedar)?,
        cedar,
        asked,
    )
}

/// The same with its entities read.
///
/// # Errors
///
/// What Cedar says of a request that is not valid by the schema.
pub fn answers_among(
    sample: &Sample,
    entities: &Entities,
    cedar: &Cedar,
    asked: Asked,
) -> Result<bool, String> {
    let request = request(sample, cedar)?;
    // Alone, a policy that applies is the reason of the decision, whatever its effect.
    let alone = |number: usize| {
        let policy = cedar.policies.get(number).cloned();
        let policies = PolicySet::from_policies(policy).map_err(|error| whole(&error))?;
        let response = Authorizer::new().is_authorized(&request, &policies, entities);
        let diagnostics = response.diagnostics();
        let applies = diagnostics.reason().next().is_some();
        Ok::<_, String>((applies, diagnostics.errors().next().is_some()))
    };
    Ok(match asked {
        Asked::Applies(policy) => alone(policy)?.0,
        Asked::DoesNotApply(policy) => !alone(policy)?.0,
        Asked::Fails(policy) => alone(policy)?.1,
        Asked::Beyond(policy, other) => alone(policy)?.0 && !alone(other)?.0,
        Asked::Allowed => decide_among(sample, entities, cedar)?.1,
        Asked::Denied => !decide_among(sample, entities, cedar)?.1,
    })
}

/// How base and head decide a request, which must be valid by the schema.
///
/// # Errors
///
/// What Cedar says of a request or of entities that are not.
pub fn decide(sample: &Sample, cedar: &Cedar) -> Result<(bool, bool), String> {
    decide_among(sample, &read_entities(&sample.entities, cedar)?, cedar)
}

fn decide_among(
    sample: &Sample,
    entities: &Entities,
    cedar: &Cedar,
) -> Result<(bool, bool), String> {
    let request = request(sample, cedar)?;
    let authorizer = Authorizer::new();
    let allows = |policies| {
        authorizer
            .is_authorized(&request, policies, entities)
            .decision()
            == Decision::Allow
    };
    Ok((allows(&cedar.base), allows(&cedar.head)))
}

fn request(sample: &Sample, cedar: &Cedar) -> Result<Request, String> {
    let action = uid(&sample.action)?;
    let context = Context::from_json_value(sample.context.clone(), Some((&cedar.schema, &action)))
        .map_err(|error| whole(&error))?;
    Request::new(
        uid(&sample.principal)?,
        action,
        uid(&sample.resource)?,
        context,
        Some(&cedar.schema),
    )
    .map_err(|error| whole(&error))
}

fn read_entities(entities: &Value, cedar: &Cedar) -> Result<Entities, String> {
    Entities::from_json_value(entities.clone(), Some(&cedar.schema)).map_err(|error| whole(&error))
}

/// An entity as Cedar's public API names it.
///
/// # Errors
///
/// What Cedar says of a type that is no name.
pub fn uid(uid: &Uid) -> Result<EntityUid, String> {
    let ty = EntityTypeName::from_str(&uid.ty).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(ty, EntityId::new(&uid.id)))
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
