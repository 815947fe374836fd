//! Sums as whole numbers: `a + b > c` and `a > c - b` ask the same, wherever neither overflows.
//!
//! Where an operation overflows, Cedar evaluates no further. So a comparison may take its operands for the whole numbers
//! that they stand for, and two comparisons that differ only in how they are written come to one formula.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gates::{Bit, Gates};
use super::numbers::Number;

/// `constant + Σ coefficient · number`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum {
    constant: i128,
    /// Without zeros.
    terms: BTreeMap<Arc<Vec<Bit>>, i128>,
}

/// Beyond this a sum is not followed.
const LIMIT: i128 = 1 << 80;
const TERMS: usize = 16;

impl Sum {
    /// A constant.
    pub fn constant(value: i64) -> Self {
        Self {
            constant: i128::from(value),
            terms: BTreeMap::new(),
        }
    }

    /// A number of which nothing is known.
    pub fn of(bits: &Arc<Vec<Bit>>) -> Self {
        Self {
            constant: 0,
            terms: [(Arc::clone(bits), 1)].into(),
        }
    }

    /// `self + factor · other`; `None` where that is too large to be followed.
    pub fn plus(&self, other: &Self, factor: i128) -> Option<Self> {
        let mut sum = self.clone();
        sum.constant = sum
            .constant
            .checked_add(other.constant.checked_mul(factor)?)?;
        for (number, coefficient) in &other.terms {
            let before = sum.terms.get(number).copied().unwrap_or(0);
            let after = before.checked_add(coefficient.checked_mul(factor)?)?;
            if after == 0 {
                sum.terms.remove(number);
            } else {
                sum.terms.insert(Arc::clone(number), after);
            }
        }
        let size: i128 = sum.terms.values().map(|c| c.abs()).sum();
        (size < LIMIT && sum.constant.abs() < LIMIT && sum.terms.len() <= TERMS).then_some(sum)
    }

    /// `self · factor`
    pub fn times(&self, factor: i128) -> Option<Self> {
        Self::constant(0).plus(self, factor)
    }

    /// Its value, where that is constant.
    pub fn known(&self) -> Option<i128> {
        self.terms.is_empty().then_some(self.constant)
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self, gates: &mut Gates) -> Bit {
        if let Some(value) = self.known() {
            return Bit::constant(value < 0);
        }
        let (sum, _) = self.reduced();
        match sum.positive() {
            Some(sum) => sum.number(gates).sign(),
            // `s < 0` is `!(-s - 1 < 0)`.
            None => {
                let mut other = sum.negated();
                other.constant -= 1;
                !other.number(gates).sign()
            }
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self, gates: &mut Gates) -> Bit {
        if let Some(value) = self.known() {
            return Bit::constant(value == 0);
        }
        let (sum, rest) = self.reduced();
        if rest != 0 {
            return Bit::FALSE;
        }
        let sum = sum.positive().unwrap_or_else(|| sum.negated());
        // Against the constant's negation, so that comparisons of the same numbers share their sum.
        let constant = Number::wide(-sum.constant);
        let rest = Self {
            constant: 0,
            terms: sum.terms,
        };
        rest.number(gates).equals(&constant, gates)
    }

    /// Divided by what divides all coefficients, the constant rounded down, and what that left of it: the sum is
    /// negative where this is.
    fn reduced(&self) -> (Self, i128) {
        let mut divisor = 0;
        for coefficient in self.terms.values() {
            let (mut a, mut b) = (divisor, coefficient.abs());
            while b != 0 {
                (a, b) = (b, a % b);
            }
            divisor = a;
        }
        let divisor = divisor.max(1);
        let terms = self.terms.iter();
        let reduced = Self {
            constant: self.constant.div_euclid(divisor),
            terms: terms
                .map(|(number, coefficient)| (Arc::clone(number), coefficient / divisor))
                .collect(),
        };
        (reduced, self.constant.rem_euclid(divisor))
    }

    /// Itself, if its first coefficient is positive.
    fn positive(&self) -> Option<Self> {
        let first = self.terms.values().next()?;
        (*first > 0).then(|| self.clone())
    }

    fn negated(&self) -> Self {
        Self {
            constant: -self.constant,
            terms: self
                .terms
                .iter()
                .map(|(number, coefficient)| (Arc::clone(number), -coefficient))
                .collect(),
        }
    }

    /// Its bits, as many as it takes.
    fn number(&self, gates: &mut Gates) -> Number {
        let size: i128 = self.terms.values().map(|c| c.abs()).sum();
        let bits = |value: i128| (128 - value.unsigned_abs().leading_zeros()) as usize;
        let width = (Number::WIDTH + bits(size)).max(bits(self.constant)) + 2;
        let mut sum: Option<Number> = None;
        for (number, coefficient) in &self.terms {
            let number = Number::of(number.to_vec());
            // By the coefficient without its sign and its leading zeros: each of its bits costs an addition.
            let term = match coefficient.abs() {
                1 => number,
                factor => number.times(&Number::short(factor), width, gates),
            };
            sum = Some(match (sum, *coefficient < 0) {
                (None, false) => term,
                (None, true) => Number::wide(0).minus(&term, width, gates),
                (Some(sum), false) => sum.plus(&term, Bit::FALSE, width, gates),
                (Some(sum), true) => sum.minus(&term, width, gates),
            });
        }
        let sum = sum.unwrap_or_else(|| Number::wide(0));
        match self.constant {
            0 => sum,
            constant => sum.plus(&Number::wide(constant), Bit::FALSE, width, gates),
        }
    }
}
