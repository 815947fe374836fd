//! Protected classes without any forbid.

use super::{Check, SetContext, Run};
use super::Member;
use crate::facts::Entity;
use crate::finding::{Finding, Severity};
use crate::schema::{Access, Sensitivity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "no-guardrail",
    severity: Severity::Medium,
    summary: "a protected class has no forbid",
    why: "without a forbid one permit too many is all it takes to open what needs protection most",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("no_guardrail.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    let Some(schema) = cx.schema else {
        return;
    };
    let mut classes: Vec<Class<'_>> = schema
        .entity_types
        .iter()
        .filter_map(|(name, ty)| {
            let why = if schema.sensitivity(name) == Some(Sensitivity::Restricted) {
                "restricted"
            } else if ty.annotations.contains_key("regulated") {
                "regulated"
            } else {
                return None;
            };
            Some(Class::Resource(name, why))
        })
        .collect();
    classes.extend(
        schema
            .actions
            .keys()
            .filter(|action| schema.access(action) == Some(Access::PrivilegeManagement))
            .map(Class::Action),
    );
    // Forbids are few, and in a well-guarded set no class is left after them.
    for member in cx.policies.iter().filter(|m| !m.policy.is_permit()) {
        classes.retain(|class| !class.is_in(member));
    }
    for class in classes {
        let granted = cx
            .policies
            .iter()
            .position(|member| member.policy.is_permit() && class.is_in(member));
        let Some((index, member)) = granted.and_then(|i| Some((i, cx.policies.get(i)?))) else {
            continue;
        };
        let policy = member.policy;
        let (span, message) = match class {
            Class::Resource(name, why) => (
                policy.resource.span,
                format!("`{name}` is {why}, it is granted here, and no forbid covers it"),
            ),
            Class::Action(action) => (
                policy.action.span,
                format!("`{action}` manages privileges, it is granted here, and no forbid covers it"),
            ),
        };
        out.push((
            index,
            Finding::new(
                &RULE,
                span,
                message,
                "add a forbid that states what must hold for every access, as `forbid … unless { context.mfa }`",
            ),
        ));
    }
}

#[derive(Clone, Copy)]
enum Class<'a> {
    Resource(&'a str, &'static str),
    Action(&'a Entity),
}

impl Class<'_> {
    fn is_in(self, member: &Member<'_>) -> bool {
        match self {
            Self::Resource(name, _) => member.scope.resources.contains(name),
            Self::Action(action) => member.scope.actions.contains(action),
        }
    }
}
