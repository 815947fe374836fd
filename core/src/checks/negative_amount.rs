//! Amounts with an upper bound and no lower one.

use std::collections::BTreeMap;

use super::{Check, Member, Run, SetContext};
use crate::analysis::factor::share_actions;
use crate::analysis::missing::{Outcomes, Place, policy_outcomes};
use crate::analysis::names::{contains_any, words};
use crate::analysis::presence::of_request;
use crate::analysis::reading::{Form, comparison, mirrored, plain};
use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal, Policy, UnaryOp, Var};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Schema, Type};

static RULE: Rule = Rule {
    code: "negative-amount",
    severity: Severity::Medium,
    summary: "an amount has an upper bound and no lower one",
    why: "a negative amount passes every upper bound, and a payment of it takes money instead of sending it",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("negative_amount.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut found: Vec<(usize, Place, Finding)> = Vec::new();
    let amounts = Amounts::of(cx.schema);
    let reads = |member: &Member<'_>| {
        let is_one = &mut |expr: &Expr| amounts.is_one(expr, member);
        !member.never_applies()
            && member
                .policy
                .clauses
                .iter()
                .any(|clause| clause.body.any(is_one))
    };
    let mut guards = Guards {
        forbids: (cx.policies.iter())
            .filter(|member| !member.policy.is_permit() && reads(member))
            .collect(),
        known: BTreeMap::new(),
    };
    for (index, member) in cx.policies.iter().enumerate() {
        if !reads(member) {
            continue;
        }
        let policy = plain(member.policy);
        let mut first: Option<&Expr> = None;
        Form::lets_through(&policy).for_each(&mut |test, outcome| {
            if first.is_none()
                && let Some(amount) = amounts.bounded_above(test, outcome, member)
                && passes(&policy, amount)
                && !guards.deny(member, amount, cx.schema)
            {
                first = Some(amount);
            }
        });
        if let Some(amount) = first {
            let text = member.policy.at(amount.span);
            let finding = Finding::new(
                &RULE,
                amount.span,
                format!(
                    "this {} bounds `{text}` from above, and no policy keeps it from being negative",
                    member.policy.effect.value.as_str()
                ),
                format!("add `{text} > 0` beside the upper bound, or deny the rest in a forbid"),
            );
            found.push((index, Place::of(amount), finding));
        }
    }
    // A forbid that sets the bound matters where no permit has a finding for the same amount.
    let permits: Vec<Place> = (found.iter())
        .filter(|(index, ..)| {
            cx.policies
                .get(*index)
                .is_some_and(|of| of.policy.is_permit())
        })
        .map(|(_, place, _)| place.clone())
        .collect();
    for (index, place, finding) in found {
        let is_permit = cx
            .policies
            .get(index)
            .is_some_and(|of| of.policy.is_permit());
        if is_permit || !permits.contains(&place) {
            out.push((index, finding));
        }
    }
}

/// What counts as an amount.
struct Amounts<'a> {
    schema: Option<&'a Schema>,
    /// Fields that the `@limit` of an action bounds from above, with the action.
    limited: Vec<(&'a Entity, String)>,
}

impl<'a> Amounts<'a> {
    fn of(schema: Option<&'a Schema>) -> Self {
        let mut limited = Vec::new();
        for action in schema.into_iter().flat_map(|schema| schema.actions.keys()) {
            let Some(limit) = schema.and_then(|schema| schema.limit(action)) else {
                continue;
            };
            for part in limit.split("&&") {
                let field = part.trim().strip_prefix("context.").unwrap_or_default();
                if let Some((name, _)) = field.split_once('<') {
                    limited.push((action, name.trim().to_owned()));
                }
            }
        }
        Self { schema, limited }
    }

    /// The amount that a test keeps below something.
    fn bounded_above<'e>(
        &self,
        test: &'e Expr,
        outcome: bool,
        member: &Member<'_>,
    ) -> Option<&'e Expr> {
        let (op, left, right) = comparison(test, outcome)?;
        let (op, amount, bound) = match self.is_one(left, member) {
            true => (op, left, right),
            false => (mirrored(op), right, left),
        };
        let is_upper = matches!(op, BinaryOp::Less | BinaryOp::LessEq)
            && self.is_one(amount, member)
            // Two amounts that are compared bound each other, and neither from below.
            && !self.is_one(bound, member)
            && (self.schema.is_some() || number(bound).is_some());
        is_upper.then_some(amount)
    }

    /// Whether an expression is an amount that comes with the request.
    fn is_one(&self, expr: &Expr, member: &Member<'_>) -> bool {
        let ExprKind::Attr(_, name) = &expr.kind else {
            return false;
        };
        let is_limited = || {
            (self.limited.iter())
                .any(|(action, of)| *of == name.value && member.scope.actions.contains(*action))
        };
        (says_amount(&name.value) || is_limited())
            && of_request(expr) == Some(Var::Context)
            && self.is_number(expr, member)
    }

    fn is_number(&self, expr: &Expr, member: &Member<'_>) -> bool {
        self.schema.is_none_or(|schema| {
            let types = schema.types(expr, member.scope);
            let is_number = |ty: &Type| match ty {
                Type::Long => true,
                Type::Extension(name) => name == "decimal",
                _ => false,
            };
            !types.is_empty() && types.iter().all(is_number)
        })
    }
}

/// Whether a name is that of an amount.
fn says_amount(name: &str) -> bool {
    if !contains_any(name, AMOUNTS) {
        return false;
    }
    let words = words(name);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    any(AMOUNTS) && !any(OTHERS)
}

/// Whether a request with a negative amount may get past a policy, as far as its conditions tell.
fn passes(policy: &Policy, amount: &Expr) -> bool {
    let of = with_negative(policy, &Place::of(amount));
    match policy.is_permit() {
        true => of.can_be(true),
        false => of != Outcomes::is(true),
    }
}

/// The forbids that read amounts, and which of them deny all that are negative.
struct Guards<'a> {
    forbids: Vec<&'a Member<'a>>,
    known: BTreeMap<(usize, Place), bool>,
}

impl Guards<'_> {
    /// Whether a forbid for the same actions denies every negative amount.
    fn deny(&mut self, member: &Member<'_>, amount: &Expr, schema: Option<&Schema>) -> bool {
        let place = Place::of(amount);
        let Self { forbids, known } = self;
        forbids.iter().enumerate().any(|(at, forbid)| {
            share_actions(member, forbid, schema)
                && *known.entry((at, place.clone())).or_insert_with(|| {
                    with_negative(&plain(forbid.policy), &place) == Outcomes::is(true)
                })
        })
    }
}

/// What a policy comes to where the amount is negative. Other bounds from below, whatever they are, count as met by none
/// that is negative.
fn with_negative(policy: &Policy, place: &Place) -> Outcomes {
    policy_outcomes(policy, &|expr| {
        if let Some(asked) = Place::asked_by(expr) {
            return place.is_within(&asked).then_some(Outcomes::is(true));
        }
        if let ExprKind::Method(set, name, args) = &expr.kind
            && let ("contains", ExprKind::Set(items), [of]) =
                (name.value.as_str(), &set.kind, args.as_slice())
            && Place::of(of) == *place
        {
            let is_positive = |item: &Expr| number(item).is_some_and(|n| n >= 0);
            return items.iter().all(is_positive).then_some(Outcomes::is(false));
        }
        let (op, left, right) = comparison(expr, true)?;
        let (op, bound) = match (Place::of(left) == *place, Place::of(right) == *place) {
            (true, _) => (op, right),
            (_, true) => (mirrored(op), left),
            _ => return None,
        };
        let bound = number(bound);
        match op {
            BinaryOp::Greater => bound.is_none_or(|n| n >= -1).then_some(Outcomes::is(false)),
            BinaryOp::GreaterEq | BinaryOp::Eq => {
                bound.is_none_or(|n| n >= 0).then_some(Outcomes::is(false))
            }
            BinaryOp::Less => bound.is_some_and(|n| n >= 0).then_some(Outcomes::is(true)),
            BinaryOp::LessEq => bound.is_some_and(|n| n >= -1).then_some(Outcomes::is(true)),
            BinaryOp::NotEq => bound.is_some_and(|n| n >= 0).then_some(Outcomes::is(true)),
            _ => None,
        }
    })
}

/// A literal number, of a decimal its whole part.
fn number(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => Some(i128::from(*value)),
        ExprKind::Unary(UnaryOp::Neg, inner) => number(inner).map(|value| -value),
        ExprKind::Call(name, args) if name.value == "decimal" => {
            match args.first().map(|arg| &arg.kind) {
                Some(ExprKind::Literal(Literal::String(text))) => {
                    let (whole, _) = text.split_once('.')?;
                    let value: i128 = whole.parse().ok()?;
                    Some(if whole.starts_with('-') {
                        value - 1
                    } else {
                        value
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

const AMOUNTS: &[&str] = &[
    "amount",
    "amounts",
    "price",
    "quantity",
    "qty",
    "refund",
    "total",
    "sum",
    "cost",
    "fee",
    "charge",
    "payment",
    "payout",
    "withdrawal",
    "deposit",
    "transfer",
    "credit",
    "credits",
    "spend",
    "discount",
    "salary",
    "bonus",
    "cents",
    "euros",
    "dollars",
];
const OTHERS: &[&str] = &[
    "id", "type", "name", "currency", "at", "time", "date", "day", "days", "hour", "hours", "age",
    "score", "risk", "level", "count", "attempts", "today", "used", "version",
];
