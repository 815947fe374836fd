//! Points in time. The core has no clock: "now" is an argument, `as_of`.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// A point in time from the year 0000 to the year 9999, to the millisecond, as Cedar's `datetime` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Since 1970-01-01T00:00:00Z.
    millis: i64,
}

impl Instant {
    /// Reads an RFC 3339 date-time (`2026-11-21T09:00:00Z`) or a date (`2026-11-21`, its first moment in
    /// UTC, which is also how Cedar's `datetime` reads it). `None` for anything else. Fractions below a
    /// millisecond are dropped; a leap second is the first second of the next day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut input = Input(text.as_bytes());
        let date = input.date()?;
        if input.0.is_empty() {
            return Self::from_millis(since_epoch(date.and_time(NaiveTime::MIN)));
        }
        input.one_of(b"Tt ")?;
        let hour = input.digits(2)?;
        input.one_of(b":")?;
        let minute = input.digits(2)?;
        input.one_of(b":")?;
        let second = input.digits(2)?;
        let fraction = input.fraction()?;
        let offset = input.offset_minutes()?;
        if !input.0.is_empty() {
            return None;
        }
        let leap = second == 60;
        let time = date.and_time(NaiveTime::from_hms_opt(
            u32::try_from(hour).ok()?,
            u32::try_from(minute).ok()?,
            if leap {
                59
            } else {
                u32::try_from(second).ok()?
            },
        )?);
        let whole = since_epoch(time) - offset * 60_000 + if leap { 1_000 } else { 0 };
        if leap && whole.rem_euclid(DAY) != 0 {
            return None;
        }
        Self::from_millis(whole + fraction)
    }

    /// The end of the day that a date names, for expiries: access ends when the day does. A date-time is
    /// taken as it is. The last day of the year 9999 ends at the last moment there is.
    pub fn parse_end(text: &str) -> Option<Self> {
        let instant = Self::parse(text)?;
        if text.len() == DATE_LEN {
            Some(instant.plus_days(1).unwrap_or(Self::MAX))
        } else {
            Some(instant)
        }
    }

    /// The instant `days` times 24 hours later; `None` outside the years 0000 to 9999.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        Self::from_millis(self.millis.checked_add(days.checked_mul(DAY)?)?)
    }

    /// So many minutes later; `None` beyond what can be written.
    pub fn plus_minutes(self, minutes: i64) -> Option<Self> {
        Self::from_millis(self.millis.checked_add(minutes.checked_mul(60_000)?)?)
    }

    /// Whole days from `earlier` until this instant, rounded down; negative where it lies before.
    pub const fn days_since(self, earlier: Self) -> i64 {
        (self.millis - earlier.millis).div_euclid(DAY)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, as Cedar's `datetime` counts.
    pub const fn as_millis(self) -> i64 {
        self.millis
    }

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z; `None` outside the years 0000 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        let instant = Self { millis };
        (Self::MIN <= instant && instant <= Self::MAX).then_some(instant)
    }

    /// The date in UTC, as `2026-11-21`.
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    /// 0000-01-01T00:00:00Z.
    const MIN: Self = Self {
        millis: -62_167_219_200_000,
    };
    /// 9999-12-31T23:59:59.999Z.
    const MAX: Self = Self {
        millis: 253_402_300_799_999,
    };

    fn civil(self) -> NaiveDateTime {
        // Every instant lies within what the library can show.
        DateTime::from_timestamp_millis(self.millis)
            .unwrap_or_default()
            .naive_utc()
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(f, "{}T{}Z", civil.date(), civil.time())
    }
}

const DAY: i64 = 86_400_000;
/// Bytes of `2026-11-21`.
const DATE_LEN: usize = 10;

fn since_epoch(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_millis()
}

/// What is left to read. The library's own parsers take more than RFC 3339, which Cedar and other
/// readers of the same text would refuse.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        let day = self.digits(2)?;
        NaiveDate::from_ymd_opt(
            i32::try_from(year).ok()?,
            u32::try_from(month).ok()?,
            u32::try_from(day).ok()?,
        )
    }

    /// Milliseconds of an optional `.123456`.
    fn fraction(&mut self) -> Option<i64> {
        if self.one_of(b".").is_none() {
            return Some(0);
        }
        let mut millis = self.digit()? * 100;
        let mut place = 10;
        while let Some(digit) = self.digit() {
            millis += digit * place;
            place /= 10;
        }
        Some(millis)
    }

    /// Minutes east of UTC of `Z` or `+01:00`.
    fn offset_minutes(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2).filter(|hours| *hours < 24)?;
        self.one_of(b":")?;
        let minutes = self.digits(2).filter(|minutes| *minutes < 60)?;
        Some(sign * (hours * 60 + minutes))
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    fn digit(&mut self) -> Option<i64> {
        self.one_of(b"0123456789").map(|b| i64::from(b - b'0'))
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn reads(text: &str, shown: &str) {
        let instant = Instant::parse(text);
        assert_eq!(
            instant.map(|i| i.to_string()).as_deref(),
            Some(shown),
            "{text}"
        );
    }

    #[test]
    fn a_date_is_its_first_moment_and_ends_with_the_day() {
        reads("2026-11-21", "2026-11-21T00:00:00Z");
        let end = Instant::parse_end("2026-11-21").unwrap();
        assert_eq!(end.to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(end.date(), "2026-11-22");
        assert_eq!(
            Instant::parse_end("2026-11-21T09:00:00Z"),
            Instant::parse("2026-11-21T09:00:00Z")
        );
    }

    #[test]
    fn date_times_are_moved_to_utc() {
        reads("2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z");
        reads("2026-11-21t09:00:00z", "2026-11-21T09:00:00Z");
        reads("2026-11-21T00:30:00+01:00", "2026-11-20T23:30:00Z");
        reads("2026-12-31T23:30:00-05:30", "2027-01-01T05:00:00Z");
        reads("2026-11-21T09:00:00-00:00", "2026-11-21T09:00:00Z");
        reads("2026-11-21T09:00:00.5Z", "2026-11-21T09:00:00.500Z");
        reads(
            "2026-11-21T09:00:00.123987654321Z",
            "2026-11-21T09:00:00.123Z",
        );
    }

    #[test]
    fn leap_days_and_leap_seconds() {
        reads("2024-02-29", "2024-02-29T00:00:00Z");
        reads("2000-02-29", "2000-02-29T00:00:00Z");
        for text in ["2023-02-29", "1900-02-29", "2026-02-30", "2026-04-31"] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
        reads("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
        reads("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z");
        assert_eq!(Instant::parse("2016-12-31T12:34:60Z"), None);
    }

    #[test]
    fn the_years_go_from_0000_to_9999() {
        reads("0000-01-01", "0000-01-01T00:00:00Z");
        reads("9999-12-31", "9999-12-31T00:00:00Z");
        reads("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
        assert_eq!(Instant::parse("0000-01-01T00:00:00+00:01"), None);
        assert_eq!(Instant::parse("9999-12-31T23:59:59-00:01"), None);
        assert_eq!(Instant::parse_end("9999-12-31"), Some(Instant::MAX));
        assert_eq!(Instant::MAX.plus_days(1), None);
        assert_eq!(Instant::MAX.plus_days(i64::MAX), None);
        assert_eq!(Instant::from_millis(i64::MIN), None);
        assert_eq!(
            Instant::from_millis(0).unwrap().to_string(),
            "1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn nonsense_is_none() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-1-21",
            "2026-13-01",
            "2026-00-01",
            "2026-11-00",
            "20261121",
            "2026-11-21T",
            "2026-11-21T09",
            "2026-11-21T09:00Z",
            "2026-11-21T09:00:00",
            "2026-11-21T24:00:00Z",
            "2026-11-21T09:60:00Z",
            "2026-11-21T09:00:61Z",
            "2026-11-21T09:00:00.Z",
            "2026-11-21T09:00:00+1:00",
            "2026-11-21T09:00:00+24:00",
            "2026-11-21T09:00:00+0100",
            "2026-11-21T09:00:00Z[UTC]",
            " 2026-11-21",
            "2026-11-21 ",
            "+02026-11-21",
            "-2026-11-21",
            "２026-11-21",
            "soon",
            "2026-11-2é",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_rounded_down() {
        let at = |text| Instant::parse(text).unwrap();
        let noon = at("2026-11-21T12:00:00Z");
        assert_eq!(at("2026-11-22T11:59:59Z").days_since(noon), 0);
        assert_eq!(at("2026-11-22T12:00:00Z").days_since(noon), 1);
        assert_eq!(at("2026-11-21T11:59:59Z").days_since(noon), -1);
        assert_eq!(noon.plus_days(-21), Some(at("2026-10-31T12:00:00Z")));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (Instant::parse(&text), Instant::parse_end(&text));
        }

        #[test]
        fn near_misses_do_not_panic(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2}))?") {
            if let Some(instant) = Instant::parse(&text) {
                prop_assert_eq!(Instant::parse(&instant.to_string()), Some(instant));
                prop_assert!(Instant::parse_end(&text).unwrap() >= instant);
            }
        }

        #[test]
        fn what_is_shown_is_read_back(millis in -62_167_219_200_000_i64..=253_402_300_799_999) {
            let instant = Instant::from_millis(millis).unwrap();
            prop_assert_eq!(Instant::parse(&instant.to_string()), Some(instant));
            prop_assert_eq!(instant.as_millis(), millis);
            prop_assert!(instant.to_string().starts_with(&instant.date()));
        }
    }
}
