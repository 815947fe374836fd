//! The entity types, entities and actions that a policy names and that the schema does not have.
//!
//! Cedar's own check of them looks for a suggestion in the whole schema with every one, letter by letter: for a
//! list of thousands of wrong actions it takes minutes. The suggestions are not used here, see [`super::names`].

use cedar_policy_core::ast::{EntityType, EntityUID, Expr, ExprKind, Literal, Template};
use cedar_policy_core::validator::validation_errors::{
    UnrecognizedActionId, UnrecognizedEntityType,
};
use cedar_policy_core::validator::{ValidationError, Validator, ValidatorSchema};

/// What Cedar's `validate_entity_types_and_literals` finds, without its suggestions.
pub(super) fn errors(schema: &ValidatorSchema, template: &Template) -> Vec<ValidationError> {
    let conditions: Vec<&Expr> = template
        .non_scope_constraints()
        .into_iter()
        .flat_map(Expr::subexpressions)
        .collect();
    let policy_id = template.id();
    let types = types(template, &conditions)
        .filter(|ty| !ty.is_action() && schema.get_entity_type(ty).is_none())
        .map(|ty| {
            ValidationError::UnrecognizedEntityType(UnrecognizedEntityType {
                source_loc: ty.loc().cloned(),
                policy_id: policy_id.clone(),
                actual_entity_type: ty.to_string(),
                suggested_entity_type: None,
            })
        });
    let actions = entities(template, &conditions)
        .filter(|uid| uid.is_action() && schema.get_action_id(uid).is_none())
        .map(|uid| {
            ValidationError::UnrecognizedActionId(UnrecognizedActionId {
                source_loc: uid.loc().cloned(),
                policy_id: policy_id.clone(),
                actual_action_id: uid.to_string(),
                hint: None,
            })
        });
    types
        .chain(Validator::validate_enum_entity(schema, template))
        .chain(actions)
        .collect()
}

/// Whether a name is wrong. What else is said of the policy may be a consequence.
pub(super) const fn is_unrecognized(error: &ValidationError) -> bool {
    matches!(
        error,
        ValidationError::UnrecognizedEntityType(_) | ValidationError::UnrecognizedActionId(_)
    )
}

fn entities<'t>(
    template: &'t Template,
    conditions: &[&'t Expr],
) -> impl Iterator<Item = &'t EntityUID> {
    let principal = template.principal_constraint().as_inner().get_euid();
    let resource = template.resource_constraint().as_inner().get_euid();
    principal
        .map(AsRef::as_ref)
        .into_iter()
        .chain(template.action_constraint().iter_euids())
        .chain(resource.map(AsRef::as_ref))
        .chain(conditions.iter().filter_map(|expr| match expr.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => Some(uid.as_ref()),
            _ => None,
        }))
}

fn types<'t>(
    template: &'t Template,
    conditions: &[&'t Expr],
) -> impl Iterator<Item = &'t EntityType> {
    let principal = template.principal_constraint().as_inner();
    let resource = template.resource_constraint().as_inner();
    principal
        .iter_entity_type_names()
        .chain(template.action_constraint().iter_entity_type_names())
        .chain(resource.iter_entity_type_names())
        .chain(conditions.iter().filter_map(|expr| match expr.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => Some(uid.entity_type()),
            ExprKind::Is { entity_type, .. } => Some(entity_type),
            _ => None,
        }))
}
