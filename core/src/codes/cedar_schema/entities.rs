//! Codes of what is wrong with entities in Cedar's JSON format.

use super::rules;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

rules! {
    JSON_SYNTAX Error "cedar/entities-json-syntax",
        "an entities file that is no JSON",
        "none of its entities can be used",
        "repair the JSON at this place; comments and trailing commas are not allowed";
    JSON_TOO_DEEP Error "cedar/entities-json-too-deep",
        "JSON that is nested deeper than it can be read, or compared with the schema",
        "what holds it cannot be used, the entity or the whole file",
        "flatten the attribute";
    NOT_A_LIST Error "cedar/entities-not-a-list",
        "an entities file whose outermost value is no array",
        "none of its entities can be used",
        "put the entities between `[` and `]`";
    VALUE Error "cedar/entities-value",
        "a part of an entity of the wrong kind of JSON, or a key that is missing",
        "the entity cannot be used",
        "an entity has `uid`, `attrs`, `parents` and possibly `tags`";
    ESCAPE Error "cedar/entities-escape",
        "an entity or extension value whose name Cedar cannot parse",
        "the entity cannot be used",
        "write an entity as `{ \"type\": \"User\", \"id\": \"a\" }`, and in attributes under `__entity`";
    RESTRICTED_EXPRESSION Error "cedar/entities-restricted-expression",
        "an attribute that is no value",
        "attributes hold values, not expressions",
        "write the value itself";
    EXPECTED_ENTITY Error "cedar/entities-expected-entity",
        "another value where an entity belongs",
        "a uid, a parent or an entity-typed attribute must name an entity",
        "write `{ \"type\": \"User\", \"id\": \"a\" }`";
    EXPECTED_EXTENSION Error "cedar/entities-expected-extension",
        "another value where an extension value belongs",
        "comparisons with it would fail at run time",
        "write `{ \"fn\": \"ip\", \"arg\": \"10.0.0.1\" }` or the argument alone";
    ACTION_PARENT Error "cedar/entities-action-parent",
        "an action with a parent that is no action",
        "only actions can contain actions",
        "remove the parent; with a schema actions need no entity at all";
    MISSING_CONSTRUCTOR Error "cedar/entities-missing-constructor",
        "a value from which no extension value can be made",
        "the schema wants an extension type here",
        "write `{ \"__extn\": { \"fn\": …, \"arg\": … } }`";
    ARGUMENT_COUNT Error "cedar/entities-argument-count",
        "an extension function with the wrong number of arguments",
        "the value cannot be computed",
        "give it the number of arguments that the message names";
    UNKNOWN_FUNCTION Error "cedar/entities-unknown-function",
        "an extension function that Cedar does not have",
        "the value cannot be computed",
        "use `ip`, `decimal`, `datetime` or `duration`";
    DUPLICATE_KEY Error "cedar/entities-duplicate-key",
        "the same key twice in one record",
        "it would be unclear which one counts",
        "remove one of them";
    EVALUATION Error "cedar/entities-evaluation",
        "an attribute whose value cannot be computed",
        "the entity cannot be used",
        "correct the argument, for example the IP address or the date";
    UNEXPECTED_FIELD Error "cedar/entities-unexpected-field",
        "a field of a record that the schema does not declare",
        "policies were checked against the schema and do not know it",
        "remove it, correct its name, or declare it";
    MISSING_FIELD Error "cedar/entities-missing-field",
        "a record without a field that the schema requires",
        "a policy that reads it fails at run time, and a forbid that fails does not deny",
        "add it, or make it optional in the schema";
    TYPE_MISMATCH Error "cedar/entities-type-mismatch",
        "an attribute or tag of another type than the schema says",
        "a policy that reads it fails at run time, and a forbid that fails does not deny",
        "write a value of the type that the message names";
    EXPR_ESCAPE Error "cedar/entities-expr-escape",
        "the withdrawn `__expr` escape",
        "Cedar no longer reads it",
        "use `__entity` or `__extn`, or write the value itself";
    NULL Error "cedar/entities-null",
        "a `null`",
        "Cedar has no null",
        "leave the key out";
    RESERVED_NAME Error "cedar/entities-reserved-name",
        "a name with `__cedar` in it",
        "`__cedar` is the namespace of Cedar's own types",
        "choose another name";
    UNEXPECTED_ATTRIBUTE Error "cedar/entities-unexpected-attribute",
        "an attribute that the schema does not declare",
        "policies were checked against the schema and do not know it",
        "remove it, correct its name, or declare it";
    UNEXPECTED_TAG Error "cedar/entities-unexpected-tag",
        "a tag on an entity whose type has none",
        "policies were checked against the schema and do not know it",
        "remove it, or declare `tags` for the type";
    MISSING_ATTRIBUTE Error "cedar/entities-missing-attribute",
        "an entity without an attribute that the schema requires",
        "a policy that reads it fails at run time, and a forbid that fails does not deny",
        "add it, or make it optional in the schema";
    INVALID_ANCESTOR Error "cedar/entities-invalid-ancestor",
        "a parent of a type that the schema does not allow",
        "the type-checker takes `in` for impossible here, so the membership may be ignored",
        "correct the parent, or add its type to the `in` list of the entity type";
    UNDECLARED_TYPE Error "cedar/entities-undeclared-type",
        "an entity of a type that the schema does not declare",
        "no type-checked policy can name it",
        "correct the type, or declare it";
    EXTERNAL_TYPE Error "cedar/entities-external-type",
        "an entity of a type that the schema only declares as `external`",
        "it cannot be checked without the definition",
        "add the schema file that defines the type";
    UNDECLARED_ACTION Error "cedar/entities-undeclared-action",
        "an action entity that the schema does not declare",
        "no request could name it",
        "correct the id, or declare the action in the schema";
    ACTION_MISMATCH Error "cedar/entities-action-mismatch",
        "an action entity that differs from the schema's declaration",
        "the type-checker believes the schema, so decisions could differ from what was checked",
        "leave actions out of the entities: they come from the schema";
    INVALID_ENUM Error "cedar/entities-invalid-enum",
        "an id that its enumerated entity type does not have",
        "no such entity can exist",
        "use one of the declared ids";
    DUPLICATE Error "cedar/entities-duplicate",
        "the same entity twice in a bundle",
        "it would be unclear which one counts",
        "remove or merge one of them";
    CYCLE Error "cedar/entities-cycle",
        "entities that are in each other",
        "the hierarchy must have a top",
        "remove one of the parents";
    HIERARCHY_TOO_LARGE Error "cedar/entities-hierarchy-too-large",
        "more than 256 levels of parents above an entity, or more than 1,000,000 direct and indirect parents of all entities together",
        "Cedar gives every entity a list of all that is above it, which would take minutes and gigabytes; so no entity of the bundle is used",
        "flatten the hierarchy, or divide the entities among several bundles";
    STRUCTURE Error "cedar/entities-structure",
        "entities that Cedar cannot combine",
        "none of them can be used",
        "check the parents of the entity that the message names";
    INTERNAL Error "cedar/entities-internal",
        "an error that does not arise while entities are read",
        "the entities cannot be used until it is understood",
        "report it with the entities that cause it";
}
