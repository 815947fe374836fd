//! Points in time. The core has no clock: "now" is an argument, `as_of`.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Timestamp);

impl Instant {
    /// Reads an RFC 3339 date-time (`2026-11-21T09:00:00Z`) or a date (`2026-11-21`, its first moment in
    /// UTC, which is also how Cedar's `datetime` reads it). `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(Self(timestamp));
        }
        if text.len() != 10 {
            return None;
        }
        let date = text.parse::<Date>().ok()?;
        date.to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| Self(zoned.timestamp()))
    }

    /// The end of the day that a date names, for expiries: access ends when the day does. A date-time is
    /// taken as it is.
    pub fn parse_end(text: &str) -> Option<Self> {
        let instant = Self::parse(text)?;
        if text.len() == 10 {
            instant.plus_days(1)
        } else {
            Some(instant)
        }
    }

    /// The instant `days` times 24 hours later; `None` past the year 9999.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        self.0
            .checked_add(SignedDuration::from_hours(days.checked_mul(24)?))
            .ok()
            .map(Self)
    }

    /// Whole days from `earlier` until this instant, rounded down; negative where it lies before.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours().div_euclid(24)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, as Cedar's `datetime` counts.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z.
    pub fn from_millis(millis: i64) -> Option<Self> {
        Timestamp::from_millisecond(millis).ok().map(Self)
    }

    /// The date in UTC, as `2026-11-21`.
    pub fn date(self) -> String {
        TimeZone::UTC.to_datetime(self.0).date().to_string()
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
