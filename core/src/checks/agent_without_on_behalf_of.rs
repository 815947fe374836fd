//! An agent that acts without anybody being asked for whom.

use super::{Check, PolicyContext, Run};
use crate::facts::{Expr, Var};
use crate::finding::{Finding, Severity};
use crate::analysis::reach::{Reach, paths_read};
use crate::analysis::stranger::{self, Subject};
use crate::rules::{Profile, Rule};
use crate::schema::{Attribute, PrincipalKind, Type};
use crate::analysis::names::words;

static RULE: Rule = Rule {
    code: "agent-without-on-behalf-of",
    severity: Severity::High,
    summary: "an agent acts, and no condition restricts on whose behalf",
    why: "the agent then has one set of permissions for everybody it works for, and whoever steers it gets all of them",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["ASI03", "NHI5", "NIST SP 800-53r5 AC-6"],
    page: include_str!("agent_without_on_behalf_of.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let Some(reach) = Reach::of_permit(cx) else {
        return;
    };
    if !reach.only(|kind| kind == PrincipalKind::Agent) || reach.is_public_reading() {
        return;
    }
    let told: Vec<(&Expr, Var, Vec<&str>)> = (paths_read(p).into_iter())
        .filter(|(expr, var, path)| tells_for_whom(&reach, expr, *var, path))
        .collect();
    // To read the field is not enough: some person must be left out by it.
    let binds = told.iter().any(|(expr, var, path)| {
        let mut types = reach.schema.types(expr, reach.scope);
        types.dedup();
        let is_optional = |of: &Attribute| !of.required;
        let optional = reach.schema.attributes(expr, reach.scope).into_iter().any(is_optional);
        !types.is_empty()
            && types.into_iter().all(|ty| {
                let subject = Subject {
                    var: *var,
                    path: path.iter().map(|name| (*name).to_owned()).collect(),
                    ty,
                    is_optional: optional,
                };
                stranger::leaves_out(p, reach.schema, &subject)
            })
    });
    if !binds {
        let (message, help) = match told.first() {
            None => (
                "this permit lets an agent act without asking on whose behalf".to_owned(),
                "compare an attested field such as `context.on_behalf_of` with whom the resource belongs to",
            ),
            Some((expr, ..)) => (
                format!(
                    "this permit reads `{}`, but lets the agent act on behalf of anyone",
                    p.at(expr.span)
                ),
                "require it in every case, as in `context.on_behalf_of == resource.owner`",
            ),
        };
        out.push(Finding::new(
            &RULE,
            p.principal.span,
            message,
            help,
        ));
    }
}

/// An attribute of the request or the agent that is a person, or is called so.
fn tells_for_whom(reach: &Reach<'_>, expr: &Expr, var: Var, path: &[&str]) -> bool {
    const NAMES: &[&[&str]] = &[
        &["on", "behalf", "of"],
        &["obo"],
        &["acting", "for"],
        &["delegator"],
        &["delegated", "by"],
        &["initiator"],
        &["requester"],
        &["requested", "by"],
        &["sponsor"],
        &["subject"],
        &["end", "user"],
        &["invoked", "by"],
    ];
    if !matches!(var, Var::Context | Var::Principal) {
        return false;
    }
    let by_name = path.last().is_some_and(|name| {
        let words = words(name);
        NAMES
            .iter()
            .any(|meant| words.windows(meant.len()).any(|part| part.iter().eq(meant.iter())))
    });
    by_name
        || reach.schema.types(expr, reach.scope).iter().any(|ty| {
            matches!(ty, Type::Entity(name) if reach.schema.principal_kind(name) == Some(PrincipalKind::Human))
        })
}
