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
