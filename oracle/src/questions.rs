//! The questions beside the comparison: whether a policy applies, fails, is implied, and what a set allows and denies.

use std::fmt;

use anyhow::Result;
use portcullis_core::prove::{Answer, Question, Why};

use crate::brute::{self, Drawn};
use crate::judge::{Judges, Kind, Outcome, Shown, sample};
use crate::model::Environment;
use crate::ours::Ours;
use crate::pair::{Cedar, Pair};

/// A question: whether there is a request. Policies are numbered through base and then head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// That the policy applies to.
    Applies(usize),
    /// That it does not apply to.
    DoesNotApply(usize),
    /// That it fails on.
    Fails(usize),
    /// That the first applies to, and the second does not.
    Beyond(usize, usize),
    /// That head allows.
    Allowed,
    /// That head denies.
    Denied,
}

/// What all questions of a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Questions {
    pub asked: usize,
    /// Where Cedar's symbolic compiler says the same.
    pub agree: usize,
    pub yes: usize,
    pub no: usize,
    pub unknown: usize,
}

/// The questions of a pair: few, since each takes a solver.
fn questions(pair: &Pair) -> Vec<Asked> {
    let count = pair.base.len() + pair.head.len();
    let turn = usize::try_from(pair.number).unwrap_or(0);
    let first = turn % count.max(1);
    let second = (turn / 7 + 1) % count.max(1);
    let mut all = vec![Asked::Allowed, Asked::Denied];
    if count > 0 {
        all.extend([
            Asked::Applies(first),
            Asked::DoesNotApply(first),
            Asked::Fails(first),
            Asked::Beyond(first, second),
        ]);
    }
    all
}

/// Asks them all and adds what contradicts.
///
/// # Errors
///
/// Where the solver has died and does not start again.
pub fn judge(
    judges: &mut Judges,
    pair: &Pair,
    cedar: &Cedar,
    environment: &Environment,
    drawn: &[Drawn],
    outcome: &mut Outcome,
) -> Result<()> {
    let Ok(ours) = Ours::new(pair) else {
        // Said already, where the sets were compared.
        return Ok(());
    };
    for asked in questions(pair) {
        let Some(answer) = ours.ask(environment, judges.world, |numbers, head, prover| {
            let number = |position: usize| numbers.get(position).copied().unwrap_or_default();
            match asked {
                Asked::Applies(policy) => prover.ask(Question::Applies(number(policy))),
                Asked::DoesNotApply(policy) => prover.ask(Question::DoesNotApply(number(policy))),
                Asked::Fails(policy) => prover.ask(Question::Fails(number(policy))),
                Asked::Beyond(policy, other) => {
                    prover.ask(Question::AppliesBeyond(number(policy), &[number(other)]))
                }
                Asked::Allowed => prover.ask(Question::Allowed(head)),
                Asked::Denied => prover.ask(Question::Denied(head)),
            }
        }) else {
            continue;
        };
        let counts = &mut outcome.questions;
        counts.asked += 1;
        let said = match &answer {
            Answer::Yes(_) => Some(true),
            Answer::No => Some(false),
            Answer::Unknown(_) => None,
        };
        match said {
            Some(true) => counts.yes += 1,
            Some(false) => counts.no += 1,
            None => counts.unknown += 1,
        }
        if let Answer::Unknown(Why::Unconfirmed(what)) = &answer {
            outcome.fault(Kind::Unconfirmed, format!("{asked}: {what}"));
        }
        if let Answer::Yes(witness) = &answer {
            let sample = sample(witness);
            match brute::answers(&sample, cedar, asked) {
                Ok(true) => {}
                Ok(false) => outcome.fault(Kind::Witness, format!("{asked}\n{}", Shown(&sample))),
                Err(error) => {
                    outcome.fault(
                        Kind::Witness,
                        format!("{asked}: {error}\n{}", Shown(&sample)),
                    );
                }
            }
        }
        if said == Some(false) {
            let refuting = drawn
                .iter()
                .find(|drawn| drawn.answers(cedar, asked) == Ok(true));
            if let Some(drawn) = refuting {
                let detail = format!("no {asked}\n{}", Shown(&drawn.sample));
                outcome.fault(Kind::Evaluator, detail);
            }
        }
        if let Some(symcc) = &mut judges.symcc {
            let theirs = symcc.ask(cedar, environment, asked)?;
            outcome.questions.agree += usize::from(said.is_some() && said == theirs);
            if let (Some(ours), Some(theirs)) = (said, theirs)
                && ours != theirs
            {
                let detail = format!("{asked}: ours {ours}, theirs {theirs}");
                outcome.fault(Kind::Symcc, detail);
            }
        }
    }
    Ok(())
}

impl std::ops::AddAssign for Questions {
    fn add_assign(&mut self, other: Self) {
        self.asked += other.asked;
        self.agree += other.agree;
        self.yes += other.yes;
        self.no += other.no;
        self.unknown += other.unknown;
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applies(policy) => write!(f, "request that policy {policy} applies to"),
            Self::DoesNotApply(policy) => {
                write!(f, "request that policy {policy} does not apply to")
            }
            Self::Fails(policy) => write!(f, "request that policy {policy} fails on"),
            Self::Beyond(policy, other) => {
                write!(
                    f,
                    "request that policy {policy} applies to and policy {other} does not"
                )
            }
            Self::Allowed => f.write_str("request that head allows"),
            Self::Denied => f.write_str("request that head denies"),
        }
    }
}
