//! Looks for cases that close what is open, and confirms each by evaluating it.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Policies, Runner, Statement, SuiteFile, cases};
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{
    Compiled, Entities, Evaluation, Naming, Prepared, RequestText, Symbols, Truth, Verdict,
    entities,
};
use crate::suite::model::{Case, Decision};
use crate::suite::outcome::Suggestion;
use crate::suite::suggest::moves::{Literals, Move, Part, moved, moves};
use crate::suite::suggest::{Proposed, yaml};
use crate::suite::{Mutation, TestOptions};

/// Cases evaluated for one policy at most, those with one move and those with two each.
const MOST_TRIED: usize = 1500;
/// Cases from which the search for one policy starts at most.
const MOST_BASES: usize = 6;

/// Cases that could not be written or read back after which the search for one policy ends.
const MOST_REFUSED: usize = 50;

/// Whether a case, added to its suite, is read back as the request that was evaluated.
pub type Confirm<'c> = &'c dyn Fn(&Proposed<'_>) -> bool;

/// Something that is open, by what must be seen to close it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Goal {
    /// The policy determines the decision.
    Determines,
    /// The condition at this mark comes to this.
    Seen(usize, bool),
    /// It decides by itself.
    Decides(usize, bool),
    /// The comparison with this number stands at its limit, or directly beyond it.
    Limit(usize, bool),
    /// The mutant with this number decides otherwise.
    Kills(usize),
}

struct Base<'a> {
    file: &'a SuiteFile<'a>,
    case: &'a Case,
    entities: &'a Value,
    read: &'a Entities,
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
        let Base { file, case, .. } = self.base;
        yaml(file.text, case, &self.moves, &self.case, name, typed)
    }
}

struct Mutant {
    message: String,
    /// `None` where the policy is gone.
    compiled: Option<Compiled>,
}

impl Runner {
    /// Cases that close what no case of the suites does, for the policies that count. To be called behind
    /// [`Self::run`], and [`Self::mutate`] where `mutation` has what came of it. Templates take no part. Only what
    /// `confirm` takes is suggested, and counts as closed.
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
        for (number, member) in (0_u32..).zip(&policies.members) {
            let Some(statement) = policies.statements.get(member.statement) else {
                continue;
            };
            if member.link.is_some() || !options.counts(&statement.name) {
                continue;
            }
            out.extend(self.suggest_for(
                policies,
                suites,
                mutation,
                (number, statement),
                &mut names,
                confirm,
            ));
        }
        out
    }

    fn suggest_for(
        &mut self,
        policies: &Policies<'_>,
        suites: &[SuiteFile<'_>],
        mutation: Option<&Mutation>,
        (number, statement): (u32, &Statement<'_>),
        names: &mut BTreeSet<String>,
        confirm: Confirm<'_>,
    ) -> Vec<Suggestion> {
        let mut out = Vec::new();
        let Self {
            authorizer,
            symbols,
            suites: ready,
            mutants: memo,
            ..
        } = self;
        let Some(policy) = authorizer.policies().get(number as usize).cloned() else {
            return out;
        };
        let digest: [u8; 32] = Sha256::digest(statement.parsed.policy.text.as_bytes()).into();
        let survivors: Vec<Mutant> = memo
            .candidates(&digest)
            .iter()
            .filter_map(|candidate| {
                let message = candidate.mutant.message(&statement.name);
                let range = statement.range(candidate.mutant.span);
                mutation?.survivors.iter().find(|survivor| {
                    survivor.policy == statement.name
                        && survivor.range == range
                        && survivor.message == message
                })?;
                let compiled = match &candidate.parsed {
                    Some(parsed) => Some(Compiled::new(parsed, None, symbols)?),
                    None => None,
                };
                Some(Mutant { message, compiled })
            })
            .collect();
        // What there is to close, without what the cases close already.
        let mut open: BTreeSet<Goal> = goals(&policy, survivors.len());
        let mut bases: Vec<Base<'_>> = Vec::new();
        for file in suites {
            let usual = usual_fixture(file);
            let Some(of_suite) = ready.get(&file.suite.path) else {
                continue;
            };
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
                let seen = closes(authorizer, number, &policy, &[], request, entities);
                let useful = seen.goals.iter().any(|goal| open.contains(goal));
                open.retain(|goal| !seen.goals.contains(goal));
                if (useful || bases.is_empty())
                    && usual == Some(case.fixture)
                    && bases.len() < MOST_BASES
                    && let Some(fixture) = file.suite.fixtures.get(case.fixture)
                    && file.suite.path.ends_with(".test.yaml")
                {
                    let base = Base {
                        file,
                        case,
                        entities: &fixture.entities,
                        read: entities,
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
        if open.is_empty() {
            return out;
        }
        let search = Search {
            authorizer,
            number,
            policy: &policy,
            survivors: &survivors,
            literals: Literals::of(policy.policy()),
            policies,
            name: &statement.name,
            confirm,
        };
        let mut found = search.run(&bases, &open, symbols, names);
        while let Some(at) = best(&found, &open) {
            let chosen = found.swap_remove(at);
            let closed: Vec<&Goal> = chosen
                .closes
                .iter()
                .filter(|goal| open.contains(goal))
                .collect();
            let said: Vec<String> = closed
                .iter()
                .map(|goal| sentence(goal, &policy, &survivors, &statement.name))
                .collect();
            open.retain(|goal| !chosen.closes.contains(goal));
            let name = unique(&chosen, &statement.name, names);
            let Some(yaml) = chosen.yaml(&name, policies.schema.is_some()) else {
                continue;
            };
            names.insert(name);
            out.push(Suggestion {
                closes: said.join("; "),
                policy: statement.name.clone(),
                file: chosen.base.file.suite.path.clone(),
                yaml,
            });
        }
        out
    }
}

struct Search<'a> {
    authorizer: &'a Authorizer,
    number: u32,
    policy: &'a Compiled,
    survivors: &'a [Mutant],
    literals: Literals,
    policies: &'a Policies<'a>,
    name: &'a str,
    confirm: Confirm<'a>,
}

impl Search<'_> {
    /// Cases that close something, those with one move first.
    fn run<'b>(
        &self,
        bases: &'b [Base<'b>],
        open: &BTreeSet<Goal>,
        symbols: &mut Symbols,
        names: &BTreeSet<String>,
    ) -> Vec<Found<'b>> {
        let actions: Vec<_> = match self.policies.schema {
            Some((schema, _)) => schema.actions.keys().cloned().collect(),
            None => Vec::new(),
        };
        let mut found: Vec<Found<'b>> = Vec::new();
        let mut tried = 0;
        let mut rest = open.clone();
        let mut refused = 0;
        // What cannot be written and read back closes nothing, so that another case gets its chance.
        let mut stands = |new: &Found<'b>| {
            let stands = refused < MOST_REFUSED && self.stands(new, names);
            refused += usize::from(!stands);
            stands
        };
        for base in bases {
            for step in moves(base.case, base.entities, &self.literals, &actions) {
                if tried == MOST_TRIED || rest.is_empty() {
                    break;
                }
                tried += 1;
                let new = self.evaluated(base, vec![step], &rest, symbols);
                if let Some(new) = new.filter(&mut stands) {
                    rest.retain(|goal| !new.closes.contains(goal));
                    found.push(new);
                }
            }
        }
        tried = 0;
        for base in bases {
            let steps = moves(base.case, base.entities, &self.literals, &actions);
            for (at, first) in steps.iter().enumerate() {
                for second in steps.iter().skip(at + 1).filter(|s| s.part != first.part) {
                    if tried == MOST_TRIED || rest.is_empty() {
                        return found;
                    }
                    tried += 1;
                    let both = vec![first.clone(), second.clone()];
                    let new = self.evaluated(base, both, &rest, symbols);
                    if let Some(new) = new.filter(&mut stands) {
                        rest.retain(|goal| !new.closes.contains(goal));
                        found.push(new);
                    }
                }
            }
        }
        found
    }

    /// Whether the case can be written, and is read back as what it is.
    fn stands(&self, found: &Found<'_>, names: &BTreeSet<String>) -> bool {
        let name = unique(found, self.name, names);
        let yaml = found.yaml(&name, self.policies.schema.is_some());
        yaml.is_some_and(|yaml| {
            (self.confirm)(&Proposed {
                file: &found.base.file.suite.path,
                yaml: &yaml,
                case: &found.case,
                entities: &found.entities,
            })
        })
    }

    /// The case with the moves, if Cedar takes it and it closes something that is open.
    fn evaluated<'b>(
        &self,
        base: &'b Base<'b>,
        moves: Vec<Move>,
        open: &BTreeSet<Goal>,
        symbols: &mut Symbols,
    ) -> Option<Found<'b>> {
        let (mut case, json) = moved(base.case, base.entities, &moves);
        let schema = self.policies.schema.map(|(_, validator)| validator);
        let changed = moves
            .iter()
            .any(|step| matches!(step.part, Part::Attribute(..)));
        let own = match changed {
            true => Some(entities(&json.to_string(), schema).ok()?),
            false => None,
        };
        let entities = own.as_ref().unwrap_or(base.read);
        let text = RequestText {
            principal: &case.principal,
            action: &case.action,
            resource: &case.resource,
            context: &case.context,
        };
        let request = Prepared::new(&text, entities, schema, Naming::Add(symbols)).ok()?;
        let seen = closes(
            self.authorizer,
            self.number,
            self.policy,
            self.survivors,
            &request,
            entities,
        );
        if !seen.goals.iter().any(|goal| open.contains(goal)) {
            return None;
        }
        case.expected.decision.value = if seen.allowed {
            Decision::Allow
        } else {
            Decision::Deny
        };
        Some(Found {
            base,
            moves,
            case,
            entities: json,
            determines: seen.goals.contains(&Goal::Determines),
            applies: seen.applies,
            closes: seen.goals,
        })
    }
}

struct Seen {
    goals: BTreeSet<Goal>,
    allowed: bool,
    applies: bool,
}

/// What a request shows of a policy and its mutants.
fn closes(
    authorizer: &Authorizer,
    number: u32,
    policy: &Compiled,
    mutants: &[Mutant],
    request: &Prepared,
    entities: &Entities,
) -> Seen {
    let evaluation = Evaluation::new(request, entities);
    let mut candidates = Vec::new();
    authorizer.candidates(request, &mut candidates);
    let verdicts: Vec<Verdict> = candidates
        .iter()
        .filter_map(|other| authorizer.policy(*other))
        .map(|other| evaluation.verdict(other))
        .collect();
    let outcome = authorizer.outcome(&candidates, &verdicts);
    let mut seen = Seen {
        goals: BTreeSet::new(),
        allowed: outcome.allowed,
        applies: false,
    };
    if outcome.determining.contains(&number) {
        seen.goals.insert(Goal::Determines);
    }
    if request.within(policy.scope()) {
        let mut marks = Vec::new();
        seen.applies = evaluation.trace(policy, &mut marks) == Verdict::Applies;
        for (at, mark) in marks.iter().enumerate().skip(1) {
            let value = match mark.truth {
                Some(Truth::True) => true,
                Some(Truth::False) => false,
                _ => continue,
            };
            seen.goals.insert(Goal::Seen(at, value));
            if mark.decisive {
                seen.goals.insert(Goal::Decides(at, value));
            }
        }
        for (at, boundary) in policy.boundaries().iter().enumerate() {
            let (on, beside) = evaluation.at_limit(policy, boundary, &marks);
            seen.goals.extend(on.then_some(Goal::Limit(at, true)));
            seen.goals.extend(beside.then_some(Goal::Limit(at, false)));
        }
    }
    // What the others come to decides whether a mutant matters.
    let others = |permits: bool| {
        candidates.iter().zip(&verdicts).any(|(other, verdict)| {
            *other != number
                && *verdict == Verdict::Applies
                && authorizer
                    .policy(*other)
                    .is_some_and(|other| other.policy().is_permit() == permits)
        })
    };
    let (permitted, forbidden) = (others(true), others(false));
    for (at, mutant) in mutants.iter().enumerate() {
        let applies = mutant.compiled.as_ref().filter(|compiled| {
            request.within(compiled.scope()) && evaluation.verdict(compiled) == Verdict::Applies
        });
        let permits = applies.is_some_and(|compiled| compiled.policy().is_permit());
        let forbids = applies.is_some_and(|compiled| !compiled.policy().is_permit());
        let allowed = (permitted || permits) && !(forbidden || forbids);
        if allowed != outcome.allowed {
            seen.goals.insert(Goal::Kills(at));
        }
    }
    seen
}

/// The fixture that most cases of the suite use: a new case has it without saying so.
fn usual_fixture(file: &SuiteFile<'_>) -> Option<usize> {
    let count = |fixture: usize| {
        let cases = file.suite.cases.iter();
        cases.filter(|case| case.fixture == fixture).count()
    };
    (0..file.suite.fixtures.len()).max_by_key(|fixture| (count(*fixture), usize::MAX - fixture))
}

/// All that could be open of a policy.
fn goals(policy: &Compiled, mutants: usize) -> BTreeSet<Goal> {
    let mut all = BTreeSet::from([Goal::Determines]);
    for clause in &policy.tree().clauses {
        let (can_be_true, can_be_false) = clause.possible();
        all.extend(can_be_true.then_some(Goal::Seen(clause.mark, true)));
        all.extend(can_be_false.then_some(Goal::Seen(clause.mark, false)));
        for at in (clause.mark + 1..).take(clause.atoms.len()) {
            for value in [true, false] {
                all.extend([Goal::Seen(at, value), Goal::Decides(at, value)]);
            }
        }
    }
    for at in 0..policy.boundaries().len() {
        all.extend([Goal::Limit(at, true), Goal::Limit(at, false)]);
    }
    all.extend((0..mutants).map(Goal::Kills));
    all
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

fn sentence(goal: &Goal, policy: &Compiled, mutants: &[Mutant], name: &str) -> String {
    let at_mark = |mark: usize| -> String {
        for (clause, facts) in policy.tree().clauses.iter().zip(&policy.policy().clauses) {
            if clause.mark == mark {
                return format!("{}` of `{name}", facts.kind.as_str());
            }
            if let Some(atom) = mark
                .checked_sub(clause.mark + 1)
                .and_then(|at| clause.atoms.get(at))
            {
                let text = policy.policy().at(atom.span);
                return text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
        }
        String::new()
    };
    match goal {
        Goal::Determines => format!("no case has `{name}` determine its decision"),
        Goal::Seen(mark, value) => format!("no case makes `{}` {value}", at_mark(*mark)),
        Goal::Decides(mark, value) => {
            format!(
                "no case is decided by `{}` alone being {value}",
                at_mark(*mark)
            )
        }
        Goal::Limit(number, on) => policy
            .boundaries()
            .get(*number)
            .map(|boundary| {
                let text = policy.policy().at(boundary.span);
                let where_to = if *on { "at" } else { "directly beyond" };
                format!("no case stands {where_to} the limit of `{text}`")
            })
            .unwrap_or_default(),
        Goal::Kills(number) => mutants
            .get(*number)
            .map(|mutant| mutant.message.clone())
            .unwrap_or_default(),
    }
}

/// A name that says what the policy comes to and what is different.
fn unique(found: &Found<'_>, policy: &str, names: &BTreeSet<String>) -> String {
    let words: Vec<String> = found.moves.iter().map(Move::words).collect();
    let permits = found.case.expected.decision.value == Decision::Allow;
    let verb = match (found.determines, found.applies, permits) {
        (true, _, true) => "allows",
        (true, _, false) => "denies",
        (false, true, _) => "applies",
        (false, false, _) => "does not apply",
    };
    let name = format!("{policy} {verb} with {}", words.join(" and "));
    let mut unique = name.clone();
    let mut count = 1;
    while names.contains(&unique) {
        count += 1;
        unique = format!("{name}, {count}");
    }
    unique
}
