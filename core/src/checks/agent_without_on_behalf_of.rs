//! An agent that acts without anybody being asked for whom.

use super::{Check, PolicyContext, Run};
use crate::facts::{Expr, Var};
use crate::finding::{Finding, Severity};
use crate::analysis::reach::{Reach, paths_read};
use crate::rules::{Profile, Rule};
use crate::schema::{PrincipalKind, Type};
use crate::analysis::names::words;

static RULE: Rule = Rule {
    code: "agent-without-on-behalf-of",
    severity: Severity::High,
    summary: "an agent acts, and no condition asks for whom",
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
    let asks = paths_read(p)
        .into_iter()
        .any(|(expr, var, path)| tells_for_whom(&reach, expr, var, &path));
    if !asks {
        out.push(Finding::new(
            &RULE,
            p.principal.span,
            "this permit lets an agent act without asking on whose behalf",
            "compare an attested field such as `context.on_behalf_of` with whom the resource belongs to",
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
    let by_name = path.iter().any(|name| {
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
