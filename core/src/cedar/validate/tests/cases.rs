//! An example for every code that a policy can have against one schema.

/// The schema of all cases.
pub(super) const SCHEMA: &str = r#"
entity Group;
entity User in [Group] { level: Long, name: String, nick?: String, home: { city?: String }, boss?: User, roles: Set<String> };
entity Robot { level: Long, owner: User, admin?: Bool };
entity Photo { owner: User, from: ipaddr, title?: String, "my note"?: String, flag?: Bool, album: Album } tags String;
entity Album;
entity Color enum ["red", "green"];
namespace Lab {
  entity Device;
  action probe appliesTo { principal: Device, resource: Device };
}
action read;
action view in [read] appliesTo { principal: [User, Robot], resource: Photo, context: { mfa: Bool, color: Color, via?: String } };
action edit appliesTo { principal: User, resource: [Photo, Album], context: { mfa: Bool } };
"#;

pub(super) const LAB_PROBE: &str = "Lab::Device, Lab::Action::\"probe\", Lab::Device";
pub(super) const USER_VIEW: &str = "User, Action::\"view\", Photo";
pub(super) const ROBOT_VIEW: &str = "Robot, Action::\"view\", Photo";
pub(super) const USER_EDIT: &str = "User, Action::\"edit\", Photo";
pub(super) const USER_EDIT_ALBUM: &str = "User, Action::\"edit\", Album";

/// One policy and what is said of it.
pub(super) struct Case {
    /// The code that is looked at.
    pub(super) code: &'static str,
    /// The policy.
    pub(super) text: &'static str,
    /// What the first finding of the code underlines.
    pub(super) underlined: &'static str,
    /// The request environments in which it holds.
    pub(super) environments: &'static [&'static str],
    /// The text after its first fix.
    pub(super) fixed: Option<&'static str>,
}

const fn case(
    code: &'static str,
    text: &'static str,
    underlined: &'static str,
    environments: &'static [&'static str],
    fixed: Option<&'static str>,
) -> Case {
    Case {
        code,
        text,
        underlined,
        environments,
        fixed,
    }
}

pub(super) const CASES: &[Case] = &[
    case(
        "cedar/unrecognized-entity-type",
        "permit (principal == User::\"é\", action, resource) when { principal is Usr };",
        "Usr",
        &[],
        Some("permit (principal == User::\"é\", action, resource) when { principal is User };"),
    ),
    case(
        "cedar/unrecognized-entity-type",
        "permit (principal in Gruop::\"é\", action, resource);",
        "Gruop",
        &[],
        Some("permit (principal in Group::\"é\", action, resource);"),
    ),
    case(
        "cedar/unrecognized-entity-type",
        "permit (principal is Department, action, resource);",
        "Department",
        &[],
        None,
    ),
    case(
        "cedar/unrecognized-entity-type",
        "permit (principal is Device, action, resource);",
        "Device",
        &[],
        Some("permit (principal is Lab::Device, action, resource);"),
    ),
    case(
        "cedar/unrecognized-action",
        "permit (principal, action == Action::\"probe\", resource);",
        "Action::\"probe\"",
        &[],
        Some("permit (principal, action == Lab::Action::\"probe\", resource);"),
    ),
    case(
        "cedar/unrecognized-action",
        "@a(\"é\") permit (principal, action in [Action::\"vew\"], resource);",
        "Action::\"vew\"",
        &[],
        Some("@a(\"é\") permit (principal, action in [Action::\"view\"], resource);"),
    ),
    case(
        "cedar/unrecognized-action",
        "permit (principal, action == Action::\"publish\", resource);",
        "Action::\"publish\"",
        &[],
        None,
    ),
    case(
        "cedar/unexpected-type",
        "permit (principal, action, resource) when { principal.level > \"é\" };",
        "\"é\"",
        &[ROBOT_VIEW, USER_EDIT_ALBUM, USER_EDIT, USER_VIEW],
        None,
    ),
    case(
        "cedar/unexpected-type",
        "permit (principal is User, action, resource) when { principal.name.contains(\"x\") };",
        "principal.name.contains(\"x\")",
        &[USER_EDIT_ALBUM, USER_EDIT, USER_VIEW],
        None,
    ),
    case(
        "cedar/incompatible-types",
        "permit (principal is User, action == Action::\"view\", resource) when { principal.name == 1 };",
        "principal.name == 1",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/incompatible-types",
        "permit (principal, action == Action::\"view\", resource) when { [\"é\", 1].contains(1) };",
        "[\"é\", 1]",
        &[ROBOT_VIEW, USER_VIEW],
        None,
    ),
    case(
        "cedar/unsafe-attribute",
        "permit (principal, action == Action::\"view\", resource) when { \"é\" == principal.nam };",
        "principal.nam",
        &[ROBOT_VIEW],
        None,
    ),
    case(
        "cedar/unsafe-attribute",
        "permit (principal is User, action == Action::\"view\", resource) when { \"é\" == principal . nmae };",
        "principal . nmae",
        &[USER_VIEW],
        Some(
            "permit (principal is User, action == Action::\"view\", resource) when { \"é\" == principal . name };",
        ),
    ),
    case(
        "cedar/unsafe-attribute",
        "permit (principal, action == Action::\"edit\", resource is Photo) when { resource.owner.home.town == \"\" };",
        "resource.owner.home.town",
        &[USER_EDIT],
        None,
    ),
    case(
        "cedar/unsafe-attribute",
        "permit (principal, action == Action::\"edit\", resource is Photo) when { resource.ownr.home.city == \"\" };",
        "resource.ownr",
        &[USER_EDIT],
        Some(
            "permit (principal, action == Action::\"edit\", resource is Photo) when { resource.owner.home.city == \"\" };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal, action == Action::\"view\", resource) when { \"é\" == \"e\" || resource.title == \"é\" };",
        "resource.title",
        &[ROBOT_VIEW, USER_VIEW],
        Some(
            "permit (principal, action == Action::\"view\", resource) when { \"é\" == \"e\" || resource has title && resource.title == \"é\" };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal is User, action == Action::\"view\", resource) when { principal has boss && principal.boss.nick like \"é*\" };",
        "principal.boss.nick",
        &[USER_VIEW],
        Some(
            "permit (principal is User, action == Action::\"view\", resource) when { principal has boss && principal.boss has nick && principal.boss.nick like \"é*\" };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal is User, action == Action::\"view\", resource) when { principal.boss.name == \"\" };",
        "principal.boss",
        &[USER_VIEW],
        Some(
            "permit (principal is User, action == Action::\"view\", resource) when { principal has boss && principal.boss.name == \"\" };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal is User, action == Action::\"view\", resource) when { principal has boss && principal.boss.boss.level > 1 };",
        "principal.boss.boss",
        &[USER_VIEW],
        Some(
            "permit (principal is User, action == Action::\"view\", resource) when { principal has boss && principal.boss has boss && principal.boss.boss.level > 1 };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "forbid (principal, action == Action::\"edit\", resource is Photo) when { !resource.flag };",
        "resource.flag",
        &[USER_EDIT],
        Some(
            "forbid (principal, action == Action::\"edit\", resource is Photo) when { !(resource has flag && resource.flag) };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "forbid (principal, action == Action::\"edit\", resource is Photo) unless { resource[\"my note\"] == \"é\" };",
        "resource[\"my note\"]",
        &[USER_EDIT],
        Some(
            "forbid (principal, action == Action::\"edit\", resource is Photo) unless { resource has \"my note\" && resource[\"my note\"] == \"é\" };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal is User, action == Action::\"edit\", resource is Photo) when { if resource.flag then [principal.level + 1] == [2] else true };",
        "resource.flag",
        &[USER_EDIT],
        Some(
            "permit (principal is User, action == Action::\"edit\", resource is Photo) when { if resource has flag && resource.flag then [principal.level + 1] == [2] else true };",
        ),
    ),
    case(
        "cedar/unsafe-optional-attribute",
        "permit (principal, action in Action::\"read\", resource) when { [context.via, \"é\"].contains(\"x\") };",
        "context.via",
        &[ROBOT_VIEW, USER_VIEW],
        Some(
            "permit (principal, action in Action::\"read\", resource) when { context has via && [context.via, \"é\"].contains(\"x\") };",
        ),
    ),
    case(
        "cedar/unsafe-tag-access",
        "permit (principal, action == Action::\"edit\", resource is Photo) when { \"é\" == resource.getTag(\"é\") };",
        "resource.getTag(\"é\")",
        &[USER_EDIT],
        Some(
            "permit (principal, action == Action::\"edit\", resource is Photo) when { resource.hasTag(\"é\") && \"é\" == resource.getTag(\"é\") };",
        ),
    ),
    case(
        "cedar/no-tags",
        "permit (principal is User, action == Action::\"view\", resource) when { principal.getTag(\"é\") == \"\" };",
        "principal.getTag(\"é\")",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/wrong-number-of-arguments",
        "permit (principal is User, action == Action::\"view\", resource) when { \"é\" == \"\" || resource.from.isIpv4(1) };",
        "resource.from.isIpv4(1)",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/invalid-function-argument",
        "permit (principal is User, action == Action::\"view\", resource) when { ip(\"é\") == resource.from };",
        "ip(\"é\")",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/empty-set",
        "permit (principal is User, action == Action::\"view\", resource) when { \"é\" != \"\" && [] == principal.roles };",
        "[]",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/non-literal-constructor",
        "permit (principal is User, action == Action::\"view\", resource) when { \"é\" != \"\" && ip(principal.name) == resource.from };",
        "ip(principal.name)",
        &[USER_VIEW],
        None,
    ),
    case(
        "cedar/invalid-enum-entity",
        "permit (principal is User, action == Action::\"view\", resource) when { \"é\" != \"\" && context.color == Color::\"rde\" };",
        "Color::\"rde\"",
        &[],
        Some(
            "permit (principal is User, action == Action::\"view\", resource) when { \"é\" != \"\" && context.color == Color::\"red\" };",
        ),
    ),
    case(
        "cedar/mixed-script-string",
        "permit (principal is User, action, resource) when { principal.name == \"p\u{430}ul\" };",
        "\"p\u{430}ul\"",
        &[],
        None,
    ),
    case(
        "cedar/bidi-string",
        "permit (principal is User, action, resource) when { principal.name == \"é\\u{202e}*\" };",
        "\"é\\u{202e}*\"",
        &[],
        None,
    ),
    case(
        "cedar/bidi-identifier",
        "permit (principal == User::\"é\\u{202e}\", action, resource);",
        "\"é\\u{202e}\"",
        &[],
        None,
    ),
    case(
        "cedar/mixed-script-identifier",
        "@n(\"p\u{430}ul\") permit (principal == User::\"p\u{430}ul\", action, resource);",
        "\"p\u{430}ul\"",
        &[],
        None,
    ),
    case(
        "cedar/confusable-identifier",
        "@n(\"é\") permit (principal == User::\"a\u{200b}\", action, resource);",
        "\"a\u{200b}\"",
        &[],
        None,
    ),
    case(
        "cedar/impossible-policy",
        "@n(\"é(\")\npermit (principal, action, resource)\nwhen { resource is User };",
        "permit (principal, action, resource)\nwhen { resource is User };",
        &[],
        None,
    ),
    case(
        "cedar/inapplicable-action",
        "@n(\"é(\")\nforbid (principal == Group::\"g\", action in [Action::\"view\"], resource);",
        "forbid (principal == Group::\"g\", action in [Action::\"view\"], resource)",
        &[],
        Some(
            "@n(\"é(\")\nforbid (principal in Group::\"g\", action in [Action::\"view\"], resource);",
        ),
    ),
];
