//! Truth values that are asked for and never looked at.

use super::{Check, Member, Run, SetContext};
use crate::analysis::factor::{named, share_actions};
use crate::analysis::missing::Place;
use crate::analysis::names::words;
use crate::analysis::presence::of_request;
use crate::analysis::reading::{Form, plain};
use crate::facts::{Expr, ExprKind, attribute_path};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::{Profile, Rule};
use crate::schema::{Attribute, Schema, Trust, Type, TypeScope};

static RULE: Rule = Rule {
    code: "presence-not-value",
    severity: Severity::Medium,
    summary: "a policy asks whether a Boolean is there and never whether it is true",
    why: "a request that says `false` gets what only `true` should get",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("presence_not_value.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        let asks = |expr: &Expr| matches!(expr.kind, ExprKind::Has(..));
        if !member.never_applies()
            && (member.policy.clauses.iter()).any(|clause| clause.body.any(&mut { asks }))
        {
            find(cx, index, member, out);
        }
    }
}

fn find(cx: &SetContext<'_>, index: usize, member: &Member<'_>, out: &mut Vec<(usize, Finding)>) {
    let policy = plain(member.policy);
    let schema = cx.schema.map(|schema| (schema, member.scope));
    Form::lets_through(&policy).for_each(&mut |test, outcome| {
        let (true, ExprKind::Has(base, path), Some(place)) =
            (outcome, &test.kind, Place::asked_by(test))
        else {
            return;
        };
        let Some(severity) = flag(cx, base, &path.value, schema) else {
            return;
        };
        let is_read = |of: &Member<'_>| {
            of.policy.clauses.iter().any(|clause| place.is_read_in(&clause.body))
        };
        let is_guarded = cx.policies.iter().any(|other| {
            !other.policy.is_permit()
                && share_actions(member, other, cx.schema)
                && is_read(other)
        });
        if is_guarded || policy.clauses.iter().any(|clause| place.is_read_in(&clause.body)) {
            return;
        }
        let text = member.policy.at(test.span);
        let effect = member.policy.effect.value.as_str();
        let verb = if member.policy.is_permit() { "allows" } else { "lets requests through" };
        let finding = Finding::new(
            &RULE,
            test.span,
            format!("`{text}` is the only test of this Boolean, so this {effect} {verb} where it is false"),
            "test the value too, behind the `has`",
        )
        .severity(severity);
        out.push((index, match with_value(base, &path.value, member, test) {
            Some(fix) => finding.fix(fix),
            None => finding,
        }));
    });
}

fn with_value(base: &Expr, path: &[String], member: &Member<'_>, test: &Expr) -> Option<Fix> {
    let is_name = |name: &String| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    attribute_path(base)?;
    if !path.iter().all(is_name) {
        return None;
    }
    let value = format!("{}.{}", member.policy.at(base.span), path.join("."));
    Some(Fix::suggestion(
        format!("ask for `{value}` too"),
        vec![TextEdit::insert(test.span.end, format!(" && {value}"))],
    ))
}

/// How much it matters that a field's value is not asked for; `None` where it is no truth value, or always there.
fn flag(
    cx: &SetContext<'_>,
    base: &Expr,
    path: &[String],
    schema: Option<(&Schema, &TypeScope)>,
) -> Option<Severity> {
    let (name, before) = path.split_last()?;
    let Some((schema, scope)) = schema else {
        let is_request = of_request(base).is_some() || matches!(base.kind, ExprKind::Var(_));
        let says_so = is_flag(name) || named(name, &cx.config.options).is_some();
        return (is_request && says_so).then_some(Severity::Medium);
    };
    let mut fields = schema.fields(base, scope);
    for name in before {
        fields = (fields.iter())
            .filter_map(|fields| schema.fields_of(&fields.get(name)?.ty))
            .collect();
    }
    let attributes: Vec<&Attribute> = fields
        .iter()
        .filter_map(|fields| fields.get(name))
        .collect();
    let is_flag = attributes.iter().all(|of| of.ty == Type::Bool);
    if attributes.is_empty()
        || !is_flag
        || (attributes.iter().all(|of| of.required) && before.is_empty())
    {
        return None;
    }
    let is_attested = attributes.iter().any(|of| {
        of.annotations.get("trust").and_then(|of| Trust::parse(of)) == Some(Trust::Attested)
    });
    Some(
        match is_attested || named(name, &cx.config.options).is_some() {
            true => Severity::High,
            false => Severity::Medium,
        },
    )
}

/// Whether a name is one that a truth value has.
fn is_flag(name: &str) -> bool {
    let words = words(name);
    let is = |word: Option<&String>, list: &[&str]| {
        word.is_some_and(|word| list.contains(&word.as_str()))
    };
    words.len() > 1 && is(words.first(), &["is", "has", "was"])
        || is(
            words.last(),
            &[
                "enabled",
                "allowed",
                "trusted",
                "confirmed",
                "compliant",
                "cleared",
                "authorized",
                "accepted",
                "active",
            ],
        )
}
