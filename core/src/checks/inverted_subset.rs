//! What is asked for must contain what is allowed, where it should be the other way round.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit;
use crate::analysis::names::{last_name, words};
use crate::analysis::presence::of_request;
use crate::analysis::reading::{Form, plain};
use crate::facts::{Expr, ExprKind, Literal, Policy, Var};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};
use crate::schema::Trust;

static RULE: Rule = Rule {
    code: "inverted-subset",
    severity: Severity::High,
    summary: "`containsAll` asks that the request's set contain the allowed one",
    why: "whoever asks for more passes, and whoever asks for less than is allowed does not",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("inverted_subset.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let mut asks = |expr: &Expr| matches!(&expr.kind, ExprKind::Method(_, name, _) if name.value == "containsAll");
    if !cx
        .policy
        .clauses
        .iter()
        .any(|clause| clause.body.any(&mut asks))
    {
        return;
    }
    let policy = plain(cx.policy);
    Form::lets_through(&policy).for_each(&mut |test, outcome| {
        let ExprKind::Method(whole, name, args) = &test.kind else {
            return;
        };
        let ("containsAll", [part], true) = (name.value.as_str(), args.as_slice(), outcome) else {
            return;
        };
        let Some(severity) = inverted(whole, part, cx) else {
            return;
        };
        let (whole_text, part_text) = (cx.policy.at(whole.span), cx.policy.at(part.span));
        let finding = Finding::new(
            &RULE,
            test.span,
            format!(
                "`{whole_text}` must contain all of `{part_text}`, so a request that asks for more passes this {}",
                cx.policy.effect.value.as_str()
            ),
            format!("swap the two: `{part_text}.containsAll({whole_text})`"),
        )
        .severity(severity);
        out.push(match swapped(cx.policy, test, whole, part) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    });
}

fn swapped(policy: &Policy, test: &Expr, whole: &Expr, part: &Expr) -> Option<Fix> {
    if edit::has_comment(policy, test.span)
        || !(whole.kind.is_path() && (part.kind.is_path() || matches!(part.kind, ExprKind::Set(_))))
    {
        return None;
    }
    Some(Fix::suggestion(
        "swap the two sets",
        vec![
            TextEdit::replace(whole.span, policy.at(part.span)),
            TextEdit::replace(part.span, policy.at(whole.span)),
        ],
    ))
}

/// How sure it is that `whole` is what is asked for and `part` what is allowed; `None` where it may be right as it is.
fn inverted(whole: &Expr, part: &Expr, cx: &PolicyContext<'_>) -> Option<Severity> {
    let says = |expr: &Expr, list: &[&str]| {
        last_name(expr)
            .is_some_and(|name| words(name).iter().any(|word| list.contains(&word.as_str())))
    };
    // `context.approvals.containsAll(resource.required)`: what is shown has all that is needed.
    if says(part, NEEDED) || says(whole, ALLOWED) || says(part, ASKED) {
        return None;
    }
    let (asked, needed, allowed) = (says(whole, ASKED), says(whole, NEEDED), says(part, ALLOWED));
    let (of, within) = (of_request(whole)?, of_request(part));
    if is_strings(part) {
        return asked.then_some(Severity::High);
    }
    let within = within?;
    // What is needed is all had by whoever has more, so whoever has nothing passes here.
    if needed && within == Var::Principal && of != Var::Principal {
        return Some(Severity::High);
    }
    if asked && (allowed || within == Var::Principal) {
        return Some(Severity::High);
    }
    if of != Var::Context || says(whole, SHOWN) || is_vouched_for(whole, cx) {
        return None;
    }
    let same_name = last_name(whole).is_some() && last_name(whole) == last_name(part);
    match within {
        _ if allowed => Some(Severity::High),
        Var::Principal if same_name => Some(Severity::High),
        Var::Principal => Some(Severity::Medium),
        _ => None,
    }
}

/// Whether a field of the context is attested: what a token says of its holder is not what the holder asks for.
fn is_vouched_for(expr: &Expr, cx: &PolicyContext<'_>) -> bool {
    cx.schema.is_some_and(|(schema, scope)| {
        schema.attributes(expr, scope).iter().any(|of| {
            of.annotations.get("trust").and_then(|of| Trust::parse(of)) == Some(Trust::Attested)
        })
    })
}

fn is_strings(expr: &Expr) -> bool {
    let is_string = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::String(_)));
    matches!(&expr.kind, ExprKind::Set(items) if items.iter().all(is_string))
}

const ASKED: &[&str] = &[
    "requested",
    "requests",
    "request",
    "asked",
    "wanted",
    "desired",
    "selected",
    "target",
    "targets",
    "queried",
];
const NEEDED: &[&str] = &[
    "required",
    "requires",
    "needed",
    "needs",
    "mandatory",
    "must",
    "minimum",
    "necessary",
];
const ALLOWED: &[&str] = &[
    "allowed",
    "allow",
    "permitted",
    "authorized",
    "authorised",
    "approved",
    "eligible",
    "entitled",
    "entitlements",
    "granted",
    "assigned",
    "whitelist",
    "allowlist",
    "accessible",
];
const SHOWN: &[&str] = &[
    "approvals",
    "approvers",
    "verified",
    "attested",
    "presented",
    "proofs",
    "factors",
    "amr",
    "signatures",
    "consents",
    "certifications",
    "certificates",
    "trainings",
    "acknowledged",
    "completed",
    "held",
    "claims",
    "evidence",
    "checks",
    "badges",
    "clearances",
    "credentials",
];
