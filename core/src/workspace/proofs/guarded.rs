//! Restrictions that do not hold where an optional attribute is missing, and what closing them would change.

use std::sync::Arc;

use super::Ground;
use super::memo::Form;
use crate::analysis::optional_guard::{self, Guard};
use crate::cedar::parse::Parsed;
use crate::facts::Policy;
use crate::schema::TypeScope;
use crate::source::{Limits, Span, exceeded};

/// How many restrictions of one policy are looked at.
const MOST: usize = 8;

/// A restriction that begins with the test whether an optional attribute is there.
#[derive(Debug, Clone)]
pub(crate) struct Guarded {
    /// The test, as `x has label`.
    pub(crate) test: Span,
    /// The policy with the restriction in force where the attribute is missing.
    pub(crate) closed: Parsed,
}

impl Guarded {
    /// By which the answers about it are kept.
    pub(crate) fn form(&self) -> Form {
        self.closed.policy.canonical
    }
}

/// Whether a restriction in force would change what the bundle decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closes {
    /// It would deny a request that is allowed: proved.
    Something,
    /// It would deny nothing that is allowed: proved.
    Nothing,
    /// Undecided.
    Unknown,
}

/// Every such restriction of a policy that can be closed as its check suggests.
pub(super) fn all(parsed: &Parsed, scope: &TypeScope, ground: &Ground) -> Vec<Guarded> {
    let policy = &parsed.policy;
    let guards = optional_guard::all(policy, Some((&ground.schema, scope)));
    let closed = guards.iter().take(MOST).filter_map(|guard| {
        let closed = closed(policy, guard)?;
        let is_valid = crate::cedar::validate::accepts(&closed.template, &ground.validator);
        is_valid.then_some(Guarded {
            test: guard.test.span,
            closed,
        })
    });
    closed.collect()
}

/// The policy that says `!(x has label && !(…))` where this one says `x has label && …`.
fn closed(policy: &Policy, guard: &Guard<'_>) -> Option<Parsed> {
    let rest = guard.rest()?;
    let mut text = policy.text.to_string();
    for (at, insert) in [
        (rest.end, "))"),
        (rest.start, "!("),
        (guard.test.outer.start, "!("),
    ] {
        let at = at as usize;
        if !text.is_char_boundary(at) {
            return None;
        }
        text.insert_str(at, insert);
    }
    if exceeded(&text, &Limits::default()).is_some() {
        return None;
    }
    crate::cedar::parse::parse(&Arc::from(text)).ok()
}
