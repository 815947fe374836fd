//! Conditions on the network that look at IPv4 addresses alone, so that every IPv6 address gets past them.

use std::net::IpAddr;

use super::{Check, Member, Run, SetContext};
use crate::analysis::beside::{is_within, may_meet};
use crate::analysis::conditions::compared_with_truth;
use crate::analysis::logic::{for_each_atom, settled_test};
use crate::analysis::suppose::{applies, outcome};
use crate::facts::{BinaryOp, ClauseKind, Expr, ExprKind, Literal, Policy, UnaryOp};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "ipv4-only",
    severity: Severity::Medium,
    summary: "a restriction to networks tests IPv4 ranges only, so IPv6 addresses get past it",
    why: "a caller who connects over IPv6 is not restricted at all, whatever network the request comes from",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("ipv4_only.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        let mut told: Vec<&Expr> = Vec::new();
        for range in ranges(member.policy) {
            if told.iter().any(|of| of.same(range.of)) {
                continue;
            }
            told.push(range.of);
            if !lets_ipv6_past(member.policy, range.of)
                || is_handled_beside(member, range.of, cx.policies)
            {
                continue;
            }
            out.push((index, finding(member.policy, &range)));
        }
    }
}

fn finding(policy: &Policy, range: &Range<'_>) -> Finding {
    let address = policy.at(range.of.span);
    let this = match policy.is_permit() {
        true => "the network test of this permit excludes",
        false => "this forbid denies",
    };
    let ranges = match range.allowed {
        true => "a request over IPv6 is not held to the allowed networks",
        false => "a request over IPv6 is never matched against the blocked networks",
    };
    let finding = Finding::new(
        &RULE,
        range.test.span,
        format!(
            "{this} no IPv6 address: `{address}` is compared with IPv4 ranges only, so {ranges}"
        ),
        match range.allowed {
            true => {
                "deny every address outside the ranges: drop `isIpv4()`, and add the IPv6 ranges that are allowed"
            }
            false => "add the IPv6 ranges to block, or list the networks that are allowed instead",
        },
    );
    match range.allowed {
        true => finding,
        // A list of blocked networks is open by its nature; this makes it wider.
        false => finding.severity(Severity::Low),
    }
}

/// `context.ip.isInRange(ip("10.0.0.0/8"))`
struct Range<'a> {
    test: &'a Expr,
    of: &'a Expr,
    /// Whether an address in the range is let through, rather than one outside.
    allowed: bool,
}

/// The tests for an IPv4 range, those that let the range through first.
fn ranges(policy: &Policy) -> Vec<Range<'_>> {
    let mut found = Vec::new();
    for_each_atom(policy, |atom, polarity| {
        if let ExprKind::Method(of, name, args) = &atom.kind
            && name.value == "isInRange"
            && args.first().and_then(address) == Some(Family::V4)
        {
            found.push(Range {
                test: atom,
                of,
                allowed: polarity.grants(policy.effect.value),
            });
        }
    });
    found.sort_by_key(|range| !range.allowed);
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

/// Of which family the literal `ip("…")` is.
fn address(expr: &Expr) -> Option<Family> {
    let ExprKind::Call(name, args) = &expr.kind else {
        return None;
    };
    let ("ip", [arg]) = (name.value.as_str(), args.as_slice()) else {
        return None;
    };
    let ExprKind::Literal(Literal::String(text)) = &arg.kind else {
        return None;
    };
    let address = text.split_once('/').map_or(text.as_str(), |(of, _)| of);
    Some(match address.parse().ok()? {
        IpAddr::V4(_) => Family::V4,
        IpAddr::V6(_) => Family::V6,
    })
}

/// What a test comes to for every IPv6 address at `of`; `None` where that depends on the address.
fn under_ipv6(test: &Expr, of: &Expr) -> Option<bool> {
    let is_v4 = |expr: &Expr| address(expr) == Some(Family::V4);
    match &test.kind {
        ExprKind::Method(base, name, args) if base.same(of) => match name.value.as_str() {
            "isIpv4" => Some(false),
            "isIpv6" => Some(true),
            "isInRange" => args.first().is_some_and(is_v4).then_some(false),
            _ => None,
        },
        ExprKind::Method(base, name, args) if name.value == "contains" => {
            let ExprKind::Set(items) = &base.kind else {
                return None;
            };
            let asks = args.first().is_some_and(|arg| arg.same(of));
            (asks && items.iter().all(is_v4)).then_some(false)
        }
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
            let apart = left.same(of) && is_v4(right) || right.same(of) && is_v4(left);
            apart.then_some(*op == BinaryOp::NotEq)
        }
        _ => None,
    }
}

fn mentions(expr: &Expr, of: &Expr) -> bool {
    expr.any(&mut |e| e.same(of))
}

/// What an IPv6 address has to do with a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// No address is asked about.
    Silent,
    /// An address is, and no IPv6 address leads to a denial.
    Never,
    /// Only what is asked beside the address leads to one.
    Beside,
    /// Some IPv6 address may.
    Denies,
}

impl Part {
    /// Where all of them must deny.
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        let parts: Vec<Self> = parts.collect();
        [Self::Never, Self::Denies, Self::Beside]
            .into_iter()
            .find(|part| parts.contains(part))
            .unwrap_or(Self::Silent)
    }

    /// Where any of them can deny.
    fn any(parts: impl Iterator<Item = Self>) -> Self {
        let parts: Vec<Self> = parts.collect();
        let only = |part: Self| parts.iter().all(|of| *of == part);
        match parts.contains(&Self::Denies) {
            true => Self::Denies,
            false if only(Self::Silent) => Self::Silent,
            false if only(Self::Never) => Self::Never,
            false => Self::Beside,
        }
    }
}

/// Whether the policy asks about the address at `of`, and no IPv6 address is ever a reason for it to deny.
fn lets_ipv6_past(policy: &Policy, of: &Expr) -> bool {
    matches!(part(policy, of), Part::Never | Part::Beside)
}

fn part(policy: &Policy, of: &Expr) -> Part {
    let clauses = policy.clauses.iter().map(|clause| {
        let applies_if = clause.kind == ClauseKind::When;
        part_of(&clause.body, applies_if != policy.is_permit(), of)
    });
    match policy.is_permit() {
        // A permit denies by any of its clauses, a forbid by all of them.
        true => Part::any(clauses),
        false => Part::all(clauses),
    }
}

/// The same of a condition that denies where it has this outcome.
fn part_of(expr: &Expr, denies_if: bool, of: &Expr) -> Part {
    let parts = |items: &[Expr]| -> Vec<Part> {
        items
            .iter()
            .map(|item| part_of(item, denies_if, of))
            .collect()
    };
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => part_of(inner, !denies_if, of),
        ExprKind::And(items) if denies_if => Part::all(parts(items).into_iter()),
        ExprKind::Or(items) if !denies_if => Part::all(parts(items).into_iter()),
        ExprKind::And(items) | ExprKind::Or(items) => Part::any(parts(items).into_iter()),
        ExprKind::If(condition, yes, no) if !mentions(condition, of) => {
            Part::any([yes, no].into_iter().map(|way| part_of(way, denies_if, of)))
        }
        _ if !mentions(expr, of) => Part::Silent,
        _ => match (settled_test(expr), compared_with_truth(expr)) {
            (Some(_), _) => Part::Silent,
            (None, Some((inner, value))) => part_of(inner, denies_if == value, of),
            (None, None) => match outcome(expr, &mut |test| under_ipv6(test, of)) {
                Some(value) if value != denies_if => Part::Never,
                _ => Part::Denies,
            },
        },
    }
}

/// Whether other policies see to IPv6 addresses: a forbid that some of them meet, or permits none of which they meet.
fn is_handled_beside(member: &Member<'_>, of: &Expr, policies: &[Member<'_>]) -> bool {
    let other = |with: &&Member<'_>| !std::ptr::eq(with.policy, member.policy);
    let denied = policies.iter().filter(other).any(|with| {
        !with.policy.is_permit() && is_within(member, with) && part(with.policy, of) == Part::Denies
    });
    denied || (!member.policy.is_permit() && is_closed_before(member, of, policies))
}

/// Whether there are permits that a forbid may meet, and none of them allows anything to an IPv6 address.
fn is_closed_before(forbid: &Member<'_>, of: &Expr, policies: &[Member<'_>]) -> bool {
    let mut permits = policies
        .iter()
        .filter(|with| with.policy.is_permit() && may_meet(with, forbid))
        .peekable();
    permits.peek().is_some()
        && permits
            .all(|permit| applies(permit.policy, &mut |test| under_ipv6(test, of)) == Some(false))
}
