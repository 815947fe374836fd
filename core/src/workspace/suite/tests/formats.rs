//! Suites as authors write them.

use super::*;

const YAML: &str = r#"fixtures:
  office:
    files: [office.entities.json]
    entities:
      carol: { uid: User::"carol", attrs: { level: 9 } }
use: office
cases:
  - name: a senior reads
    principal: carol
    action: read
    resource: Doc::"deed"
    context: {}
    expect: { decision: allow, determining: [senior], errors: 0, obligations: [] }
  - name: nobody else does
    principal: User::"bob"
    action: read
    resource: Doc::"deed"
    context: {}
    expect: deny
  - name: misspelt
    principal: carol
    action: raed
    resource: Doc::"deed"
    expect: deny
"#;

#[test]
fn suites_in_yaml_and_in_json_are_run_against_files_of_the_bundle() {
    let policies =
        "@id(\"senior\") permit (principal, action, resource) when { principal.level > 5 };";
    let mut workspace = Workspace::new();
    let json = json!([{
        "name": "from Cedar",
        "request": {"principal": "User::\"bob\"", "action": "Action::\"read\"", "resource": "Doc::\"deed\"", "context": {}},
        "entities": "office.entities.json",
        "decision": "deny", "reason": [], "num_errors": 0,
    }]);
    for (path, text) in [
        ("s.cedarschema", SCHEMA.to_owned()),
        ("p.cedar", policies.to_owned()),
        ("office.entities.json", entities().to_string()),
        ("a.test.yaml", YAML.to_owned()),
        ("b.test.json", json.to_string()),
    ] {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let of = |report: &TestReport| -> Vec<(String, Outcome)> {
        let tests = report.tests.iter();
        tests
            .map(|test| (test.name.to_string(), test.outcome))
            .collect()
    };
    let report = workspace.test(&covered());
    let mut expected = [
        ("a senior reads", Outcome::Passed),
        ("nobody else does", Outcome::Passed),
        ("misspelt", Outcome::Error),
        ("from Cedar", Outcome::Passed),
    ]
    .map(|(name, outcome)| (name.to_owned(), outcome));
    assert_eq!(of(&report), expected, "{:#?}", report.tests);
    assert_eq!((report.findings.len(), report.summary.suites), (1, 2));
    assert_eq!(report.tests[0].range.start.line, 8);

    // The entities are another file: a change of them is a change of both suites.
    let raised = entities().to_string().replace("\"level\":1", "\"level\":6");
    let read = workspace.counters().suites_read;
    workspace
        .set_file("office.entities.json", raised.as_bytes())
        .unwrap();
    let report = workspace.test(&covered());
    assert_eq!(workspace.counters().suites_read, read + 2);
    expected[1].1 = Outcome::Failed;
    expected[3].1 = Outcome::Failed;
    assert_eq!(of(&report), expected);
}
