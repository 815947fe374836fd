//! Bundles of any size for benchmarks: always the same bytes for the same numbers.

use std::fmt::Write as _;

/// The path of a bundle's schema.
pub const SCHEMA_PATH: &str = "photos.cedarschema";
/// The path of a bundle's policies.
pub const POLICIES_PATH: &str = "photos.cedar";

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
