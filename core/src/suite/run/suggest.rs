//! Looks for cases that close what is open, and confirms each by evaluating it.

mod bases;
mod goals;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Policies, Runner, Statement, SuiteFile, cases};
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{Compiled, Entities};
use crate::facts::{EntityConstraint, Policy};
use crate::prove::Witness;
use crate::suite::evidence::{Denied, OfPolicy};
use crate::suite::model::{Case, Suite};
use crate::suite::outcome::Suggestion;
use crate::suite::suggest::moves::{Literals, Move};
use crate::suite::suggest::{Proposed, alone, plain, yaml};
use crate::suite::{Mutation, TestOptions};
use bases::Making;
use goals::{Goal, Mutant, closes, goals, sentence};
use search::{Search, is_of_its_kind, unique};

/// Cases from which the search for one policy starts at most.
const MOST_BASES: usize = 6;

/// Links of one template for which a search is made at most.
const MOST_LINKS: usize = 12;

/// Whether a case, added to its suite, is read back as the request that was evaluated.
pub type Confirm<'c> = &'c dyn Fn(&Proposed<'_>) -> bool;

/// A request to start from, of a case or made up.
struct Base<'a> {
    file: &'a SuiteFile<'a>,
    case: Case,
    entities: Arc<Value>,
    read: Arc<Result<Entities, String>>,
    /// Whether it is allowed, and the policy determines that.
    decided: bool,
    /// The entities of the fixture, where no case makes the request: what is not among them is written out.
    beside: Option<Arc<Value>>,
}

struct Found<'a> {
    base: &'a Base<'a>,
    moves: Vec<Move>,
    case: Case,
    entities: Value,
    closes: BTreeSet<Goal>,
    determines: bool,
    applies: bool,
}

impl Found<'_> {
    fn yaml(&self, name: &str, typed: bool) -> Option<String> {
        let yaml = self.decided(name, typed)?;
        let Some(names) = &self.case.expected.determining else {
            return Some(yaml);
        };
        let decision = self.case.expected.decision.value.as_str();
        let before = yaml.strip_suffix(&format!("  expect: {decision}\n"))?;
        let names: Vec<String> = names.value.iter().map(|name| plain(&name.value)).collect();
        let names = names.join(", ");
        let expect = format!("{{ decision: {decision}, determining: [{names}] }}");
        Some(format!("{before}  expect: {expect}\n"))
    }

    /// The case with nothing but its decision expected.
    fn decided(&self, name: &str, typed: bool) -> Option<String> {
        let Base { file, case, .. } = self.base;
        let Some(beside) = &self.base.beside else {
            let moved = (&self.case, &self.entities);
            return yaml(file.text, case, &self.moves, moved, name, typed);
        };
        let there = beside.as_array()?;
        let own = self.entities.as_array()?.iter();
        let own = own.filter(|entity| !there.contains(entity)).cloned();
        let Case {
            principal,
            action,
            resource,
            context,
            expected,
            ..
        } = &self.case;
        let witness = Witness {
            principal: principal.clone(),
            action: action.clone(),
            resource: resource.clone(),
            context: context.as_ref().clone(),
            entities: Value::Array(own.collect()),
        };
        alone(name, "", &witness, expected.decision.value)
    }
}

/// What is asked of all policies.
struct Asked<'a> {
    policies: &'a Policies<'a>,
    suites: &'a [SuiteFile<'a>],
    mutation: Option<&'a Mutation>,
    confirm: Confirm<'a>,
}

impl Runner {
    /// Cases that close what no case of the suites does, for the policies that count. To be called behind
    /// [`Self::run`], and [`Self::mutate`] where `mutation` has what came of it. What one link of a template shows
    /// counts for the template. Only what `confirm` takes is suggested, and counts as closed.
    pub fn suggest(
        &mut self,
        policies: &Policies<'_>,
        suites: &[SuiteFile<'_>],
        options: &TestOptions,
        mutation: Option<&Mutation>,
        confirm: Confirm<'_>,
    ) -> Vec<Suggestion> {
        let mut out = Vec::new();
        let mut names: BTreeSet<String> = suites
            .iter()
            .flat_map(|file| file.suite.cases.iter().map(|case| case.name.to_string()))
            .collect();
        let end = self.ends(policies, suites, options);
        let asked = Asked {
            policies,
            suites,
            mutation,
            confirm,
        };
        let mut members: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (number, member) in (0_u32..).zip(&policies.members) {
            members.entry(member.statement).or_default().push(number);
        }
        for (at, members) in members {
            let Some(statement) = policies.statements.get(at) else {
                continue;
            };
            if !options.counts(&statement.name) {
                continue;
            }
            let end = end.contains(&at);
            self.suggest_for(&asked, (&members, statement, end), &mut names, &mut out);
        }
        out
    }

    /// The permits of which a case shows where they end, or that end nowhere, by their places.
    fn ends(
        &mut self,
        policies: &Policies<'_>,
        suites: &[SuiteFile<'_>],
        options: &TestOptions,
    ) -> BTreeSet<usize> {
        let evidence = self.evidence(policies, suites, options.coverage);
        let denied = Denied::new(&evidence.cases);
        let shown = |(at, of): (u32, &OfPolicy)| {
            let statement = policies.statements.get(at as usize)?;
            let policy = &statement.parsed.policy;
            let mut decided = of.decided.iter().filter_map(|at| evidence.cases.get(*at));
            let shown = admits_all_of_its_kind(policy)
                || decided.any(|case| {
                    denied.any_like(case, |other| {
                        !other.applies(at)
                            && is_of_its_kind(policies, statement, case.case, other.case)
                    })
                });
            shown.then_some(at as usize)
        };
        (0_u32..)
            .zip(&evidence.policies)
            .filter_map(shown)
            .collect()
    }

    fn suggest_for(
        &mut self,
        asked: &Asked<'_>,
        (members, statement, end): (&[u32], &Statement<'_>, bool),
        names: &mut BTreeSet<String>,
        out: &mut Vec<Suggestion>,
    ) {
        let Self {
            authorizer,
            symbols,
            suites: ready,
            mutants: memo,
            ..
        } = self;
        let policies = asked.policies;
        let of_members: Vec<(u32, Arc<Compiled>)> = members
            .iter()
            .filter_map(|number| {
                Some((
                    *number,
                    authorizer.policies().get(*number as usize)?.clone(),
                ))
            })
            .collect();
        let Some((first, policy)) = of_members.first() else {
            return;
        };
        let link = policies.members.get(*first as usize).and_then(|of| of.link);
        let digest = crate::encode::digest_of_bytes(statement.parsed.policy.text.as_bytes());
        // An edit of a template changes all of its links at once.
        let edited = asked.mutation.filter(|_| members.len() == 1);
        let survivors: Vec<Mutant> = memo
            .candidates(&digest)
            .iter()
            .filter_map(|candidate| {
                let message = candidate.mutant.message(&statement.name);
                let range = statement.range(candidate.mutant.span);
                edited?.survivors.iter().find(|survivor| {
                    survivor.policy == statement.name
                        && survivor.range == range
                        && survivor.message == message
                })?;
                let compiled = match &candidate.parsed {
                    Some(parsed) => Some(Compiled::new(parsed, link, symbols)?),
                    None => None,
                };
                Some(Mutant { message, compiled })
            })
            .collect();
        // What there is to close, without what the cases close already.
        let mut open: BTreeSet<Goal> = goals(policy, survivors.len());
        open.retain(|goal| *goal != Goal::Ends || !end);
        let mut bases: Vec<Vec<Base<'_>>> = Vec::new();
        for (number, policy) in &of_members {
            let suites = asked.suites.iter();
            let suites = suites.filter_map(|file| Some((file, ready.get(&file.suite.path)?)));
            bases.push(of_suites(suites, authorizer, (*number, policy), &mut open));
        }
        // Links that a case reaches come first; the others are like each other.
        let mut order: Vec<_> = of_members.iter().zip(&bases).collect();
        order.sort_by_key(|(_, bases)| bases.is_empty());
        for ((number, policy), bases) in order.into_iter().take(MOST_LINKS) {
            if open.is_empty() {
                return;
            }
            let link = policies
                .members
                .get(*number as usize)
                .and_then(|of| of.link);
            let slots = link
                .into_iter()
                .flat_map(|link| [link.principal(), link.resource()]);
            let search = Search {
                authorizer,
                number: *number,
                policy,
                survivors: &survivors,
                literals: Literals::of(policy.policy(), slots.flatten()),
                policies,
                statement,
                confirm: asked.confirm,
            };
            let making = Making::new(policies, asked.suites, *number);
            let (mut of_fixture, mut of_proof) = (Vec::new(), Vec::new());
            let mut rest = open.clone();
            let mut found = search.run(bases, &mut rest, symbols, names);
            // Only what no case leads to is worth a request of its own.
            let unreached = |rest: &BTreeSet<Goal>| {
                rest.contains(&Goal::Determines) || rest.contains(&Goal::Alone)
            };
            if let Some(making) = making.filter(|_| unreached(&rest)) {
                of_fixture = search.within(making.of_fixture(), symbols);
                found.extend(search.run(&of_fixture, &mut rest, symbols, names));
                if unreached(&rest) {
                    of_proof = making.of_proof();
                    found.extend(search.run(&of_proof, &mut rest, symbols, names));
                }
            }
            search.choose(found, &mut open, names, out);
            // What no decision shows, another policy hides: who decides shows it.
            let hidden = open.iter().filter_map(|goal| match goal {
                Goal::Kills(number) => Some(Goal::Tells(*number)),
                _ => None,
            });
            let mut hidden: BTreeSet<Goal> = hidden.collect();
            for bases in [bases, &of_fixture, &of_proof] {
                if hidden.is_empty() {
                    break;
                }
                let mut rest = hidden.clone();
                let found = search.run(bases, &mut rest, symbols, names);
                search.choose(found, &mut hidden, names, out);
            }
        }
    }
}

impl Search<'_> {
    /// Suggests the best of what was found until nothing of it closes anything more.
    fn choose(
        &self,
        mut found: Vec<Found<'_>>,
        open: &mut BTreeSet<Goal>,
        names: &mut BTreeSet<String>,
        out: &mut Vec<Suggestion>,
    ) {
        let policy = &self.statement.name;
        while let Some(at) = best(&found, open) {
            let chosen = found.swap_remove(at);
            let closed = chosen.closes.iter().filter(|goal| open.contains(goal));
            let said: Vec<String> = closed
                .map(|goal| sentence(goal, self.policy, self.survivors, policy))
                .collect();
            let name = unique(&chosen, policy, names);
            let Some(yaml) = chosen.yaml(&name, self.policies.schema.is_some()) else {
                continue;
            };
            open.retain(|goal| !chosen.closes.contains(goal));
            names.insert(name);
            out.push(Suggestion {
                closes: said.join("; "),
                policy: Arc::clone(policy),
                file: chosen.base.file.suite.path.clone(),
                yaml,
            });
        }
    }
}

/// The cases that the search starts from. What cases close is taken out of what is open.
fn of_suites<'a>(
    suites: impl Iterator<Item = (&'a SuiteFile<'a>, &'a cases::SuiteCases)>,
    authorizer: &Authorizer,
    (number, policy): (u32, &Compiled),
    open: &mut BTreeSet<Goal>,
) -> Vec<Base<'a>> {
    let mut bases: Vec<Base<'a>> = Vec::new();
    for (file, of_suite) in suites {
        for (case, ready) in file.suite.cases.iter().zip(&of_suite.ready) {
            let (None, Ok((request, entities))) = (
                &case.skip,
                cases::requested(&ready.request, &ready.entities),
            ) else {
                continue;
            };
            if !request.within(policy.scope()) {
                continue;
            }
            let seen = closes(authorizer, number, policy, &[], request, entities);
            let decided = seen.allowed && seen.goals.contains(&Goal::Determines);
            let useful = seen.goals.iter().any(|goal| open.contains(goal))
                || (decided && !bases.iter().any(|base| base.decided));
            open.retain(|goal| !seen.goals.contains(goal));
            if (useful || bases.is_empty())
                && is_usual(&file.suite, case)
                && bases.len() < MOST_BASES
                && let Some(fixture) = file.suite.fixtures.get(case.fixture)
                && file.suite.path.ends_with(".test.yaml")
            {
                let base = Base {
                    file,
                    case: case.clone(),
                    entities: Arc::clone(&fixture.entities),
                    read: Arc::clone(&ready.entities),
                    decided,
                    beside: None,
                };
                // The search starts best from where the policy applies.
                if seen.applies {
                    bases.insert(0, base);
                } else {
                    bases.push(base);
                }
            }
        }
    }
    bases
}

/// Whether another case has its entities without saying so.
fn is_usual(suite: &Suite, case: &Case) -> bool {
    let own = suite.fixtures.get(case.fixture).map(|of| &of.entities);
    match suite.usual {
        Some(usual) => usual == case.fixture,
        None => own.is_some_and(|all| all.as_array().is_some_and(Vec::is_empty)),
    }
}

/// Whether nothing but types and the action decides: no request of its kind is outside.
fn admits_all_of_its_kind(policy: &Policy) -> bool {
    let by_type = |constraint: &EntityConstraint| constraint.entity_or_slot().is_none();
    policy.clauses.is_empty() && by_type(&policy.principal.value) && by_type(&policy.resource.value)
}

/// The case that closes most of what is open; of several the one with fewer moves, then the first.
fn best(found: &[Found<'_>], open: &BTreeSet<Goal>) -> Option<usize> {
    let closed = |case: &Found<'_>| {
        case.closes
            .iter()
            .filter(|goal| open.contains(goal))
            .count()
    };
    (0..)
        .zip(found)
        .filter(|(_, case)| closed(case) > 0)
        .max_by_key(|(at, case)| (closed(case), usize::MAX - case.moves.len(), usize::MAX - at))
        .map(|(at, _)| at)
}
