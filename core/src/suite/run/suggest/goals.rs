//! What could be open of a policy, and what a request closes of it.

use std::collections::BTreeSet;

use crate::authorize::Authorizer;
use crate::cedar::evaluate::{Compiled, Entities, Evaluation, Prepared, Truth, Verdict};

/// Something that is open, by what must be seen to close it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goal {
    /// The policy determines the decision.
    Determines,
    /// The condition at this mark comes to this.
    Seen(usize, bool),
    /// It decides by itself.
    Decides(usize, bool),
    /// The comparison with this number stands at its limit, or directly beyond it.
    Limit(usize, bool),
    /// A permit ends: a request that differs in one respect from one that it allows is denied.
    Ends,
    /// It alone denies what some permit would allow.
    Alone,
    /// The mutant with this number decides otherwise.
    Kills(usize),
    /// It decides the same by other policies, so that a case notices it that expects those that decide.
    Tells(usize),
}

pub(super) struct Mutant {
    pub(super) message: String,
    /// `None` where the policy is gone.
    pub(super) compiled: Option<Compiled>,
}

/// All that could be open of a policy.
pub(super) fn goals(policy: &Compiled, mutants: usize) -> BTreeSet<Goal> {
    let mut all = BTreeSet::from([Goal::Determines]);
    all.insert(match policy.policy().is_permit() {
        true => Goal::Ends,
        false => Goal::Alone,
    });
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

pub(super) struct Seen {
    pub(super) goals: BTreeSet<Goal>,
    pub(super) allowed: bool,
    /// The numbers of the policies that decide.
    pub(super) determining: Vec<u32>,
    pub(super) applies: bool,
}

/// What a request shows of a policy and its mutants.
pub(super) fn closes(
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
        determining: outcome.determining.clone(),
        applies: false,
    };
    if outcome.determining.contains(&number) {
        seen.goals.insert(Goal::Determines);
    }
    let permits = |other: &u32| {
        let other = authorizer.policy(*other);
        other.is_some_and(|other| other.policy().is_permit())
    };
    let permitted =
        |(other, verdict): (&u32, &Verdict)| *verdict == Verdict::Applies && permits(other);
    if !outcome.allowed
        && outcome.determining == [number]
        && candidates.iter().zip(&verdicts).any(permitted)
    {
        seen.goals.insert(Goal::Alone);
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
    // Whether permits decide, or forbids, and whether this policy is among them, by what it comes to.
    let basis = |own: Option<bool>| match own {
        _ if forbidden || own == Some(false) => (Some(false), own == Some(false)),
        _ if permitted || own == Some(true) => (Some(true), own == Some(true)),
        _ => (None, false),
    };
    let mut own = candidates.iter().zip(&verdicts);
    let own = own.find(|(other, verdict)| **other == number && **verdict == Verdict::Applies);
    let now = basis(own.map(|_| policy.policy().is_permit()));
    for (at, mutant) in mutants.iter().enumerate() {
        let applies = mutant.compiled.as_ref().filter(|compiled| {
            request.within(compiled.scope()) && evaluation.verdict(compiled) == Verdict::Applies
        });
        let came = basis(applies.map(|compiled| compiled.policy().is_permit()));
        if (came.0 == Some(true)) != outcome.allowed {
            seen.goals.insert(Goal::Kills(at));
        } else if came != now {
            seen.goals.insert(Goal::Tells(at));
        }
    }
    seen
}

pub(super) fn sentence(goal: &Goal, policy: &Compiled, mutants: &[Mutant], name: &str) -> String {
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
        Goal::Ends => format!("no case shows where `{name}` ends"),
        Goal::Alone => format!("no case is denied by `{name}` alone"),
        Goal::Kills(number) | Goal::Tells(number) => mutants
            .get(*number)
            .map(|mutant| mutant.message.clone())
            .unwrap_or_default(),
    }
}
