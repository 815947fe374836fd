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
pub fn look(drawn: &[Drawn], refused: Option<String>, cedar: &Cedar) -> Seen {
    let mut seen = Seen {
        requests: drawn.len(),
        refused,
        ..Seen::default()
    };
    for Drawn {
        sample,
        request,
        entities,
    } in drawn
    {
        let base = allows(request, &cedar.base, entities);
        let head = allows(request, &cedar.head, entities);
        let slot = match (base, head) {
            (false, true) => &mut seen.newly_allowed,
            (true, false) => &mut seen.newly_denied,
            _ => continue,
        };
        slot.get_or_insert_with(|| Sample {
            base,
            head,
            ..sample.clone()
        });
    }
    seen
}

/// A random request as Cedar holds it.
pub struct Drawn {
    pub sample: Sample,
    request: Request,
    entities: Arc<Entities>,
}

/// Random requests of one kind, and what Cedar has against those that it refuses: a fault of the generator.
pub fn draw(
    rng: &mut Rng,
    pair: &Pair,
    cedar: &Cedar,
    environment: &Environment,
    options: Options,
) -> (Vec<Drawn>, Option<String>) {
    let mut all = Vec::new();
    let mut refused = None;
    for _ in 0..WORLDS {
        let world = World::new(rng, pair, options.partial);
        let entities = match read_entities(&world.entities, cedar) {
            Ok(entities) => Arc::new(entities),
            Err(error) => {
                refused = Some(error);
                continue;
            }
        };
        for _ in 0..options.requests.div_ceil(WORLDS) {
            let Some(mut sample) = world.request(rng, &pair.schema, environment) else {
                continue;
            };
            match request(&sample, cedar) {
                Ok(request) => {
                    sample.entities = world.entities.clone();
                    all.push(Drawn {
                        sample,
                        request,
                        entities: Arc::clone(&entities),
                    });
                }
                Err(error) => refused = Some(error),
            }
        }
    }
    (all, refused)
}

/// Whether a request is one that was asked for.
///
/// # Errors
///
/// What Cedar says of a request or of entities that are not valid by the schema.
pub fn answers(sample: &Sample, cedar: &Cedar, asked: Asked) -> Result<bool, String> {
    let drawn = Drawn {
        request: request(sample, cedar)?,
        entities: Arc::new(read_entities(&sample.entities, cedar)?),
        sample: sample.clone(),
    };
    drawn.answers(cedar, asked)
}

impl Drawn {
    /// Whether it is one that was asked for.
    ///
    /// # Errors
    ///
    /// What Cedar says of a set of one policy: nothing.
    pub fn answers(&self, cedar: &Cedar, asked: Asked) -> Result<bool, String> {
        // Alone, a policy that applies is the reason of the decision, whatever its effect.
        let alone = |number: usize| {
            let policy = cedar.policies.get(number).cloned();
            let policies = PolicySet::from_policies(policy).map_err(|error| whole(&error))?;
            let response =
                Authorizer::new().is_authorized(&self.request, &policies, &self.entities);
            let diagnostics = response.diagnostics();
            let applies = diagnostics.reason().next().is_some();
            Ok::<_, String>((applies, diagnostics.errors().next().is_some()))
        };
        Ok(match asked {
            Asked::Applies(policy) => alone(policy)?.0,
            Asked::DoesNotApply(policy) => !alone(policy)?.0,
            Asked::Fails(policy) => alone(policy)?.1,
            Asked::Beyond(policy, other) => alone(policy)?.0 && !alone(other)?.0,
            Asked::Allowed => allows(&self.request, &cedar.head, &self.entities),
            Asked::Denied => !allows(&self.request, &cedar.head, &self.entities),
        })
    }
}

/// How base and head decide a request, which must be valid by the schema.
///
/// # Errors
///
/// What Cedar says of a request or of entities that are not.
pub fn decide(sample: &Sample, cedar: &Cedar) -> Result<(bool, bool), String> {
    let entities = read_entities(&sample.entities, cedar)?;
    let request = request(sample, cedar)?;
    let allows = |policies| allows(&request, policies, &entities);
    Ok((allows(&cedar.base), allows(&cedar.head)))
}

fn allows(request: &Request, policies: &PolicySet, entities: &Entities) -> bool {
    let response = Authorizer::new().is_authorized(request, policies, entities);
    response.decision() == Decision::Allow
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
