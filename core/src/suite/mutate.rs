//! Mutation of policies: edits that change what a policy says, to see which of them no test notices.
//!
//! ```text
//! facts ──operators──> mutants ──Cedar──> those that parse and type-check ──meaning──> those that differ
//!                                               └── cases run again ──> killed or survived
//! ```

mod actions;
mod atoms;
mod cases;
mod clauses;
mod engine;
mod equivalent;
mod extensions;
mod literals;
mod meaning;
mod prepare;
mod scope;
#[cfg(test)]
mod tests;

pub use cases::{Came, Cases, Member, Request};
pub use engine::{Memo, Options, Oracle, Subject, Surroundings, mutate};
pub(crate) use meaning::exclude_each_other;
pub use meaning::{Under, meaning, same_meaning};
pub use prepare::{Candidate, Prepared, prepare};

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Entity, Policy};
use crate::finding::TextEdit;
use crate::schema::{Schema, TypeScope};
use crate::source::{Span, TokenKind, tokens};

/// A kind of edit.
#[derive(Debug)]
pub struct Operator {
    /// Its name in reports.
    pub id: &'static str,
    /// What it does, for the documentation.
    pub does: &'static str,
    /// What a surviving mutant says after "no test would notice if". `{policy}`, `{part}` and `{new}` stand
    /// for the policy's name, what was edited, and what became of it.
    pub sentence: &'static str,
    find: fn(&mut Finder<'_>),
}

/// Every operator. Of two mutants that say the same, the one of the earlier operator is kept.
pub const OPERATORS: &[Operator] = &[
    operator(
        "policy-removed",
        "takes the policy away",
        "`{policy}` were removed",
        clauses::policy_removed,
    ),
    operator(
        "effect-flipped",
        "turns `permit` into `forbid`, and back",
        "`{policy}` were a `{new}`",
        clauses::effect_flipped,
    ),
    operator(
        "scope-widened",
        "lets the principal or the resource be any of a type, any in what it or its group is in, or any at all",
        "`{policy}` applied to {new}, not only where `{part}`",
        scope::widened,
    ),
    operator(
        "action-dropped",
        "takes one action off the list",
        "`{part}` were dropped from the actions of `{policy}`",
        actions::dropped,
    ),
    operator(
        "action-added",
        "adds an action of the schema that takes the same principals and resources",
        "`{policy}` also applied to `{new}`",
        actions::added,
    ),
    operator(
        "action-widened",
        "lets the action be any of a group that it is in, or all of a list are, or any at all",
        "`{policy}` applied to {new}, not only where `{part}`",
        actions::widened,
    ),
    operator(
        "clause-dropped",
        "takes a clause away",
        "`{part}` were dropped from `{policy}`",
        clauses::clause_dropped,
    ),
    operator(
        "clause-turned",
        "turns `when` into `unless`, and back",
        "`{part}` of `{policy}` were `{new}`",
        clauses::clause_turned,
    ),
    operator(
        "operand-dropped",
        "takes an operand of `&&` or `||` away",
        "`{part}` were dropped from `{policy}`",
        clauses::operand_dropped,
    ),
    operator(
        "guard-dropped",
        "takes a `has` away together with the operands that read what it guards",
        "`{part}` and what it guards were dropped from `{policy}`",
        clauses::guard_dropped,
    ),
    operator(
        "operator-swapped",
        "turns `&&` into `||`, and back, for a whole chain",
        "`{part}` of `{policy}` were joined by `{new}`",
        clauses::operator_swapped,
    ),
    operator(
        "comparison-shifted",
        "turns `<` into `<=`, `>` into `>=`, and back",
        "`{part}` of `{policy}` were `{new}`",
        atoms::comparison_shifted,
    ),
    operator(
        "comparison-turned",
        "turns `<` into `>`, `==` into `!=`, and back",
        "`{part}` of `{policy}` were `{new}`",
        atoms::comparison_turned,
    ),
    operator(
        "membership-narrowed",
        "turns `in` into `==`",
        "`{part}` of `{policy}` were `{new}`",
        atoms::membership_narrowed,
    ),
    operator(
        "membership-widened",
        "turns `==` between entities into `in`",
        "`{part}` of `{policy}` were `{new}`",
        atoms::membership_widened,
    ),
    operator(
        "set-test-swapped",
        "turns `containsAll` into `containsAny`, and back",
        "`{part}` of `{policy}` were `{new}`",
        atoms::set_test_swapped,
    ),
    operator(
        "condition-negated",
        "negates a condition",
        "`{part}` of `{policy}` were negated",
        clauses::condition_negated,
    ),
    operator(
        "condition-true",
        "makes a part of an `if` true",
        "`{part}` of `{policy}` were always true",
        clauses::condition_true,
    ),
    operator(
        "condition-false",
        "makes a part of an `if` false",
        "`{part}` of `{policy}` were always false",
        clauses::condition_false,
    ),
    operator(
        "number-shifted",
        "makes an integer greater or less by one",
        "{part} of `{policy}` were {new}",
        literals::number_shifted,
    ),
    operator(
        "literal-changed",
        "turns a truth value, empties a string, or names another entity of the type",
        "`{part}` of `{policy}` were `{new}`",
        literals::literal_changed,
    ),
    operator(
        "element-dropped",
        "takes one element out of a set",
        "`{part}` were dropped from a set of `{policy}`",
        literals::element_dropped,
    ),
    operator(
        "like-loosened",
        "lets a pattern begin or end with anything, or be anything",
        "the pattern `{part}` of `{policy}` were `{new}`",
        literals::like_loosened,
    ),
    operator(
        "ip-widened",
        "shortens the prefix of an IP range",
        "the range {part} of `{policy}` were {new}",
        extensions::ip_widened,
    ),
    operator(
        "date-moved",
        "moves a date by a day",
        "the date {part} of `{policy}` were {new}",
        extensions::date_moved,
    ),
    operator(
        "duration-shifted",
        "makes a duration longer or shorter by one of its smallest unit",
        "the duration {part} of `{policy}` were {new}",
        extensions::duration_shifted,
    ),
    operator(
        "offset-dropped",
        "takes an `offset` away",
        "`{part}` of `{policy}` were `{new}`",
        extensions::offset_dropped,
    ),
    operator(
        "decimal-shifted",
        "makes a decimal greater or less by one in its last digit",
        "the number {part} of `{policy}` were {new}",
        extensions::decimal_shifted,
    ),
];

const fn operator(
    id: &'static str,
    does: &'static str,
    sentence: &'static str,
    find: fn(&mut Finder<'_>),
) -> Operator {
    Operator {
        id,
        does,
        sentence,
        find,
    }
}

/// An edit of a policy that should change what it says. Spans count from the statement's start.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The kind of edit.
    pub operator: &'static Operator,
    /// What was edited.
    pub span: Span,
    /// The edits, in order of position.
    pub edits: Vec<TextEdit>,
    part: String,
    new: String,
}

impl Mutant {
    /// As "no test would notice if `context.mfa` were dropped from `wire-transfer`".
    pub fn message(&self, policy: &str) -> String {
        let mut message = "no test would notice if ".to_owned();
        let mut rest = self.operator.sentence;
        // Piece by piece, so that a placeholder in the user's own words stays as it is.
        while let Some((before, (name, after))) = rest
            .split_once('{')
            .and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
        {
            message.push_str(before);
            message.push_str(match name {
                "policy" => policy,
                "part" => &self.part,
                _ => &self.new,
            });
            rest = after;
        }
        message + rest
    }

    /// The policy with the edits made, without its annotations and what stands before them; `None` where the
    /// policy is gone.
    pub fn text(&self, policy: &Policy) -> Option<String> {
        let start = policy.effect.span.start;
        let mut text = String::new();
        let mut at = start;
        for edit in &self.edits {
            text.push_str(Span::new(at, edit.span.start).text(&policy.text));
            text.push_str(&edit.insert);
            at = edit.span.end;
        }
        if at >= policy.span.end {
            return None;
        }
        text.push_str(Span::new(at, policy.span.end).text(&policy.text));
        Some(text)
    }
}

/// Every edit of the policy that some operator makes, in the order of positions and operators. Some may be
/// rejected by Cedar, and some may say the same.
pub fn mutants(policy: &Policy, schema: Option<(&Schema, &TypeScope)>) -> Vec<Mutant> {
    mutants_among(policy, schema, &Parents::new())
}

/// What the entities that a scope names are in, where entities say so.
pub type Parents = BTreeMap<Entity, BTreeSet<Entity>>;

/// As [`mutants`], with what is known of entities.
fn mutants_among(
    policy: &Policy,
    schema: Option<(&Schema, &TypeScope)>,
    parents: &Parents,
) -> Vec<Mutant> {
    let mut all = Vec::new();
    for operator in OPERATORS {
        let mut finder = Finder {
            policy,
            schema,
            parents,
            operator,
            found: &mut all,
        };
        (operator.find)(&mut finder);
    }
    // Stable, so that at one place the order of the operators holds.
    all.sort_by_key(|mutant| mutant.span.start);
    all
}

/// What an operator looks at, and where it puts what it finds.
struct Finder<'a> {
    policy: &'a Policy,
    schema: Option<(&'a Schema, &'a TypeScope)>,
    parents: &'a Parents,
    operator: &'static Operator,
    found: &'a mut Vec<Mutant>,
}

impl<'a> Finder<'a> {
    fn add(
        &mut self,
        span: Span,
        edits: Vec<TextEdit>,
        part: impl Into<String>,
        new: impl Into<String>,
    ) {
        self.found.push(Mutant {
            operator: self.operator,
            span,
            edits,
            part: part.into(),
            new: new.into(),
        });
    }

    /// Replaces `span`; the sentence quotes both texts.
    fn replace(&mut self, span: Span, new: &str) {
        let part = self.quote(span);
        self.add(
            span,
            vec![TextEdit::replace(span, new)],
            part,
            shortened(new),
        );
    }

    /// Replaces `inner`, and quotes the whole of `span` before and after.
    fn replace_within(&mut self, span: Span, inner: Span, new: &str) {
        let after = [
            Span::new(span.start, inner.start).text(&self.policy.text),
            new,
            Span::new(inner.end, span.end).text(&self.policy.text),
        ]
        .concat();
        let part = self.quote(span);
        self.add(
            span,
            vec![TextEdit::replace(inner, new)],
            part,
            shortened(&after),
        );
    }

    /// The text at `span` on one line, without comments, and cut where it is long.
    fn quote(&self, span: Span) -> String {
        shortened(self.policy.at(span))
    }

    /// The operator between two operands.
    fn between(&self, left: Span, right: Span) -> Option<Span> {
        let gap = Span::new(left.end, right.start);
        tokens(gap.text(&self.policy.text))
            .filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment))
            .map(|token| token.span.offset(gap.start))
            .reduce(Span::cover)
    }
}

/// A text on one line, without comments, cut behind 72 characters.
fn shortened(text: &str) -> String {
    const MOST: usize = 72;
    let mut line = String::new();
    for token in tokens(text) {
        match token.kind {
            TokenKind::Comment => {}
            TokenKind::Blank => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ => line.push_str(token.span.text(text)),
        }
    }
    let line = line.trim_end();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}
