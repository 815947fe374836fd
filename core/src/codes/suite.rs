//! Codes of what is wrong with policy tests: `*.test.yaml` and `*.test.json`.

use super::cedar_schema::rules;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

rules! {
    SYNTAX Error "suite/syntax",
        "a suite that is no YAML or no JSON",
        "what cannot be read is not tested",
        "repair the text at this place; nothing after it is read";
    UNSUPPORTED_YAML Error "suite/unsupported-yaml",
        "a suite with an anchor, alias, merge key, tag or second document",
        "what a reviewer sees in the text must be all that is tested",
        "write the value out; `extends` takes over what another fixture, entity or context says";
    TOO_DEEP Error "suite/too-deep",
        "a suite that nests deeper than it can be read",
        "deep nesting can exhaust the stack, so the rest is not read",
        "flatten the value";
    TOO_MUCH Error "suite/too-much",
        "a suite with more cases or entities than can be run",
        "what is beyond the bound is not tested",
        "split the suite, list fewer rows and columns in a table, or share fixtures between cases";
    EMPTY Error "suite/empty",
        "a suite without any case",
        "it passes whatever the policies say",
        "write `cases` or `tables`, or delete the file";
    DUPLICATE_KEY Error "suite/duplicate-key",
        "a key that appears twice in one mapping",
        "only one of the two takes effect",
        "delete one of them";
    UNKNOWN_KEY Error "suite/unknown-key",
        "a key that suites do not have at this place",
        "a mistyped key has no effect, and the case tests something else than it seems to",
        "correct the key, or delete it";
    MISSING_KEY Error "suite/missing-key",
        "a case, table or entity without something that it must say",
        "there is nothing to run, so nothing is tested",
        "add the key that the message names";
    WRONG_TYPE Error "suite/wrong-type",
        "a value of another type than belongs there, by the format or by the schema",
        "the request or the entity could not exist, so the case says nothing about the policies",
        "write a value of the type that the message names";
    INVALID_VALUE Error "suite/invalid-value",
        "a value of the right type that is not allowed",
        "the case cannot be run",
        "write a value as the message says";
    DUPLICATE_CASE Error "suite/duplicate-case",
        "two cases of a suite with the same name",
        "a report could not tell them apart",
        "rename one of the two; the second is not run until then";
    UNKNOWN_NAME Error "suite/unknown-name",
        "a fixture, context, entity or policy that the suite refers to and that does not exist",
        "a case that names nobody is denied for the wrong reason",
        "correct the name, or define it";
    AMBIGUOUS_NAME Error "suite/ambiguous-name",
        "a short name that more than one action, entity type or entity has",
        "it is unclear which of them the case is about",
        "write it in full, as in `App::Action::\"view\"`";
    CYCLE Error "suite/cycle",
        "fixtures, contexts or entities that extend each other in a circle",
        "none of them has a beginning to inherit from",
        "remove one of the `extends`";
    MISSING_FILE Error "suite/missing-file",
        "a file of entities, or of a context, that the bundle does not have",
        "cases would run without what they are about",
        "correct the path, which counts from the suite's folder, or add the file to the bundle";
    FIXTURE_FILE Error "suite/fixture-file",
        "a file of entities, or of a context, that cannot be read",
        "cases would run without what they are about",
        "repair the file: it is a JSON array of entities, or a JSON object of a context, in Cedar's format";
    UNDECLARED Error "suite/undeclared",
        "an entity type, an action, an attribute or a context key that the schema does not declare",
        "no such request can come, so the case proves nothing",
        "correct the name, or declare it in the schema";
    MISSING_VALUE Error "suite/missing-value",
        "a required attribute or context key that is not given",
        "no such request can come, and a policy that reads the value would fail",
        "give it a value, or make it optional in the schema";
    INVALID_ID Error "suite/invalid-id",
        "an id that its enumerated entity type does not have",
        "no such entity can exist",
        "use one of the ids that the schema lists";
    NOT_APPLICABLE Error "suite/not-applicable",
        "a principal or resource to which the schema does not let the action apply",
        "the request is refused before any policy sees it, so the case proves nothing",
        "use an entity of a type that the message names, or correct the schema";
    IMPOSSIBLE Error "suite/impossible-expectation",
        "an expectation that no decision can meet",
        "the case fails whatever the policies say",
        "expect what the schema and the decision allow";
    MISSING_ENTITY Error "suite/missing-entity",
        "a principal or resource that is in no fixture, although its type has required attributes",
        "every policy that reads an attribute of it would fail, and the case be denied for that reason",
        "add the entity to a fixture that the case uses";
    UNUSED Low "suite/unused",
        "a fixture or named context that no case uses",
        "who reads the suite takes what it describes for tested",
        "let a case use it, or delete it";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_of_suites() {
        let mut codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RULES.len());
        assert!(codes.iter().all(|code| code.starts_with("suite/")));
    }
}
