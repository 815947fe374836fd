//! A machine whose workload or token nobody looks at.

use super::{Check, PolicyContext, Run};
use crate::facts::Var;
use crate::finding::{Finding, Severity};
use crate::analysis::reach::{Reach, paths_read};
use crate::rules::{Profile, Rule};
use crate::schema::{Access, PrincipalKind, Sensitivity};
use crate::analysis::names::words;

static RULE: Rule = Rule {
    code: "workload-unattested",
    severity: Severity::Medium,
    summary: "a machine acts, and no condition asks for attestation or the age of its token",
    why: "a stolen credential then works from anywhere for as long as it lives",
    profile: Profile::Regulated,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI4", "NHI7", "NIST CSF 2.0 PR.AA-01"],
    page: include_str!("workload_unattested.md"),
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
    let matters = reach.access().is_some_and(|access| access >= Access::Write)
        || reach.sensitivity().is_some_and(|s| s >= Sensitivity::Confidential);
    if !matters || !reach.only(PrincipalKind::is_machine) {
        return;
    }
    let asks = paths_read(p).into_iter().any(|(_, var, path)| {
        matches!(var, Var::Context | Var::Principal) && path.iter().any(|name| is_proof(name))
    });
    if !asks {
        out.push(Finding::new(
            &RULE,
            p.principal.span,
            "this permit for machines asks neither for attestation nor for the age of the token",
            "test an attested field such as `context.workload_attested` or `context.token_lifetime_minutes`",
        ));
    }
}

/// Whether a name speaks of a proof of the workload or of how long its credential lives.
fn is_proof(name: &str) -> bool {
    const PROOFS: &[&str] = &[
        "attested", "attestation", "mtls", "spiffe", "svid", "enclave", "tpm", "iat", "exp", "cnf", "dpop",
    ];
    const OF_TOKENS: &[&str] = &["token", "credential", "session", "certificate", "cert", "key"];
    const LIVES: &[&str] = &["age", "lifetime", "ttl", "expiry", "expires", "expiration", "issued", "minutes", "seconds", "bound"];
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(PROOFS) || has(OF_TOKENS) && has(LIVES)
}
