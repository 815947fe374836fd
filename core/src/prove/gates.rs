//! Boolean formulas as a shared circuit of and, exclusive or and not: what is built twice exists once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The output of a gate, or its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bit(u32);

impl Bit {
    /// Always false.
    pub const FALSE: Self = Self(0);
    /// Always true.
    pub const TRUE: Self = Self(1);

    /// The constant.
    pub const fn constant(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// Its value, where that is constant.
    pub const fn known(self) -> Option<bool> {
        match self.0 {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// The number of its gate.
    pub const fn gate(self) -> u32 {
        self.0 >> 1
    }

    /// Whether it is the negation of its gate's output.
    pub const fn is_negated(self) -> bool {
        self.0 & 1 == 1
    }

    const fn of(gate: u32) -> Self {
        Self(gate << 1)
    }
}

impl std::ops::Not for Bit {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// A gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// Always false; gate 0 alone.
    False,
    /// Something that is not a gate's output, by its number.
    Input(u32),
    /// Both.
    And(Bit, Bit),
    /// One of the two and not the other; neither is negated.
    Xor(Bit, Bit),
}

/// All gates.
#[derive(Debug)]
pub struct Gates {
    gates: Vec<Gate>,
    known: HashMap<Gate, u32, BuildHasherDefault<Mix>>,
    /// How much was asked for, what was known at once included: what large sets cost although nothing of it stays.
    work: u64,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            gates: vec![Gate::False],
            known: HashMap::default(),
            work: 0,
        }
    }
}

impl Gates {
    /// How many gates there are.
    pub fn len(&self) -> usize {
        self.gates.len()
    }

    /// How much was done so far, in calls that take about as long as each other.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Counts work that builds no gate.
    pub fn count(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    /// The gate with this number.
    pub fn gate(&self, number: u32) -> Gate {
        self.gates
            .get(number as usize)
            .copied()
            .unwrap_or(Gate::False)
    }

    /// The input with this number.
    pub fn input(&mut self, number: u32) -> Bit {
        self.add(Gate::Input(number))
    }

    /// Both.
    pub fn and(&mut self, a: Bit, b: Bit) -> Bit {
        self.work += 1;
        if a == Bit::FALSE || b == Bit::FALSE || a == !b {
            return Bit::FALSE;
        }
        if a == Bit::TRUE || a == b {
            return b;
        }
        if b == Bit::TRUE {
            return a;
        }
        if let Some(simpler) = self.absorbed(a, b).or_else(|| self.absorbed(b, a)) {
            return simpler;
        }
        self.add(if a < b {
            Gate::And(a, b)
        } else {
            Gate::And(b, a)
        })
    }

    /// At least one of the two.
    pub fn or(&mut self, a: Bit, b: Bit) -> Bit {
        !self.and(!a, !b)
    }

    /// One of the two and not the other.
    pub fn xor(&mut self, a: Bit, b: Bit) -> Bit {
        self.work += 1;
        if let Some(a) = a.known() {
            return if a { !b } else { b };
        }
        if let Some(b) = b.known() {
            return if b { !a } else { a };
        }
        let negated = a.is_negated() != b.is_negated();
        let (a, b) = (Bit::of(a.gate()), Bit::of(b.gate()));
        let bit = if a == b {
            Bit::FALSE
        } else {
            self.add(if a < b {
                Gate::Xor(a, b)
            } else {
                Gate::Xor(b, a)
            })
        };
        if negated { !bit } else { bit }
    }

    /// Whether both are the same.
    pub fn same(&mut self, a: Bit, b: Bit) -> Bit {
        !self.xor(a, b)
    }

    /// The second where the condition holds, else the third.
    pub fn choose(&mut self, condition: Bit, then: Bit, other: Bit) -> Bit {
        match condition.known() {
            Some(true) => return then,
            Some(false) => return other,
            None => {}
        }
        if then == other {
            return then;
        }
        if then == !other {
            return self.same(condition, then);
        }
        let (yes, no) = (self.and(condition, then), self.and(!condition, other));
        self.or(yes, no)
    }

    /// `a && (a && c)` and the like, which one look at the operands settles.
    fn absorbed(&self, a: Bit, b: Bit) -> Option<Bit> {
        let Gate::And(c, d) = self.gate(b.gate()) else {
            return None;
        };
        if b.is_negated() {
            (a == !c || a == !d).then_some(a)
        } else if a == c || a == d {
            Some(b)
        } else {
            (a == !c || a == !d).then_some(Bit::FALSE)
        }
    }

    fn add(&mut self, gate: Gate) -> Bit {
        if let Some(number) = self.known.get(&gate) {
            return Bit::of(*number);
        }
        let number = u32::try_from(self.gates.len()).unwrap_or(u32::MAX >> 1);
        self.gates.push(gate);
        self.known.insert(gate, number);
        Bit::of(number)
    }
}

/// Gates are made of consecutive numbers of our own, which no input can make collide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        // Fibonacci hashing: the golden ratio spreads consecutive numbers over all bits.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a bit comes to where the inputs are the bits of `inputs`.
    fn value(gates: &Gates, bit: Bit, inputs: u32) -> bool {
        let value = match gates.gate(bit.gate()) {
            Gate::False => false,
            Gate::Input(number) => inputs >> number & 1 == 1,
            Gate::And(a, b) => value(gates, a, inputs) && value(gates, b, inputs),
            Gate::Xor(a, b) => value(gates, a, inputs) != value(gates, b, inputs),
        };
        value != bit.is_negated()
    }

    #[test]
    fn every_gate_over_three_inputs_comes_to_what_it_says() {
        let mut gates = Gates::default();
        let mut bits: Vec<Bit> = vec![Bit::FALSE, Bit::TRUE];
        for number in 0..3 {
            let bit = gates.input(number);
            bits.extend([bit, !bit]);
        }
        for _ in 0..2 {
            let before = bits.clone();
            for (i, a) in before.iter().enumerate() {
                for b in before.iter().skip(i).step_by(3) {
                    let (and, xor) = (gates.and(*a, *b), gates.xor(*a, *b));
                    let choice = gates.choose(*a, *b, !*b);
                    for inputs in 0..8 {
                        let (a, b) = (value(&gates, *a, inputs), value(&gates, *b, inputs));
                        assert_eq!(value(&gates, and, inputs), a && b);
                        assert_eq!(value(&gates, xor, inputs), a != b);
                        assert_eq!(value(&gates, choice, inputs), if a { b } else { !b });
                    }
                    bits.extend([and, xor]);
                }
            }
            bits.sort();
            bits.dedup();
            bits.truncate(60);
        }
    }

    #[test]
    fn what_is_built_twice_exists_once() {
        let mut gates = Gates::default();
        let (a, b) = (gates.input(0), gates.input(1));
        let first = gates.and(a, b);
        let count = gates.len();
        assert_eq!(gates.and(b, a), first);
        assert_eq!(gates.and(first, a), first);
        assert_eq!(gates.and(first, !a), Bit::FALSE);
        assert_eq!(gates.len(), count);
    }
}
