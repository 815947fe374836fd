//! One machine's identity in two applications.

use std::collections::BTreeMap;

use super::{Check, Run, SetContext};
use crate::facts::{Entity, EntityConstraint, EntityOrSlot};
use crate::finding::{Finding, Place, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::PrincipalKind;
use crate::source::Span;

static RULE: Rule = Rule {
    code: "identity-reuse",
    severity: Severity::Medium,
    summary: "one identity of a service serves two applications",
    why: "whoever takes over one application holds the other as well, and no log tells which of the two acted",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI9", "NHI8"],
    page: include_str!("identity_reuse.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let mut first: BTreeMap<&Entity, (&str, usize, Span)> = BTreeMap::new();
    for (at, member) in cx.policies.iter().enumerate() {
        let p = member.policy;
        let EntityConstraint::Eq(EntityOrSlot::Entity(principal)) = &p.principal.value else {
            continue;
        };
        if !p.is_permit() || !is_machine(cx, &principal.value) {
            continue;
        }
        for action in p.action.value.entities() {
            let Some(application) = application(&action.value) else {
                continue;
            };
            let (known, other, span) =
                *first
                    .entry(&principal.value)
                    .or_insert((application, at, principal.span));
            if known != application {
                let finding = Finding::new(
                    &RULE,
                    principal.span,
                    format!("`{}` acts in `{application}` and in `{known}`", p.at(principal.span)),
                    "give each application an identity of its own",
                );
                out.push((at, finding.label(Place::Statement(other, span), format!("acts in `{known}` here"))));
                break;
            }
        }
    }
}

/// The namespace of an action: `Payments` of `Payments::Action::"view"`.
fn application(action: &Entity) -> Option<&str> {
    action.ty.strip_suffix("::Action")
}

/// By the schema's class or, where there is none, by the type's name.
fn is_machine(cx: &SetContext<'_>, principal: &Entity) -> bool {
    const NAMES: &[&str] = &["Service", "ServiceAccount", "Workload", "Agent", "Bot", "Machine", "Daemon"];
    match cx.schema.and_then(|schema| schema.principal_kind(&principal.ty)) {
        Some(kind) => PrincipalKind::is_machine(kind),
        None => NAMES.contains(&principal.ty.rsplit("::").next().unwrap_or_default()),
    }
}
