//! The values that policies and worlds are made of. They are few, so that those of a policy and those of a request meet,
//! and lie where operators change their minds.

use fastrand::Rng;

pub const LONGS: [i64; 14] = [
    0,
    1,
    2,
    3,
    -1,
    10,
    100,
    86_400_000,
    3_037_000_500,
    4_611_686_018_427_387_904,
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
    i64::MIN + 1,
];

pub const TEXTS: [&str; 12] = [
    "", "a", "b", "ab", "abc", "ba", "aab", "*", "a*b", "é", "\"", "\\",
];

pub const DECIMALS: [&str; 8] = [
    "0.0",
    "1.0",
    "1.5",
    "-1.0",
    "0.0001",
    "-0.0001",
    "922337203685477.5807",
    "-922337203685477.5808",
];

pub const IPS: [&str; 16] = [
    "10.0.0.0/8",
    "10.0.0.1",
    "10.0.0.0/24",
    "10.1.0.0/16",
    "192.168.0.1/32",
    "127.0.0.1",
    "127.0.0.0/8",
    "224.0.0.0/4",
    "224.0.0.1",
    "0.0.0.0/0",
    "::1",
    "::/0",
    "ff00::/8",
    "2001:db8::/32",
    "2001:db8::1",
    "::ffff",
];

pub const DATETIMES: [&str; 9] = [
    "1970-01-01",
    "1970-01-01T00:00:00.001Z",
    "1969-12-31T23:59:59.999Z",
    "2024-02-29",
    "2024-02-29T12:30:00Z",
    "2024-02-29T12:30:00+0100",
    "2024-03-01T00:00:00-0130",
    "9999-12-31T23:59:59.999Z",
    "0001-01-01",
];

pub const DURATIONS: [&str; 11] = [
    "0ms",
    "1ms",
    "-1ms",
    "999ms",
    "1h",
    "90m",
    "-1d",
    "1d2h3m4s5ms",
    "24h",
    "9223372036854775807ms",
    "-9223372036854775808ms",
];

/// The ids of entities whose type lists none.
pub const IDS: [&str; 3] = ["a", "b", "c"];

/// One of these. None of the lists is empty.
pub fn one<T: Copy + Default>(rng: &mut Rng, of: &[T]) -> T {
    rng.choice(of).copied().unwrap_or_default()
}

/// A number, more often a small one.
pub fn long(rng: &mut Rng) -> i64 {
    if rng.bool() {
        rng.i64(-2..5)
    } else {
        one(rng, &LONGS)
    }
}
