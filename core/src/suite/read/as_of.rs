//! `$as_of`, `$as_of + 3d`, `$as_of - 2h30m`: points in time that move with the suite's clock.

use crate::time::Instant;

/// What such an expression begins with.
pub(super) const WORD: &str = "$as_of";

/// Whether a text is meant as one.
pub(super) fn is_meant(text: &str) -> bool {
    text.strip_prefix(WORD)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Its value; `None` where it cannot be read or lies outside of the years 0000 to 9999.
pub(super) fn evaluate(text: &str, as_of: Instant) -> Option<Instant> {
    let rest = text.strip_prefix(WORD)?.trim();
    if rest.is_empty() {
        return Some(as_of);
    }
    let (sign, length) = if let Some(length) = rest.strip_prefix('+') {
        (1, length)
    } else {
        (-1, rest.strip_prefix('-')?)
    };
    let millis = millis(length.trim())?.checked_mul(sign)?;
    Instant::from_millis(as_of.as_millis().checked_add(millis)?)
}

/// The milliseconds of a length of time such as `1d2h3m4s5ms`, each unit at most once and in this order.
fn millis(mut text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 5] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut sum = 0_i64;
    let mut next = 0;
    if text.is_empty() {
        return None;
    }
    while !text.is_empty() {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = text.get(..digits)?.parse().ok()?;
        text = text.get(digits..)?;
        let end = text
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(text.len());
        let unit = text.get(..end)?;
        let index = UNITS.iter().position(|(name, _)| *name == unit)?;
        if index < next {
            return None;
        }
        next = index + 1;
        sum = sum.checked_add(number.checked_mul(UNITS.get(index)?.1)?)?;
        text = text.get(end..)?;
    }
    Some(sum)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_added_and_taken_away() {
        let as_of = Instant::parse("2026-11-21T09:00:00Z").unwrap();
        for (text, expected) in [
            ("$as_of", "2026-11-21T09:00:00Z"),
            ("$as_of + 10h", "2026-11-21T19:00:00Z"),
            ("$as_of+3d", "2026-11-24T09:00:00Z"),
            ("$as_of - 2h30m", "2026-11-21T06:30:00Z"),
            ("$as_of - 1d1h1m1s1ms", "2026-11-20T07:58:58.999Z"),
        ] {
            let value = evaluate(text, as_of).unwrap();
            assert_eq!(value, Instant::parse(expected).unwrap(), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused() {
        let as_of = Instant::parse("2026-11-21").unwrap();
        for text in [
            "$as_of +",
            "$as_of 3d",
            "$as_of + 3",
            "$as_of + d",
            "$as_of + 3w",
            "$as_of + 1h1d",
            "$as_of + 1h1h",
            "$as_of + 9999999d",
            "$as_of + 99999999999999999999d",
            "$as_of * 2",
        ] {
            assert_eq!(evaluate(text, as_of), None, "{text}");
        }
        assert!(is_meant("$as_of + 3w") && is_meant("$as_of"));
        assert!(!is_meant("$as_off") && !is_meant("as_of"));
    }
}
