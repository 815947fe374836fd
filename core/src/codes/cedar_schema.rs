//! Codes of what Cedar, or we on its behalf, find wrong with schemas; entities and links in the modules below.

pub(crate) mod entities;
pub(crate) mod links;

use crate::finding::Severity;
use crate::rules::{Profile, Rule};

/// A table of rules: each is a constant of its own and a row of `RULES`. The page is made of the row.
macro_rules! rules {
    ($($name:ident $severity:ident $code:literal, $summary:literal, $why:literal, $todo:literal;)*) => {
        $(
            pub(crate) const $name: Rule = Rule {
                code: $code,
                severity: Severity::$severity,
                summary: $summary,
                why: $why,
                profile: Profile::Basic,
                suppressible: None,
                refs: &[],
                page: concat!(
                    "# ", $code, "\n\nFinds: ", $summary, ".\n\nWhy it matters: ", $why,
                    ".\n\nWhat to do: ", $todo, ".\n"
                ),
            };
        )*
        /// The rules of this table.
        pub static RULES: &[Rule] = &[$($name),*];
    };
}
pub(crate) use rules;

rules! {
    UNEXPECTED_TOKEN Error "cedar/schema-unexpected-token",
        "a token that Cedar's schema grammar does not allow at this place",
        "without a schema no policy can be type-checked",
        "write one of the tokens that the message names, or remove this one; often a `;`, `,` or `:` before it is missing";
    UNEXPECTED_END Error "cedar/schema-unexpected-end",
        "a schema file that ends in the middle of a declaration",
        "without a schema no policy can be type-checked",
        "finish the last declaration: every `{`, `[` and `<` needs its counterpart and every declaration a `;`";
    INVALID_TOKEN Error "cedar/schema-invalid-token",
        "a character that starts no token of Cedar's schema syntax",
        "without a schema no policy can be type-checked",
        "remove the character, or put a name with unusual characters into double quotes";
    EXTRA_TOKEN Error "cedar/schema-extra-token",
        "a token after the end of the schema",
        "without a schema no policy can be type-checked",
        "remove it";
    EMPTY_LIST Error "cedar/schema-empty-list",
        "an empty list where Cedar wants at least one element",
        "without a schema no policy can be type-checked",
        "name at least one element, or leave the whole clause out";
    INVALID_ESCAPE Error "cedar/schema-invalid-escape",
        "an escape sequence in a string that Cedar does not know",
        "the string does not say what its author meant",
        "use `\\n`, `\\t`, `\\r`, `\\0`, `\\\\`, `\\\"`, `\\'`, `\\xHH` or `\\u{HHHH}`";
    RESERVED_IDENTIFIER Error "cedar/schema-reserved-identifier",
        "a word of Cedar's own as the name of a declaration",
        "policies could not name it",
        "choose another name; the reserved words are `true`, `false`, `if`, `then`, `else`, `in`, `is`, `like`, `has` and `__cedar`";
    DUPLICATE_ANNOTATION Error "cedar/schema-duplicate-annotation",
        "the same annotation twice on one declaration",
        "a classification must be unambiguous",
        "keep one of the two";
    DUPLICATE_DECLARATION Error "cedar/schema-duplicate-declaration",
        "a name that is declared twice in one namespace of one file",
        "it would be unclear which declaration counts",
        "remove or rename one of the declarations";
    DUPLICATE_CONTEXT Error "cedar/schema-duplicate-context",
        "an action that declares its `context` twice",
        "it would be unclear which declaration counts",
        "merge both into one record";
    DUPLICATE_APPLIES_TO Error "cedar/schema-duplicate-applies-to",
        "an action that declares its `principal` or its `resource` twice",
        "it would be unclear which declaration counts",
        "write one declaration with a list: `principal: [A, B]`";
    MISSING_APPLIES_TO Error "cedar/schema-missing-applies-to",
        "an `appliesTo` without `principal` or `resource`, or with an empty list",
        "a request always has a principal and a resource, so such an action could never be requested",
        "name at least one principal type and one resource type, or leave `appliesTo` out for a pure group";
    DUPLICATE_NAMESPACE Error "cedar/schema-duplicate-namespace",
        "a namespace that is opened twice in one file",
        "Cedar allows a namespace once a file",
        "move the declarations together, or into another schema file";
    UNKNOWN_TYPE_NAME Error "cedar/schema-unknown-type-name",
        "a type that is declared nowhere",
        "without a schema no policy can be type-checked",
        "declare it as an entity type or a common type";
    RESERVED_NAME Error "cedar/schema-reserved-name",
        "a declared name with `__cedar` in it",
        "`__cedar` is the namespace of Cedar's own types",
        "choose another name";
    RESERVED_KEYWORD Error "cedar/schema-reserved-keyword",
        "a common type with the name of a kind of type, such as `Record` or `Entity`",
        "in a JSON schema the name would be ambiguous",
        "choose another name";
    JSON_SYNTAX Error "cedar/schema-json-syntax",
        "a JSON schema that is no JSON",
        "without a schema no policy can be type-checked",
        "repair the JSON at this place; comments and trailing commas are not allowed";
    JSON_TOO_DEEP Error "cedar/schema-json-too-deep",
        "JSON that is nested deeper than it can be read",
        "text this deep is no schema that a person wrote",
        "move inner types into `commonTypes`";
    JSON_UNKNOWN_KEY Error "cedar/schema-json-unknown-key",
        "a key that Cedar's JSON schema format does not have",
        "what stands under it would be ignored",
        "use one of the keys that the message names";
    JSON_MISSING_KEY Error "cedar/schema-json-missing-key",
        "a key that Cedar's JSON schema format requires is missing",
        "without a schema no policy can be type-checked",
        "add the key";
    JSON_DUPLICATE_KEY Error "cedar/schema-json-duplicate-key",
        "the same key twice in one JSON object of a schema",
        "it would be unclear which one counts",
        "remove or rename one of them";
    JSON_MISSING_NAMESPACE Error "cedar/schema-json-missing-namespace",
        "a JSON schema whose outermost keys are no namespaces",
        "every declaration belongs to a namespace, if only to the empty one",
        "wrap the whole object as `{ \"\": { … } }` or under the name of a namespace";
    JSON_VALUE Error "cedar/schema-json-value",
        "a JSON value of the wrong kind, or a name that Cedar does not accept",
        "without a schema no policy can be type-checked",
        "write a value of the kind that the message names";
    UNSUPPORTED_FEATURE Error "cedar/schema-unsupported-feature",
        "an experimental or withdrawn feature of Cedar: attributes of actions, open records",
        "released versions of Cedar refuse it",
        "declare every attribute, and put what describes an action into an annotation";
    UNDECLARED_ENTITY_TYPE Error "cedar/schema-undeclared-entity-type",
        "a type that is used as an entity type but not declared as one",
        "no entity of it could exist",
        "declare it with `entity`, or correct the name";
    UNDECLARED_ACTION_DESCENDANT Error "cedar/schema-undeclared-action-descendant",
        "a member of an action group that is not declared",
        "no request could name it",
        "declare the action, or correct the name";
    TYPE_NOT_DEFINED Error "cedar/schema-type-not-defined",
        "a name that is neither an entity type nor a common type",
        "without it the schema has no meaning and no policy can be type-checked",
        "declare it, correct the name, or add the namespace that it is in";
    ACTION_NOT_DEFINED Error "cedar/schema-action-not-defined",
        "an action group that is not declared",
        "policies on the group would silently miss this action",
        "declare the group as an action, or correct the name";
    TYPE_SHADOWING Error "cedar/schema-type-shadowing",
        "a type of a namespace with the name of a type outside all namespaces",
        "the name would mean different things at different places",
        "rename one, or move the outer one into a namespace";
    ACTION_SHADOWING Error "cedar/schema-action-shadowing",
        "an action of a namespace with the id of an action outside all namespaces",
        "the id would mean different things at different places",
        "rename one, or move the outer one into a namespace";
    DUPLICATE_ENTITY_TYPE Error "cedar/schema-duplicate-entity-type",
        "an entity type that two schema files declare",
        "files of one bundle are merged, and it would be unclear which declaration counts",
        "remove or rename one of the declarations";
    DUPLICATE_ACTION Error "cedar/schema-duplicate-action",
        "an action that two schema files declare",
        "files of one bundle are merged, and it would be unclear which declaration counts",
        "remove or rename one of the declarations";
    DUPLICATE_COMMON_TYPE Error "cedar/schema-duplicate-common-type",
        "a common type that two schema files declare",
        "files of one bundle are merged, and it would be unclear which declaration counts",
        "remove or rename one of the declarations";
    ACTION_CYCLE Error "cedar/schema-action-cycle",
        "action groups that contain each other",
        "the hierarchy must have a top",
        "remove one of the memberships";
    COMMON_TYPE_CYCLE Error "cedar/schema-common-type-cycle",
        "common types that are defined by each other",
        "such a type would be infinite",
        "break the cycle, for example through an entity type: entities may refer to each other";
    ACTION_ENTITY_TYPE Error "cedar/schema-action-entity-type",
        "an entity type with the name `Action`",
        "the name is reserved for the type of actions",
        "rename it; actions themselves are declared with `action`";
    NOT_A_RECORD Error "cedar/schema-not-a-record",
        "a context or a shape that is no record",
        "attributes need names",
        "use a record type, or a common type that is one";
    TYPE_TOO_LARGE Error "cedar/schema-type-too-large",
        "common types that name each other so often that the whole is too large or too deep",
        "Cedar writes every common type out wherever it is named, and a few lines can amount to gigabytes",
        "use an entity type where a common type is nested this deep, or name the type less often";
    HIERARCHY_TOO_LARGE Error "cedar/schema-hierarchy-too-large",
        "more than 64 levels of entity types or actions above one, or more than 100,000 direct and indirect memberships of all together",
        "Cedar gives each a list of all that is above it, which would take minutes and gigabytes; so the schema is not used",
        "flatten the hierarchy";
    UNKNOWN_EXTENSION_TYPE Error "cedar/schema-unknown-extension-type",
        "an extension type that Cedar does not have",
        "without a schema no policy can be type-checked",
        "use `ipaddr`, `decimal`, `datetime` or `duration`";
    INVALID_ACTION_TYPE Error "cedar/schema-invalid-action-type",
        "an action group whose type is not `Action`",
        "only actions can contain actions",
        "leave the type out, or write `Action` with its namespace";
    ENUM_IN_HIERARCHY Error "cedar/schema-enum-in-hierarchy",
        "an enumerated entity type with parents",
        "entities of an enumerated type have no parents",
        "remove the parents, or make it an ordinary entity type";
    EXTERNAL_WITH_ENUM_ANCESTOR Error "cedar/schema-external-enum-ancestor",
        "an `external` entity type below an enumerated one",
        "its entities could not be checked against the enumerated ids",
        "define the type here, or remove that parent";
    ENTITY_HIERARCHY Error "cedar/schema-entity-hierarchy",
        "an entity type hierarchy that Cedar cannot close",
        "`in` could not be decided",
        "check the `in` lists of the entity types";
    ACTION_HIERARCHY Error "cedar/schema-action-hierarchy",
        "an action hierarchy that Cedar cannot close",
        "`in` could not be decided",
        "check the `in` lists of the actions";
    INTERNAL Error "cedar/schema-internal",
        "an error that Cedar says cannot happen",
        "the schema cannot be used until it is understood",
        "report it with the schema that causes it";
    SHADOWS_BUILTIN Medium "cedar/schema-shadows-builtin",
        "a declared type with the name of a type of Cedar's own",
        "readers will take `String` or `ipaddr` for Cedar's type",
        "choose another name, or write `__cedar::String` where Cedar's type is meant";
    SHADOWS_ENTITY Medium "cedar/schema-shadows-entity",
        "a common type with the name of an entity type in the same namespace",
        "in type positions the name means the common type, which readers do not expect",
        "rename one of the two";
}
