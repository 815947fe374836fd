//! How policies are named in expectations and answers.

use super::*;

#[test]
fn links_have_their_own_names_and_clashing_names_get_their_file() {
    let case = |who: &str, action: &str, determining: &str| json!({"request": [who, action, "Doc::memo"], "determining": [determining]});
    let mut denied = case("User::alice", "Action::pay", "");
    denied["expect"] = "deny".into();
    denied["determining"] = json!([]);
    let cases = json!([
        case("User::alice", "Action::read", "p.cedar#policy0"),
        case("User::bob", "Action::read", "q.cedar#policy0"),
        case("User::bob", "Action::pay", "bobs"),
        case("User::bob", "Action::pay", "l.links.json#bobs"),
        denied,
    ]);
    let policies = "permit (principal == User::\"alice\", action == Action::\"read\", resource);\n@id(\"shared\") permit (principal == ?principal, action == Action::\"pay\", resource);";
    let mut workspace = bundle(policies, &cases);
    let other = "permit (principal == User::\"bob\", action == Action::\"read\", resource);";
    workspace.set_file("q.cedar", other.as_bytes()).unwrap();
    let links = json!([
        {"template_id": "shared", "link_id": "bobs", "args": {"?principal": "User::\"bob\""}},
    ]);
    workspace
        .set_file("l.links.json", links.to_string().as_bytes())
        .unwrap();
    let report = run(&mut workspace, &covered());
    assert_eq!(report.summary.passed, 5, "{:?}", report.tests);
    let got = report.tests[0].got.as_ref().unwrap();
    assert_eq!(
        got.determining.as_deref().unwrap(),
        ["p.cedar#policy0".into()]
    );
    let coverage = report.coverage.unwrap();
    let of: Vec<_> = coverage
        .policies
        .iter()
        .map(|policy| (policy.policy.as_ref(), policy.determined))
        .collect();
    assert_eq!(
        of,
        [
            ("p.cedar#policy0", 1),
            ("shared", 2),
            ("q.cedar#policy0", 1)
        ]
    );
}

#[test]
fn templates_and_invariants_decide_nothing() {
    let case = json!({"request": ["User::alice", "Action::read", "Doc::memo"], "expect": "deny"});
    let mut workspace = bundle("", &json!([case]));
    for path in ["templates/t.cedar", "invariants/i.cedar"] {
        workspace
            .set_file(path, b"permit (principal, action, resource);")
            .unwrap();
    }
    assert_eq!(run(&mut workspace, &options()).summary.passed, 1);
}
