//! What cannot be undone, granted to anybody who holds the session.

use super::{Check, Member, Run, SetContext};
use crate::analysis::conditions::always;
use crate::analysis::grants::Granting;
use crate::analysis::logic::settled;
use crate::config::Options;
use crate::facts::{BinaryOp, Entity, Expr, ExprKind};
use crate::finding::{Finding, Fix, Severity, TextEdit};
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
            || schema.approvals(action).contains("step_up")
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
    let actions = &member.scope.actions;
    !actions.is_empty() && actions.iter().all(|action| {
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
    if !test.any(&mut |e| is_field(e)) {
        return false;
    }
    match &test.kind {
        ExprKind::Attr(..) => outcome && is_field(test),
        ExprKind::Has(..) => false,
        // The opposite of a comparison is one.
        ExprKind::Binary(op, ..) if *op != BinaryOp::In => true,
        ExprKind::Method(receiver, name, args) => match (name.value.as_str(), args.as_slice()) {
            ("contains", [arg]) => is_member_step_up(receiver, arg, outcome, options),
            (
                "containsAll" | "containsAny",
                [
                    Expr {
                        kind: ExprKind::Set(items),
                        ..
                    },
                ],
            ) if let [arg] = items.as_slice() => is_member_step_up(receiver, arg, outcome, options),
            ("containsAll" | "containsAny", _) => outcome && !test.any(&mut |e| is(e, false)),
            ("isEmpty", _) => !outcome,
            ("lessThan" | "lessThanOrEqual" | "greaterThan" | "greaterThanOrEqual", _) => true,
            _ => outcome,
        },
        _ => outcome,
    }
}

/// As [`is_step_up`], for `set.contains(member)`.
fn is_member_step_up(set: &Expr, member: &Expr, outcome: bool, options: &Options) -> bool {
    let ExprKind::Set(items) = &set.kind else {
        return outcome;
    };
    let shown = |expr: &Expr, value| is_step_up(expr, value, options);
    if let Some(value) = settled(member) {
        // Some item is the value, and it may be any; or none is, so each is the opposite.
        return if outcome {
            items.iter().all(|item| shown(item, value))
        } else {
            items.iter().any(|item| shown(item, !value))
        };
    }
    if items.iter().all(|item| settled(item).is_some()) {
        return [true, false].into_iter().all(|value| {
            let admitted = items.iter().any(|item| is(item, value)) == outcome;
            !admitted || shown(member, value)
        });
    }
    // A list of texts or entities stands for comparisons with each.
    outcome
        || items
            .iter()
            .all(|item| matches!(item.kind, ExprKind::Literal(_) | ExprKind::Entity(_)))
}

fn is(expr: &Expr, value: bool) -> bool {
    settled(expr) == Some(value)
}
