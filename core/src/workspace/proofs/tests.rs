#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use super::Ground;
use crate::report::Report;
use crate::{Instant, Workspace};

/// What proofs rest on under a schema.
pub(super) fn ground(schema: &str) -> Arc<Ground> {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    workspace.relations();
    workspace.schema.ground.clone().unwrap()
}

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

const NEVER: &str = "permit (principal, action, resource) when { context.n > 5 && (context.n < 3 || context.n < 2) };";

fn names(prefix: &str, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|n| format!("{prefix}{n}")).collect();
    names.join(", ")
}

#[test]
fn kinds_of_request_that_are_one_to_a_policy_are_asked_once() {
    let schema = |actions: usize| {
        format!(
            "entity User; entity Doc; action {} appliesTo {{ principal: User, resource: Doc, context: {{ n: Long }} }};",
            names("a", actions)
        )
    };
    let (few, many) = (check(&schema(2), NEVER), check(&schema(40), NEVER));
    assert_eq!(messages(&many, "contradiction").len(), 1);
    assert_eq!(many.summary.proofs.undecided, 0);
    assert_eq!(many.summary.proofs.asked, few.summary.proofs.asked);
}

#[test]
fn a_policy_of_too_many_kinds_of_request_leaves_questions_open_and_says_so() {
    let schema = |types: usize| {
        format!(
            "entity {} {{ n: Long }}; entity {} {{ n: Long }}; action view appliesTo {{ principal: [{}], resource: [{}] }};",
            names("U", types),
            names("D", types),
            names("U", types),
            names("D", types)
        )
    };
    let policy = "permit (principal, action, resource) when { principal.n > 5 && resource.n > 5 && (principal.n < 3 || principal.n < 2) };";
    let report = check(&schema(9), policy);
    assert_eq!(report.summary.proofs.undecided, 0);
    assert_eq!(messages(&report, "contradiction").len(), 1);
    let report = check(&schema(15), policy);
    assert!(report.summary.proofs.undecided > 0);
    assert_eq!(messages(&report, "contradiction").len(), 0);
}

/// What is found of links, as code, line and message.
fn of_links(policies: &str, links: &str) -> Vec<String> {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    workspace
        .set_file("a.links.json", links.as_bytes())
        .unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    assert_eq!(workspace.counters().unconfirmed, 0);
    let about = |code: &str| code.ends_with("-shadowed") || code.ends_with("-overridden");
    let found = report.findings.iter().filter(|f| about(f.rule.code));
    let found = found.map(|f| {
        let labels: Vec<&str> = f.labels.iter().map(|label| &*label.file).collect();
        let line = f.range.start.line;
        format!(
            "{} {}:{line} {} ({})",
            f.rule.code,
            f.file,
            f.message,
            labels.join(", ")
        )
    });
    found.collect()
}

fn link(id: &str, user: &str) -> String {
    format!(
        r#"{{"template_id": "t", "link_id": "{id}", "args": {{"?principal": "User::\"{user}\""}}}}"#
    )
}

#[test]
fn links_are_found_and_find_others() {
    let template = "@id(\"t\") permit (principal == ?principal, action == Action::\"view\", resource) when { resource.fee < 9 };\n";
    let links = format!("[\n{},\n{}\n]", link("one", "ann"), link("two", "bob"));
    // A policy stands above one link and below the other.
    let policies = format!(
        "{template}permit (principal == User::\"ann\", action, resource) when {{ resource.fee < 20 }};\n@id(\"low\") permit (principal == User::\"bob\", action == Action::\"view\", resource) when {{ resource.fee < 5 }};"
    );
    assert_eq!(
        of_links(&policies, &links),
        [
            "permit-shadowed a.links.json:2 another permit applies to every request that this permit applies to (p.cedar)",
            "permit-shadowed p.cedar:3 the link `two` applies to every request that this permit applies to (a.links.json)",
        ]
    );
    let policies = format!(
        "{template}@id(\"no\") forbid (principal, action, resource) when {{ resource.fee < 10 }} unless {{ principal == User::\"bob\" }};"
    );
    assert_eq!(
        of_links(&policies, &links),
        [
            "permit-overridden a.links.json:2 `no` denies every request that this permit allows (p.cedar)"
        ]
    );
}

#[test]
fn of_a_template_with_very_many_links_some_are_not_known() {
    let policies = "permit (principal == User::\"u1\", action == Action::\"view\", resource);
        @id(\"t\") forbid (principal == ?principal, action == Action::\"view\", resource);";
    let found = |links: usize| {
        let links: Vec<String> = (1..=links)
            .map(|n| link(&format!("l{n}"), &format!("u{n}")))
            .collect();
        let mut workspace = Workspace::new();
        workspace
            .set_file("s.cedarschema", SCHEMA.as_bytes())
            .unwrap();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        let links = format!("[{}]", links.join(","));
        workspace
            .set_file("a.links.json", links.as_bytes())
            .unwrap();
        let report = workspace.check(Instant::parse("2026-11-21").unwrap());
        (
            messages(&report, "permit-overridden").len(),
            report.summary.proofs.undecided,
        )
    };
    assert_eq!(found(1), (1, 0));
    assert_eq!(found(101), (1, 1));
}

#[test]
fn of_a_policy_that_is_false_by_its_types_the_part_is_named() {
    for (policy, part) in [
        (
            r#"permit (principal, action == Action::"view", resource) when { principal.active && resource.locked && resource is Team };"#,
            "`resource is Team` is never true",
        ),
        (
            r#"permit (principal, action == Action::"view", resource) unless { resource is Doc || principal.active };"#,
            "`resource is Doc` is always true, and `unless` excludes it",
        ),
        (
            r#"permit (principal, action == Action::"view", resource) when { principal has gone && principal.limit > 3 };"#,
            "`principal has gone` is never true",
        ),
        (
            r#"forbid (principal, action == Action::"view", resource) when { if principal.active then false else false };"#,
            "`if principal.active then false else false` is never true",
        ),
    ] {
        let report = check(SCHEMA, policy);
        let found = messages(&report, "cedar/impossible-policy");
        assert_eq!(found.len(), 1, "{policy}: {found:?}");
        assert!(found.iter().all(|of| of.ends_with(part)), "{found:?}");
        for code in ["always-true", "contradiction", "impossible-policy"] {
            assert_eq!(messages(&report, code), [""; 0], "{policy}");
        }
    }
}

const OPTIONAL: &str = "entity User { level: Long }; entity Doc { owner: User, label?: String };
action view, edit appliesTo { principal: User, resource: Doc };";

#[test]
fn a_guard_is_as_severe_as_what_closing_it_would_change() {
    use crate::finding::Severity;
    let guard = r#"forbid (principal, action, resource) when { resource has label && resource.label == "secret" };"#;
    for (others, expected) in [
        ("", Some(Severity::Low)),
        (
            r#"permit (principal, action == Action::"view", resource);"#,
            Some(Severity::High),
        ),
        (
            r#"permit (principal, action == Action::"view", resource) when { resource has label };"#,
            Some(Severity::Low),
        ),
        (
            r#"permit (principal, action, resource); forbid (principal, action == Action::"view", resource) unless { resource has label };"#,
            Some(Severity::High),
        ),
        (
            r#"permit (principal, action, resource); forbid (principal, action, resource) unless { resource has label };"#,
            Some(Severity::Low),
        ),
    ] {
        let report = check(OPTIONAL, &format!("{others}\n{guard}"));
        let found = report
            .findings
            .iter()
            .find(|of| of.rule.code == "forbid-guarded-by-has");
        assert_eq!(found.map(|of| of.severity), expected, "{others}");
        assert_eq!(report.summary.proofs.undecided, 0, "{others}");
    }
    let handled = r#"permit (principal, action, resource);
        forbid (principal, action, resource) when { !(resource has label) || (resource has label && resource.label == "secret") };"#;
    assert_eq!(
        messages(&check(OPTIONAL, handled), "forbid-guarded-by-has"),
        [""; 0]
    );
}

#[test]
fn an_edit_elsewhere_asks_little_of_guards() {
    let schema = "entity User { level: Long }; entity Doc { owner: User, label?: String }; action view appliesTo { principal: User, resource: Doc };";
    let forbids: String = (0..200)
        .map(|n| format!("forbid (principal, action, resource) when {{ resource has label && resource.label == \"l{n}\" }};\n"))
        .collect();
    let permits = |last: usize| -> String {
        let each = (0..100).map(|n| if n == 50 { last } else { n });
        let each = each.map(|n| format!("permit (principal, action, resource) when {{ resource.owner == principal && principal.level > {n} }};\n"));
        each.collect()
    };
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    workspace.set_file("f.cedar", forbids.as_bytes()).unwrap();
    workspace
        .set_file("p.cedar", permits(50).as_bytes())
        .unwrap();
    let as_of = Instant::parse("2026-11-21").unwrap();
    workspace.check(as_of);
    for last in [1_000, 2_000, 3_000] {
        let before = workspace.counters().questions;
        workspace
            .set_file("p.cedar", permits(last).as_bytes())
            .unwrap();
        workspace.check(as_of);
        let asked = workspace.counters().questions - before;
        assert!(asked <= 60, "{asked}");
    }
}
