//! What the verb in an action's name says that it does.

use crate::analysis::names::words;
use crate::schema::Access;

/// The least class that fits the name; `None` where the name tells nothing.
pub(crate) fn least_access(name: &str) -> Option<Access> {
    let words = words(name);
    let (verb, rest) = words.split_first()?;
    let about_permissions = rest.iter().any(|word| PERMISSIONS.contains(&word.as_str()));
    let verb = verb.as_str();
    if RIGHTS.contains(&verb) && about_permissions || verb == "impersonate" {
        Some(Access::PrivilegeManagement)
    } else if ENDS.contains(&verb) {
        Some(Access::Destructive)
    } else if CHANGES.contains(&verb) || RIGHTS.contains(&verb) {
        Some(Access::Write)
    } else if LOOKS.contains(&verb) {
        Some(Access::Read)
    } else if LISTS.contains(&verb) {
        Some(Access::List)
    } else {
        None
    }
}

/// Whether the name says that somebody gets into a group or gets a role: `assignRole`, `addMember`, `joinTeam`.
pub(crate) fn gives_membership(name: &str) -> bool {
    let words = words(name);
    let Some((verb, rest)) = words.split_first() else {
        return false;
    };
    let verb = verb.as_str();
    let has = |list: &[&str]| rest.iter().any(|word| list.contains(&word.as_str()));
    (GIVES.contains(&verb) && has(PERMISSIONS))
        || (["add", "invite", "manage", "put", "set", "update"].contains(&verb) && has(MEMBERS))
        || (["add", "move", "put"].contains(&verb) && has(&["to", "into"]) && has(GROUPS))
        || (["enter", "join"].contains(&verb) && has(GROUPS))
}

/// Whether the name says that something new is made, and nothing that is there changes.
pub(crate) fn only_adds(name: &str) -> bool {
    let words = words(name);
    let verb = words.first().map(String::as_str);
    verb.is_some_and(|verb| ["add", "create", "insert", "submit", "upload"].contains(&verb))
}

const GIVES: &[&str] = &[
    "assign", "assume", "delegate", "elevate", "give", "grant", "manage", "set", "take",
];
const MEMBERS: &[&str] = &[
    "admin",
    "admins",
    "member",
    "members",
    "membership",
    "memberships",
];
const GROUPS: &[&str] = &["group", "groups", "role", "roles", "team", "teams"];
const RIGHTS: &[&str] = &["grant", "revoke", "assign", "delegate", "elevate", "assume"];
const PERMISSIONS: &[&str] = &[
    "access",
    "admin",
    "admins",
    "entitlement",
    "entitlements",
    "permission",
    "permissions",
    "policies",
    "policy",
    "privilege",
    "privileges",
    "right",
    "rights",
    "role",
    "roles",
];
const ENDS: &[&str] = &[
    "delete",
    "destroy",
    "drop",
    "erase",
    "purge",
    "terminate",
    "transfer",
    "wipe",
    "withdraw",
];
const CHANGES: &[&str] = &[
    "add",
    "append",
    "approve",
    "archive",
    "cancel",
    "change",
    "create",
    "disable",
    "edit",
    "enable",
    "insert",
    "merge",
    "modify",
    "move",
    "overwrite",
    "patch",
    "pay",
    "publish",
    "put",
    "reject",
    "remove",
    "rename",
    "replace",
    "reset",
    "restore",
    "rotate",
    "save",
    "send",
    "set",
    "submit",
    "suspend",
    "unlock",
    "update",
    "upload",
    "write",
];
const LOOKS: &[&str] = &[
    "describe", "download", "fetch", "get", "inspect", "open", "preview", "read", "see", "show",
    "view",
];
const LISTS: &[&str] = &["browse", "count", "find", "list", "search"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_membership() {
        for (name, gives) in [
            ("assignRole", true),
            ("addMember", true),
            ("add_user_to_group", true),
            ("joinTeam", true),
            ("grantAccess", true),
            ("revokeRole", false),
            ("createRole", false),
            ("editGroup", false),
            ("viewMembers", false),
            ("addComment", false),
            ("assignTicket", false),
        ] {
            assert_eq!(gives_membership(name), gives, "{name}");
        }
    }

    #[test]
    fn verbs() {
        for (name, class) in [
            ("deletePhoto", Some(Access::Destructive)),
            ("update_status", Some(Access::Write)),
            ("grantRole", Some(Access::PrivilegeManagement)),
            ("grantRefund", Some(Access::Write)),
            ("viewDeletedItems", Some(Access::Read)),
            ("ListUpdates", Some(Access::List)),
            ("settings", None),
        ] {
            assert_eq!(least_access(name), class, "{name}");
        }
    }
}
