//! Policies that let in whoever shows no proof, and nobody who does.

use super::{Check, Member, Run, SetContext};
use crate::analysis::factor::{Proof, is_about_proving, proof, share_actions};
use crate::analysis::missing::{Outcomes, Place, policy_outcomes};
use crate::analysis::reading::{Form, plain};
use crate::facts::{Expr, ExprKind, Policy};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "inverted-step-up",
    severity: Severity::High,
    summary: "a policy lets in whoever did not prove who they are, and keeps out whoever did",
    why: "whoever holds a stolen session leaves the second factor out and gets in",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("inverted_step_up.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        if member.policy.clauses.is_empty() || member.never_applies() {
            continue;
        }
        let of = |expr: &Expr| {
            proof(
                expr,
                cx.schema.map(|schema| (schema, member.scope)),
                &cx.config.options,
            )
        };
        let mut reads = |expr: &Expr| matches!(expr.kind, ExprKind::Attr(..)) && of(expr).is_some();
        if !member
            .policy
            .clauses
            .iter()
            .any(|clause| clause.body.any(&mut reads))
            || is_about_proving(member.policy)
        {
            continue;
        }
        let policy = plain(member.policy);
        let mut found = None;
        Form::lets_through(&policy).for_each(&mut |test, outcome| {
            if let (None, false, Some(proof)) = (&found, outcome, of(test)) {
                found = is_inverted(&policy, &Place::of(test)).then_some((test, proof));
            }
        });
        let Some((test, proof)) = found else {
            continue;
        };
        let asks_elsewhere = cx.policies.iter().any(|other| {
            other.policy.effect.value == member.policy.effect.value
                && share_actions(member, other, cx.schema)
                && asks_for(other.policy, &Place::of(test))
        });
        if !asks_elsewhere {
            out.push((index, finding(member, test, proof)));
        }
    }
}

fn finding(member: &Member<'_>, test: &Expr, proof: Proof) -> Finding {
    let field = member.policy.at(test.span);
    let message = match member.policy.is_permit() {
        true => format!("this permit allows only where `{field}` is false"),
        false => format!("this forbid denies only where `{field}` is true"),
    };
    let help = match member.policy.is_permit() {
        true => {
            format!("ask for `{field}`, or grant the action without it to whoever needs no proof")
        }
        false => format!("deny where `{field}` is false: `unless {{ {field} }}`"),
    };
    Finding::new(&RULE, test.span, message, help).severity(match proof {
        Proof::Factor => Severity::High,
        Proof::Some => Severity::Medium,
    })
}

/// Whether a permit applies only where the field is false, or a forbid only where it is true.
fn is_inverted(policy: &Policy, place: &Place) -> bool {
    let with = |value: bool| {
        policy_outcomes(policy, &|expr| {
            if Place::of(expr) == *place {
                return Some(Outcomes::is(value));
            }
            let asked = Place::asked_by(expr)?;
            place.is_within(&asked).then_some(Outcomes::is(true))
        })
    };
    let (kept_out, let_in) = (policy.is_permit(), !policy.is_permit());
    !with(kept_out).can_be(true) && with(let_in).can_be(true)
}

/// Whether some way past a policy needs the field to be true.
fn asks_for(policy: &Policy, place: &Place) -> bool {
    let policy = plain(policy);
    let mut asks = false;
    Form::lets_through(&policy).for_each(&mut |test, outcome| {
        asks |= outcome && Place::of(test) == *place;
    });
    asks
}
