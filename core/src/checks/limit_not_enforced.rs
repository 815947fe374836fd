//! `@limit("context.amount <= 50000")` in the schema, and a permit that does not keep to it.

use super::{Check, Member, Run, SetContext};
use crate::analysis::conditions::{always, demands};
use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal, UnaryOp, Var, attribute_path};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::analysis::grants::Granting;
use crate::rules::{Profile, Rule};
use crate::schema::{Action, Schema, Type};
use crate::workspace::proofs::WithinLimit;

static RULE: Rule = Rule {
    code: "limit-not-enforced",
    severity: Severity::High,
    summary: "a permit grants a limited action beyond its limit",
    why: "Cedar does not read `@limit`: what no condition bounds is unbounded",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6", "ASI02"],
    page: include_str!("limit_not_enforced.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let Some(limited) = Granting::of(cx, |schema, action| schema.limit(action).is_some()) else {
        return;
    };
    let schema = limited.schema;
    let texts: Vec<(&Entity, String)> = (limited.actions.iter())
        .filter_map(|action| Some((*action, schema.limit(action)?)))
        .collect();
    let mut limits: Vec<(&Entity, Limit<'_>)> = Vec::new();
    // What is neither a condition nor of the form that is read.
    let mut unreadable: Vec<&Entity> = Vec::new();
    for (action, text) in &texts {
        let mut all_read = true;
        for limit in text.split("&&").map(Limit::parse) {
            all_read &= limit.is_some();
            limits.extend(limit.map(|limit| (*action, limit)));
        }
        if !all_read && cx.ground.is_some_and(|of| !of.has_limit(action)) {
            unreadable.push(action);
        }
    }
    for (index, member) in limited.permits() {
        let p = member.policy;
        let granted = limited.granted(member);
        let within = |action: &Entity| cx.relations.within_limit(&p.canonical, action);
        if let Some(action) = granted.iter().find(|action| unreadable.contains(action)) {
            out.push((index, nothing_keeps_to(schema, member, action)));
            continue;
        }
        let broken = limits.iter().find(|(action, limit)| {
            // A proof knows better than the text.
            if within(action) == Some(&WithinLimit::Yes) {
                return false;
            }
            let mut bounds = |test: &Expr, outcome| limit.follows_from(test, outcome);
            granted.contains(action)
                && !always(p, &mut bounds)
                && !limited.guarded(member, action, &mut bounds)
        });
        let mut found = broken.map(|(action, limit)| (*action, finding(schema, member, action, limit)));
        if found.is_none() {
            found = granted.iter().find_map(|action| {
                let is_beyond = matches!(within(action), Some(WithinLimit::No(_)));
                is_beyond.then(|| (*action, beyond(schema, member, action)))
            });
        }
        if let Some((action, mut finding)) = found {
            if let Some(WithinLimit::No(Some(example))) = within(action) {
                finding.message.push_str(&format!("; for example where {example}"));
            }
            out.push((index, finding));
        }
    }
}

/// A finding for a limit that says nothing.
fn nothing_keeps_to(schema: &Schema, member: &Member<'_>, action: &Entity) -> Finding {
    let limit = schema.limit(action).unwrap_or_default();
    Finding::new(
        &RULE,
        member.policy.action.span,
        format!(
            "this permit grants `{action}`, whose limit {} is no condition that type-checks in every request for it",
            crate::config::words::shown(&limit)
        ),
        "write the `@limit` of the schema, or `limit` in portcullis.yaml, as a condition, like `context.amount <= 500`",
    )
}

/// A finding for what only a proof saw.
fn beyond(schema: &Schema, member: &Member<'_>, action: &Entity) -> Finding {
    let limit = schema.limit(action).unwrap_or_default();
    Finding::new(
        &RULE,
        member.policy.action.span,
        format!("this permit grants `{action}` beyond its limit `{limit}`"),
        "add the limit as a condition",
    )
}

fn finding(schema: &Schema, member: &Member<'_>, action: &Entity, limit: &Limit<'_>) -> Finding {
    let p = member.policy;
    let too_wide = demands(p)
        .into_iter()
        .find(|(test, outcome)| *outcome && limit.is_wider(test));
    if let Some((test, _)) = too_wide {
        let finding = Finding::new(
            &RULE,
            test.span,
            format!(
                "`{}` is wider than `{action}`'s limit `{limit}`",
                p.at(test.span)
            ),
            "keep to the limit, or have its owner raise it",
        );
        return finding.fix(Fix::suggestion(
            format!("replace with `{limit}`"),
            vec![TextEdit::replace(test.span, limit.to_string())],
        ));
    }
    let finding = Finding::new(
        &RULE,
        p.action.span,
        format!("this permit grants `{action}` without its limit `{limit}`"),
        "add the limit as a condition",
    );
    if !limit.is_always_readable(schema, member) {
        return finding;
    }
    let end = p.clauses.last().map_or(p.scope.end, |c| c.span.end);
    finding.fix(Fix::suggestion(
        format!("add `{limit}`"),
        vec![TextEdit::insert(end, format!("\nwhen {{ {limit} }}"))],
    ))
}

/// A bound on a number in the context: all values up to one, or all from one on.
struct Limit<'a> {
    text: &'a str,
    path: Vec<&'a str>,
    bound: Bound,
}

/// The integers that a comparison admits.
#[derive(Clone, Copy)]
enum Bound {
    AtMost(i128),
    AtLeast(i128),
    Exactly(i128),
}

impl<'a> Limit<'a> {
    /// Reads `context.path op number`; `None` for anything else.
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let at = text.find(['<', '>', '='])?;
        let (path, rest) = text.split_at_checked(at)?;
        let number = rest.trim_start_matches(['<', '>', '=']);
        let op = match rest.strip_suffix(number)? {
            "<=" => BinaryOp::LessEq,
            "<" => BinaryOp::Less,
            ">=" => BinaryOp::GreaterEq,
            ">" => BinaryOp::Greater,
            "==" => BinaryOp::Eq,
            _ => return None,
        };
        let bound = Bound::of(op, number.trim().parse().ok()?)?;
        let path: Vec<&str> = path.trim().strip_prefix("context.")?.split('.').collect();
        let is_name = |name: &&str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        path.iter()
            .all(is_name)
            .then_some(Self { text, path, bound })
    }

    /// Whether a test with this outcome admits nothing beyond the limit.
    fn follows_from(&self, test: &Expr, outcome: bool) -> bool {
        if let ExprKind::Method(set, name, args) = &test.kind
            && let (true, "contains", ExprKind::Set(items), [value]) =
                (outcome, name.value.as_str(), &set.kind, args.as_slice())
        {
            return self.is_path(value)
                && items.iter().all(|item| {
                    number(item).is_some_and(|n| Bound::Exactly(n).within(self.bound))
                });
        }
        self.compares(test)
            .and_then(|(op, value)| Bound::of(if outcome { op } else { negated(op)? }, value))
            .is_some_and(|bound| bound.within(self.bound))
    }

    /// How a test compares the limited field with a number, the field on the left.
    fn compares(&self, test: &Expr) -> Option<(BinaryOp, i128)> {
        let ExprKind::Binary(op, left, right) = &test.kind else {
            return None;
        };
        if self.is_path(left) {
            Some((*op, number(right)?))
        } else if self.is_path(right) {
            Some((mirrored(*op)?, number(left)?))
        } else {
            None
        }
    }

    /// Whether a test bounds the field on the side of the limit, but not enough.
    fn is_wider(&self, test: &Expr) -> bool {
        let bound = self
            .compares(test)
            .and_then(|(op, value)| Bound::of(op, value));
        matches!(
            (bound, self.bound),
            (Some(Bound::AtMost(_)), Bound::AtMost(_))
                | (Some(Bound::AtLeast(_)), Bound::AtLeast(_))
                | (Some(Bound::Exactly(_)), _)
        ) && !self.follows_from(test, true)
    }

    fn is_path(&self, expr: &Expr) -> bool {
        attribute_path(expr).is_some_and(|(var, path)| var == Var::Context && path == self.path)
    }

    /// Whether every action of the scope has the field, and it is a required number.
    fn is_always_readable(&self, schema: &Schema, member: &Member<'_>) -> bool {
        let [field] = self.path.as_slice() else {
            return false;
        };
        let actions = &member.scope.actions;
        !actions.is_empty() && actions.iter().all(|action| {
            schema
                .actions
                .get(action)
                .and_then(|action| action.context.get(*field))
                .is_some_and(|field| field.required && field.ty == Type::Long)
        })
    }
}

/// Whether every part of a limit is read here: a comparison of a number that the action's context has, perhaps optional,
/// with another.
pub(crate) fn is_read(limit: &str, action: &Action) -> bool {
    limit.split("&&").all(|part| {
        let Some(limit) = Limit::parse(part) else {
            return false;
        };
        let [field] = limit.path.as_slice() else {
            return false;
        };
        let field = action.context.get(*field);
        field.is_some_and(|field| field.ty == Type::Long)
    })
}

impl std::fmt::Display for Limit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

impl Bound {
    fn of(op: BinaryOp, value: i128) -> Option<Self> {
        match op {
            BinaryOp::LessEq => Some(Self::AtMost(value)),
            BinaryOp::Less => Some(Self::AtMost(value.checked_sub(1)?)),
            BinaryOp::GreaterEq => Some(Self::AtLeast(value)),
            BinaryOp::Greater => Some(Self::AtLeast(value.checked_add(1)?)),
            BinaryOp::Eq => Some(Self::Exactly(value)),
            _ => None,
        }
    }

    const fn within(self, limit: Self) -> bool {
        match (self, limit) {
            (Self::AtMost(n) | Self::Exactly(n), Self::AtMost(limit)) => n <= limit,
            (Self::AtLeast(n) | Self::Exactly(n), Self::AtLeast(limit)) => n >= limit,
            (Self::Exactly(n), Self::Exactly(limit)) => n == limit,
            _ => false,
        }
    }
}

fn number(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => Some(i128::from(*value)),
        ExprKind::Unary(UnaryOp::Neg, inner) => number(inner)?.checked_neg(),
        _ => None,
    }
}

/// The operator for exchanged operands.
const fn mirrored(op: BinaryOp) -> Option<BinaryOp> {
    match op {
        BinaryOp::Less => Some(BinaryOp::Greater),
        BinaryOp::LessEq => Some(BinaryOp::GreaterEq),
        BinaryOp::Greater => Some(BinaryOp::Less),
        BinaryOp::GreaterEq => Some(BinaryOp::LessEq),
        BinaryOp::Eq | BinaryOp::NotEq => Some(op),
        _ => None,
    }
}

/// The operator that is true where `op` is false.
const fn negated(op: BinaryOp) -> Option<BinaryOp> {
    match op {
        BinaryOp::Less => Some(BinaryOp::GreaterEq),
        BinaryOp::LessEq => Some(BinaryOp::Greater),
        BinaryOp::Greater => Some(BinaryOp::LessEq),
        BinaryOp::GreaterEq => Some(BinaryOp::Less),
        BinaryOp::Eq => Some(BinaryOp::NotEq),
        BinaryOp::NotEq => Some(BinaryOp::Eq),
        _ => None,
    }
}
