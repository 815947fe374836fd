//! Codes of what is wrong with template links in the Cedar CLI's format.

use super::rules;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

rules! {
    JSON_SYNTAX Error "cedar/links-json-syntax",
        "a links file that is no JSON",
        "none of its links takes effect",
        "repair the JSON at this place; comments and trailing commas are not allowed";
    JSON_TOO_DEEP Error "cedar/links-json-too-deep",
        "JSON that is nested deeper than it can be read",
        "none of the file's links takes effect",
        "a link needs three levels";
    VALUE Error "cedar/links-value",
        "a value of the wrong kind of JSON",
        "the link does not take effect",
        "a links file is an array of objects with `template_id`, `link_id` and `args`";
    UNKNOWN_KEY Error "cedar/links-unknown-key",
        "a key that links do not have",
        "what stands under it would be ignored",
        "use `template_id`, `link_id` or `args`";
    MISSING_KEY Error "cedar/links-missing-key",
        "a link without `template_id`, `link_id` or `args`",
        "the link does not take effect",
        "add the key";
    DUPLICATE_KEY Error "cedar/links-duplicate-key",
        "the same key twice in one link",
        "it would be unclear which one counts",
        "remove one of them";
    UNKNOWN_TEMPLATE Error "cedar/links-unknown-template",
        "a link to a template that the bundle does not have",
        "the link grants or denies nothing",
        "use a template's `@id`, or its position as `policy0`";
    NOT_A_TEMPLATE Error "cedar/links-not-a-template",
        "a link to a policy without slots",
        "only templates can be linked",
        "link a template, or put a slot into the policy";
    UNKNOWN_SLOT Error "cedar/links-unknown-slot",
        "a value for a slot that Cedar does not have",
        "the slots are `?principal` and `?resource`",
        "correct the name";
    EXTRA_SLOT Error "cedar/links-extra-slot",
        "a value for a slot that the template does not have",
        "the author believed that the value narrows the policy, and it does not",
        "remove it, or add the slot to the template";
    MISSING_SLOT Error "cedar/links-missing-slot",
        "a slot of the template without a value",
        "the link does not take effect",
        "add the slot to `args`";
    INVALID_ENTITY Error "cedar/links-invalid-entity",
        "a slot's value that is no entity",
        "the link does not take effect",
        "write the entity as in a policy: `User::\"alice\"`";
    DUPLICATE_ID Error "cedar/links-duplicate-id",
        "two links, or a link and a policy, with the same id",
        "a decision could not say which of them determined it",
        "rename one of them";
    TYPE Error "cedar/links-type",
        "a slot's value that does not fit the schema",
        "the linked policy could never apply, or would fail",
        "use an entity of a type that the template and the schema admit";
}
