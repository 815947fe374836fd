//! The numbers and dates of strangers: what is usual for an attribute of that name, and what lies beside the numbers
//! that the policy names.

use std::collections::BTreeSet;

use super::value::Unit;
use crate::analysis::names::has_word;
use crate::facts::{ExprKind, Literal, Policy};

/// One stranger's numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    number: i64,
    /// Which of the dates, durations and values of an enumeration.
    pub(super) step: usize,
}

/// Names of what is counted on a small scale.
const SMALL: &[&str] = &[
    "level",
    "clearance",
    "rank",
    "grade",
    "tier",
    "score",
    "trust",
    "seniority",
    "rating",
    "priority",
    "risk",
    "age",
    "percent",
    "depth",
];
/// The most of such.
const SMALL_MOST: i64 = 100;
/// The most of other numbers.
const MOST: i64 = 1_000_000;

const MILLIS_OF_DAY: i64 = 86_400_000;
/// 2000-01-01.
const EARLY: i64 = 946_684_800_000;
/// 2026-11-21, about when this was written: nobody was hired later.
const TODAY: i64 = 1_795_219_200_000;
/// 2040-01-01.
const LATE: i64 = 2_208_988_800_000;
/// Names of what lies in the past.
const PAST: &[&str] = &[
    "created",
    "creation",
    "joined",
    "hired",
    "born",
    "birth",
    "registered",
    "updated",
    "modified",
    "login",
    "seen",
];

/// As many numbers of a policy are looked at.
const MOST_CONSTANTS: usize = 24;
/// At least so many strangers, so that each value of an enumeration is some stranger's.
pub(super) const LEAST_STEPS: usize = 12;

/// The numbers that a policy names.
pub(super) fn constants(policy: &Policy) -> BTreeSet<i64> {
    let mut all = BTreeSet::new();
    policy.walk(|_, expr| {
        if let ExprKind::Literal(Literal::Long(number)) = &expr.kind
            && let Ok(number) = i64::try_from(*number)
            && number <= MOST
            && all.len() < MOST_CONSTANTS
        {
            all.insert(number);
        }
    });
    all
}

/// The strangers to try.
pub(super) fn samples(constants: &BTreeSet<i64>) -> impl Iterator<Item = Sample> {
    let usual = [0, SMALL_MOST / 2, SMALL_MOST, MOST / 2, MOST];
    let beside = constants.iter().flat_map(|of| [of - 1, *of, of + 1]);
    let mut numbers: BTreeSet<i64> = usual.into_iter().chain(beside).collect();
    for more in 1.. {
        if numbers.len() >= LEAST_STEPS {
            break;
        }
        numbers.insert(more);
    }
    numbers
        .into_iter()
        .enumerate()
        .map(|(step, number)| Sample { number, step })
}

impl Sample {
    /// The number of an attribute of this name.
    pub(super) fn number(&self, unit: Unit, name: &str) -> i64 {
        let (least, most) = range(unit, name);
        let step = i64::try_from(self.step % 3).unwrap_or_default();
        match unit {
            Unit::Long => self.number.clamp(least, most),
            Unit::Decimal => self.number.saturating_mul(10_000).clamp(least, most),
            Unit::Datetime | Unit::Duration => least + (most - least) / 2 * step,
        }
    }
}

/// The least and the greatest number of strangers for an attribute of this name.
pub(super) fn range(unit: Unit, name: &str) -> (i64, i64) {
    match unit {
        Unit::Long if has_word(name, SMALL) => (0, SMALL_MOST),
        Unit::Long => (0, MOST),
        Unit::Decimal => (0, SMALL_MOST * 10_000),
        Unit::Datetime if has_word(name, PAST) => (EARLY, TODAY),
        Unit::Datetime => (EARLY, LATE),
        Unit::Duration => (0, 360 * MILLIS_OF_DAY),
    }
}
