//! Whether conditions leave out a stranger: somebody ordinary whom nothing in the policy is about.
//!
//! A condition that only leaves out what no directory holds (`email like "*@*"`, `level > -1000000`, everyone but one
//! name) binds nobody. So the conditions are evaluated on *strangers*: a new entity, in no group and named nowhere, with
//! new texts, empty of everything that the policy names, and with ordinary numbers and dates. What does not depend on
//! the stranger, such as the resource, may come out either way.
//!
//! The answer errs on one side: where it is not known whether a stranger passes, it counts as passing, so that
//! "leaves out" is only said where some stranger fails in every request. `tests.rs` holds that against Cedar's evaluator.

mod eval;
mod sample;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

use crate::facts::{ClauseKind, Policy, Var};
use crate::schema::{Environment, Schema, Type};
use eval::Eval;
use sample::Sample;

/// What is taken for a stranger: a variable, or what a path below it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The variable.
    pub(crate) var: Var,
    /// The attributes below it.
    pub(crate) path: Vec<String>,
    /// Its type.
    pub(crate) ty: Type,
    /// Whether a request may lack it.
    pub(crate) is_optional: bool,
}

impl Subject {
    /// The principal or the resource of a kind of request.
    pub(crate) fn of(var: Var, environment: &Environment) -> Self {
        let ty = match var {
            Var::Resource => &environment.resource,
            _ => &environment.principal,
        };
        Self {
            var,
            path: Vec::new(),
            ty: Type::Entity(ty.clone()),
            is_optional: false,
        }
    }
}

/// Whether some stranger fails the conditions of a policy, whatever else the request says.
pub(crate) fn leaves_out(policy: &Policy, schema: &Schema, subject: &Subject) -> bool {
    let constants = sample::constants(policy);
    // Optional attributes are there for some and missing for others. Whoever passes in one of these worlds as everybody
    // would is enough for the policy to be open to everyone of that world.
    [true, false].into_iter().all(|present| {
        sample::samples(&constants).any(|sample| fails(policy, schema, subject, &sample, present))
    })
}

fn fails(
    policy: &Policy,
    schema: &Schema,
    subject: &Subject,
    sample: &Sample,
    present: bool,
) -> bool {
    let eval = Eval {
        schema,
        subject,
        sample,
        present,
        none: BTreeMap::new(),
    };
    policy.clauses.iter().any(|clause| {
        let outcome = eval.truth(&clause.body);
        match clause.kind {
            ClauseKind::When => !outcome.yes,
            ClauseKind::Unless => !outcome.no,
        }
    })
}
