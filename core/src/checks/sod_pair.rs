//! One principal gets two actions that must not be in one hand.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Member, Run, SetContext};
use crate::analysis::conditions::{demands, mentions};
use crate::facts::{
    BinaryOp, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, Var, canonical_expr,
};
use crate::finding::{Finding, Place, Severity};
use crate::analysis::grants::{granted, guarded, guardrails, permits_everything};
use crate::rules::{Profile, Rule};
use crate::schema::Schema;
use crate::workspace::proofs::Alone;

static RULE: Rule = Rule {
    code: "sod-pair",
    severity: Severity::High,
    summary: "the same principals get two actions that are declared incompatible",
    why: "one person alone can then do what is meant to need two",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-5", "ISO 27001:2022 A.5.3"],
    page: include_str!("sod_pair.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let Some(schema) = cx.schema else {
        return;
    };
    if cx.config.options.incompatible_actions.is_empty() {
        return;
    }
    let forbids = guardrails(cx.policies);
    let overridden: BTreeSet<&[u8; 32]> = cx.relations.overridden().map(|(of, _)| of).collect();
    // What is proved to allow nothing grants nothing.
    let grants = |member: &Member<'_>| {
        let never = member.alone.is_some_and(Alone::never_applies);
        !never && !overridden.contains(&member.policy.canonical)
    };
    let named: BTreeMap<String, &Entity> = schema
        .actions
        .keys()
        .map(|action| (action.to_string(), action))
        .collect();
    for (one, other) in &cx.config.options.incompatible_actions {
        let (Some(one), Some(other)) = (named.get(one), named.get(other)) else {
            continue;
        };
        let first = Grants::of(one, cx.policies, &grants, &forbids, schema);
        let second = Grants::of(other, cx.policies, &grants, &forbids, schema);
        for grant in &second.all {
            let Some(partner) = first.sharing_principals_with(grant) else {
                continue;
            };
            let Some(policy) = cx.policies.get(grant.index).map(|member| member.policy) else {
                continue;
            };
            let mut finding = Finding::new(
                &RULE,
                policy.principal.span.cover(policy.action.span),
                format!("whoever gets `{other}` here can get `{one}` too"),
                "grant the two to groups that have no member in common, or take one of them away",
            );
            if let Some(policy) = cx.policies.get(partner).map(|member| member.policy) {
                finding = finding.label(
                    Place::Statement(partner, policy.principal.span.cover(policy.action.span)),
                    format!("`{one}` is granted here"),
                );
            }
            out.push((grant.index, finding));
        }
    }
}

/// What a policy asks of the principal: a group or an id, or a condition with the outcome that it needs.
type Claim = (bool, [u8; 32]);

/// A policy that grants an action, and to whom.
struct Grant<'a> {
    index: usize,
    types: BTreeSet<&'a str>,
    claims: BTreeSet<Claim>,
}

/// The policies that grant one action, in the order of the set.
struct Grants<'a> {
    all: Vec<Grant<'a>>,
    /// Positions in `all` by claim.
    by_claim: BTreeMap<Claim, Vec<usize>>,
    /// Positions in `all` of those that ask for nothing but a type.
    unclaimed: Vec<usize>,
}

impl<'a> Grants<'a> {
    fn of(
        action: &Entity,
        policies: &'a [Member<'a>],
        grants_any: &impl Fn(&Member<'_>) -> bool,
        forbids: &[&Member<'_>],
        schema: &'a Schema,
    ) -> Self {
        let mut grants = Self {
            all: Vec::new(),
            by_claim: BTreeMap::new(),
            unclaimed: Vec::new(),
        };
        for (index, member) in policies.iter().enumerate() {
            let policy = member.policy;
            if !policy.is_permit()
                || !member.scope.actions.contains(action)
                || permits_everything(policy, Some(schema))
                || !grants_any(member)
            {
                continue;
            }
            let types: BTreeSet<&str> = granted(policy, schema, member.scope, |a| a == action)
                .into_iter()
                .map(|request| request.principal)
                .collect();
            if types.is_empty() || guarded(member, action, forbids, |_, _| false) {
                continue;
            }
            let claims = claims(policy);
            let at = grants.all.len();
            if claims.is_empty() {
                grants.unclaimed.push(at);
            }
            for claim in &claims {
                grants.by_claim.entry(*claim).or_default().push(at);
            }
            grants.all.push(Grant {
                index,
                types,
                claims,
            });
        }
        grants
    }

    /// The first policy of these that grants to principals of `other` too: one of the two asks for all
    /// that the other asks for, so whoever satisfies it satisfies both.
    fn sharing_principals_with(&self, other: &Grant<'_>) -> Option<usize> {
        let shares = |grant: &&Grant<'_>| {
            !grant.types.is_disjoint(&other.types)
                && (grant.claims.is_subset(&other.claims) || other.claims.is_subset(&grant.claims))
        };
        if other.claims.is_empty() {
            return self.all.iter().find(shares).map(|grant| grant.index);
        }
        let claimed = other
            .claims
            .iter()
            .filter_map(|claim| self.by_claim.get(claim));
        claimed
            .chain([&self.unclaimed])
            .filter_map(|positions| {
                positions
                    .iter()
                    .filter_map(|at| self.all.get(*at))
                    .find(shares)
                    .map(|grant| grant.index)
            })
            .min()
    }
}

fn claims(policy: &Policy) -> BTreeSet<Claim> {
    let mut claims = BTreeSet::new();
    let constraint = &policy.principal.value;
    match constraint.entity_or_slot() {
        Some(EntityOrSlot::Entity(entity)) => {
            let op = match constraint {
                EntityConstraint::Eq(_) => BinaryOp::Eq,
                _ => BinaryOp::In,
            };
            claims.insert((true, named(op, &entity.value)));
        }
        // Who is linked is not known, so a slot is like nothing else.
        Some(EntityOrSlot::Slot(_)) => {
            claims.insert((true, policy.canonical));
        }
        None => {}
    }
    for (test, outcome) in demands(policy) {
        if !mentions(test, Var::Principal) || matches!(test.kind, ExprKind::Is(_, _, None)) {
            continue;
        }
        let key = match &test.kind {
            ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::In), left, right) => {
                match (&left.kind, &right.kind) {
                    (ExprKind::Var(Var::Principal), ExprKind::Entity(entity)) => named(*op, entity),
                    _ => canonical_expr(test),
                }
            }
            _ => canonical_expr(test),
        };
        claims.insert((outcome, key));
    }
    claims
}

/// The key of `principal == entity` or `principal in entity`, in the scope or in a condition.
fn named(op: BinaryOp, entity: &Entity) -> [u8; 32] {
    let expr = |kind| Expr {
        kind,
        span: crate::source::Span::default(),
        outer: crate::source::Span::default(),
    };
    canonical_expr(&expr(ExprKind::Binary(
        op,
        Box::new(expr(ExprKind::Var(Var::Principal))),
        Box::new(expr(ExprKind::Entity(entity.clone()))),
    )))
}
