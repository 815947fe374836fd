//! What a change does to requests, decided by Cedar alone.
//!
//! A request of head's schema that head allows is new where base denies it; where base's schema refuses it and base
//! denies something that is the same up to what that schema refuses, or has nothing of the kind; and where base would deny
//! it without looking at the schema. A request of base's schema that base denies is newly allowed where head allows what
//! head's schema leaves of it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet,
    Request, ValidationMode, ValidationWarning, Validator,
};
use fastrand::Rng;
use portcullis_core::tier::Tier;
use serde_json::{Map, Value, json};

use crate::model::{Bundle, Schema};
use crate::world::{self, Gap, Sampler, World};

/// Requests that are decided among the same entities.
const OF_A_WORLD: usize = 10;
/// How often what another schema wants is made up.
const FILLED: usize = 2;

/// How a difference shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// One request, valid on both sides.
    Same,
    /// Base's schema refuses the request, and base denies what is left of it there, or one that has what is missing.
    Completed,
    /// Base's schema refuses the request whatever is left out.
    Refused,
    /// Base's policies deny it, but base's schema refuses it.
    Unvalidated,
    /// Head allows what its schema leaves of a request that base denies.
    LeftOut,
}

/// A request that shows a difference.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What a change that allows it asks for.
    pub asks: Tier,
    pub shown: String,
}

/// What random requests show.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub requests: usize,
    /// Newly allowed: of each way the one that asks for most.
    pub allowed: BTreeMap<Way, Difference>,
    /// What a guardrail was about and is about no more.
    pub unguarded: BTreeMap<Way, Difference>,
    /// Valid on both sides and denied by head alone.
    pub denied: Option<Difference>,
    /// What Cedar refused although it was made to be valid: a fault of the generator.
    pub refused: Vec<String>,
}

/// A bundle as Cedar holds it.
pub struct Side {
    model: Schema,
    schema: cedar_policy::Schema,
    policies: PolicySet,
    guards: PolicySet,
    actions: Vec<cedar_policy::Entity>,
    file: Vec<Value>,
    /// The texts of all policies.
    pub text: String,
    /// Whether Cedar accepts all of it.
    pub is_valid: bool,
    /// Permits that can never apply, says Cedar, without their names and layout.
    pub impossible: BTreeSet<String>,
    /// All policies in that form.
    pub bodies: BTreeSet<String>,
}

/// The parts of a bundle.
pub struct Parts {
    pub schema: Schema,
    /// Policies, and links as policies.
    pub deciding: String,
    /// Guardrails that forbid, over a permit of everything.
    pub guarding: String,
    /// Everything, with templates.
    pub all: String,
    /// Permits by which nothing is ever allowed are counted among these.
    pub counted: String,
    pub entities: Vec<Value>,
}

impl Side {
    /// `None` where Cedar does not read it.
    pub fn new(bundle: &Bundle) -> Option<Self> {
        let counted = bundle.policies.iter().filter(|policy| {
            let joined = |conditions: &[String]| conditions.join(" ");
            // What never applies whatever the types are is not asked for.
            let mut clauses = policy.clauses.iter();
            policy.place == crate::model::Place::Policy
                && policy.permits
                && !clauses
                    .any(|(_, all)| joined(all).contains(" is ") || joined(all).contains('!'))
        });
        Self::read(Parts {
            schema: bundle.schema.clone(),
            deciding: bundle.deciding(),
            guarding: bundle.guarding(),
            all: bundle.policies.iter().map(|policy| policy.text()).collect(),
            counted: counted.map(|policy| policy.text()).collect(),
            entities: bundle.entities.iter().map(|entity| entity.json()).collect(),
        })
    }

    pub fn read(parts: Parts) -> Option<Self> {
        let (schema, _) = cedar_policy::Schema::from_cedarschema_str(&parts.schema.text()).ok()?;
        let policies = PolicySet::from_str(&parts.deciding).ok()?;
        let guards = PolicySet::from_str(&parts.guarding).ok()?;
        let all = PolicySet::from_str(&parts.all).ok()?;
        let validator = Validator::new(schema.clone());
        let passes = |set: &PolicySet| validator.validate(set, ValidationMode::Strict);
        let file = Entities::from_json_value(Value::Array(parts.entities.clone()), Some(&schema));
        let is_valid = [&policies, &guards, &all].map(|set| passes(set).validation_passed());
        let counted = PolicySet::from_str(&parts.counted).ok()?;
        let result = passes(&counted);
        let impossible = result
            .validation_warnings()
            .filter_map(|warning| match warning {
                ValidationWarning::ImpossiblePolicy(of) => counted.policy(of.policy_id()),
                _ => None,
            })
            .map(body)
            .collect();
        let bodies = policies.policies().map(body).collect();
        Some(Self {
            is_valid: is_valid == [true; 3] && file.is_ok(),
            impossible,
            bodies,
            actions: schema.action_entities().ok()?.into_iter().collect(),
            model: parts.schema,
            schema,
            policies,
            guards,
            file: parts.entities,
            text: parts.all,
        })
    }

    /// The entities with those of the bundle's file in place of others; those that only the other side's file has are
    /// nowhere.
    fn entities(&self, world: &World, other: &Self, checked: bool) -> Option<Entities> {
        let mut all = world.clone();
        for entity in self.file.iter().chain(&other.file) {
            let part = |key: &str| entity.pointer(key).and_then(Value::as_str);
            let uid = (part("/uid/type")?.to_owned(), part("/uid/id")?.to_owned());
            all.remove(&uid);
        }
        let Value::Array(mut entities) = world::json(&all) else {
            return None;
        };
        entities.extend(self.file.iter().cloned());
        let schema = checked.then_some(&self.schema);
        let read = Entities::from_json_value(Value::Array(entities), schema).ok()?;
        if checked {
            return Some(read);
        }
        read.add_entities(self.actions.iter().cloned(), None).ok()
    }

    fn request(
        &self,
        asked: &Asked,
        context: &Map<String, Value>,
        checked: bool,
    ) -> Option<Request> {
        let action = uid(&asked.action.0, &asked.action.1)?;
        let schema = checked.then_some(&self.schema);
        let of = checked.then_some((&self.schema, &action));
        let context = Context::from_json_value(Value::Object(context.clone()), of).ok()?;
        Request::new(
            uid(&asked.principal.0, &asked.principal.1)?,
            action.clone(),
            uid(&asked.resource.0, &asked.resource.1)?,
            context,
            schema,
        )
        .ok()
    }

    fn decides(&self, request: &Request, entities: &Entities) -> Decided {
        let allows = |set: &PolicySet| {
            let response = Authorizer::new().is_authorized(request, set, entities);
            response.decision() == Decision::Allow
        };
        Decided {
            allowed: allows(&self.policies),
            // One of them is the permit of everything.
            unguarded: self.guards.num_of_policies() < 2 || allows(&self.guards),
        }
    }

    fn fields(&self, asked: &Asked) -> Option<&crate::model::Fields> {
        let (ty, id) = &asked.action;
        let namespace = ty.strip_suffix("Action")?.trim_end_matches("::").to_owned();
        let action = self.model.actions.get(&(namespace, id.clone()))?;
        self.model.fields(&action.context)
    }
}

/// What a policy says, without its name and layout.
fn body(policy: &cedar_policy::Policy) -> String {
    let mut json = policy.to_json().unwrap_or_default();
    if let Some(of) = json.as_object_mut() {
        of.remove("annotations");
    }
    json.to_string()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decided {
    allowed: bool,
    unguarded: bool,
}

struct Asked {
    principal: (String, String),
    action: (String, String),
    resource: (String, String),
    context: Map<String, Value>,
}

fn uid(ty: &str, id: &str) -> Option<EntityUid> {
    let ty = EntityTypeName::from_str(ty).ok()?;
    Some(EntityUid::from_type_name_and_id(ty, EntityId::new(id)))
}

/// Decides random requests on both sides.
pub fn look(
    rng: &mut Rng,
    base: &Side,
    head: &Side,
    requests: usize,
    asks: &dyn Fn(&str, &str, &str) -> Tier,
) -> Seen {
    let sampler = Sampler::new(format!("{}{}", base.text, head.text));
    let mut looking = Looking {
        rng,
        sampler: &sampler,
        base,
        head,
        asks,
        seen: Seen::default(),
    };
    for number in 0..requests.div_ceil(OF_A_WORLD) {
        if number % 2 == 0 {
            looking.of_head();
        } else {
            looking.of_base();
        }
    }
    looking.seen
}

struct Looking<'l> {
    rng: &'l mut Rng,
    sampler: &'l Sampler,
    base: &'l Side,
    head: &'l Side,
    asks: &'l dyn Fn(&str, &str, &str) -> Tier,
    seen: Seen,
}

impl Looking<'_> {
    fn of_head(&mut self) {
        let (base, head) = (self.base, self.head);
        let world = self.sampler.world(self.rng, &head.model);
        let Some(after) = head.entities(&world, base, true) else {
            return self.refuse(head, "entities of head", &world);
        };
        let as_is = base.entities(&world, head, true);
        let is_valid = as_is.is_some();
        let versions: Vec<Entities> = match as_is {
            Some(entities) => vec![entities],
            None => (0..FILLED)
                .filter_map(|_| {
                    let under = self
                        .sampler
                        .under(self.rng, &world, &base.model, Gap::Filled)?;
                    base.entities(&under, head, true)
                })
                .collect(),
        };
        let unchecked = base.entities(&world, head, false);
        for _ in 0..OF_A_WORLD {
            let Some(asked) = self.ask(head) else { return };
            let Some(request) = head.request(&asked, &asked.context, true) else {
                return self.refuse(head, "a request of head", &World::new());
            };
            self.seen.requests += 1;
            let now = head.decides(&request, &after);
            if !now.allowed && !now.unguarded {
                continue;
            }
            let mut was: Vec<(Way, Decided)> = Vec::new();
            let mut add = |context: &Map<String, Value>, is_same: bool| {
                let Some(request) = base.request(&asked, context, true) else {
                    return false;
                };
                let way = if is_same && is_valid {
                    Way::Same
                } else {
                    Way::Completed
                };
                was.extend(
                    versions
                        .iter()
                        .map(|entities| (way, base.decides(&request, entities))),
                );
                true
            };
            if !add(&asked.context, true)
                && let Some(fields) = base.fields(&asked)
            {
                for _ in 0..FILLED {
                    let under = self.sampler.record_under(
                        self.rng,
                        &asked.context,
                        &base.model,
                        fields,
                        Gap::Filled,
                    );
                    if let Some(context) = under {
                        add(&context, false);
                    }
                }
            }
            let nothing = was.is_empty();
            if let (Some(entities), Some(request)) =
                (&unchecked, base.request(&asked, &asked.context, false))
            {
                was.push((Way::Unvalidated, base.decides(&request, entities)));
            }
            if now.allowed {
                let denied = was.iter().filter(|(_, was)| !was.allowed);
                let way = if nothing {
                    Some(Way::Refused)
                } else {
                    denied.map(|(way, _)| *way).min()
                };
                if let Some(way) = way {
                    self.note(way, &asked, &world, true);
                }
            }
            if now.unguarded
                && !nothing
                && let Some(way) = was
                    .iter()
                    .filter(|(_, was)| !was.unguarded)
                    .map(|(way, _)| *way)
                    .min()
            {
                self.note(way, &asked, &world, false);
            }
        }
    }

    fn of_base(&mut self) {
        let (base, head) = (self.base, self.head);
        let world = self.sampler.world(self.rng, &base.model);
        let Some(before) = base.entities(&world, head, true) else {
            return self.refuse(base, "entities of base", &world);
        };
        let as_is = head.entities(&world, base, true);
        let is_valid = as_is.is_some();
        let after = as_is.or_else(|| {
            let under = self
                .sampler
                .under(self.rng, &world, &head.model, Gap::LeftOut)?;
            head.entities(&under, base, true)
        });
        let Some(after) = after else { return };
        for _ in 0..OF_A_WORLD {
            let Some(asked) = self.ask(base) else { return };
            let Some(request) = base.request(&asked, &asked.context, true) else {
                return self.refuse(base, "a request of base", &World::new());
            };
            self.seen.requests += 1;
            let was = base.decides(&request, &before);
            let mut is_same = is_valid;
            let now = head.request(&asked, &asked.context, true).or_else(|| {
                is_same = false;
                let fields = head.fields(&asked)?;
                let context = self.sampler.record_under(
                    self.rng,
                    &asked.context,
                    &head.model,
                    fields,
                    Gap::LeftOut,
                )?;
                head.request(&asked, &context, true)
            });
            let Some(now) = now.map(|request| head.decides(&request, &after)) else {
                continue;
            };
            let way = if is_same { Way::Same } else { Way::LeftOut };
            if now.allowed && !was.allowed {
                self.note(way, &asked, &world, true);
            }
            if now.unguarded && !was.unguarded {
                self.note(way, &asked, &world, false);
            }
            if is_same && was.allowed && !now.allowed && self.seen.denied.is_none() {
                self.seen.denied = Some(self.difference(&asked, &world));
            }
        }
    }

    /// A request of a side's schema.
    fn ask(&mut self, side: &Side) -> Option<Asked> {
        let kinds = side.model.kinds();
        let (principal, (namespace, id), resource) = *self.rng.choice(&kinds)?;
        let one = |rng: &mut Rng, ty: &str| {
            let all = self.sampler.uids(&side.model, ty);
            rng.choice(&all).map(|id| (ty.to_owned(), id.clone()))
        };
        let (principal, resource) = (one(self.rng, principal)?, one(self.rng, resource)?);
        let action = match namespace.as_str() {
            "" => "Action".to_owned(),
            _ => format!("{namespace}::Action"),
        };
        let mut asked = Asked {
            principal,
            action: (action, id.clone()),
            resource,
            context: Map::new(),
        };
        let fields = side.fields(&asked)?;
        asked.context = self.sampler.record(self.rng, &side.model, fields);
        Some(asked)
    }

    fn note(&mut self, way: Way, asked: &Asked, world: &World, is_decision: bool) {
        let asks = (self.asks)(&asked.principal.0, &asked.action.1, &asked.resource.0);
        let slot = match is_decision {
            true => &self.seen.allowed,
            false => &self.seen.unguarded,
        };
        if slot.get(&way).is_some_and(|old| old.asks >= asks) {
            return;
        }
        let difference = self.difference(asked, world);
        let slot = match is_decision {
            true => &mut self.seen.allowed,
            false => &mut self.seen.unguarded,
        };
        slot.insert(way, difference);
    }

    fn difference(&self, asked: &Asked, world: &World) -> Difference {
        let shown = |uid: &(String, String)| format!("{}::{:?}", uid.0, uid.1);
        let about = [&asked.principal, &asked.resource]
            .map(|uid| world.get(uid).cloned().unwrap_or_default())
            .map(|of| json!({ "attrs": of.attributes, "parents": of.parents, "tags": of.tags }));
        Difference {
            asks: (self.asks)(&asked.principal.0, &asked.action.1, &asked.resource.0),
            shown: format!(
                "{}, {}, {}\n  context: {}\n  principal: {}\n  resource: {}",
                shown(&asked.principal),
                shown(&asked.action),
                shown(&asked.resource),
                Value::Object(asked.context.clone()),
                about[0],
                about[1],
            ),
        }
    }

    /// What was made by a schema is valid by it, unless the bundle's own entities stand in the way.
    fn refuse(&mut self, side: &Side, what: &str, world: &World) {
        if !side.file.is_empty() {
            return;
        }
        let error = Entities::from_json_value(world::json(world), Some(&side.schema)).err();
        let error = error.map_or_else(String::new, |error| format!("{error:?}"));
        self.seen.refused.push(format!("{what}: {error}"));
    }
}
