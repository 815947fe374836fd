//! What comes of a case, and why.

use super::*;

const POLICIES: &str = r#"
@id("staff-read")
permit (principal in Group::"staff", action == Action::"read", resource)
when { principal.level >= 2 && context has amount && context.amount <= 500 };

@id("freeze")
forbid (principal, action in Action::"all", resource is Doc)
when { resource.locked }
unless { principal.level > 7 };

@id("pay")
@breakglass
permit (principal, action == Action::"pay", resource)
when { principal.mfa };
"#;

fn request(principal: &str, action: &str, resource: &str) -> Value {
    json!([
        format!("User::{principal}"),
        format!("Action::{action}"),
        resource
    ])
}

#[test]
fn a_case_passes_where_all_that_it_expects_comes() {
    let allowed = json!({
        "request": request("alice", "read", "Doc::memo"), "context": {"amount": 500},
        "expect": "allow", "determining": ["staff-read"], "errors": 0, "obligations": [],
    });
    assert_eq!(only(POLICIES, allowed), (Outcome::Passed, vec![]));
    let denied = json!({
        "request": request("alice", "read", "Doc::deed"), "context": {"amount": 500},
        "expect": "deny", "determining": ["p.cedar#freeze"], "errors": [],
    });
    assert_eq!(only(POLICIES, denied), (Outcome::Passed, vec![]));
}

#[test]
fn reasons_name_the_policy_the_condition_and_its_values() {
    let read = |who: &str, what: &str, amount: i64, more: Value| {
        let mut case =
            json!({"request": request(who, "read", what), "context": {"amount": amount}});
        for (key, value) in more.as_object().unwrap() {
            case[key] = value.clone();
        }
        case
    };
    let cases = [
        (
            read("alice", "Doc::memo", 700, json!({})),
            vec![
                "`staff-read` does not permit it: `when` needs `context.amount <= 500`, `context.amount` is `700`",
            ],
        ),
        (
            read("bob", "Doc::memo", 1, json!({})),
            vec![
                "`staff-read` does not permit it: it needs `principal in Group::\"staff\"`, the principal is `User::\"bob\"`",
            ],
        ),
        (
            read("alice", "Doc::deed", 1, json!({})),
            vec![
                "`freeze` forbids it: `resource.locked` is true, `principal.level > 7` is false (`principal.level` is `3`)",
            ],
        ),
        (
            json!({"request": request("alice", "pay", "Doc::memo")}),
            vec!["`pay` fails to evaluate: `User::\"alice\"` does not have the attribute `mfa`"],
        ),
        (
            read("alice", "Doc::memo", 9, json!({"expect": "deny"})),
            vec![
                "`staff-read` permits it: `principal.level >= 2` is true (`principal.level` is `3`), `context has amount` is true, `context.amount <= 500` is true (`context.amount` is `9`)",
                "`freeze` does not forbid it: `when` needs `resource.locked`, it is false",
            ],
        ),
        (
            read(
                "alice",
                "Doc::memo",
                9,
                json!({"determining": ["pay", "pai"]}),
            ),
            vec![
                "the bundle has no policy `pai`",
                "determined by `staff-read`, expected `pai`, `pay`",
                "`pay` does not permit it: it needs `action == Action::\"pay\"`, the action is `Action::\"read\"`",
            ],
        ),
        (
            read("alice", "Doc::memo", 9, json!({"errors": ["pay"]})),
            vec!["nothing failed to evaluate, expected `pay`"],
        ),
        (
            read(
                "alice",
                "Doc::memo",
                9,
                json!({"obligations": ["breakglass"]}),
            ),
            vec!["the obligations are nothing, expected `breakglass`"],
        ),
    ];
    for (case, expected) in cases {
        let (outcome, got) = only(POLICIES, case);
        assert_eq!(outcome, Outcome::Failed);
        assert_eq!(got.len(), expected.len(), "{got:?}");
        for (got, expected) in got.iter().zip(expected) {
            assert!(got.starts_with(expected), "{got}");
        }
    }
}

#[test]
fn an_allowed_request_obliges_to_what_schema_and_policy_say() {
    let policies = "@breakglass @id(\"p\") permit (principal, action, resource);";
    let case = |action: &str, obligations: &[&str]| json!({"request": request("alice", action, "Doc::memo"), "obligations": obligations});
    for (action, obligations) in [
        ("pay", &["breakglass", "approval: step_up"][..]),
        ("read", &["breakglass"]),
    ] {
        assert_eq!(only(policies, case(action, obligations)).0, Outcome::Passed);
    }
    let mut denied = case("pay", &[]);
    denied["expect"] = "deny".into();
    let policies = "@breakglass @id(\"q\") forbid (principal, action, resource);";
    assert_eq!(only(policies, denied).0, Outcome::Passed);
}

#[test]
fn a_case_that_cannot_be_run_does_not_pass() {
    let case = |principal: &str, action: &str, context: Value| json!({"request": [principal, action, "Doc::memo"], "context": context, "expect": "deny"});
    for (case, reason) in [
        (
            case("User::alice", "Action::fly", json!({})),
            "the request cannot be used: the schema has no action",
        ),
        (
            case("Doc::memo", "Action::read", json!({})),
            "the request cannot be used: principal type `Doc` is not valid",
        ),
        (
            case("User::alice", "Action::read", json!({"amount": "1"})),
            "the request cannot be used: ",
        ),
        (json!({"name": "broken"}), "it has no request"),
    ] {
        let (outcome, reasons) = only("permit (principal, action, resource);", case);
        assert_eq!(outcome, Outcome::Error);
        assert!(reasons[0].starts_with(reason), "{reasons:?}");
    }
    let mut workspace = bundle("", &json!([]));
    let suite = json!({
        "entities": [{"uid": {"type": "User", "id": "x"}, "attrs": {}, "parents": []}],
        "cases": [{"request": request("x", "read", "Doc::memo")}],
    });
    workspace
        .set_file("a.test.json", suite.to_string().as_bytes())
        .unwrap();
    let report = run(&mut workspace, &options());
    assert_eq!(report.summary.errors, 1);
    let reason = &report.tests[0].reasons[0];
    assert!(
        reason.starts_with("the entities cannot be used: ") && reason.contains("level"),
        "{reason}"
    );
}

#[test]
fn what_is_selected_is_run_and_the_rest_is_counted() {
    let cases = json!([
        {"name": "first", "request": request("alice", "read", "Doc::memo")},
        {"name": "second", "request": request("alice", "read", "Doc::memo"), "tags": ["slow"], "expect": "deny"},
        {"name": "third", "request": request("alice", "read", "Doc::memo"), "skip": "not yet"},
        {"name": "fourth", "request": request("alice", "read", "Doc::memo")},
    ]);
    let mut workspace = bundle("permit (principal, action, resource);", &cases);
    let mut names = |options: &TestOptions| {
        let report = run(&mut workspace, options);
        let names: Vec<_> = report
            .tests
            .iter()
            .map(|test| (test.name.to_string(), test.outcome))
            .collect();
        assert_eq!(report.summary.left_out + names.len(), 4);
        names
    };
    let of = |name: &str, outcome| (name.to_owned(), outcome);
    let all = [
        of("first", Outcome::Passed),
        of("second", Outcome::Failed),
        of("third", Outcome::Skipped),
        of("fourth", Outcome::Passed),
    ];
    assert_eq!(names(&options()), all);
    let filter = TestOptions {
        filter: Some("ir".to_owned()),
        ..options()
    };
    assert_eq!(names(&filter), [all[0].clone(), all[2].clone()]);
    let tags = TestOptions {
        tags: vec!["slow".to_owned()],
        ..options()
    };
    assert_eq!(names(&tags), [all[1].clone()]);
    let fail_fast = TestOptions {
        fail_fast: true,
        ..options()
    };
    assert_eq!(names(&fail_fast), all[..2]);
}

#[test]
fn what_takes_no_part_in_the_run_is_said() {
    let policies = "permit (principal, action, resource) when { principal.unknown || true };
@id(\"ok\") permit (principal, action, resource);
forbid (principal, action resource);";
    let cases = json!([{"request": request("alice", "read", "Doc::memo")}]);
    let mut workspace = bundle(policies, &cases);
    workspace.set_file("b.test.json", b"no suite").unwrap();
    let report = run(&mut workspace, &options());
    let found: Vec<&str> = report.findings.iter().map(|f| f.file.as_ref()).collect();
    assert_eq!(found, ["b.test.json", "p.cedar"], "{:?}", report.findings);
    let summary = report.summary;
    assert_eq!((summary.suites, summary.broken_suites), (1, 1));
    // The first policy does not type-check, fails to evaluate, and so takes part.
    let errors = report.tests[0].got.as_ref().unwrap().error_count;
    assert_eq!((summary.passed, errors), (1, Some(1)));
}
