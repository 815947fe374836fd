//! A run: many pairs before the judges, and what came of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::coverage::{self, Counts};
use crate::generate::{Generator, Yield};
use crate::judge::{Fault, Judges, Kind, Outcome};
use crate::model::Environment;
use crate::pair::{Cedar, Pair};
use crate::questions::Questions;
use crate::shrink::shrink;
use crate::symcc::Verdict;

/// How many smaller pairs are tried for one finding.
const TRIES: usize = 3_000;
/// How long that may take: what stays undecided takes its whole budget each time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is said how far a run is.
const EVERY: Duration = Duration::from_secs(5);

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Numbers of the pairs.
    pub pairs: std::ops::Range<u64>,
    pub seed: u64,
    /// When to stop, whatever is left.
    pub until: Option<Instant>,
    /// How many kinds of request of each pair are judged at most.
    pub environments: usize,
    /// How many contradictions of each cause are made small and shown in full; the others are counted.
    pub shown: usize,
    /// How many of our unknowns, too.
    pub shown_unknowns: usize,
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub pairs: usize,
    /// Pairs of which nothing valid was made.
    pub missed: usize,
    /// Pairs for which there was no time.
    pub left: u64,
    pub environments: usize,
    pub agree: usize,
    /// Kinds of request in which something contradicts, by what.
    pub faults: BTreeMap<Kind, usize>,
    /// Our unknowns by reason.
    pub unknown_ours: BTreeMap<String, usize>,
    /// Their unknowns by reason.
    pub unknown_theirs: BTreeMap<String, usize>,
    /// Our verdicts.
    pub ours: Counts,
    /// The verdicts of Cedar's symbolic compiler.
    pub theirs: Counts,
    /// Requests that Cedar's evaluator decided.
    pub requests: usize,
    /// Kinds of request in which random requests showed all the differences that are claimed.
    pub shown_by_requests: usize,
    /// How long ours and theirs took, and whether their solver was asked.
    pub times: Vec<(Duration, Duration, bool)>,
    /// How long ours took at most for one comparison, and in which pair.
    pub slowest: (Duration, u64),
    /// The other questions.
    pub questions: Questions,
    pub operators: Counts,
    pub made: Yield,
}

/// Runs. Contradictions and unknowns are shown as they are found, and from time to time how far it is.
///
/// # Errors
///
/// Where the solver has died and does not start again.
pub fn run(
    options: &Options,
    judges: &mut Judges,
    mut show: impl FnMut(String),
    mut progress: impl FnMut(String),
) -> Result<Tally> {
    let mut generator = Generator::new(options.seed);
    let mut tally = Tally::default();
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    let mut left_unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut told = Instant::now();
    for number in options.pairs.clone() {
        if told.elapsed() >= EVERY {
            told = Instant::now();
            progress(format!(
                "{} of {} pairs, {} kinds of request, {} contradictions",
                number - options.pairs.start,
                options.pairs.end - options.pairs.start,
                tally.environments,
                tally.faults.values().sum::<usize>(),
            ));
        }
        if options.until.is_some_and(|until| Instant::now() >= until) {
            tally.left = options.pairs.end - number;
            break;
        }
        let made = generator
            .pair(number)
            .and_then(|pair| Cedar::new(&pair).map(|cedar| (pair, cedar)));
        let Some((pair, cedar)) = made else {
            tally.missed += 1;
            continue;
        };
        tally.pairs += 1;
        for policy in pair.base.iter().chain(&pair.head) {
            for (name, count) in coverage::of(policy) {
                *tally.operators.entry(name).or_default() += count;
            }
        }
        for environment in pair.environments().iter().take(options.environments) {
            let outcome = judges.judge(&pair, &cedar, environment)?;
            tally.count(&outcome);
            tally.slowest = tally.slowest.max((outcome.ours_took, number));
            for fault in &outcome.faults {
                let shown = shown.entry(fault.cause()).or_default();
                if *shown < options.shown {
                    *shown += 1;
                    show(explained(judges, &pair, environment, fault)?);
                }
            }
            if outcome.faults.is_empty()
                && let Verdict::Unknown(why) = &outcome.ours
            {
                let shown = left_unknown.entry(why.clone()).or_default();
                if *shown < options.shown_unknowns {
                    *shown += 1;
                    show(unknown(judges, &pair, environment, why)?);
                }
            }
        }
    }
    tally.made = generator.counts;
    Ok(tally)
}

impl Tally {
    /// Whether something contradicts.
    pub fn failed(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Whether more than one kind of request in a hundred stayed undecided, or there was no time for all pairs.
    pub fn leaves_too_much_open(&self) -> bool {
        let unknown: usize = self.unknown_ours.values().sum();
        self.left > 0 || unknown * 100 > self.environments
    }

    /// Operators that occur in no policy.
    pub fn missing_operators(&self) -> Vec<String> {
        let mut all = coverage::operators();
        all.retain(|name| !self.operators.contains_key(name));
        all
    }

    fn count(&mut self, outcome: &Outcome) {
        self.environments += 1;
        self.questions += outcome.questions;
        let kinds: std::collections::BTreeSet<Kind> =
            outcome.faults.iter().map(|fault| fault.kind).collect();
        for kind in kinds {
            *self.faults.entry(kind).or_default() += 1;
        }
        let add = |counts: &mut Counts, name: &str| {
            *counts.entry(name.to_owned()).or_default() += 1;
        };
        add(&mut self.ours, outcome.ours.as_str());
        if let Verdict::Unknown(why) = &outcome.ours {
            add(&mut self.unknown_ours, why);
        }
        let mut known = match &outcome.ours {
            Verdict::Known(relation) => Some(*relation),
            Verdict::Unknown(_) => None,
        };
        if let Some(theirs) = &outcome.theirs {
            add(&mut self.theirs, theirs.verdict.as_str());
            self.times
                .push((outcome.ours_took, theirs.took, theirs.asked));
            match &theirs.verdict {
                Verdict::Unknown(why) => add(&mut self.unknown_theirs, why),
                Verdict::Known(relation) => {
                    self.agree += usize::from(known == Some(*relation));
                    known = known.or(Some(*relation));
                }
            }
        }
        if let Some(seen) = &outcome.seen {
            self.requests += seen.requests;
            let shown = crate::pair::Relation::from_witnesses(
                seen.newly_allowed.is_some(),
                seen.newly_denied.is_some(),
            );
            self.shown_by_requests += usize::from(known == Some(shown));
        }
    }
}

/// A contradiction in full, as small as it gets.
fn explained(
    judges: &mut Judges,
    pair: &Pair,
    environment: &Environment,
    fault: &Fault,
) -> Result<String> {
    let cause = fault.cause();
    // Where the solver's answer does not matter, smaller pairs are tried without it.
    let matters = matches!(fault.kind, Kind::Symcc | Kind::Theirs);
    let idle = if matters { None } else { judges.symcc.take() };
    let begun = Instant::now();
    let smallest = shrink(pair.clone(), TRIES, |candidate| {
        begun.elapsed() < PATIENCE
            && judged(judges, candidate, environment)
                .is_some_and(|outcome| outcome.faults.iter().any(|found| found.cause() == cause))
    });
    if !matters {
        judges.symcc = idle;
    }
    let Some(cedar) = Cedar::new(&smallest) else {
        return Ok(format!("pair {} is not valid", pair.number));
    };
    let outcome = judges.judge(&smallest, &cedar, environment)?;
    let mut text = format!(
        "CONTRADICTION in pair {}: {}\nrequests: {environment}\n{smallest}",
        pair.number,
        fault.kind.as_str()
    );
    text.push_str(&verdicts(&outcome));
    for fault in &outcome.faults {
        text.push_str(&format!("{}: {}\n", fault.kind.as_str(), fault.detail));
    }
    if let Some(symcc) = &mut judges.symcc {
        let examples = symcc.explain(&cedar, environment);
        text.push_str(&format!("counterexamples of symcc:\n{examples}\n"));
    }
    Ok(text)
}

/// What we do not know, as small as it gets.
fn unknown(
    judges: &mut Judges,
    pair: &Pair,
    environment: &Environment,
    why: &str,
) -> Result<String> {
    let idle = judges.symcc.take();
    let begun = Instant::now();
    let smallest = shrink(pair.clone(), TRIES, |candidate| {
        begun.elapsed() < PATIENCE
            && judged(judges, candidate, environment)
                .is_some_and(|outcome| outcome.ours == Verdict::Unknown(why.to_owned()))
    });
    judges.symcc = idle;
    let Some(cedar) = Cedar::new(&smallest) else {
        return Ok(format!("pair {} is not valid", pair.number));
    };
    let outcome = judges.judge(&smallest, &cedar, environment)?;
    Ok(format!(
        "UNKNOWN in pair {}: {why}\nrequests: {environment}\n{smallest}{}",
        pair.number,
        verdicts(&outcome)
    ))
}

fn verdicts(outcome: &Outcome) -> String {
    let theirs = outcome
        .theirs
        .as_ref()
        .map_or("not asked", |theirs| theirs.verdict.as_str());
    format!("ours: {}, theirs: {theirs}\n", outcome.ours.as_str())
}

/// What is said of a smaller pair, if it is one.
fn judged(judges: &mut Judges, pair: &Pair, environment: &Environment) -> Option<Outcome> {
    let cedar = Cedar::new(pair)?;
    let known = pair.schema.environments().contains(environment);
    known
        .then(|| judges.judge(pair, &cedar, environment).ok())
        .flatten()
}
