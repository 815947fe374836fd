//! A label that guards access and may be absent.

use std::sync::Arc;

use super::{Check, Run, SchemaContext};
use crate::config::words::shown;
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "optional-security-label",
    severity: Severity::High,
    summary: "an attribute that guards access is optional",
    why: "what has no label slips past every forbid that tests it",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["ISO 27001:2022 A.5.12", "NIST SP 800-53r5 AC-3"],
    page: include_str!("optional_security_label.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Schema(run),
};

/// Attributes that are labels by their name alone, compared without `_` and case.
const LABELS: &[&str] = &[
    "classification", "confidentiality", "dataclass", "dataclassification", "securitylabel", "sensitivity",
    "sensitivitylabel", "securitylevel", "securityclassification",
];

fn run(cx: &SchemaContext<'_>, out: &mut Vec<(Arc<str>, Finding)>) {
    for (name, ty) in &cx.schema.entity_types {
        let is_resource = || {
            cx.schema.actions.values().any(|action| action.resources.contains(name))
        };
        for (attribute, declaration) in &ty.attributes {
            let Some(at) = declaration.declared.as_ref().filter(|_| !declaration.required) else {
                continue;
            };
            let by_name = || {
                let plain = attribute.replace('_', "").to_ascii_lowercase();
                LABELS.contains(&plain.as_str())
            };
            if declaration.annotations.contains_key("security_label") || (by_name() && is_resource()) {
                out.push((
                    Arc::clone(&at.file),
                    Finding::new(
                        &RULE,
                        at.span,
                        format!("the label {} of {} is optional", shown(attribute), shown(name)),
                        "make it required and give every entity a label, the strictest where nobody knows",
                    ),
                ));
            }
        }
    }
}
