#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::Value;

use super::*;
use crate::govern::About;
use crate::govern::gate_tests::{Scenario, at};
use crate::govern::record::yaml;

/// A change that lacks an approval, has one that does not count, and whose tests show nothing.
fn refused() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.approve("bob", "security", "security");
    scenario.approve("frank", "application", "application-owner");
    scenario.tests.clear();
    scenario
}

fn rendered(format: GateFormat, scenario: &Scenario) -> String {
    let text = yaml(&scenario.record);
    let answer = Answer {
        verdict: scenario.gate(),
        tier: scenario.verdict.clone(),
        record: Some(scenario.record.clone()),
        about: About {
            base: scenario.base.semantic,
            head: scenario.head.semantic,
            report: scenario.report,
        },
    };
    let source = GateSource {
        path: "a b.change.yaml",
        text: &text,
        as_of: at("2026-11-21T12:00:00Z"),
    };
    gate(format, &answer, source)
}

#[test]
fn what_a_terminal_shows() {
    assert_eq!(
        rendered(GateFormat::Text, &Scenario::approved()),
        "publishable: tier human
  because of diff.widened: more is allowed
met application: 1 of application-owner; human; acknowledging; for 30 days, by carol
met security: 1 of iam, security; human; acknowledging; for 30 days, by bob
"
    );
    assert_eq!(
        rendered(GateFormat::Text, &refused()),
        "not publishable: tier human
  because of diff.widened: more is allowed
open application: 1 of application-owner; human; acknowledging; for 30 days
  1 missing: could be carol, erin
met security: 1 of iam, security; human; acknowledging; for 30 days, by bob
refused [gate.tests] a b.change.yaml:1:1: the policy tests do not show `suite-green`
  repair what `portcullis test` reports of the head; a bundle without tests needs some
not counted [approval.role] a b.change.yaml:49:5 approvals[1]: `frank` does not have the role `application-owner`
  let somebody approve who has it
"
    );
}

#[test]
fn what_a_comment_shows() {
    let scenario = refused();
    let digests = format!(
        "Base `{}`, head `{}`, report `{}`.\n\n",
        scenario.base.semantic, scenario.head.semantic, scenario.report
    );
    let shown = rendered(GateFormat::Markdown, &scenario);
    assert!(shown.contains(&digests), "{shown}");
    assert_eq!(
        shown.replace(&digests, ""),
        "## Not publishable · tier human

Change `change-1`, as of 2026-11-21T12:00:00Z.

- `diff.widened`: more is allowed

| Slot | Required | Met by | Missing |
|---|---|---|---|
| application | application: 1 of application-owner; human; acknowledging; for 30 days |  | 1: could be carol, erin |
| security | security: 1 of iam, security; human; acknowledging; for 30 days | bob |  |

### Refused

- `gate.tests` at `a b.change.yaml:1:1`: the policy tests do not show `suite-green`; repair what `portcullis test` reports of the head; a bundle without tests needs some (NIST SP 800-53r5 CM-3(2), NIST SP 800-53r5 SA-11, SOC 2 CC8.1)

### Not counted

- `approval.role` at `a b.change.yaml:49:5 approvals[1]`: `frank` does not have the role `application-owner`; let somebody approve who has it (NIST SP 800-53r5 CM-3(1), NIST SP 800-53r5 AU-10, PCI DSS 4.0.1 6.5.1)

"
    );
}

#[test]
fn nothing_in_a_record_steers_the_reader() {
    let mut scenario = refused();
    scenario.record.id = "a](http://x) <b> *c*".to_owned();
    scenario.record.author = "x|y <img>".to_owned();
    let shown = rendered(GateFormat::Markdown, &scenario);
    assert!(
        !shown.contains("](http") || shown.contains("`a](http"),
        "{shown}"
    );
    assert!(!shown.contains(" <img>"), "{shown}");
}

#[test]
fn sarif_names_the_standards_as_taxonomies() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../tests/data/sarif-2.1.0.json")).unwrap();
    let log: Value = serde_json::from_str(&rendered(GateFormat::Sarif, &refused())).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        log.pointer("/runs/0/results/0/taxa/0/toolComponent/name")
            .unwrap(),
        "NIST SP 800-53r5"
    );
    assert_eq!(
        log.pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri")
            .unwrap(),
        "a%20b.change.yaml"
    );
}

#[test]
fn oscal_says_which_controls_are_satisfied() {
    let states = |scenario: &Scenario| -> Vec<(String, String)> {
        let results: Value = serde_json::from_str(&rendered(GateFormat::Oscal, scenario)).unwrap();
        let result = results.pointer("/assessment-results/results/0").unwrap();
        result["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let text = |path| finding.pointer(path).unwrap().as_str().unwrap().to_owned();
                (text("/target/target-id"), text("/target/status/state"))
            })
            .collect()
    };
    let all = |controls: &[&str], state: &str| -> Vec<(String, String)> {
        let of = |id: &&str| ((*id).to_owned(), state.to_owned());
        controls.iter().map(of).collect()
    };
    assert_eq!(
        states(&Scenario::approved()),
        all(&["ac-5", "cm-3", "cm-3.1", "cm-5"], "satisfied")
    );
    assert_eq!(
        states(&refused()),
        all(
            &["ac-5", "cm-3", "cm-3.1", "cm-3.2", "cm-5", "sa-11"],
            "not-satisfied"
        )
    );
    let one = rendered(GateFormat::Oscal, &refused());
    let uuid = one.split("\"uuid\":\"").nth(1).unwrap().get(..36).unwrap();
    let shape: String = uuid
        .chars()
        .map(|c| if c.is_ascii_hexdigit() { 'x' } else { c })
        .collect();
    assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    assert_eq!((uuid.get(14..15), uuid.get(19..20)), (Some("5"), Some("8")));
}

#[test]
fn what_was_looked_at_and_what_is_open_is_in_every_export() {
    let scenario = refused();
    let digests = [
        ("base", scenario.base.semantic),
        ("head", scenario.head.semantic),
        ("report", scenario.report),
        ("record", scenario.record.digest()),
    ];
    let value = |format| -> Value { serde_json::from_str(&rendered(format, &scenario)).unwrap() };
    let (json, sarif) = (value(GateFormat::Json), value(GateFormat::Sarif));
    let oscal = value(GateFormat::Oscal);
    let props = oscal
        .pointer("/assessment-results/results/0/props")
        .unwrap();
    for (name, digest) in digests {
        let digest = digest.to_string();
        assert_eq!(json[name], digest);
        assert_eq!(sarif.pointer("/runs/0/properties").unwrap()[name], digest);
        let prop = props
            .as_array()
            .unwrap()
            .iter()
            .find(|of| of["name"] == name);
        assert_eq!(prop.unwrap()["value"], digest);
    }
    let open = sarif.pointer("/runs/0/results/0").unwrap();
    assert_eq!(open["ruleId"], "gate.open");
    let text = open.pointer("/message/text").unwrap().as_str().unwrap();
    assert!(
        text.starts_with("application: 1 missing of application: 1 of application-owner;")
            && text.ends_with("could be carol, erin"),
        "{text}"
    );
    let said = oscal.pointer("/assessment-results/results/0/observations/0/description");
    assert!(said.unwrap().as_str().unwrap().ends_with("1 missing"));
}

#[test]
fn json_says_everything() {
    let report: Value = serde_json::from_str(&rendered(GateFormat::Json, &refused())).unwrap();
    assert_eq!(report["publishable"], false);
    assert_eq!(report.pointer("/requirements/0/missing").unwrap(), 1);
    assert_eq!(report.pointer("/discounted/0/at").unwrap(), "approvals[1]");
    assert!(
        report
            .pointer("/discounted/0/range/start/line")
            .unwrap()
            .as_u64()
            .unwrap()
            > 20
    );
}
