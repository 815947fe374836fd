//! Codes of what Cedar's parser refuses. Each one stands for one kind of error in the parser, so that a
//! team can look it up and a tool can act on it.

use crate::finding::Severity;
use crate::rules::{Profile, Rule};

macro_rules! rules {
    ($($name:ident, $code:literal, $summary:literal, $why:literal;)*) => {
        $(
            #[doc = $summary]
            pub(crate) const $name: Rule = Rule {
                code: concat!("cedar/", $code),
                severity: Severity::Error,
                summary: $summary,
                why: $why,
                profile: Profile::Basic,
                suppressible: None,
                refs: &["Cedar grammar"],
                page: include_str!(concat!("cedar_parse/", $code, ".md")),
            };
        )*
        /// The rules.
        pub static RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    UNEXPECTED_TOKEN, "unexpected-token",
        "a token stands where Cedar's grammar allows another",
        "the statement has no meaning, so it takes no part in any decision";
    UNEXPECTED_END, "unexpected-end",
        "the text ends in the middle of a statement",
        "an unfinished statement takes no part in any decision";
    INVALID_TOKEN, "invalid-token",
        "a character that begins no token of Cedar's",
        "the text cannot be read any further, so the statement takes no part in any decision";
    UNTERMINATED_STRING, "unterminated-string",
        "a string is opened and never closed",
        "everything after the quote is read as text, so the statement never ends";
    SINGLE_QUOTED_STRING, "single-quoted-string",
        "a string in single quotes",
        "Cedar reads only double quotes as the ends of a string";
    EXTRA_TOKEN, "extra-token",
        "a token after the end of the statement",
        "what follows a complete statement belongs to none and is not read";
    NUMBER_TOO_LONG, "number-too-long",
        "a number that does not even fit 64 bits",
        "the number cannot be read, and a silently changed limit would be worse than none";
    SYNTAX, "syntax",
        "an error of a kind that this version does not know",
        "Cedar refuses the statement, so it takes no part in any decision";
    DUPLICATE_TEMPLATE_ID, "duplicate-template-id",
        "two templates have the same id",
        "a link to the id would not say which of the two is meant";
    DUPLICATE_POLICY_ID, "duplicate-policy-id",
        "two policies have the same id",
        "a decision's trace would not say which of the two stood behind it";
    EXPECTED_STATIC_POLICY, "expected-static-policy",
        "a template where only a policy can stand",
        "a slot has no value until the template is linked, so the statement decides nothing";
    EXPECTED_TEMPLATE, "expected-template",
        "a policy without slots where only a template can stand",
        "there is nothing that a link could fill in";
    DUPLICATE_ANNOTATION, "duplicate-annotation",
        "the same annotation twice on one statement",
        "a reader could not tell which of the two values holds";
    SLOT_IN_CONDITION, "slot-in-condition",
        "a template slot in a `when` or `unless` clause",
        "slots have a value only in the scope";
    MISSING_SCOPE_VARIABLE, "missing-scope-variable",
        "the scope lacks `principal`, `action` or `resource`",
        "a scope names all three, so that nothing is left open by accident";
    EXTRA_SCOPE_ELEMENT, "extra-scope-element",
        "the scope has more than three elements",
        "Cedar takes exactly `principal`, `action` and `resource`, so the rest would restrict nothing";
    RESERVED_IDENTIFIER, "reserved-identifier",
        "a keyword is used as a name",
        "words such as `if`, `in`, `is`, `like`, `has`, `true` and `false` have a meaning of their own";
    INVALID_IDENTIFIER, "invalid-identifier",
        "a name with characters that a name cannot have",
        "Cedar's names are letters, digits and `_` and do not begin with a digit";
    SINGLE_EQUALS, "single-equals",
        "`=` is used to compare",
        "Cedar has no assignment, and its comparison is `==`";
    INVALID_EFFECT, "invalid-effect",
        "a statement begins with a word other than `permit` or `forbid`",
        "without a known effect the statement can neither allow nor deny";
    INVALID_CONDITION, "invalid-condition",
        "a clause begins with a word other than `when` or `unless`",
        "without a known word it is open whether the condition must hold or must not";
    INVALID_SCOPE_VARIABLE, "invalid-scope-variable",
        "the scope names something other than `principal`, `action` or `resource`",
        "the scope knows only these three";
    INCORRECT_SCOPE_VARIABLE, "incorrect-scope-variable",
        "the scope's variables stand in the wrong order",
        "Cedar reads them by their place, so a swapped pair would restrict the wrong thing";
    INVALID_SCOPE_OPERATOR, "invalid-scope-operator",
        "an operator that the scope does not allow",
        "the scope is what policies are indexed by, so it takes only `==`, `in` and `is`";
    INVALID_ACTION_SCOPE_OPERATOR, "invalid-action-scope-operator",
        "an operator that the action's part of the scope does not allow",
        "actions are chosen by name or by group, so only `==` and `in` say which";
    IS_IN_ACTION_SCOPE, "is-in-action-scope",
        "`is` is used on the action in the scope",
        "the scope chooses actions by name or group and not by type";
    IS_WITH_EQUALS, "is-with-equals",
        "`is` and `==` are used together in the scope",
        "an entity that is known by its id has a known type too, so Cedar takes one or the other";
    INVALID_ACTION_TYPE, "invalid-action-type",
        "an entity in the action's place is no action",
        "only entities whose type is `Action`, in a namespace or not, are actions, so the policy could never apply";
    EMPTY_CONDITION, "empty-condition",
        "a `when` or `unless` clause without a condition",
        "it is open whether nothing was to be required or something was forgotten";
    MEMBERSHIP_INVARIANT, "membership-invariant",
        "Cedar's parser contradicts itself on a chain of accesses",
        "the statement is refused although the fault is the parser's";
    INVALID_STRING, "invalid-string",
        "something other than a string literal where one is needed",
        "Cedar must know the name while it reads the policy, so it cannot be computed";
    UNKNOWN_VARIABLE, "unknown-variable",
        "a name that is none of Cedar's variables",
        "a policy sees only `principal`, `action`, `resource` and `context`";
    INVALID_ATTRIBUTE_NAME, "invalid-attribute-name",
        "something that cannot name an attribute",
        "names are fixed when the policy is written, so they are identifiers or string literals";
    INVALID_HAS_OPERAND, "invalid-has-operand",
        "something other than an attribute after `has`",
        "`has` tests for a name that is fixed when the policy is written";
    NAMESPACED_ATTRIBUTE, "namespaced-attribute",
        "an attribute with a namespace",
        "attributes have plain names; only types, actions and functions have namespaces";
    METHOD_CALLED_AS_FUNCTION, "method-called-as-function",
        "a method is called like a function",
        "the value that it is about is left open, so it cannot be called";
    FUNCTION_CALLED_AS_METHOD, "function-called-as-method",
        "a function is called like a method",
        "it is called by its name alone and takes everything as arguments";
    INVALID_LIKE_PATTERN, "invalid-like-pattern",
        "something other than a string literal after `like`",
        "the pattern must be known when the policy is written";
    INVALID_IS_TYPE, "invalid-is-type",
        "something other than an entity type after `is`",
        "types are known when the policy is written, so they are written as plain names";
    UNEXPECTED_SCOPE_EXPRESSION, "unexpected-scope-expression",
        "an expression in the scope that is no entity",
        "the scope is what policies are indexed by, so it takes entities and slots alone";
    AMBIGUOUS_OPERATORS, "ambiguous-operators",
        "several comparisons in a row without parentheses",
        "it is open which of them comes first, and the answers differ";
    UNSUPPORTED_DIVISION, "unsupported-division",
        "numbers are divided",
        "Cedar has no division, because it would need an answer for zero and for remainders";
    UNSUPPORTED_MODULO, "unsupported-modulo",
        "a remainder is computed",
        "Cedar has no remainder, because it would need an answer for zero";
    DUPLICATE_RECORD_KEY, "duplicate-record-key",
        "a record names the same key twice",
        "a reader could not tell which of the two values holds";
    INTEGER_TOO_LARGE, "integer-too-large",
        "a number that does not fit a `Long`",
        "Cedar's numbers have 64 bits with a sign, and a silently changed limit would be worse than none";
    UNARY_OPERATOR_LIMIT, "unary-operator-limit",
        "more than four `!` or `-` in a row",
        "nobody can read it, and Cedar bounds it";
    VARIABLE_CALLED, "variable-called",
        "a variable is called like a function",
        "`principal`, `action`, `resource` and `context` are values and not functions";
    NO_METHODS, "no-methods",
        "a method is called on a name that has no methods",
        "the name is no value, so there is nothing to call the method on";
    UNKNOWN_METHOD, "unknown-method",
        "a method that Cedar does not have",
        "the condition could not be evaluated for any request";
    UNKNOWN_FUNCTION, "unknown-function",
        "a function that Cedar does not have",
        "the condition could not be evaluated for any request";
    INVALID_ENTITY_LITERAL, "invalid-entity-literal",
        "an entity is written with a record for its id",
        "an entity is known by its type and one string";
    EXPRESSION_CALLED, "expression-called",
        "the result of an expression is called like a function",
        "functions have names and are no values";
    INVALID_ACCESS, "invalid-access",
        "an attribute is read from a name that is no value",
        "only values have attributes, so nothing can be read";
    INVALID_INDEX, "invalid-index",
        "an attribute is read in brackets from a name that is no value",
        "only values have attributes, so nothing can be read";
    NON_STRING_INDEX, "non-string-index",
        "something other than a string in brackets",
        "Cedar must know the attribute's name while it reads the policy";
    TYPE_CONSTRAINT, "type-constraint",
        "a type is given with `:`",
        "Cedar tests types with `is`";
    NOT_NORMALIZED, "not-normalized",
        "a name is written with blanks or comments in it",
        "two spellings of one name would be two keys";
    EMPTY_NODE_INVARIANT, "empty-node-invariant",
        "Cedar's parser lost a part of the text",
        "the statement is refused although the fault is the parser's";
    WRONG_ARITY, "wrong-arity",
        "a method is called with too many or too few arguments",
        "the condition could not be evaluated for any request";
    INVALID_ESCAPE, "invalid-escape",
        "a backslash in a string is followed by something that is no escape",
        "the string's text is open, so nothing can be compared with it";
    WRONG_ENTITY_ARGUMENT, "wrong-entity-argument",
        "a set or a slot in the scope where a single entity must stand, or the reverse",
        "`==` takes one entity, only `action in` takes a set, and slots stand for a principal or a resource";
    INVALID_SLOT, "invalid-slot",
        "a template slot other than `?principal` and `?resource`",
        "a link can fill in only these two";
    RESERVED_NAMESPACE, "reserved-namespace",
        "a name with `__cedar` in it",
        "that namespace is kept for Cedar's own types";
    INVERTED_IS_IN, "inverted-is-in",
        "`in` comes before `is` in the scope",
        "Cedar reads the type first";
}
