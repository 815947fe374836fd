//! Whom and what a policy reaches: the requests that its scope and the type tests of its conditions admit,
//! and how the schema classes them.

use std::collections::BTreeSet;

use crate::checks::PolicyContext;
use crate::facts::{
    BinaryOp, ClauseKind, Entity, Expr, ExprKind, Policy, UnaryOp, Var, attribute_path,
};
use crate::schema::{Access, PrincipalKind, Schema, Sensitivity, Type, TypeScope};

/// The types and actions of the requests that a policy can apply to.
#[derive(Debug)]
pub(crate) struct Reach<'s> {
    /// The schema that they are of.
    pub(crate) schema: &'s Schema,
    /// What the policy's scope alone admits.
    pub(crate) scope: &'s TypeScope,
    /// Types of principals.
    pub(crate) principals: BTreeSet<&'s str>,
    /// Types of resources.
    pub(crate) resources: BTreeSet<&'s str>,
    /// Actions.
    pub(crate) actions: BTreeSet<&'s Entity>,
}

impl<'s> Reach<'s> {
    /// What a permit reaches; `None` for a forbid, or without a schema.
    pub(crate) fn of_permit(cx: &PolicyContext<'s>) -> Option<Self> {
        let (schema, scope) = cx.schema.filter(|_| cx.policy.is_permit())?;
        Some(Self::new(cx.policy, schema, scope))
    }

    /// What of `scope` the conditions of `policy` leave.
    fn new(policy: &Policy, schema: &'s Schema, scope: &'s TypeScope) -> Self {
        let test = TypeTest { schema, scope };
        let left = |types: &'s BTreeSet<String>, var: Var| -> BTreeSet<&'s str> {
            types
                .iter()
                .map(String::as_str)
                .filter(|ty| {
                    policy.clauses.iter().all(|clause| match clause.kind {
                        ClauseKind::When => test.can_hold(&clause.body, var, ty),
                        ClauseKind::Unless => !test.must_hold(&clause.body, var, ty),
                    })
                })
                .collect()
        };
        let principals = left(&scope.principals, Var::Principal);
        let resources = left(&scope.resources, Var::Resource);
        let applies = |types: &BTreeSet<String>, left: &BTreeSet<&str>| {
            types.iter().any(|ty| left.contains(ty.as_str()))
        };
        let actions = scope
            .actions
            .iter()
            .filter(|entity| {
                schema.actions.get(*entity).is_some_and(|action| {
                    applies(&action.principals, &principals)
                        && applies(&action.resources, &resources)
                })
            })
            .collect();
        Self {
            schema,
            scope,
            principals,
            resources,
            actions,
        }
    }

    /// Whether all its principals are of kinds that pass, and there are any.
    pub(crate) fn only(&self, test: impl Fn(PrincipalKind) -> bool) -> bool {
        !self.principals.is_empty()
            && self
                .principals
                .iter()
                .all(|ty| self.schema.principal_kind(ty).is_some_and(&test))
    }

    /// The first of its principals' types whose kind passes.
    pub(crate) fn principal_of(&self, test: impl Fn(PrincipalKind) -> bool) -> Option<&'s str> {
        self.principals
            .iter()
            .copied()
            .find(|ty| self.schema.principal_kind(ty).is_some_and(&test))
    }

    /// The highest class of its actions; those without a class do not count.
    pub(crate) fn access(&self) -> Option<Access> {
        self.actions
            .iter()
            .filter_map(|action| self.schema.access(action))
            .max()
    }

    /// The highest class of its resources' types.
    pub(crate) fn sensitivity(&self) -> Option<Sensitivity> {
        self.resources
            .iter()
            .filter_map(|ty| self.schema.sensitivity(ty))
            .max()
    }

    /// Whether it is about nothing but looking at what is public.
    pub(crate) fn is_public_reading(&self) -> bool {
        self.actions.iter().all(|action| {
            self.schema
                .access(action)
                .is_some_and(|a| a <= Access::Read)
        }) && self
            .resources
            .iter()
            .all(|ty| self.schema.sensitivity(ty) == Some(Sensitivity::Public))
    }
}

/// Whether conditions can hold for a variable of a type.
struct TypeTest<'s> {
    schema: &'s Schema,
    scope: &'s TypeScope,
}

impl TypeTest<'_> {
    fn can_hold(&self, expr: &Expr, var: Var, ty: &str) -> bool {
        match &expr.kind {
            ExprKind::And(items) => items.iter().all(|item| self.can_hold(item, var, ty)),
            ExprKind::Or(items) => items.iter().any(|item| self.can_hold(item, var, ty)),
            ExprKind::Unary(UnaryOp::Not, inner) => !self.must_hold(inner, var, ty),
            ExprKind::Is(base, name, _) if is_var(base, var) => name.value == ty,
            ExprKind::Binary(BinaryOp::Eq, a, b) if is_var(a, var) => self.is_one_of(b, ty),
            ExprKind::Binary(BinaryOp::Eq, a, b) if is_var(b, var) => self.is_one_of(a, ty),
            ExprKind::Binary(BinaryOp::In, a, b) if is_var(a, var) => {
                let groups = self.entity_types(b);
                groups.is_empty() || groups.iter().any(|group| self.schema.can_be_in(ty, group))
            }
            _ => true,
        }
    }

    fn must_hold(&self, expr: &Expr, var: Var, ty: &str) -> bool {
        match &expr.kind {
            ExprKind::And(items) => items.iter().all(|item| self.must_hold(item, var, ty)),
            ExprKind::Or(items) => items.iter().any(|item| self.must_hold(item, var, ty)),
            ExprKind::Unary(UnaryOp::Not, inner) => !self.can_hold(inner, var, ty),
            ExprKind::Is(base, name, None) if is_var(base, var) => name.value == ty,
            _ => false,
        }
    }

    fn is_one_of(&self, expr: &Expr, ty: &str) -> bool {
        let types = self.entity_types(expr);
        types.is_empty() || types.iter().any(|t| t == ty)
    }

    /// The entity types that an expression, or an element of it, can have; empty where that is not known.
    fn entity_types(&self, expr: &Expr) -> Vec<String> {
        if let ExprKind::Set(items) = &expr.kind {
            return items
                .iter()
                .flat_map(|item| self.entity_types(item))
                .collect();
        }
        self.schema
            .types(expr, self.scope)
            .into_iter()
            .filter_map(|ty| match ty {
                Type::Entity(name) => Some(name),
                Type::Set(inner) => match *inner {
                    Type::Entity(name) => Some(name),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }
}

fn is_var(expr: &Expr, var: Var) -> bool {
    matches!(expr.kind, ExprKind::Var(v) if v == var)
}

/// The paths of attributes whose values a policy's conditions read, such as `context.device.id`, each with
/// its expression. `has` alone reads no value.
pub(crate) fn paths_read(policy: &Policy) -> Vec<(&Expr, Var, Vec<&str>)> {
    let mut out = Vec::new();
    policy.walk(|_, expr| {
        if matches!(expr.kind, ExprKind::Attr(..))
            && let Some((var, path)) = attribute_path(expr)
        {
            out.push((expr, var, path));
        }
    });
    out
}
