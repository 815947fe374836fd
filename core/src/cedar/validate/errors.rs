//! Cedar's validation errors as findings. Messages are made from an error's fields: Cedar's own text
//! begins with the policy's id, which may be a mere position.

mod access;

use cedar_policy_core::ast::{EntityUID, Template, is_normalized_ident};
use cedar_policy_core::parser::Loc;
use cedar_policy_core::validator::types::Type;
use cedar_policy_core::validator::validation_errors::{
    EntityDerefViolationKind, IncompatibleTypes, InvalidEnumEntity, UnexpectedType,
    UnrecognizedActionId, UnrecognizedEntityType,
};
use cedar_policy_core::validator::{ValidationError, ValidatorSchema};
use miette::Diagnostic;

use super::names::{self, Guesses, Name, nearest};
use super::{Subject, place};
use crate::codes::cedar_validate as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::source::Span;

/// One finding for each error, in the order given.
pub(super) fn findings<'a>(
    subject: Subject<'_>,
    errors: impl IntoIterator<Item = &'a ValidationError>,
) -> Vec<Finding> {
    let guesses = Guesses::new();
    errors
        .into_iter()
        .map(|error| finding(subject, error, &guesses))
        .collect()
}

/// The whole statement, where Cedar names no place in it.
pub(super) fn whole(template: &Template) -> Span {
    place::span(template.loc()).unwrap_or_default()
}

fn finding(subject: Subject<'_>, error: &ValidationError, guesses: &Guesses) -> Finding {
    let template = subject.template;
    let at = |loc: Option<&Loc>| place::span(loc).unwrap_or_else(|| whole(template));
    match error {
        ValidationError::UnrecognizedEntityType(error) => entity_type(
            error,
            subject.schema,
            at(error.source_loc.as_ref()),
            guesses,
        ),
        ValidationError::UnrecognizedActionId(error) => action(
            error,
            subject.schema,
            at(error.source_loc.as_ref()),
            guesses,
        ),
        ValidationError::UnexpectedType(error) => {
            unexpected_type(error, at(error.source_loc.as_ref()))
        }
        ValidationError::IncompatibleTypes(error) => {
            incompatible_types(error, at(error.source_loc.as_ref()))
        }
        ValidationError::UnsafeAttributeAccess(error) => access::attribute(template, error),
        ValidationError::UnsafeOptionalAttributeAccess(error) => {
            access::optional_attribute(template, error)
        }
        ValidationError::UnsafeTagAccess(error) => access::tag(subject, error),
        ValidationError::NoTagsAllowed(error) => access::no_tags(template, error),
        ValidationError::UndefinedFunction(error) => Finding::new(
            &codes::UNDEFINED_FUNCTION,
            at(error.source_loc.as_ref()),
            format!("no extension defines the function `{}`", error.name),
            "use `ip`, `decimal`, `datetime` or `duration`",
        ),
        ValidationError::WrongNumberArguments(error) => Finding::new(
            &codes::WRONG_NUMBER_OF_ARGUMENTS,
            at(error.source_loc.as_ref()),
            format!(
                "the function takes {} and gets {}, the value that a method is called on included",
                arguments(error.expected),
                error.actual
            ),
            format!("call it with {}", arguments(error.expected)),
        ),
        ValidationError::FunctionArgumentValidation(error) => Finding::new(
            &codes::INVALID_FUNCTION_ARGUMENT,
            at(error.source_loc.as_ref()),
            format!("the function cannot read its argument: {}", error.msg),
            error.help.clone().unwrap_or_else(|| {
                "write the value in the form that the function takes".to_owned()
            }),
        ),
        ValidationError::EmptySetForbidden(error) => Finding::new(
            &codes::EMPTY_SET,
            at(error.source_loc.as_ref()),
            "the type of an empty set's elements is unknown",
            "use `isEmpty()` to test for an empty set, or write the elements",
        ),
        ValidationError::NonLitExtConstructor(error) => Finding::new(
            &codes::NON_LITERAL_CONSTRUCTOR,
            at(error.source_loc.as_ref()),
            "the function is called with something that is no literal",
            "let the attribute have the function's type, so that its value comes ready with the data",
        ),
        ValidationError::InternalInvariantViolation(error) => Finding::new(
            &codes::INTERNAL_INVARIANT,
            at(error.source_loc.as_ref()),
            "Cedar's validator contradicts itself on this expression",
            "write it in another way, and report the policy and the schema to the Cedar project",
        ),
        ValidationError::InvalidEnumEntity(error) => {
            enum_entity(error, at(error.source_loc.as_ref()))
        }
        ValidationError::EntityDerefLevelViolation(error) => {
            let (message, help) = match &error.violation_kind {
                EntityDerefViolationKind::MaximumLevelExceeded {
                    allowed_level,
                    actual_level,
                } => (
                    format!("this follows references over {actual_level} levels, {allowed_level} are allowed"),
                    "follow fewer references, or put the value on a nearer entity",
                ),
                EntityDerefViolationKind::LiteralDerefTarget => (
                    "attributes of an entity that is written by its id cannot be fetched beforehand".to_owned(),
                    "read them from `principal`, `action`, `resource` or `context`",
                ),
            };
            Finding::new(
                &codes::DEREF_LEVEL,
                at(error.source_loc.as_ref()),
                message,
                help,
            )
        }
        ValidationError::IncompleteSchema(error) => Finding::new(
            &codes::INCOMPLETE_SCHEMA,
            at(error.source_loc.as_ref()),
            error.err.to_string(),
            "add the schema fragment that defines it",
        ),
    }
}

fn entity_type(
    error: &UnrecognizedEntityType,
    schema: &ValidatorSchema,
    span: Span,
    guesses: &Guesses,
) -> Finding {
    let name = &error.actual_entity_type;
    let meant = if guesses.allow(schema.entity_type_names().count()) {
        let known = schema.entity_type_names().map(ToString::to_string);
        names::meant(&Name::of_type(name.clone()), known.map(Name::of_type))
    } else {
        Vec::new()
    };
    let help = names::did_you_mean(&meant);
    let finding = Finding::new(
        &codes::UNRECOGNIZED_ENTITY_TYPE,
        span,
        format!("the schema declares no entity type `{name}`"),
        help.unwrap_or_else(|| "write a type that the schema declares, or declare it".to_owned()),
    );
    with_fix(finding, name, &meant, error.source_loc.as_ref())
}

fn action(
    error: &UnrecognizedActionId,
    schema: &ValidatorSchema,
    span: Span,
    guesses: &Guesses,
) -> Finding {
    let name = &error.actual_action_id;
    let (meant, help) = if !guesses.allow(schema.action_ids().count()) {
        (Vec::new(), None)
    } else if let Some(action) = with_type_in_id(name, schema) {
        let uid: Option<EntityUID> = name.parse().ok();
        let id = uid.map_or_else(String::new, |uid| uid.eid().escaped().to_string());
        let declared = match is_normalized_ident(&id) {
            true => id,
            false => format!("\"{id}\""),
        };
        let help = format!(
            "the schema has the type in the id, as `{action}`: declare `action {declared}` there"
        );
        (vec![action], Some(help))
    } else {
        let known = schema
            .action_ids()
            .map(|action| Name::of_action(action.name()));
        let uid: Option<EntityUID> = name.parse().ok();
        let meant = uid.map_or_else(Vec::new, |uid| names::meant(&Name::of_action(&uid), known));
        let help = names::did_you_mean(&meant);
        (meant, help)
    };
    let finding = Finding::new(
        &codes::UNRECOGNIZED_ACTION,
        span,
        format!("the schema declares no action `{name}`"),
        help.unwrap_or_else(|| {
            "write an action that the schema declares, or declare it".to_owned()
        }),
    );
    with_fix(finding, name, &meant, error.source_loc.as_ref())
}

/// Offers to write what was meant, where it is clear what and where.
fn with_fix(finding: Finding, name: &str, meant: &[String], loc: Option<&Loc>) -> Finding {
    match (meant, loc) {
        ([meant], Some(_)) => {
            let fix = replace(finding.span, name, meant);
            finding.fix(fix)
        }
        _ => finding,
    }
}

/// The action that the schema declares with its type in its id, as in `Action::"Action::\"view\""`.
fn with_type_in_id(written: &str, schema: &ValidatorSchema) -> Option<String> {
    let uid: EntityUID = written.parse().ok()?;
    let id: &str = uid.eid().as_ref();
    let (plain, quoted) = (format!("Action::{id}"), format!("Action::\"{id}\""));
    schema
        .action_ids()
        .map(|action| action.name())
        .filter(|action| {
            let id: &str = action.eid().as_ref();
            id == plain
                || id == quoted
                || id.ends_with(&format!("::{plain}"))
                || id.ends_with(&format!("::{quoted}"))
        })
        .map(ToString::to_string)
        .min()
}

fn unexpected_type(error: &UnexpectedType, span: Span) -> Finding {
    let mut expected: Vec<String> = error.expected.iter().map(type_name).collect();
    expected.sort();
    expected.dedup();
    let actual = type_name(&error.actual);
    let help = match &error.help {
        Some(help) => help.to_string(),
        None => "use a value of the type that is expected".to_owned(),
    };
    Finding::new(
        &codes::UNEXPECTED_TYPE,
        span,
        format!("expected {}, found {actual}", expected.join(" or ")),
        help,
    )
}

fn incompatible_types(error: &IncompatibleTypes, span: Span) -> Finding {
    let types: Vec<String> = error.types.iter().map(type_name).collect();
    Finding::new(
        &codes::INCOMPATIBLE_TYPES,
        span,
        format!("the types {} do not go together", types.join(" and ")),
        format!("give {} the same type", error.context),
    )
    .why(lower_first(&error.hint.to_string()))
}

/// Cedar's sentence in the form of ours.
fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

fn enum_entity(error: &InvalidEnumEntity, span: Span) -> Finding {
    let uid = &error.err.uid;
    let id: &str = uid.eid().as_ref();
    let choices = error.err.choices.iter();
    let close = nearest(
        id,
        choices.map(|choice| AsRef::<str>::as_ref(choice).to_owned()),
    );
    let finding = Finding::new(
        &codes::INVALID_ENUM_ENTITY,
        span,
        format!("`{uid}` is none of the values of its type"),
        error
            .err
            .help()
            .map_or_else(String::new, |help| help.to_string().replace("eids", "ids")),
    );
    match (close, &error.source_loc) {
        (Some(choice), Some(_)) => {
            let meant = format!("{}::\"{}\"", uid.entity_type(), choice.escape_debug());
            finding.fix(replace(span, &uid.to_string(), &meant))
        }
        _ => finding,
    }
}

fn replace(span: Span, written: &str, meant: &str) -> Fix {
    Fix::safe(
        format!("replace `{written}` with `{meant}`"),
        vec![TextEdit::replace(span, meant)],
    )
}

fn arguments(count: usize) -> String {
    if count == 1 {
        "1 argument".to_owned()
    } else {
        format!("{count} arguments")
    }
}

/// A type in Cedar's schema language; what that cannot say is put in words.
fn type_name(ty: &Type) -> String {
    match ty.to_string().as_str() {
        "__cedar::internal::True" => "`true`".to_owned(),
        "__cedar::internal::False" => "`false`".to_owned(),
        "__cedar::internal::AnyEntity" => "an entity".to_owned(),
        "__cedar::internal::Never" => "no value".to_owned(),
        "Set<__cedar::internal::Any>" => "a set".to_owned(),
        "__cedar::internal::OpenRecord{}" => "a record".to_owned(),
        name => format!("`{}`", name.replace("__cedar::internal::", "")),
    }
}
