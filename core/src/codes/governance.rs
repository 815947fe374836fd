//! Codes of what is wrong with the files of governance: `directory.yaml`, change records and `governance/*.cedar`.

use super::cedar_schema::rules;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

rules! {
    SYNTAX Error "governance/syntax",
        "a directory or change record that is no YAML or no JSON",
        "what cannot be read approves nothing, so nothing can be published",
        "repair the text at this place; nothing after it is read";
    UNSUPPORTED_YAML Error "governance/unsupported-yaml",
        "a directory or change record with an anchor, alias, merge key, tag or second document",
        "what a reviewer sees in the text must be all that counts",
        "write the value out";
    TOO_DEEP Error "governance/too-deep",
        "a directory or change record that nests deeper than it can be read",
        "deep nesting can exhaust the stack, so the rest is not read",
        "flatten the value";
    TOO_MUCH Error "governance/too-much",
        "a directory, change record or log with more entries than are read",
        "what is beyond the bound would not count",
        "split it, or remove what no longer matters";
    EMPTY Error "governance/empty",
        "a directory or change record that says nothing",
        "nobody could approve anything",
        "write its contents, or delete the file";
    DUPLICATE_KEY Error "governance/duplicate-key",
        "a key that appears twice in one mapping",
        "only one of the two takes effect, and a reviewer may have read the other",
        "delete one of them";
    UNKNOWN_KEY Error "governance/unknown-key",
        "a key that directories or change records do not have at this place",
        "a mistyped key has no effect",
        "correct the key, or delete it";
    MISSING_KEY Error "governance/missing-key",
        "something that a directory or change record must say and does not",
        "without it nobody could be held to account",
        "add the key that the message names";
    WRONG_TYPE Error "governance/wrong-type",
        "a value of another type than belongs there",
        "what is meant cannot be told, so it does not count",
        "write a value of the type that the message names";
    INVALID_VALUE Error "governance/invalid-value",
        "a value of the right type that is not allowed",
        "what is meant cannot be told, so it does not count",
        "write a value as the message says";
    UNKNOWN_NAME Error "governance/unknown-name",
        "a person, role or team that the directory does not have",
        "nobody stands behind a name that does not exist",
        "correct the name, or add it to the directory";
    SHARED_IDENTITY Error "governance/shared-identity",
        "two people of the directory with the same key or the same account",
        "one person could approve twice",
        "give each person a key and an account of their own";
    DELEGATION_CYCLE Error "governance/delegation-cycle",
        "delegations that lead back to where they began",
        "nobody would be accountable for what they decide",
        "remove one of them";
    UNKNOWN_NAMESPACE Medium "governance/unknown-namespace",
        "`owns` names a namespace that the schema does not have",
        "nobody is asked by it, and what was meant may be owned by nobody",
        "correct the name; where the directory serves several bundles, turn this code off in portcullis.yaml";
    RULE Error "governance/rule",
        "a rule of governance that Cedar refuses or that permits something",
        "a rule that cannot be evaluated refuses every change",
        "repair it; rules can only forbid";
}
