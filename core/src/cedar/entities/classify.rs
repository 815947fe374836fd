//! Which rule an error of Cedar's entity code belongs to.

use cedar_policy_core::entities::conformance::err::EntitySchemaConformanceError;
use cedar_policy_core::entities::err::EntitiesError;
use cedar_policy_core::entities::json::err::JsonDeserializationError;

use crate::codes::cedar_schema::entities as codes;
use crate::rules::Rule;

/// The rule of an error that a whole set of entities has.
pub(super) fn set(error: &EntitiesError) -> &'static Rule {
    match error {
        EntitiesError::Deserialization(error) => value(error),
        EntitiesError::InvalidEntity(error) => conformance(error),
        EntitiesError::Duplicate(_) => &codes::DUPLICATE,
        EntitiesError::TransitiveClosureError(_) => &codes::CYCLE,
        EntitiesError::InvalidEntityStructure(_) => &codes::STRUCTURE,
        EntitiesError::Serialization(_) => &codes::INTERNAL,
    }
}

/// The rule of an error in a value.
pub(super) fn value(error: &JsonDeserializationError) -> &'static Rule {
    use JsonDeserializationError as E;
    match error {
        E::Serde(_) => &codes::VALUE,
        E::ParseEscape(_) => &codes::ESCAPE,
        E::RestrictedExpressionError(_) => &codes::RESTRICTED_EXPRESSION,
        E::ExpectedLiteralEntityRef(_) => &codes::EXPECTED_ENTITY,
        E::ExpectedExtnValue(_) => &codes::EXPECTED_EXTENSION,
        E::ActionParentIsNotAction(_) => &codes::ACTION_PARENT,
        E::MissingImpliedConstructor(_) => &codes::MISSING_CONSTRUCTOR,
        E::IncorrectNumOfArguments(_) => &codes::ARGUMENT_COUNT,
        E::FailedExtensionFunctionLookup(_) => &codes::UNKNOWN_FUNCTION,
        E::DuplicateKey(_) => &codes::DUPLICATE_KEY,
        E::EntityAttributeEvaluation(_) => &codes::EVALUATION,
        E::EntitySchemaConformance(error) => conformance(error),
        E::UnexpectedRecordAttr(_) => &codes::UNEXPECTED_FIELD,
        E::MissingRequiredRecordAttr(_) => &codes::MISSING_FIELD,
        E::TypeMismatch(_) => &codes::TYPE_MISMATCH,
        E::ExprTag(_) => &codes::EXPR_ESCAPE,
        E::Null(_) => &codes::NULL,
        E::ReservedName(_) => &codes::RESERVED_NAME,
        _ => &codes::INTERNAL,
    }
}

/// The rule of an error against the schema.
pub(super) fn conformance(error: &EntitySchemaConformanceError) -> &'static Rule {
    use EntitySchemaConformanceError as E;
    match error {
        E::UnexpectedEntityAttr(_) => &codes::UNEXPECTED_ATTRIBUTE,
        E::UnexpectedEntityTag(_) => &codes::UNEXPECTED_TAG,
        E::MissingRequiredEntityAttr(_) => &codes::MISSING_ATTRIBUTE,
        E::TypeMismatch(_) => &codes::TYPE_MISMATCH,
        E::InvalidAncestorType(_) => &codes::INVALID_ANCESTOR,
        E::UnexpectedEntityType(_) => &codes::UNDECLARED_TYPE,
        E::ExternalEntityType(_) => &codes::EXTERNAL_TYPE,
        E::UndeclaredAction(_) => &codes::UNDECLARED_ACTION,
        E::ActionDeclarationMismatch(_) => &codes::ACTION_MISMATCH,
        E::ExtensionFunctionLookup(_) => &codes::UNKNOWN_FUNCTION,
        E::InvalidEnumEntity(_) => &codes::INVALID_ENUM,
        _ => &codes::INTERNAL,
    }
}
