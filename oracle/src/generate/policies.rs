//! Policies: a scope, and conditions for the kinds of request that it admits.

use fastrand::Rng;

use super::one_in;
use super::writer::Writer;
use crate::coverage;
use crate::model::{Environment, Schema};
use crate::policy::{ActionScope, Clause, Policy, Scope};

/// How many policies are written in search of an operator.
const SEARCH: usize = 400;
const DEPTH: usize = 3;

/// A policy in which this operator occurs, unless the schema gives no occasion for it.
pub fn with_operator(rng: &mut Rng, schema: &Schema, operator: &str) -> Policy {
    let found = (0..SEARCH)
        .map(|_| policy(rng, schema))
        .find(|policy| coverage::of(policy).contains_key(operator));
    found.unwrap_or_else(|| policy(rng, schema))
}

/// A policy.
pub fn policy(rng: &mut Rng, schema: &Schema) -> Policy {
    let environments = schema.environments();
    let home = rng.choice(&environments).cloned();
    let mut policy = Policy {
        permits: rng.u32(0..3) > 0,
        principal: Scope::Any,
        action: ActionScope::Any,
        resource: Scope::Any,
        clauses: Vec::new(),
    };
    if let Some(home) = home {
        let mut writer = Writer::new(rng, schema, std::slice::from_ref(&home));
        policy.principal = scope(&mut writer, &home.principal);
        policy.resource = scope(&mut writer, &home.resource);
        policy.action = action_scope(rng, schema, &home);
    }
    policy.clauses = clauses(rng, schema, &policy);
    policy
}

/// Conditions for a policy's scope.
pub fn clauses(rng: &mut Rng, schema: &Schema, policy: &Policy) -> Vec<Clause> {
    let environments = policy.environments(schema);
    let mut writer = Writer::new(rng, schema, &environments);
    let mut all = Vec::new();
    if one_in(writer.rng, 5) {
        all.extend(writer.opening().map(|condition| Clause {
            when: true,
            condition,
        }));
    }
    let count = [0, 1, 1, 1, 1, 2];
    for _ in 0..super::values::one(writer.rng, &count) {
        all.extend(clause(&mut writer));
    }
    all
}

/// One more condition for a policy's scope.
pub fn clause_for(rng: &mut Rng, schema: &Schema, policy: &Policy) -> Option<Clause> {
    let environments = policy.environments(schema);
    clause(&mut Writer::new(rng, schema, &environments))
}

fn clause(writer: &mut Writer<'_>) -> Option<Clause> {
    Some(Clause {
        when: !one_in(writer.rng, 4),
        condition: writer.condition(DEPTH)?,
    })
}

/// A scope that admits this type.
pub fn scope(writer: &mut Writer<'_>, ty: &str) -> Scope {
    let within = |writer: &mut Writer<'_>| {
        let mut types: Vec<String> = writer.schema.ancestors(ty).into_iter().collect();
        types.push(ty.to_owned());
        let ancestor = writer.rng.choice(types)?;
        writer.uid(&ancestor)
    };
    let scope = match writer.rng.u32(0..12) {
        0..=4 => Some(Scope::Is(ty.to_owned())),
        5 => writer.uid(ty).map(Scope::Equal),
        6 | 7 => within(writer).map(Scope::In),
        8 => within(writer).map(|uid| Scope::IsIn(ty.to_owned(), uid)),
        _ => None,
    };
    scope.unwrap_or(Scope::Any)
}

/// A scope that admits the action of a kind of request.
pub fn action_scope(rng: &mut Rng, schema: &Schema, home: &Environment) -> ActionScope {
    let groups: Vec<String> = schema.groups(&home.action.id).into_iter().collect();
    match rng.u32(0..10) {
        0..=3 => ActionScope::Equal(home.action.clone()),
        4 => ActionScope::In(home.action.clone()),
        5 | 6 => match rng.choice(groups) {
            Some(group) => ActionScope::In(schema.action_uid(&group)),
            None => ActionScope::Equal(home.action.clone()),
        },
        7 => {
            let mut all = vec![home.action.clone()];
            let others = schema.actions.iter().filter(|_| rng.bool());
            all.extend(others.map(|action| schema.action_uid(&action.id)));
            all.sort();
            all.dedup();
            ActionScope::InSet(all)
        }
        _ => ActionScope::Any,
    }
}
