//! `deleteX` classed as reading.

use std::sync::Arc;

use super::{Check, Run, SchemaContext};
use crate::config::words::shown;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::Access;
use crate::analysis::verbs::least_access;

static RULE: Rule = Rule {
    code: "name-against-class",
    severity: Severity::High,
    summary: "an action's name speaks of more than its class",
    why: "checks, tiers and reviewers go by the class, so that a wrong one lets a dangerous grant pass as harmless",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["ISO 27001:2022 A.5.12", "NIST SP 800-53r5 AC-6"],
    page: include_str!("name_against_class.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Schema(run),
};

fn run(cx: &SchemaContext<'_>, out: &mut Vec<(Arc<str>, Finding)>) {
    for (entity, action) in &cx.schema.actions {
        let (Some(at), Some(class), Some(least)) =
            (&action.declared, cx.schema.access(entity), least_access(&entity.id))
        else {
            continue;
        };
        // What deletes may still be undone (`write`), and what is looked at may count as listed.
        let contradicts = match least {
            Access::PrivilegeManagement => class < Access::PrivilegeManagement,
            Access::Destructive | Access::Write => class < Access::Write,
            Access::List | Access::Read => false,
        };
        if contradicts {
            out.push((
                Arc::clone(&at.file),
                Finding::new(
                    &RULE,
                    at.span,
                    format!("the action {} is classed as `{}`", shown(&entity.id), class.as_str()),
                    format!("class it as `@access(\"{}\")`, or rename it to what it does", least.as_str()),
                ),
            ));
        }
    }
}
