//! Which parts of the context an expression reads, whatever it calls them.
//!
//! `{c: context}.c.admin`, `(if x then context else y).admin` and `context == {admin: true}` read `context.admin` as
//! `context.admin` itself does.

use std::collections::BTreeMap;

use crate::facts::{Expr, ExprKind, Var};
use crate::schema::{Attribute, Schema, Type, TypeScope};

/// A part of the context that is read: the names behind `context`, none for all of it, and the expression that reads it.
#[derive(Debug, Clone)]
pub(crate) struct Read<'e> {
    pub(crate) path: Vec<&'e str>,
    pub(crate) at: &'e Expr,
}

/// What an expression reads of the context, in the order written.
pub(crate) fn of_context(expr: &Expr) -> Vec<Read<'_>> {
    let mut out = Vec::new();
    let value = value(expr, &mut out);
    value.used(&mut out);
    out.sort_by_key(|read: &Read<'_>| (read.at.span.start, read.at.span.end));
    out
}

/// What an expression may come to, as far as it is of the context.
enum Of<'e> {
    Context(Read<'e>),
    Record(Vec<(&'e str, Self)>),
    /// One of these.
    One(Vec<Self>),
    Else,
}

impl<'e> Of<'e> {
    /// It is used as a value.
    fn used(self, out: &mut Vec<Read<'e>>) {
        match self {
            Self::Context(read) => out.push(read),
            Self::Record(fields) => fields.into_iter().for_each(|(_, of)| of.used(out)),
            Self::One(all) => all.into_iter().for_each(|of| of.used(out)),
            Self::Else => {}
        }
    }

    /// The value of an attribute of it.
    fn attribute(self, name: &'e str, at: &'e Expr) -> Self {
        match self {
            Self::Context(mut read) => {
                read.path.push(name);
                read.at = at;
                Self::Context(read)
            }
            Self::Record(fields) => {
                (fields.into_iter())
                    .find(|(of, _)| *of == name)
                    .map_or(Self::Else, |(_, of)| match of {
                        Self::Context(read) => Self::Context(Read { at, ..read }),
                        of => of,
                    })
            }
            Self::One(all) => Self::One(all.into_iter().map(|of| of.attribute(name, at)).collect()),
            Self::Else => Self::Else,
        }
    }
}

fn value<'e>(expr: &'e Expr, out: &mut Vec<Read<'e>>) -> Of<'e> {
    match &expr.kind {
        ExprKind::Var(Var::Context) => Of::Context(Read {
            path: Vec::new(),
            at: expr,
        }),
        ExprKind::Attr(base, name) => value(base, out).attribute(&name.value, expr),
        ExprKind::Has(base, path) => {
            let mut of = value(base, out);
            for name in &path.value {
                of = of.attribute(name, expr);
            }
            of.used(out);
            Of::Else
        }
        ExprKind::If(test, yes, no) => {
            value(test, out).used(out);
            Of::One(vec![value(yes, out), value(no, out)])
        }
        ExprKind::Record(fields) => Of::Record(
            (fields.iter())
                .map(|(name, of)| (name.value.as_str(), value(of, out)))
                .collect(),
        ),
        _ => {
            for child in expr.children() {
                value(child, out).used(out);
            }
            Of::Else
        }
    }
}

/// The fields of the context, and of records in it, that a read reaches: the path itself up to what is no record, or all
/// fields below it where it is one.
pub(crate) fn fields(context: &BTreeMap<String, Attribute>, path: &[&str]) -> Vec<Vec<String>> {
    let mut at = context;
    let mut so_far: Vec<String> = Vec::new();
    for name in path {
        so_far.push((*name).to_owned());
        match at.get(*name).map(|field| &field.ty) {
            Some(Type::Record(fields)) => at = fields,
            _ => return vec![so_far],
        }
    }
    let mut out = Vec::new();
    below(at, &so_far, &mut out);
    // A record without fields is read as a whole.
    if out.is_empty() && !so_far.is_empty() {
        out.push(so_far);
    }
    out
}

fn below(fields: &BTreeMap<String, Attribute>, so_far: &[String], out: &mut Vec<Vec<String>>) {
    for (name, field) in fields {
        let mut path = so_far.to_vec();
        path.push(name.clone());
        match &field.ty {
            Type::Record(fields) if !fields.is_empty() => below(fields, &path, out),
            _ => out.push(path),
        }
    }
}

/// The attributes on the way to a field of the context, outermost first.
pub(crate) fn on_the_way<'s>(
    context: &'s BTreeMap<String, Attribute>,
    path: &[String],
) -> Vec<&'s Attribute> {
    let mut at = Some(context);
    let mut out = Vec::new();
    for name in path {
        let Some(field) = at.and_then(|fields| fields.get(name)) else {
            break;
        };
        out.push(field);
        at = match &field.ty {
            Type::Record(fields) => Some(fields),
            _ => None,
        };
    }
    out
}

/// The contexts of the actions that a scope admits.
pub(crate) fn contexts<'s>(
    schema: &'s Schema,
    scope: &'s TypeScope,
) -> impl Iterator<Item = &'s BTreeMap<String, Attribute>> {
    (scope.actions.iter()).filter_map(|action| Some(&schema.actions.get(action)?.context))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn reads(condition: &str) -> Vec<String> {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        let parsed = crate::cedar::parse::parse(&text.into()).unwrap();
        let body = &parsed.policy.clauses.first().unwrap().body;
        of_context(body)
            .into_iter()
            .map(|read| read.path.join("."))
            .collect()
    }

    #[test]
    fn a_field_is_read_by_whatever_name() {
        for (condition, expected) in [
            ("context.a", vec!["a"]),
            ("(context).a", vec!["a"]),
            ("context[\"a\"]", vec!["a"]),
            ("{c: context}.c.a", vec!["a"]),
            ("{c: {d: context}}.c.d.a.b == 1", vec!["a.b"]),
            ("{c: context.a}.c", vec!["a"]),
            ("(if principal.x then context else {a: true}).a", vec!["a"]),
            ("{c: context} has c.a", vec!["a"]),
            ("context has a.b", vec!["a.b"]),
            ("context == {a: true}", vec![""]),
            ("{a: context.a} == {a: true}", vec!["a"]),
            ("[{a: true}].contains(context)", vec![""]),
            ("[context].contains({a: true})", vec![""]),
            ("{c: context, d: 1}.d == 1", vec![]),
            ("principal == resource.owner", vec![]),
            ("if context.a then context.b else true", vec!["a", "b"]),
        ] {
            assert_eq!(reads(condition), expected, "{condition}");
        }
    }

    mod against_cedar {
        use proptest::prelude::*;
        use serde_json::json;

        use super::super::of_context;
        use crate::cedar::evaluate::{Candidate, RequestText, decide, entities};
        use crate::cedar::parse::{Parsed, parse};
        use crate::facts::Entity;

        fn context() -> impl Strategy<Value = String> {
            let leaf = Just("context".to_owned());
            leaf.prop_recursive(3, 6, 2, |inner| {
                prop_oneof![
                    inner.clone().prop_map(|a| format!("{{c: {a}}}.c")),
                    inner.clone().prop_map(|a| format!("({a})")),
                    inner
                        .clone()
                        .prop_map(|a| format!("{{c: {{d: {a}}}, e: 1}}.c.d")),
                    (inner.clone(), inner)
                        .prop_map(|(a, b)| format!("(if {a}.a then {a} else {b})")),
                ]
            })
        }

        fn condition() -> impl Strategy<Value = String> {
            let atom = (context(), 0..10_usize).prop_map(|(c, which)| match which {
                0 => format!("{c}.a"),
                1 => format!("{c}.n == 1"),
                2 => format!("{c}.r.b"),
                3 => format!("{c} has o"),
                4 => format!("{c} == {{a: true, n: 1, r: {{b: true}}}}"),
                5 => format!("{c}.r == {{b: true}}"),
                6 => format!("[{{b: true}}].contains({c}.r)"),
                7 => format!("{{x: {c}.n}} == {{x: 1}}"),
                8 => format!("{{x: {c}, y: true}}.y"),
                _ => "resource == Doc::\"d\"".to_owned(),
            });
            atom.prop_recursive(3, 8, 2, |inner| {
                prop_oneof![
                    (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
                    (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
                    inner.clone().prop_map(|a| format!("!({a})")),
                    (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) == ({b})")),
                ]
            })
        }

        fn allowed(policy: &Parsed, (a, n, b, o): (bool, i64, bool, bool)) -> bool {
            let of = |ty: &str, id: &str| Entity {
                ty: ty.to_owned(),
                id: id.to_owned(),
            };
            let mut context = json!({ "a": a, "n": n, "r": { "b": b } });
            if o && let Some(fields) = context.as_object_mut() {
                fields.insert("o".to_owned(), json!(true));
            }
            let request = RequestText {
                principal: &of("User", "u"),
                action: &of("Action", "view"),
                resource: &of("Doc", "d"),
                context: &context,
            };
            let candidate = Candidate {
                name: "p".to_owned(),
                template: &policy.template,
                link: None,
            };
            let entities = entities("[]", None).unwrap_or_default();
            decide([candidate], &entities, &request, None).is_ok_and(|of| of.allowed)
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(500))]

            #[test]
            fn what_decides_is_read(condition in condition()) {
                let text = format!("permit(principal, action, resource) when {{ {condition} }};");
                let policy = parse(&text.into()).map_err(|_| TestCaseError::reject("too deep"))?;
                let body = policy.policy.clauses.first().map(|clause| &clause.body);
                let reads: Vec<Vec<&str>> = body.into_iter().flat_map(of_context).map(|of| of.path).collect();
                let is_read = |field: &[&str]| {
                    reads.iter().any(|read| read.iter().zip(field).all(|(a, b)| a == b))
                };
                let on = [true, false];
                let all = on.into_iter().flat_map(|a| {
                    [1, 2].into_iter().flat_map(move |n| {
                        on.into_iter().flat_map(move |b| on.into_iter().map(move |o| (a, n, b, o)))
                    })
                });
                for (a, n, b, o) in all {
                    let first = allowed(&policy, (a, n, b, o));
                    for (field, other) in [
                        (&["a"][..], (!a, n, b, o)),
                        (&["n"], (a, 3 - n, b, o)),
                        (&["r", "b"], (a, n, !b, o)),
                        (&["o"], (a, n, b, !o)),
                    ] {
                        let differs = first != allowed(&policy, other);
                        prop_assert!(!differs || is_read(field), "{field:?}: {condition}");
                    }
                }
            }
        }
    }
}
