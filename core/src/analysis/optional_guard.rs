//! Restrictions that hold only where an optional attribute is present: `x has label && x.label == "secret"`.

use crate::analysis::edit;
use crate::checks::{PolicyContext, SetContext};
use crate::facts::{Clause, ClauseKind, Effect, Expr, ExprKind, Polarity, Policy, UnaryOp, Var};
use crate::finding::{Finding, Fix, Severity, TextEdit};
use crate::rules::Rule;
use crate::schema::{Attribute, Schema, Type, TypeScope};
use crate::source::Span;
use crate::workspace::proofs::Closes;

/// A conjunction that denies, and that begins with the test whether an optional attribute is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard<'a> {
    clause: &'a Clause,
    /// The test, as `x has label`.
    pub(crate) test: &'a Expr,
    /// The operands behind it up to the last one that uses the attribute.
    rest: &'a [Expr],
    /// Whether the guard is all of its clause.
    whole: bool,
}

impl Guard<'_> {
    /// The operands behind the test, with their parentheses.
    pub(crate) fn rest(&self) -> Option<Span> {
        let (first, last) = (self.rest.first()?, self.rest.last()?);
        Some(Span::new(first.outer.start, last.outer.end))
    }
}

/// What a check says of such a conjunction.
pub(crate) struct Words {
    /// The rule that it breaks.
    pub(crate) rule: &'static Rule,
    /// What the policy does where the test is false: `this forbid does not deny`.
    pub(crate) does: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

/// A finding for every such conjunction of a policy of which nothing is proved.
pub(crate) fn unproved(cx: &PolicyContext<'_>, words: &Words, out: &mut Vec<Finding>) {
    if cx.alone.is_some_and(|alone| !alone.is_template) {
        return;
    }
    let guards = all(cx.policy, cx.schema);
    out.extend(guards.iter().map(|guard| finding(cx.policy, guard, words)));
}

/// A finding for every such conjunction of the set's policies with this effect, as far as closing it would change a
/// decision of the policy. Where it would change none of the set's, the finding is `low`.
pub(crate) fn proved(
    cx: &SetContext<'_>,
    effect: Effect,
    words: &Words,
    out: &mut Vec<(usize, Finding)>,
) {
    for (index, member) in cx.policies.iter().enumerate() {
        let guarded = member.alone.map_or(&[][..], |alone| &alone.guarded);
        if guarded.is_empty() || member.policy.effect.value != effect {
            continue;
        }
        let schema = cx.schema.map(|schema| (schema, member.scope));
        let guards = all(member.policy, schema);
        for of in guarded {
            let Some(guard) = guards.iter().find(|guard| guard.test.span == of.test) else {
                continue;
            };
            let found = finding(member.policy, guard, words);
            let closes = cx.relations.closes(&member.policy.canonical, &of.form());
            let is_other = schema.is_some_and(|schema| names_another(guard.test, schema));
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

fn finding(policy: &Policy, guard: &Guard<'_>, words: &Words) -> Finding {
    let span = guard.test.span;
    let message = format!("where `{}` is false, {}", policy.at(span), words.does);
    let mut found = Finding::new(words.rule, span, message, words.help);
    found.fixes.extend(closing_fix(policy, guard));
    found
}

/// Every such conjunction of a policy. An attribute that holds a time is left out: an optional end that is
/// not set is no label that was forgotten.
pub(crate) fn all<'a>(policy: &'a Policy, schema: Option<(&Schema, &TypeScope)>) -> Vec<Guard<'a>> {
    let mut guards = Vec::new();
    for clause in &policy.clauses {
        let denies = !Polarity::of(clause).grants(policy.effect.value);
        collect(clause, &clause.body, denies, schema, &mut guards);
    }
    guards
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
fn closing_fix(policy: &Policy, guard: &Guard<'_>) -> Option<Fix> {
    let rest = guard.rest()?;
    let wrap = [
        TextEdit::insert(rest.start, "!("),
        TextEdit::insert(rest.end, ")"),
    ];
    let [open, close] = wrap;
    if edit::has_comment(policy, Span::new(guard.test.outer.start, rest.end)) {
        return None;
    }
    Some(if guard.whole {
        let (from, to) = match guard.clause.kind {
            ClauseKind::When => (ClauseKind::When, "unless"),
            ClauseKind::Unless => (ClauseKind::Unless, "when"),
        };
        Fix::suggestion(
            format!(
                "turn `{}` into `{to}`, so that a missing value is denied",
                from.as_str()
            ),
            vec![TextEdit::replace(guard.clause.keyword, to), open, close],
        )
    } else {
        Fix::suggestion(
            "deny where the value is missing",
            vec![
                TextEdit::insert(guard.test.outer.start, "!("),
                open,
                TextEdit::replace(close.span, "))"),
            ],
        )
    })
}

fn collect<'a>(
    clause: &'a Clause,
    expr: &'a Expr,
    denies: bool,
    schema: Option<(&Schema, &TypeScope)>,
    guards: &mut Vec<Guard<'a>>,
) {
    match &expr.kind {
        ExprKind::And(items) => {
            if denies {
                guards.extend(of_operands(clause, expr, items, schema));
            }
            for item in items {
                collect(clause, item, denies, schema, guards);
            }
        }
        ExprKind::Or(items) => {
            let before = guards.len();
            for item in items {
                collect(clause, item, denies, schema, guards);
            }
            // `!(x has label) || …` denies what has none.
            let found = guards.split_off(before);
            let is_handled =
                |guard: &Guard<'_>| denies && items.iter().any(|item| negates(item, guard.test));
            guards.extend(found.into_iter().filter(|guard| !is_handled(guard)));
        }
        ExprKind::Unary(UnaryOp::Not, inner) => collect(clause, inner, !denies, schema, guards),
        _ => {}
    }
}

/// Whether an operand is true wherever a test is false.
fn negates(expr: &Expr, test: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Unary(UnaryOp::Not, inner) if inner.same(test))
}

fn of_operands<'a>(
    clause: &'a Clause,
    expr: &'a Expr,
    items: &'a [Expr],
    schema: Option<(&Schema, &TypeScope)>,
) -> Vec<Guard<'a>> {
    let mut found = Vec::new();
    for (index, test) in items.iter().enumerate() {
        let behind = items.get(index + 1..).unwrap_or_default();
        let Some(last) = behind.iter().rposition(|item| uses(item, test)) else {
            continue;
        };
        if is_optional(test, schema) {
            found.push(Guard {
                clause,
                test,
                rest: behind.get(..=last).unwrap_or_default(),
                whole: index == 0 && last + 2 == items.len() && clause.body.outer == expr.outer,
            });
        }
    }
    found
}

/// Whether `expr` reads the attribute or tag whose presence `test` asks for.
fn uses(expr: &Expr, test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Has(base, path) => expr.any(&mut |e| is_path(e, base, &path.value)),
        ExprKind::Method(base, name, args) if name.value == "hasTag" => expr.any(&mut |e| {
            matches!(&e.kind, ExprKind::Method(of, get, tag)
                if get.value == "getTag"
                    && of.same(base)
                    && tag.len() == args.len()
                    && tag.iter().zip(args).all(|(a, b)| a.same(b)))
        }),
        _ => false,
    }
}

fn is_path(expr: &Expr, base: &Expr, path: &[String]) -> bool {
    match (path.split_last(), &expr.kind) {
        (None, _) => expr.same(base),
        (Some((last, rest)), ExprKind::Attr(inner, name)) => {
            name.value == *last && is_path(inner, base, rest)
        }
        _ => false,
    }
}

/// Whether what `test` asks for may be missing although the type has it. Tags always may.
fn is_optional(test: &Expr, schema: Option<(&Schema, &TypeScope)>) -> bool {
    match &test.kind {
        ExprKind::Method(..) => true,
        ExprKind::Has(base, path) => schema.is_some_and(|(schema, scope)| {
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
        }),
        _ => false,
    }
}

fn is_time(ty: &Type) -> bool {
    matches!(ty, Type::Extension(name) if name == "datetime" || name == "duration")
}
