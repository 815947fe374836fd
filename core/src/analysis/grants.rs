//! Which requests a permit can grant, as far as its text tells, and which guardrails stand before it.
//!
//! The scope alone says too much: `when { principal is User }` or `action != Action::"delete"` leave fewer
//! requests. A request environment is left out only where the conditions cannot hold in it.

use std::collections::BTreeSet;

use crate::analysis::conditions::{always_to_escape, entities, mentions};
use crate::analysis::logic::{settled, settled_test};
use crate::checks::{Member, SetContext};
use crate::facts::{
    ActionConstraint, BinaryOp, ClauseKind, Entity, EntityConstraint, Expr, ExprKind, Policy,
    UnaryOp, Var,
};
use crate::schema::{Action, Schema, Type, TypeScope};

/// The permits of a set on some actions, and the forbids that may stand before them.
#[derive(Debug)]
pub(crate) struct Granting<'a> {
    /// The schema that declares the actions.
    pub(crate) schema: &'a Schema,
    /// The actions, in their order; at least one.
    pub(crate) actions: Vec<&'a Entity>,
    policies: &'a [Member<'a>],
    forbids: Vec<&'a Member<'a>>,
}

impl<'a> Granting<'a> {
    /// For the actions that satisfy `wanted`; `None` without a schema or where there is no such action.
    pub(crate) fn of(
        cx: &SetContext<'a>,
        wanted: impl Fn(&Schema, &Entity) -> bool,
    ) -> Option<Self> {
        let schema = cx.schema?;
        let actions: Vec<&Entity> = schema
            .actions
            .keys()
            .filter(|action| wanted(schema, action))
            .collect();
        (!actions.is_empty()).then(|| Self {
            schema,
            actions,
            policies: cx.policies,
            forbids: guardrails(cx.policies),
        })
    }

    /// Each permit whose scope has one of the actions, with its number in the set. Those that permit
    /// everything have a finding of their own and are left out.
    pub(crate) fn permits(&self) -> impl Iterator<Item = (usize, &'a Member<'a>)> {
        self.policies.iter().enumerate().filter(|(_, member)| {
            member.policy.is_permit()
                && self
                    .actions
                    .iter()
                    .any(|action| member.scope.actions.contains(*action))
                && !permits_everything(member.policy, Some(self.schema))
        })
    }

    /// The request environments on these actions in which a permit can apply, as [`granted`] has them.
    pub(crate) fn requests(&self, permit: &Member<'a>) -> Vec<Granted<'a>> {
        granted(permit.policy, self.schema, permit.scope, |action| {
            self.actions.contains(&action)
        })
    }

    /// The actions of those environments, each once.
    pub(crate) fn granted(&self, permit: &Member<'a>) -> Vec<&'a Entity> {
        actions_of(self.requests(permit))
    }

    /// As [`guarded`], by the forbids of the set.
    pub(crate) fn guarded(
        &self,
        permit: &Member<'_>,
        action: &Entity,
        test: impl FnMut(&Expr, bool) -> bool,
    ) -> bool {
        guarded(permit, action, &self.forbids, test)
    }
}

/// A request environment: the types of principal and resource, and the action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Granted<'a> {
    /// The principal's type.
    pub(crate) principal: &'a str,
    /// The action.
    pub(crate) action: &'a Entity,
    /// The resource's type.
    pub(crate) resource: &'a str,
}

/// The request environments, of those whose action satisfies `wanted`, in which the policy can apply,
/// ordered by action, principal and resource.
pub(crate) fn granted<'a>(
    policy: &Policy,
    schema: &'a Schema,
    scope: &'a TypeScope,
    wanted: impl Fn(&Entity) -> bool,
) -> Vec<Granted<'a>> {
    let mut out = Vec::new();
    for action in scope.actions.iter().filter(|action| wanted(action)) {
        let Some(declared) = schema.actions.get(action) else {
            continue;
        };
        for principal in scope.principals.intersection(&declared.principals) {
            for resource in scope.resources.intersection(&declared.resources) {
                let request = Granted {
                    principal,
                    action,
                    resource,
                };
                if can_apply(policy, schema, request) {
                    out.push(request);
                }
            }
        }
    }
    out
}

/// The actions of those environments, each once.
pub(crate) fn granted_actions<'a>(
    policy: &Policy,
    schema: &'a Schema,
    scope: &'a TypeScope,
    wanted: impl Fn(&Entity) -> bool,
) -> Vec<&'a Entity> {
    actions_of(granted(policy, schema, scope, wanted))
}

fn actions_of(requests: Vec<Granted<'_>>) -> Vec<&Entity> {
    let mut actions: Vec<&Entity> = requests.iter().map(|request| request.action).collect();
    actions.dedup();
    actions
}

/// Whether it permits every request: the scope is open, and the conditions hold whatever is asked. The other
/// checks of breadth leave such a policy to this one.
pub(crate) fn permits_everything(policy: &Policy, schema: Option<&Schema>) -> bool {
    policy.is_permit()
        && policy.principal.value == EntityConstraint::Any
        && policy.action.value == ActionConstraint::Any
        && policy.resource.value == EntityConstraint::Any
        && policy.clauses.iter().all(|clause| {
            let needed = clause.kind == ClauseKind::When;
            settled(&clause.body) == Some(needed)
                || schema.is_some_and(|schema| lists_every_type(&clause.body, needed, schema))
        })
}

/// Whether the condition has this outcome in every request environment because it lists the types of the
/// principals or resources. A schema with one such type, or a list of actions, says nothing of that sort.
fn lists_every_type(expr: &Expr, outcome: bool, schema: &Schema) -> bool {
    if !expr.any(&mut |e| matches!(e.kind, ExprKind::Is(..))) || mentions(expr, Var::Action) {
        return false;
    }
    let several = |var, of: fn(&Action) -> &BTreeSet<String>| {
        let mut types = schema.actions.values().flat_map(of);
        let first = types.next();
        !mentions(expr, var) || types.any(|ty| Some(ty) != first)
    };
    several(Var::Principal, |action| &action.principals)
        && several(Var::Resource, |action| &action.resources)
        && !schema.environments().is_empty()
        && schema.actions.iter().all(|(entity, action)| {
            action.principals.iter().all(|principal| {
                action.resources.iter().all(|resource| {
                    let request = Granted {
                        principal,
                        action: entity,
                        resource,
                    };
                    Known::of(schema, request).outcome(expr) == Some(outcome)
                })
            })
        })
}

/// The forbids among the policies.
pub(crate) fn guardrails<'a>(policies: &'a [Member<'a>]) -> Vec<&'a Member<'a>> {
    policies
        .iter()
        .filter(|member| !member.policy.is_permit())
        .collect()
}

/// Whether some forbid denies all that `permit` grants for `action`, unless a test that satisfies `test`
/// lets it through. The test is given with the outcome that lets a request through.
pub(crate) fn guarded(
    permit: &Member<'_>,
    action: &Entity,
    forbids: &[&Member<'_>],
    mut test: impl FnMut(&Expr, bool) -> bool,
) -> bool {
    forbids.iter().any(|forbid| {
        forbid.scope.actions.contains(action)
            && covers(
                &forbid.policy.principal.value,
                &permit.policy.principal.value,
                &permit.scope.principals,
            )
            && covers(
                &forbid.policy.resource.value,
                &permit.policy.resource.value,
                &permit.scope.resources,
            )
            && always_to_escape(forbid.policy, &mut test)
    })
}

/// Whether all that `inner` admits, which has one of `types`, is admitted by `outer`.
fn covers(outer: &EntityConstraint, inner: &EntityConstraint, types: &BTreeSet<String>) -> bool {
    match outer {
        EntityConstraint::Any => true,
        EntityConstraint::Is(ty) => types.iter().all(|t| *t == ty.value),
        EntityConstraint::IsIn(ty, _) => {
            types.iter().all(|t| *t == ty.value) && same_entity(outer, inner)
        }
        EntityConstraint::In(_) => same_entity(outer, inner),
        EntityConstraint::Eq(_) => {
            matches!(inner, EntityConstraint::Eq(_)) && same_entity(outer, inner)
        }
    }
}

fn same_entity(a: &EntityConstraint, b: &EntityConstraint) -> bool {
    matches!((a.entity(), b.entity()), (Some(a), Some(b)) if a.value == b.value)
}

fn can_apply(policy: &Policy, schema: &Schema, request: Granted<'_>) -> bool {
    if policy.clauses.is_empty() {
        return true;
    }
    let known = Known::of(schema, request);
    policy.clauses.iter().all(|clause| {
        let outcome = known.outcome(&clause.body);
        outcome.is_none() || outcome == Some(clause.kind == ClauseKind::When)
    })
}

/// What is known of a request before its entities are.
struct Known<'a> {
    schema: &'a Schema,
    request: Granted<'a>,
    scope: TypeScope,
}

impl<'a> Known<'a> {
    fn of(schema: &'a Schema, request: Granted<'a>) -> Self {
        Self {
            schema,
            request,
            scope: TypeScope {
                actions: BTreeSet::from([request.action.clone()]),
                principals: BTreeSet::from([request.principal.to_owned()]),
                resources: BTreeSet::from([request.resource.to_owned()]),
            },
        }
    }

    /// The outcome of a condition where it is the same for all requests of the environment.
    fn outcome(&self, expr: &Expr) -> Option<bool> {
        match &expr.kind {
            ExprKind::Unary(UnaryOp::Not, inner) => self.outcome(inner).map(|value| !value),
            ExprKind::And(items) => self.join(items, false),
            ExprKind::Or(items) => self.join(items, true),
            ExprKind::If(condition, yes, no) => match self.outcome(condition) {
                Some(true) => self.outcome(yes),
                Some(false) => self.outcome(no),
                None => self
                    .outcome(yes)
                    .filter(|yes| Some(*yes) == self.outcome(no)),
            },
            ExprKind::Binary(BinaryOp::Eq, left, right) => {
                settled_test(expr).or_else(|| self.equal(left, right))
            }
            ExprKind::Binary(BinaryOp::NotEq, left, right) => {
                settled_test(expr).or_else(|| self.equal(left, right).map(|value| !value))
            }
            ExprKind::Binary(BinaryOp::In, left, right) => self.within(left, right),
            ExprKind::Method(set, name, args) if name.value == "contains" => {
                let [member] = args.as_slice() else {
                    return None;
                };
                let named = entities(set)?;
                is_action(member).then(|| named.contains(&self.request.action))
            }
            ExprKind::Is(inner, ty, within) => {
                let types = self.entity_types(inner)?;
                if types.iter().all(|t| *t != ty.value) {
                    Some(false)
                } else if within.is_none() && types.iter().all(|t| *t == ty.value) {
                    Some(true)
                } else {
                    None
                }
            }
            _ => settled_test(expr),
        }
    }

    /// `absorbing` is the operand's value that decides: false for `&&`, true for `||`.
    fn join(&self, items: &[Expr], absorbing: bool) -> Option<bool> {
        let mut all_known = true;
        for item in items {
            match self.outcome(item) {
                Some(value) if value == absorbing => return Some(absorbing),
                Some(_) => {}
                None => all_known = false,
            }
        }
        all_known.then_some(!absorbing)
    }

    fn equal(&self, left: &Expr, right: &Expr) -> Option<bool> {
        for (one, other) in [(left, right), (right, left)] {
            if let (true, ExprKind::Entity(entity)) = (is_action(one), &other.kind) {
                return Some(entity == self.request.action);
            }
        }
        let left = self.entity_types(left)?;
        let right = self.entity_types(right)?;
        left.is_disjoint(&right).then_some(false)
    }

    fn within(&self, left: &Expr, right: &Expr) -> Option<bool> {
        if is_action(left) {
            let groups = entities(right)?;
            let own = self.schema.actions.get(self.request.action)?;
            return Some(
                groups
                    .into_iter()
                    .any(|group| group == self.request.action || own.ancestors.contains(group)),
            );
        }
        let left = self.entity_types(left)?;
        let right = match entities(right) {
            Some(named) => named.into_iter().map(|entity| entity.ty.clone()).collect(),
            None => self.types(right, |ty| match ty {
                Type::Set(of) => entity_type(*of),
                _ => entity_type(ty),
            })?,
        };
        let possible = left
            .iter()
            .any(|l| right.iter().any(|r| self.schema.can_be_in(l, r)));
        (!possible).then_some(false)
    }

    /// The entity types that an expression can have; `None` where that is not known or it may be no entity.
    fn entity_types(&self, expr: &Expr) -> Option<BTreeSet<String>> {
        self.types(expr, entity_type)
    }

    fn types(
        &self,
        expr: &Expr,
        entity_type: impl Fn(Type) -> Option<String>,
    ) -> Option<BTreeSet<String>> {
        let types = self.schema.types(expr, &self.scope);
        if types.is_empty() {
            return None;
        }
        types.into_iter().map(entity_type).collect()
    }
}

fn entity_type(ty: Type) -> Option<String> {
    match ty {
        Type::Entity(name) => Some(name),
        _ => None,
    }
}

const fn is_action(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Var(Var::Action))
}
