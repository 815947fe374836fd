//! What an expression comes to for a stranger.

use std::collections::BTreeMap;

use crate::schema::Attribute;

/// Which truth values an expression can have. Neither: it fails, or some other stranger gets the opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) yes: bool,
    pub(super) no: bool,
}

impl Truth {
    pub(super) const EITHER: Self = Self {
        yes: true,
        no: true,
    };
    pub(super) const NEITHER: Self = Self {
        yes: false,
        no: false,
    };
    pub(super) const YES: Self = Self::is(true);
    pub(super) const NO: Self = Self::is(false);

    pub(super) const fn is(value: bool) -> Self {
        Self {
            yes: value,
            no: !value,
        }
    }

    pub(super) const fn not(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes,
            no: self.no || self.yes && other.no,
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Whether two truth values are the same.
    pub(super) const fn equals(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes || self.no && other.no,
            no: self.yes && other.no || self.no && other.yes,
        }
    }

    /// What `if self then a else b` comes to.
    pub(super) const fn choose(self, a: Self, b: Self) -> Self {
        Self {
            yes: self.yes && a.yes || self.no && b.yes,
            no: self.yes && a.no || self.no && b.no,
        }
    }
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Long,
    Decimal,
    Datetime,
    Duration,
}

/// Where a value is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// Written in the policy.
    Literal,
    /// The stranger's, at this path.
    Stranger(String),
    /// Worked out of the stranger's.
    Computed,
}

#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Truth(Truth),
    Number(Unit, i64, From),
    /// A text of the stranger's, at this path: no text that the policy knows.
    Text(String),
    /// A literal text.
    Literal(String),
    /// The stranger, or an entity that the stranger names: one that nothing else names.
    Entity(&'a str, String),
    /// An entity that the policy names, or one of an enumerated type.
    Named(String, String),
    Ip(String),
    /// A set of the stranger's at this path: not empty, and nothing in it is known elsewhere.
    Several(String),
    Set(Vec<Value<'a>>),
    /// A record of the stranger's, at this path.
    Fields(&'a BTreeMap<String, Attribute>, String),
    Record(Vec<(String, Value<'a>)>),
    /// Does not depend on the stranger.
    Free,
    /// Nothing is known of it.
    Mixed,
    /// Evaluation fails.
    Fails,
}

impl Value<'_> {
    /// What it is where a truth value is asked for.
    pub(super) const fn truth(&self) -> Truth {
        match self {
            Self::Truth(truth) => *truth,
            Self::Fails => Truth::NEITHER,
            _ => Truth::EITHER,
        }
    }

    /// Whether it is a stranger's own and so differs from everything that does not depend on the stranger.
    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::Text(_) | Self::Entity(..) | Self::Several(_) | Self::Ip(_) => true,
            Self::Number(_, _, from) => matches!(from, From::Stranger(_)),
            Self::Set(items) => items.iter().any(Self::is_new),
            Self::Record(fields) => fields.iter().any(|(_, of)| of.is_new()),
            _ => false,
        }
    }

    /// Whether it is written in the policy.
    pub(super) const fn is_literal(&self) -> bool {
        matches!(
            self,
            Self::Literal(_) | Self::Number(_, _, From::Literal) | Self::Named(..)
        )
    }
}
