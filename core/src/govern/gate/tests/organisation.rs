//! Rules of the organisation.

use super::*;

fn with(rules: &str) -> Scenario {
    let mut scenario = Scenario::approved();
    scenario.rules = Rules::read([("governance/rules.cedar", rules)]);
    scenario
}

#[test]
fn rules_can_refuse_and_nothing_else() {
    with("// none yet\n").passes();
    with(r#"@id("no-models") forbid (principal, action == Action::"publish", resource) when { resource.drafterKind == "model" && resource.tier == "auto" };"#).passes();
    with(r#"@id("no-models") forbid (principal, action == Action::"publish", resource) when { resource.drafterKind == "model" };"#)
        .refused(&["gate.rule"]);
    with(r#"forbid (principal in Role::"security", action == Action::"approve", resource) unless { context.stepUp };"#)
        .refused(&["gate.rule approvals[0]", "gate.rule approvals[1]"]);
    with(r#"forbid (principal == Person::"bob", action == Action::"approve", resource) when { context.time < datetime("2026-11-21T11:00:00Z") };"#)
        .refused(&["gate.rule approvals[1]"]);
    with(r#"forbid (principal, action == Action::"publish", resource) when { resource.approvals < 3 };"#).refused(&["gate.rule"]);
    with(r#"forbid (principal, action == Action::"publish", resource) when { resource.author == principal && resource has owner && resource.owner != principal };"#).passes();
    let freeze = r#"@id("freeze") forbid (principal, action == Action::"publish", resource)
        when { context.now > datetime("2026-11-20") && context.now < datetime("2026-11-30") };"#;
    let verdict = with(freeze).gate();
    assert_eq!(verdict.refusals[0].message, "the rule `freeze` forbids it");
}

#[test]
fn an_error_refuses() {
    // An overflow, things that are no rules, and rules about what there is not: those would never apply.
    with(r#"forbid (principal, action == Action::"publish", resource) when { resource.approvals + 9223372036854775807 > 0 };"#)
        .refused(&["gate.rule-error"]);
    for wrong in [
        "permit (principal, action, resource);",
        "forbid (principal == ?principal, action, resource);",
        "forbid (principal, action, resource",
        "nonsense",
        "forbid (principal, action, resource) when { resource.nothing };",
        "forbid (principal, action, resource) when { resource.drafterkind == \"model\" };",
        "forbid (principal, action, resource) when { resource.owner == principal };",
        "forbid (principal, action, resource) when { context.reason == \"\" };",
        "forbid (principal, action, resource) when { resource.approvals > \"2\" };",
        "forbid (principal, action == Action::\"publsh\", resource);",
        "forbid (principal is Perzon, action, resource);",
        "forbid (principal in Group::\"staff\", action, resource);",
    ] {
        with(wrong).refused(&["gate.rule-error governance/rules.cedar"]);
    }
    let deep = format!(
        "forbid (principal, action, resource) when {{ {}true{} }};",
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    with(&deep).refused(&["gate.rule-error governance/rules.cedar"]);
}
