//! What a policy comes to where an attribute or tag is missing, however its conditions are written.

use crate::analysis::logic::{key, settled, settled_test};
use crate::analysis::reading::compared;
use crate::facts::{Clause, ClauseKind, Expr, ExprKind, Policy, UnaryOp};

/// The outcomes that a condition can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcomes(u8);

impl Outcomes {
    /// It fails to evaluate.
    pub(crate) const FAILS: Self = Self(4);
    /// True or false.
    pub(crate) const EITHER: Self = Self(3);

    /// This truth value alone.
    pub(crate) const fn is(value: bool) -> Self {
        Self(if value { 1 } else { 2 })
    }

    /// Whether this truth value is among them.
    pub(crate) const fn can_be(self, value: bool) -> bool {
        self.0 & Self::is(value).0 != 0
    }

    const fn can_fail(self) -> bool {
        self.0 & Self::FAILS.0 != 0
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, value: bool) -> Self {
        Self(self.0 & !Self::is(value).0)
    }

    const fn negated(self) -> Self {
        Self(self.0 & Self::FAILS.0 | (self.0 & 1) << 1 | (self.0 & 2) >> 1)
    }
}

/// What a condition can come to, where `assume` knows some of its tests. Cedar's order of evaluation is kept: what
/// decides an `&&`, `||` or `if` keeps what follows from failing.
pub(crate) fn outcomes(expr: &Expr, assume: &dyn Fn(&Expr) -> Option<Outcomes>) -> Outcomes {
    if let Some(known) = assume(expr) {
        return known;
    }
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => outcomes(inner, assume).negated(),
        ExprKind::And(items) => joined(items, true, assume),
        ExprKind::Or(items) => joined(items, false, assume),
        ExprKind::If(condition, yes, no) => {
            let decides = outcomes(condition, assume);
            let mut all = Outcomes(decides.0 & Outcomes::FAILS.0);
            for (value, branch) in [(true, yes), (false, no)] {
                if decides.can_be(value) {
                    all = all.or(outcomes(branch, assume));
                }
            }
            all
        }
        _ => match compared(expr) {
            Some((inner, true)) => outcomes(inner, assume),
            Some((inner, false)) => outcomes(inner, assume).negated(),
            None => of_test(expr, assume),
        },
    }
}

/// `&&` with `passing` true, `||` with `passing` false.
fn joined(items: &[Expr], passing: bool, assume: &dyn Fn(&Expr) -> Option<Outcomes>) -> Outcomes {
    let mut all = Outcomes::is(passing);
    for item in items {
        if !all.can_be(passing) {
            break;
        }
        all = all.without(passing).or(outcomes(item, assume));
    }
    all
}

/// A test is evaluated whole, but for an `if` in it whose condition is known.
fn of_test(expr: &Expr, assume: &dyn Fn(&Expr) -> Option<Outcomes>) -> Outcomes {
    if let Some(value) = settled_test(expr) {
        return Outcomes::is(value);
    }
    let chosen = with_known_branches(expr, assume);
    let mut fails = false;
    let mut may_fail = false;
    find_failures(
        chosen.as_ref().unwrap_or(expr),
        true,
        assume,
        &mut |certain| {
            fails |= certain;
            may_fail = true;
        },
    );
    if fails {
        return Outcomes::FAILS;
    }
    let plain = chosen
        .as_ref()
        .and_then(settled)
        .map_or(Outcomes::EITHER, Outcomes::is);
    if may_fail {
        plain.or(Outcomes::FAILS)
    } else {
        plain
    }
}

fn find_failures(
    expr: &Expr,
    certain: bool,
    assume: &dyn Fn(&Expr) -> Option<Outcomes>,
    found: &mut impl FnMut(bool),
) {
    if matches!(assume(expr), Some(known) if known == Outcomes::FAILS) {
        found(certain);
        return;
    }
    let is_lazy = matches!(
        expr.kind,
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::If(..)
    );
    for (at, child) in expr.children().enumerate() {
        find_failures(child, certain && (at == 0 || !is_lazy), assume, found);
    }
}

/// The test with each `if` in it replaced by the branch that is taken, where that is known; `None` where none is.
fn with_known_branches(expr: &Expr, assume: &dyn Fn(&Expr) -> Option<Outcomes>) -> Option<Expr> {
    if !expr.any(&mut |e| matches!(e.kind, ExprKind::If(..))) {
        return None;
    }
    let mut chosen = expr.clone();
    choose(&mut chosen, assume);
    Some(chosen)
}

fn choose(expr: &mut Expr, assume: &dyn Fn(&Expr) -> Option<Outcomes>) {
    if let ExprKind::If(condition, yes, no) = &mut expr.kind {
        let taken = outcomes(condition, assume);
        let branch = match taken {
            _ if taken == Outcomes::is(true) => yes,
            _ if taken == Outcomes::is(false) => no,
            _ => return,
        };
        choose(branch, assume);
        expr.kind = branch.kind.clone();
        return;
    }
    match &mut expr.kind {
        ExprKind::Unary(_, a)
        | ExprKind::Like(a, _)
        | ExprKind::Attr(a, _)
        | ExprKind::Has(a, _) => {
            choose(a, assume);
        }
        ExprKind::Binary(_, a, b) => {
            choose(a, assume);
            choose(b, assume);
        }
        ExprKind::Method(a, _, args) => {
            choose(a, assume);
            args.iter_mut().for_each(|arg| choose(arg, assume));
        }
        ExprKind::Call(_, items) | ExprKind::Set(items) => {
            items.iter_mut().for_each(|item| choose(item, assume));
        }
        _ => {}
    }
}

/// What a policy's conditions can come to together.
pub(crate) fn policy_outcomes(
    policy: &Policy,
    assume: &dyn Fn(&Expr) -> Option<Outcomes>,
) -> Outcomes {
    let mut all = Outcomes::is(true);
    for clause in &policy.clauses {
        if !all.can_be(true) {
            break;
        }
        let of = outcomes(&clause.body, assume);
        let of = match clause.kind {
            ClauseKind::When => of,
            ClauseKind::Unless => of.negated(),
        };
        all = all.without(true).or(of);
    }
    all
}

/// An attribute or tag by the way to it, from the expression that it starts at: `context`, `device`, `id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Vec<String>);

impl Place {
    /// That whose presence a test asks for: `x has a.b` and `x.hasTag("a")`.
    pub(crate) fn asked_by(test: &Expr) -> Option<Self> {
        match &test.kind {
            ExprKind::Has(base, path) => {
                let mut place = Self::of(base);
                place.0.extend(path.value.iter().cloned());
                Some(place)
            }
            ExprKind::Method(base, name, args) if name.value == "hasTag" => {
                let mut place = Self::of(base);
                place.0.extend(args.iter().map(key));
                Some(place)
            }
            _ => None,
        }
    }

    /// That whose value an expression is.
    pub(crate) fn of(expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Attr(base, name) => {
                let mut place = Self::of(base);
                place.0.push(name.value.clone());
                place
            }
            ExprKind::Method(base, name, args) if name.value == "getTag" => {
                let mut place = Self::of(base);
                place.0.extend(args.iter().map(key));
                place
            }
            _ => Self(vec![key(expr)]),
        }
    }

    /// Whether it lies at `other` or below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether an expression reads its value somewhere, or the value of something in it.
    pub(crate) fn is_read_in(&self, expr: &Expr) -> bool {
        expr.any(&mut |e| is_read(e) && Self::of(e).is_within(self))
    }

    /// What is known of an expression where it is missing.
    pub(crate) fn when_missing(&self, expr: &Expr) -> Option<Outcomes> {
        if let Some(asked) = Self::asked_by(expr) {
            return asked.is_within(self).then_some(Outcomes::is(false));
        }
        (is_read(expr) && Self::of(expr).is_within(self)).then_some(Outcomes::FAILS)
    }
}

fn is_read(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attr(..) => true,
        ExprKind::Method(_, name, _) => name.value == "getTag",
        _ => false,
    }
}

/// A restriction that a missing attribute or tag voids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'a> {
    /// The clause that asks whether it is there.
    pub(crate) clause: &'a Clause,
    /// The test that asks it.
    pub(crate) test: &'a Expr,
    /// The condition that is settled where it is missing; `None` for all clauses together.
    pub(crate) whole: Option<&'a Expr>,
    /// What that comes to then.
    pub(crate) comes_to: bool,
}

/// Every test of presence whose failure settles a condition so that a permit's restriction is gone or a forbid does
/// not deny, although the value would be looked at. `may_be_missing` is asked about the test.
pub(crate) fn open_where_missing<'a>(
    policy: &'a Policy,
    mut may_be_missing: impl FnMut(&Expr) -> bool,
) -> Vec<Open<'a>> {
    let mut found = Vec::new();
    for clause in &policy.clauses {
        let mut above = Vec::new();
        let applies = Some(clause.kind == ClauseKind::When);
        each_presence(&clause.body, applies, &mut above, &mut |test, above| {
            let Some(place) = Place::asked_by(test) else {
                return;
            };
            if let Some(open) = is_open(policy, clause, test, &place, above)
                && may_be_missing(test)
            {
                found.push(open);
            }
        });
    }
    found
}

/// A condition, and whether its being true makes the policy apply; `None` where that depends.
type Above<'a> = (&'a Expr, Option<bool>);

fn is_open<'a>(
    policy: &'a Policy,
    clause: &'a Clause,
    test: &'a Expr,
    place: &Place,
    above: &[Above<'a>],
) -> Option<Open<'a>> {
    let assume = |expr: &Expr| place.when_missing(expr);
    // The outcome of a condition that is to be feared.
    let feared = |applies: bool| applies == policy.is_permit();
    let mut around = above.iter().rev();
    let settled = around.find_map(|(expr, applies)| {
        let applies = (*applies)?;
        place.is_read_in(expr).then_some((*expr, applies))
    });
    let (whole, from, comes_to) = match settled {
        Some((expr, applies)) => {
            if outcomes(expr, &assume) != Outcomes::is(feared(applies)) {
                return None;
            }
            (Some(expr), expr, feared(applies))
        }
        None => {
            let is_read = policy.clauses.iter().any(|of| place.is_read_in(&of.body));
            if !is_read || policy_outcomes(policy, &assume) != Outcomes::is(policy.is_permit()) {
                return None;
            }
            (None, test, policy.is_permit())
        }
    };
    // Whether something around it takes care of what is missing.
    let mut inner = from;
    for (expr, applies) in around {
        if let Some(applies) = *applies {
            let of = outcomes(expr, &assume);
            if is_safe(of, feared(applies), policy.is_permit()) {
                return None;
            }
        }
        let beside = |other: &Expr| {
            other.span != inner.span
                && other.any(&mut |e| Place::asked_by(e).is_some_and(|of| of.is_within(place)))
        };
        if let Some(applies) = *applies
            && expr.children().any(|other| {
                beside(other) && {
                    let of = outcomes(other, &assume);
                    of == Outcomes::EITHER || of == Outcomes::is(!feared(applies))
                }
            })
        {
            return None;
        }
        inner = expr;
    }
    let all = policy_outcomes(policy, &assume);
    (!is_safe(all, policy.is_permit(), policy.is_permit())).then_some(Open {
        clause,
        test,
        whole,
        comes_to,
    })
}

/// A permit that fails allows nothing; a forbid that fails denies nothing.
const fn is_safe(of: Outcomes, feared: bool, is_permit: bool) -> bool {
    !of.can_be(feared) && (is_permit || !of.can_fail())
}

/// Visits every test of presence with the conditions around it, outermost first, itself included.
fn each_presence<'a>(
    expr: &'a Expr,
    applies: Option<bool>,
    above: &mut Vec<Above<'a>>,
    visit: &mut impl FnMut(&'a Expr, &[Above<'a>]),
) {
    above.push((expr, applies));
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => {
            each_presence(inner, applies.map(|value| !value), above, visit);
        }
        ExprKind::And(items) | ExprKind::Or(items) => {
            for item in items {
                each_presence(item, applies, above, visit);
            }
        }
        ExprKind::If(condition, yes, no) => {
            // True helps where the branch for true is the larger one.
            let direction = match (settled(yes), settled(no)) {
                (Some(true), _) | (_, Some(false)) => applies,
                (Some(false), _) | (_, Some(true)) => applies.map(|value| !value),
                (None, None) => None,
            };
            each_presence(condition, direction, above, visit);
            each_presence(yes, applies, above, visit);
            each_presence(no, applies, above, visit);
        }
        _ => {
            if Place::asked_by(expr).is_some() {
                visit(expr, above);
            }
            let inner = compared(expr);
            for child in expr.children() {
                let direction = match inner {
                    Some((of, value)) if std::ptr::eq(of, child) => {
                        applies.map(|applies| applies == value)
                    }
                    _ => None,
                };
                each_presence(child, direction, above, visit);
            }
        }
    }
    above.pop();
}

#[cfg(test)]
mod tests;
