//! Cedar's extension types: their literals, and their functions on values that depend on the request.

use chrono::{DateTime, NaiveDate, Timelike};

use super::Why;
use super::gates::Bit;
use super::ip::Ip;
use super::numbers::Number;
use super::terms::{Division, Kind, Origin, Terms};
use super::value::Value;
use crate::cedar::evaluate::decimal_text;

const DAY: i64 = 86_400_000;

const DAYS: Division = Division {
    by: DAY,
    down: true,
};

/// The value of `name("text")`; `None` where Cedar has none, or for another function.
pub fn literal(name: &str, text: &str) -> Option<Value> {
    match name {
        "ip" => Some(Value::Ip(Box::new(Ip::parse(text)?))),
        _ => Some(Value::Number(Number::constant(number(name, text)?))),
    }
}

/// The number behind a literal of a decimal, a point in time or a duration: ten-thousandths or milliseconds.
pub fn number(name: &str, text: &str) -> Option<i64> {
    match name {
        "decimal" => decimal(text),
        "datetime" => datetime(text),
        "duration" => duration(text),
        _ => None,
    }
}

/// A method of an extension type: its value and whether it has one.
///
/// # Errors
///
/// [`Why::Unsupported`] for a method that proofs do not know.
pub fn method(
    receiver: &Value,
    name: &str,
    arguments: &[Value],
    terms: &mut Terms<'_>,
) -> Result<(Value, Bit), Why> {
    let gates = &mut terms.gates;
    Ok(match (receiver, name, arguments) {
        (Value::Number(a), "lessThan", [Value::Number(b)]) => holds(a.less(b, gates)),
        (Value::Number(a), "lessThanOrEqual", [Value::Number(b)]) => {
            holds(a.less_or_equal(b, gates))
        }
        (Value::Number(a), "greaterThan", [Value::Number(b)]) => holds(b.less(a, gates)),
        (Value::Number(a), "greaterThanOrEqual", [Value::Number(b)]) => {
            holds(b.less_or_equal(a, gates))
        }
        (Value::Number(a), "offset", [Value::Number(b)]) => {
            let sum = a.add(b, gates);
            (Value::Number(sum.number), sum.fits)
        }
        (Value::Number(a), "durationSince", [Value::Number(b)]) => {
            let difference = a.sub(b, gates);
            (Value::Number(difference.number), difference.fits)
        }
        (Value::Number(a), "toDate", []) => {
            let (_, rest) = divided(a, DAYS, terms)?;
            let date = a.sub(&rest, &mut terms.gates);
            (Value::Number(date.number), date.fits)
        }
        (Value::Number(a), "toTime", []) => {
            let (_, rest) = divided(a, DAYS, terms)?;
            (Value::Number(rest), Bit::TRUE)
        }
        (Value::Number(a), "toMilliseconds", []) => (Value::Number(a.clone()), Bit::TRUE),
        (Value::Number(a), "toSeconds", []) => units(a, 1_000, terms)?,
        (Value::Number(a), "toMinutes", []) => units(a, 60_000, terms)?,
        (Value::Number(a), "toHours", []) => units(a, 3_600_000, terms)?,
        (Value::Number(a), "toDays", []) => units(a, DAY, terms)?,
        (Value::Ip(a), "isIpv4", []) => holds(!a.is_v6()),
        (Value::Ip(a), "isIpv6", []) => holds(a.is_v6()),
        (Value::Ip(a), "isLoopback", []) => holds(a.in_any(["127.0.0.0/8", "::1/128"], gates)),
        (Value::Ip(a), "isMulticast", []) => holds(a.in_any(["224.0.0.0/4", "ff00::/8"], gates)),
        (Value::Ip(a), "isInRange", ranges) => {
            let mut any = Bit::FALSE;
            for range in ranges {
                let Value::Ip(range) = range else {
                    return Err(Why::NotValid);
                };
                let within = a.in_range(range, gates);
                any = gates.or(any, within);
            }
            holds(any)
        }
        _ => return Err(Why::Unsupported(format!("the method `{name}`"))),
    })
}

/// How Cedar's JSON form writes the value with this number.
pub fn json(kind: Kind<'_>, value: i64) -> serde_json::Value {
    let call = |name: &str, text: String| serde_json::json!({"__extn": {"fn": name, "arg": text}});
    match kind {
        Kind::Decimal => call("decimal", decimal_text(value)),
        Kind::Duration => call("duration", format!("{value}ms")),
        Kind::Datetime => match DateTime::from_timestamp_millis(value)
            .map(|instant| {
                let (date, time) = (instant.date_naive(), instant.time());
                let millisecond = instant.timestamp_subsec_millis();
                format!(
                    "{date}T{:02}:{:02}:{:02}.{millisecond:03}Z",
                    time.hour(),
                    time.minute(),
                    time.second()
                )
            })
            .filter(|text| text.len() == 24 && datetime(text) == Some(value))
        {
            Some(text) => call("datetime", text),
            // Before the year 0 or after 9999: only a sum says that.
            None => serde_json::json!({"__extn": {"fn": "offset", "args": [
                call("datetime", "1970-01-01".to_owned()),
                call("duration", format!("{value}ms")),
            ]}}),
        },
        _ => serde_json::json!(value),
    }
}

const fn holds(bit: Bit) -> (Value, Bit) {
    (Value::Bool(bit), Bit::TRUE)
}

fn units(of: &Number, by: i64, terms: &mut Terms<'_>) -> Result<(Value, Bit), Why> {
    let (quotient, _) = divided(of, Division { by, down: false }, terms)?;
    Ok((Value::Number(quotient), Bit::TRUE))
}

/// Quotient and rest. Their meaning is part of every formula in which they occur.
fn divided(
    of: &Number,
    division: Division,
    terms: &mut Terms<'_>,
) -> Result<(Number, Number), Why> {
    let by = division.by;
    if let Some(value) = of.known() {
        let (quotient, rest) = if division.down {
            (value.div_euclid(by), value.rem_euclid(by))
        } else {
            (value / by, value % by)
        };
        return Ok((Number::constant(quotient), Number::constant(rest)));
    }
    let quotient = terms.name(Origin::Quotient(of.clone(), division), Kind::Long, true);
    let rest = terms.name(Origin::Rest(of.clone(), division), Kind::Long, true);
    let (Value::Number(q), Value::Number(r)) = (terms.at(quotient)?, terms.at(rest)?) else {
        return Err(Why::NotValid);
    };
    let gates = &mut terms.gates;
    let sum = of.is_sum(&q, by, &r, gates);
    let (zero, limit) = (Number::constant(0), Number::constant(by));
    let below = r.less(&limit, gates);
    let within = if division.down {
        let least = zero.less_or_equal(&r, gates);
        gates.and(least, below)
    } else {
        let above = Number::constant(-by).less(&r, gates);
        let negative = of.sign();
        let rest_negative = r.less(&zero, gates);
        let rest_positive = zero.less(&r, gates);
        // The rest has the sign of what is divided, or is zero.
        let sign = gates.choose(negative, !rest_positive, !rest_negative);
        let between = gates.and(below, above);
        gates.and(between, sign)
    };
    let meaning = gates.and(sum, within);
    terms.require(quotient, meaning);
    terms.require(rest, meaning);
    Ok((q, r))
}

/// Ten-thousandths.
fn decimal(text: &str) -> Option<i64> {
    let (whole, behind) = text.split_once('.')?;
    let digits = behind.len();
    let scale = 10_i64.checked_pow(u32::try_from(4_usize.checked_sub(digits)?).ok()?)?;
    let fraction = behind.parse::<i64>().ok()?.checked_mul(scale)?;
    let number = whole.parse::<i64>().ok()?.checked_mul(10_000)?;
    if whole.starts_with('-') {
        number.checked_sub(fraction)
    } else {
        number.checked_add(fraction)
    }
}

/// Milliseconds since 1970: `YYYY-MM-DD`, then perhaps `Thh:mm:ss`, perhaps milliseconds, and `Z` or an offset.
fn datetime(text: &str) -> Option<i64> {
    if text.len() == 10 {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    }
    let text = text
        .strip_suffix('Z')
        .map_or_else(|| text.to_owned(), |text| format!("{text}+0000"));
    let instant = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z").ok()?;
    let has_four_digits = text.as_bytes().get(4) == Some(&b'-');
    has_four_digits.then(|| instant.timestamp_millis())
}

/// Milliseconds: days, hours, minutes, seconds and milliseconds, each with its unit, after a sign.
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind
            .find(|char: char| char.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(letters)?;
        let unit: i128 = match unit {
            "d" => i128::from(DAY),
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        sum = sum.checked_add(number.parse::<i128>().ok()?.checked_mul(unit)?)?;
        rest = behind;
    }
    i64::try_from(if negative { -sum } else { sum }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_have_the_values_that_cedar_gives_them() {
        for (name, text, value) in [
            ("decimal", "-0.5", Some(-5_000)),
            ("decimal", "12.3456", Some(123_456)),
            ("decimal", "1.00001", None),
            ("datetime", "1970-01-02", Some(DAY)),
            ("datetime", "1969-12-31T23:59:59.999Z", Some(-1)),
            (
                "datetime",
                "2024-10-15T11:38:02-0930",
                Some(1_729_026_482_000),
            ),
            ("duration", "-1d2h3m4s5ms", Some(-93_784_005)),
            ("duration", "9223372036854775807ms", Some(i64::MAX)),
            ("duration", "-9223372036854775808ms", Some(i64::MIN)),
            ("other", "1", None),
        ] {
            let value = value.map(|value| Value::Number(Number::constant(value)));
            assert_eq!(literal(name, text), value, "{name}({text})");
        }
    }
}
