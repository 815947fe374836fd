//! What cases cover.

use super::*;
use crate::suite::coverage::{Ratio, Totals};

const POLICY: &str = r#"@id("read")
permit (principal, action == Action::"read", resource)
when { principal.level > 2 || resource.owner == principal }
unless { resource.locked };
"#;

fn read(principal: &str, resource: &str) -> Value {
    json!({"request": [format!("User::{principal}"), "Action::read", format!("Doc::{resource}")]})
}

fn cover(policies: &str, cases: &Value) -> crate::suite::Coverage {
    run(&mut bundle(policies, cases), &covered())
        .coverage
        .unwrap()
}

const fn ratio(covered: u32, total: u32) -> Ratio {
    Ratio { covered, total }
}

fn missing(coverage: &crate::suite::Coverage) -> Vec<&str> {
    coverage
        .policies
        .iter()
        .flat_map(|policy| &policy.missing)
        .map(|missing| missing.message.as_str())
        .collect()
}

#[test]
fn what_is_reached_is_counted_and_what_is_not_is_named() {
    let coverage = cover(
        POLICY,
        &json!([read("alice", "memo"), read("alice", "deed")]),
    );
    assert_eq!(
        coverage.totals,
        Totals {
            policies: ratio(1, 1),
            // The scope is never false, `when` neither.
            clauses: ratio(4, 6),
            // The second operand of `||` is not evaluated.
            conditions: ratio(3, 6),
            decisive: ratio(3, 6),
            errors: ratio(0, 0),
            environments: ratio(1, 1),
        }
    );
    assert_eq!(
        missing(&coverage),
        [
            "no case lies outside the scope of `read`",
            "no case makes `principal.level > 2` false",
            "no case evaluates `resource.owner == principal`",
            "no case makes `when` of `read` false",
        ]
    );
    let policy = &coverage.policies[0];
    assert_eq!((policy.determined, policy.clauses[1].seen.as_true), (1, 1));

    let more = json!([
        read("alice", "memo"), read("alice", "deed"), read("bob", "memo"),
        {"request": ["User::alice", "Action::pay", "Doc::memo"], "expect": "deny"},
    ]);
    assert_eq!(
        missing(&cover(POLICY, &more)),
        ["no case makes `resource.owner == principal` true"]
    );
}

#[test]
fn without_a_case_in_its_scope_nothing_else_is_said_of_a_policy() {
    let coverage = cover(POLICY, &json!([]));
    assert_eq!(missing(&coverage), ["no case matches the scope of `read`"]);
    assert_eq!(coverage.totals.conditions, ratio(0, 6));
}

#[test]
fn a_clause_behind_one_that_is_never_true_is_not_reached() {
    let policy = "@id(\"p\") permit (principal, action, resource) when { principal.level > 9 } when { resource.locked } unless { principal has mfa };";
    let coverage = cover(policy, &json!([read("alice", "memo")]));
    let sentences = missing(&coverage);
    assert!(
        sentences.ends_with(&[
            "no case makes `principal.level > 9` true",
            "no case reaches `when` of `p`: what stands before keeps it from applying",
        ]),
        "{sentences:?}"
    );
}

/// What of the only policy can fail, with a case that lets no condition fail.
fn failing(body: &str) -> Vec<String> {
    let policy = format!(
        "@id(\"p\") permit (principal, action == Action::\"pay\", resource is Doc) when {{ {body} }};"
    );
    let case =
        json!({"request": ["User::alice", "Action::pay", "Doc::memo"], "context": {"amount": 1}});
    let coverage = cover(&policy, &json!([case]));
    let conditions = coverage.policies[0].clauses[0].conditions.iter();
    let failing = conditions.filter_map(|of| of.fails_where.clone());
    let failing: Vec<String> = failing.collect();
    assert_eq!(coverage.totals.errors, ratio(0, failing.len() as u32));
    failing
}

#[test]
fn what_can_fail_under_a_schema_is_counted_and_named() {
    for (body, how) in [
        (
            "context has amount && context.amount + 1 > 0",
            "`context.amount + 1` overflows",
        ),
        (
            "resource.owner.level > 2",
            "`resource.owner` is not among the entities",
        ),
        (
            "User::\"bob\".level > 2",
            "`User::\"bob\"` is not among the entities",
        ),
    ] {
        assert_eq!(failing(body), [how], "{body}");
    }
    for body in [
        "principal.level > 2 && !resource.locked",
        "resource.owner == principal",
        "context has amount && context.amount < 9 && context.amount > 0 && context.amount * 2 < 9",
        "resource.owner has mfa && resource.owner.mfa",
        "1 + 2 == 3",
    ] {
        assert_eq!(failing(body), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_case_in_which_a_condition_fails_closes_the_gap() {
    let policy = "@id(\"p\") permit (principal, action == Action::\"pay\", resource is Doc) when { context has amount && context.amount + 1 > 0 };";
    let pay = |amount: i64, expect: &str| {
        json!({"request": ["User::alice", "Action::pay", "Doc::memo"],
               "context": {"amount": amount}, "expect": expect})
    };
    let open = "no case makes `context.amount + 1 > 0` fail, as it does where `context.amount + 1` overflows";
    let before = cover(policy, &json!([pay(1, "allow")]));
    assert!(missing(&before).contains(&open), "{:?}", missing(&before));
    assert_eq!(before.totals.errors, ratio(0, 1));
    let after = cover(policy, &json!([pay(1, "allow"), pay(i64::MAX, "deny")]));
    assert!(!missing(&after).contains(&open), "{:?}", missing(&after));
    assert_eq!(after.totals.errors, ratio(1, 1));
    // That it failed makes it neither true nor false, and shares say what they said.
    assert_eq!(after.totals.conditions, before.totals.conditions);
}

#[test]
fn environments_are_those_of_the_scope() {
    let policies = "@id(\"any\") permit (principal, action, resource);";
    let coverage = cover(policies, &json!([read("alice", "memo")]));
    let of: Vec<_> = coverage.policies[0]
        .environments
        .iter()
        .map(|environment| (environment.environment.as_ref(), environment.cases))
        .collect();
    assert_eq!(
        of,
        [
            ("User, Action::\"pay\", Doc", 0),
            ("User, Action::\"pay\", Folder", 0),
            ("User, Action::\"read\", Doc", 1),
        ]
    );
    // A scope that admits everything is never false, which is no gap.
    assert_eq!(coverage.totals.clauses, ratio(1, 1));
    assert_eq!(
        missing(&coverage)[0],
        "no case in `User, Action::\"pay\", Doc`"
    );
}

#[test]
fn only_the_policies_that_count_are_counted() {
    let policies = format!("{POLICY}\n@id(\"other\") permit (principal, action, resource);");
    let mut workspace = bundle(&policies, &json!([read("alice", "memo")]));
    let options = TestOptions {
        policies: Some(BTreeSet::from(["other".into()])),
        ..covered()
    };
    let coverage = run(&mut workspace, &options).coverage.unwrap();
    assert_eq!(coverage.policies.len(), 1);
    assert_eq!(coverage.totals.policies, ratio(1, 1));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn layout_changes_no_total(
        conditions in proptest::collection::vec(
            proptest::sample::select(vec![
                "principal.level>2", "!(resource.locked)", "context has amount&&context.amount!=3",
                "(resource.owner==principal||principal.level>=(1+0))", "if resource.locked then true else principal.mfa",
                "principal has mfa", "resource in Folder::\"inbox\"",
            ]),
            1..4,
        ),
        kinds in proptest::collection::vec(proptest::bool::ANY, 4),
    ) {
        let clauses: String = conditions
            .iter()
            .zip(kinds)
            .map(|(body, when)| format!("{}{{{body}}}", if when { "when" } else { "unless" }))
            .collect();
        let text = format!("@id(\"p\")permit(principal,action in[Action::\"read\",Action::\"pay\"],resource){clauses};");
        let formatted = crate::cedar::format::format(&text).unwrap();
        proptest::prop_assert_ne!(&text, &formatted);
        let cases = json!([
            read("alice", "memo"), read("bob", "memo"), read("bob", "deed"),
            {"request": ["User::alice", "Action::pay", "Doc::deed"], "context": {"amount": 4}},
        ]);
        proptest::prop_assert_eq!(cover(&text, &cases).totals, cover(&formatted, &cases).totals);
    }
}
