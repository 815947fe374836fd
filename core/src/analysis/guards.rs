//! What permits ask of the principal or the request beside what they are about: a flag such as `principal.active`, a
//! value such as `principal.status == "active"`, or that the tenants of principal and resource are the same.

use crate::analysis::conditions::{compared_with_truth, demands};
use crate::analysis::names::has_word;
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, Policy, UnaryOp, Var, attribute_path};

/// The attributes of a variable that are read one below the other.
type Path<'a> = Vec<&'a str>;

/// A test that several policies can share, whatever way each writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guard<'a> {
    /// A truth value of the principal or of the context.
    Flag(Var, Path<'a>),
    /// A text of the principal or of the context, compared with a literal.
    Value(Var, Path<'a>, &'a str),
    /// The tenant of the principal, compared with that of the resource, or as what the resource is in.
    Tenant(Path<'a>, Path<'a>),
}

/// A guard, and the outcome that the policy needs from it.
pub(crate) type Needed<'a> = (Guard<'a>, bool);

impl<'a> Guard<'a> {
    /// The guard that a test is, with the outcome of it that `outcome` asks for.
    pub(crate) fn of(test: &'a Expr, outcome: bool) -> Option<Needed<'a>> {
        if let ExprKind::Unary(UnaryOp::Not, inner) = &test.kind {
            return Self::of(inner, !outcome);
        }
        if let Some((inner, value)) = compared_with_truth(test) {
            return Self::of(inner, value == outcome);
        }
        match &test.kind {
            // `x has a && x.a`, which is false for some without the attribute too.
            ExprKind::And(items) if !outcome => {
                let (last, before) = items.split_last()?;
                let is_presence = |of: &Expr| matches!(of.kind, ExprKind::Has(..));
                before
                    .iter()
                    .all(is_presence)
                    .then(|| Self::of(last, false))?
            }
            ExprKind::Attr(..) => {
                let (var, path) = attribute_path(test)?;
                is_guarded(var).then_some((Self::Flag(var, path), outcome))
            }
            ExprKind::Binary(BinaryOp::Eq, left, right) => {
                Some((Self::comparison(left, right)?, outcome))
            }
            ExprKind::Binary(BinaryOp::NotEq, left, right) => {
                Some((Self::comparison(left, right)?, !outcome))
            }
            ExprKind::Binary(BinaryOp::In, left, right) => {
                Some((Self::tenant(left, right, true)?, outcome))
            }
            _ => None,
        }
    }

    fn comparison(left: &'a Expr, right: &'a Expr) -> Option<Self> {
        for (one, other) in [(left, right), (right, left)] {
            if let (Some((var, path)), ExprKind::Literal(Literal::String(text))) =
                (attribute_path(one), &other.kind)
                && is_guarded(var)
                && !path.is_empty()
            {
                return Some(Self::Value(var, path, text));
            }
        }
        Self::tenant(left, right, false)
    }

    /// `within` for `in`: then the principal, or the resource, may itself be in the tenant of the other.
    fn tenant(left: &'a Expr, right: &'a Expr, within: bool) -> Option<Self> {
        let is_of = |path: &Path<'_>| match path.last() {
            Some(name) => is_tenancy(name),
            None => within,
        };
        let (mut of_principal, mut of_resource) = (None, None);
        for side in [left, right] {
            match attribute_path(side)? {
                (Var::Principal, path) if is_of(&path) => of_principal = Some(path),
                (Var::Resource, path) if is_of(&path) => of_resource = Some(path),
                _ => return None,
            }
        }
        let (principal, resource) = (of_principal?, of_resource?);
        let is_named = !principal.is_empty() || !resource.is_empty();
        is_named.then_some(Self::Tenant(principal, resource))
    }

    /// Whether an expression reads what the guard is about.
    pub(crate) fn is_read_in(&self, policy: &Policy) -> bool {
        let read: Vec<(Var, &Path<'_>)> = match self {
            Self::Flag(var, path) | Self::Value(var, path, _) => vec![(*var, path)],
            Self::Tenant(principal, resource) => {
                let sides = [(Var::Principal, principal), (Var::Resource, resource)];
                sides
                    .into_iter()
                    .filter(|(_, path)| !path.is_empty())
                    .collect()
            }
        };
        let mut found = false;
        policy.walk(|_, expr| {
            found |= matches!(expr.kind, ExprKind::Attr(..))
                && attribute_path(expr).is_some_and(|(var, path)| read.contains(&(var, &path)));
        });
        found
    }

    /// Whether it says, by its name, whether somebody takes part at all, and not which part is theirs.
    pub(crate) fn is_of_standing(&self) -> bool {
        match self {
            Self::Flag(Var::Principal, path) => path.iter().any(|name| has_word(name, STANDING)),
            Self::Value(Var::Principal, path, text) => {
                has_word(text, STANDING) || path.iter().any(|name| has_word(name, &["status"]))
            }
            Self::Flag(..) | Self::Value(..) => false,
            Self::Tenant(..) => true,
        }
    }

    pub(crate) const fn is_tenant(&self) -> bool {
        matches!(self, Self::Tenant(..))
    }
}

const fn is_guarded(var: Var) -> bool {
    matches!(var, Var::Principal | Var::Context)
}

/// The guards that a policy demands, each with the test that it is.
pub(crate) fn guards(policy: &Policy) -> Vec<(Needed<'_>, &Expr)> {
    let mut found: Vec<(Needed<'_>, &Expr)> = Vec::new();
    for (test, outcome) in demands(policy) {
        if let Some(guard) = Guard::of(test, outcome)
            && !found.iter().any(|(known, _)| *known == guard)
        {
            found.push((guard, test));
        }
    }
    found
}

fn is_tenancy(name: &str) -> bool {
    has_word(
        name,
        &[
            "account",
            "company",
            "customer",
            "org",
            "organisation",
            "organization",
            "tenancy",
            "tenant",
            "tenants",
            "workspace",
        ],
    )
}

const STANDING: &[&str] = &[
    "active",
    "activated",
    "archived",
    "authorized",
    "banned",
    "blocked",
    "certified",
    "cleared",
    "confirmed",
    "current",
    "deactivated",
    "deleted",
    "disabled",
    "duty",
    "employed",
    "enabled",
    "enrolled",
    "expired",
    "frozen",
    "inactive",
    "licensed",
    "locked",
    "onboarded",
    "present",
    "revoked",
    "suspended",
    "terminated",
    "trained",
    "valid",
    "verified",
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cedar::parse::parse;

    fn first(conditions: &str) -> String {
        let text = format!("permit (principal, action, resource) {conditions};");
        let policy = parse(&text.into()).unwrap().policy;
        let found = guards(&policy);
        found
            .first()
            .map_or(String::new(), |(guard, _)| format!("{guard:?}"))
    }

    #[test]
    fn a_guard_is_the_same_however_it_is_written() {
        for (one, other) in [
            ("when { principal.active }", "unless { !principal.active }"),
            (
                "when { principal.active }",
                "when { true == principal.active }",
            ),
            (
                "when { principal.active }",
                "when { principal.active != false }",
            ),
            (
                "unless { principal.locked }",
                "when { principal.locked == false }",
            ),
            (
                "when { principal.state == \"on\" }",
                "unless { \"on\" != principal.state }",
            ),
            (
                "unless { principal has locked && principal.locked }",
                "unless { principal.locked }",
            ),
            (
                "when { principal.tenant == resource.tenant }",
                "when { principal.active || context.mfa } when { resource.tenant == principal.tenant }",
            ),
        ] {
            assert_ne!(first(one), "", "{one}");
            assert_eq!(first(one), first(other), "{one} {other}");
        }
        for none in [
            "when { principal.active || context.mfa }",
            "when { resource.open }",
            "when { resource.owner == principal }",
            "when { principal in resource }",
            "when { principal == resource.account }",
            "when { principal in Group::\"a\" }",
        ] {
            assert_eq!(first(none), "", "{none}");
        }
        assert_ne!(first("when { principal in resource.tenant }"), "");
        assert_ne!(
            first("when { principal.active }"),
            first("unless { principal.active }")
        );
    }
}
