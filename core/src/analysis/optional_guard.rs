//! Restrictions that hold only where an optional attribute is present: `x has label && x.label == "secret"`.

use crate::analysis::edit;
use crate::analysis::missing::{Open, Place, open_where_missing};
use crate::analysis::names::{has_word, is_clock};
use crate::analysis::reading::plain;
use crate::checks::{PolicyContext, SetContext};
use crate::facts::{ClauseKind, Effect, Expr, ExprKind, Literal, Policy, Var, attribute_path};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::Rule;
use crate::schema::{Attribute, Schema, Type, TypeScope};
use crate::source::Span;
use crate::workspace::proofs::Closes;

/// What a check says of such a restriction.
pub(crate) struct Words {
    /// The rule that it breaks.
    pub(crate) rule: &'static Rule,
    /// What the policy does where the test is false: `this forbid does not deny`.
    pub(crate) does: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

/// A finding for every test of presence that voids a restriction of a policy of which nothing is proved.
pub(crate) fn unproved(cx: &PolicyContext<'_>, words: &Words, out: &mut Vec<Finding>) {
    if cx.alone.is_some_and(|alone| !alone.is_template) {
        return;
    }
    let policy = plain(cx.policy);
    for open in all(&policy, cx.schema) {
        let mut found = finding(cx.policy, &policy, &open, words);
        if cx.schema.is_none() {
            found.severity = Severity::Medium;
        }
        out.push(found);
    }
}

/// A finding for every such test of the set's policies with this effect, as far as closing the restriction would change a
/// decision of the policy. Where it would change none of the set's, the finding is `low`.
pub(crate) fn proved(
    cx: &SetContext<'_>,
    effect: Effect,
    words: &Words,
    out: &mut Vec<(usize, Finding)>,
) {
    for (index, member) in cx.policies.iter().enumerate() {
        let Some(alone) = member.alone else { continue };
        if member.policy.effect.value != effect
            || (alone.guarded.is_empty() && alone.unclosed.is_empty())
        {
            continue;
        }
        let schema = cx.schema.map(|schema| (schema, member.scope));
        let policy = plain(member.policy);
        for open in all(&policy, schema) {
            let found = finding(member.policy, &policy, &open, words);
            // Nothing is known of what cannot be written so that it is closed.
            if alone.unclosed.contains(&open.test.span) {
                out.push((index, found.severity(Severity::Medium)));
                continue;
            }
            let guarded = alone.guarded.iter().find(|of| of.test == open.test.span);
            let Some(guarded) = guarded else { continue };
            let closes = cx
                .relations
                .closes(&member.policy.canonical, &guarded.form());
            let is_other = schema.is_some_and(|schema| names_another(open.test, schema));
            out.push((
                index,
                match (closes, is_other) {
                    (Closes::Nothing, _) => found.severity(Severity::Low).why(match effect {
                        Effect::Forbid => "the other policies allow no such request today, but the next permit may",
                        Effect::Permit => "other policies decide every such request today, but this restriction fails open",
                    }),
                    (_, true) => found.severity(Severity::Low).why(
                        "a request that names something else in its place is not restricted by this",
                    ),
                    _ => found,
                },
            ));
        }
    }
}

/// `says` is the policy as it is read: itself, or the same with plain conditions.
fn finding(policy: &Policy, says: &Policy, open: &Open<'_>, words: &Words) -> Finding {
    let span = open.test.span;
    let message = format!("where `{}` is false, {}", policy.at(span), words.does);
    let mut found = Finding::new(words.rule, span, message, words.help);
    if policy.is_permit() && is_spelled_out(open) {
        found.severity = Severity::Medium;
    }
    if std::ptr::eq(policy, says) {
        found.fixes.extend(closing_fix(policy, open));
    }
    found
}

/// Every restriction of a policy that an attribute or tag voids which may be missing.
pub(crate) fn all<'a>(policy: &'a Policy, schema: Option<(&Schema, &TypeScope)>) -> Vec<Open<'a>> {
    open_where_missing(policy, |test| may_be_missing(test, schema))
}

/// Whether the author wrote down what a missing value comes to, as in `if x has a then … else true`.
fn is_spelled_out(open: &Open<'_>) -> bool {
    let is_literal = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Bool(_)));
    match open.whole.map(|whole| &whole.kind) {
        Some(ExprKind::If(_, yes, no)) => is_literal(yes) || is_literal(no),
        _ => false,
    }
}

/// Whether the test asks whom a request is about, and the context has another optional entity that can stand in its
/// place, as `context has targetUser` where there is a `targetTeam` too. What is about a team has no user that
/// was forgotten.
fn names_another(test: &Expr, (schema, scope): (&Schema, &TypeScope)) -> bool {
    let ExprKind::Has(base, path) = &test.kind else {
        return false;
    };
    let ([name], ExprKind::Var(Var::Context)) = (path.value.as_slice(), &base.kind) else {
        return false;
    };
    let is_optional = |of: &Attribute| !of.required && matches!(of.ty, Type::Entity(_));
    let fields = schema.fields(base, scope);
    !fields.is_empty()
        && fields.iter().all(|fields| {
            let optional = fields.iter().filter(|(_, of)| is_optional(of));
            let names: Vec<&String> = optional.map(|(name, _)| name).collect();
            names.contains(&name) && names.len() > 1
        })
}

/// The same condition, but so that it denies where the attribute is missing.
pub(crate) fn closing_fix(policy: &Policy, open: &Open<'_>) -> Option<Fix> {
    let whole = open.whole?;
    match &whole.kind {
        ExprKind::And(items) => closed_conjunction(policy, open, whole, items),
        ExprKind::If(condition, _, no) if condition.span == open.test.span => {
            let ExprKind::Literal(Literal::Bool(value)) = no.kind else {
                return None;
            };
            let title = format!("write `else {}`, so that a missing value is denied", !value);
            let edits = vec![TextEdit::replace(no.span, (!value).to_string())];
            Some(Fix::suggestion(title, edits))
        }
        _ => Some(Fix::suggestion(
            "deny where the value is missing",
            closing_edits(policy, open)?,
        )),
    }
}

/// Edits that put the restriction in force where the attribute is missing, whatever its form: `(!(x has a) || …)` of a
/// condition that must not be false then, `(x has a && …)` of one that must not be true.
pub(crate) fn closing_edits(policy: &Policy, open: &Open<'_>) -> Option<Vec<TextEdit>> {
    let whole = open.whole?;
    let test = policy.at(open.test.span);
    let before = match open.comes_to {
        false => format!("(!({test}) || "),
        true => format!("({test} && "),
    };
    let kept = match whole.kind {
        ExprKind::And(_) | ExprKind::Or(_) | ExprKind::If(..) => ["(", ")"],
        _ => ["", ""],
    };
    let [start, end] = kept;
    Some(vec![
        TextEdit::insert(whole.outer.start, format!("{before}{start}")),
        TextEdit::insert(whole.outer.end, format!("{end})")),
    ])
}

/// `has && rest` that must not be false where the value is missing.
fn closed_conjunction(
    policy: &Policy,
    open: &Open<'_>,
    whole: &Expr,
    items: &[Expr],
) -> Option<Fix> {
    let place = Place::asked_by(open.test)?;
    let index = items.iter().position(|item| item.span == open.test.span)?;
    let behind = items.get(index + 1..).unwrap_or_default();
    let last = behind.iter().rposition(|item| place.is_read_in(item))?;
    let rest = behind.get(..=last).unwrap_or_default();
    let (first, last_item) = (rest.first()?, rest.last()?);
    let rest = Span::new(first.outer.start, last_item.outer.end);
    let wrap = [
        TextEdit::insert(rest.start, "!("),
        TextEdit::insert(rest.end, ")"),
    ];
    let [start, close] = wrap;
    if edit::has_comment(policy, Span::new(open.test.outer.start, rest.end)) {
        return None;
    }
    let is_clause = index == 0 && last + 2 == items.len() && open.clause.body.outer == whole.outer;
    Some(if is_clause {
        let (from, to) = match open.clause.kind {
            ClauseKind::When => (ClauseKind::When, "unless"),
            ClauseKind::Unless => (ClauseKind::Unless, "when"),
        };
        Fix::suggestion(
            format!(
                "turn `{}` into `{to}`, so that a missing value is denied",
                from.as_str()
            ),
            vec![TextEdit::replace(open.clause.keyword, to), start, close],
        )
    } else {
        Fix::suggestion(
            "deny where the value is missing",
            vec![
                TextEdit::insert(open.test.outer.start, "!("),
                start,
                TextEdit::replace(close.span, "))"),
            ],
        )
    })
}

/// Whether what `test` asks for may be missing although the type has it. Tags always may. Without a schema the context
/// alone counts, since an entity may lack an attribute because it is of another type.
fn may_be_missing(test: &Expr, schema: Option<(&Schema, &TypeScope)>) -> bool {
    match (&test.kind, schema) {
        (ExprKind::Method(..), _) => true,
        (ExprKind::Has(base, path), Some((schema, scope))) => {
            let mut fields = schema.fields(base, scope);
            path.value.iter().any(|name| {
                let attributes: Vec<&Attribute> = fields
                    .iter()
                    .filter_map(|fields| fields.get(name))
                    .collect();
                fields = attributes
                    .iter()
                    .filter_map(|attribute| schema.fields_of(&attribute.ty))
                    .collect();
                attributes
                    .iter()
                    .any(|attribute| !attribute.required && !is_time(&attribute.ty))
            })
        }
        (ExprKind::Has(base, path), None) => {
            let of_context = matches!(attribute_path(base), Some((Var::Context, _)));
            of_context && !path.value.last().is_some_and(|name| is_end(name))
        }
        _ => false,
    }
}

/// Whether a name is that of a time.
fn is_end(name: &str) -> bool {
    is_clock(name)
        || has_word(
            name,
            &[
                "expires",
                "expiry",
                "expiration",
                "until",
                "deadline",
                "end",
                "ends",
                "at",
            ],
        )
}

fn is_time(ty: &Type) -> bool {
    matches!(ty, Type::Extension(name) if name == "datetime" || name == "duration")
}
