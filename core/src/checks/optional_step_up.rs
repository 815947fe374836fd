//! Second factors that something weaker stands in for.

use super::{Check, Member, Run, SetContext};
use crate::analysis::conditions::mentions;
use crate::analysis::factor::{Proof, proof, share_actions};
use crate::analysis::names::{has_word, last_name};
use crate::analysis::reading::{Form, comparison, plain};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, Var};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Access, Schema};

static RULE: Rule = Rule {
    code: "optional-step-up",
    severity: Severity::Medium,
    summary: "a second factor is one side of an `||`, and the other side is no proof",
    why: "an alternative that the caller or a group can satisfy makes the second factor optional",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("optional_step_up.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        if member.policy.clauses.is_empty()
            || member.never_applies()
            || is_told_elsewhere(member, cx.schema)
        {
            continue;
        }
        let is_factor = |member: &Member<'_>, expr: &Expr| {
            let schema = cx.schema.map(|schema| (schema, member.scope));
            proof(expr, schema, &cx.config.options) == Some(Proof::Factor)
        };
        let mut reads =
            |expr: &Expr| matches!(expr.kind, ExprKind::Attr(..)) && is_factor(member, expr);
        if !member
            .policy
            .clauses
            .iter()
            .any(|clause| clause.body.any(&mut reads))
        {
            continue;
        }
        let policy = plain(member.policy);
        let form = Form::lets_through(&policy);
        let mut needs = |test: &Expr, outcome: bool| outcome && is_factor(member, test);
        if form.always(&mut needs) {
            continue;
        }
        let Some((factor, instead)) = alternative(&form, cx, member) else {
            continue;
        };
        let is_guarded = cx.policies.iter().any(|other| {
            !other.policy.is_permit()
                && !std::ptr::eq(other.policy, member.policy)
                && share_actions(member, other, cx.schema)
                && Form::lets_through(&plain(other.policy))
                    .always(&mut |test, outcome| outcome && is_factor(other, test))
        });
        if is_guarded {
            continue;
        }
        let (factor, text) = (
            member.policy.at(factor.span),
            member.policy.at(instead.span),
        );
        out.push((
            index,
            Finding::new(
                &RULE,
                instead.span,
                format!("`{text}` stands in for `{factor}`, so this {} does not need the second factor", member.policy.effect.value.as_str()),
                "join the two with `&&`, or write the exception as a policy of its own with its reason",
            ),
        ));
    }
}

/// Break-glass access is judged by a check of its own, and so are permits of what cannot be undone.
fn is_told_elsewhere(member: &Member<'_>, schema: Option<&Schema>) -> bool {
    let is_dangerous = |schema: &Schema| {
        (member.scope.actions.iter()).any(|action| {
            schema.access(action) == Some(Access::Destructive)
                || schema.approvals(action).contains("step_up")
        })
    };
    member.policy.annotation("breakglass").is_some()
        || member.policy.is_permit() && schema.is_some_and(is_dangerous)
}

/// A second factor and what can be shown in its place.
fn alternative<'a>(
    form: &Form<'a>,
    cx: &SetContext<'_>,
    member: &Member<'_>,
) -> Option<(&'a Expr, &'a Expr)> {
    let items = match form {
        Form::Constant(_) | Form::Test(..) => return None,
        Form::All(items) => return items.iter().find_map(|item| alternative(item, cx, member)),
        Form::Any(items) => items,
    };
    let schema = cx.schema.map(|schema| (schema, member.scope));
    let of = |test: &Expr| proof(test, schema, &cx.config.options);
    let mut factor = None;
    for item in items {
        let mut first = None;
        let needs = item.always(&mut |test, outcome| {
            let is = outcome && of(test) == Some(Proof::Factor);
            if is {
                first.get_or_insert(test);
            }
            is
        });
        if needs {
            factor = factor.or(first);
        }
    }
    let factor = factor?;
    let instead = items.iter().find_map(|item| {
        let mut first = None;
        let mut is_fine = false;
        item.for_each(&mut |test, outcome| {
            is_fine |= of(test).is_some() || is_reason(test, outcome);
            first.get_or_insert(test);
        });
        first.filter(|_| !is_fine)
    });
    instead.map(|instead| (factor, instead))
}

/// Whether a test is a reason why no second factor is needed: what is asked for or about is harmless, or is no person.
fn is_reason(test: &Expr, outcome: bool) -> bool {
    if mentions(test, Var::Action) || matches!(test.kind, ExprKind::Is(..)) {
        return true;
    }
    let of_resource = mentions(test, Var::Resource);
    let of_caller = mentions(test, Var::Principal) || mentions(test, Var::Context);
    if of_resource && !of_caller {
        return true;
    }
    if last_name(test).is_some_and(|name| has_word(name, EMERGENCY)) {
        return true;
    }
    match comparison(test, outcome) {
        // Small amounts, low risks and low levels.
        Some((BinaryOp::Less | BinaryOp::LessEq | BinaryOp::NotEq, ..)) => true,
        Some((BinaryOp::Eq, left, right)) => {
            let is_risk = last_name(left).is_some_and(|name| has_word(name, RISK));
            is_risk && matches!(right.kind, ExprKind::Literal(Literal::String(_)))
        }
        Some(_) => false,
        None => !outcome,
    }
}

const EMERGENCY: &[&str] = &[
    "emergency",
    "breakglass",
    "incident",
    "approved",
    "approval",
    "approvals",
    "person",
];
const RISK: &[&str] = &[
    "risk",
    "sensitivity",
    "classification",
    "severity",
    "env",
    "environment",
    "stage",
];
