//! Permits whose restriction is void where an attribute is missing.

use super::{Check, Run};
use crate::analysis::optional_guard::{Words, proved, unproved};
use crate::facts::Effect;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "permit-unless-optional",
    severity: Severity::High,
    summary: "a permit restricts nothing where an optional attribute is missing",
    why: "whatever nobody has flagged is allowed, so the restriction fails open",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "ISO 27001:2022 A.5.12"],
    page: include_str!("permit_unless_optional.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::PolicyOrSet {
        policy: |cx, out| {
            if cx.policy.is_permit() {
                unproved(cx, &WORDS, out);
            }
        },
        set: |cx, out| proved(cx, Effect::Permit, &WORDS, out),
    },
};

static WORDS: Words = Words {
    rule: &RULE,
    does: "this permit allows",
    help: "say in `when` which value is allowed, so that a missing one is not, or make the attribute required",
};
