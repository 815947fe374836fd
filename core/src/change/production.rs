//! Whether what a permit newly allows includes production, by what the resource or the context says of itself.
//!
//! A resource is of production where an attribute of it says so (`resource.env == "prod"`), or where the policy
//! compares it with something of production (`resource in Folder::"prod"`). Each is put as a condition, and the prover
//! is asked whether anything that is newly allowed meets it, so that `!(resource.env == "dev")` reaches production and
//! `resource.env == "dev"` does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::names::words;
use crate::config::Config;
use crate::facts::{
    BinaryOp, Entity, Expr, ExprKind, Literal, PatternElement, Policy, Var, attribute_path,
};
use crate::schema::{Attribute, Environment, Schema, Type};

/// What counts as production.
#[derive(Debug, Clone)]
pub(crate) struct Production {
    names: BTreeSet<String>,
    environments: BTreeSet<String>,
}

/// A condition that holds of production alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    /// In words.
    pub(super) what: String,
    /// In Cedar, with what must be there for it to be evaluated.
    pub(super) text: String,
}

/// How deep records are looked into for an attribute that names the environment.
const DEEPEST: usize = 3;

impl Production {
    /// What the configurations of both sides say.
    pub(crate) fn new(sides: [&Config; 2]) -> Self {
        let own = sides
            .iter()
            .flat_map(|of| of.governance.iam.production.iter().cloned());
        let usual = ["prod", "production"].map(str::to_owned);
        let environments = sides
            .iter()
            .flat_map(|of| of.options.environments.iter().cloned());
        let lower = |word: String| word.to_lowercase();
        Self {
            names: usual.into_iter().chain(own).map(lower).collect(),
            environments: environments.map(lower).collect(),
        }
    }

    /// Whether a word names production.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.names.contains(&word.to_lowercase())
    }

    /// Whether a name has a word that does, as `billing-prod`.
    pub(crate) fn is_name(&self, name: &str) -> bool {
        self.is_word(name)
            || name
                .split(['-', '_', '/', '.', ':', ' '])
                .any(|part| self.is_word(part))
    }

    fn is_environment(&self, word: &str) -> bool {
        self.is_word(word) || self.environments.contains(&word.to_lowercase())
    }

    /// The conditions to ask about a policy in a kind of request.
    pub(super) fn conditions(
        &self,
        policy: &Policy,
        schema: &Schema,
        environment: &Environment,
    ) -> Vec<Condition> {
        let mut out = BTreeSet::new();
        let mut compared: BTreeSet<(Var, Vec<String>)> = BTreeSet::new();
        let mut named: BTreeSet<Entity> = BTreeSet::new();
        let mut texts: BTreeSet<String> = BTreeSet::new();
        policy.walk(|_, expr| {
            self.of_test(expr, policy, schema, &mut out);
            match &expr.kind {
                ExprKind::Entity(entity) if self.is_name(&entity.id) => {
                    named.insert(entity.clone());
                }
                ExprKind::Literal(Literal::String(text)) if self.is_word(text) => {
                    texts.insert(text.clone());
                }
                _ => {}
            }
            let says_environment = expr.children().any(|child| match &child.kind {
                ExprKind::Literal(Literal::String(text)) => self.is_environment(text),
                ExprKind::Entity(entity) => self.is_environment(&entity.id),
                ExprKind::Set(_) => child.any(&mut |item| match &item.kind {
                    ExprKind::Literal(Literal::String(text)) => self.is_environment(text),
                    _ => false,
                }),
                _ => false,
            });
            for child in expr.children().chain([expr]) {
                if let Some((var @ (Var::Resource | Var::Context), path)) = attribute_path(child)
                    && let Some(last) = path.last()
                    && (says_environment && !std::ptr::eq(child, expr) || is_of_environment(last))
                {
                    compared.insert((var, path.into_iter().map(str::to_owned).collect()));
                }
            }
        });
        let none = BTreeMap::new();
        let of_resource = schema
            .entity_types
            .get(&environment.resource)
            .map(|of| &of.attributes);
        let of_action = schema
            .actions
            .get(&environment.action)
            .map(|of| &of.context);
        let mut paths = compared;
        for (var, fields) in [(Var::Resource, of_resource), (Var::Context, of_action)] {
            self.declared(fields.unwrap_or(&none), &(var, Vec::new()), &mut paths);
        }
        texts.extend(self.names.iter().cloned());
        for (var, path) in paths {
            let fields = match var {
                Var::Resource => of_resource,
                _ => of_action,
            };
            let Some(ty) = fields.and_then(|fields| type_of(schema, fields, &path)) else {
                continue;
            };
            let place = place(var, &path);
            let text = match ty {
                Type::String => any(texts.iter().map(|text| format!("{place} == {text:?}"))),
                Type::Set(of) if **of == Type::String => any(texts
                    .iter()
                    .map(|text| format!("{place}.contains({text:?})"))),
                Type::Bool if path.last().is_some_and(|name| self.is_flag(name)) => place.clone(),
                Type::Entity(name) => any((self.entities(schema, name, &named).iter())
                    .map(|of| format!("{place} == {of}"))),
                Type::Set(of) => match &**of {
                    Type::Entity(name) => any((self.entities(schema, name, &named).iter())
                        .map(|of| format!("{place}.contains({of})"))),
                    _ => String::new(),
                },
                _ => String::new(),
            };
            if !text.is_empty() {
                out.insert(Condition {
                    what: format!("`{}.{}` names production", var.as_str(), path.join(".")),
                    text: guarded([(var, path)], &text),
                });
            }
        }
        out.into_iter().collect()
    }

    /// Whether an attribute tells whether something is of production.
    fn is_flag(&self, name: &str) -> bool {
        words(name).iter().any(|word| self.is_word(word))
    }

    /// The entities of a type that are of production.
    fn entities(&self, schema: &Schema, ty: &str, named: &BTreeSet<Entity>) -> Vec<Entity> {
        let of = |id: &String| Entity {
            ty: ty.to_owned(),
            id: id.clone(),
        };
        let declared = schema.entity_types.get(ty);
        match declared.and_then(|of| of.enumeration.as_ref()) {
            Some(ids) => ids.iter().filter(|id| self.is_name(id)).map(of).collect(),
            None => (named.iter().filter(|entity| entity.ty == ty).cloned())
                .chain(self.names.iter().map(of))
                .collect(),
        }
    }

    /// Attributes that name the environment by their own name.
    fn declared(
        &self,
        fields: &BTreeMap<String, Attribute>,
        (var, so_far): &(Var, Vec<String>),
        out: &mut BTreeSet<(Var, Vec<String>)>,
    ) {
        for (name, field) in fields {
            let mut path = so_far.clone();
            path.push(name.clone());
            if let Type::Record(fields) = &field.ty
                && path.len() < DEEPEST
            {
                self.declared(fields, &(*var, path.clone()), out);
            }
            if is_of_environment(name) || field.ty == Type::Bool && self.is_flag(name) {
                out.insert((*var, path));
            }
        }
    }

    /// What a comparison with something of production says.
    fn of_test(
        &self,
        expr: &Expr,
        policy: &Policy,
        schema: &Schema,
        out: &mut BTreeSet<Condition>,
    ) {
        let (what, op, other) = match &expr.kind {
            ExprKind::Binary(BinaryOp::Eq | BinaryOp::NotEq, a, b) => match is_about(a) {
                true => (&**a, "==", &**b),
                false => (&**b, "==", &**a),
            },
            ExprKind::Binary(BinaryOp::In, a, b) => (&**a, "in", &**b),
            ExprKind::Is(a, _, Some(b)) => (&**a, "in", &**b),
            ExprKind::Method(set, name, arguments) if name.value == "contains" => {
                match arguments.as_slice() {
                    [item] => (item, "==", &**set),
                    _ => return,
                }
            }
            ExprKind::Like(a, pattern) if is_about(a) => {
                let text: String = (pattern.value.iter())
                    .map(|part| match part {
                        PatternElement::Char(c) => *c,
                        PatternElement::Wildcard => '-',
                    })
                    .collect();
                if self.is_name(&text) {
                    self.push(a, policy, policy.at(expr.outer), out);
                }
                return;
            }
            _ => return,
        };
        if !is_about(what) {
            return;
        }
        let one = [other];
        let several: Vec<&Expr> = match &other.kind {
            ExprKind::Set(items) => items.iter().collect(),
            _ => one.into(),
        };
        for literal in several {
            let is_production = match &literal.kind {
                ExprKind::Literal(Literal::String(text)) => self.is_name(text),
                // An owner is called so for other reasons.
                ExprKind::Entity(entity) => {
                    self.is_name(&entity.id) && !is_principal(schema, &entity.ty)
                }
                _ => false,
            };
            if is_production {
                let text = format!(
                    "({}) {op} {}",
                    policy.at(what.outer),
                    policy.at(literal.outer)
                );
                self.push(what, policy, &text, out);
            }
        }
    }

    fn push(&self, what: &Expr, policy: &Policy, text: &str, out: &mut BTreeSet<Condition>) {
        let mut paths: Vec<(Var, Vec<String>)> = Vec::new();
        what.walk(&mut |expr| {
            if let Some((var, path)) = attribute_path(expr) {
                paths.push((var, path.into_iter().map(str::to_owned).collect()));
            }
        });
        out.insert(Condition {
            what: format!("`{}` is of production", policy.at(what.span)),
            text: guarded(paths, text),
        });
    }
}

/// Whether an expression is about the resource, or about an environment that the context names.
fn is_about(expr: &Expr) -> bool {
    expr.any(&mut |part| match &part.kind {
        ExprKind::Var(Var::Resource) => true,
        ExprKind::Attr(..) => attribute_path(part).is_some_and(|(var, path)| {
            var == Var::Context && path.last().is_some_and(|name| is_of_environment(name))
        }),
        _ => false,
    })
}

fn is_principal(schema: &Schema, ty: &str) -> bool {
    schema
        .actions
        .values()
        .any(|action| action.principals.contains(ty))
}

/// Whether an attribute's name says that it tells the environment.
fn is_of_environment(name: &str) -> bool {
    let words = words(name);
    let last = words.last().map(String::as_str);
    matches!(last, Some("env" | "environment" | "stage"))
}

fn type_of<'s>(
    schema: &'s Schema,
    fields: &'s BTreeMap<String, Attribute>,
    path: &[String],
) -> Option<&'s Type> {
    let (first, rest) = path.split_first()?;
    let ty = &fields.get(first)?.ty;
    if rest.is_empty() {
        return Some(ty);
    }
    type_of(schema, schema.fields_of(ty)?, rest)
}

fn place(var: Var, path: &[String]) -> String {
    let mut out = var.as_str().to_owned();
    for name in path {
        out.push_str(&format!("[{name:?}]"));
    }
    out
}

fn any(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" || ")
}

/// A condition behind everything that it reads.
fn guarded(paths: impl IntoIterator<Item = (Var, Vec<String>)>, text: &str) -> String {
    let mut out = String::new();
    for (var, path) in paths {
        for (at, name) in path.iter().enumerate() {
            let before = path.get(..at).unwrap_or_default();
            out.push_str(&format!("{} has {name:?} && ", place(var, before)));
        }
    }
    format!("{out}({text})")
}
