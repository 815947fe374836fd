//! Restrictions that do not hold where an optional attribute is missing, and what closing them would change.

use std::borrow::Cow;
use std::sync::Arc;

use super::Ground;
use super::memo::Form;
use crate::analysis::missing::Open;
use crate::analysis::optional_guard::{self, closing_edits, closing_fix};
use crate::analysis::reading::plain;
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

/// Every such restriction of a policy: those that can be closed as their check suggests, and the tests of the others.
pub(super) fn all(
    parsed: &Parsed,
    scope: &TypeScope,
    ground: &Ground,
) -> (Vec<Guarded>, Vec<Span>) {
    let policy = &parsed.policy;
    let says = plain(policy);
    let (mut guarded, mut unclosed) = (Vec::new(), Vec::new());
    let open = optional_guard::all(&says, Some((&ground.schema, scope)));
    for open in open.iter().take(MOST) {
        let closed = match says {
            Cow::Borrowed(_) => closed(policy, open),
            Cow::Owned(_) => None,
        };
        let closed = closed
            .filter(|closed| crate::cedar::validate::accepts(&closed.template, &ground.validator));
        let test = open.test.span;
        match closed {
            Some(closed) => guarded.push(Guarded { test, closed }),
            None => unclosed.push(test),
        }
    }
    (guarded, unclosed)
}

/// The policy with the restriction in force where the attribute is missing.
fn closed(policy: &Policy, open: &Open<'_>) -> Option<Parsed> {
    // What is proved is about what the finding suggests, wherever it suggests something.
    let mut edits = match closing_fix(policy, open) {
        Some(fix) => fix.edits,
        None => closing_edits(policy, open)?,
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = policy.text.to_string();
    for edit in edits {
        let range = edit.span.range();
        text.get(range.clone())?;
        text.replace_range(range, &edit.insert);
    }
    if exceeded(&text, &Limits::default()).is_some() {
        return None;
    }
    crate::cedar::parse::parse(&Arc::from(text)).ok()
}
