//! Whether a run of characters was drawn at random, as keys are, or written by somebody.

/// What is known of a run of characters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Randomness {
    /// Shannon entropy of its characters, in bits a character.
    pub(super) bits: f64,
    /// What it is made of.
    pub(super) class: Class,
    /// Of its neighbouring characters, how many differ in kind (upper case, lower case, digit, other),
    /// from 0 to 1. Of random letters and digits six in ten do; of `CamelCaseNames` three.
    pub(super) unrest: f64,
}

/// What a run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// No digits, or nothing else.
    Plain,
    /// Hexadecimal digits in one case.
    Hex,
    /// Digits, and letters in one case.
    OneCase,
    /// Digits, and letters in both cases.
    Mixed,
}

/// Measures a run.
pub(super) fn measure(run: &str) -> Randomness {
    let mut counts = [0_u32; 256];
    let mut changes = 0_u32;
    let (mut upper, mut lower, mut digits, mut beyond_hex) = (false, false, false, false);
    let mut last = None;
    for b in run.bytes() {
        if let Some(count) = counts.get_mut(usize::from(b)) {
            *count += 1;
        }
        let kind = match b {
            b'A'..=b'Z' => {
                upper = true;
                0
            }
            b'a'..=b'z' => {
                lower = true;
                1
            }
            b'0'..=b'9' => {
                digits = true;
                2
            }
            _ => 3,
        };
        beyond_hex |= !b.is_ascii_hexdigit();
        if last.is_some_and(|last| last != kind) {
            changes += 1;
        }
        last = Some(kind);
    }
    let length = run.len().max(1) as f64;
    let bits = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let p = f64::from(*count) / length;
            -p * p.log2()
        })
        .sum();
    let class = match (digits, upper, lower) {
        (false, ..) | (true, false, false) => Class::Plain,
        (true, true, true) => Class::Mixed,
        _ if beyond_hex => Class::OneCase,
        _ => Class::Hex,
    };
    Randomness {
        bits,
        class,
        unrest: f64::from(changes) / (length - 1.0).max(1.0),
    }
}

/// The number of different characters.
pub(super) fn variety(run: &str) -> u32 {
    let mut seen = 0_u128;
    for b in run.bytes() {
        seen |= 1 << (b & 127);
    }
    seen.count_ones()
}

/// Whether it is a UUID: five groups of hexadecimal digits. ULIDs and digests are told by their class.
pub(super) fn is_uuid(run: &str) -> bool {
    let lengths = run
        .split('-')
        .map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    lengths.eq([8, 4, 4, 4, 12].map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_calmer_than_keys() {
        for name in [
            "CreateOrganizationInvitation2024",
            "Albums/Vacation2020/IMG1234Copy2",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        ] {
            assert!(measure(name).unrest < 0.45, "{name}");
        }
        let key = ["wJ2lrXUt7FEMI", "K7MDx9bPx", "RfiCYz4q8Kd"].concat();
        let measured = measure(&key);
        assert_eq!(measured.class, Class::Mixed);
        assert!(measured.unrest > 0.45 && measured.bits > 4.0, "{measured:?}");
    }

    #[test]
    fn classes() {
        for (run, class) in [
            ("0123456789", Class::Plain),
            ("administrators", Class::Plain),
            ("d41d8cd98f00b204e9800998ecf8427e", Class::Hex),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", Class::OneCase),
        ] {
            assert_eq!(measure(run).class, class, "{run}");
        }
        assert!(is_uuid("123e4567-e89b-12d3-a456-426614174000"));
        assert!(!is_uuid("123e4567-e89b-12d3-a456"));
        assert_eq!(variety("aabbc"), 3);
    }
}
