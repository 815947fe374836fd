//! Bundles of any size for benchmarks: always the same bytes for the same numbers.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The path of a bundle's schema.
pub const SCHEMA_PATH: &str = "photos.cedarschema";
/// The path of a bundle's policies.
pub const POLICIES_PATH: &str = "photos.cedar";

/// The path of a bundle's entities.
pub const ENTITIES_PATH: &str = "photos.entities.json";
/// The path of a bundle's suite.
pub const SUITE_PATH: &str = "photos.test.json";

/// The schema under which the policies of [`policies`] are valid.
pub const SCHEMA: &str = r#"@principal_kind("human")
entity User in [Group] { level: Long, dept: String };
entity Group;
entity Album;
entity Photo in [Album] { owner: User, private: Bool, tags: Set<String>, name: String };
@access("read")
action view, list appliesTo { principal: User, resource: Photo, context: { mfa: Bool, ip: ipaddr, hour: Long } };
@access("write")
action edit appliesTo { principal: User, resource: Photo, context: { mfa: Bool, ip: ipaddr, hour: Long } };
"#;

/// How much there is to say about each policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Nothing under profile `basic`.
    Clean,
    /// Several findings each under profile `basic`: redundant, always true, open to everybody.
    Flawed,
}

/// So many policies, each with a condition of four parts.
pub fn policies(count: usize, style: Style) -> String {
    let mut text = String::with_capacity(count * 300);
    for n in 0..count {
        let written = match style {
            Style::Clean => clean(&mut text, n),
            Style::Flawed => flawed(&mut text, n),
        };
        debug_assert!(written.is_ok(), "a String takes everything");
    }
    text
}

/// For each clean policy a user in its group and a photo in its album, which it lets the user see.
pub fn entities(policies: usize) -> Value {
    let of_policy = |n| {
        [
            json!({
                "uid": {"type": "User", "id": format!("user-{n}")},
                "attrs": {"level": 9, "dept": "a"},
                "parents": [{"type": "Group", "id": format!("group-{n}")}],
            }),
            json!({
                "uid": {"type": "Photo", "id": format!("photo-{n}")},
                "attrs": {
                    "owner": {"__entity": {"type": "User", "id": format!("user-{n}")}},
                    "private": false, "tags": [format!("t{n}")], "name": "x",
                },
                "parents": [{"type": "Album", "id": format!("album-{n}")}],
            }),
        ]
    };
    (0..policies).flat_map(of_policy).collect()
}

/// So many cases on so many clean policies, as the Cedar CLI's tests: of five in turn one is allowed, and
/// each other denied for another reason.
pub fn suite(policies: usize, cases: usize) -> Value {
    let case = |n: usize| {
        let (of, reason) = (n % policies, n / policies % 5);
        let action = ["view", "list", "edit"].get(of % 3).unwrap_or(&"view");
        let user = if reason == 3 { of + 1 } else { of };
        let photo = if reason == 4 { of + 1 } else { of };
        json!({
            "name": format!("case {n}"),
            "request": {
                "principal": format!("User::\"user-{}\"", user % policies),
                "action": format!("Action::\"{action}\""),
                "resource": format!("Photo::\"photo-{}\"", photo % policies),
                "context": {
                    "mfa": reason != 1,
                    "hour": if reason == 2 { (of % 24) as i64 - 1 } else { 23 },
                    "ip": {"__extn": {"fn": "ip", "arg": format!("10.0.{}.{}", n / 250, n % 250)}},
                },
            },
            "entities": ENTITIES_PATH,
            "decision": if reason == 0 { "allow" } else { "deny" },
            "reason": [],
            "num_errors": 0,
        })
    };
    (0..cases).map(case).collect()
}

fn clean(text: &mut String, n: usize) -> std::fmt::Result {
    let action = ["view", "list", "edit"].get(n % 3).unwrap_or(&"view");
    write!(
        text,
        "@id(\"policy-{n}\")\npermit (\n  principal in Group::\"group-{n}\",\n  action == Action::\"{action}\",\n  resource in Album::\"album-{n}\"\n)\nwhen {{ context.mfa && context.hour >= {} && principal.level > {} && resource.tags.contains(\"t{n}\") }};\n\n",
        n % 24,
        n % 7,
    )
}

fn flawed(text: &mut String, n: usize) -> std::fmt::Result {
    let action = ["view", "list", "edit"].get(n % 3).unwrap_or(&"view");
    write!(
        text,
        "// TODO: narrow this\npermit (\n  principal in Group::\"group-{n}\",\n  action == Action::\"{action}\",\n  resource\n)\nwhen {{ context.mfa && context.mfa && !!(principal.level > {}) && resource.name like \"*\" }};\n\n",
        n % 7,
    )
}
