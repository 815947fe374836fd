#![expect(clippy::unwrap_used, reason = "tests")]

use crate::report::Report;
use crate::{Instant, Workspace};

fn check(schema: &str, policies: &str) -> Report {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert_eq!(workspace.counters().unconfirmed, 0);
    report
}

fn messages(report: &Report, code: &str) -> Vec<String> {
    let of = report.findings.iter().filter(|f| f.rule.code == code);
    of.map(|finding| finding.message.clone()).collect()
}

const SCHEMA: &str = "entity Team; entity User in [Team] { active: Bool, limit: Long }; entity Doc { state: String, locked: Bool, fee: Long };
action view, edit appliesTo { principal: User, resource: Doc, context: { amount: Long } };";

#[test]
fn a_clause_that_never_holds_restricts_nothing() {
    let report = check(
        SCHEMA,
        r#"permit (principal, action == Action::"view", resource) when { principal.active }
        unless { resource.state like "draft*" && !(resource.state like "*f*") };"#,
    );
    assert_eq!(report.summary.proofs.undecided, 0);
    assert_eq!(messages(&report, "always-true").len(), 1);
}

#[test]
fn an_overflow_has_an_example() {
    let report = check(
        SCHEMA,
        r#"forbid (principal, action == Action::"view", resource) when { context.amount + resource.fee > principal.limit };"#,
    );
    let found = messages(&report, "forbid-may-error");
    assert!(
        found
            .iter()
            .all(|message| message.contains("; for example where `context.amount` is")),
        "{found:?}"
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn a_link_that_forbids_is_not_overlooked() {
    let policies = r#"permit (principal, action == Action::"view", resource);
        @id("t") forbid (principal == ?principal, action == Action::"view", resource);"#;
    let found = |links: Option<&str>| {
        let mut workspace = Workspace::new();
        workspace
            .set_file("s.cedarschema", SCHEMA.as_bytes())
            .unwrap();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        if let Some(links) = links {
            workspace
                .set_file("a.links.json", links.as_bytes())
                .unwrap();
        }
        let report = workspace.check(Instant::parse("2026-11-21").unwrap());
        messages(&report, "allows-everything").len()
    };
    assert_eq!(found(None), 1);
    let link = r#"[{"template_id": "t", "link_id": "l", "args": {"?principal": "User::\"bob\""}}]"#;
    assert_eq!(found(Some(link)), 0);
}

#[test]
fn a_policy_of_many_kinds_of_request_leaves_questions_open_and_says_so() {
    let actions: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let schema = format!(
        "entity User; entity Doc; action {} appliesTo {{ principal: User, resource: Doc, context: {{ n: Long }} }};",
        actions.join(", ")
    );
    let report = check(
        &schema,
        "permit (principal, action, resource) when { context.n > 5 && (context.n < 3 || context.n < 2) };",
    );
    assert!(report.summary.proofs.undecided > 0);
    assert_eq!(messages(&report, "contradiction").len(), 0);
}
