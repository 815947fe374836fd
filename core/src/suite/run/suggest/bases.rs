//! Requests that no case of a suite makes, for policies that no case reaches: from the entities of the fixture, or
//! from a proof that the policy applies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Base;
use crate::cedar::evaluate::entities;
use crate::facts::{Entity, Spanned};
use crate::prove::{Answer, Bound, Options, Prover, Question, Witness, World};
use crate::schema::{Attribute, Environment, Schema, Type};
use crate::suite::model::{Case, Decision, Expected, Places};
use crate::suite::run::{Member, Policies, SuiteFile};

/// Kinds of request that are tried of one policy at most.
const MOST_ENVIRONMENTS: usize = 8;
/// Requests made of the fixture for one kind of request at most.
const MOST_PAIRS: usize = 48;
/// Contexts that are taken over from cases for one action at most.
const MOST_CONTEXTS: usize = 3;
/// Policies beside which a proof looks at one.
const MOST_BESIDE: usize = 60;
/// Steps of one proof: what takes longer is not worth a suggestion.
const STEPS: u64 = 20_000;

/// Where a case would be added, and what for.
pub(super) struct Making<'a> {
    pub(super) policies: &'a Policies<'a>,
    pub(super) member: u32,
    file: &'a SuiteFile<'a>,
    schema: &'a Schema,
    environments: Vec<Environment>,
    usual: Arc<Value>,
}

impl<'a> Making<'a> {
    /// `None` where nothing says which requests exist, or no suite can take a case.
    pub(super) fn new(
        policies: &'a Policies<'a>,
        suites: &'a [SuiteFile<'a>],
        member: u32,
    ) -> Option<Self> {
        let (schema, _) = policies.schema?;
        let scope = policies
            .statements
            .get(policies.members.get(member as usize)?.statement)?
            .scope;
        let near = |file: &SuiteFile<'_>| {
            let cases = file.suite.cases.iter();
            cases
                .filter(|case| scope.actions.contains(&case.action))
                .count()
        };
        let files = suites.iter().enumerate();
        let (_, file) = files
            .filter(|(_, file)| file.suite.path.ends_with(".test.yaml"))
            .max_by_key(|(at, file)| (near(file), usize::MAX - at))?;
        let fixture = file
            .suite
            .usual
            .and_then(|usual| file.suite.fixtures.get(usual));
        let mut environments = schema.environments();
        environments.retain(|of| {
            scope.actions.contains(&of.action)
                && scope.principals.contains(&of.principal)
                && scope.resources.contains(&of.resource)
        });
        environments.truncate(MOST_ENVIRONMENTS);
        Some(Self {
            policies,
            member,
            file,
            schema,
            environments,
            usual: fixture.map_or_else(|| Arc::new(json!([])), |of| Arc::clone(&of.entities)),
        })
    }

    /// Every pair of entities of the fixture that have the right types.
    pub(super) fn of_fixture(&self) -> Vec<Base<'a>> {
        let known: Vec<Entity> = by_entity(&self.usual).into_keys().collect();
        let (_, validator) = match self.policies.schema {
            Some(schema) => schema,
            None => return Vec::new(),
        };
        let Ok(read) = entities(&self.usual.to_string(), Some(validator)) else {
            return Vec::new();
        };
        let read = Arc::new(Ok(read));
        let mut out = Vec::new();
        for environment in &self.environments {
            let contexts = self.contexts(environment, &known);
            let of_type =
                |ty: &'_ str| -> Vec<&Entity> { known.iter().filter(|of| of.ty == *ty).collect() };
            let principals = of_type(&environment.principal);
            let resources = of_type(&environment.resource);
            // Along the diagonals, so that neither the first principal nor the first resource takes them all.
            let wide = resources.len();
            let diagonals = (0..principals.len() + wide).flat_map(|sum| {
                let first = (sum + 1).saturating_sub(wide);
                (first..=sum).map(move |at| (at, sum - at))
            });
            let made = diagonals.filter_map(|(principal, resource)| {
                Some((*principals.get(principal)?, *resources.get(resource)?))
            });
            let made: Vec<_> = made
                .take(MOST_PAIRS)
                .flat_map(|(of, on)| contexts.iter().map(move |context| (of, on, context)))
                .take(MOST_PAIRS)
                .collect();
            for (principal, resource, context) in made {
                out.push(Base {
                    file: self.file,
                    case: self.case(principal, &environment.action, resource, context),
                    entities: Arc::clone(&self.usual),
                    read: Arc::clone(&read),
                    decided: false,
                    beside: Some(Arc::clone(&self.usual)),
                });
            }
        }
        out
    }

    /// Requests that are proved to exist: that the policy decides, or else that it applies to.
    pub(super) fn of_proof(&self) -> Vec<Base<'a>> {
        let mut out = Vec::new();
        for environment in &self.environments {
            out.extend(self.witness(environment).and_then(|of| self.of_witness(of)));
        }
        out
    }

    fn witness(&self, environment: &Environment) -> Option<Witness> {
        let (schema, validator) = self.policies.schema?;
        let options = Options {
            steps: STEPS,
            world: World::Complete,
        };
        let mut prover = Prover::new(schema, validator, environment, options);
        // Whatever comes of policies that do not type-check, the evaluator has the last word.
        let mut add = |member: &Member<'_>| {
            let parsed = self.policies.statements.get(member.statement)?.parsed;
            let bound = Bound {
                parsed: parsed.clone(),
                link: member.link.cloned(),
            };
            Some((prover.add(&bound, true), parsed.policy.is_permit()))
        };
        let (this, permits) = add(self.policies.members.get(self.member as usize)?)?;
        let beside: Vec<&Member<'_>> = (0_u32..)
            .zip(&self.policies.members)
            .filter(|(number, _)| *number != self.member)
            .map(|(_, member)| member)
            .filter(|member| {
                let statement = self.policies.statements.get(member.statement);
                statement.is_some_and(|of| {
                    of.scope.actions.contains(&environment.action)
                        && of.scope.principals.contains(&environment.principal)
                        && of.scope.resources.contains(&environment.resource)
                })
            })
            .collect();
        let mut answer = Answer::No;
        if beside.len() <= MOST_BESIDE {
            let others: Vec<(usize, bool)> = beside.into_iter().filter_map(add).collect();
            if permits {
                let forbids = others.iter().filter(|(_, permits)| !permits);
                let forbids: Vec<usize> = forbids.map(|(number, _)| *number).collect();
                answer = prover.ask(Question::AppliesBeyond(this, &forbids));
            } else {
                let without: Vec<usize> = others.iter().map(|(number, _)| *number).collect();
                let mut with = without.clone();
                with.push(this);
                answer = prover.ask(Question::AllowedOnlyBy(&without, &with));
            }
        }
        if !matches!(answer, Answer::Yes(_)) {
            answer = prover.ask(Question::Applies(this));
        }
        match answer {
            Answer::Yes(witness) => Some(*witness),
            Answer::No | Answer::Unknown(_) => None,
        }
    }

    /// The witness among the entities of the fixture, which give way to its own.
    fn of_witness(&self, witness: Witness) -> Option<Base<'a>> {
        let (_, validator) = self.policies.schema?;
        let mut all = by_entity(&self.usual);
        let mut own = by_entity(&witness.entities);
        own.remove(&witness.action);
        all.extend(own);
        let all = Value::Array(all.into_values().collect());
        let read = entities(&all.to_string(), Some(validator)).ok()?;
        Some(Base {
            file: self.file,
            case: self.case(
                &witness.principal,
                &witness.action,
                &witness.resource,
                &witness.context,
            ),
            entities: Arc::new(all),
            read: Arc::new(Ok(read)),
            decided: false,
            beside: Some(Arc::clone(&self.usual)),
        })
    }

    /// Those that cases with the action have, or else the plainest one.
    fn contexts(&self, environment: &Environment, known: &[Entity]) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let cases = self.file.suite.cases.iter();
        for case in cases.filter(|case| case.action == environment.action) {
            if all.len() < MOST_CONTEXTS && !all.contains(&case.context) {
                all.push(case.context.as_ref().clone());
            }
        }
        if all.is_empty() {
            let action = self.schema.actions.get(&environment.action);
            let plain = action.and_then(|action| record(&action.context, known));
            all.extend(plain.map(Value::Object));
        }
        all
    }

    fn case(
        &self,
        principal: &Entity,
        action: &Entity,
        resource: &Entity,
        context: &Value,
    ) -> Case {
        let span = crate::source::Span::at(0);
        Case {
            name: "".into(),
            span,
            tags: Vec::new(),
            skip: None,
            principal: principal.clone(),
            action: action.clone(),
            resource: resource.clone(),
            context: Arc::new(context.clone()),
            fixture: 0,
            expected: Expected {
                decision: Spanned {
                    value: Decision::Deny,
                    span,
                },
                determining: None,
                others_may_determine: false,
                errors: None,
                obligations: None,
            },
            places: Places::default(),
        }
    }
}

/// Entities as suites are read, in the order of theirs.
fn by_entity(entities: &Value) -> BTreeMap<Entity, Value> {
    let uid = |json: &Value| {
        let json = json.get("__entity").unwrap_or(json);
        let part = |key: &str| json.get(key)?.as_str().map(str::to_owned);
        Some(Entity {
            ty: part("type")?,
            id: part("id")?,
        })
    };
    let short = |of: &Entity| json!({"type": of.ty, "id": of.id});
    let mut all = BTreeMap::new();
    for json in entities.as_array().into_iter().flatten() {
        let Some(of) = json.get("uid").and_then(uid) else {
            continue;
        };
        let parents = json.get("parents").and_then(Value::as_array);
        let parents = parents.into_iter().flatten().filter_map(uid);
        let mut entity = Map::new();
        entity.insert("uid".to_owned(), short(&of));
        let attrs = json.get("attrs").cloned().unwrap_or_else(|| json!({}));
        entity.insert("attrs".to_owned(), attrs);
        let parents = parents.map(|parent| short(&parent)).collect();
        entity.insert("parents".to_owned(), Value::Array(parents));
        let tags = json.get("tags").and_then(Value::as_object);
        if let Some(tags) = tags.filter(|tags| !tags.is_empty()) {
            entity.insert("tags".to_owned(), Value::Object(tags.clone()));
        }
        all.insert(of, Value::Object(entity));
    }
    all
}

/// The plainest record with what is required.
fn record(fields: &BTreeMap<String, Attribute>, known: &[Entity]) -> Option<Map<String, Value>> {
    let required = fields.iter().filter(|(_, field)| field.required);
    required
        .map(|(name, field)| Some((name.clone(), plain(&field.ty, known)?)))
        .collect()
}

fn plain(ty: &Type, known: &[Entity]) -> Option<Value> {
    Some(match ty {
        Type::Bool => json!(false),
        Type::Long => json!(0),
        Type::String => json!(""),
        Type::Set(_) => json!([]),
        Type::Record(fields) => Value::Object(record(fields, known)?),
        Type::Entity(ty) => {
            let entity = known.iter().find(|of| of.ty == *ty)?;
            json!({"__entity": {"type": entity.ty, "id": entity.id}})
        }
        Type::Extension(name) => {
            let (function, argument) = match name.as_str() {
                "ipaddr" => ("ip", "203.0.113.1"),
                "decimal" => ("decimal", "0.0"),
                "datetime" => ("datetime", "2000-01-01T00:00:00Z"),
                "duration" => ("duration", "0ms"),
                _ => return None,
            };
            json!({"__extn": {"fn": function, "arg": argument}})
        }
    })
}
