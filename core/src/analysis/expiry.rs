//! When a policy ends: what `@expires` says, and what its conditions enforce.

use crate::analysis::logic::{datetime, for_each_atom, limit_test};
use crate::analysis::names;
use crate::facts::{
    BinaryOp, ClauseKind, Expr, ExprKind, Literal, Polarity, Policy, UnaryOp, Var, attribute_path,
};
use crate::source::Span;
use crate::time::Instant;

/// `@expires`, where its value is a date or a date-time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry<'a> {
    /// As written.
    pub(crate) text: &'a str,
    /// The first moment of the date.
    pub(crate) from: Instant,
    /// The moment from which on the policy is expired: a date lasts until its end.
    pub(crate) end: Instant,
    /// The whole annotation.
    pub(crate) span: Span,
    /// The value with its quotes.
    pub(crate) value: Span,
}

/// What `@expires` says; `None` where there is none or it is no date.
pub(crate) fn annotated(policy: &Policy) -> Option<Expiry<'_>> {
    let annotation = policy.annotation("expires")?;
    let value = annotation.value.as_ref()?;
    Some(Expiry {
        text: &value.value,
        from: Instant::parse(&value.value)?,
        end: Instant::parse_end(&value.value)?,
        span: annotation.span,
        value: value.span,
    })
}

/// A moment after which a condition keeps its policy from applying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Until {
    /// The moment, in milliseconds since 1970.
    pub(crate) millis: i128,
    /// The comparison.
    pub(crate) comparison: Span,
    /// The value in the comparison: `datetime("2027-01-31")`.
    pub(crate) value: Span,
    /// Whether the value is `datetime("…")`, not a count of seconds.
    pub(crate) is_datetime: bool,
    /// Whether the comparison is made with the time of the request, as far as its name tells.
    pub(crate) of_clock: bool,
}

impl Until {
    /// The moment; `None` beyond the years that have four digits.
    pub(crate) fn instant(&self) -> Option<Instant> {
        Instant::from_millis(i64::try_from(self.millis).ok()?)
    }

    /// Whether it is the end that `@expires` names: a date may be enforced to its first or last moment.
    pub(crate) fn agrees(&self, expiry: &Expiry<'_>) -> bool {
        let millis = |instant: Instant| i128::from(instant.as_millis());
        // `< 24:00`, `<= 23:59` and `<= 23:59:59` are all "until the end of the day".
        (millis(expiry.from)..=millis(expiry.end)).contains(&self.millis)
    }
}

/// The moment after which no branch of the conditions lets the policy apply.
pub(crate) fn enforced(policy: &Policy) -> Option<Until> {
    policy
        .clauses
        .iter()
        .filter_map(|clause| until(&clause.body, clause.kind == ClauseKind::When, &literal_end))
        .min_by_key(|until| until.millis)
}

/// Every comparison that ends a branch of the conditions at a literal time.
pub(crate) fn ends(policy: &Policy) -> Vec<Until> {
    let mut ends = Vec::new();
    for_each_atom(policy, |atom, polarity| {
        ends.extend(literal_end(atom, polarity == Polarity::Positive));
    });
    ends
}

/// Every comparison that must be true and is so from a literal time on, as `context.now > datetime("…")`.
pub(crate) fn starts(policy: &Policy) -> Vec<(Until, &Expr)> {
    let mut starts = Vec::new();
    for_each_atom(policy, |atom, polarity| {
        if polarity == Polarity::Positive {
            // Its opposite ends at that time.
            let start =
                literal_end(atom, false).filter(|until| until.of_clock && until.is_datetime);
            starts.extend(start.map(|start| (start, atom)));
        }
    });
    starts
}

/// Whether every branch of the conditions ends at some time, a literal one or one in an attribute as
/// `context.grant.valid_until`.
pub(crate) fn is_time_bound(policy: &Policy) -> bool {
    policy.clauses.iter().any(|clause| {
        until(
            &clause.body,
            clause.kind == ClauseKind::When,
            &|expr, value| literal_end(expr, value).or_else(|| attribute_end(expr, value)),
        )
        .is_some()
    })
}

/// The latest end among what must hold for `expr` to be `value`; `None` where some branch has no end.
fn until(expr: &Expr, value: bool, end: &dyn Fn(&Expr, bool) -> Option<Until>) -> Option<Until> {
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => until(inner, !value, end),
        ExprKind::And(items) | ExprKind::Or(items) => {
            let ends = items.iter().map(|item| until(item, value, end));
            if matches!(expr.kind, ExprKind::And(_)) == value {
                ends.flatten().min_by_key(|until| until.millis)
            } else {
                ends.collect::<Option<Vec<_>>>()?
                    .into_iter()
                    .max_by_key(|until| until.millis)
            }
        }
        ExprKind::If(condition, yes, no) => {
            if crate::analysis::logic::truth(no) == Some(!value) {
                let both = [until(condition, true, end), until(yes, value, end)];
                both.into_iter().flatten().min_by_key(|until| until.millis)
            } else {
                let branches = [until(yes, value, end)?, until(no, value, end)?];
                branches.into_iter().max_by_key(|until| until.millis)
            }
        }
        _ => end(expr, value),
    }
}

/// The end that `context.now < datetime("…")` sets.
fn literal_end(expr: &Expr, value: bool) -> Option<Until> {
    let (op, clock, literal) = limit_test(expr, value, |e| {
        datetime(e).is_some() || matches!(e.kind, ExprKind::Literal(Literal::Long(_)))
    })?;
    let (clock, whole_days) = without_to_date(clock);
    let (Var::Context, path) = attribute_path(clock)? else {
        return None;
    };
    let of_clock = path.last().is_some_and(|name| names::is_clock(name));
    let (mut millis, is_datetime) = match datetime(literal) {
        Some(millis) => (millis, true),
        None if of_clock => (epoch(literal)?, false),
        None => return None,
    };
    match op {
        BinaryOp::Less => {}
        BinaryOp::LessEq | BinaryOp::Eq if whole_days => millis += DAY,
        BinaryOp::LessEq | BinaryOp::Eq => {}
        _ => return None,
    }
    Some(Until {
        millis,
        comparison: expr.span,
        value: literal.span,
        is_datetime,
        of_clock,
    })
}

/// The end that `context.now < context.grant.valid_until` sets, at an unknown time.
fn attribute_end(expr: &Expr, value: bool) -> Option<Until> {
    let (op, clock, limit) = limit_test(expr, value, |e| {
        attribute_path(e)
            .is_some_and(|(_, path)| path.last().is_some_and(|name| !names::is_clock(name)))
    })?;
    let (clock, _) = without_to_date(clock);
    let (Var::Context, path) = attribute_path(clock)? else {
        return None;
    };
    let is_end = matches!(op, BinaryOp::Less | BinaryOp::LessEq);
    (is_end && path.last().is_some_and(|name| names::is_clock(name))).then_some(Until {
        millis: i128::MAX,
        comparison: expr.span,
        value: limit.span,
        is_datetime: false,
        of_clock: true,
    })
}

const DAY: i128 = 24 * 60 * 60 * 1000;

fn without_to_date(expr: &Expr) -> (&Expr, bool) {
    match &expr.kind {
        ExprKind::Method(receiver, name, _) if name.value == "toDate" => (receiver, true),
        _ => (expr, false),
    }
}

/// A count of seconds or milliseconds since 1970, told apart by size: as seconds from 2001 to 2286.
fn epoch(expr: &Expr) -> Option<i128> {
    match expr.kind {
        ExprKind::Literal(Literal::Long(n @ 1_000_000_000..=9_999_999_999)) => {
            Some(i128::from(n) * 1000)
        }
        ExprKind::Literal(Literal::Long(n @ 1_000_000_000_000..=9_999_999_999_999)) => {
            Some(i128::from(n))
        }
        _ => None,
    }
}

/// A moment as the value of `@expires`: a date where it is a midnight in UTC.
pub(crate) fn annotation_text(instant: Instant) -> String {
    if i128::from(instant.as_millis()) % DAY == 0 {
        instant.date()
    } else {
        instant.to_string()
    }
}
