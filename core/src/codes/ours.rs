//! The codes that are ours and not a check's: limits, files, configuration, suppressions and tests.

use crate::finding::Severity;
use crate::rules::{Profile, Rule};
use crate::source::Limit;

/// The rule that says that a limit is exceeded.
pub const fn limit(limit: Limit) -> &'static Rule {
    match limit {
        Limit::FileBytes => &LIMIT_FILE_BYTES,
        Limit::BundleBytes => &LIMIT_BUNDLE_BYTES,
        Limit::Files => &LIMIT_FILES,
        Limit::Statements => &LIMIT_STATEMENTS,
        Limit::NestingDepth => &LIMIT_NESTING_DEPTH,
        Limit::ChainLength => &LIMIT_CHAIN_LENGTH,
        Limit::ExpressionSize => &LIMIT_EXPRESSION_SIZE,
    }
}

/// One static for each rule, so that code can name it, and the list of all.
macro_rules! rules {
    ($($name:ident = $code:literal, $severity:ident, $profile:ident, $page:literal,
       $summary:literal, $why:literal, $refs:expr;)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $summary)]
            pub static $name: Rule = rules!(@ $code, $severity, $profile, $page, $summary, $why, $refs);
        )*
        /// The rules.
        pub static RULES: &[Rule] = &[
            $(rules!(@ $code, $severity, $profile, $page, $summary, $why, $refs)),*
        ];
    };
    (@ $code:literal, $severity:ident, $profile:ident, $page:literal, $summary:literal, $why:literal, $refs:expr) => {
        Rule {
            code: $code,
            severity: Severity::$severity,
            summary: $summary,
            why: $why,
            profile: Profile::$profile,
            suppressible: None,
            refs: $refs,
            page: include_str!(concat!("ours/", $page, ".md")),
        }
    };
}

rules! {
    LIMIT_FILE_BYTES = "limit/file-bytes", Error, Basic, "limit_file_bytes",
        "a file is larger than the limit",
        "a file that large is not read, so nothing in it is checked",
        &[];
    LIMIT_BUNDLE_BYTES = "limit/bundle-bytes", Error, Basic, "limit_bundle_bytes",
        "the files together are larger than the limit",
        "what lies beyond the limit is not read, so nothing in it is checked",
        &[];
    LIMIT_FILES = "limit/files", Error, Basic, "limit_files",
        "there are more files than the limit",
        "files beyond the limit are not read, so nothing in them is checked",
        &[];
    LIMIT_STATEMENTS = "limit/statements", Error, Basic, "limit_statements",
        "there are more policies than the limit",
        "policies beyond the limit are not read, so nothing in them is checked",
        &[];
    LIMIT_NESTING_DEPTH = "limit/nesting-depth", Error, Basic, "limit_nesting_depth",
        "a policy nests deeper than the limit",
        "deep nesting can exhaust the stack of whatever evaluates the policy, so it is not read",
        &[];
    LIMIT_CHAIN_LENGTH = "limit/chain-length", Error, Basic, "limit_chain_length",
        "a condition chains more operators than the limit",
        "a long chain can exhaust the stack of whatever evaluates the policy, so it is not read",
        &[];
    LIMIT_EXPRESSION_SIZE = "limit/expression-size", Error, Basic, "limit_expression_size",
        "a policy has more tokens than the limit",
        "a policy that large takes too long to check, and nobody can review it",
        &[];
    FILE_NOT_UTF8 = "file/not-utf8", Error, Basic, "file_not_utf8",
        "a file is not UTF-8",
        "the file cannot be read as text, so nothing in it is checked",
        &[];
    FILE_NUL_BYTE = "file/nul-byte", Error, Basic, "file_nul_byte",
        "a file has a NUL byte in it",
        "editors and reviews may hide what follows a NUL byte, and no bundle file has a use for one",
        &[];
    FILE_NOT_READ = "file/not-read", Error, Basic, "file_not_read",
        "a file that is plainly meant for the bundle has a name that is not read",
        "policies, guardrails or settings that everyone believes in force are missing, and another tool may read them",
        &["NIST SP 800-53r5 CM-3"];
    FILE_BYTE_ORDER_MARK = "file/byte-order-mark", Error, Basic, "file_byte_order_mark",
        "a policy or schema file starts with a byte order mark",
        "Cedar refuses the file, so the store or gateway that loads it has none of its policies",
        &[];
    FILE_UNKNOWN_KIND = "file/unknown-kind", Low, Basic, "file_unknown_kind",
        "a file's name says nothing of what it is",
        "the file is not read; with a mistyped name, policies in it are missing without a word",
        &[];
    FILE_NESTED_BUNDLE = "file/nested-bundle", High, Basic, "file_nested_bundle",
        "a folder below the root that is a bundle of its own",
        "all that lies below the root is one bundle: policies and schemas of different bundles are merged, and what a nested `portcullis.yaml` asks for has no effect",
        &[];
    ENTITIES_UNKNOWN_PARENT = "entities/unknown-parent", Medium, Basic, "entities_unknown_parent",
        "a parent that no file defines, though others of its type",
        "an entity is then in no group that anybody knows, so what the group is granted or forbidden does not reach it",
        &["NIST SP 800-53r5 AC-2"];
    CONFIG_SYNTAX = "config/syntax", Error, Basic, "config_syntax",
        "`portcullis.yaml` is not YAML",
        "what the parser cannot read does not take effect",
        &[];
    CONFIG_UNSUPPORTED_YAML = "config/unsupported-yaml", Error, Basic, "config_unsupported_yaml",
        "`portcullis.yaml` uses an anchor, alias, merge key, tag or second document",
        "what a reviewer sees in the text must be all that takes effect",
        &[];
    CONFIG_TOO_DEEP = "config/too-deep", Error, Basic, "config_too_deep",
        "`portcullis.yaml` nests deeper than 64 levels",
        "no setting is that deep, and deep nesting can exhaust the stack",
        &[];
    CONFIG_EMPTY = "config/empty", Low, Basic, "config_empty",
        "`portcullis.yaml` says nothing",
        "the defaults hold, which a reader of the file may not expect",
        &[];
    CONFIG_DUPLICATE_KEY = "config/duplicate-key", Error, Basic, "config_duplicate_key",
        "a key appears twice in one mapping",
        "readers disagree on which of the two counts, so one of them is not what somebody believes",
        &[];
    CONFIG_UNKNOWN_KEY = "config/unknown-key", Error, Basic, "config_unknown_key",
        "a key that `portcullis.yaml` does not have",
        "a mistyped setting has no effect, and nobody notices",
        &[];
    CONFIG_WRONG_TYPE = "config/wrong-type", Error, Basic, "config_wrong_type",
        "a value of the wrong type",
        "the value has no effect, and the default holds instead",
        &[];
    CONFIG_INVALID_VALUE = "config/invalid-value", Error, Basic, "config_invalid_value",
        "a value that is not allowed",
        "the value has no effect, and the default holds instead",
        &[];
    CONFIG_UNKNOWN_CHECK = "config/unknown-check", Error, Basic, "config_unknown_check",
        "a level for a check that does not exist",
        "the level has no effect, so the check that was meant runs as if nothing had been said",
        &[];
    CONFIG_UNKNOWN_NAME = "config/unknown-name", High, Basic, "config_unknown_name",
        "`portcullis.yaml` names what neither the schema nor the directory has",
        "a class of something that does not exist raises nothing, and an owner who does not exist approves nothing",
        &["ISO 27001:2022 A.5.12"];
    CONFIG_LOCKED_CHECK = "config/locked-check", Error, Basic, "config_locked_check",
        "a level for a finding that is always an error",
        "a bundle with such an error cannot be relied on, so no setting hides it",
        &["NIST SP 800-53r5 CM-3"];
    CONFIG_ABOVE_CEILING = "config/above-ceiling", Error, Basic, "config_above_ceiling",
        "a limit above its ceiling",
        "beyond the ceiling some door cannot check the bundle, and all doors must give the same answer",
        &[];
    SUPPRESSION_MALFORMED = "suppression/malformed", Medium, Basic, "suppression_malformed",
        "a suppression that cannot be read",
        "it suppresses nothing, although its author believes that it does",
        &[];
    SUPPRESSION_UNKNOWN_CODE = "suppression/unknown-code", Medium, Basic, "suppression_unknown_code",
        "a suppression of a check that does not exist",
        "it suppresses nothing, although its author believes that it does",
        &[];
    SUPPRESSION_NOT_ALLOWED = "suppression/not-allowed", Medium, Basic, "suppression_not_allowed",
        "a suppression of a finding that no comment can suppress",
        "Cedar's errors, secrets and limits count whatever a comment says",
        &[];
    SUPPRESSION_MISPLACED = "suppression/misplaced", Medium, Basic, "suppression_misplaced",
        "a suppression that does not stand above a policy",
        "only comments before a policy's first word count, so that a reviewer knows where to look",
        &[];
    SUPPRESSION_EXPIRED = "suppression/expired", Medium, Basic, "suppression_expired",
        "a suppression past its date",
        "it no longer suppresses anything; the exception has run out",
        &["NIST CSF 2.0 ID.RA-07"];
    SUPPRESSION_UNUSED = "suppression/unused", Low, Governed, "suppression_unused",
        "a suppression that suppresses nothing",
        "it would hide the finding without a word if it came back",
        &[];
    BARE_SUPPRESSION = "bare-suppression", Medium, Basic, "bare_suppression",
        "a suppression without a reason or without a date",
        "nobody can tell why the exception exists, or when it ends",
        &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 CM-3"];
    TESTS_BELOW_THRESHOLD = "tests/below-threshold", Error, Basic, "tests_below_threshold",
        "the policy tests reach less than `portcullis.yaml` asks for",
        "what no case reaches can change without any test noticing",
        &["NIST SP 800-53r5 CM-3(2)", "NIST SP 800-53r5 SA-11"];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_pages_are_unique_and_belong_together() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        for rule in RULES {
            assert_eq!(
                rule.page.lines().next(),
                Some(format!("# {}", rule.code).as_str())
            );
            assert!(rule.page.contains("```"), "{} has no example", rule.code);
        }
    }

    #[test]
    fn texts_are_in_house_style() {
        for text in RULES.iter().flat_map(|rule| [rule.summary, rule.why]) {
            assert!(!text.ends_with('.'), "{text}");
            assert!(
                text.starts_with(|c: char| c.is_lowercase() || c == '`')
                    || text.starts_with("Cedar"),
                "{text}"
            );
        }
    }

    #[test]
    fn every_limit_has_its_code() {
        for each in Limit::ALL {
            let code = format!("limit/{}", each.key().replace('_', "-"));
            assert_eq!(limit(each).code, code);
        }
    }
}
