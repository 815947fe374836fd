//! `@expires` that no condition enforces.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::add_clause;
use crate::analysis::expiry::{self, Expiry};
use crate::finding::{Finding, Fix, Severity};
use crate::analysis::names;
use crate::schema::{Attribute, Schema, Type, TypeScope};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "expiry-not-enforced",
    severity: Severity::High,
    summary: "no condition enforces `@expires`",
    why: "annotations never affect a decision, so the access goes on after the date",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2"],
    page: include_str!("expiry_not_enforced.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let policy = cx.policy;
    let Some(annotation) = policy.annotation("expires") else {
        return;
    };
    let Some(expiry) = expiry::annotated(policy) else {
        out.push(Finding::new(
            &RULE,
            annotation.span,
            format!(
                "`{}` does not name a date",
                policy.at(annotation.span)
            ),
            "write a date as `2027-01-31` or a time as `2027-01-31T18:00:00Z`, and enforce it in a condition",
        ));
        return;
    };
    if expiry::enforced(policy).is_some() {
        return;
    }
    let found = Finding::new(
        &RULE,
        expiry.span,
        format!("no condition ends the policy on `{}`", expiry.text),
        "add a condition that compares the time of the request with the date",
    );
    let clause = cx
        .schema
        .and_then(|(schema, scope)| clock(schema, scope))
        .and_then(|clock| enforcing_clause(&clock, &expiry));
    out.push(match clause {
        Some(clause) => found.fix(Fix::safe(
            format!("add `{clause}`"),
            vec![add_clause(policy, &clause)],
        )),
        None => found,
    });
}

/// The field of the context that holds the time of every request in the scope.
fn clock(schema: &Schema, scope: &TypeScope) -> Option<String> {
    let mut contexts = scope
        .actions
        .iter()
        .map(|action| schema.actions.get(action).map(|action| &action.context));
    let is_clock = |name: &str, attribute: &Attribute| {
        attribute.required
            && attribute.ty == Type::Extension("datetime".to_owned())
            && names::is_clock(name)
    };
    let first = contexts.next()??;
    let others: Vec<_> = contexts.collect::<Option<_>>()?;
    first
        .iter()
        .find(|(name, attribute)| {
            is_clock(name, attribute)
                && others
                    .iter()
                    .all(|fields| fields.get(*name).is_some_and(|a| is_clock(name, a)))
        })
        .map(|(name, _)| name.clone())
}

fn enforcing_clause(clock: &str, expiry: &Expiry<'_>) -> Option<String> {
    let is_name = clock
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_date = expiry.text.len() == 10;
    let is_utc = expiry.text.len() == 20 && expiry.text.ends_with('Z');
    let date = expiry.text;
    match (is_name, is_date, is_utc) {
        (true, true, _) => Some(format!(
            "when {{ context.{clock}.toDate() <= datetime(\"{date}\") }}"
        )),
        (true, _, true) => Some(format!("when {{ context.{clock} < datetime(\"{date}\") }}")),
        _ => None,
    }
}
