//! Fields that say how well somebody proved who they are, by the names that teams give them.

use crate::analysis::names::{contains_any, last_name, words};
use crate::analysis::presence::of_request;
use crate::checks::Member;
use crate::config::Options;
use crate::facts::{ActionConstraint, Expr, Policy, Var};
use crate::schema::{Schema, Type, TypeScope};

/// How much a field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// Something was verified, attested or approved.
    Some,
    /// A second factor or a step-up.
    Factor,
}

/// What a field of the context or the principal proves where it is true; `None` where it is no such field, or no truth
/// value by the schema.
pub(crate) fn proof(
    expr: &Expr,
    schema: Option<(&Schema, &TypeScope)>,
    options: &Options,
) -> Option<Proof> {
    let (Var::Context | Var::Principal) = of_request(expr)? else {
        return None;
    };
    let proof = named(last_name(expr)?, options)?;
    let types = schema.map(|(schema, scope)| schema.types(expr, scope));
    let is_bool = types.is_none_or(|types| types.iter().all(|ty| *ty == Type::Bool));
    is_bool.then_some(proof)
}

/// What a name says.
pub(crate) fn named(name: &str, options: &Options) -> Option<Proof> {
    let is_listed = options.step_up_attributes.iter().any(|of| of == name);
    if !is_listed
        && ![FACTORS, PROOFS, PARTS]
            .iter()
            .any(|list| contains_any(name, list))
    {
        return None;
    }
    let words = words(name);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let pair = |first: &str, second: &str| {
        (words.iter().zip(words.iter().skip(1))).any(|(a, b)| a == first && b == second)
    };
    if any(OPPOSITE) {
        None
    } else if any(FACTORS)
        || pair("step", "up")
        || pair("second", "factor")
        || pair("two", "factor")
        || pair("multi", "factor")
        || pair("hardware", "key")
        || pair("security", "key")
        || pair("strong", "auth")
        || pair("strong", "authentication")
    {
        Some(Proof::Factor)
    } else if any(PROOFS) || is_listed && !any(APPROVALS) {
        Some(Proof::Some)
    } else {
        None
    }
}

/// Whether a policy is about getting such a proof: enrolling, signing in, stepping up.
pub(crate) fn is_about_proving(policy: &Policy) -> bool {
    let mut named = Vec::new();
    match &policy.action.value {
        ActionConstraint::Any => {}
        constraint => named.extend(constraint.entities().iter().map(|of| of.value.id.as_str())),
    }
    policy.walk(|_, expr| {
        if let crate::facts::ExprKind::Entity(entity) = &expr.kind
            && entity.ty.rsplit("::").next() == Some("Action")
        {
            named.push(entity.id.as_str());
        }
    });
    named.iter().any(|id| {
        let words = words(id);
        words
            .iter()
            .any(|word| PROVING.contains(&word.as_str()) || FACTORS.contains(&word.as_str()))
    })
}

/// Whether two policies can be about the same action.
pub(crate) fn share_actions(one: &Member<'_>, other: &Member<'_>, schema: Option<&Schema>) -> bool {
    if schema.is_some() {
        return !one.scope.actions.is_disjoint(&other.scope.actions);
    }
    match (&one.policy.action.value, &other.policy.action.value) {
        (ActionConstraint::Eq(one), ActionConstraint::Eq(other)) => one.value == other.value,
        (ActionConstraint::InList(one), ActionConstraint::Eq(other))
        | (ActionConstraint::Eq(other), ActionConstraint::InList(one)) => {
            one.value.iter().any(|of| of.value == other.value)
        }
        _ => true,
    }
}

const FACTORS: &[&str] = &[
    "mfa",
    "2fa",
    "tfa",
    "totp",
    "otp",
    "webauthn",
    "fido",
    "fido2",
    "passkey",
    "stepup",
    "stepped",
    "twofactor",
    "multifactor",
];
/// What names of two words have, such as `step_up`.
const PARTS: &[&str] = &["step", "factor", "key", "strong"];
const PROOFS: &[&str] = &["verified", "attested", "authenticated"];
/// What waits for approval is often granted before it has one, so the opposite of these is no mistake.
const APPROVALS: &[&str] = &["approved", "approval", "person"];
const OPPOSITE: &[&str] = &[
    "no",
    "not",
    "non",
    "without",
    "missing",
    "failed",
    "fails",
    "required",
    "requires",
    "need",
    "needs",
    "needed",
    "skip",
    "skipped",
    "bypass",
    "bypassed",
    "disabled",
    "expired",
    "exempt",
    "exempted",
    "optional",
    "pending",
    "enrolled",
    "enroll",
    "registered",
    "configured",
    "age",
    "at",
    "time",
    "method",
    "count",
    "denied",
    "revoked",
    "old",
    "stale",
];
const PROVING: &[&str] = &[
    "enroll",
    "enrol",
    "register",
    "setup",
    "activate",
    "challenge",
    "login",
    "signin",
    "signup",
    "authenticate",
    "verify",
    "confirm",
    "reauthenticate",
];
