//! A permit on what is most protected that comes from no approved template.

use super::{Check, PolicyContext, Run};
use crate::config::words::shown;
use crate::finding::{Finding, Severity};
use crate::metadata;
use crate::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::{Access, Sensitivity};

static RULE: Rule = Rule {
    code: "freeform-high-risk",
    severity: Severity::Error,
    summary: "a permit to change restricted or regulated data comes from no approved template",
    why: "a condition that somebody wrote by hand for the most protected data has not been reviewed as a template has",
    profile: Profile::Regulated,
    suppressible: true,
    refs: &["NIST SP 800-53r5 CM-3", "PCI DSS 4.0.1 7.2.2"],
    page: include_str!("freeform_high_risk.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let Some((schema, scope)) = cx.schema else {
        return;
    };
    if !p.is_permit() || p.is_template() || metadata::said(p, "template").is_some() {
        return;
    }
    let reach = Reach::new(p, schema, scope);
    if reach.access().is_none_or(|access| access < Access::Write) {
        return;
    }
    let protected = reach.resources.iter().find_map(|ty| {
        if let Some(by) = schema.type_annotation(ty, "regulated") {
            Some((*ty, format!("is regulated ({})", shown(by))))
        } else if schema.sensitivity(ty) == Some(Sensitivity::Restricted) {
            Some((*ty, "is restricted".to_owned()))
        } else {
            None
        }
    });
    if let Some((ty, how)) = protected {
        out.push(Finding::new(
            &RULE,
            p.effect.span,
            format!("this permit to change `{ty}`, which {how}, names no template"),
            "draft it from an approved template and name that in `@template(\"…\")`",
        ));
    }
}
