//! Codes of what Cedar's validator reports: errors, which refuse a policy, and warnings.

use crate::finding::Severity;
use crate::rules::{Profile, Rule};

macro_rules! rules {
    ($($name:ident, $code:literal, $severity:ident, $suppressible:expr, $summary:literal, $why:literal;)*) => {
        $(
            #[doc = $summary]
            pub(crate) const $name: Rule = Rule {
                code: concat!("cedar/", $code),
                severity: Severity::$severity,
                summary: $summary,
                why: $why,
                profile: Profile::Basic,
                suppressible: $suppressible,
                refs: &["Cedar validation"],
                page: include_str!(concat!("cedar_validate/", $code, ".md")),
            };
        )*
        /// The rules.
        pub static RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    UNRECOGNIZED_ENTITY_TYPE, "unrecognized-entity-type", Error, None,
        "an entity type that the schema does not declare",
        "no entity of that type exists, so the policy cannot mean what it says";
    UNRECOGNIZED_ACTION, "unrecognized-action", Error, None,
        "an action that the schema does not declare",
        "no request can name it, so the policy never applies";
    UNEXPECTED_TYPE, "unexpected-type", Error, None,
        "a value of another type than the operator or function takes",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    INCOMPATIBLE_TYPES, "incompatible-types", Error, None,
        "values that must be alike have different types",
        "values of different types are never equal, so the comparison has only one outcome";
    UNSAFE_ATTRIBUTE, "unsafe-attribute", Error, None,
        "an attribute that the type does not have",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    UNSAFE_OPTIONAL_ATTRIBUTE, "unsafe-optional-attribute", Error, None,
        "an optional attribute is read without a test that it is there",
        "where it is absent the condition fails, and a policy that fails is skipped, a `forbid` too";
    UNSAFE_TAG_ACCESS, "unsafe-tag-access", Error, None,
        "a tag is read without a test that it is there",
        "where it is absent the condition fails, and a policy that fails is skipped, a `forbid` too";
    NO_TAGS, "no-tags", Error, None,
        "a tag is read from a type that has no tags",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    UNDEFINED_FUNCTION, "undefined-function", Error, None,
        "a function that no extension of Cedar's defines",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    WRONG_NUMBER_OF_ARGUMENTS, "wrong-number-of-arguments", Error, None,
        "a function is called with too many or too few arguments",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    INVALID_FUNCTION_ARGUMENT, "invalid-function-argument", Error, None,
        "a text that the function cannot read",
        "the condition fails while it is evaluated, and a policy that fails is skipped";
    EMPTY_SET, "empty-set", Error, None,
        "an empty set literal",
        "the type of its elements is unknown, so nothing that uses it can be checked";
    NON_LITERAL_CONSTRUCTOR, "non-literal-constructor", Error, None,
        "`ip`, `decimal`, `datetime` or `duration` is called with something that is no literal",
        "whether the text can be read is known only in the request, and a policy that fails is skipped";
    INTERNAL_INVARIANT, "internal-invariant", Error, None,
        "Cedar's validator contradicts itself",
        "the policy is refused although the fault is the validator's";
    DEREF_LEVEL, "deref-level", Error, None,
        "entities are followed further than the level that is allowed",
        "whoever answers the request must fetch every entity on the way beforehand";
    INVALID_ENUM_ENTITY, "invalid-enum-entity", Error, None,
        "an entity of an enumerated type that is not one of its values",
        "no such entity exists, so the comparison has only one outcome";
    INCOMPLETE_SCHEMA, "incomplete-schema", Error, None,
        "the schema declares a name `external` and nothing defines it",
        "the policy cannot be checked until every name has a definition";
    MIXED_SCRIPT_STRING, "mixed-script-string", Medium, Some(Profile::Regulated),
        "a string mixes letters of several scripts",
        "letters of different scripts can look alike, so the string may not be what it seems";
    BIDI_STRING, "bidi-string", High, None,
        "a string contains characters that change the direction of writing",
        "what is shown differs from what is compared";
    BIDI_IDENTIFIER, "bidi-identifier", High, None,
        "a name or an entity's id contains characters that change the direction of writing",
        "what is shown differs from what is compared";
    MIXED_SCRIPT_IDENTIFIER, "mixed-script-identifier", Medium, Some(Profile::Regulated),
        "a name or an entity's id mixes letters of several scripts",
        "letters of different scripts can look alike, so it may not be who it seems";
    CONFUSABLE_IDENTIFIER, "confusable-identifier", Medium, Some(Profile::Regulated),
        "a name or an entity's id contains a character that Unicode advises against in names",
        "it can be invisible or look like another one";
    IMPOSSIBLE_POLICY, "impossible-policy", Medium, Some(Profile::Regulated),
        "a policy that is false for every request that the schema allows",
        "it never allows or denies anything, so a `forbid` protects nothing";
    INAPPLICABLE_ACTION, "inapplicable-action", Medium, Some(Profile::Regulated),
        "no action of the policy takes such a principal and resource",
        "it never allows or denies anything, so a `forbid` protects nothing";
}
