//! What is asked of one value by itself, and a value that meets it: whether a test holds of a value is what Cedar says,
//! and a value that was found is held against every test.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal, UnaryOp};
use crate::prove::{Pattern, find, quantity};

/// Something that holds of a value or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// It is `true`.
    Truth,
    /// A number, or what counts the units of a time or an amount, is at least this.
    AtLeast(i64),
    /// It is this number.
    Number(i64),
    /// It is this text.
    Text(String),
    /// It matches.
    Like(Pattern),
    /// The set has at least one of these.
    HasAny(BTreeSet<Element>),
    /// The set has all of these.
    HasAll(BTreeSet<Element>),
    /// The set has no element.
    Empty,
    /// It lies in one of these ranges.
    InRange(Vec<Net>),
    /// It is an address of the older family.
    V4,
}

/// An element of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    Bool(bool),
    Number(u64),
    Text(String),
    Entity(Entity),
}

/// An address or a range of them: the address stands in the high bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Net {
    v6: bool,
    address: u128,
    prefix: u8,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    Bool(bool),
    Number(i64),
    Text(String),
    Set(BTreeSet<Element>),
    Ip(Net),
}

/// A test, and whether it has to hold.
pub(super) type Asked = (Test, bool);

/// A text that nobody writes, where any would do.
const ANY_TEXT: &str = "\u{e000}";

impl Element {
    /// A literal.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        Some(match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => Self::Bool(*value),
            ExprKind::Literal(Literal::Long(value)) => Self::Number(*value),
            ExprKind::Literal(Literal::String(text)) => Self::Text(text.clone()),
            ExprKind::Entity(entity) => Self::Entity(entity.clone()),
            _ => return None,
        })
    }
}

impl Test {
    /// The test that `value op literal` makes, and whether it has to hold so that this comes to `outcome`. Of orders
    /// only.
    pub(super) fn order(op: BinaryOp, literal: &Expr, outcome: bool) -> Option<Asked> {
        let bound = number(literal)?;
        let (bound, above) = match op {
            BinaryOp::Less => (bound, false),
            BinaryOp::LessEq => (bound.checked_add(1)?, false),
            BinaryOp::Greater => (bound.checked_add(1)?, true),
            BinaryOp::GreaterEq => (bound, true),
            _ => return None,
        };
        Some((Self::AtLeast(bound), above == outcome))
    }

    /// That a value is this literal, or is not.
    pub(super) fn equal(literal: &Literal, equal: bool) -> Option<Asked> {
        Some(match literal {
            Literal::Bool(value) => (Self::Truth, *value == equal),
            Literal::Long(value) => (Self::Number(i64::try_from(*value).ok()?), equal),
            Literal::String(text) => (Self::Text(text.clone()), equal),
        })
    }

    /// What a method of a set or an address tests, for `isIpv6` the opposite.
    pub(super) fn method(name: &str, arguments: &[Expr]) -> Option<Self> {
        Some(match (name, arguments) {
            ("isEmpty", []) => Self::Empty,
            ("contains", [element]) => Self::HasAny([Element::of(element)?].into()),
            ("containsAny" | "containsAll", [set]) => {
                let ExprKind::Set(items) = &set.kind else {
                    return None;
                };
                let elements = items.iter().map(Element::of).collect::<Option<_>>()?;
                match name {
                    "containsAny" => Self::HasAny(elements),
                    _ => Self::HasAll(elements),
                }
            }
            ("isIpv4" | "isIpv6", []) => Self::V4,
            ("isLoopback", []) => Self::ranges(["127.0.0.0/8", "::1/128"])?,
            ("isMulticast", []) => Self::ranges(["224.0.0.0/4", "ff00::/8"])?,
            ("isInRange", ranges) => {
                let texts = ranges.iter().map(|range| match &range.kind {
                    ExprKind::Call(name, arguments) if name.value == "ip" => text_of(arguments),
                    _ => None,
                });
                Self::ranges(texts.collect::<Option<Vec<&str>>>()?)?
            }
            _ => return None,
        })
    }

    /// That an address is in one of these ranges.
    fn ranges<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let nets: Option<Vec<Net>> = texts.into_iter().map(Net::parse).collect();
        Some(Self::InRange(nets?))
    }

    /// Whether it holds of a value; `None` where the value is of another type.
    pub(super) fn holds(&self, value: &Known) -> Option<bool> {
        Some(match (self, value) {
            (Self::Truth, Known::Bool(value)) => *value,
            (Self::AtLeast(bound), Known::Number(value)) => value >= bound,
            (Self::Number(number), Known::Number(value)) => value == number,
            (Self::Text(text), Known::Text(value)) => value == text,
            (Self::Like(pattern), Known::Text(value)) => pattern.matches(value),
            (Self::HasAny(some), Known::Set(value)) => some.iter().any(|of| value.contains(of)),
            (Self::HasAll(all), Known::Set(value)) => all.is_subset(value),
            (Self::Empty, Known::Set(value)) => value.is_empty(),
            (Self::InRange(ranges), Known::Ip(value)) => {
                ranges.iter().any(|range| value.is_within(range))
            }
            (Self::V4, Known::Ip(value)) => !value.v6,
            _ => return None,
        })
    }

    /// The value of a place of which nothing is asked.
    pub(super) fn any(&self) -> Known {
        match self {
            Self::Truth => Known::Bool(false),
            Self::AtLeast(_) | Self::Number(_) => Known::Number(0),
            Self::Text(_) | Self::Like(_) => Known::Text(ANY_TEXT.to_owned()),
            Self::HasAny(_) | Self::HasAll(_) | Self::Empty => Known::Set(BTreeSet::new()),
            Self::InRange(_) | Self::V4 => Known::Ip(Net::ANY),
        }
    }
}

/// Whether what the one asks of a value makes sure what the other does. Where it says no, that may be so nevertheless.
pub(super) fn implies((one, must): &Asked, (other, must_too): &Asked) -> bool {
    use Test::{AtLeast, Empty, HasAll, HasAny, InRange, Like, Number, Text};
    if one == other {
        return must == must_too;
    }
    match (one, other, *must, *must_too) {
        (Number(value), _, true, _) => other.holds(&Known::Number(*value)) == Some(*must_too),
        (Text(text), _, true, _) => other.holds(&Known::Text(text.clone())) == Some(*must_too),
        (AtLeast(a), AtLeast(b), true, true) => a >= b,
        (AtLeast(a), AtLeast(b), false, false) => a <= b,
        (AtLeast(a), Number(b), true, false) => b < a,
        (AtLeast(a), Number(b), false, false) => b >= a,
        (Like(a), Like(b), true, true) => a.is_within(b),
        (Like(a), Like(b), false, false) => b.is_within(a),
        (Like(a), Text(b), true, false) => !a.matches(b),
        (HasAny(a), HasAny(b), true, true) | (HasAll(b), HasAll(a), true, true) => a.is_subset(b),
        (HasAny(a), HasAny(b), false, false) => b.is_subset(a),
        (HasAll(a), HasAny(b), true, true) => !a.is_disjoint(b),
        (HasAny(_), Empty, true, false) => true,
        (HasAll(a), Empty, true, false) => !a.is_empty(),
        (InRange(a), InRange(b), true, true) | (InRange(b), InRange(a), false, false) => a
            .iter()
            .all(|one| b.iter().any(|other| one.is_within(other))),
        _ => false,
    }
}

/// A value that meets all that is asked of it, as near to what is asked as can be; `None` where none was found.
pub(super) fn value(asked: &[Asked]) -> Option<Known> {
    let meets =
        |value: &Known| (asked.iter()).all(|(test, outcome)| test.holds(value) == Some(*outcome));
    candidates(asked).into_iter().find(meets)
}

fn candidates(asked: &[Asked]) -> Vec<Known> {
    let mut found = Vec::new();
    for (test, outcome) in asked {
        match test {
            Test::Truth => found.push(Known::Bool(*outcome)),
            Test::AtLeast(bound) | Test::Number(bound) => {
                let near = [Some(*bound), bound.checked_add(1), bound.checked_sub(1)];
                found.extend(near.into_iter().flatten().map(Known::Number));
            }
            Test::Text(text) if *outcome => return vec![Known::Text(text.clone())],
            Test::Text(_) | Test::Like(_) => return text(asked).into_iter().collect(),
            Test::HasAny(_) | Test::HasAll(_) | Test::Empty => return vec![set(asked)],
            Test::InRange(ranges) => {
                found.extend(ranges.iter().flat_map(Net::around).map(Known::Ip));
            }
            Test::V4 => found.extend([Net::ANY, Net::NEWER].map(Known::Ip)),
        }
    }
    if matches!(found.first(), Some(Known::Ip(_))) {
        found.extend([Net::ANY, Net::NEWER].map(Known::Ip));
    }
    found
}

fn text(asked: &[Asked]) -> Option<Known> {
    /// What the search for a text may take.
    const STEPS: u64 = 2_000;
    if let Some((Test::Text(text), _)) =
        (asked.iter()).find(|(test, outcome)| *outcome && matches!(test, Test::Text(_)))
    {
        return Some(Known::Text(text.clone()));
    }
    let patterns = |wanted: bool| -> Vec<&Pattern> {
        let of = asked.iter().filter_map(|(test, outcome)| match test {
            Test::Like(pattern) if *outcome == wanted => Some(pattern),
            _ => None,
        });
        of.collect()
    };
    let others: BTreeSet<String> = (asked.iter())
        .filter_map(|(test, _)| match test {
            Test::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    let found = find(&patterns(true), &patterns(false), &others, &mut { STEPS });
    found.ok()?.text().map(Known::Text)
}

fn set(asked: &[Asked]) -> Known {
    let excluded: BTreeSet<&Element> = (asked.iter())
        .filter_map(|(test, outcome)| match test {
            Test::HasAny(some) if !outcome => Some(some),
            _ => None,
        })
        .flatten()
        .collect();
    let mut elements = BTreeSet::new();
    for (test, outcome) in asked {
        match (test, outcome) {
            (Test::HasAll(all), true) => elements.extend(all.iter().cloned()),
            (Test::HasAny(some), true) if some.is_disjoint(&elements) => {
                elements.extend(some.iter().find(|of| !excluded.contains(of)).cloned());
            }
            _ => {}
        }
    }
    // Where there has to be an element and none is named, no value is found: perhaps the type has only those that are
    // excluded.
    Known::Set(elements)
}

/// The number of a literal, with or without its sign, or of one of an extension type.
fn number(literal: &Expr) -> Option<i64> {
    match &literal.kind {
        ExprKind::Literal(Literal::Long(value)) => i64::try_from(*value).ok(),
        ExprKind::Unary(UnaryOp::Neg, inner) => match inner.kind {
            ExprKind::Literal(Literal::Long(value)) => i64::try_from(-i128::from(value)).ok(),
            _ => None,
        },
        ExprKind::Call(name, arguments) => quantity(&name.value, text_of(arguments)?),
        _ => None,
    }
}

/// The text of a literal that is the only argument.
fn text_of(arguments: &[Expr]) -> Option<&str> {
    match arguments {
        [
            Expr {
                kind: ExprKind::Literal(Literal::String(text)),
                ..
            },
        ] => Some(text),
        _ => None,
    }
}

/// `a op b` is `b swapped(op) a`.
pub(super) const fn swapped(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEq => BinaryOp::GreaterEq,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEq => BinaryOp::LessEq,
        other => other,
    }
}

/// The operator that a method of amounts stands for.
pub(super) fn order_of(method: &str) -> Option<BinaryOp> {
    Some(match method {
        "lessThan" => BinaryOp::Less,
        "lessThanOrEqual" => BinaryOp::LessEq,
        "greaterThan" => BinaryOp::Greater,
        "greaterThanOrEqual" => BinaryOp::GreaterEq,
        _ => return None,
    })
}

impl Net {
    const ANY: Self = Self {
        v6: false,
        address: 0,
        prefix: 32,
    };

    const NEWER: Self = Self {
        v6: true,
        address: 0,
        prefix: 128,
    };

    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let (v6, address) = match address.parse().ok()? {
            IpAddr::V4(address) => (false, u128::from(address.to_bits()) << 96),
            IpAddr::V6(address) => (true, address.to_bits()),
        };
        let width = if v6 { 128 } else { 32 };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then_some(Self {
            v6,
            address,
            prefix,
        })
    }

    /// The bits that tell.
    fn mask(self) -> u128 {
        u128::MAX
            .checked_shl(128 - u32::from(self.prefix))
            .unwrap_or(0)
    }

    fn is_within(&self, range: &Self) -> bool {
        self.v6 == range.v6
            && self.prefix >= range.prefix
            && (self.address ^ range.address) & range.mask() == 0
    }

    /// Single addresses: the first and the last of the range, and those before and behind it.
    fn around(&self) -> impl Iterator<Item = Self> + use<> {
        let (v6, mask) = (self.v6, self.mask());
        let one = if v6 { 1 } else { 1 << 96 };
        let first = self.address & mask;
        let last = (first | !mask) & !(one - 1);
        let around = [
            Some(first),
            Some(last),
            first.checked_sub(one),
            last.checked_add(one),
        ];
        around.into_iter().flatten().map(move |address| Self {
            v6,
            address,
            prefix: if v6 { 128 } else { 32 },
        })
    }
}
