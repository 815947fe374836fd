//! Forbids that never match although everything is permitted.

use super::{Check, SetContext, Run};
use crate::facts::{ActionConstraint, ClauseKind, EntityConstraint, Policy};
use crate::finding::{Finding, Place, Severity};
use crate::analysis::logic::{never_applies, truth};
use crate::rules::{Profile, Rule};
use crate::workspace::proofs::Alone;

static RULE: Rule = Rule {
    code: "no-op-guard",
    severity: Severity::High,
    summary: "a forbid that never matches is all that bounds a permit of everything",
    why: "the permit allows every request, and the forbid that should bound it denies none",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("no_op_guard.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let is_open = |policy: &Policy| {
        policy.is_permit()
            && policy.principal.value == EntityConstraint::Any
            && policy.action.value == ActionConstraint::Any
            && policy.resource.value == EntityConstraint::Any
            && policy
                .clauses
                .iter()
                .all(|clause| truth(&clause.body) == Some(clause.kind == ClauseKind::When))
    };
    let Some(open) = cx
        .policies
        .iter()
        .position(|member| is_open(member.policy))
    else {
        return;
    };
    for (index, member) in cx.policies.iter().enumerate() {
        let policy = member.policy;
        let no_action = matches!(&policy.action.value, ActionConstraint::InList(list) if list.value.is_empty());
        let is_proved = member.alone.is_some_and(Alone::never_applies);
        if policy.is_permit() || !(no_action || is_proved || never_applies(policy)) {
            continue;
        }
        let Some(permit) = cx.policies.get(open) else {
            return;
        };
        out.push((
            index,
            Finding::new(
                &RULE,
                policy.effect.span.cover(policy.scope),
                "this forbid never matches, and everything is permitted beside it",
                "write the condition that was meant, and narrow the permit",
            )
            .label(
                Place::Statement(open, permit.policy.effect.span.cover(permit.policy.scope)),
                "permits everything",
            ),
        ));
    }
}
