//! Forbids that let pass what nobody has labelled.

use super::{Check, Run};
use crate::analysis::optional_guard::{Words, proved, unproved};
use crate::facts::Effect;
use crate::finding::Severity;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "forbid-guarded-by-has",
    severity: Severity::High,
    summary: "a forbid does not deny where an optional attribute is missing",
    why: "whatever nobody has labelled is treated as harmless, so the forbid fails open",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "ISO 27001:2022 A.5.12"],
    page: include_str!("forbid_guarded_by_has.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::PolicyOrSet {
        policy: |cx, out| {
            if !cx.policy.is_permit() {
                unproved(cx, &WORDS, out);
            }
        },
        set: |cx, out| proved(cx, Effect::Forbid, &WORDS, out),
    },
};

static WORDS: Words = Words {
    rule: &RULE,
    does: "this forbid does not deny",
    help: "say in `unless` what is let through, so that a missing value is denied, or make the attribute required",
};
