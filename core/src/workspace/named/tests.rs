#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::report::Report;
use crate::time::Instant;
use crate::{Edit, EditRange};

const SCHEMA: &str = r#"
namespace App {
  @principal_kind("human") entity User;
  entity Bot;
  @environment("staging") entity Invoice;
  @access("read") action view appliesTo { principal: [User, Bot], resource: Invoice, context: { mfa: Bool } };
  action pay appliesTo { principal: [User, Bot], resource: Invoice, context: { amount: Long, mfa: Bool, note?: Long } };
}
"#;

const PERMIT: &str =
    "@id(\"p\") permit (principal is App::User, action == App::Action::\"pay\", resource);\n";

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn check(workspace: &mut Workspace) -> Report {
    workspace.check(Instant::parse("2026-11-21").unwrap())
}

/// What is found in the configuration and the directory: the marked text, the code and what is offered.
fn found(config: &str, directory: Option<&str>, schema: Option<&str>) -> Vec<String> {
    let mut files = vec![("portcullis.yaml", config)];
    files.extend(directory.map(|text| ("directory.yaml", text)));
    files.extend(schema.map(|text| ("s.cedarschema", text)));
    let mut workspace = workspace(&files);
    let report = check(&mut workspace);
    let of_names = [
        "config/unknown-name",
        "config/invalid-value",
        "governance/unknown-namespace",
    ];
    (report.findings.iter())
        .filter(|finding| of_names.contains(&finding.rule.code))
        .map(|finding| {
            let text = workspace.text(&finding.file).unwrap();
            let range = finding.range.start.byte as usize..finding.range.end.byte as usize;
            let meant = finding
                .fixes
                .first()
                .and_then(|fix| fix.edits.first())
                .map_or("", |(_, edit)| edit.insert.as_str());
            format!(
                "{} {} -> {meant}",
                finding.rule.code,
                text.get(range).unwrap()
            )
        })
        .collect()
}

fn of_config(config: &str) -> Vec<String> {
    found(config, None, Some(SCHEMA))
}

#[test]
fn names_of_the_schema_that_do_not_exist_are_found_with_what_was_meant() {
    let unknown = "config/unknown-name";
    for (config, at, meant) in [
        (
            "apps: { Ap: { actions: { 'Action::\"x\"': { access: read } } } }",
            "Ap",
            "App",
        ),
        ("apps: { _: {} }", "_", ""),
        (
            "apps: { App: { actions: { 'Action::\"pya\"': { access: write } } } }",
            "'Action::\"pya\"'",
            "'Action::\"pay\"'",
        ),
        (
            "apps: { App: { actions: { 'App::Action::\"veiw\"': { access: write } } } }",
            "'App::Action::\"veiw\"'",
            "'App::Action::\"view\"'",
        ),
        (
            "apps: { App: { resources: { Invoise: { pii: true } } } }",
            "Invoise",
            "Invoice",
        ),
        (
            "apps: { App: { resources: { App::Invoise: { pii: true } } } }",
            "App::Invoise",
            "App::Invoice",
        ),
        (
            "iam: { principals: { App::Bott: agent } }",
            "App::Bott",
            "App::Bot",
        ),
        ("iam: { principals: { Bot: agent } }", "Bot", ""),
        ("iam: { context: { amout: derived } }", "amout", "amount"),
        (
            "options: { incompatible_actions: [['App::Action::\"view\"', 'App::Action::\"pai\"']] }",
            "'App::Action::\"pai\"'",
            "'App::Action::\"pay\"'",
        ),
    ] {
        assert_eq!(
            of_config(config),
            [format!("{unknown} {at} -> {meant}")],
            "{config}"
        );
        // Without a schema, and with one that cannot be used, nothing is known of what there is.
        assert_eq!(found(config, None, None), [""; 0], "{config}");
        assert_eq!(found(config, None, Some("entity")), [""; 0], "{config}");
    }
}

#[test]
fn environments_that_are_like_one_are_found() {
    let config = "iam: { production: [stagin, live, prdo, 'db-7', prd, prod1] }";
    let two = [
        "config/unknown-name stagin -> staging",
        "config/unknown-name prdo -> prod",
    ];
    assert_eq!(of_config(config), two);
    // `options.environments` has both by default.
    assert_eq!(found(config, None, None), two);
}

#[test]
fn names_that_exist_are_silent() {
    let config = r#"
iam:
  owners: [iam, team:app]
  principals: { App::Bot: agent }
  context: { mfa: attested, amount: derived }
  production: [live, prod, staging]
apps:
  App:
    owners: [application-owner]
    actions: { 'Action::"pay"': { access: write, limit: context.amount <= 500 }, 'App::Action::"view"': { effect: none } }
    resources: { Invoice: { sensitivity: confidential }, App::User: { pii: true } }
options: { incompatible_actions: [['App::Action::"view"', 'App::Action::"pay"']] }
"#;
    let directory = "teams: { app: { owns: [App] } }\npeople: { ann: { issuer: idp, kind: human, teams: [app], owns: [App] } }\n";
    assert_eq!(found(config, Some(directory), Some(SCHEMA)), [""; 0]);
}

#[test]
fn owners_are_held_against_the_directory_where_there_is_one() {
    let config = "iam: { owners: [imm] }\napps: { App: { owners: [team:ap, app] } }\n";
    assert_eq!(of_config(config), [""; 0]);
    let directory =
        "teams: { app: {} }\npeople: { ann: { issuer: idp, kind: human, teams: [app] } }\n";
    assert_eq!(
        found(config, Some(directory), Some(SCHEMA)),
        [
            "config/unknown-name imm -> iam",
            "config/unknown-name team:ap -> team:app",
            "config/unknown-name app -> ",
        ]
    );
    // One that is broken itself has no names.
    assert_eq!(found(config, Some("people: 1"), Some(SCHEMA)), [""; 0]);
}

#[test]
fn namespaces_that_are_owned_exist() {
    let directory = "teams:\n  app: { owns: [Ap, App] }\npeople:\n  ann: { issuer: idp, kind: human, owns: [App, Orders] }\n";
    assert_eq!(
        found("profile: basic", Some(directory), Some(SCHEMA)),
        [
            "governance/unknown-namespace Ap -> App",
            "governance/unknown-namespace Orders -> "
        ]
    );
    assert_eq!(found("profile: basic", Some(directory), None), [""; 0]);
    let off = "checks: { governance/unknown-namespace: off }";
    assert_eq!(found(off, Some(directory), Some(SCHEMA)), [""; 0]);
}

#[test]
fn a_limit_is_a_condition_of_its_requests() {
    for (limit, is_one) in [
        ("context.amount <= 500", true),
        ("context.amount <= 500 && context.mfa", true),
        ("context.amout <= 500", false),
        ("context.amount <=", false),
        ("500", false),
        ("context.amount <= 500 && context.note <= 1", true),
        ("context.amount <= 500 && context.noet <= 1", false),
        ("context.mfa <= 500", false),
        ("context.amount.x <= 500", false),
        (
            "true }; permit (principal, action, resource) when { true",
            false,
        ),
    ] {
        let config = format!(
            "apps: {{ App: {{ actions: {{ 'Action::\"pay\"': {{ limit: '{limit}' }} }} }} }}"
        );
        let expected: &[String] = match is_one {
            true => &[],
            false => &[format!("config/invalid-value '{limit}' -> ")],
        };
        assert_eq!(of_config(&config), expected);
    }
}

#[test]
fn words_without_a_closed_list_are_found_where_they_are_misspelt() {
    let unknown = "config/unknown-name";
    for (words, at) in [
        ("effect: transfr", Some((unknown, "transfr"))),
        ("effect: audit exprot", Some((unknown, "audit exprot"))),
        ("effect: report", Some((unknown, "report"))),
        ("effect: export, share", None),
        ("approval: stepup", Some((unknown, "stepup"))),
        ("approval: Step_Up", Some((unknown, "Step_Up"))),
        ("approval: four_eyes", None),
        // Sections can only raise.
        ("approval: none", Some(("config/invalid-value", "none"))),
    ] {
        let config =
            format!("apps: {{ App: {{ actions: {{ 'Action::\"pay\"': {{ {words} }} }} }} }}");
        let expected: Vec<String> = at
            .iter()
            .map(|(code, at)| format!("{code} {at} -> "))
            .collect();
        assert_eq!(of_config(&config), expected);
    }
}

#[test]
fn what_stands_in_the_wrong_section_or_twice_is_found() {
    let invalid = "config/invalid-value";
    for (config, at) in [
        (
            "apps: { App: {}, _: { actions: { 'App::Action::\"pay\"': { access: write } } } }",
            "'App::Action::\"pay\"'",
        ),
        (
            "apps: { App: { actions: { 'Action::\"pay\"': { access: write }, 'App::Action::\"pay\"': { access: read } } } }",
            "'App::Action::\"pay\"'",
        ),
        (
            "apps: { App: { resources: { Invoice: { pii: true }, App::Invoice: {} } } }",
            "App::Invoice",
        ),
    ] {
        let found = of_config(config);
        assert!(
            found.contains(&format!("{invalid} {at} -> ")),
            "{config}: {found:?}"
        );
    }
}

#[test]
fn what_was_found_follows_edits_of_all_that_it_rests_on() {
    let config = "apps: { App: { actions: { 'Action::\"pya\"': { access: write } } } }\n";
    let mut workspace = workspace(&[("portcullis.yaml", config), ("s.cedarschema", SCHEMA)]);
    let lines = |workspace: &mut Workspace| -> Vec<u32> {
        (check(workspace).findings.iter())
            .filter(|finding| finding.rule.code == "config/unknown-name")
            .map(|finding| finding.range.start.line)
            .collect()
    };
    let first = lines(&mut workspace);
    let [line] = first.as_slice() else {
        panic!("{first:?}");
    };
    let comment = Edit {
        range: EditRange::Bytes(0, 0),
        insert: "# why\n".to_owned(),
    };
    workspace.edit_file("portcullis.yaml", &comment).unwrap();
    assert_eq!(lines(&mut workspace), [line + 1]);
    let schema = SCHEMA.replace("action pay", "action pya");
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    assert_eq!(lines(&mut workspace), [0; 0]);
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace.remove_file("portcullis.yaml").unwrap();
    assert_eq!(lines(&mut workspace), [0; 0]);
}

/// An owner or a floor has no bearing on what is found in policies, which are then not type-checked again.
#[test]
fn only_classes_make_policies_be_looked_at_again() {
    let mut workspace = workspace(&[("s.cedarschema", SCHEMA), ("p.cedar", PERMIT)]);
    let mut typed = |config: &str| {
        workspace
            .set_file("portcullis.yaml", config.as_bytes())
            .unwrap();
        let before = workspace.counters().type_checked;
        check(&mut workspace);
        workspace.counters().type_checked - before
    };
    assert_eq!(typed("profile: basic"), 1);
    let schemas = [
        "apps: { App: { owners: [security] } }",
        "iam: { floors: { action.read: human } }",
    ];
    for config in schemas {
        typed(config);
    }
    let raised = "apps: { App: { actions: { 'Action::\"pay\"': { access: write } } } }";
    assert_eq!(typed(raised), 1);
}

/// Checks go by what portcullis.yaml says of actions, types and the context as by annotations of the schema.
#[test]
fn classes_of_the_configuration_count_in_checks() {
    let codes = |config: &str| -> BTreeSet<&'static str> {
        let mut workspace = workspace(&[
            ("portcullis.yaml", config),
            ("s.cedarschema", SCHEMA),
            ("p.cedar", PERMIT),
        ]);
        check(&mut workspace)
            .findings
            .iter()
            .map(|finding| finding.rule.code)
            .collect()
    };
    let plain = codes("profile: governed");
    assert!(plain.contains("unclassified-action"));
    let app = |words: &str| {
        codes(&format!(
            "profile: governed\napps: {{ App: {{ actions: {{ 'Action::\"pay\"': {{ {words} }} }} }} }}"
        ))
    };
    assert!(!app("access: write").contains("unclassified-action"));
    for (words, code) in [
        ("access: destructive", "destructive-without-step-up"),
        (
            "approval: 'four_eyes, step_up'",
            "destructive-without-step-up",
        ),
        ("access: privilege_management", "privilege-management-grant"),
        ("limit: context.amount <= 500", "limit-not-enforced"),
        ("access: list", "name-against-class"),
    ] {
        assert!(!plain.contains(code), "{code}");
        assert!(app(words).contains(code), "{words}: {:?}", app(words));
    }
}

/// A class that excludes the schema's own takes nothing away from what is found by that.
#[test]
fn a_higher_class_hides_nothing() {
    let codes = |schema: &str, config: &str| -> BTreeSet<&'static str> {
        let mut workspace = workspace(&[
            ("portcullis.yaml", config),
            ("s.cedarschema", schema),
            ("p.cedar", PERMIT),
        ]);
        check(&mut workspace)
            .findings
            .iter()
            .map(|finding| finding.rule.code)
            .collect()
    };
    let schema = SCHEMA.replace("action pay", "@access(\"destructive\") action pay");
    let raised = "profile: governed\napps: { App: { actions: { 'Action::\"pay\"': { access: privilege_management } } } }";
    for config in ["profile: governed", raised] {
        assert!(
            codes(&schema, config).contains("destructive-without-step-up"),
            "{config}"
        );
    }
    let schema = SCHEMA.replace("entity Bot", "@principal_kind(\"agent\") entity Bot");
    let bots = PERMIT.replace("App::User", "App::Bot");
    let found = |config: &str| {
        let mut workspace = workspace(&[
            ("portcullis.yaml", config),
            ("s.cedarschema", &schema),
            ("p.cedar", &bots),
        ]);
        let report = check(&mut workspace);
        report
            .findings
            .iter()
            .any(|finding| finding.rule.code == "agent-without-on-behalf-of")
    };
    assert!(found("profile: governed"));
    assert!(found(
        "profile: governed\niam: { principals: { App::Bot: third_party } }"
    ));
}
