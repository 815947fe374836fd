//! Access that rests on what the caller says of itself.

use super::{Check, PolicyContext, Run};
use crate::analysis::reads::{self, Read};
use crate::facts::{Effect, Polarity};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::{Attribute, Schema, Trust, TypeScope};

static RULE: Rule = Rule {
    code: "untrusted-context",
    severity: Severity::High,
    summary: "access rests on a context field that the caller supplies",
    why: "whoever asks can write into the request what the condition wants to read",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI4", "ASI03", "NIST SP 800-53r5 AC-3"],
    page: include_str!("untrusted_context.md"),
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
    let mut seen: Vec<String> = Vec::new();
    for clause in &p.clauses {
        // A forbid's `when` denies more the more a caller admits, so nobody gains by lying there.
        if p.effect.value == Effect::Forbid && !Polarity::of(clause).grants(Effect::Forbid) {
            continue;
        }
        for read in reads::of_context(&clause.body) {
            let Some(name) = callers(schema, scope, &read) else {
                continue;
            };
            if seen.contains(&name) {
                continue;
            }
            out.push(Finding::new(
                &RULE,
                read.at.span,
                format!(
                    "this {} rests on `context.{name}`, which the caller supplies",
                    p.effect.value.as_str()
                ),
                "read a field that the gateway derives or a token attests, or let the gateway verify this one",
            ));
            seen.push(name);
        }
    }
}

/// The field that the caller supplies among those that are read, as it is written behind `context`.
fn callers(schema: &Schema, scope: &TypeScope, read: &Read<'_>) -> Option<String> {
    reads::contexts(schema, scope).find_map(|context| {
        let fields = reads::fields(context, &read.path);
        fields.into_iter().find_map(|field| {
            let said = reads::on_the_way(context, &field);
            let says = |of: &&Attribute| of.annotations.get("trust").map(|word| Trust::read(word));
            let last = said.iter().rev().find_map(says);
            (last == Some(Trust::Caller)).then(|| field.join("."))
        })
    })
}
