//! What cannot be undone, granted to anybody who holds the session.

use super::{Check, Member, Run, SetContext};
use crate::analysis::conditions::always;
use crate::config::Options;
use crate::facts::{BinaryOp, Entity, Expr, ExprKind, Literal};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::analysis::grants::Granting;
use crate::rules::{Profile, Rule};
use crate::schema::{Access, Schema, Type};

static RULE: Rule = Rule {
    code: "destructive-without-step-up",
    severity: Severity::High,
    summary: "a permit grants a destructive action without asking for a second proof",
    why: "one stolen session or one mistaken click is enough for something that cannot be undone",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &[
        "ASI02",
        "ASI03",
        "NIST AI RMF MAP 3.5",
        "NIST SP 800-53r5 AC-3",
    ],
    page: include_str!("destructive_without_step_up.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let dangerous = Granting::of(cx, |schema, action| {
        schema.access(action) == Some(Access::Destructive)
            || schema.action_annotation(action, "approval") == Some("step_up")
    });
    let Some(dangerous) = dangerous else {
        return;
    };
    for (index, member) in dangerous.permits() {
        let mut steps_up = |test: &Expr, outcome| is_step_up(test, outcome, &cx.config.options);
        if always(member.policy, &mut steps_up) {
            continue;
        }
        let unguarded = dangerous
            .granted(member)
            .into_iter()
            .find(|action| !dangerous.guarded(member, action, &mut steps_up));
        if let Some(action) = unguarded {
            let found = finding(dangerous.schema, member, action, &cx.config.options);
            out.push((index, found));
        }
    }
}

fn finding(schema: &Schema, member: &Member<'_>, action: &Entity, options: &Options) -> Finding {
    let p = member.policy;
    let finding = Finding::new(
        &RULE,
        p.action.span,
        format!("this permit grants `{action}` without a step-up condition"),
        "ask for a second factor or an approval in a condition",
    );
    let Some(field) = options
        .step_up_attributes
        .iter()
        .find(|field| always_has(schema, member, field))
    else {
        return finding;
    };
    let end = p.clauses.last().map_or(p.scope.end, |c| c.span.end);
    finding.fix(Fix::suggestion(
        format!("ask for `context.{field}`"),
        vec![TextEdit::insert(
            end,
            format!("\nwhen {{ context.{field} }}"),
        )],
    ))
}

/// Whether every action of the scope has a truth value of this name in its context.
fn always_has(schema: &Schema, member: &Member<'_>, field: &str) -> bool {
    member.scope.actions.iter().all(|action| {
        schema
            .actions
            .get(action)
            .and_then(|action| action.context.get(field))
            .is_some_and(|field| field.required && field.ty == Type::Bool)
    })
}

/// Whether a test with this outcome shows that a step-up took place. That the field is there is not
/// enough, nor is that it is false.
fn is_step_up(test: &Expr, outcome: bool, options: &Options) -> bool {
    let is_field = |expr: &Expr| matches!(&expr.kind, ExprKind::Attr(_, name) if options.step_up_attributes.contains(&name.value));
    match &test.kind {
        ExprKind::Attr(..) => outcome && is_field(test),
        ExprKind::Has(..) => false,
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
            let equal = outcome == (*op == BinaryOp::Eq);
            [(left, right), (right, left)]
                .into_iter()
                .any(|(field, value)| {
                    field.any(&mut |e| is_field(e))
                        && match value.kind {
                            ExprKind::Literal(Literal::Bool(value)) => value == equal,
                            _ => true,
                        }
                })
        }
        ExprKind::Is(..) => outcome && test.any(&mut |e| is_field(e)),
        _ => test.any(&mut |e| is_field(e)),
    }
}
