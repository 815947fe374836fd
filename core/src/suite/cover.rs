//! Adds up what the cases of a run reached.

mod failing;
mod missing;

use std::collections::HashMap;
use std::sync::Arc;

use super::TestOptions;
use super::coverage::{
    ClauseCoverage, ConditionCoverage, Coverage, EnvironmentCoverage, PolicyCoverage, Ratio, Seen,
    Totals,
};
use super::run::{Policies, Statement};
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{Compiled, Mark, Prepared, Symbol, Symbols, Tree, Truth};
use crate::facts::Policy;
use crate::schema::{Environment, Schema};

/// What was reached so far.
#[derive(Debug)]
pub(super) struct Cover {
    /// One for each statement.
    counts: Vec<Counts>,
    /// The kinds of requests of the schema, and their places by principal type, action and resource type.
    environments: Vec<Environment>,
    by_symbols: HashMap<[Symbol; 3], u32>,
    /// Cases added so far.
    cases: u32,
}

/// What was reached of a statement.
#[derive(Debug, Default)]
struct Counts {
    determined: u32,
    in_scope: u32,
    /// The case that last made the scope match, counted from 1: two links of a template are one template.
    last: u32,
    /// What was seen and what decided, by the place of a mark.
    marks: Vec<(Seen, Seen)>,
    /// Cases in which the scope matched, by environment.
    environments: HashMap<u32, u32>,
}

impl Cover {
    pub(super) fn new(policies: &Policies<'_>, symbols: &mut Symbols) -> Self {
        let environments = policies
            .schema
            .map(|(schema, _)| schema.environments())
            .unwrap_or_default();
        Self {
            counts: policies
                .statements
                .iter()
                .map(|_| Counts::default())
                .collect(),
            by_symbols: (0_u32..)
                .zip(&environments)
                .filter_map(|(place, environment)| Some((symbols.environment(environment)?, place)))
                .collect(),
            environments,
            cases: 0,
        }
    }

    /// Adds a case that lies outside of every scope that counts.
    pub(super) const fn outside(&mut self) {
        self.cases += 1;
    }

    /// Adds a case: its candidates, with what was seen of them one after the other, and the policies that
    /// determined the decision.
    pub(super) fn add(
        &mut self,
        policies: &Policies<'_>,
        authorizer: &Authorizer,
        request: &Prepared,
        (candidates, marks): (&[u32], &[Mark]),
        determining: &[u32],
    ) {
        self.cases += 1;
        let key = [
            request.principal.ty,
            request.action.entity,
            request.resource.ty,
        ];
        let environment = self.by_symbols.get(&key).copied();
        let mut rest = marks;
        for candidate in candidates {
            let (Some(policy), Some(member)) = (
                authorizer.policy(*candidate),
                policies.members.get(*candidate as usize),
            ) else {
                continue;
            };
            let Some((marks, after)) = rest.split_at_checked(policy.tree().marks()) else {
                return;
            };
            rest = after;
            let Some(counts) = self.counts.get_mut(member.statement) else {
                continue;
            };
            counts.marks.resize(marks.len(), Default::default());
            for (mark, (seen, decisive)) in marks.iter().zip(&mut counts.marks) {
                count(seen, mark.truth);
                count(decisive, mark.truth.filter(|_| mark.decisive));
            }
            let in_scope = marks.first().and_then(|mark| mark.truth) == Some(Truth::True);
            if in_scope && counts.last != self.cases {
                counts.last = self.cases;
                counts.in_scope += 1;
                if let Some(environment) = environment {
                    *counts.environments.entry(environment).or_default() += 1;
                }
            }
        }
        for number in determining {
            let statement = policies.members.get(*number as usize).map(|m| m.statement);
            if let Some(counts) = statement.and_then(|at| self.counts.get_mut(at)) {
                counts.determined += 1;
            }
        }
    }

    /// The sums, over the policies that count.
    pub(super) fn finish(
        &self,
        policies: &Policies<'_>,
        authorizer: &Authorizer,
        options: &TestOptions,
    ) -> Coverage {
        let mut members: Vec<Option<&Arc<Compiled>>> = vec![None; policies.statements.len()];
        for (member, compiled) in policies.members.iter().zip(authorizer.policies()) {
            if let Some(place) = members.get_mut(member.statement) {
                place.get_or_insert(compiled);
            }
        }
        let mut coverage = Coverage::default();
        let all = policies.statements.iter().zip(&self.counts).zip(members);
        for ((statement, counts), compiled) in all {
            if !options.counts(&statement.name) {
                continue;
            }
            let policy = self.policy(policies, statement, counts, compiled);
            add(&mut coverage.totals, policy.totals);
            coverage.policies.push(policy);
        }
        coverage
    }

    fn policy(
        &self,
        policies: &Policies<'_>,
        statement: &Statement<'_>,
        counts: &Counts,
        compiled: Option<&Arc<Compiled>>,
    ) -> PolicyCoverage {
        let policy = &statement.parsed.policy;
        // A template without any link is in no case's way.
        let of_its_own;
        let tree = match compiled {
            Some(compiled) => compiled.tree(),
            None => {
                of_its_own = Tree::of(statement.parsed);
                &of_its_own
            }
        };
        let schema = policies.schema.map(|(schema, _)| (schema, statement.scope));
        let failing = failing::failing(policy, schema);
        let at = |mark: usize| counts.marks.get(mark).copied().unwrap_or_default();
        let clauses: Vec<ClauseCoverage> = policy
            .clauses
            .iter()
            .zip(&tree.clauses)
            .map(|(clause, of_tree)| ClauseCoverage {
                keyword: clause.kind.as_str(),
                range: statement.range(clause.span),
                seen: at(of_tree.mark).0,
                conditions: of_tree
                    .atoms
                    .iter()
                    .enumerate()
                    .map(|(n, atom)| {
                        let (seen, decisive) = at(of_tree.mark + 1 + n);
                        ConditionCoverage {
                            text: policy.at(atom.span).to_owned(),
                            range: statement.range(atom.span),
                            seen,
                            decisive,
                            fails_where: failing
                                .iter()
                                .find(|(span, _)| atom.span.contains(*span))
                                .map(|(_, how)| how.clone()),
                        }
                    })
                    .collect(),
            })
            .collect();
        let scope = Seen {
            as_true: counts.in_scope,
            as_false: if compiled.is_some() {
                self.cases - counts.in_scope
            } else {
                0
            },
            as_error: 0,
        };
        let environments = match policies.schema {
            None => Vec::new(),
            Some((schema, _)) => self
                .environments
                .iter()
                .zip(0_u32..)
                .filter(|(environment, _)| admits(schema, statement, environment))
                .map(|(environment, place)| EnvironmentCoverage {
                    environment: Arc::clone(&environment.label),
                    cases: counts.environments.get(&place).copied().unwrap_or(0),
                })
                .collect(),
        };
        let mut covered = PolicyCoverage {
            policy: Arc::clone(&statement.name),
            file: Arc::clone(&statement.file),
            range: statement.range(policy.span),
            totals: Totals::default(),
            determined: counts.determined,
            scope,
            clauses,
            environments,
            missing: Vec::new(),
        };
        covered.totals = totals(&covered, policy, tree);
        covered.missing = missing::missing(&covered, statement, tree);
        covered
    }
}

fn count(seen: &mut Seen, truth: Option<Truth>) {
    match truth {
        None => {}
        Some(Truth::True) => seen.as_true += 1,
        Some(Truth::False) => seen.as_false += 1,
        Some(Truth::Error) => seen.as_error += 1,
    }
}

/// Whether the policy's scope admits requests of this kind.
fn admits(schema: &Schema, statement: &Statement<'_>, environment: &Environment) -> bool {
    let policy = &statement.parsed.policy;
    statement.scope.actions.contains(&environment.action)
        && schema.admits_type(&policy.principal.value, &environment.principal)
        && schema.admits_type(&policy.resource.value, &environment.resource)
}

/// Whether some request lies outside the scope.
pub(super) fn is_scoped(policy: &Policy) -> bool {
    use crate::facts::{ActionConstraint, EntityConstraint};
    policy.principal.value != EntityConstraint::Any
        || policy.action.value != ActionConstraint::Any
        || policy.resource.value != EntityConstraint::Any
}

/// What no request can reach is not counted: a scope that admits everything is never false, a clause of
/// literals is never the one or the other.
fn totals(covered: &PolicyCoverage, policy: &Policy, tree: &Tree) -> Totals {
    let mut totals = Totals::default();
    let ratio = |ratio: &mut Ratio, reached: bool| {
        ratio.total += 1;
        ratio.covered += u32::from(reached);
    };
    ratio(&mut totals.policies, covered.determined > 0);
    ratio(&mut totals.clauses, covered.scope.as_true > 0);
    if is_scoped(policy) {
        ratio(&mut totals.clauses, covered.scope.as_false > 0);
    }
    for (clause, of_tree) in covered.clauses.iter().zip(&tree.clauses) {
        let (can_be_true, can_be_false) = of_tree.possible();
        if can_be_true {
            ratio(&mut totals.clauses, clause.seen.as_true > 0);
        }
        if can_be_false {
            ratio(&mut totals.clauses, clause.seen.as_false > 0);
        }
        for condition in &clause.conditions {
            ratio(&mut totals.conditions, condition.seen.as_true > 0);
            ratio(&mut totals.conditions, condition.seen.as_false > 0);
            ratio(&mut totals.decisive, condition.decisive.as_true > 0);
            ratio(&mut totals.decisive, condition.decisive.as_false > 0);
            if condition.fails_where.is_some() {
                ratio(&mut totals.errors, condition.seen.as_error > 0);
            }
        }
    }
    for environment in &covered.environments {
        ratio(&mut totals.environments, environment.cases > 0);
    }
    totals
}

fn add(sum: &mut Totals, more: Totals) {
    for (sum, more) in [
        (&mut sum.policies, more.policies),
        (&mut sum.clauses, more.clauses),
        (&mut sum.conditions, more.conditions),
        (&mut sum.decisive, more.decisive),
        (&mut sum.errors, more.errors),
        (&mut sum.environments, more.environments),
    ] {
        sum.covered += more.covered;
        sum.total += more.total;
    }
}
