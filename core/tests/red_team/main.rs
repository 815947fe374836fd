//! The red team: edits of bundles at random, and Cedar's word on what they do.
//!
//! ```text
//! seed ──> start ──edits──> base ──edits──> head ──┬─ tier, diff ──────────────┐
//!                                                  └─ Cedar on random requests ─┴─ agree? ──shrink──> report
//! ```
//!
//! `cargo xtask red-team` makes as many as it is told to.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod case;
mod edits;
mod judge;
mod known;
mod model;
mod starts;
mod world;

use std::collections::BTreeMap;
use std::io::Write as _;

use case::{Case, Wrong};

/// Requests of each change.
const REQUESTS: usize = 2_000;
/// The same where all tests run: what opens shows in few, or in many changes.
const FEW: usize = 300;
/// Changes where all tests run.
const CHANGES: u64 = 150;
/// So many of each fault are made small: where there are many, they are mostly alike.
const SHRUNK: usize = 12;

/// Seeds that found something, with what was found.
const FOUND: &[(u64, &str)] = &[
    (0, "an enumeration grows, and a forbid names what there was"),
    (25, "an enumeration of principals is opened"),
    (
        35,
        "a permit that only a missing field of the context keeps from applying",
    ),
    (37, "another such permit"),
    (
        1000,
        "a permit that only a missing attribute keeps from applying",
    ),
    (
        1001,
        "a permit that only a missing field of a record keeps from applying",
    ),
    (
        1008,
        "a permit of a group of actions that only the types keep from applying",
    ),
];

#[derive(Default)]
struct Tally {
    changes: usize,
    edits: usize,
    requests: usize,
    opened: usize,
    tiers: BTreeMap<&'static str, usize>,
    /// What was found, by what is wrong and which edits it takes: how often, and the first seeds.
    found: BTreeMap<(Wrong, String), Vec<u64>>,
}

/// Makes changes and judges them; what is wrong is made small and shown, but for what was shown before.
fn run(seeds: impl Iterator<Item = u64>, requests: usize, shown: usize) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let case = Case::new(seed);
        let Some(outcome) = case.judge(requests) else {
            continue;
        };
        tally.changes += 1;
        tally.edits += case.edits.len();
        tally.requests += outcome.seen.requests;
        tally.opened += usize::from(!outcome.seen.allowed.is_empty());
        *tally.tiers.entry(outcome.tier.as_str()).or_default() += 1;
        let mut known: Vec<Wrong> = Vec::new();
        for wrong in outcome.wrong {
            // One fault shows in several ways.
            if known
                .iter()
                .any(|old| std::mem::discriminant(old) == std::mem::discriminant(&wrong))
            {
                continue;
            }
            known.push(wrong);
            let all = tally.found.iter().filter(|((old, _), _)| *old == wrong);
            let small = if all.map(|(_, seeds)| seeds.len()).sum::<usize>() < SHRUNK {
                case.clone().shrink(wrong, requests)
            } else {
                case.clone()
            };
            let seeds = tally.found.entry((wrong, small.kinds())).or_default();
            seeds.push(seed);
            if seeds.len() <= shown
                && let Some(outcome) = small.judge(requests)
            {
                say(&format!(
                    "\n{wrong:?} by {}\n{}",
                    small.kinds(),
                    small.shown(&outcome)
                ));
            }
        }
    }
    tally
}

fn summary(tally: &Tally) -> String {
    let mut text = format!(
        "{} changes, {} edits, {} requests, {} changes newly allow something; tiers {:?}\n",
        tally.changes, tally.edits, tally.requests, tally.opened, tally.tiers
    );
    for ((wrong, kinds), seeds) in &tally.found {
        let first: Vec<String> = seeds.iter().take(6).map(u64::to_string).collect();
        text.push_str(&format!(
            "{:>5}  {wrong:?} by {kinds}: seeds {}\n",
            seeds.len(),
            first.join(" ")
        ));
    }
    text
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[test]
fn no_change_opens_what_its_tier_does_not_say() {
    let tally = run(0..CHANGES, FEW, 1);
    assert!(tally.opened * 5 > tally.changes, "{}", summary(&tally));
    assert!(tally.found.is_empty(), "\n{}", summary(&tally));
}

#[test]
fn what_was_found_once_is_found_no_more() {
    let mut again = Vec::new();
    for (seed, what) in FOUND {
        let outcome = Case::new(*seed).judge(REQUESTS);
        let wrong = outcome.map_or_else(Vec::new, |outcome| outcome.wrong);
        if !wrong.is_empty() {
            again.push(format!("{seed}, {what}: {wrong:?}"));
        }
    }
    assert!(again.is_empty(), "\n{}", again.join("\n"));
}

#[test]
fn the_same_seed_makes_the_same_change() {
    for seed in 0..20 {
        let texts = || {
            let (base, head, said) = Case::new(seed).bundles();
            (base.files(), head.files(), said)
        };
        assert_eq!(texts(), texts());
    }
}

/// `cargo xtask red-team`, which says how many.
#[test]
#[ignore = "as long as it is told to run"]
fn as_many_as_are_asked_for() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
    };
    let edits = number("RED_TEAM_EDITS", 20_000);
    let from = number("RED_TEAM_FROM", 0);
    let requests = number("RED_TEAM_REQUESTS", REQUESTS as u64) as usize;
    let shown = number("RED_TEAM_SHOW", 1) as usize;
    let mut whole = Tally::default();
    let mut seed = from;
    while (whole.edits as u64) < edits {
        let next = run(
            seed..seed + 50,
            requests,
            if whole.found.len() < 60 { shown } else { 0 },
        );
        seed += 50;
        whole.changes += next.changes;
        whole.edits += next.edits;
        whole.requests += next.requests;
        whole.opened += next.opened;
        for (tier, count) in next.tiers {
            *whole.tiers.entry(tier).or_default() += count;
        }
        for (key, seeds) in next.found {
            whole.found.entry(key).or_default().extend(seeds);
        }
        let _ = writeln!(
            std::io::stderr(),
            "{} edits up to seed {seed}, {} kinds of fault",
            whole.edits,
            whole.found.len()
        );
    }
    say(&summary(&whole));
    assert!(whole.found.is_empty(), "\n{}", summary(&whole));
}
