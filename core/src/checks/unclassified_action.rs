//! An action without an access class.

use std::sync::Arc;

use super::{Check, Run, SchemaContext};
use crate::config::words::shown;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::analysis::verbs::least_access;

static RULE: Rule = Rule {
    code: "unclassified-action",
    severity: Severity::Medium,
    summary: "nothing gives an action an access class",
    why: "nothing can be said of the risk of granting it, so every policy about it counts as the riskiest",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["ISO 27001:2022 A.5.12", "NIST SP 800-53r5 RA-3"],
    page: include_str!("unclassified_action.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Schema(run),
};

fn run(cx: &SchemaContext<'_>, out: &mut Vec<(Arc<str>, Finding)>) {
    for (entity, action) in &cx.schema.actions {
        let Some(at) = &action.declared else {
            continue;
        };
        if !action.is_requestable() || cx.schema.access(entity).is_some() {
            continue;
        }
        let help = match least_access(&entity.id) {
            Some(class) => format!("write `@access(\"…\")` above it; its name speaks of `{}`", class.as_str()),
            None => "write `@access(\"…\")` above it: `list`, `read`, `write`, `destructive` or `privilege_management`".to_owned(),
        };
        out.push((
            Arc::clone(&at.file),
            Finding::new(&RULE, at.span, format!("the action {} has no class", shown(&entity.id)), help),
        ));
    }
}
