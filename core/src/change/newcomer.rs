//! Whether a permit can apply to an entity that is new, by what it says of itself.
//!
//! A permit that reads an attribute of a new entity may apply to it from now on. It does not where one of its
//! conditions is about that entity alone and Cedar finds it false, or failing.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cedar::evaluate::{Candidate, RequestText, decide, entities};
use crate::cedar::parse::parse;
use crate::facts::{
    ClauseKind, Entity, EntityConstraint, Expr, ExprKind, Policy, Var, conjuncts, disjuncts,
};
use crate::schema::Schema;

/// A new entity.
pub(super) struct Newcomer<'a> {
    pub(super) entity: Entity,
    /// Its attributes in Cedar's JSON form.
    pub(super) attributes: Value,
    /// The schema of head.
    pub(super) schema: Option<&'a Schema>,
}

impl Newcomer<'_> {
    /// Whether it is proved that the policy applies to no request because of it.
    pub(super) fn is_left_out_by(&self, policy: &Policy) -> bool {
        !policy.is_template()
            && is_read_as_a_variable_alone(policy)
            && [Var::Principal, Var::Resource]
                .into_iter()
                .all(|var| self.is_none(policy, var) || self.fails(policy, var))
    }

    /// Whether it is never this variable of a request that the policy is about.
    fn is_none(&self, policy: &Policy, var: Var) -> bool {
        let constraint = match var {
            Var::Principal => &policy.principal.value,
            _ => &policy.resource.value,
        };
        let other_type = constraint
            .is_type()
            .is_some_and(|ty| ty.value != self.entity.ty);
        let other = match constraint {
            EntityConstraint::Eq(_) => constraint
                .entity()
                .is_some_and(|of| of.value != self.entity),
            _ => false,
        };
        let never = self.schema.is_some_and(|schema| {
            schema.actions.values().all(|action| {
                let types = match var {
                    Var::Principal => &action.principals,
                    _ => &action.resources,
                };
                !types.contains(&self.entity.ty)
            })
        });
        other_type || other || never
    }

    /// Whether a condition about this variable alone is not met by it.
    fn fails(&self, policy: &Policy, var: Var) -> bool {
        policy.clauses.iter().any(|clause| {
            let (parts, wanted) = match clause.kind {
                ClauseKind::When => (conjuncts(&clause.body), true),
                ClauseKind::Unless => (disjuncts(&clause.body), false),
            };
            parts
                .into_iter()
                .filter(|part| is_about(part, var))
                .any(|part| !self.meets(policy.at(part.outer), var, wanted))
        })
    }

    /// Whether a condition comes to a value for it; where that cannot be told, it does.
    fn meets(&self, condition: &str, var: Var, wanted: bool) -> bool {
        let keyword = if wanted { "when" } else { "unless" };
        let text = format!("permit (principal, action, resource) {keyword} {{ {condition} }};");
        let world = json!([{
            "uid": { "type": self.entity.ty, "id": self.entity.id },
            "attrs": self.attributes,
            "parents": [],
        }]);
        let (Ok(parsed), Ok(world)) = (parse(&Arc::from(text)), entities(&world.to_string(), None))
        else {
            return true;
        };
        let nobody = Entity {
            ty: "Nobody".to_owned(),
            id: String::new(),
        };
        let action = Entity {
            ty: "Action".to_owned(),
            id: String::new(),
        };
        let (principal, resource) = match var {
            Var::Principal => (&self.entity, &nobody),
            _ => (&nobody, &self.entity),
        };
        let context = json!({});
        let request = RequestText {
            principal,
            action: &action,
            resource,
            context: &context,
        };
        let candidate = Candidate {
            name: String::new(),
            template: &parsed.template,
            link: None,
        };
        decide([candidate], &world, &request, None).map_or(true, |of| of.allowed)
    }
}

/// Whether every attribute is one of a variable itself, so that no other entity's is read.
fn is_read_as_a_variable_alone(policy: &Policy) -> bool {
    let is_var = |expr: &Expr| matches!(expr.kind, ExprKind::Var(_));
    let mut alone = true;
    policy.walk(|_, expr| {
        alone &= match &expr.kind {
            ExprKind::Attr(base, _) => is_var(base),
            ExprKind::Has(base, path) => is_var(base) && path.value.len() == 1,
            ExprKind::Method(_, name, _) => !matches!(&*name.value, "getTag" | "hasTag"),
            _ => true,
        };
    });
    alone
}

/// Whether an expression reads this variable's attributes and nothing else.
fn is_about(expr: &Expr, var: Var) -> bool {
    let reads = |part: &Expr| matches!(part.kind, ExprKind::Attr(..) | ExprKind::Has(..));
    let other = |part: &Expr| match &part.kind {
        ExprKind::Var(of) => *of != var,
        // Of groups and of other entities it knows nothing.
        ExprKind::Entity(_) | ExprKind::Is(_, _, Some(_)) => true,
        ExprKind::Binary(crate::facts::BinaryOp::In, ..) => true,
        _ => false,
    };
    expr.any(&mut |part| reads(part)) && !expr.any(&mut |part| other(part))
}
