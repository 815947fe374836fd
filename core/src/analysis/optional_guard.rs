//! Restrictions that hold only where an optional attribute is present: `x has label && x.label == "secret"`.

use crate::analysis::edit;
use crate::checks::PolicyContext;
use crate::facts::{Clause, ClauseKind, Expr, ExprKind, Polarity, Policy, UnaryOp};
use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::Rule;
use crate::schema::{Attribute, Schema, Type, TypeScope};
use crate::source::Span;

/// A conjunction that denies, and that begins with the test whether an optional attribute is there.
#[derive(Debug, Clone, Copy)]
struct Guard<'a> {
    clause: &'a Clause,
    /// The test, as `x has label`.
    test: &'a Expr,
    /// The operands behind it up to the last one that uses the attribute.
    rest: &'a [Expr],
    /// Whether the guard is all of its clause.
    whole: bool,
}

/// A finding for every such conjunction of a policy, with the fix that closes it.
pub(crate) fn open_guards(
    cx: &PolicyContext<'_>,
    rule: &'static Rule,
    message: impl Fn(&str) -> String,
    help: &str,
    out: &mut Vec<Finding>,
) {
    for guard in optional_guards(cx.policy, cx.schema) {
        let span = guard.test.span;
        let mut found = Finding::new(rule, span, message(cx.policy.at(span)), help);
        found.fixes.extend(closing_fix(cx.policy, &guard));
        out.push(found);
    }
}

/// Every such conjunction of a policy. An attribute that holds a time is left out: an optional end that is
/// not set is no label that was forgotten.
fn optional_guards<'a>(
    policy: &'a Policy,
    schema: Option<(&Schema, &TypeScope)>,
) -> Vec<Guard<'a>> {
    let mut guards = Vec::new();
    for clause in &policy.clauses {
        let denies = !Polarity::of(clause).grants(policy.effect.value);
        collect(clause, &clause.body, denies, schema, &mut guards);
    }
    guards
}

/// The same condition, but so that it denies where the attribute is missing.
fn closing_fix(policy: &Policy, guard: &Guard<'_>) -> Option<Fix> {
    let (first, last) = (guard.rest.first()?, guard.rest.last()?);
    let rest = Span::new(first.outer.start, last.outer.end);
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
            for item in items {
                collect(clause, item, denies, schema, guards);
            }
        }
        ExprKind::Unary(UnaryOp::Not, inner) => collect(clause, inner, !denies, schema, guards),
        _ => {}
    }
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
