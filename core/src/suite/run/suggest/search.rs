//! The search for cases: which moves are tried, and which of them close something.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::goals::{Goal, Mutant, closes};
use super::{Base, Confirm, Found, MOST_BASES};
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{
    Compiled, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict, with_changed,
};
use crate::facts::Spanned;
use crate::source::Span;
use crate::suite::model::{Case, Decision};
use crate::suite::run::{Policies, Statement};
use crate::suite::suggest::Proposed;
use crate::suite::suggest::moves::{Literals, Move, moved, moves, replaced};

/// Cases evaluated for one policy at most, those with one move and those with two each.
const MOST_TRIED: usize = 1500;
/// Cases that could not be written or read back after which the search for one policy ends.
const MOST_REFUSED: usize = 50;

pub(super) struct Search<'a> {
    pub(super) authorizer: &'a Authorizer,
    pub(super) number: u32,
    pub(super) policy: &'a Compiled,
    pub(super) survivors: &'a [Mutant],
    pub(super) literals: Literals,
    pub(super) policies: &'a Policies<'a>,
    pub(super) statement: &'a Statement<'a>,
    pub(super) confirm: Confirm<'a>,
}

impl Search<'_> {
    /// Cases that close something, those with one move first.
    pub(super) fn run<'b>(
        &self,
        bases: &'b [Base<'b>],
        rest: &mut BTreeSet<Goal>,
        symbols: &mut Symbols,
        names: &BTreeSet<String>,
    ) -> Vec<Found<'b>> {
        let schema = self.policies.schema.map(|(schema, _)| schema);
        let telling = rest.iter().any(|goal| matches!(goal, Goal::Tells(_)));
        let mut found: Vec<Found<'b>> = Vec::new();
        let mut refused = 0;
        // What cannot be written and read back closes nothing, so that another case gets its chance.
        let mut stands = |new: &Found<'b>| {
            let stands = refused < MOST_REFUSED && self.stands(new, names);
            refused += usize::from(!stands);
            stands
        };
        // What a case that is there does not say of its decision, another can.
        let whole = |base: &&Base<'_>| base.beside.is_some() || telling;
        for base in bases.iter().filter(whole) {
            let new = self.evaluated(base, Vec::new(), rest, symbols);
            if let Some(new) = new.filter(&mut stands) {
                rest.retain(|goal| !new.closes.contains(goal));
                found.push(new);
            }
        }
        // Each gets its share, whatever there is to try in those before.
        let share = MOST_TRIED / bases.len().clamp(1, MOST_BASES);
        for base in bases.iter().take(MOST_BASES) {
            let steps = moves(&base.case, &base.entities, &self.literals, schema);
            for step in steps.into_iter().take(share) {
                if rest.is_empty() {
                    break;
                }
                let new = self.evaluated(base, vec![step], rest, symbols);
                if let Some(new) = new.filter(&mut stands) {
                    rest.retain(|goal| !new.closes.contains(goal));
                    found.push(new);
                }
            }
        }
        if telling {
            return found;
        }
        let mut tried = 0;
        for base in bases.iter().take(MOST_BASES) {
            let steps = moves(&base.case, &base.entities, &self.literals, schema);
            for (at, first) in steps.iter().enumerate() {
                for second in steps.iter().skip(at + 1).filter(|s| s.part != first.part) {
                    if tried == MOST_TRIED || rest.is_empty() {
                        return found;
                    }
                    tried += 1;
                    let both = vec![first.clone(), second.clone()];
                    let new = self.evaluated(base, both, rest, symbols);
                    if let Some(new) = new.filter(&mut stands) {
                        rest.retain(|goal| !new.closes.contains(goal));
                        found.push(new);
                    }
                }
            }
        }
        found
    }

    /// Those in the policy's scope first, which it applies to before the others; all where none is.
    pub(super) fn within<'b>(&self, bases: Vec<Base<'b>>, symbols: &mut Symbols) -> Vec<Base<'b>> {
        let schema = self.policies.schema.map(|(_, validator)| validator);
        let mut ranked: Vec<(u8, Base<'b>)> = Vec::new();
        for base in bases {
            let text = RequestText {
                principal: &base.case.principal,
                action: &base.case.action,
                resource: &base.case.resource,
                context: &base.case.context,
            };
            let Ok(entities) = base.read.as_ref() else {
                continue;
            };
            let Ok(request) = Prepared::new(&text, entities, schema, Naming::Add(symbols)) else {
                continue;
            };
            let applies = Evaluation::new(&request, entities).verdict(self.policy);
            let rank = match (applies, request.within(self.policy.scope())) {
                (Verdict::Applies, true) => 0,
                (_, true) => 1,
                (_, false) => 2,
            };
            ranked.push((rank, base));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, base)| base).collect()
    }

    /// Whether the case can be written, and is read back as what it is.
    fn stands(&self, found: &Found<'_>, names: &BTreeSet<String>) -> bool {
        let name = unique(found, &self.statement.name, names);
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

    /// Policies as suites name them.
    fn named(&self, numbers: &[u32], span: Span) -> Option<Spanned<Vec<Spanned<Arc<str>>>>> {
        let name = |number: &u32| {
            let member = self.policies.members.get(*number as usize)?;
            Some(Spanned {
                value: Arc::clone(&member.name.short),
                span,
            })
        };
        let value: Option<Vec<_>> = numbers.iter().map(name).collect();
        value.map(|value| Spanned { value, span })
    }

    /// The case with the moves, if Cedar takes it and it closes something that is open.
    fn evaluated<'b>(
        &self,
        base: &'b Base<'b>,
        moves: Vec<Move>,
        open: &BTreeSet<Goal>,
        symbols: &mut Symbols,
    ) -> Option<Found<'b>> {
        let (mut case, changed) = moved(&base.case, &base.entities, &moves);
        let schema = self.policies.schema.map(|(_, validator)| validator);
        let there = base.read.as_ref().as_ref().ok()?;
        let own = match changed.is_empty() {
            true => None,
            false => Some(with_changed(there, &changed, schema).ok()?),
        };
        let entities = own.as_ref().unwrap_or(there);
        let text = RequestText {
            principal: &case.principal,
            action: &case.action,
            resource: &case.resource,
            context: &case.context,
        };
        let request = Prepared::new(&text, entities, schema, Naming::Add(symbols)).ok()?;
        let mut seen = closes(
            self.authorizer,
            self.number,
            self.policy,
            self.survivors,
            &request,
            entities,
        );
        if base.decided
            && moves.len() == 1
            && !(seen.allowed || seen.applies)
            && self.policy.policy().is_permit()
            && is_of_its_kind(self.policies, self.statement, &base.case, &case)
        {
            seen.goals.insert(Goal::Ends);
        }
        if !seen.goals.iter().any(|goal| open.contains(goal)) {
            return None;
        }
        let tells = |goal: &Goal| matches!(goal, Goal::Tells(_)) && open.contains(goal);
        case.expected.determining = match seen.goals.iter().any(tells) {
            true => Some(self.named(&seen.determining, case.expected.decision.span)?),
            false => None,
        };
        case.expected.others_may_determine = false;
        case.expected.decision.value = if seen.allowed {
            Decision::Allow
        } else {
            Decision::Deny
        };
        Some(Found {
            base,
            moves,
            case,
            entities: replaced(&base.entities, &changed),
            determines: seen.goals.contains(&Goal::Determines),
            applies: seen.applies,
            closes: seen.goals,
        })
    }
}

/// Whether another request is of a kind that the policy's scope admits.
pub(super) fn is_of_its_kind(
    policies: &Policies<'_>,
    statement: &Statement<'_>,
    case: &Case,
    other: &Case,
) -> bool {
    if policies.schema.is_some() {
        let scope = statement.scope;
        return scope.actions.contains(&other.action)
            && scope.principals.contains(&other.principal.ty)
            && scope.resources.contains(&other.resource.ty);
    }
    other.action == case.action
        && other.principal.ty == case.principal.ty
        && other.resource.ty == case.resource.ty
}

/// A name that says what the policy comes to and what is different.
pub(super) fn unique(found: &Found<'_>, policy: &str, names: &BTreeSet<String>) -> String {
    let words: Vec<String> = found.moves.iter().map(Move::words).collect();
    let permits = found.case.expected.decision.value == Decision::Allow;
    let verb = match (found.determines, found.applies, permits) {
        (true, _, true) => "allows",
        (true, _, false) => "denies",
        (false, true, _) => "applies",
        (false, false, _) => "does not apply",
    };
    let name = match words.is_empty() {
        true => format!("{policy} {verb}"),
        false => format!("{policy} {verb} with {}", words.join(" and ")),
    };
    let mut unique = name.clone();
    let mut count = 1;
    while names.contains(&unique) {
        count += 1;
        unique = format!("{name}, {count}");
    }
    unique
}
