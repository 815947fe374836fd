//! Mutation over the cases that a runner has ready.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::{Decided, Naming};
use super::{Evaluated, Policies, Runner, SuiteFile, cases};
use crate::authorize::Outcome;
use crate::cedar::Validator;
use crate::cedar::evaluate::Verdict;
use crate::facts::{Entity, EntityOrSlot, Policy};
use crate::report::Range;
use crate::source::{Limits, Position};
use crate::suite::model::{Case, Decision};
use crate::suite::mutate::{
    Came, Cases, Member, Options, Parents, Request, Subject, Surroundings, mutate,
};
use crate::suite::suggest::moves;
use crate::suite::{Mutation, TestOptions};

/// What mutants are held against.
#[derive(Debug, Clone, Copy)]
pub struct MutateWith<'a> {
    /// Made from the schema of the policies.
    pub validator: Option<&'a Validator>,
    /// The limits on what Cedar is given.
    pub limits: &'a Limits,
}

impl Runner {
    /// Which edits of the policies no case notices, of the cases that are selected and pass. To be called
    /// behind [`Self::run`] with the same policies and suites. Templates without links take no part.
    pub fn mutate(
        &mut self,
        policies: &Policies<'_>,
        suites: &[SuiteFile<'_>],
        options: &TestOptions,
        with: MutateWith<'_>,
    ) -> Mutation {
        let naming = Naming::new(policies);
        let members: Vec<Member<'_>> = policies
            .members
            .iter()
            .map(|member| Member {
                subject: member.statement,
                link: member.link,
            })
            .collect();
        let mut selected: Vec<&Case> = Vec::new();
        let mut ready: Vec<Request<'_>> = Vec::new();
        for file in suites {
            let Some(of_suite) = self.suites.get(&file.suite.path) else {
                continue;
            };
            for (case, of_case) in file.suite.cases.iter().zip(&of_suite.ready) {
                if case.skip.is_none()
                    && options.selects(&file.suite.name, &case.name, &case.tags)
                    && let Ok((request, entities)) =
                        cases::requested(&of_case.request, &of_case.entities)
                {
                    selected.push(case);
                    ready.push(Request { request, entities });
                }
            }
        }
        let authorizer = &self.authorizer;
        let passes = |index: usize, came: &Came| {
            let Some(case) = selected.get(index) else {
                return true;
            };
            let expected = &case.expected;
            if (expected.decision.value == Decision::Allow) != came.allowed {
                return false;
            }
            if expected.determining.is_none()
                && expected.errors.is_none()
                && expected.obligations.is_none()
            {
                return true;
            }
            // Why a policy fails is nothing that a case can expect.
            let failing = vec![Verdict::Fails(Box::default()); came.failing.len()];
            let decided = Decided {
                case,
                candidates: &came.failing,
                evaluated: &Evaluated {
                    policies: Box::default(),
                    verdicts: failing.into(),
                    marks: None,
                    limits: None,
                    fault: None,
                },
                outcome: Outcome {
                    allowed: came.allowed,
                    determining: came.determining.clone(),
                },
            };
            decided.as_expected(&decided.answer(policies, authorizer), &naming)
        };
        let taking_part: BTreeSet<usize> = members.iter().map(|member| member.subject).collect();
        let parents = parents(policies, suites);
        let subjects: Vec<Subject<'_>> = policies
            .statements
            .iter()
            .map(|statement| Subject {
                name: Arc::clone(&statement.name),
                file: Arc::clone(&statement.file),
                parsed: statement.parsed,
                digest: crate::encode::digest_of_bytes(statement.parsed.policy.text.as_bytes()),
                parents: named(&statement.parsed.policy)
                    .filter_map(|of| Some((of.clone(), parents.get(of)?.clone())))
                    .collect(),
            })
            .collect();
        let chosen = Options {
            only: Some(
                taking_part
                    .into_iter()
                    .filter(|at| subjects.get(*at).is_some_and(|s| options.counts(&s.name)))
                    .collect(),
            ),
            ..Options::default()
        };
        let mut cases = Cases::new(
            authorizer,
            &members,
            &ready,
            &mut self.symbols,
            passes,
            |subject, span| {
                policies
                    .statements
                    .get(subject)
                    .map_or(NOWHERE, |statement| statement.range(span))
            },
        );
        let within = Surroundings {
            schema: policies
                .schema
                .and_then(|(schema, _)| Some((schema, with.validator?))),
            schema_epoch: policies.epoch,
            limits: with.limits,
        };
        mutate(&subjects, within, &chosen, &mut self.mutants, &mut cases)
    }

    /// How many policies were mutated so far, and not remembered.
    pub const fn mutated(&self) -> u64 {
        self.mutants.prepared_count
    }
}

/// The entities that a policy's scope names, but for actions.
fn named(policy: &Policy) -> impl Iterator<Item = &Entity> {
    let constraints = [&policy.principal.value, &policy.resource.value];
    let named = constraints.map(|of| match of.entity_or_slot() {
        Some(EntityOrSlot::Entity(entity)) => Some(&entity.value),
        _ => None,
    });
    named.into_iter().flatten()
}

/// What the fixtures say that the entities are in that scopes name.
fn parents(policies: &Policies<'_>, suites: &[SuiteFile<'_>]) -> Parents {
    let statements = policies.statements.iter();
    let named = statements.flat_map(|statement| named(&statement.parsed.policy));
    let named: BTreeMap<(&str, &str), &Entity> = named
        .map(|of| ((of.ty.as_str(), of.id.as_str()), of))
        .collect();
    let mut all = Parents::new();
    let fixtures = suites.iter().flat_map(|file| &file.suite.fixtures);
    for json in fixtures
        .flat_map(|fixture| fixture.entities.as_array())
        .flatten()
    {
        let uid = json
            .get("uid")
            .map(|uid| uid.get("__entity").unwrap_or(uid));
        let part = |key: &'static str| uid?.get(key)?.as_str();
        if let (Some(ty), Some(id)) = (part("type"), part("id"))
            && let Some(of) = named.get(&(ty, id))
        {
            let parents = all.entry((*of).clone()).or_default();
            parents.extend(moves::parents(json));
        }
    }
    all
}

/// Not reached: every subject is a statement.
const NOWHERE: Range = Range {
    start: Position::START,
    end: Position::START,
};
