//! The first judge: Cedar's evaluator on random requests. It proves nothing, and refutes fast.

use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, Request,
};
use fastrand::Rng;
use serde_json::Value;

use crate::model::{Environment, Uid};
use crate::pair::{Cedar, Pair};
use crate::world::World;

/// Worlds that each pair is tried in.
const WORLDS: usize = 4;

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
    samples: usize,
) -> Seen {
    let mut seen = Seen::default();
    for _ in 0..WORLDS {
        let world = World::new(rng, pair);
        let entities = match read_entities(&world.entities, cedar) {
            Ok(entities) => entities,
            Err(error) => {
                seen.refused = Some(error);
                continue;
            }
        };
        for _ in 0..samples.div_ceil(WORLDS) {
            let Some((principal, resource, context)) =
                world.request(rng, &pair.schema, environment)
            else {
                continue;
            };
            let mut sample = Sample {
                principal,
                action: environment.action.clone(),
                resource,
                context,
                entities: Value::Null,
                base: false,
                head: false,
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
    let action = uid(&sample.action)?;
    let context = Context::from_json_value(sample.context.clone(), Some((&cedar.schema, &action)))
        .map_err(|error| whole(&error))?;
    let request = Request::new(
        uid(&sample.principal)?,
        action,
        uid(&sample.resource)?,
        context,
        Some(&cedar.schema),
    )
    .map_err(|error| whole(&error))?;
    let authorizer = Authorizer::new();
    let allows = |policies| {
        authorizer
            .is_authorized(&request, policies, entities)
            .decision()
            == Decision::Allow
    };
    Ok((allows(&cedar.base), allows(&cedar.head)))
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
