//! Numbers of a fixed width as bits, in two's complement, least significant bit first.

use std::sync::Arc;

use super::gates::{Bit, Gates};
use super::linear::Sum;

/// A number: `Long`, and the counts of units that `decimal`, `datetime` and `duration` are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    bits: Arc<Vec<Bit>>,
    /// The sum of others that it is where nothing overflowed, if it is one.
    sum: Option<Box<Sum>>,
}

impl Checked {
    fn with(self, sum: Option<Sum>) -> Self {
        Self {
            number: self.number.with(sum),
            fits: self.fits,
        }
    }
}

/// What an operation came to.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The number, where `fits`.
    pub number: Number,
    /// Whether it fits 64 bits.
    pub fits: Bit,
}

impl Number {
    /// How many bits a number of Cedar's has.
    pub const WIDTH: usize = 64;

    /// A constant.
    pub fn constant(value: i64) -> Self {
        let bits = 0..Self::WIDTH;
        Self::of(bits.map(|i| Bit::constant((value >> i) & 1 == 1)).collect())
    }

    /// A constant that may take more bits.
    pub fn wide(value: i128) -> Self {
        let bits = 0..128;
        Self::of(bits.map(|i| Bit::constant((value >> i) & 1 == 1)).collect())
    }

    /// A constant that is not negative, in as few bits as it takes with its sign.
    pub fn short(value: i128) -> Self {
        let bits = 0..=(128 - value.leading_zeros() as usize).min(127);
        Self::of(bits.map(|i| Bit::constant((value >> i) & 1 == 1)).collect())
    }

    /// These bits, least significant first.
    pub fn of(bits: Vec<Bit>) -> Self {
        Self {
            bits: Arc::new(bits),
            sum: None,
        }
    }

    /// The bits, least significant first.
    pub fn bits(&self) -> &[Bit] {
        &self.bits
    }

    /// Its value, where that is constant.
    pub fn known(&self) -> Option<i64> {
        if self.bits.len() > Self::WIDTH {
            return None;
        }
        let mut value = 0;
        for (i, bit) in self.bits.iter().enumerate() {
            value |= i64::from(bit.known()?) << i;
        }
        Some(value)
    }

    /// The whole number that it stands for.
    fn sum(&self) -> Sum {
        match (&self.sum, self.known()) {
            (_, Some(value)) => Sum::constant(value),
            (Some(sum), None) => sum.as_ref().clone(),
            (None, None) => Sum::of(&self.bits),
        }
    }

    fn with(mut self, sum: Option<Sum>) -> Self {
        self.sum = sum.map(Box::new);
        self
    }

    /// The difference as a whole number, where one of the two is a sum: else their bits say it with less.
    fn difference(&self, other: &Self) -> Option<Sum> {
        if self.sum.is_none() && other.sum.is_none() {
            return None;
        }
        self.sum().plus(&other.sum(), -1)
    }

    /// The bit that is set where it is negative.
    pub fn sign(&self) -> Bit {
        self.bits.last().copied().unwrap_or(Bit::FALSE)
    }

    /// The bit at this place; beyond the last one, the sign.
    fn at(&self, place: usize) -> Bit {
        self.bits.get(place).copied().unwrap_or_else(|| self.sign())
    }

    /// Its value in 64 bits, and whether that is its value.
    fn narrowed(self, gates: &mut Gates) -> Checked {
        let sign = self.at(Self::WIDTH - 1);
        let mut fits = Bit::TRUE;
        for place in Self::WIDTH..self.bits.len() {
            let same = gates.same(self.at(place), sign);
            fits = gates.and(fits, same);
        }
        let bits = self.bits.iter().copied().take(Self::WIDTH).collect();
        Checked {
            number: Self::of(bits),
            fits,
        }
    }

    /// The sum and the carry, in `width` bits.
    pub fn plus(&self, other: &Self, carry: Bit, width: usize, gates: &mut Gates) -> Self {
        let mut carry = carry;
        let bits = (0..width)
            .map(|place| {
                let (a, b) = (self.at(place), other.at(place));
                let half = gates.xor(a, b);
                let sum = gates.xor(half, carry);
                let (both, kept) = (gates.and(a, b), gates.and(half, carry));
                carry = gates.or(both, kept);
                sum
            })
            .collect();
        Self::of(bits)
    }

    /// The difference, in `width` bits.
    pub fn minus(&self, other: &Self, width: usize, gates: &mut Gates) -> Self {
        self.plus(&other.flipped(), Bit::TRUE, width, gates)
    }

    fn flipped(&self) -> Self {
        Self::of(self.bits.iter().map(|bit| !*bit).collect())
    }

    /// `a + b`
    pub fn add(&self, other: &Self, gates: &mut Gates) -> Checked {
        self.plus(other, Bit::FALSE, Self::WIDTH + 1, gates)
            .narrowed(gates)
            .with(self.sum().plus(&other.sum(), 1))
    }

    /// `a - b`
    pub fn sub(&self, other: &Self, gates: &mut Gates) -> Checked {
        self.minus(other, Self::WIDTH + 1, gates)
            .narrowed(gates)
            .with(self.sum().plus(&other.sum(), -1))
    }

    /// `-a`
    pub fn neg(&self, gates: &mut Gates) -> Checked {
        Self::constant(0).sub(self, gates)
    }

    /// `a * b`
    pub fn mul(&self, other: &Self, gates: &mut Gates) -> Checked {
        // By the operand with fewer bits that are not known to be zero.
        let weight = |of: &Self| of.bits.iter().filter(|bit| **bit != Bit::FALSE).count();
        let (by, of) = if weight(self) <= weight(other) {
            (self, other)
        } else {
            (other, self)
        };
        let sum = match (self.known(), other.known()) {
            (Some(factor), _) => other.sum().times(i128::from(factor)),
            (_, Some(factor)) => self.sum().times(i128::from(factor)),
            _ => None,
        };
        of.times(by, 2 * Self::WIDTH, gates)
            .narrowed(gates)
            .with(sum)
    }

    /// The product in `width` bits: the sum of what each bit of `by` adds, where the sign bit takes away.
    pub fn times(&self, by: &Self, width: usize, gates: &mut Gates) -> Self {
        let mut sum = Self::of(vec![Bit::FALSE; width]);
        for (shift, bit) in by.bits.iter().enumerate() {
            if *bit == Bit::FALSE {
                continue;
            }
            let mut term: Vec<Bit> = vec![Bit::FALSE; shift];
            for place in 0..width.saturating_sub(shift) {
                let and = gates.and(self.at(place), *bit);
                term.push(and);
            }
            let term = Self::of(term);
            sum = if shift + 1 == by.bits.len() {
                sum.minus(&term, width, gates)
            } else {
                sum.plus(&term, Bit::FALSE, width, gates)
            };
        }
        sum
    }

    /// Whether the numbers are equal.
    pub fn equals(&self, other: &Self, gates: &mut Gates) -> Bit {
        if let Some(difference) = self.difference(other) {
            return difference.is_zero(gates);
        }
        self.same_bits(other, gates)
    }

    /// Whether the bits are equal, whatever overflowed on the way to them.
    fn same_bits(&self, other: &Self, gates: &mut Gates) -> Bit {
        let width = self.bits.len().max(other.bits.len());
        let mut all = Bit::TRUE;
        // From the top: constants mostly differ in low bits, and equal high parts are then shared.
        for place in (0..width).rev() {
            let same = gates.same(self.at(place), other.at(place));
            all = gates.and(all, same);
        }
        all
    }

    /// `a < b`
    pub fn less(&self, other: &Self, gates: &mut Gates) -> Bit {
        if let Some(difference) = self.difference(other) {
            return difference.is_negative(gates);
        }
        let mut less = Bit::FALSE;
        let width = self.bits.len().max(other.bits.len());
        for place in 0..width {
            let (mut a, mut b) = (self.at(place), other.at(place));
            if place + 1 == width {
                // The sign: a negative number is the lesser.
                (a, b) = (!a, !b);
            }
            let differ = gates.xor(a, b);
            less = gates.choose(differ, b, less);
        }
        less
    }

    /// `a <= b`
    pub fn less_or_equal(&self, other: &Self, gates: &mut Gates) -> Bit {
        !other.less(self, gates)
    }

    /// The first where the condition holds, else the second.
    pub fn choose(condition: Bit, then: &Self, other: &Self, gates: &mut Gates) -> Self {
        let width = then.bits.len().max(other.bits.len());
        Self::of(
            (0..width)
                .map(|place| gates.choose(condition, then.at(place), other.at(place)))
                .collect(),
        )
    }

    /// The number that these bits are with the last of them for all above: in 64 bits, of which no others occur.
    pub fn shortened(&self, bits: usize) -> Self {
        let last = bits.clamp(1, Self::WIDTH) - 1;
        let bits = 0..Self::WIDTH;
        Self::of(bits.map(|place| self.at(place.min(last))).collect())
    }

    /// How many bits it has without those that repeat the sign.
    fn len(&self) -> usize {
        let sign = self.sign();
        let repeated = self.bits.iter().rev().take_while(|bit| **bit == sign);
        self.bits.len() + 1 - repeated.count()
    }

    /// Whether `self == quotient * by + rest`, in whole numbers and by the bits of each. `by` is positive.
    pub fn is_sum(&self, quotient: &Self, by: i64, rest: &Self, gates: &mut Gates) -> Bit {
        let by = Self::constant(by);
        let width = (quotient.len() + by.len()).max(rest.len()).max(self.len()) + 1;
        let product = quotient.times(&by, width, gates);
        let sum = product.plus(rest, Bit::FALSE, width, gates);
        self.same_bits(&sum, gates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [i64; 14] = [
        0,
        1,
        -1,
        2,
        7,
        -13,
        1_000,
        86_400_000,
        3_037_000_500,
        -3_037_000_500,
        i64::MAX,
        i64::MIN,
        i64::MAX - 1,
        i64::MIN + 1,
    ];

    #[test]
    fn arithmetic_on_constants_is_that_of_machine_numbers() {
        let mut gates = Gates::default();
        for a in SAMPLES {
            for b in SAMPLES {
                let (x, y) = (Number::constant(a), Number::constant(b));
                for (ours, theirs) in [
                    (x.add(&y, &mut gates), a.checked_add(b)),
                    (x.sub(&y, &mut gates), a.checked_sub(b)),
                    (x.mul(&y, &mut gates), a.checked_mul(b)),
                    (x.neg(&mut gates), a.checked_neg()),
                ] {
                    let fits = ours.fits.known();
                    assert_eq!(fits, Some(theirs.is_some()), "{a} {b}");
                    if theirs.is_some() {
                        assert_eq!(ours.number.known(), theirs, "{a} {b}");
                    }
                }
                assert_eq!(x.less(&y, &mut gates).known(), Some(a < b), "{a} {b}");
                assert_eq!(x.less_or_equal(&y, &mut gates).known(), Some(a <= b));
                assert_eq!(x.equals(&y, &mut gates).known(), Some(a == b));
                if b > 0 {
                    let (q, r) = (Number::constant(a / b), Number::constant(a % b));
                    assert_eq!(x.is_sum(&q, b, &r, &mut gates), Bit::TRUE, "{a} {b}");
                    let wrong = Number::constant((a / b) ^ 1);
                    assert_eq!(x.is_sum(&wrong, b, &r, &mut gates), Bit::FALSE, "{a} {b}");
                }
            }
        }
        assert_eq!(gates.len(), 1, "constants need no gate");
    }
}
